/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dynamic update (RFC 2136), signed with TSIG (RFC 8945). Adds exactly our value to the TXT
 * records of a name, and removes exactly it: what others put there stays.
 */
#include "dns/exchange.h"
#include "dns/resolve.h"
#include "publish/dns_update.h"
#include "publish/publish.h"
#include "secret.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum {
    PORT_DNS = 53,
    MAX_SECRET_BYTES = 1024,
    MIN_SECRET_BYTES = 8,
    RCODE_NOTAUTH = 9,
    RCODE_NOTZONE = 10,
};

struct rfc2136 {
    const struct conf *conf;
    const struct clock *clock;
    const struct log *log;
    struct tsig_key key;
    struct buf secret;   /* owned; key.secret leads into it */
    int64_t clock_off_s; /* the server's clock minus ours, once it complained */
    char server[300];    /* for messages */
};

/* ---- where ---- */

/* "HOST:PORT" or "HOST" into its parts; false for a bad port or name. */
static bool split_host(const char *s, char host[DNS_NAME_SIZE], uint16_t *port)
{
    const char *colon = strrchr(s, ':');
    size_t len = colon ? (size_t)(colon - s) : strlen(s);
    unsigned long n = PORT_DNS;
    char *end = NULL;

    if (len >= DNS_NAME_SIZE)
        return false;
    memcpy(host, s, len);
    host[len] = 0;
    if (len > 0 && host[len - 1] == '.')
        host[len - 1] = 0;
    if (colon) {
        n = strtoul(colon + 1, &end, 10);
        if (colon[1] < '0' || colon[1] > '9' || *end || n == 0 || n > 65535)
            return false;
    }
    *port = (uint16_t)n;
    return dns_name_plain(host);
}

/* The server by its name, asked for the way the walk asks. */
static int find_host(const struct rfc2136 *x, const char *server,
                     struct net_addr out[RESOLVE_MAX_ADDRS], size_t *count, struct err *err)
{
    const struct delegation_env env = {.conf = x->conf, .clock = x->clock, .log = x->log};
    char host[DNS_NAME_SIZE], name[DNS_NAME_SIZE];
    struct resolve *r = NULL;
    uint16_t port = PORT_DNS;

    if (!split_host(server, host, &port) || !dns_name_set(name, host))
        return err_set(err, ERR_USAGE, "dns.rfc2136.server %s: neither an address nor a host name",
                       server);
    if (resolve_open(&r, &env, &dns_io_net, err))
        return -1;
    int rc = resolve_host(r, name, out, count, err);
    resolve_close(r);
    if (rc)
        return err_context(err, "dns.rfc2136.server");
    for (size_t i = 0; i < *count; i++)
        out[i].port = port;
    return 0;
}

static int find_server(struct rfc2136 *x, const struct publish_record *r,
                       struct net_addr out[RESOLVE_MAX_ADDRS], size_t *count, struct err *err)
{
    const char *server = x->conf->dns.rfc2136.server;
    struct err no_address = {0};

    if (!server && (!r->primary || r->primary->family == 0))
        return err_set(err, ERR_USAGE, "dns.rfc2136.server: not given, and no primary is known");
    if (!server) {
        net_addr_text(r->primary, x->server);
        out[0] = *r->primary;
    } else {
        text_copy(x->server, sizeof x->server, server);
        if (net_addr_parse(&out[0], server, PORT_DNS, &no_address))
            return find_host(x, server, out, count, err);
    }
    *count = 1;
    return 0;
}

/* ---- what the answer means ---- */

static int refuse_key(const struct rfc2136 *x, const char *why, struct err *err)
{
    err_sys(err, ERR_DNS, ERR_SRC_RCODE, RCODE_NOTAUTH,
            "name server %s: TSIG key wrong: name or secret (%s)", x->server, why);
    return err_hint(err, "compare dns.rfc2136.key_name, key_file and algorithm with the server's; "
                         "with Knot look at its acl, too");
}

/* Errors that TSIG tells of; 0 when there is none. */
static int judge_tsig(const struct rfc2136 *x, const struct dns_update_answer *a, struct err *err)
{
    switch (a->tsig_error) {
    case TSIG_BADKEY:
        return refuse_key(x, "BADKEY: it knows no such key, or does not let it change this", err);
    case TSIG_BADSIG:
        return refuse_key(x, "BADSIG: the secret differs", err);
    case TSIG_BADTRUNC:
        return refuse_key(x, "BADTRUNC", err);
    case TSIG_BADTIME:
        err_sys(err, ERR_DNS, ERR_SRC_RCODE, RCODE_NOTAUTH,
                "name server %s: refuses our time (TSIG BADTIME)", x->server);
        return err_hint(err, "set this machine's clock, or the server's");
    default:
        return 0;
    }
}

static int judge_rcode(const struct rfc2136 *x, const struct dns_update_answer *a,
                       const struct dns_update *u, struct err *err)
{
    const char *hint = "see the name server's log";
    const char *what = dns_rcode_name(a->rcode);

    switch (a->rcode) {
    case DNS_NOERROR:
        return 0;
    case DNS_REFUSED:
        what = "REFUSED: it does not let this key change TXT there";
        hint = "allow it in the server's update policy (BIND: update-policy; Knot: acl)";
        break;
    case RCODE_NOTAUTH:
        what = "NOTAUTH: it does not serve this zone, or does not accept the key";
        hint = "check dns.rfc2136.server, zone and key_name";
        break;
    case RCODE_NOTZONE:
        what = "NOTZONE: the name lies outside the zone";
        hint = "check dns.rfc2136.zone";
        break;
    case DNS_SERVFAIL:
        what = "SERVFAIL: it failed to make the change (zone file or journal not writable?)";
        break;
    case DNS_NOTIMP:
        what = "NOTIMP: it does not do dynamic updates";
        hint = "use the zone's primary as dns.rfc2136.server";
        break;
    case DNS_FORMERR:
        what = "FORMERR: it does not understand the update";
        break;
    default:
        break;
    }
    err_sys(err, ERR_DNS, ERR_SRC_RCODE, (uint32_t)a->rcode,
            "name server %s: update of %s in zone %s: %s", x->server, u->owner, u->zone, what);
    return err_hint(err, "%s", hint);
}

/* An error may come unsigned: it can only stop us. Success counts only when it is signed. */
static int judge(const struct rfc2136 *x, const struct dns_update_answer *a,
                 const struct dns_update *u, struct err *err)
{
    if (judge_tsig(x, a, err))
        return -1;
    if (judge_rcode(x, a, u, err))
        return -1;
    if (!a->verified)
        return err_set(err, ERR_DNS, "name server %s: its answer is not signed with our TSIG key",
                       x->server);
    if (!a->in_time)
        return err_set(err, ERR_DNS, "name server %s: its clock differs too much from ours",
                       x->server);
    return 0;
}

/* ---- one update ---- */

static const char *zone_of(const struct rfc2136 *x, const struct publish_record *r)
{
    return x->conf->dns.rfc2136.zone ? x->conf->dns.rfc2136.zone : r->zone;
}

/* One message and its answer. -1 only when there is no answer to judge. */
static int send_once(const struct rfc2136 *x, const struct net_addr *to, struct dns_update *u,
                     struct dns_update_answer *a, struct err *err)
{
    struct buf msg = BUF_INIT(DNS_UPDATE_MAX_BYTES), answer = BUF_INIT(DNS_MAX_MESSAGE_BYTES);
    struct tsig_mac mac = {.len = 0};
    struct dns_update_asked asked = {.mac = &mac, .key = &x->key};
    char where[72];
    int rc = -1;

    if (os_random(&u->id, sizeof u->id, err) || dns_update_write(&msg, u, err))
        goto done;
    asked.id = u->id;
    asked.now_s = clock_now(x->clock) + x->clock_off_s;
    if (tsig_sign(&msg, &x->key, asked.now_s, &mac, err))
        goto done;
    enum dns_outcome o = dns_exchange_bytes(to, msg.p, msg.len, false, &answer);
    if (o != DNS_ANSWERED) {
        net_addr_text(to, where);
        err_set(err, ERR_DNS, "name server %s: update of %s: %s: %s", x->server, u->owner, where,
                dns_outcome_text(o));
        goto done;
    }
    rc = dns_update_read(a, answer.p, answer.len, &asked, err);
    if (rc)
        err_context(err, "name server %s", x->server);
done:
    buf_clear(&msg);
    buf_clear(&answer);
    return rc;
}

/* With a second try at the server's time, if it told that under its signature. */
static int send_to(struct rfc2136 *x, const struct net_addr *to, struct dns_update *u,
                   struct dns_update_answer *a, struct err *err)
{
    if (send_once(x, to, u, a, err))
        return -1;
    if (a->tsig_error != TSIG_BADTIME || !a->verified || a->server_time_s == 0)
        return 0;
    x->clock_off_s = a->server_time_s - clock_now(x->clock);
    log_warn(x->log, "name server %s: its clock and ours differ by %lld s; using its time",
             x->server, (long long)x->clock_off_s);
    return send_once(x, to, u, a, err);
}

static int update(struct rfc2136 *x, const struct publish_record *r, bool remove, struct err *err)
{
    struct dns_update u = {
        .zone = zone_of(x, r), .owner = r->fqdn, .value = r->value, .remove = remove};
    char owner[DNS_NAME_SIZE], zone[DNS_NAME_SIZE];
    struct net_addr addr[RESOLVE_MAX_ADDRS];
    struct dns_update_answer a = {.rcode = 0};
    struct err first = {0};
    size_t count = 0;

    if (!u.zone || !*u.zone || !dns_name_set(owner, u.owner) || !dns_name_set(zone, u.zone))
        return err_set(err, ERR_USAGE, "dns.rfc2136.zone: not given, and none was found");
    if (!dns_name_within(owner, zone)) {
        err_set(err, ERR_DNS, "%s: lies outside of zone %s (dns.rfc2136.zone)", owner, zone);
        return err_hint(err, "let the CNAME point to a name in %s, or correct the zone", zone);
    }
    if (find_server(x, r, addr, &count, err))
        return -1;
    log_info(x->log, "rfc2136: %s TXT at %s in zone %s by %s", remove ? "remove" : "add", owner,
             zone, x->server);
    for (size_t i = 0; i < count; i++)
        if (send_to(x, &addr[i], &u, &a, &first) == 0)
            return judge(x, &a, &u, err);
    *err = first;
    return -1;
}

static int present(void *self, const struct publish_record *r, struct err *err)
{
    return update(self, r, false, err);
}

static int cleanup(void *self, const struct publish_record *r, struct err *err)
{
    return update(self, r, true, err);
}

/* ---- opening ---- */

static void close_rfc2136(void *self)
{
    struct rfc2136 *x = self;

    buf_wipe(&x->secret);
    free(x);
}

static int read_key(struct rfc2136 *x, struct err *err)
{
    const char *name = x->conf->dns.rfc2136.key_name, *file = x->conf->dns.rfc2136.key_file;
    const char *algorithm = x->conf->dns.rfc2136.algorithm;
    struct buf text = BUF_INIT(2 * MAX_SECRET_BYTES);
    int rc = -1;

    if (!name || !file)
        return err_set(err, ERR_USAGE, "dns.rfc2136.%s: not given", name ? "key_file" : "key_name");
    if (!wire_name_from(&x->key.name, name))
        return err_set(err, ERR_USAGE, "dns.rfc2136.key_name %s: not a DNS name", name);
    if (!tsig_algorithm_parse(algorithm, &x->key.algorithm))
        return err_set(err, ERR_USAGE,
                       "dns.rfc2136.algorithm %s: must be hmac-sha256, hmac-sha384, hmac-sha512 "
                       "or hmac-sha1",
                       algorithm);
    if (conf_secret(file, "dns.rfc2136.key_file", &text, err))
        goto done;
    struct err bad = {0}; /* its text could show some of the secret */
    if (text_base64_decode(&x->secret, buf_str(&text), text.len, &bad) ||
        x->secret.len < MIN_SECRET_BYTES) {
        err_set(err, ERR_USAGE, "dns.rfc2136.key_file: holds no base64 TSIG secret");
        err_hint(err, "the file holds the secret alone, as in the server's key statement");
        goto done;
    }
    x->key.secret = x->secret.p;
    x->key.secret_len = x->secret.len;
    rc = 0;
done:
    buf_wipe(&text);
    return rc;
}

int publish_rfc2136_open(struct publisher *out, const struct publish_env *env, struct err *err)
{
    struct rfc2136 *x = calloc(1, sizeof *x);

    if (!x)
        return err_set(err, ERR_FAIL, "dns.rfc2136: out of memory");
    x->conf = env->conf;
    x->clock = env->clock;
    x->log = env->log;
    buf_init(&x->secret, MAX_SECRET_BYTES);
    if (read_key(x, err)) {
        close_rfc2136(x);
        return -1;
    }
    *out = (struct publisher){.name = "rfc2136",
                              .present = present,
                              .cleanup = cleanup,
                              .close = close_rfc2136,
                              .self = x};
    return 0;
}
