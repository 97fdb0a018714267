/* SPDX-License-Identifier: Apache-2.0 */
/*
 * held.h - which certificate's hash does the running service hold? Calls with the right hash, with
 * a wrong one, and with those of other certificates tell. As few of them log on as can be:
 *
 * Early, without a logon: CALL_CONNECTED straight after the ack, first wrong, then right. A server
 * that judges the binding before the logon refuses only the wrong one; or, if it holds another
 * hash, both, and not the one it holds. Whether RRAS judges so early is not documented; one that
 * treats all alike tells nothing, and nothing is lost.
 *
 * With an account: one logon with the right hash. Accepted, it proves something only if a wrong
 * hash is refused: where the early calls have shown that it is not tried again, else it takes a
 * second logon. Refused, the certificates that the caller knows are claimed one after the other,
 * each with a logon, unless the early calls have found the right one. A logon that fails is the
 * last one: accounts are locked out.
 */
#ifndef RRAS_SSTP_HELD_H
#define RRAS_SSTP_HELD_H

#include "probe.h"

enum { HELD_MAX_CLAIMS = 16 };

struct held_question {
    /* Address, names, timeout and account as for sstp_probe; the account may be NULL. */
    const struct sstp_probe_options *call;
    const struct cert_info *leaf; /* what is served, and was judged */
    const struct sstp_claim *claim;
    size_t claim_count;
    /* sstp_probe, or a test's. */
    void (*probe)(void *user, struct sstp_probe_result *out, const struct sstp_probe_options *o);
    void *user;
    bool (*interrupted)(void);
};

enum held_verdict {
    HELD_UNKNOWN,  /* nothing was learnt */
    HELD_SERVED,   /* the hash of the certificate that is served; a wrong one was refused */
    HELD_OTHER,    /* of the claim `which` */
    HELD_NOT_THIS, /* not of the one that is served, and of none that is known */
    HELD_ANY,      /* whatever is claimed is accepted: the service does not look */
    HELD_ACCEPTED, /* accepted, but the control could not be made */
    HELD_NO_LOGON, /* the logon failed, or was not possible */
};
struct held {
    enum held_verdict verdict;
    bool without_logon; /* the verdict rests on the early calls alone */
    size_t which;       /* of the claims, with HELD_OTHER */
    enum sstp_answer early_right, early_wrong, control;
    unsigned logons;                /* how often the account was used */
    struct sstp_probe_result logon; /* of the call with the right hash; empty without an account */
    char note[256];                 /* what went wrong on the way; "" = nothing */
};
void held_find(struct held *out, const struct held_question *q);
void held_clear(struct held *h);

#endif
