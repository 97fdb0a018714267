/* SPDX-License-Identifier: Apache-2.0 */
#include "order.h"

#include "retry.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ORDER_MAX_BYTES = 256 * 1024, CHAIN_MAX_BYTES = 256 * 1024 };

/* ---- the decider ---- */

static enum order_step next_of_pending(const struct order_seen *s)
{
    bool open = false;
    if (!s->authz)
        return ORDER_LOOK;
    for (size_t i = 0; i < s->authz_count; i++) {
        switch (s->authz[i].status) {
        case MSG_VALID:
            break;
        case MSG_INVALID:
        case MSG_DEACTIVATED:
        case MSG_EXPIRED:
        case MSG_REVOKED:
            return ORDER_FAILED;
        default:
            open = true;
        }
    }
    if (open)
        return ORDER_PROVE;
    return s->order_is_newer ? ORDER_WAIT : ORDER_FINALIZE;
}

enum order_step order_next(const struct order_seen *s)
{
    switch (s->order->status) {
    case MSG_PENDING:
        return next_of_pending(s);
    case MSG_READY:
        return ORDER_FINALIZE;
    case MSG_VALID:
        return s->order->certificate ? ORDER_DOWNLOAD : ORDER_WAIT;
    case MSG_INVALID:
    case MSG_EXPIRED:
    case MSG_REVOKED:
        return ORDER_FAILED;
    case MSG_PROCESSING:
        return ORDER_WAIT;
    case MSG_UNKNOWN:
    case MSG_DEACTIVATED: /* no status of orders, yet seen: an authorization was deactivated */
        break;
    }
    if (!s->authz)
        return ORDER_LOOK;
    return next_of_pending(s) == ORDER_FAILED ? ORDER_FAILED : ORDER_WAIT;
}

/* ---- requests ---- */

static int take_order(const struct client_answer *a, struct msg_order *out, struct err *err)
{
    struct msg_order fresh = {0};
    if (msg_order_read(&fresh, a->json, err))
        return -1;
    fresh.retry_after_s = a->retry_after_s;
    msg_order_clear(out);
    *out = fresh;
    return 0;
}

static int wish_text(const struct order_wish *wish, struct buf *out, struct err *err)
{
    struct json *root = json_new_object();
    struct json *list = json_new_array();
    for (size_t i = 0; i < wish->names->n; i++) {
        struct json *one = json_new_object();
        json_put_string(one, "type", "dns");
        json_put_string(one, "value", wish->names->v[i]);
        json_append(list, one);
    }
    json_put(root, "identifiers", list);
    if (wish->profile)
        json_put_string(root, "profile", wish->profile);
    if (wish->replaces)
        json_put_string(root, "replaces", wish->replaces);
    int rc = json_text(root, JSON_COMPACT, out, err);
    json_free(root);
    return rc;
}

int order_place(struct client *c, const struct order_wish *wish, struct msg_order *out, char **url,
                struct err *err)
{
    struct buf text = BUF_INIT(ORDER_MAX_BYTES);
    struct client_answer a = {0};
    struct msg_order order = {0};
    int rc = -1;
    if (wish_text(wish, &text, err))
        goto done;
    struct client_post p = {.what = "new order",
                            .endpoint = CLIENT_NEW_ORDER,
                            .payload = buf_str(&text),
                            .hasty = wish->replaces != NULL};
    if (client_post(c, &p, &a, err))
        goto done;
    if (!a.http.location) {
        err_set(err, ERR_CA, "new order: the CA's answer has no Location");
        goto done;
    }
    if (take_order(&a, &order, err) || order_check_names(&order, wish->names, err) ||
        msg_resolve_url(url, client_directory_url(c), a.http.location, err))
        goto done;
    *out = order;
    order = (struct msg_order){0};
    rc = 0;
done:
    msg_order_clear(&order);
    client_answer_clear(&a);
    buf_clear(&text);
    return rc;
}

int order_fetch(struct client *c, const char *url, bool just_placed, struct msg_order *out,
                struct err *err)
{
    struct client_post p = {.what = "order", .url = url, .just_given = just_placed};
    struct client_answer a = {0};
    if (client_post(c, &p, &a, err))
        return -1;
    int rc = take_order(&a, out, err);
    client_answer_clear(&a);
    return rc;
}

int order_finalize(struct client *c, const struct buf *csr, struct msg_order *order,
                   struct err *err)
{
    struct buf text = BUF_INIT(ORDER_MAX_BYTES);
    struct client_answer a = {0};
    int rc = -1;
    buf_puts(&text, "{\"csr\":\"");
    text_base64url(&text, buf_str(csr), csr->len);
    buf_puts(&text, "\"}");
    struct client_post p = {
        .what = "finalize", .url = order->finalize, .payload = buf_str(&text), .just_given = true};
    if (buf_check(&text, "CSR", err) || client_post(c, &p, &a, err) || take_order(&a, order, err))
        goto done;
    rc = 0;
done:
    client_answer_clear(&a);
    buf_clear(&text);
    return rc;
}

int order_authorization(struct client *c, const char *url, struct msg_authz *out, struct err *err)
{
    struct client_post p = {.what = "authorization", .url = url, .just_given = true};
    struct client_answer a = {0};
    struct msg_authz fresh = {0};
    int rc = -1;
    if (client_post(c, &p, &a, err))
        return -1;
    if (msg_authz_read(&fresh, a.json, err) || text_dup(&fresh.url, url, err))
        goto done;
    fresh.retry_after_s = a.retry_after_s;
    msg_authz_clear(out); /* may own url */
    *out = fresh;
    fresh = (struct msg_authz){0};
    rc = 0;
done:
    msg_authz_clear(&fresh);
    client_answer_clear(&a);
    return rc;
}

static bool has_name(const struct strings *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++) {
        if (text_equal_nocase(list->v[i], name))
            return true;
    }
    return false;
}

/* RFC 8555 7.1.4: without "*." for a wildcard name, too. Nobody else's name is ever looked up. */
static int check_authorized(const struct msg_order *o, const struct msg_authz *a, struct err *err)
{
    char wildcard[sizeof a->name + 2];
    snprintf(wildcard, sizeof wildcard, "*.%s", a->name);
    if (has_name(&o->names, a->name) || has_name(&o->names, wildcard))
        return 0;
    return err_set(err, ERR_CA, "authorization: it is for %s, which we did not ask for", a->name);
}

int order_authorizations(struct client *c, const struct msg_order *order, struct msg_authz **out,
                         struct err *err)
{
    size_t n = order->authorizations.n;
    struct msg_authz *v = calloc(n, sizeof *v);
    if (!v)
        return err_set(err, ERR_FAIL, "authorizations: out of memory");
    for (size_t i = 0; i < n; i++) {
        if (order_authorization(c, order->authorizations.v[i], &v[i], err) ||
            check_authorized(order, &v[i], err)) {
            order_authz_free(v, n);
            return -1;
        }
    }
    *out = v;
    return 0;
}

void order_authz_free(struct msg_authz *v, size_t n)
{
    for (size_t i = 0; v && i < n; i++)
        msg_authz_clear(&v[i]);
    free(v);
}

int order_check_names(const struct msg_order *o, const struct strings *names, struct err *err)
{
    for (size_t i = 0; i < o->names.n; i++) {
        if (!has_name(names, o->names.v[i]))
            return err_set(err, ERR_CA, "order: it is for %s, which we did not ask for",
                           o->names.v[i]);
    }
    for (size_t i = 0; i < names->n; i++) {
        if (!has_name(&o->names, names->v[i]))
            return err_set(err, ERR_CA, "order: the CA left %s out", names->v[i]);
    }
    return 0;
}

bool order_has_authorizations(const struct msg_order *o, const struct msg_authz *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (k < o->authorizations.n && strcmp(o->authorizations.v[k], v[i].url) != 0)
            k++;
        if (k == o->authorizations.n)
            return false;
    }
    return n == o->authorizations.n;
}

/* ---- the certificate ---- */

bool order_chain_matches(const struct cert_chain *chain, const char *preferred)
{
    struct cert_info top = {0};
    struct err ignored = {0};
    uint8_t sha256[SHA256_BYTES];
    bool matches = false;
    if (chain->count == 0)
        return false;
    size_t last = chain->count - 1;
    if (cert_info_read(&top, chain->cert[last].der, chain->cert[last].len, &ignored))
        return false;
    if (text_hex_decode(preferred, sha256, sizeof sha256))
        matches = memcmp(sha256, top.sha256, sizeof sha256) == 0;
    else
        matches = strcmp(preferred, top.issuer_cn) == 0;
    cert_info_clear(&top);
    return matches;
}

static int download_one(struct client *c, const char *url, const struct cert_wanted *wanted,
                        struct cert_chain *out, struct client_answer *answer, struct err *err)
{
    struct client_post p = {.what = "certificate",
                            .url = url,
                            .accept = "application/pem-certificate-chain",
                            .max_body_bytes = CHAIN_MAX_BYTES,
                            .just_given = true};
    struct cert_chain chain = {0};
    struct err e = {0};
    if (client_post(c, &p, answer, err))
        return -1;
    if (cert_chain_from_pem(&chain, buf_str(&answer->http.body), answer->http.body.len, url, &e) ||
        cert_chain_check(&chain, wanted, &e)) {
        cert_chain_clear(&chain);
        return err_set(err, ERR_CA, "certificate: %s", e.text);
    }
    *out = chain;
    return 0;
}

/* Looks through the alternates (RFC 8555 7.4.2) for the preferred chain; one that cannot be had is
 * passed over. */
static bool find_alternate(struct client *c, const struct client_answer *first, const char *url,
                           const struct cert_wanted *wanted, const char *preferred,
                           struct cert_chain *out)
{
    for (size_t i = 0; i < first->http.link_count; i++) {
        const struct https_link *link = &first->http.links[i];
        struct client_answer a = {0};
        struct cert_chain chain = {0};
        struct err e = {0};
        char *target = NULL;
        bool found = link->rel && strcmp(link->rel, "alternate") == 0 &&
                     msg_resolve_url(&target, url, link->url, &e) == 0 &&
                     download_one(c, target, wanted, &chain, &a, &e) == 0 &&
                     order_chain_matches(&chain, preferred);
        if (err_is_set(&e))
            log_warn(client_log(c), "alternate chain passed over: %s", e.text);
        client_answer_clear(&a);
        free(target);
        if (found) {
            *out = chain;
            return true;
        }
        cert_chain_clear(&chain);
    }
    return false;
}

int order_download(struct client *c, const char *url, const struct cert_wanted *wanted,
                   const char *preferred, struct cert_chain *out, struct err *err)
{
    struct client_answer a = {0};
    struct cert_chain chain = {0}, other = {0};
    if (download_one(c, url, wanted, &chain, &a, err)) {
        client_answer_clear(&a);
        return -1;
    }
    if (preferred && !order_chain_matches(&chain, preferred)) {
        if (find_alternate(c, &a, url, wanted, preferred, &other)) {
            cert_chain_clear(&chain);
            chain = other;
        } else {
            log_warn(client_log(c),
                     "acme.preferred_chain: the CA offers no chain of \"%s\"; its default is taken",
                     preferred);
        }
    }
    client_answer_clear(&a);
    *out = chain;
    return 0;
}
