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

int plan_check_ports(const struct observed *o, struct err *err)
{
    if (!o->ports.seen.ok || o->ports.n > 0)
        return 0;
    err_set(err, ERR_USAGE, "RRAS: has no SSTP ports, so nobody can call whatever the certificate");
    return err_hint(err,
                    "in Routing and Remote Access, Ports, Properties, give WAN Miniport (SSTP) "
                    "some and allow remote access; then: net stop RasMan /y & net start "
                    "RemoteAccess");
}

int plan_check_mode(const struct observed *o, const struct conf *conf, struct err *err)
{
    bool sha256 = raw_number(&o->value[VALUE_SHA256_ENABLED], 1) != 0;

    if (conf->deploy.mode == CONF_OFFLOAD && observed_https(o)) {
        err_set(err, ERR_USAGE,
                "deploy.mode \"offload\": SstpSvc " NAME_VALUE_USE_HTTPS
                " is not 0, so RRAS ends TLS itself");
        return err_hint(err, "set deploy.mode to \"terminate\"; or, if a balancer is to end TLS, "
                             "set " NAME_VALUE_USE_HTTPS " to 0 in HKLM\\" NAME_SSTP_PARAMETERS
                             " and restart RemoteAccess");
    }
    if (conf->deploy.mode != CONF_OFFLOAD && !observed_https(o)) {
        err_set(err, ERR_USAGE,
                "deploy.mode \"terminate\": SstpSvc " NAME_VALUE_USE_HTTPS
                " is 0, so TLS ends at a load balancer");
        return err_hint(err, "set deploy.mode to \"offload\"; or, if RRAS is to end TLS itself, "
                             "set " NAME_VALUE_USE_HTTPS " to 1 in HKLM\\" NAME_SSTP_PARAMETERS
                             " and restart RemoteAccess");
    }
    if (!sha256 && raw_number(&o->value[VALUE_SHA1_ENABLED], 0) == 0) {
        err_set(err, ERR_USAGE,
                "SstpSvc " NAME_VALUE_SHA256_ENABLED " is 0 and " NAME_VALUE_SHA1_ENABLED
                " is not set: no certificate hash is left for calls to agree on");
        return err_hint(err, "delete " NAME_VALUE_SHA256_ENABLED " in HKLM\\" NAME_SSTP_PARAMETERS
                             " and restart RemoteAccess");
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

int plan_check_host(const struct observed *o, const struct conf *conf, const struct cert_info *leaf,
                    struct err *err)
{
    if (!o->elevated) {
        err_set(err, ERR_USAGE, "deploy: needs administrator rights");
        return err_hint(err, "run it elevated, or through the scheduled task (rras-acme schedule "
                             "install)");
    }
    if (plan_check_services(o, err) != 0 || plan_check_ports(o, err) != 0 ||
        plan_check_mode(o, conf, err) != 0 || plan_check_port(o, conf, err) != 0)
        return -1;
    if (conf->deploy.mode == CONF_OFFLOAD) /* http.sys has no part in it */
        return 0;
    if (plan_check_bindings(o, conf, leaf, err) != 0)
        return -1;
    return plan_check_records(o, conf, leaf, err);
}
