/* SPDX-License-Identifier: Apache-2.0 */
/* find.c - what a new configuration can be told about this machine, for `init`. */
#include "drive.h"

#include "rras/names.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

void find_judge(struct deploy_found *out, const struct observed *o)
{
    const struct binding *v4 = &o->binding[FAMILY_V4], *v6 = &o->binding[FAMILY_V6];
    const struct binding *foreign = binding_is_foreign(v4)   ? v4
                                    : binding_is_foreign(v6) ? v6
                                                             : NULL;
    const char *owner = foreign ? names_app_id_owner(foreign->app_id) : NULL;
    const struct store_cert *cert =
        v4->present && v4->hash_len == SHA1_BYTES ? observed_by_sha1(o, v4->hash) : NULL;

    *out = (struct deploy_found){.rras = o->service[SERVICE_REMOTEACCESS].exists &&
                                         o->service[SERVICE_SSTPSVC].exists,
                                 .offload = !observed_https(o),
                                 .port = observed_port(o)};
    if (foreign)
        text_copy(out->foreign, sizeof out->foreign, owner ? owner : foreign->app_id);
    if (cert)
        text_copy(out->subject, sizeof out->subject, cert->subject);
}

int deploy_find(int port, struct deploy_found *out, struct err *err)
{
    struct observed o = {0};
    int rc = target_rras.observe(target_rras.self, port, LOOK_ALL, &o, err);

    if (rc == 0 && !o.elevated)
        rc = err_set(err, ERR_DENIED, "this machine: only an administrator can look");
    if (rc == 0)
        find_judge(out, &o);
    observed_clear(&o);
    return rc;
}
