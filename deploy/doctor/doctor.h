/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor.h - what is wrong with this gateway: observers look, rows judge, one cause is named.
 *
 *   look_*.h    what is looked at, piece by piece; look_*.c fill it and change nothing
 *   rows_*.c    the checks, each a small pure function over what was looked at
 *   root.c      which one finding explains the others (pure)
 *   doctor.c    every row over everything that was seen (pure), and the look at it all
 *   explain.c   what a number or a message means
 *
 * Nothing here needs configuration, and a piece that cannot be read is a reason for the rows that
 * need it, never a failure.
 */
#ifndef RRAS_DEPLOY_DOCTOR_H
#define RRAS_DEPLOY_DOCTOR_H

#include "conf.h"
#include "log.h"
#include "os.h"
#include "report.h"
#include "target.h"
#include "wire.h"

struct doctor_host;
struct doctor_cert;
struct doctor_net;
struct doctor_wire;
struct doctor_log;
struct doctor_tool;
struct rivals;

/* ---- what ought to be; all of it may be missing ---- */

struct doctor_wanted {
    const char *const *names; /* that clients dial; see doctor_names */
    size_t name_count;
    const char *const *probe; /* deploy.verify.probe */
    size_t probe_count;
    int port;              /* 0 = whatever SstpSvc listens on */
    bool configured;       /* a certificate is configured here; mode and keep count */
    enum conf_mode mode;   /* who ends TLS */
    int keep;              /* previous certificates that stay; of all configurations */
    int64_t renew_at;      /* of the certificate in place; 0 = not known */
    const char *directory; /* of the CA; NULL = not known, and the CA is not asked */
    const char *ca_file;   /* trust for it; NULL = the system's */
    const char *user_agent;
    const char *account_user;          /* of deploy.verify.account; NULL = none */
    const char *account_password_file; /* or "env:NAME"; with account_user */
    bool http_01;                      /* port 80 has to be open as well */
};

/* ---- what was looked at ---- */

enum doctor_piece {
    DOCTOR_MACHINE, /* A to D: what a deploy looks at, too */
    DOCTOR_RECORDS, /* C, D: of it, http.sys's certificate records */
    DOCTOR_HOST,    /* A, B, C */
    DOCTOR_CERT,    /* D */
    DOCTOR_NET,     /* E */
    DOCTOR_WIRE,    /* F */
    DOCTOR_LOG,     /* G */
    DOCTOR_TOOL,    /* H: this program's own records */
    DOCTOR_RIVALS,  /* H: other ACME clients */
    DOCTOR_PIECES
};

/* All zero = nothing was looked at. The pieces are borrowed. Within a piece a `struct seen` marks
 * what could not be read. */
struct doctor_seen {
    int64_t now;                        /* Unix s */
    const struct doctor_wanted *wanted; /* NULL = nothing is wanted in particular */
    const struct observed *machine;     /* NULL = not looked at; as are the others */
    const struct binding *records;      /* machine's bindings; NULL = http.sys did not tell */
    const struct doctor_host *host;
    const struct doctor_cert *cert;
    const struct doctor_net *net;
    const struct doctor_wire *wire;
    const struct doctor_log *log;
    const struct doctor_tool *tool;
    const struct rivals *rivals;
    char why[DOCTOR_PIECES][160]; /* why a piece is missing; "" = nobody looked */
};
/* Never NULL. */
const struct doctor_wanted *doctor_wanted_of(const struct doctor_seen *s);
/* The port in question: wanted, else SstpSvc's, else 443. */
int doctor_port(const struct doctor_seen *s);
/* False when doctor_port is but the usual one. */
bool doctor_knows_port(const struct doctor_seen *s);
/* TLS ends at a balancer: what was configured, else what SstpSvc says. */
bool doctor_offload(const struct doctor_seen *s);
/* The n-th name that clients dial: a configured one, else one of the bound certificate; NULL at the
 * end. It may be a wildcard. */
const char *doctor_name(const struct doctor_seen *s, size_t n);
/* The certificate that the wildcards show (0.0.0.0 first), or with TLS offload the one that the
 * hash names. NULL = none, or it is not in LocalMachine\MY. */
const struct store_cert *doctor_bound_cert(const struct observed *o);

/* ---- findings ---- */

enum { FINDING_BYTES = 640 };
struct doctor_finding {
    enum check_level level; /* CHECK_OK when nothing was said */
    char text[FINDING_BYTES];
    char cure[FINDING_BYTES]; /* "" = nothing to do */
};
void finding_ok(struct doctor_finding *f, const char *fmt, ...) PRINTF_LIKE(2, 3);
void finding_note(struct doctor_finding *f, const char *fmt, ...) PRINTF_LIKE(2, 3);
void finding_warn(struct doctor_finding *f, const char *fmt, ...) PRINTF_LIKE(2, 3);
void finding_fail(struct doctor_finding *f, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The reason why it was not judged. */
void finding_skip(struct doctor_finding *f, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* What to do about it, as a person would type it; without effect on an OK. */
void finding_cure(struct doctor_finding *f, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* True when it was read; else the finding is a skip with the reason. */
bool finding_readable(struct doctor_finding *f, const struct seen *s);

/* ---- rows ---- */

#define DOCTOR_NEEDS(piece) (1u << (piece))
enum {
    NEEDS_MACHINE = DOCTOR_NEEDS(DOCTOR_MACHINE),
    NEEDS_RECORDS = NEEDS_MACHINE | DOCTOR_NEEDS(DOCTOR_RECORDS),
    NEEDS_HOST = DOCTOR_NEEDS(DOCTOR_HOST),
    NEEDS_CERT = DOCTOR_NEEDS(DOCTOR_CERT),
    NEEDS_NET = DOCTOR_NEEDS(DOCTOR_NET),
    NEEDS_WIRE = DOCTOR_NEEDS(DOCTOR_WIRE),
    NEEDS_LOG = DOCTOR_NEEDS(DOCTOR_LOG),
    NEEDS_TOOL = DOCTOR_NEEDS(DOCTOR_TOOL),
    NEEDS_RIVALS = DOCTOR_NEEDS(DOCTOR_RIVALS),
};

struct doctor_row {
    const char *id;    /* "A1" */
    const char *title; /* 26 characters at most */
    const char *seed;  /* which page asks for it: "event 8", "event 13", "blog", "blog event 8" */
    unsigned needs;    /* pieces without which it is a skip; `judge` may rely on them */
    /* Pure: says exactly one of ok, note, warn, fail, skip. */
    void (*judge)(const struct doctor_seen *s, struct doctor_finding *f);
};
/* Each ends with a row without id. */
extern const struct doctor_row doctor_rows_a[], doctor_rows_b[], doctor_rows_c[], doctor_rows_d[],
    doctor_rows_e[], doctor_rows_f[], doctor_rows_g[], doctor_rows_h[];

enum { DOCTOR_MAX_ROWS = 120 };
/* All rows, A to H in order; returns how many. */
size_t doctor_list(const struct doctor_row *out[DOCTOR_MAX_ROWS]);
/* NULL when there is none of this id. */
const struct doctor_row *doctor_row_find(const char *id);
/* One row: a skip when a piece that it needs is missing. */
void doctor_judge(const struct doctor_row *row, const struct doctor_seen *s,
                  struct doctor_finding *out);

/* ---- the one cause ---- */

enum { DOCTOR_NO_CAUSE = -1 };
struct doctor_report {
    const struct doctor_row *row[DOCTOR_MAX_ROWS];
    struct doctor_finding finding[DOCTOR_MAX_ROWS];
    bool explained[DOCTOR_MAX_ROWS]; /* by the cause; of warnings and failures only */
    size_t n;
    int cause; /* index of the row that explains the others, or DOCTOR_NO_CAUSE */
};
/* Judges every row and decides on the cause. Pure. */
void doctor_report_make(const struct doctor_seen *s, struct doctor_report *out);
/* Sets cause and explained from the findings. Pure. */
void doctor_find_cause(struct doctor_report *r);
size_t doctor_count(const struct doctor_report *r, enum check_level level);
enum check_level doctor_worst(const struct doctor_report *r);
/* Adds every row to checks[] of a report. */
void doctor_to_checks(const struct doctor_report *r, struct checks *out);

/* ---- looking ---- */

/* Whom the observers ask. Nothing is changed on the machine. */
struct doctor_dns;
struct doctor_env {
    const struct clock *clock;
    const struct log *log;
    const struct target *target;
    const struct wire *wire;
    const struct doctor_dns *dns; /* dns.h; NULL = no name server can be asked */
    bool (*interrupted)(void);    /* may be NULL */
};

/* All pieces but the last two, which the program adds; doctor_look_close frees. */
struct doctor_look;
int doctor_look_open(struct doctor_look **out, struct err *err) MUST_CHECK;
void doctor_look_close(struct doctor_look *l);
/* Looks at everything: a few seconds, of that most on the network. What was seen stands in *out,
 * which borrows from l; `wanted` is borrowed, too. */
void doctor_look_all(struct doctor_look *l, const struct doctor_env *env,
                     const struct doctor_wanted *wanted, struct doctor_seen *out);

#endif
