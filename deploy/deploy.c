/* SPDX-License-Identifier: Apache-2.0 */
/* deploy.h over the real machine, the real wire and the store. */
#include "deploy.h"

#include "drive.h"

#include <string.h>

/* `check` looks at the machine also where the state folder cannot be had: without a record. */
static int get_record(void *self, const char *rel, struct buf *out, struct err *err)
{
    if (self == NULL)
        return err_set(err, ERR_NOT_FOUND, "%s: there is no state folder", rel);
    return store_get(self, rel, out, err);
}

static int put_record(void *self, const char *rel, const void *p, size_t len, struct err *err)
{
    return store_put(self, rel, p, len, err);
}

/* The ports of this machine; lives on the caller's stack. */
struct real {
    struct wire wire;
    struct records records;
    struct deploy_ports ports;
};

static const struct deploy_ports *real_ports(struct real *r, const struct deploy_env *env)
{
    r->wire = wire_real(env->clock);
    r->records = (struct records){get_record, put_record, env->store};
    r->ports = (struct deploy_ports){&target_rras, &r->wire, &r->records};
    return &r->ports;
}

static bool to_rras(const struct conf *conf)
{
    return conf->deploy.target == CONF_TARGET_RRAS;
}

int deploy_preflight(const struct deploy_env *env, const struct conf *conf, struct err *err)
{
    struct observed o = {0};
    int rc = -1;

    (void)env;
    if (!to_rras(conf))
        return 0;
    if (target_rras.observe(target_rras.self, conf->deploy.port, LOOK_ALL, &o, err) == 0)
        rc = plan_check_host(&o, conf, NULL, err);
    observed_clear(&o);
    return rc;
}

int deploy_drop_key(const char *container, bool *gone, struct err *err)
{
    return target_rras.drop_key(target_rras.self, container, gone, err);
}

int deploy_recover(const struct deploy_env *env, const struct conf *conf, struct err *err)
{
    struct real real;

    return to_rras(conf) ? drive_recover(env, conf, real_ports(&real, env), err) : 0;
}

int deploy_run(const struct deploy_env *env, const struct conf *conf, const struct bundle *b,
               struct deploy_result *out, struct err *err)
{
    struct real real;

    if (to_rras(conf))
        return drive_run(env, conf, real_ports(&real, env), b, out, err);
    *out = (struct deploy_result){.outage_ms = -1};
    memcpy(out->sha256, b->leaf.sha256, SHA256_BYTES);
    return 0;
}

int deploy_survey(const struct deploy_env *env, const struct conf *conf, const struct bundle *b,
                  struct deploy_survey *out, struct err *err)
{
    struct real real;

    if (to_rras(conf))
        return drive_survey(env, conf, real_ports(&real, env), b, out, err);
    *out = (struct deploy_survey){0};
    return 0;
}

int deploy_serves(const struct deploy_env *env, const struct conf *conf, struct deploy_survey *out,
                  struct err *err)
{
    struct real real;

    if (to_rras(conf))
        return drive_serves(env, conf, real_ports(&real, env), out, err);
    *out = (struct deploy_survey){0};
    return 0;
}

int deploy_dry_run(const struct deploy_env *env, const struct conf *conf, const struct bundle *b,
                   struct err *err)
{
    struct real real;

    return to_rras(conf) ? drive_dry_run(env, conf, real_ports(&real, env), b, err) : 0;
}

int deploy_served(const struct deploy_env *env, const struct conf *conf, struct cert_chain *out,
                  struct err *err)
{
    struct real real;

    return drive_served(env, conf, real_ports(&real, env), out, err);
}

int deploy_look(const struct deploy_env *env, const struct conf *conf, const struct cert_info *leaf,
                struct deploy_seen *out, struct err *err)
{
    struct real real;

    if (to_rras(conf))
        return drive_look(env, conf, real_ports(&real, env), leaf, out, err);
    *out = (struct deploy_seen){.state = DEPLOYED_NONE};
    return 0;
}

int deploy_check(const struct deploy_env *env, const struct conf *conf, struct checks *out,
                 struct err *err)
{
    struct real real;

    return to_rras(conf) ? drive_check(env, conf, real_ports(&real, env), out, err) : 0;
}
