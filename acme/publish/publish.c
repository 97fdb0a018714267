/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/publish.h"

#include "dns/name.h"
#include "text.h"

#include <string.h>

enum { VALUE_CHARS = 43 }; /* base64url of SHA-256: RFC 8555 8.4 */

int publisher_open(struct publisher *out, const struct publish_env *env, struct err *err)
{
    switch (env->conf->dns.provider) {
    case CONF_RFC2136:
        return publish_rfc2136_open(out, env, err);
    case CONF_EXEC:
        return publish_exec_open(out, env, err);
    case CONF_DNS_NONE:
        err_set(err, ERR_USAGE, "dns.provider: not given");
        return err_hint(err, "name who publishes the TXT record, for example rfc2136");
    case CONF_POWERDNS:
        return publish_powerdns_open(out, env, err);
    case CONF_ACME_DNS:
        return publish_acme_dns_open(out, env, err);
    case CONF_CLOUDFLARE:
        return publish_cloudflare_open(out, env, err);
    case CONF_AZURE:
        return publish_azure_open(out, env, err);
    case CONF_ROUTE53:
        return publish_route53_open(out, env, err);
    case CONF_BUILTIN:
        return publish_builtin_open(out, env, err);
    case CONF_MANUAL:
        return publish_manual_open(out, env, err);
    }
    return err_set(err, ERR_FAIL, "dns.provider: not known");
}

void publisher_close(struct publisher *p)
{
    if (p->close)
        p->close(p->self);
    memset(p, 0, sizeof *p);
}

/* Before any back end, which may hand it to a program or a server, sees it. */
static int check_record(const struct publish_record *r, struct err *err)
{
    if (!r->fqdn || !dns_name_plain(r->fqdn) || dns_name_labels(r->fqdn) < 2)
        return err_set(err, ERR_DNS, "name to publish at: not a plain DNS name");
    if (!r->value || strlen(r->value) != VALUE_CHARS || !text_is_base64url(r->value))
        return err_set(err, ERR_DNS, "%s: the value to publish is not %d base64url characters",
                       r->fqdn, VALUE_CHARS);
    return 0;
}

int publisher_present(const struct publisher *p, const struct publish_record *r, struct err *err)
{
    if (check_record(r, err))
        return -1;
    return p->present(p->self, r, err);
}

int publisher_ready(const struct publisher *p, struct err *err)
{
    return p->ready ? p->ready(p->self, err) : 0;
}

int publisher_cleanup(const struct publisher *p, const struct publish_record *r, struct err *err)
{
    if (check_record(r, err))
        return -1;
    return p->cleanup(p->self, r, err);
}
