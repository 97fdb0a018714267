/* SPDX-License-Identifier: Apache-2.0 */
/* os_run.c - what starting a program has in common on all platforms. */
#include <stdlib.h>
#include <string.h>

#include "os_int.h"
#include "text.h"

void os_output_init(struct os_output *o, const struct os_run *r, struct buf *out)
{
    size_t room = out->failed ? 0 : out->max - out->len;

    o->out = out;
    o->left = r->max_output < room ? r->max_output : room;
}

void os_output_add(struct os_output *o, const char *p, size_t len)
{
    if (len > o->left)
        len = o->left;
    buf_add(o->out, p, len);
    o->left -= len;
}

int os_run_check(const struct os_run *r, struct err *err)
{
    if (!r->argv[0] || !os_path_absolute(r->argv[0]))
        return err_set(err, ERR_USAGE, "program %s: must be an absolute path",
                       r->argv[0] ? r->argv[0] : "(none)");
    return 0;
}

/* "K=V" in place of the K of the list, or at its end. */
static int put_variable(struct os_names *env, const char *pair, struct err *err)
{
    size_t len = strcspn(pair, "=");

    for (size_t i = 0; i < env->n; i++) {
        char *copy;

        if (strcspn(env->v[i], "=") != len || !os_same_env_name(env->v[i], pair, len))
            continue;
        if (text_dup(&copy, pair, err))
            return -1;
        free(env->v[i]);
        env->v[i] = copy;
        return 0;
    }
    return os_names_add(env, pair, err);
}

int os_run_env(const struct os_run *r, struct os_names *out, struct err *err)
{
    struct os_names env = {0};

    if (os_base_env(&env, err))
        goto failed;
    for (size_t i = 0; r->env && r->env[i]; i++)
        if (put_variable(&env, r->env[i], err))
            goto failed;
    if (os_names_end(&env, err))
        goto failed;
    *out = env;
    return 0;
failed:
    os_names_clear(&env);
    return -1;
}
