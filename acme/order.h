/* SPDX-License-Identifier: Apache-2.0 */
/*
 * order.h - an order at the CA (RFC 8555 7.1.6, 7.4): what comes next, and the requests.
 */
#ifndef RRAS_ORDER_H
#define RRAS_ORDER_H

#include "client.h"

/* ---- the decider, pure ---- */

enum order_step {
    ORDER_LOOK,     /* fetch the authorizations */
    ORDER_PROVE,    /* publish, respond and poll: at least one authorization is pending */
    ORDER_FINALIZE, /* send the CSR */
    ORDER_WAIT,     /* fetch the order after a pause */
    ORDER_DOWNLOAD,
    ORDER_FAILED, /* this order will never give a certificate */
};
struct order_seen {
    const struct msg_order *order;
    const struct msg_authz *authz; /* NULL: not fetched yet */
    size_t authz_count;
    bool order_is_newer; /* the order was fetched after the authorizations became valid */
};
/* RFC 8555 7.1.6: when all authorizations are valid, a pending order is ready; so it is finalized
 * without another look. Where the CA is slower than its word (orderNotReady), the order is fetched
 * and, as it is newer then, waited for. A status that RFC 8555 does not know is waited for. */
enum order_step order_next(const struct order_seen *s);

/* ---- requests ---- */

struct order_wish {
    const struct strings *names;
    const char *profile;  /* NULL = none asked for */
    const char *replaces; /* RFC 9773 certID; NULL = none */
};
/* newOrder. *url is the caller's. */
int order_place(struct client *c, const struct order_wish *wish, struct msg_order *out, char **url,
                struct err *err) MUST_CHECK;
/* Fills *out anew (what was in it is cleared, on success). `just_placed`: see client_post. */
int order_fetch(struct client *c, const char *url, bool just_placed, struct msg_order *out,
                struct err *err) MUST_CHECK;
int order_finalize(struct client *c, const struct buf *csr, struct msg_order *order,
                   struct err *err) MUST_CHECK;

/* All authorizations of the order, in its order. *out is the caller's array (order_authz_free). */
int order_authorizations(struct client *c, const struct msg_order *order, struct msg_authz **out,
                         struct err *err) MUST_CHECK;
/* Fetches one anew; url may be out->url. */
int order_authorization(struct client *c, const char *url, struct msg_authz *out,
                        struct err *err) MUST_CHECK;
void order_authz_free(struct msg_authz *v, size_t n);

/* The order is for exactly these names. ERR_CA. */
int order_check_names(const struct msg_order *o, const struct strings *names,
                      struct err *err) MUST_CHECK;

/* The order's authorizations are these, in whatever order (RFC 8555 7.1.3: they never change). */
bool order_has_authorizations(const struct msg_order *o, const struct msg_authz *v, size_t n);

/* The certificate, checked: `wanted` is what cert_chain_check asks. `preferred` (may be NULL) is
 * an issuer's CN or the SHA-256 of the topmost certificate; when no chain matches, the CA's default
 * is taken and a line logged. */
int order_download(struct client *c, const char *url, const struct cert_wanted *wanted,
                   const char *preferred, struct cert_chain *out, struct err *err) MUST_CHECK;
/* True if the topmost certificate of the chain is, or was issued by, the preferred one. */
bool order_chain_matches(const struct cert_chain *chain, const char *preferred);

#endif
