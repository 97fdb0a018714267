/* SPDX-License-Identifier: Apache-2.0 */
/*
 * This program as the authoritative server of the delegated zone: from the opening of the publisher
 * to its closing, the zone's questions are answered on port 53 of this machine.
 */
#include "dns/name.h"
#include "publish/publish.h"
#include "publish/responders.h"

#include <stdlib.h>

enum { PORT_DNS = 53, FIRST_FREE_PORT = 1024 };

struct builtin {
    const struct log *log;
    struct responder_lease *lease;
};

static int present(void *self, const struct publish_record *r, struct err *err)
{
    struct builtin *b = self;

    log_info(b->log, "builtin: answer TXT at %s", r->fqdn);
    return responders_add(b->lease, r->fqdn, r->value, err);
}

static int cleanup(void *self, const struct publish_record *r, struct err *err)
{
    struct builtin *b = self;

    (void)err;
    responders_remove(b->lease, r->fqdn, r->value);
    return 0;
}

static void close_builtin(void *self)
{
    struct builtin *b = self;
    unsigned answered = responders_leave(b->lease);

    if (answered > 0)
        log_info(b->log, "builtin: %u questions answered", answered);
    free(b);
}

/* ---- settings ---- */

static int read_name(struct wire_name *out, const char *key, const char *name, struct err *err)
{
    if (!dns_name_plain(name) || !wire_name_from(out, name))
        return err_set(err, ERR_USAGE, "dns.builtin.%s: \"%s\" is no plain DNS name", key, name);
    return 0;
}

static int read_addresses(struct net_addr *out, const char *key, const struct strings *from,
                          struct err *err)
{
    for (size_t i = 0; i < from->n; i++) {
        if (net_addr_parse(&out[i], from->v[i], PORT_DNS, err))
            return err_context(err, "dns.builtin.%s", key);
    }
    return 0;
}

static int read_setup(struct responder_setup *out, const struct publish_env *env, struct err *err)
{
    const struct strings *listen = &env->conf->dns.builtin.listen;
    const struct strings *address = &env->conf->dns.builtin.address;
    const struct strings *ns = &env->conf->dns.builtin.ns;
    struct responder_zone *z = &out->zone;

    if (!env->conf->dns.builtin.zone || ns->n == 0)
        return err_set(err, ERR_USAGE, "dns.builtin.%s: not given",
                       env->conf->dns.builtin.zone ? "ns" : "zone");
    if (listen->n == 0 || listen->n > RESPONDER_MAX_LISTEN || ns->n > RESPONDER_MAX_NS ||
        address->n > RESPONDER_MAX_ADDRESSES)
        return err_set(err, ERR_USAGE, "dns.builtin: no address to listen at, or too many values");
    z->serial = (uint32_t)(clock_now(env->clock) & 0xffffffff);
    out->listen_count = listen->n;
    z->address_count = address->n;
    if (read_name(&z->apex, "zone", env->conf->dns.builtin.zone, err) ||
        read_addresses(out->listen, "listen", listen, err) ||
        read_addresses(z->address, "address", address, err))
        return -1;
    for (; z->ns_count < ns->n; z->ns_count++) {
        if (read_name(&z->ns[z->ns_count], "ns", ns->v[z->ns_count], err))
            return -1;
    }
    return 0;
}

/* What is wrong with the ports, and who may hold them. */
static int cannot_listen(const struct err *why, struct err *err)
{
    bool taken = why->code == ERR_BUSY, denied = why->code == ERR_DENIED;

    *err = *why;
    err->hint[0] = '\0';
    if (taken || denied || why->code == ERR_NET)
        err->code = ERR_USAGE; /* of this machine's set-up */
    err_context(err, "dns.builtin.listen");
    if (taken)
        return err_hint(
            err, "another program answers DNS here: on Windows perhaps the role DNS Server or "
                 "Internet Connection Sharing, on Linux systemd-resolved, dnsmasq, named or "
                 "unbound. Name a free address of this machine, such as its public one, or stop "
                 "that program");
    if (denied)
        return err_hint(err,
                        "on Linux, ports below %d are for root or a program with the "
                        "capability CAP_NET_BIND_SERVICE; on Windows another program may "
                        "hold the port for itself, or the system may have reserved it",
                        FIRST_FREE_PORT);
    return -1;
}

int publish_builtin_open(struct publisher *out, const struct publish_env *env, struct err *err)
{
    struct responder_setup *setup = calloc(1, sizeof *setup);
    struct builtin *b = calloc(1, sizeof *b);
    struct err e = {0};
    int rc = -1;

    if (!setup || !b) {
        err_set(err, ERR_FAIL, "dns.builtin: out of memory");
        goto done;
    }
    if (!env->responders) {
        err_set(err, ERR_USAGE, "dns.provider: builtin cannot be used by this command");
        goto done;
    }
    b->log = env->log;
    if (read_setup(setup, env, err))
        goto done;
    if (responders_join(env->responders, setup, &b->lease, &e)) {
        cannot_listen(&e, err);
        goto done;
    }
    *out = (struct publisher){.name = "builtin",
                              .present = present,
                              .cleanup = cleanup,
                              .close = close_builtin,
                              .self = b,
                              .here = true};
    b = NULL;
    rc = 0;
done:
    free(setup);
    free(b);
    return rc;
}
