/* SPDX-License-Identifier: Apache-2.0 */
#include "caa.h"

#include "issue_value.h"
#include "text.h"

#include <string.h>

enum { CRITICAL = 0x80, TEXT_MAX_BYTES = 16 * 1024 };

static bool is_wildcard(const struct caa_wanted *w)
{
    return text_starts(w->name, "*.");
}

/* ---- the decider ---- */

/* Properties that have a meaning somewhere: RFC 8659 4, RFC 9495, the CA/Browser Forum's Baseline
 * Requirements (appendix A) and the mark certificates'. A CA need not obey those that are not
 * about issuing for servers, but knows them. */
static bool is_known(const char *tag)
{
    static const char *const known[] = {"issue",    "issuewild",    "iodef",       "issuemail",
                                        "issuevmc", "contactemail", "contactphone"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i], tag) == 0)
            return true;
    }
    return false;
}

static bool has_tag(const struct caa_set *set, const char *tag)
{
    for (size_t i = 0; i < set->n; i++) {
        if (strcmp(set->v[i].tag, tag) == 0)
            return true;
    }
    return false;
}

static bool is_identity(const struct caa_wanted *w, struct issue_span domain)
{
    for (size_t i = 0; i < w->identities->n; i++) {
        if (issue_span_is_nocase(domain, w->identities->v[i]))
            return true;
    }
    return false;
}

/* RFC 8657 4: a list with commas. */
static bool has_method(struct issue_span list, const char *method)
{
    size_t n = strlen(method);
    for (size_t from = 0, i = 0; i <= list.len; i++) {
        if (i < list.len && list.p[i] != ',')
            continue;
        if (i - from == n && memcmp(list.p + from, method, n) == 0)
            return true;
        from = i + 1;
    }
    return false;
}

/* What one property says. Parameters are judged before an unknown identity is: another account
 * or method is out whatever the CA calls itself. */
static enum caa_reason judge_one(const struct caa_record *r, const struct caa_wanted *w)
{
    struct issue_value v;
    struct issue_span account = {NULL, 0}, methods = {NULL, 0};
    if (!issue_value_read(&v, r->value, r->value_len))
        return CAA_MALFORMED;
    if (v.domain.len == 0 || (w->identities->n > 0 && !is_identity(w, v.domain)))
        return CAA_OTHER_CA;
    size_t accounts = issue_value_param(&v, "accounturi", &account);
    size_t lists = issue_value_param(&v, "validationmethods", &methods);
    if (accounts > 1 || lists > 1)
        return CAA_MALFORMED; /* RFC 8657 3, 4: unsatisfiable */
    if (accounts && w->account && !issue_span_is(account, w->account))
        return CAA_OTHER_ACCOUNT;
    if (lists && !has_method(methods, w->method))
        return CAA_OTHER_METHOD;
    if (accounts && !w->account)
        return CAA_NO_ACCOUNT;
    return w->identities->n > 0 ? CAA_NAMES_US : CAA_NO_IDENTITY;
}

static enum caa_verdict verdict_of(enum caa_reason reason)
{
    switch (reason) {
    case CAA_NO_RECORDS:
    case CAA_NO_LIMITS:
    case CAA_NAMES_US:
        return CAA_ALLOWED;
    case CAA_NO_ACCOUNT:
    case CAA_NO_IDENTITY:
        return CAA_UNSURE;
    default:
        return CAA_FORBIDDEN;
    }
}

struct caa_finding caa_judge(const struct caa_set *set, const struct caa_wanted *w)
{
    struct caa_finding f = {CAA_ALLOWED, set->n ? CAA_NO_LIMITS : CAA_NO_RECORDS, set->n};
    const char *tag = is_wildcard(w) && has_tag(set, "issuewild") ? "issuewild" : "issue";
    for (size_t i = 0; i < set->n; i++) {
        if ((set->v[i].flags & CRITICAL) && !is_known(set->v[i].tag))
            return (struct caa_finding){CAA_FORBIDDEN, CAA_CRITICAL, i};
    }
    for (size_t i = 0; i < set->n; i++) {
        if (strcmp(set->v[i].tag, tag) != 0)
            continue;
        enum caa_reason reason = judge_one(&set->v[i], w);
        if (f.record == set->n || reason == CAA_NAMES_US ||
            (f.reason != CAA_NAMES_US && reason > f.reason))
            f = (struct caa_finding){verdict_of(reason), reason, i};
    }
    return f;
}

/* ---- for people ---- */

static void put_others(const struct caa_wanted *w, struct buf *out)
{
    buf_puts(out, w->identities->n ? ": is not for this CA, whose name would be "
                                   : ": lets nobody issue");
    for (size_t i = 0; i < w->identities->n; i++)
        buf_addf(out, "%s\"%s\"", i ? " or " : "", w->identities->v[i]);
}

static void put_record(const struct caa_set *set, const struct caa_record *r, struct buf *out)
{
    buf_addf(out, "%s. CAA %u %s \"", set->alias[0] ? set->alias : set->owner, (unsigned)r->flags,
             r->tag);
    buf_put_foreign(out, r->value, r->value_len);
    buf_puts(out, "\"");
}

void caa_text(const struct caa_set *set, const struct caa_wanted *w, const struct caa_finding *f,
              struct buf *out)
{
    if (f->reason == CAA_NO_RECORDS) {
        buf_puts(out, "no records, here or above: any CA may issue");
        return;
    }
    if (f->reason == CAA_NO_LIMITS) {
        buf_addf(out, "the records of %s are not about issuance: any CA may issue", set->owner);
        return;
    }
    put_record(set, &set->v[f->record], out);
    switch (f->reason) {
    case CAA_NAMES_US:
        buf_puts(out, ": lets this CA issue");
        break;
    case CAA_CRITICAL:
        buf_puts(out, ": is marked critical, and no CA knows this property");
        break;
    case CAA_OTHER_CA:
        put_others(w, out);
        break;
    case CAA_MALFORMED:
        buf_puts(out, ": is malformed, so nobody may issue by it");
        break;
    case CAA_OTHER_ACCOUNT:
        buf_addf(out, ": is for another account than ours, %s", w->account);
        break;
    case CAA_OTHER_METHOD:
        buf_addf(out, ": does not allow our challenge, %s", w->method);
        break;
    case CAA_NO_ACCOUNT:
        buf_puts(out, ": is for one account, and there is none here yet");
        break;
    default:
        buf_puts(out, ": cannot be judged, since the CA's directory does not tell its CAA names");
        break;
    }
}

bool caa_suggest(const struct caa_set *set, const struct caa_wanted *w, struct buf *out)
{
    const char *base = is_wildcard(w) ? w->name + 2 : w->name;
    const char *dot = strchr(base, '.');
    struct issue_value v;
    struct buf value = BUF_INIT(TEXT_MAX_BYTES);
    if (!w->account || w->identities->n == 0)
        return false;
    /* Beside a CNAME no other record may stand (RFC 1034 3.6.2): then in the zone above it. */
    bool is_alias = set->alias[0] && (!set->owner[0] || strcmp(set->owner, base) == 0);
    if (is_alias && dot && strchr(dot + 1, '.'))
        base = dot + 1;
    buf_addf(&value, "%s; accounturi=%s; validationmethods=%s", w->identities->v[0], w->account,
             w->method);
    bool fits = issue_value_read(&v, buf_str(&value), value.len);
    if (fits)
        buf_addf(out, "%s. CAA 0 %s \"%s\"", base, is_wildcard(w) ? "issuewild" : "issue",
                 buf_str(&value));
    buf_clear(&value);
    return fits;
}

/* ---- the driver ---- */

static const char refused_while[] = "a CA that cannot look them up either refuses to issue while "
                                    "this lasts: mend the name servers of that zone";

void caa_check(const struct acme_dns *dns, const struct delegation_env *env,
               const struct caa_wanted *w, struct checks *out)
{
    static const enum check_level levels[] = {
        [CAA_ALLOWED] = CHECK_OK, [CAA_UNSURE] = CHECK_WARN, [CAA_FORBIDDEN] = CHECK_FAIL};
    struct buf text = BUF_INIT(TEXT_MAX_BYTES), record = BUF_INIT(TEXT_MAX_BYTES);
    struct caa_set set = {.owner = ""};
    struct err e = {0};
    char title[96];
    text_copy(title, sizeof title, "CAA records for ");
    text_copy(title + strlen(title), sizeof title - strlen(title), w->name);
    if (dns->caa(dns->self, env, w->name, &set, &e)) {
        checks_add(out, "dns.caa", title, CHECK_WARN, e.text, refused_while);
        return;
    }
    struct caa_finding f = caa_judge(&set, w);
    caa_text(&set, w, &f, &text);
    bool known = caa_suggest(&set, w, &record);
    if (known)
        buf_addf(&text, "\na record for this account alone: %s", buf_str(&record));
    checks_add(out, "dns.caa", title, levels[f.verdict], buf_str(&text), NULL);
    if (f.verdict == CAA_FORBIDDEN && known)
        checks_cure(out, "add or replace by: %s", buf_str(&record));
    else if (f.verdict == CAA_FORBIDDEN)
        checks_cure(out, "add a record that names the CA, beside this one or in its place");
    buf_clear(&text);
    buf_clear(&record);
    caa_set_clear(&set);
}

int caa_preflight(const struct acme_dns *dns, const struct delegation_env *env,
                  const struct caa_wanted *w, struct err *err)
{
    struct buf text = BUF_INIT(TEXT_MAX_BYTES), record = BUF_INIT(TEXT_MAX_BYTES);
    struct caa_set set = {.owner = ""};
    struct err e = {0};
    int rc = 0;
    if (dns->caa(dns->self, env, w->name, &set, &e)) {
        log_warn(env->log, "CAA records for %s: %s; %s", w->name, e.text, refused_while);
        return 0;
    }
    struct caa_finding f = caa_judge(&set, w);
    caa_text(&set, w, &f, &text);
    if (f.verdict == CAA_UNSURE)
        log_warn(env->log, "CAA records for %s: %s", w->name, buf_str(&text));
    if (f.verdict == CAA_FORBIDDEN) {
        rc = err_set(err, ERR_DNS, "%s: its CAA records forbid the certificate: %s", w->name,
                     buf_str(&text));
        if (caa_suggest(&set, w, &record))
            err_hint(err, "add this record, or let it replace the one that forbids: %s",
                     buf_str(&record));
    }
    buf_clear(&text);
    buf_clear(&record);
    caa_set_clear(&set);
    return rc;
}
