/* SPDX-License-Identifier: Apache-2.0 */
/* What `check` wants to know; nothing is changed. */
#include "drive.h"

#include "rras/names.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

void check_refusal(struct checks *out, const char *id, const char *title, int rc,
                   const struct err *e, const char *fine)
{
    if (rc == 0)
        checks_add(out, id, title, CHECK_OK, fine, NULL);
    else
        checks_add(out, id, title, CHECK_FAIL, e->text, e->hint[0] ? e->hint : NULL);
}

static void check_services(const struct observed *o, struct checks *out)
{
    static const char id[] = "deploy.services", title[] = "RRAS services";
    const struct service *ra = &o->service[SERVICE_REMOTEACCESS];
    struct err e = {0};
    int rc = plan_check_services(o, &e);

    if (rc != 0 || ra->state == SERVICE_IS_RUNNING) {
        check_refusal(out, id, title, rc, &e, NAME_REMOTEACCESS " runs");
        return;
    }
    checks_addf(out, id, title, CHECK_WARN, NAME_REMOTEACCESS " is %s: a deploy cannot be proven",
                service_state_name(ra->state));
    checks_cure(out, "net start %s", NAME_REMOTEACCESS);
}

static void check_bindings(const struct observed *o, const struct conf *conf, struct checks *out)
{
    static const char id[] = "deploy.bindings", title[] = "certificate bindings";
    const struct binding *v4 = &o->binding[FAMILY_V4], *v6 = &o->binding[FAMILY_V6];
    struct err e = {0};
    int rc = plan_check_bindings(o, conf, NULL, &e);
    const struct binding *foreign = binding_is_foreign(v4)   ? v4
                                    : binding_is_foreign(v6) ? v6
                                                             : NULL;
    const char *owner = foreign ? names_app_id_owner(foreign->app_id) : NULL;

    if (rc != 0)
        check_refusal(out, id, title, rc, &e, "");
    else if (foreign)
        checks_addf(out, id, title, CHECK_NOTE,
                    "the port is bound by %s (AppId %s): deploy.binding \"%s",
                    owner ? owner : "another program", foreign->app_id,
                    conf->deploy.binding == CONF_BINDING_SHARE
                        ? "share\" changes its certificate and nothing else"
                        : "takeover\" makes it SSTP's");
    else if (v4->present && !v6->present && observed_lacks_v6(o))
        checks_addf(out, id, title, CHECK_NOTE,
                    "nothing is bound to [::]:%d, and this machine has no IPv6 address",
                    conf->deploy.port);
    else if (!v4->present || !v6->present)
        checks_addf(out, id, title, CHECK_WARN,
                    "no certificate is bound to %s:%d; a deploy binds it",
                    v4->present ? "[::]" : "0.0.0.0", conf->deploy.port);
    else if (!binding_shows(v6, v4->hash))
        checks_add(out, id, title, CHECK_WARN,
                   "0.0.0.0 and [::] show different certificates; a deploy mends it", NULL);
    else
        checks_add(out, id, title, CHECK_OK, "0.0.0.0 and [::] show the same certificate", NULL);
}

/* Records before the wildcards. One that shows the same certificate harms nobody until the next one
 * is to be deployed: that is told now, not when it is refused. */
static void check_records(const struct observed *o, const struct conf *conf, struct checks *out)
{
    static const char id[] = "deploy.records", title[] = "what stands before the binding";
    const struct binding *v4 = &o->binding[FAMILY_V4];
    struct cert_info bound = {0};
    struct err e = {0};
    bool known = v4->present && v4->hash_len == SHA1_BYTES;
    int rc;

    if (known)
        memcpy(bound.sha1, v4->hash, SHA1_BYTES);
    rc = plan_check_records(o, conf, known ? &bound : NULL, &e);
    if (rc == 0 && plan_check_records(o, conf, NULL, &e) != 0)
        checks_add(out, id, title, CHECK_WARN, e.text, e.hint);
    else
        check_refusal(out, id, title, rc, &e,
                      o->record_count ? "records of other names" : "no other record on the port");
}

static void check_hashes(const struct observed *o, const struct conf *conf, struct checks *out)
{
    static const char id[] = "deploy.hashes", title[] = "SstpSvc certificate hashes";
    const struct binding *v4 = &o->binding[FAMILY_V4];
    const struct store_cert *cert = v4->present ? observed_by_sha1(o, v4->hash) : NULL;
    struct raw_value want;
    struct err e = {0};
    char text[128];
    int rc = plan_check_mode(o, conf, &e);

    if (rc != 0) {
        check_refusal(out, id, title, rc, &e, "");
        return;
    }
    if (!cert) {
        checks_add(out, id, title, CHECK_WARN,
                   "the bound certificate is not in LocalMachine\\MY; a deploy mends it", NULL);
        return;
    }
    want = raw_binary(cert->sha256, SHA256_BYTES);
    raw_text(&o->value[VALUE_SHA256], text, sizeof text);
    if (raw_equal(&o->value[VALUE_SHA256], &want))
        checks_addf(out, id, title, CHECK_OK, NAME_VALUE_SHA256 " is the bound certificate's: %s",
                    text);
    else
        checks_addf(out, id, title, CHECK_WARN,
                    NAME_VALUE_SHA256 " is not the bound certificate's (it is: %s); a deploy "
                                      "mends it",
                    text);
}

static bool is_called(const struct wire_view *v)
{
    for (size_t i = 0; i < v->n; i++)
        if (v->point[i].called && !v->point[i].look.unreachable)
            return true;
    return false;
}

static void check_wire(struct session *s, const struct observed *o, struct checks *out)
{
    static const char id[] = "deploy.wire", title[] = "SSTP from the wire";
    const struct binding *v4 = &o->binding[FAMILY_V4];
    const struct store_cert *cert = v4->present ? observed_by_sha1(o, v4->hash) : NULL;
    char trouble[400] = "";
    struct wire_view v;

    if (o->service[SERVICE_REMOTEACCESS].state != SERVICE_IS_RUNNING || !cert) {
        checks_add(out, id, title, CHECK_SKIP,
                   cert ? NAME_REMOTEACCESS " does not run" : "no known certificate is bound",
                   NULL);
        return;
    }
    prove_look(s, &v, true);
    view_trouble(&v, cert->sha256, trouble, sizeof trouble);
    if (trouble[0]) {
        checks_add(out, id, title, CHECK_WARN, trouble, "rras-acme deploy NAME puts it right");
    } else if (view_answers_calls(&v, plan_hash_mask(o))) {
        checks_add(out, id, title, CHECK_OK, "the bound certificate serves and calls begin", NULL);
    } else if (is_called(&v)) {
        checks_add(out, id, title, CHECK_WARN,
                   "calls begin, but do not offer the certificate hash that is needed: a deploy "
                   "would not be proven and go back",
                   "restart " NAME_REMOTEACCESS ", so that it reads SHA256Enabled and SHA1Enabled");
    } else {
        checks_add(out, id, title, CHECK_WARN,
                   "no address of deploy.verify.probe can be called: a deploy would not be proven "
                   "and go back",
                   "name an address there on which the listener is reached from this machine");
    }
}

/* Proof without the account is proof all the same, and so is not held up. */
static void check_account(const struct conf *conf, struct checks *out)
{
    static const char id[] = "deploy.account", title[] = "test account of the proof";
    enum { PASSWORD_MAX_BYTES = 4096 };
    struct buf password = BUF_INIT(PASSWORD_MAX_BYTES);
    struct err e = {0};

    if (!conf->deploy.verify.account.user)
        return;
    if (conf_secret(conf->deploy.verify.account.password_file,
                    "deploy.verify.account.password_file", &password, &e) == 0)
        checks_add(out, id, title, CHECK_OK, "its password can be read; it was not used", NULL);
    else
        checks_addf(out, id, title, CHECK_WARN, "%s: deploys are proven without it", e.text);
    if (e.hint[0])
        checks_cure(out, "%s", e.hint);
    buf_wipe(&password);
}

int drive_check(const struct deploy_env *env, const struct conf *conf,
                const struct deploy_ports *ports, struct checks *out, struct err *err)
{
    struct session s = {.env = env, .conf = conf, .ports = ports};
    struct observed o = {0};
    struct err e = {0};
    bool stale = false;
    int rc = -1;

    s.journal.port = conf->deploy.port;
    s.journal.offload = conf->deploy.mode == CONF_OFFLOAD;
    if (session_observe(&s, LOOK_ALL, &o, err) != 0)
        goto done;
    rc = 0;
    if (!o.elevated) {
        checks_add(out, "deploy.elevated", "administrator rights", CHECK_FAIL,
                   "not elevated: a deploy would be refused, and the rest cannot be looked at",
                   "run it elevated, or through the scheduled task");
        goto done;
    }
    session_remember(&s, &o);
    if (session_recall(&s, &o, &stale, &e) != 0)
        err_clear(&e); /* a damaged journal is told elsewhere */
    checks_add(out, "deploy.elevated", "administrator rights", CHECK_OK, "elevated", NULL);
    check_services(&o, out);
    if (o.ports.seen.ok)
        check_refusal(out, "deploy.ports", "SSTP ports", plan_check_ports(&o, &e), &e,
                      "RRAS has ports for SSTP");
    err_clear(&e);
    if (o.service[SERVICE_SSTPSVC].exists) {
        if (s.journal.offload) {
            check_offload(&s, &o, out);
        } else {
            check_bindings(&o, conf, out);
            check_records(&o, conf, out);
            check_hashes(&o, conf, out);
            check_wire(&s, &o, out);
        }
        check_refusal(out, "deploy.port", "SSTP port", plan_check_port(&o, conf, &e), &e,
                      "deploy.port is the port that SstpSvc listens on");
        check_account(conf, out);
        check_beside(&o, stale, out);
    }
done:
    observed_clear(&o);
    return rc;
}
