/* SPDX-License-Identifier: Apache-2.0 */
/*
 * err.h - what went wrong, told once.
 *
 * A `struct err` sits on the caller's stack, all zero. A function that can fail takes it last,
 * never NULL, leaves it alone on success, and returns 0 or -1. Failure is one statement:
 *
 *     return err_set(err, ERR_IO, "state folder %s: not writable by us", path);
 *
 * The first cause wins: a second err_set on a filled struct changes nothing. Context is put in
 * front only at the borders between folders (err_context). Clean-up that can fail has an err of
 * its own. The core never prints an err; the program reports each outcome once.
 *
 * Text is one line, UTF-8, and names the *object* ("binding [::]:443", a path, a URL). Foreign
 * control characters are replaced on the way in. Secrets never get here.
 */
#ifndef RRAS_ERR_H
#define RRAS_ERR_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__GNUC__)
#define MUST_CHECK __attribute__((warn_unused_result))
#if defined(__MINGW32__)
#define PRINTF_LIKE(fmt, args) __attribute__((format(gnu_printf, fmt, args)))
#else
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#endif
#else
#define MUST_CHECK
#define PRINTF_LIKE(fmt, args)
#endif

/* What a caller may branch on. Everything else is text. */
enum err_code {
    ERR_NONE,
    ERR_FAIL,        /* unforeseen; exit code 1 */
    ERR_USAGE,       /* command line, configuration or local set-up; exit code 2 */
    ERR_CA,          /* the CA refused; exit code 3 */
    ERR_DNS,         /* delegation, publication or propagation; exit code 4 */
    ERR_NET,         /* the CA or a service could not be reached; exit code 5 */
    ERR_ROLLED_BACK, /* deploy failed, the old certificate serves; exit code 6 */
    ERR_STRANDED,    /* deploy failed and could not be rolled back; exit code 7 */
    ERR_BUSY,        /* another instance holds the lock; exit code 8 */
    ERR_CHECK,       /* check, doctor or probe found a failure; exit code 9 */
    ERR_POSTPONED,   /* put off by the program itself; exit code 10 */
    ERR_NOT_FOUND,   /* the file, record, key or certificate is not there */
    ERR_EXISTS,      /* it is there already */
    ERR_DENIED,      /* no permission */
    ERR_TIMEOUT,     /* the time limit that was given ran out */
};

/* Where `number` comes from. */
enum err_source {
    ERR_SRC_NONE,
    ERR_SRC_ERRNO,
    ERR_SRC_WIN32, /* Win32 code, HRESULT or SECURITY_STATUS */
    ERR_SRC_CURL,
    ERR_SRC_ARES,
    ERR_SRC_OPENSSL,
    ERR_SRC_HTTP,  /* status code */
    ERR_SRC_RCODE, /* DNS response code */
};

struct err {
    enum err_code code;
    enum err_source source;
    uint32_t number;       /* errno, Win32 code, ...; 0 = none */
    int64_t retry_after_s; /* the peer's wish, seconds from now; 0 = none */
    char problem[96];      /* ACME problem type without its urn prefix; "" = none */
    char text[768];
    char hint[1280]; /* what to do about it; "" = nothing better than the text */
};

/* Sets code and text. Always returns -1. Keeps an err that is already set. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* As err_set, with a number of another system; its text, where one is known, is appended as
 * "TEXT: message (source number)". */
int err_sys(struct err *e, enum err_code code, enum err_source source, uint32_t number,
            const char *fmt, ...) PRINTF_LIKE(5, 6);

/* Sets the hint of an err that is set and has none yet. Returns -1. */
int err_hint(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Puts "context: " in front of the text. Returns -1. */
int err_context(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Access rights that an administrator has to mend before anything can begin are a matter of
 * set-up: ERR_DENIED becomes ERR_USAGE, all else stays. Returns -1. */
int err_of_setup(struct err *e);

void err_clear(struct err *e);
static inline bool err_is_set(const struct err *e)
{
    return e->code != ERR_NONE;
}

/* Short names for reports: "win32", "errno", ...; never NULL. */
const char *err_source_name(enum err_source s);
/* Stable lower-case name of a code, as in JSON: "usage", "ca", "dns", ... */
const char *err_code_name(enum err_code c);
/* The program's exit code for this err (README, "Exit codes"). */
int err_exit_code(const struct err *e);

/* The operating system's own text for a number of the given source, into buf (always
 * terminated, "" if unknown). Platform file. */
void err_system_text(enum err_source source, uint32_t number, char *buf, unsigned size);

#endif
