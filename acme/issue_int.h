/* SPDX-License-Identifier: Apache-2.0 */
/* issue_int.h - what issue.c and issue_begin.c share: one run for one certificate. */
#ifndef RRAS_ISSUE_INT_H
#define RRAS_ISSUE_INT_H

#include "account.h"
#include "challenge.h"
#include "issue.h"
#include "key_ahead.h"
#include "order.h"
#include "resume.h"

enum {
    ISSUE_DOUBTFUL_S = 24 * 3600,   /* an order is kept this long when we, not the CA, find fault
                                     * with it: our clock or a proxy may be wrong, and orders are
                                     * rationed */
    ISSUE_SILENT_S = 7 * 24 * 3600, /* and this long when nothing is heard of it: by then those of
                                     * most CAs have expired */
};

struct issue {
    const struct issue_task *task;
    const struct acme_env *env;
    const struct conf *conf;
    struct client *client;
    struct account account;
    struct delegated delegated;
    struct txt txt;
    const char *profile; /* borrowed; NULL = none asked for */
    struct resume record;
    struct key_ahead *key_ahead; /* of the order to be placed */
    struct msg_order order;
    struct msg_authz *authz; /* NULL: not fetched */
    size_t authz_count;
    bool resumed;        /* the order is one of an earlier run, and nothing came of it yet */
    bool order_is_newer; /* see order_next */
    bool txt_left;       /* values of ours may be in DNS: the CA may still be looking at them */
    unsigned polls;
    unsigned finalize_again; /* times that the order was still ready after finalize */
    int64_t polling_since_ms;
};

/* Walks all names; nothing is asked for those walked before. */
int issue_delegation(struct issue *s, struct err *err) MUST_CHECK;
int issue_profile(struct issue *s, struct err *err) MUST_CHECK;
int issue_account(struct issue *s, struct err *err) MUST_CHECK;
/* Takes up the order of an earlier run (s->resumed), or places one. */
int issue_order(struct issue *s, struct err *err) MUST_CHECK;
/* How old the order is. One whose time lies ahead was noted by a clock that has been put back: as
 * old as it seems young, so that it does not last for ever. */
int64_t issue_age_s(const struct issue *s);
/* Gives the order under way up: its record and its TXT values go. */
int issue_forget(struct issue *s, const char *why, struct err *err) MUST_CHECK;

#endif
