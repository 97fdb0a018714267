/* SPDX-License-Identifier: Apache-2.0 */
/* job_follow.c - a job whose certificate is looked after at the balancer. */
#include "src/app/follow.h"
#include "src/app/job_int.h"
#include "text.h"

#include <stdio.h>

/* What only a certificate of our own can be asked for. */
static int check_wish(const struct job *j, struct err *err)
{
    bool about_ours = j->wish == JOB_ISSUE || j->wish == JOB_REHEARSE || j->wish == JOB_ROLLBACK;
    if (!about_ours && j->app->args->pfx == NULL)
        return 0;
    err_set(err, ERR_USAGE,
            "deploy.source is \"balancer\": the certificate is looked after at the balancer");
    return err_hint(err,
                    "change it there, then rras-acme deploy %s; or set deploy.source to "
                    "\"acme\" in %s",
                    j->r->conf->name, j->conf->file);
}

int job_take_served(struct job *j, struct err *err)
{
    struct deploy_env env = job_deploy_env(j);
    char hex[2 * SHA256_BYTES + 1], until[21];
    if (check_wish(j, err) != 0 || follow_look(&env, j->conf, &j->followed, err) != 0)
        return -1;
    j->have_followed = true;
    text_hex(j->followed.leaf.sha256, SHA256_BYTES, hex);
    text_time(j->followed.leaf.not_after, until);
    snprintf(j->r->note, sizeof(j->r->note),
             "the balancer serves certificate %.16s.., valid until %s", hex, until);
    return j->wish == JOB_DRY_RUN ? 0 : follow_save(j->store, j->conf, &j->followed, err);
}
