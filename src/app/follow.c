/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/follow.h"

#include "src/app/renewal.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { MAX_CHAIN_BYTES = 256 * 1024 };

bool follow_wanted(const struct conf *conf)
{
    return conf->deploy.source == CONF_SOURCE_BALANCER;
}

int follow_look(const struct deploy_env *env, const struct conf *conf, struct bundle *out,
                struct err *err)
{
    struct cert_chain chain = {.count = 0};
    struct bundle b = {0};
    struct key *none = NULL;
    struct err e = {0};
    int rc = -1;
    if (deploy_served(env, conf, &chain, err) != 0)
        goto done;
    if (bundle_fill(&b, &none, &chain, &e) != 0 ||
        renewal_judge(conf, &b, clock_now(env->clock), &e) != 0) {
        err_set(err, ERR_ROLLED_BACK, "what the balancer serves: %s; nothing was changed", e.text);
        err_hint(err, "mend it on the balancer; the hash follows at the next run");
        goto done;
    }
    if (renewal_lacks_issuer(&b))
        log_warn(env->log, "%s: the balancer sends no issuer's certificate: clients must have it",
                 conf->name);
    else if (b.leaf.self_signed)
        log_warn(env->log, "%s: what the balancer serves is self-signed: clients must trust it",
                 conf->name);
    *out = b;
    memset(&b, 0, sizeof(b));
    rc = 0;
done:
    cert_chain_clear(&chain);
    bundle_clear(&b);
    return rc;
}

static void record_of(const struct conf *conf, char out[300])
{
    snprintf(out, 300, "certs/%.250s/balancer.pem", conf->name);
}

int follow_save(struct store *s, const struct conf *conf, const struct bundle *b, struct err *err)
{
    struct buf pem = BUF_INIT(MAX_CHAIN_BYTES), before = BUF_INIT(MAX_CHAIN_BYTES);
    struct err ignored = {0};
    char record[300];
    int rc = -1;
    record_of(conf, record);
    if (cert_chain_to_pem(&b->chain, &pem, err) != 0)
        goto done;
    rc = 0;
    if (store_get(s, record, &before, &ignored) != 0 ||
        strcmp(buf_str(&before), buf_str(&pem)) != 0)
        rc = store_put(s, record, buf_str(&pem), pem.len, err);
done:
    buf_clear(&pem);
    buf_clear(&before);
    return rc;
}

int follow_load(struct store *s, const struct conf *conf, struct cert_info *out, struct err *err)
{
    struct buf pem = BUF_INIT(MAX_CHAIN_BYTES);
    struct cert_chain chain = {.count = 0};
    char record[300];
    int rc = -1;
    record_of(conf, record);
    if (store_get(s, record, &pem, err) == 0 &&
        cert_chain_from_pem(&chain, buf_str(&pem), pem.len, record, err) == 0)
        rc = cert_info_read(out, chain.cert[0].der, chain.cert[0].len, err);
    cert_chain_clear(&chain);
    buf_clear(&pem);
    return rc;
}

void follow_check(const struct deploy_env *env, const struct conf *conf, struct checks *out)
{
    static const char id[] = "deploy.balancer", title[] = "certificate of the balancer";
    struct bundle b = {0};
    struct err e = {0};
    char until[21];
    if (follow_look(env, conf, &b, &e) == 0) {
        text_time(b.leaf.not_after, until);
        checks_addf(out, id, title, CHECK_OK, "for all names, valid until %s", until);
    } else {
        checks_add(out, id, title, e.code == ERR_POSTPONED ? CHECK_WARN : CHECK_FAIL, e.text,
                   e.hint[0] != '\0' ? e.hint : NULL);
    }
    bundle_clear(&b);
}
