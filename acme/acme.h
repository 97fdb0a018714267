/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acme.h - from a configuration to a certificate: RFC 8555 with dns-01 through a delegated name.
 * What src/app sees of this folder.
 */
#ifndef RRAS_ACME_H
#define RRAS_ACME_H

#include "bundle.h"
#include "conf.h"
#include "https.h"
#include "log.h"
#include "machine_key.h"
#include "net.h"
#include "os.h"
#include "report.h"
#include "shared.h"
#include "store.h"

/* The caller's books on what CAs ration (budget.h). */
struct acme_budget {
    int (*may_order)(void *user, struct err *err); /* before a new order; -1 forbids it */
    void (*ordered)(void *user); /* a new order was placed; none for a resumed one */
    void (*failed)(void *user, const char *name); /* the CA's validation of a name failed */
    void *user;
};

/* What the provider "builtin" answers with: one object for the whole process, so that jobs side by
 * side share their ports. */
struct responders;
int responders_open(struct responders **out, struct err *err) MUST_CHECK;
void responders_close(struct responders *all); /* when no job uses it any more; NULL ok */

/* Somebody at a terminal, for the provider "manual". */
struct acme_console {
    void (*tell)(void *user, const char *text); /* lines, each with its end */
    /* Waits until what was told is done. ERR_POSTPONED when it will not be. */
    int (*done)(void *user, const char *question, struct err *err);
    void *user;
};

/* The world as this folder sees it; all borrowed. */
struct acme_env {
    const struct https *https;
    const struct clock *clock;
    const struct log *log;
    struct store *store;
    struct steps *steps;                /* may be NULL */
    bool (*interrupted)(void);          /* asked between steps and while waiting; may be NULL */
    const struct acme_budget *budget;   /* may be NULL */
    const struct acme_shared *shared;   /* NULL: no other thread uses the store or the account */
    struct responders *responders;      /* NULL: the provider "builtin" is refused */
    const struct acme_console *console; /* NULL = nobody is there: "manual" is refused */
    const struct machine_keys *keys;    /* NULL: "key": "machine" is refused */
};

/* Places or resumes the order for conf's names and brings it to a checked certificate.
 *
 * Delegation is looked at before anything is ordered: without the CNAME nothing is ordered and
 * err (ERR_DNS) carries the exact record to create in its hint. Key, order URL and CSR are on
 * disk before finalize; a run that finds them continues that order. `replaces` may be NULL: the
 * certificate that this one renews.
 *
 * Errors: ERR_CA (problem shown), ERR_DNS, ERR_NET, ERR_POSTPONED (Retry-After longer than we
 * wait, back-off: err->retry_after_s), ERR_USAGE (terms not agreed, EAB needed). In every case
 * our TXT values are removed again, or written down for the next run to remove. */
int acme_issue(const struct acme_env *env, const struct conf *conf,
               const struct cert_info *replaces, struct bundle *out, struct err *err) MUST_CHECK;

/* After the bundle of acme_issue is on disk (store_hold): forgets the order. Until then a run that
 * finds the order valid downloads its certificate again. */
int acme_issue_done(const struct acme_env *env, const struct conf *conf,
                    struct err *err) MUST_CHECK;

/* What is left of that where a run has died, or a disk failed: removes key and record of an order
 * whose certificate is in the store. Asks nobody. */
int acme_issue_tidy(struct store *s, const struct conf *conf, struct err *err) MUST_CHECK;

/* Asks the CA when it wants the certificate renewed (RFC 9773), if it offers that and st->next_look
 * has come; otherwise asks nothing. What st holds of another certificate is
 * dropped. st is filled, next_look after a failure too: nothing is asked
 * again before then, and what st says of an earlier look stands. A failure is never a reason not to
 * go on. Give the certificate of this conf's directory only. */
int acme_ari(const struct acme_env *env, const struct conf *conf, const struct cert_info *leaf,
             struct ari_state *st, struct err *err) MUST_CHECK;

/* Whether acme_ari would ask: nothing has to be opened for it if not. leaf may be NULL. */
bool acme_ari_wanted(const struct cert_info *leaf, const struct ari_state *st, int64_t now);

/* Compares the clocks (one request). *out: what to add to this machine's time before a
 * certificate's times are judged by it; 0 unless they differ by more than a day, or the CA's answer
 * has no date. */
int acme_clock_correction(const struct acme_env *env, const struct conf *conf, int64_t *out,
                          struct err *err) MUST_CHECK;

/* The account at conf's directory, as the CA describes it (RFC 8555 7.1.2). */
struct acme_account {
    bool known; /* false: this state folder has none; the rest is empty */
    char url[512], status[24], contact[256];
    char thumbprint[44]; /* of its key, RFC 7638 */
};
int acme_account_show(const struct acme_env *env, const struct conf *conf, struct acme_account *out,
                      struct err *err) MUST_CHECK;
/* Also when it is registered already. */
int acme_account_register(const struct acme_env *env, const struct conf *conf,
                          struct acme_account *out, struct err *err) MUST_CHECK;
/* Takes conf's e-mail address, or its absence, to the CA. */
int acme_account_update(const struct acme_env *env, const struct conf *conf,
                        struct acme_account *out, struct err *err) MUST_CHECK;
/* Another key for the same account. The new one is on disk before the CA hears of it, so a run that
 * is cut short is mended by the next one. */
int acme_account_rollover(const struct acme_env *env, const struct conf *conf,
                          struct acme_account *out, struct err *err) MUST_CHECK;
/* For good; its key is kept under another name, since it can still revoke. One that the CA has
 * deactivated already is success. */
int acme_account_deactivate(const struct acme_env *env, const struct conf *conf,
                            struct acme_account *out, struct err *err) MUST_CHECK;

/* Revokes the certificate with the account's key, or failing that with its own. `reason` is a code
 * of RFC 5280 5.3.1. Revoked before is success. */
int acme_revoke(const struct acme_env *env, const struct conf *conf, const struct bundle *b,
                int reason, struct err *err) MUST_CHECK;

/* What one recursive name server says about a name, its own configuration aside; "" is the root.
 * May be called by several threads at once. ERR_DNS when it does not answer; an answer of any kind
 * is a success. */
enum { ACME_MAX_ADDRESSES = 8 };
struct acme_addresses {
    char rcode[24]; /* "NOERROR", "NXDOMAIN", ... */
    bool no_error;
    struct net_addr addr[ACME_MAX_ADDRESSES]; /* A and AAAA; port 0 */
    size_t n;
};
int acme_addresses(const struct net_addr *server, const char *name, struct acme_addresses *out,
                   struct err *err) MUST_CHECK;

/* `check`: CA reachable, delegation hop by hop, zone and servers, dummy TXT written, seen on
 * every server and removed, clock against the CA's Date. Adds to out; places no order. Fails only
 * on out-of-memory. */
int acme_check(const struct acme_env *env, const struct conf *conf, struct checks *out,
               struct err *err) MUST_CHECK;
/* Of it only the delegation, so that one can look often: asks no CA and writes nothing into DNS.
 * Not for a challenge whose name depends on the account. */
int acme_check_delegation(const struct acme_env *env, const struct conf *conf, struct checks *out,
                          struct err *err) MUST_CHECK;

#endif
