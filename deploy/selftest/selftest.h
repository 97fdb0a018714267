/* SPDX-License-Identifier: Apache-2.0 */
/*
 * selftest.h - tries every Windows call that a deploy relies on, with throw-away certificates, on
 * any Windows, RRAS or not. Never touches port 443, SstpSvc, RemoteAccess or anything that it has
 * not made itself; the one thing that stays is an entry in the Application event log.
 *
 * Each row of selftest_row_table is one question. The driver (run.c) tries it over `struct
 * selftest_host` and notes the outcome; selftest_judge, which is pure, says what that means.
 * Whatever is made stands in a journal (journal.h) before it is made; the row "cleanup", and the
 * row "sweep" of the next selftest, remove it.
 */
#ifndef RRAS_DEPLOY_SELFTEST_H
#define RRAS_DEPLOY_SELFTEST_H

#include "log.h"
#include "os.h"
#include "report.h"

#include <stddef.h>

/* ---- rows ---- */

/* In the order they are tried. The names of selftest_row_table are what the JSON file calls them:
 * they stay. */
enum selftest_row_id {
    SELFTEST_WINDOWS,
    SELFTEST_ELEVATED,
    SELFTEST_FOLDER,
    SELFTEST_SWEEP,
    SELFTEST_EXPORT_UPDATE,
    SELFTEST_EXPORT_SESSIONS,
    SELFTEST_LOCAL_TIME,
    SELFTEST_ACL,
    SELFTEST_DPAPI,
    SELFTEST_REGISTRY,
    SELFTEST_EVENT_WRITE,
    SELFTEST_EVENT_READ,
    SELFTEST_SERVICE,
    SELFTEST_DEPENDENTS,
    SELFTEST_SESSIONS,
    SELFTEST_SYSTEM,
    SELFTEST_SYSTEM_DPAPI,
    SELFTEST_RSA_AES,
    SELFTEST_RSA_3DES,
    SELFTEST_RSA_CONTAINER,
    SELFTEST_RSA_KEY,
    SELFTEST_RSA_SYSTEM,
    SELFTEST_EC_AES,
    SELFTEST_EC_3DES,
    SELFTEST_EC_CONTAINER,
    SELFTEST_EC_KEY,
    SELFTEST_EC_SYSTEM,
    SELFTEST_MACHINE_MAKE,
    SELFTEST_MACHINE_PUT,
    SELFTEST_MACHINE_CONTAINER,
    SELFTEST_MACHINE_KEY,
    SELFTEST_MACHINE_SYSTEM,
    SELFTEST_LISTEN_V4,
    SELFTEST_BIND_V4,
    SELFTEST_FIELDS_V4,
    SELFTEST_SERVED_V4,
    SELFTEST_LISTEN_V6,
    SELFTEST_BIND_V6,
    SELFTEST_FIELDS_V6,
    SELFTEST_SERVED_V6,
    SELFTEST_TWICE,
    SELFTEST_UPDATE,
    SELFTEST_UPDATE_FIELDS,
    SELFTEST_REPLACE,
    SELFTEST_KEYLESS,
    SELFTEST_DELETE,
    SELFTEST_MACHINE_BIND,
    SELFTEST_MACHINE_SERVED,
    SELFTEST_CLEANUP,
    SELFTEST_ROWS
};

/* What is right when the row's try fails. */
enum selftest_expect {
    SELFTEST_DONE,      /* nothing: that is a failed row */
    SELFTEST_DONE_NOTE, /* older or smaller installations do: a note */
    SELFTEST_DONE_SKIP, /* it is impossible here: skipped, with the reason */
    SELFTEST_CODE,      /* the failure is the right answer, with this very number */
};

enum { SELFTEST_NO_NEED = -1, SELFTEST_FIGURES = 6 };
struct selftest_row {
    const char *name;  /* "bind.update"; stable */
    const char *title; /* for people */
    int needs;         /* the row without which this one is skipped, or SELFTEST_NO_NEED */
    enum selftest_expect expect;
    uint32_t code; /* of SELFTEST_CODE */
    int area;      /* enum sentence_area of its numbers */
};
extern const struct selftest_row selftest_row_table[SELFTEST_ROWS];

/* ---- what a try gave, and what that means ---- */

/* Nothing here but `detail` may name this machine, its users or addresses: the rest goes into the
 * file that people mail. Texts are constants of ours. */
struct selftest_outcome {
    bool done;
    bool stands;      /* what rows that need this one lean on is there */
    uint32_t number;  /* Windows' number of the failure; 0 = none */
    const char *skip; /* why it was not tried; NULL = it was */
    const char *fact; /* what was wrong, where no number says it; NULL = nothing to add */
    struct {
        const char *name;
        int64_t value;
    } figure[SELFTEST_FIGURES];
    size_t figures;
    int64_t ms;
    char detail[1024]; /* for the table alone: objects, commands; "" = nothing */
};
/* More than SELFTEST_FIGURES are dropped. */
void selftest_figure(struct selftest_outcome *o, const char *name, int64_t value);
/* -1 when there is none of the name. */
int64_t selftest_figure_of(const struct selftest_outcome *o, const char *name);

struct selftest_verdict {
    enum check_level level; /* CHECK_OK, CHECK_NOTE, CHECK_FAIL or CHECK_SKIP */
    char finding[256];      /* never names this machine */
};
/* Pure. */
void selftest_judge(enum selftest_row_id row, const struct selftest_outcome *o,
                    struct selftest_verdict *out);

struct selftest_report {
    struct selftest_outcome outcome[SELFTEST_ROWS];
    struct selftest_verdict verdict[SELFTEST_ROWS];
};
/* A row failed. */
bool selftest_failed(const struct selftest_report *r);

/* ---- the run ---- */

struct selftest_host; /* host.h */
struct wire;          /* wire.h */

struct selftest_env {
    const struct selftest_host *host;
    const struct wire *wire;
    const struct clock *clock;
    const struct log *log;
    const char *dir;     /* for the journal; made, private */
    const char *windows; /* os_describe */
    bool elevated;
    bool (*interrupted)(void); /* ends the trying, never the cleaning up; may be NULL */
};
/* Tries every row. An err only where nothing could be tried at all: ERR_BUSY when another selftest
 * runs. */
int selftest_run(const struct selftest_env *env, struct selftest_report *out,
                 struct err *err) MUST_CHECK;

/* This machine. ERR_USAGE on systems other than Windows. *out is the caller's. */
int selftest_host_open(struct selftest_host **out, struct err *err) MUST_CHECK;
void selftest_host_close(struct selftest_host *h);

/* With `selftest-service` as the one argument our program was started as SYSTEM by the service
 * control manager, for the rows "system": does that, and returns true with the exit code. */
#define SELFTEST_SERVICE_ARGUMENT "selftest-service"
bool selftest_service(int argc, char **argv, int *exit_code);

#endif
