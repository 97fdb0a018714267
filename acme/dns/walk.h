/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk.h - the functions of delegation.h with the name servers handed in, and the decider of the
 * propagation check.
 */
#ifndef RRAS_DNS_WALK_H
#define RRAS_DNS_WALK_H

#include "dns/delegation.h"
#include "dns/exchange.h"

int delegation_walk(const struct delegation_env *env, const struct dns_io *io, const char *name,
                    struct delegation *out, struct err *err) MUST_CHECK;

/* ---- propagation ---- */

/* What one address showed. */
enum look {
    LOOK_NOT_ASKED, /* the deadline came first */
    LOOK_SEEN,      /* every value */
    LOOK_MISSING,   /* an authoritative answer without them */
    LOOK_FAILED,    /* no answer, an error, or an answer without authority */
    LOOK_NO_ROUTE,  /* not reachable from this machine by design: left out of the judgement */
};
struct look_at {
    enum look look;
    int rcode;
    enum dns_outcome outcome;
    bool lame;
    size_t values, bytes; /* TXT values at the name, size of the answer */
};
struct round {
    struct look_at at[DELEGATION_MAX_SERVERS]; /* as delegation.server[] */
};

enum verdict {
    VERDICT_PASS,  /* two good rounds running */
    VERDICT_GOOD,  /* one good round: look once more */
    VERDICT_AGAIN, /* not yet */
    VERDICT_NEVER, /* all that can be seen from here show it, but a name server cannot be seen */
};
/* Pure. rounds[0] is the oldest. Policy "all": every address that can be reached shows all values,
 * and every name server has such an address; "any": one does; "none": passes at once. */
enum verdict propagation_judge(const struct delegation *d, const struct round *rounds,
                               size_t round_count, enum conf_policy policy);
/* Pure: the wait before the next round, with `random` deciding on +-20 %. */
int64_t propagation_delay_ms(size_t rounds_done, uint32_t random);
/* Pure: what an address's answer says. */
struct look_at propagation_read(const struct dns_message *m, const char *owner,
                                const struct propagation_wanted *w);

int propagation_run(const struct delegation_env *env, const struct dns_io *io,
                    const struct delegation *d, const struct propagation_wanted *w,
                    struct err *err) MUST_CHECK;
void propagation_round(const struct delegation_env *env, const struct dns_io *io,
                       const struct delegation *d, const struct propagation_wanted *w,
                       int64_t deadline_ms, struct round *out);

#endif
