/* SPDX-License-Identifier: Apache-2.0 */
/* `check` with TLS offload: the hash is right when it is the one of what the balancer serves. */
#include "drive.h"

#include "rras/names.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

static bool sees_balancer(const struct wire_view *v)
{
    for (size_t i = 0; i < v->n; i++)
        if (v->point[i].look.tls)
            return true;
    return false;
}

static void check_listener(const struct observed *o, const struct wire_view *v, struct checks *out)
{
    static const char id[] = "deploy.wire", title[] = "SSTP from the wire";
    char trouble[400] = "";

    if (o->service[SERVICE_REMOTEACCESS].state != SERVICE_IS_RUNNING) {
        checks_add(out, id, title, CHECK_SKIP, NAME_REMOTEACCESS " does not run", NULL);
        return;
    }
    view_trouble(v, o->value[VALUE_SHA256].bytes, trouble, sizeof trouble);
    if (trouble[0])
        checks_add(out, id, title, CHECK_WARN, trouble, "rras-acme deploy NAME puts it right");
    else if (!view_answers_calls(v, plan_hash_mask(o)))
        checks_add(out, id, title, CHECK_WARN, "calls do not offer the needed certificate hash",
                   NULL);
    else if (sees_balancer(v))
        checks_add(out, id, title, CHECK_OK,
                   "the balancer serves the certificate of the hash, and calls begin through it",
                   NULL);
    else
        checks_add(out, id, title, CHECK_WARN,
                   "calls begin on the listener, but nothing would prove that the balancer serves "
                   "the certificate of the hash, on which every call depends",
                   "name the balancer's address in deploy.verify.probe");
}

void check_offload(struct session *s, const struct observed *o, struct checks *out)
{
    static const char id[] = "deploy.hashes", title[] = "SstpSvc certificate hashes";
    const struct raw_value *hash = &o->value[VALUE_SHA256];
    struct wire_view v;
    struct err e = {0};
    char text[128];
    int rc = plan_check_mode(o, s->conf, &e);

    raw_text(hash, text, sizeof text);
    if (rc != 0) {
        check_refusal(out, id, title, rc, &e, "");
        return;
    }
    if (!hash->present || hash->type != NAME_REG_BINARY || hash->len != SHA256_BYTES) {
        checks_addf(out, id, title, CHECK_WARN,
                    NAME_VALUE_SHA256 " is no hash (it is: %s), and without one RRAS does not "
                                      "start; a deploy mends it",
                    text);
        return;
    }
    checks_addf(out, id, title, CHECK_OK, NAME_VALUE_SHA256 " is %s", text);
    prove_look(s, &v, true);
    check_listener(o, &v, out);
}
