/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch.h - an availability log: one question after the other on a fixed schedule, and every outage
 * with its kind, its begin and its length. Accuracy is one period, or the time limit of a question
 * while nobody answers.
 *
 * The question is a GET of the SSTP URL (401 is healthy): http.sys keeps the port while SstpSvc
 * restarts, so TCP and TLS alone would not see a restart; and it takes no SSTP port.
 */
#ifndef RRAS_SSTP_WATCH_H
#define RRAS_SSTP_WATCH_H

#include "probe.h"

enum { WATCH_MAX_OUTAGES = 200, WATCH_TIMEOUT_MS = 2000 };

struct watch_sample {
    int64_t at_ms; /* when the question was begun, since the start */
    bool ok;
    char code[24];
    bool has_leaf;
    uint8_t sha256[SHA256_BYTES];
};

struct watch_outage {
    int64_t at_ms, ms; /* ms: to the begin of the first answer that was right */
    char code[24];     /* the first failure's */
};

struct watch_log {
    uint64_t questions, failed, outages, changes;  /* changes: another certificate */
    struct watch_outage outage[WATCH_MAX_OUTAGES]; /* the first ones */
    int64_t longest_ms, total_ms;
    bool down;
    struct watch_outage now; /* while down */
    char kind[24];           /* the last failure's code; "" = none under way */
    bool has_leaf;
    uint8_t sha256[SHA256_BYTES]; /* served last */
    int64_t last_ms;              /* of the last sample */
};

/* What a sample means; bits. */
enum watch_event {
    WATCH_DOWN = 1, /* an outage begins */
    WATCH_UP = 2,   /* it is over: log->now has its length */
    WATCH_KIND = 4, /* it goes on, but fails otherwise */
    WATCH_CERT = 8, /* another certificate is served */
    WATCH_FIRST = 16,
};
/* Pure. */
unsigned watch_add(struct watch_log *log, const struct watch_sample *s);
/* Ends an outage that is not over at the end of the watch. */
void watch_end(struct watch_log *log, int64_t at_ms);

struct watch_options {
    const struct clock *clock;
    const struct sstp_probe_options *probe; /* address and names */
    int64_t period_ms, for_ms;              /* for_ms 0 = until interrupted */
    bool (*interrupted)(void);
    void (*ask)(void *user, struct sstp_probe_result *out, const struct sstp_probe_options *o);
    void (*event)(void *user, const struct watch_log *log, const struct watch_sample *s,
                  unsigned events);
    void *user;
};
/* No drift: question n is due at the start plus n periods; those that a slow one has left behind
 * are left out. */
void watch_run(struct watch_log *log, const struct watch_options *o);

#endif
