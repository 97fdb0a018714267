/* SPDX-License-Identifier: Apache-2.0 */
#include "msg.h"

#include "https.h"
#include "retry.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum msg_status msg_status_of(const char *s)
{
    static const struct {
        const char *text;
        enum msg_status status;
    } table[] = {
        {"pending", MSG_PENDING}, {"ready", MSG_READY},     {"processing", MSG_PROCESSING},
        {"valid", MSG_VALID},     {"invalid", MSG_INVALID}, {"deactivated", MSG_DEACTIVATED},
        {"expired", MSG_EXPIRED}, {"revoked", MSG_REVOKED},
    };
    for (size_t i = 0; s && i < sizeof table / sizeof table[0]; i++) {
        if (strcmp(table[i].text, s) == 0)
            return table[i].status;
    }
    return MSG_UNKNOWN;
}

/* Copies a URL that we will ask. */
static int url_dup(char **out, const char *url, const char *what, struct err *err)
{
    struct err e = {0};
    if (https_check_url(url, &e)) {
        char shown[128];
        problem_foreign(shown, sizeof shown, url);
        return err_set(err, ERR_CA, "%s: the CA gave a URL that is not to be used: \"%s\"", what,
                       shown);
    }
    return text_dup(out, url, err);
}

static int url_needed(char **out, const struct json *j, const char *key, const char *object,
                      struct err *err)
{
    const char *url = json_get_string(j, key);
    if (!url)
        return err_set(err, ERR_CA, "%s: member \"%s\" is missing", object, key);
    return url_dup(out, url, key, err);
}

static int url_offered(char **out, const struct json *j, const char *key, struct err *err)
{
    const char *url = json_get_string(j, key);
    return url ? url_dup(out, url, key, err) : 0;
}

static int need_object(const struct json *j, const char *what, struct err *err)
{
    if (json_is_object(j))
        return 0;
    return err_set(err, ERR_CA, "%s: the CA's answer is no JSON object", what);
}

/* ---- directory, RFC 8555 7.1.1 ---- */

static void read_profiles(struct msg_directory *out, const struct json *profiles)
{
    void *iter = NULL;
    const char *name = NULL;
    const struct json *text;
    if (!json_is_object(profiles))
        return;
    while ((text = json_next(profiles, &iter, &name)) && name &&
           out->profile_count < MSG_MAX_PROFILES) {
        struct msg_profile *p = &out->profile[out->profile_count];
        if (strlen(name) >= sizeof p->name)
            continue;
        problem_foreign(p->name, sizeof p->name, name);
        problem_foreign(p->text, sizeof p->text, json_string_of(text));
        out->profile_count++;
    }
}

static int read_issuers(struct strings *out, const struct json *list, struct err *err)
{
    enum { MAX_ISSUERS = 10 }; /* draft-ietf-acme-dns-persist 3.1: more, or none, are refused */
    char name[256];
    struct err e = {0};
    size_t n = json_count(list);
    for (size_t i = 0; i < n && n <= MAX_ISSUERS; i++) {
        const char *s = json_string_of(json_at(list, i));
        if (!s || text_dns_name(s, name, &e) || text_starts(name, "*.")) {
            strings_clear(out);
            return 0;
        }
        if (strings_add(out, name, err))
            return -1;
    }
    return 0;
}

static int read_persist(struct msg_persist *out, const struct json *j, struct err *err)
{
    const struct json *list = json_get(j, "issuerDomainNames");
    const char *prefix = json_get_string(j, "accountHashPrefix");
    struct err ignored = {0};
    if (read_issuers(&out->issuers, list ? list : json_get(j, "issuer-domain-names"), err))
        return -1;
    if (prefix && https_check_url(prefix, &ignored) == 0 && !strpbrk(prefix, "; \t\""))
        return text_dup(&out->hash_prefix, prefix, err);
    return 0;
}

static void clear_persist(struct msg_persist *p)
{
    strings_clear(&p->issuers);
    free(p->hash_prefix);
}

static int read_meta(struct msg_directory *out, const struct json *meta, struct err *err)
{
    char shown[512];
    const struct json *caa = json_get(meta, "caaIdentities");
    out->external_account_required = json_get_bool(meta, "externalAccountRequired", false);
    for (size_t i = 0; i < json_count(caa) && i < MSG_MAX_NAMES; i++) {
        const char *name = json_string_of(json_at(caa, i));
        if (!name)
            continue;
        problem_foreign(shown, sizeof shown, name);
        if (strings_add(&out->caa_identities, shown, err))
            return -1;
    }
    if (read_persist(&out->persist, meta, err))
        return -1;
    read_profiles(out, json_get(meta, "profiles"));
    const char *terms = json_get_string(meta, "termsOfService");
    if (!terms)
        return 0;
    problem_foreign(shown, sizeof shown, terms);
    return text_dup(&out->terms, shown, err);
}

int msg_directory_read(struct msg_directory *out, const struct json *j, struct err *err)
{
    struct msg_directory d = {0};
    if (need_object(j, "directory", err) ||
        url_needed(&d.new_nonce, j, "newNonce", "directory", err) ||
        url_needed(&d.new_account, j, "newAccount", "directory", err) ||
        url_needed(&d.new_order, j, "newOrder", "directory", err) ||
        url_offered(&d.revoke_cert, j, "revokeCert", err) ||
        url_offered(&d.key_change, j, "keyChange", err) ||
        url_offered(&d.renewal_info, j, "renewalInfo", err) ||
        read_meta(&d, json_get(j, "meta"), err)) {
        msg_directory_clear(&d);
        return -1;
    }
    *out = d;
    return 0;
}

void msg_directory_clear(struct msg_directory *d)
{
    free(d->new_nonce);
    free(d->new_account);
    free(d->new_order);
    free(d->revoke_cert);
    free(d->key_change);
    free(d->renewal_info);
    free(d->terms);
    strings_clear(&d->caa_identities);
    clear_persist(&d->persist);
    *d = (struct msg_directory){0};
}

bool msg_directory_has_profile(const struct msg_directory *d, const char *name)
{
    for (size_t i = 0; i < d->profile_count; i++) {
        if (strcmp(d->profile[i].name, name) == 0)
            return true;
    }
    return false;
}

/* ---- order, RFC 8555 7.1.3 ---- */

static int read_authorizations(struct msg_order *out, const struct json *j, struct err *err)
{
    const struct json *list = json_get(j, "authorizations");
    size_t n = json_count(list);
    if (n == 0 || n > MSG_MAX_NAMES)
        return err_set(err, ERR_CA, "order: %s",
                       n ? "too many authorizations" : "member \"authorizations\" is missing");
    for (size_t i = 0; i < n; i++) {
        const char *url = json_string_of(json_at(list, i));
        char *copy = NULL;
        if (!url)
            return err_set(err, ERR_CA, "order: an authorization is no URL");
        if (url_dup(&copy, url, "authorization", err))
            return -1;
        int rc = strings_add(&out->authorizations, copy, err);
        free(copy);
        if (rc)
            return -1;
    }
    return 0;
}

static int read_identifiers(struct msg_order *out, const struct json *j, struct err *err)
{
    const struct json *list = json_get(j, "identifiers");
    size_t n = json_count(list);
    if (n > MSG_MAX_NAMES)
        return err_set(err, ERR_CA, "order: too many identifiers");
    for (size_t i = 0; i < n; i++) {
        const char *type = json_get_string(json_at(list, i), "type");
        const char *value = json_get_string(json_at(list, i), "value");
        char name[256];
        if (!type || !value || strcmp(type, "dns") != 0)
            return err_set(err, ERR_CA, "order: it has an identifier that we did not ask for");
        problem_foreign(name, sizeof name, value);
        if (strings_add(&out->names, name, err))
            return -1;
    }
    return 0;
}

int msg_order_read(struct msg_order *out, const struct json *j, struct err *err)
{
    struct msg_order o = {.retry_after_s = RETRY_AFTER_NONE};
    struct err ignored = {0};
    if (need_object(j, "order", err))
        return -1;
    o.status = msg_status_of(json_get_string(j, "status"));
    problem_foreign(o.status_text, sizeof o.status_text, json_get_string(j, "status"));
    const char *expires = json_get_string(j, "expires");
    if (expires && text_time_parse(expires, &o.expires, &ignored))
        o.expires = 0;
    problem_read(&o.error, json_get(j, "error"));
    if (read_authorizations(&o, j, err) || read_identifiers(&o, j, err) ||
        url_needed(&o.finalize, j, "finalize", "order", err) ||
        url_offered(&o.certificate, j, "certificate", err)) {
        msg_order_clear(&o);
        return -1;
    }
    *out = o;
    return 0;
}

void msg_order_clear(struct msg_order *o)
{
    strings_clear(&o->names);
    strings_clear(&o->authorizations);
    free(o->finalize);
    free(o->certificate);
    *o = (struct msg_order){0};
}

/* ---- challenge and authorization, RFC 8555 7.1.4, 8 ---- */

int msg_challenge_read(struct msg_challenge *out, const struct json *j, struct err *err)
{
    struct msg_challenge c = {0};
    if (need_object(j, "challenge", err))
        return -1;
    problem_foreign(c.type, sizeof c.type, json_get_string(j, "type"));
    c.status = msg_status_of(json_get_string(j, "status"));
    /* The token goes into a hash only, yet no other form of it gets into the program. */
    const char *token = json_get_string(j, "token");
    if (token && *token && strlen(token) <= MSG_MAX_TOKEN && text_is_base64url(token))
        text_copy(c.token, sizeof c.token, token);
    const struct json *problem = json_get(j, "error");
    if (json_is_object(problem)) {
        c.error = calloc(1, sizeof *c.error);
        if (!c.error)
            return err_set(err, ERR_FAIL, "challenge: out of memory");
        problem_read(c.error, problem);
    }
    /* Types to come may lack a URL or have another kind of it: no reason to fail. */
    struct err ignored = {0};
    const char *url = json_get_string(j, "url");
    if ((url && https_check_url(url, &ignored) == 0 && text_dup(&c.url, url, err)) ||
        read_persist(&c.persist, j, err)) {
        msg_challenge_clear(&c);
        return -1;
    }
    *out = c;
    return 0;
}

void msg_challenge_clear(struct msg_challenge *c)
{
    free(c->url);
    free(c->error);
    clear_persist(&c->persist);
    *c = (struct msg_challenge){0};
}

static int read_challenges(struct msg_authz *out, const struct json *list, struct err *err)
{
    for (size_t i = 0; i < json_count(list) && out->challenge_count < MSG_MAX_CHALLENGES; i++) {
        if (!json_is_object(json_at(list, i)))
            continue;
        if (msg_challenge_read(&out->challenge[out->challenge_count], json_at(list, i), err))
            return -1;
        out->challenge_count++;
    }
    return 0;
}

int msg_authz_read(struct msg_authz *out, const struct json *j, struct err *err)
{
    struct msg_authz a = {.retry_after_s = RETRY_AFTER_NONE};
    if (need_object(j, "authorization", err))
        return -1;
    const struct json *identifier = json_get(j, "identifier");
    const char *type = json_get_string(identifier, "type");
    const char *name = json_get_string(identifier, "value");
    struct err e = {0};
    if (!type || strcmp(type, "dns") != 0 || !name || text_dns_name(name, a.name, &e) ||
        text_starts(a.name, "*."))
        return err_set(err, ERR_CA, "authorization: its identifier is no DNS name");
    a.status = msg_status_of(json_get_string(j, "status"));
    problem_foreign(a.status_text, sizeof a.status_text, json_get_string(j, "status"));
    a.wildcard = json_get_bool(j, "wildcard", false);
    if (read_challenges(&a, json_get(j, "challenges"), err)) {
        msg_authz_clear(&a);
        return -1;
    }
    *out = a;
    return 0;
}

void msg_authz_clear(struct msg_authz *a)
{
    for (size_t i = 0; i < a->challenge_count; i++)
        msg_challenge_clear(&a->challenge[i]);
    free(a->url);
    *a = (struct msg_authz){0};
}

const struct msg_challenge *msg_authz_find(const struct msg_authz *a, const char *type)
{
    for (size_t i = 0; i < a->challenge_count; i++) {
        if (strcmp(a->challenge[i].type, type) == 0)
            return &a->challenge[i];
    }
    return NULL;
}

/* ---- references ---- */

int msg_resolve_url(char **out, const char *base, const char *ref, struct err *err)
{
    char *url = NULL;
    int rc;
    if (ref[0] == '/' && ref[1] != '/') {
        const char *host = strstr(base, "://");
        size_t origin = host ? (size_t)(host - base) + 3 : 0;
        origin += strcspn(base + origin, "/?#");
        rc = text_fmt(&url, err, "%.*s%s", (int)origin, base, ref);
    } else {
        rc = text_dup(&url, ref, err);
    }
    if (rc)
        return -1;
    rc = url_dup(out, url, "URL in a header", err);
    free(url);
    return rc;
}
