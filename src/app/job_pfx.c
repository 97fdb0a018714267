/* SPDX-License-Identifier: Apache-2.0 */
/* job_pfx.c - a certificate from elsewhere: read, judged, and held as if it had been issued. */
#include "src/app/job_int.h"
#include "src/app/password.h"
#include "src/app/renewal.h"

#include <string.h>

static int read_file(const struct job *j, struct bundle *out, struct err *err)
{
    const struct args *a = j->app->args;
    struct buf file = BUF_INIT(PFX_FILE_MAX_BYTES), password = BUF_INIT(PASSWORD_MAX_BYTES);
    struct cert_chain chain = {0};
    struct key *key = NULL;
    struct err e = {0};
    int rc = -1;
    if (os_read_file(a->pfx, &file, &e) != 0) {
        err_set(err, ERR_USAGE, "option --pfx: %s", e.text);
        goto done;
    }
    if (a->password_file != NULL && password_read(a->password_file, &password, err) != 0)
        goto done;
    if (pfx_read(buf_str(&file), file.len, buf_str(&password), &key, &chain, err) != 0) {
        err_context(err, "%s", a->pfx);
        if (a->password_file == NULL)
            err_hint(err, "its password: --password-file FILE, env:NAME, or - for standard input");
        goto done;
    }
    rc = bundle_fill(out, &key, &chain, err);
done:
    key_free(key);
    cert_chain_clear(&chain);
    buf_wipe(&file);
    buf_wipe(&password);
    return rc;
}

int job_take_pfx(struct job *j, struct err *err)
{
    struct bundle b = {0};
    int rc = -1;
    if (read_file(j, &b, err) != 0)
        goto done;
    if (renewal_judge(j->conf, &b, clock_now(j->app->clock), err) != 0) {
        err_context(err, "%s", j->app->args->pfx);
        goto done;
    }
    if (renewal_lacks_issuer(&b))
        log_warn(&j->app->log, "%s: its issuer's certificate is not in it: clients must have it",
                 j->app->args->pfx);
    if (j->wish != JOB_DRY_RUN) {
        if (store_hold(j->store, j->conf->name, &b, err) != 0)
            goto done;
        j->state.held_since = clock_now(j->app->clock);
        j->state.directory[0] = '\0';
        memcpy(j->state.elsewhere_sha256, b.leaf.sha256, SHA256_BYTES);
    }
    bundle_clear(&j->held);
    j->held = b;
    j->have_held = true;
    memset(&b, 0, sizeof(b));
    rc = 0;
done:
    bundle_clear(&b);
    return rc;
}
