/* SPDX-License-Identifier: Apache-2.0 */
/* job_keys.c - the half of a job that looks after keys in the machine's provider ("machine"). */
#include "src/app/job_int.h"

bool job_key_is_there(const struct bundle *b, struct err *why)
{
    struct key *seen = NULL;
    struct err e = {0};
    bool there = true;
    const char *container = b->key != NULL ? key_container(b->key) : NULL;
    if (container == NULL)
        return true;
    /* Only what is known to be gone is gone: a provider that cannot be asked says nothing. */
    if (machine_key_open(&machine_keys_os, container, &seen, &e) != 0) {
        there = e.code != ERR_NOT_FOUND;
    } else if (!key_same_public(seen, b->key)) {
        there = false;
        err_set(&e, ERR_FAIL, "key container %s: it has another key now", container);
    }
    if (!there) {
        *why = e;
        why->code = ERR_FAIL; /* not ERR_NOT_FOUND: the certificate is there */
    }
    key_free(seen);
    return there;
}

static int drop(void *user, const char *container, bool *gone, struct err *err)
{
    const struct job *j = user;
    if (deploy_drop_key(container, gone, err) != 0)
        return -1;
    if (*gone)
        log_info(&j->app->log, "%s: key container %s was removed: nothing needs it any more",
                 j->conf->name, container);
    return 0;
}

void job_sweep_keys(struct job *j)
{
    struct err err = {0};
    job_lock_machine(j);
    if (store_keys_sweep(j->store, j->conf->name, drop, j, &err) != 0)
        log_warn(&j->app->log, "%s: unused key containers: %s; the next run tries again",
                 j->conf->name, err.text);
    job_unlock_machine(j);
}
