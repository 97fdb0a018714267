/* SPDX-License-Identifier: Apache-2.0 */
/* May this host be deployed to: the refusals of plan.h. */
#include "plan.h"

#include "rras/names.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

int plan_check_services(const struct observed *o, struct err *err)
{
    for (int i = 0; i < SERVICE_COUNT; i++) {
        const char *name = service_name((enum service_id)i);
        if (!o->service[i].exists) {
            err_set(err, ERR_USAGE, "service %s: not installed", name);
            return err_hint(err, "install the Remote Access role (DirectAccess and VPN) and "
                                 "configure RRAS, or set deploy.target to \"none\"");
        }
        if (o->service[i].start_type == SERVICE_START_DISABLED) {
            err_set(err, ERR_USAGE, "service %s: disabled", name);
            return err_hint(err,
                            "RRAS has not been configured on this server, or somebody disabled "
                            "it: sc config %s start= auto",
                            name);
        }
    }
    return 0;
}

int plan_check_mode(const struct observed *o, const struct conf *conf, struct err *err)
{
    if (conf->deploy.mode == CONF_OFFLOAD) {
        err_set(err, ERR_USAGE, "deploy.mode \"offload\": not supported by this version");
        return err_hint(err, "set deploy.mode to \"terminate\"");
    }
    if (raw_number(&o->value[VALUE_USE_HTTPS], 1) == 0) {
        err_set(err, ERR_USAGE,
                "SstpSvc " NAME_VALUE_USE_HTTPS " is 0: TLS ends at a load balancer, which this "
                "version does not deploy to");
        return err_hint(err, "if RRAS is to end TLS itself, set " NAME_VALUE_USE_HTTPS
                             " to 1 in HKLM\\" NAME_SSTP_PARAMETERS " and restart RemoteAccess");
    }
    if (raw_number(&o->value[VALUE_PROXY_ENABLED], 0) != 0) {
        err_set(err, ERR_USAGE,
                "SstpSvc " NAME_VALUE_PROXY_ENABLED " is set: a multi-tenant SSTP proxy is not "
                "supported");
        return err_hint(err, "set deploy.target to \"none\" for this host");
    }
    for (int i = 0; i < VALUE_WRITTEN; i++)
        if (o->value[i].present && o->value[i].len > RAW_MAX_BYTES) {
            err_set(err, ERR_USAGE, "SstpSvc %s: %lu bytes long, which is no hash",
                    value_name((enum value_id)i), (unsigned long)o->value[i].len);
            return err_hint(err, "delete the value and restart RemoteAccess");
        }
    return 0;
}

int plan_check_port(const struct observed *o, const struct conf *conf, struct err *err)
{
    int port = observed_port(o);

    if (port == conf->deploy.port)
        return 0;
    err_set(err, ERR_USAGE,
            "deploy.port %d: SstpSvc listens on port %d (" NAME_VALUE_LISTENER_PORT ")",
            conf->deploy.port, port);
    return err_hint(err, "set deploy.port to %d", port);
}

static int check_owner(const struct binding *b, enum family f, const struct conf *conf,
                       struct err *err)
{
    const char *owner = names_app_id_owner(b->app_id);
    char where[24];

    if (!b->present || binding_is_sstp(b))
        return 0;
    binding_where(f, conf->deploy.port, where);
    if (conf->deploy.binding != CONF_BINDING_REFUSE) {
        err_set(err, ERR_USAGE,
                "binding %s: belongs to %s (AppId %s); deploy.binding \"%s\" is not supported by "
                "this version",
                where, owner ? owner : "another program", b->app_id,
                conf->deploy.binding == CONF_BINDING_SHARE ? "share" : "takeover");
        return err_hint(err, "remove that binding: netsh http delete sslcert ipport=%s", where);
    }
    err_set(err, ERR_USAGE, "binding %s: belongs to %s (AppId %s), not to SSTP", where,
            owner ? owner : "another program", b->app_id);
    return err_hint(err,
                    "with it RRAS may refuse to start (RasSstp event 32): free the endpoint in %s, "
                    "or, if nothing needs it: netsh http delete sslcert ipport=%s",
                    owner ? owner : "that program", where);
}

/* Either may be "*.example.com". */
static bool names_meet(const char *a, const char *b)
{
    const char *dot_a = strchr(a, '.'), *dot_b = strchr(b, '.');

    if (text_equal_nocase(a, b))
        return true;
    if (!dot_a || !dot_b || (strncmp(a, "*.", 2) != 0 && strncmp(b, "*.", 2) != 0))
        return false;
    return text_equal_nocase(dot_a, dot_b);
}

static bool record_concerns(const struct http_record *r, const struct conf *conf)
{
    if (r->kind != RECORD_SNI)
        return true;
    for (size_t i = 0; i < conf->names.n; i++)
        if (names_meet(r->host, conf->names.v[i]))
            return true;
    return false;
}

/* http.sys takes the host name's record first, then the address's, then the wildcard; nothing in
 * RRAS notices, and clients see a certificate whose hash RRAS does not expect. */
static int check_shadow(const struct http_record *r, const uint8_t sha1[SHA1_BYTES],
                        const struct conf *conf, struct err *err)
{
    static const char *const kinds[] = {"address", "host name", "central certificate store"};
    static const char *const keys[] = {"ipport", "hostnameport", "ccs"};
    const char *owner = names_app_id_owner(r->app_id);

    if (!record_concerns(r, conf))
        return 0;
    if (sha1 && r->hash_len == SHA1_BYTES && memcmp(r->hash, sha1, SHA1_BYTES) == 0)
        return 0;
    err_set(err, ERR_USAGE, "%s record %s of %s: stands before the binding that SSTP uses",
            kinds[r->kind], r->where, owner ? owner : "another program");
    return err_hint(err,
                    "clients would get its certificate and be refused: free it in %s, or: netsh "
                    "http delete sslcert %s=%s",
                    owner ? owner : "that program", keys[r->kind], r->where);
}

int plan_check_bindings(const struct observed *o, const struct conf *conf,
                        const uint8_t sha1[SHA1_BYTES], struct err *err)
{
    for (int f = 0; f < FAMILY_COUNT; f++)
        if (check_owner(&o->binding[f], (enum family)f, conf, err) != 0)
            return -1;
    for (size_t i = 0; i < o->record_count; i++)
        if (check_shadow(&o->record[i], sha1, conf, err) != 0)
            return -1;
    return 0;
}

int plan_check_host(const struct observed *o, const struct conf *conf,
                    const uint8_t sha1[SHA1_BYTES], struct err *err)
{
    if (!o->elevated) {
        err_set(err, ERR_USAGE, "deploy: needs administrator rights");
        return err_hint(err, "run it elevated, or through the scheduled task (rras-acme schedule "
                             "install)");
    }
    if (plan_check_services(o, err) != 0 || plan_check_mode(o, conf, err) != 0 ||
        plan_check_port(o, conf, err) != 0)
        return -1;
    return plan_check_bindings(o, conf, sha1, err);
}
