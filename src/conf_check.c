/* SPDX-License-Identifier: Apache-2.0 */
/* conf_check.c - the configuration as a whole: what must be there, and what must go together. */
#include "conf_parts.h"

#include <string.h>

struct checker {
    const struct conf *c;
    const struct conf_doc *own, *shared;
    struct conf_errors *errors;
};

/* The file that gives the key (the certificate's own wins); NULL if none does. */
static const struct conf_doc *giver(const struct checker *ch, const char *path, size_t *node)
{
    *node = conf_doc_find(ch->own, path);
    if (*node)
        return ch->own;
    *node = conf_doc_find(ch->shared, path);
    return *node ? ch->shared : NULL;
}

/* Where the key stands, else the object that it should stand in. */
static struct conf_place place_of(const struct checker *ch, const char *path)
{
    const struct conf_doc *d;
    char outer[128];
    size_t node;

    for (size_t n = strlen(path); n > 0 && n < sizeof outer;) {
        memcpy(outer, path, n);
        outer[n] = 0;
        d = giver(ch, outer, &node);
        if (d)
            return conf_doc_place(d, d->node[node].at);
        while (n > 0 && path[--n] != '.')
            ;
    }
    return conf_doc_place(ch->own, ch->own->node[0].at);
}

static void tell(const struct checker *ch, const char *path, const char *text)
{
    struct conf_place place = place_of(ch, path);
    size_t node;

    /* A value that was refused already is not told again. */
    if (!giver(ch, path, &node) || !conf_errors_at(ch->errors, &place))
        conf_errors_add(ch->errors, &place, "%s: %s", path, text);
}

static void need(const struct checker *ch, const char *path, const char *why)
{
    size_t node;

    if (!giver(ch, path, &node))
        tell(ch, path, why);
}

static void check_acme(const struct checker *ch)
{
    size_t node;

    if (!ch->c->acme.agree_tos)
        tell(ch, "acme.agree_tos",
             "must be true: read the CA's terms of service, and if you agree to them say so here");
    if (ch->c->acme.challenge == CONF_DNS_PERSIST_01 && !ch->c->acme.experimental)
        tell(ch, "acme.challenge",
             "dns-persist-01 is an unfinished draft and may change or stop working; to use it all "
             "the same, set acme.experimental to true");
    if (giver(ch, "acme.eab.kid", &node))
        need(ch, "acme.eab.hmac_key_file", "missing; it goes with kid");
    if (giver(ch, "acme.eab.hmac_key_file", &node))
        need(ch, "acme.eab.kid", "missing; it goes with hmac_key_file");
}

static void check_deploy_account(const struct checker *ch)
{
    size_t node;

    if (giver(ch, "deploy.verify.account.user", &node))
        need(ch, "deploy.verify.account.password_file", "missing; it goes with user");
    if (giver(ch, "deploy.verify.account.password_file", &node))
        need(ch, "deploy.verify.account.user", "missing; it goes with password_file");
}

/* What a provider cannot do without. */
static const struct {
    enum conf_provider provider;
    const char *path, *why;
} needed[] = {
    {CONF_RFC2136, "dns.rfc2136.server", "missing: the server that takes dynamic updates"},
    {CONF_RFC2136, "dns.rfc2136.key_name", "missing: the name of the TSIG key"},
    {CONF_RFC2136, "dns.rfc2136.key_file", "missing: the file with the TSIG key, or env:NAME"},
    {CONF_EXEC, "dns.exec.command", "missing: the program to start, and its arguments"},
    {CONF_ACME_DNS, "dns.acme-dns.api", "missing: the URL of the server's API"},
    {CONF_CLOUDFLARE, "dns.cloudflare.token_file",
     "missing: the file with the API token, or env:NAME"},
    {CONF_ROUTE53, "dns.route53.access_key_id", "missing: the id of the access key"},
    {CONF_ROUTE53, "dns.route53.secret_key_file",
     "missing: the file with the secret access key, or env:NAME"},
    {CONF_AZURE, "dns.azure.subscription", "missing: the id of the subscription"},
    {CONF_AZURE, "dns.azure.resource_group", "missing: the resource group of the zone"},
    {CONF_POWERDNS, "dns.powerdns.api", "missing: the URL of the server's API"},
    {CONF_POWERDNS, "dns.powerdns.key_file", "missing: the file with the API key, or env:NAME"},
    {CONF_BUILTIN, "dns.builtin.zone", "missing: the zone that is delegated to this machine"},
    {CONF_BUILTIN, "dns.builtin.ns", "missing: the names of this machine in that delegation"},
};

/* A name server's name inside the zone that it serves has its address from nobody but us. */
static void check_builtin(const struct checker *ch)
{
    const char *zone = ch->c->dns.builtin.zone;

    for (size_t i = 0; zone && i < ch->c->dns.builtin.ns.n; i++) {
        const char *ns = ch->c->dns.builtin.ns.v[i];
        size_t n = strlen(ns), z = strlen(zone);
        if (n >= z && strcmp(ns + n - z, zone) == 0 && (n == z || ns[n - z - 1] == '.')) {
            need(ch, "dns.builtin.address", "missing: a name in ns lies in the zone");
            return;
        }
    }
}

bool conf_publishes(const struct conf *c)
{
    return c->acme.challenge != CONF_DNS_PERSIST_01;
}

static void check_provider(const struct checker *ch)
{
    if (ch->c->dns.provider == CONF_DNS_NONE && conf_publishes(ch->c)) {
        struct buf text = BUF_INIT(512);
        buf_puts(&text, "missing: what publishes the TXT record; allowed: ");
        conf_words_text(conf_key_find("dns.provider")->words, &text);
        need(ch, "dns.provider", buf_str(&text));
        buf_clear(&text);
    }
    if (ch->c->dns.provider == CONF_AZURE && !ch->c->dns.azure.managed_identity) {
        need(ch, "dns.azure.tenant", "missing: the id of the tenant, or managed_identity");
        need(ch, "dns.azure.client_id", "missing: the id of the application");
        need(ch, "dns.azure.client_secret_file", "missing: the file with the client secret");
    }
    if (ch->c->dns.provider == CONF_BUILTIN)
        check_builtin(ch);
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (needed[i].provider == ch->c->dns.provider)
            need(ch, needed[i].path, needed[i].why);
}

/* The certificate is looked after at the balancer: all we have to know is where that is. */
static void check_source(const struct checker *ch)
{
    if (ch->c->deploy.mode != CONF_OFFLOAD)
        tell(ch, "deploy.source",
             "\"balancer\" goes with deploy.mode \"offload\"; where RRAS ends TLS it needs the "
             "key, too");
    if (ch->c->deploy.target != CONF_TARGET_RRAS)
        tell(ch, "deploy.source", "\"balancer\" goes with deploy.target \"rras\"");
    need(ch, "deploy.verify.probe", "missing: the addresses of the balancer that is followed");
}

/* Nobody else ever gets this key: it has to be wanted where it is. */
static void check_key(const struct checker *ch)
{
    if (ch->c->key != CONF_KEY_MACHINE)
        return;
    if (ch->c->deploy.target != CONF_TARGET_RRAS)
        tell(ch, "key",
             "\"machine\" needs deploy.target \"rras\": such a key cannot leave the machine's key "
             "provider; otherwise set another type, such as \"rsa2048\"");
    else if (ch->c->deploy.mode == CONF_OFFLOAD)
        tell(ch, "key",
             "\"machine\" cannot go with deploy.mode \"offload\": such a key cannot get to the "
             "balancer; set another type, such as \"rsa2048\"");
}

void conf_check(const struct conf *c, const struct conf_doc *own, const struct conf_doc *shared,
                struct conf_errors *errors)
{
    struct checker ch = {c, own, shared, errors};

    need(&ch, "names", "missing: the DNS names of the certificate");
    if (c->deploy.source == CONF_SOURCE_BALANCER) {
        check_source(&ch);
        return;
    }
    check_acme(&ch);
    check_deploy_account(&ch);
    check_provider(&ch);
    check_key(&ch);
}
