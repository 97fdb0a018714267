/* SPDX-License-Identifier: Apache-2.0 */
/*
 * txt.h - the TXT values that we put into DNS, with a journal so that none is left behind.
 *
 * "journal/dns.json" names each value before it is published and forgets it after it was removed:
 * name, zone, value, provider, conf, primary, time. What a crash or a failing server left there is
 * removed by a later run.
 */
#ifndef RRAS_TXT_H
#define RRAS_TXT_H

#include "acme.h"
#include "dns_seam.h"

struct txt {
    const struct acme_env *env;
    const struct conf *conf;
    const struct acme_dns *dns;
    struct publisher publisher;
    bool is_open;
};
/* What a back end is given. */
struct publish_env txt_publish_env(const struct acme_env *env, const struct conf *conf);

void txt_init(struct txt *t, const struct acme_env *env, const struct conf *conf,
              const struct acme_dns *dns);
/* Makes the publisher ready: its settings and secrets are read, nobody is asked. Done by the
 * others when it was not done before. */
int txt_open(struct txt *t, struct err *err) MUST_CHECK;
void txt_close(struct txt *t);
/* Are its values to be seen only while it is open? */
bool txt_is_here(const struct txt *t);

/* Publishes one value at the delegation's target. Again is no error. ERR_DNS, ERR_USAGE. */
int txt_put(struct txt *t, const struct delegation *d, const char *value,
            struct err *err) MUST_CHECK;

/* Removes every value of this configuration that the journal knows. What cannot be removed stays
 * in the journal and is logged: cleaning up never fails a run. */
void txt_sweep(struct txt *t);
/* The same for one value. */
void txt_drop(struct txt *t, const struct delegation *d, const char *value);

#endif
