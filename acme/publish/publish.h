/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish.h - DNS back ends: one small table each.
 *
 * present adds one TXT value at an owner name, leaving all other values there; cleanup removes
 * exactly that value. Both are idempotent. A value is 43 base64url characters, checked here
 * before any back end sees it.
 */
#ifndef RRAS_PUBLISH_H
#define RRAS_PUBLISH_H

#include "conf.h"
#include "https.h"
#include "log.h"
#include "net.h"
#include "os.h"
#include "store.h"

struct responders;   /* publish/responders.h */
struct acme_console; /* acme.h */

struct publish_record {
    const char *fqdn; /* no final dot */
    const char *zone; /* as found by the walk; back ends may have their own in conf */
    const char *value;
    const struct net_addr *primary; /* address of the zone's primary, or of any of its servers */
};

struct publisher {
    const char *name;
    int (*present)(void *self, const struct publish_record *r, struct err *err);
    int (*cleanup)(void *self, const struct publish_record *r, struct err *err);
    void (*close)(void *self);
    void *self;
    /* Where the CNAME of a certificate name is to lead, if the back end alone knows; else NULL.
     * May register it. ERR_DNS, ERR_NET, ERR_USAGE. */
    int (*target)(void *self, const char *name, char out[256], struct err *err);
    /* Once all values are presented: returns when they are on their way. NULL = they are. */
    int (*ready)(void *self, struct err *err);
    /* The values are told by this process itself: from its close on, to nobody. */
    bool here;
};

struct publish_env {
    const struct conf *conf;
    const struct clock *clock;
    const struct log *log;
    const struct https *https; /* for tests; NULL = back ends with an API open one of their own */
    struct store *store;       /* for what a back end registers; NULL = there is none */
    bool (*interrupted)(void); /* may be NULL */
    struct responders *responders;      /* for builtin; NULL = there are none */
    const struct acme_console *console; /* for manual; NULL = nobody is there */
};

/* Makes the publisher that conf names. ERR_USAGE when its settings lack something or its secret
 * cannot be read; ERR_DNS codes come from present and cleanup. */
int publisher_open(struct publisher *out, const struct publish_env *env,
                   struct err *err) MUST_CHECK;
void publisher_close(struct publisher *p);
int publisher_present(const struct publisher *p, const struct publish_record *r,
                      struct err *err) MUST_CHECK;
int publisher_ready(const struct publisher *p, struct err *err) MUST_CHECK;
int publisher_cleanup(const struct publisher *p, const struct publish_record *r,
                      struct err *err) MUST_CHECK;

/* The back ends. */
int publish_rfc2136_open(struct publisher *out, const struct publish_env *env,
                         struct err *err) MUST_CHECK;
int publish_powerdns_open(struct publisher *out, const struct publish_env *env,
                          struct err *err) MUST_CHECK;
int publish_acme_dns_open(struct publisher *out, const struct publish_env *env,
                          struct err *err) MUST_CHECK;
int publish_cloudflare_open(struct publisher *out, const struct publish_env *env,
                            struct err *err) MUST_CHECK;
int publish_route53_open(struct publisher *out, const struct publish_env *env,
                         struct err *err) MUST_CHECK;
int publish_azure_open(struct publisher *out, const struct publish_env *env,
                       struct err *err) MUST_CHECK;
int publish_builtin_open(struct publisher *out, const struct publish_env *env,
                         struct err *err) MUST_CHECK;
int publish_manual_open(struct publisher *out, const struct publish_env *env,
                        struct err *err) MUST_CHECK;
int publish_exec_open(struct publisher *out, const struct publish_env *env,
                      struct err *err) MUST_CHECK;

#endif
