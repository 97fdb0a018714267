/* SPDX-License-Identifier: Apache-2.0 */
#include "delegated.h"

#include "account_label.h"

#include "text.h"
#include "txt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void delegated_init(struct delegated *d, const struct acme_env *env, const struct conf *conf,
                    const struct acme_dns *dns)
{
    *d = (struct delegated){.env = {conf, env->clock, env->log, env->interrupted, NULL, false},
                            .dns = dns,
                            .acme = env};
    if (!conf_publishes(conf)) {
        d->env.prefix = "_validation-persist";
        d->env.read_only = true;
    }
}

void delegated_for_account(struct delegated *d, const char *account_url)
{
    char label[ACCOUNT_LABEL_CHARS + 1], prefix[sizeof d->prefix];
    if (d->env.conf->acme.challenge != CONF_DNS_ACCOUNT_01)
        return;
    account_label(account_url, label);
    snprintf(prefix, sizeof prefix, "%s._acme-challenge", label);
    if (d->env.prefix && strcmp(prefix, d->prefix) == 0)
        return;
    delegated_clear(d);
    text_copy(d->prefix, sizeof d->prefix, prefix);
    d->env.prefix = d->prefix;
}

void delegated_clear(struct delegated *d)
{
    for (size_t i = 0; i < d->n; i++)
        free(d->v[i]);
    free(d->v);
    d->v = NULL;
    d->n = 0;
}

const char *delegated_base(const char *name)
{
    return text_starts(name, "*.") ? name + 2 : name;
}

/* Equal as DNS names, whether or not the final dot was typed. */
static bool same_name(const char *a, const char *b)
{
    char x[256], y[256];
    size_t n;
    if (!text_copy(x, sizeof x, a) || !text_copy(y, sizeof y, b))
        return false;
    if ((n = strlen(x)) > 0 && x[n - 1] == '.')
        x[n - 1] = '\0';
    if ((n = strlen(y)) > 0 && y[n - 1] == '.')
        y[n - 1] = '\0';
    return text_equal_nocase(x, y);
}

bool delegated_is_enough(const struct delegation *d, const struct conf *conf)
{
    if (d->delegated)
        return true;
    if (conf->dns.target)
        return same_name(conf->dns.target, d->challenge);
    const char *own = conf_dns_zone(conf);
    return own && same_name(own, d->zone);
}

static int add(struct delegated *d, struct delegation *one, struct err *err)
{
    struct delegation **v = realloc(d->v, (d->n + 1) * sizeof *v);
    if (!v)
        return err_set(err, ERR_FAIL, "delegation of %s: out of memory", one->name);
    d->v = v;
    d->v[d->n++] = one;
    return 0;
}

/* A target that differs from where the CNAMEs lead is nearly always a typing error, though right
 * where the inner view of the DNS differs from the outer one. */
static void warn_of_other_end(const struct delegated *d, const struct delegation *one)
{
    const char *end = one->hop_count ? one->hop[one->hop_count - 1].name : one->challenge;
    if (one->delegated && !same_name(end, one->target))
        log_warn(d->env.log,
                 "%s leads to %s, but dns.target says %s: the CA will look at the former",
                 one->challenge, end, one->target);
}

/* The record to create: its target is the back end's to tell where that alone knows it. */
static int record_for(const struct delegated *d, const char *base, char *out, size_t size,
                      struct err *err)
{
    const struct conf *conf = d->env.conf;
    const struct publish_env env = txt_publish_env(d->acme, conf);
    struct publisher p = {.name = NULL};
    char target[256], challenge[256];
    int rc = 0;
    delegation_record(&d->env, base, out, size);
    if (conf->dns.provider != CONF_ACME_DNS || conf->dns.target)
        return 0;
    if (d->dns->open(d->dns->self, &p, &env, err))
        return -1;
    if (p.target) {
        os_mutex_lock(shared_back_end(d->acme->shared));
        rc = p.target(p.self, base, target, err);
        os_mutex_unlock(shared_back_end(d->acme->shared));
        delegation_challenge(&d->env, base, challenge, sizeof challenge);
        if (rc == 0)
            snprintf(out, size, "%s. CNAME %s.", challenge, target);
    }
    publisher_close(&p);
    return rc;
}

int delegated_find(struct delegated *d, const char *name, const struct delegation **out,
                   struct err *err)
{
    const char *base = delegated_base(name);
    char record[700];
    for (size_t i = 0; i < d->n; i++) {
        if (strcmp(d->v[i]->name, base) == 0) {
            *out = d->v[i];
            return 0;
        }
    }
    struct delegation *one = calloc(1, sizeof *one);
    d->missing_for_s = 0;
    if (!one)
        return err_set(err, ERR_FAIL, "delegation of %s: out of memory", base);
    if (d->dns->find(d->dns->self, &d->env, base, one, err))
        goto fail;
    text_copy(one->name, sizeof one->name, base);
    if (!d->env.read_only && !delegated_is_enough(one, d->env.conf)) {
        if (record_for(d, base, record, sizeof record, err))
            goto fail;
        err_set(err, ERR_DNS, "%s: it is not delegated: there is no CNAME record", one->challenge);
        err_hint(err, "create this record: %s%s", record,
                 one->text_there ? " (first remove the TXT record of that name, unless it is a "
                                   "wildcard's: the two cannot be together)"
                                 : "");
        d->missing_for_s = one->negative_ttl_s > 0 ? one->negative_ttl_s : 1;
        goto fail;
    }
    if (!d->env.read_only)
        warn_of_other_end(d, one);
    if (add(d, one, err))
        goto fail;
    *out = one;
    return 0;
fail:
    free(one);
    return -1;
}
