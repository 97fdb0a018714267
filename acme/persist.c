/* SPDX-License-Identifier: Apache-2.0 */
#include "persist.h"

#include "issue_value.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_MAX_BYTES = 8 * 1024 };

static const char *base_of(const struct persist_wanted *w)
{
    return text_starts(w->name, "*.") ? w->name + 2 : w->name;
}

/* ---- the value ---- */

void persist_hash(const char *domain, const char *thumbprint, const char *account,
                  char out[PERSIST_HASH_CHARS + 1])
{
    struct buf text = BUF_INIT(TEXT_MAX_BYTES), b64 = BUF_INIT(PERSIST_HASH_CHARS + 1);
    uint8_t hash[SHA256_BYTES];
    buf_putc(&text, (char)strlen(domain)); /* at most 253 */
    buf_addf(&text, "%s%s%s", domain, thumbprint, account);
    crypto_sha256(buf_str(&text), text.len, hash);
    text_base64url(&b64, hash, sizeof hash);
    text_copy(out, PERSIST_HASH_CHARS + 1, buf_str(&b64));
    buf_clear(&text);
    buf_clear(&b64);
}

/* The value of accounturi; for_domain counts in the form of -02 only. */
static void put_account(const struct persist_wanted *w, const char *for_domain, struct buf *out)
{
    char hash[PERSIST_HASH_CHARS + 1];
    if (!w->ca->hash_prefix) {
        buf_puts(out, w->account);
        return;
    }
    persist_hash(for_domain, w->thumbprint, w->account, hash);
    buf_addf(out, "%ssha-256/%s", w->ca->hash_prefix, hash);
}

static bool is_account(const struct persist_wanted *w, struct issue_span got)
{
    const char *const domains[] = {base_of(w), "*"};
    bool is = false;
    for (size_t i = 0; i < 2 && !is; i++) {
        struct buf want = BUF_INIT(TEXT_MAX_BYTES);
        put_account(w, domains[i], &want);
        is = issue_span_is(got, buf_str(&want));
        buf_clear(&want);
    }
    return is;
}

static bool is_issuer(const struct persist_wanted *w, struct issue_span domain)
{
    for (size_t i = 0; i < w->ca->issuers.n; i++) {
        if (issue_span_is_nocase(domain, w->ca->issuers.v[i]))
            return true;
    }
    return false;
}

static bool is_over(struct issue_span until, int64_t now)
{
    int64_t t = 0;
    if (until.len == 0 || until.len > 12)
        return true;
    for (size_t i = 0; i < until.len; i++) {
        if (until.p[i] < '0' || until.p[i] > '9')
            return true;
        t = t * 10 + (until.p[i] - '0');
    }
    return t <= now;
}

bool persist_fits(const struct persist_wanted *w, const char *text, size_t len)
{
    struct issue_value v;
    struct issue_span account = {NULL, 0}, policy = {NULL, 0}, until = {NULL, 0};
    if (!issue_value_read(&v, text, len) || !is_issuer(w, v.domain))
        return false;
    size_t accounts = issue_value_param(&v, "accounturi", &account);
    size_t policies = issue_value_param(&v, "policy", &policy);
    size_t ends = issue_value_param(&v, "persistUntil", &until);
    if (accounts != 1 || policies > 1 || ends > 1) /* a tag twice makes the record malformed */
        return false;
    if (text_starts(w->name, "*.") && !issue_span_is_nocase(policy, "wildcard"))
        return false;
    return is_account(w, account) && !(ends && is_over(until, w->now));
}

void persist_record(const struct persist_wanted *w, struct buf *out)
{
    buf_addf(out, "_validation-persist.%s. TXT \"%s; accounturi=", base_of(w),
             w->ca->issuers.n ? w->ca->issuers.v[0] : "<the CA's domain>");
    put_account(w, base_of(w), out);
    buf_addf(out, "%s\"", text_starts(w->name, "*.") ? "; policy=wildcard" : "");
}

/* ---- on the name servers ---- */

static bool fits(const void *user, const char *text, size_t len)
{
    return persist_fits(user, text, len);
}

int persist_look(const struct acme_dns *dns, const struct delegation_env *env,
                 const struct delegation *at, const struct persist_wanted *w, struct checks *out,
                 struct err *err)
{
    const struct propagation_wanted wanted = {.fits = fits, .user = w};
    struct buf record = BUF_INIT(TEXT_MAX_BYTES);
    size_t before = out->n, good = 0, bad = 0;
    int rc = 0;
    if (dns->look(dns->self, env, at, &wanted, out, err))
        return -1;
    for (size_t i = before; i < out->n; i++) {
        good += out->v[i].level == CHECK_OK;
        bad += out->v[i].level == CHECK_FAIL;
    }
    if (bad > 0 || good == 0) {
        persist_record(w, &record);
        rc = err_set(err, ERR_DNS,
                     "%s: no TXT record that lets this account issue, on %zu of %zu "
                     "name server addresses",
                     at->challenge, out->n - before - good, out->n - before);
        err_hint(err, "create this record: %s", buf_str(&record));
    }
    buf_clear(&record);
    return rc;
}
