/* SPDX-License-Identifier: Apache-2.0 */
/* Proof from the wire: what a client sees, not what we wrote. */
#include "drive.h"

#include "rras/names.h"
#include "rras/sentence.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum {
    LOOK_MS = 5000,   /* for one connection */
    LOGON_MS = 20000, /* for one with a logon: a domain controller may be asked */
    RETRY_MS = 500,
};

/* A wildcard cannot be dialled: any name under it will do. */
const char *prove_name(const struct conf *conf, char out[256])
{
    const char *name = conf->names.n > 0 ? conf->names.v[0] : "localhost";

    if (strncmp(name, "*.", 2) == 0)
        snprintf(out, 256, "vpn%.250s", name + 1);
    else
        text_copy(out, 256, name);
    return out;
}

static void look_at(struct session *s, struct wire_view *v, const struct wire_question *q)
{
    const struct wire *wire = s->ports->wire;

    if (v->n == VIEW_MAX_POINTS)
        return;
    v->point[v->n].addr = q->addr;
    v->point[v->n].with_name = q->server_name != NULL;
    v->point[v->n].called = q->call;
    wire->look(wire->self, q, &v->point[v->n].look);
    v->n++;
    session_knock(s, KNOCK_MS);
}

static bool is_local(const struct session *s, const struct net_addr *a)
{
    static const uint8_t loopback6[16] = {[15] = 1};
    struct net_addr alone = *a;

    alone.port = 0;
    for (size_t i = 0; i < s->local.n; i++)
        if (net_addr_equal(&alone, &s->local.addr[i]))
            return true;
    return a->family == 4 ? a->ip[0] == 127 : memcmp(a->ip, loopback6, sizeof loopback6) == 0;
}

/* With a balancer before RRAS an address of this machine is the listener itself, without TLS; any
 * other address, and any other port, is the balancer, with TLS. */
static void place_behind_balancer(const struct session *s, struct wire_question *q)
{
    bool local = is_local(s, &q->addr);

    if (q->addr.port == 0)
        q->addr.port = local ? (uint16_t)s->journal.port : NAME_DEFAULT_PORT;
    q->plain = local && q->addr.port == s->journal.port;
}

int prove_place(const struct session *s, const char *probe, struct wire_question *q,
                struct err *err)
{
    if (net_addr_parse(&q->addr, probe, 0, err) != 0)
        return err_context(err, "deploy.verify.probe");
    if (s->journal.offload)
        place_behind_balancer(s, q);
    else if (q->addr.port == 0)
        q->addr.port = (uint16_t)s->journal.port;
    q->timeout_ms = LOOK_MS;
    return 0;
}

/* With SNI and, if it is there at all, without. A balancer is dialled by name only. */
static void look_twice(struct session *s, struct wire_view *out, struct wire_question *q,
                       const char *name)
{
    bool calls = q->call;

    q->server_name = name;
    look_at(s, out, q);
    if (q->addr.family == 6 && s->no_v6 && !out->point[out->n - 1].look.connected)
        out->point[out->n - 1].look.unreachable = true; /* http.sys does not listen there */
    if (out->point[out->n - 1].look.unreachable)
        return;
    if (s->knock_at.family == 0 && (q->plain || !s->journal.offload))
        s->knock_at = q->addr;
    if (s->journal.offload)
        return;
    q->server_name = NULL;
    q->call = false;
    look_at(s, out, q);
    q->call = calls;
}

static bool is_known(const struct wire_view *v, const struct net_addr *a)
{
    for (size_t i = 0; i < v->n; i++)
        if (net_addr_equal(&v->point[i].addr, a))
            return true;
    return false;
}

/* An address of its own may show a certificate of its own. Whether http.sys listens there, and
 * whether a firewall lets us in, is another matter: what takes no connection does not count. */
static void look_at_local(struct session *s, struct wire_view *out, const char *name)
{
    for (size_t i = 0; i < s->local.n && out->n + 2 <= VIEW_MAX_POINTS; i++) {
        struct wire_question q = {.addr = s->local.addr[i], .host = name, .timeout_ms = LOOK_MS};
        size_t first = out->n;
        q.addr.port = (uint16_t)s->journal.port;
        if (is_known(out, &q.addr))
            continue;
        q.server_name = name;
        look_at(s, out, &q);
        if (!out->point[first].look.connected) {
            out->n = first;
            continue;
        }
        q.server_name = NULL;
        look_at(s, out, &q);
    }
}

void prove_look(struct session *s, struct wire_view *out, bool calls)
{
    const struct strings *probe = &s->conf->deploy.verify.probe;
    char name[256];

    memset(out, 0, sizeof *out);
    prove_name(s->conf, name);
    for (size_t i = 0; i < probe->n && out->n + 2 <= VIEW_MAX_POINTS; i++) {
        struct wire_question q = {.host = name, .call = calls};
        struct err e = {0};
        if (prove_place(s, probe->v[i], &q, &e) != 0) {
            log_warn(s->env->log, "%s: %s", s->conf->name, e.text);
            continue;
        }
        look_twice(s, out, &q, name);
    }
    if (!s->journal.offload) /* without TLS one address is like the other */
        look_at_local(s, out, name);
}

/* 1 = runs, 0 = not (yet), -1 = it stopped: there will be no proof. */
static int look_at_service(struct session *s, struct err *err)
{
    const struct target *t = s->ports->target;
    struct service now = {0};
    struct err e = {0};

    if (t->service_query(t->self, s->journal.service, &now, &e) != 0)
        return 0; /* asked again */
    if (now.state == SERVICE_IS_STOPPED && now.exit_code != 0)
        return sentence_err(err, SENTENCE_SERVICE,
                            now.specific_code ? now.specific_code : now.exit_code,
                            "service %s: stopped after its start", s->journal.service);
    if (now.state == SERVICE_IS_STOPPED)
        return err_set(err, ERR_FAIL, "service %s: stopped after its start", s->journal.service);
    return now.state == SERVICE_IS_RUNNING;
}

static bool holds(struct session *s, const struct proof *p, char *trouble, size_t size)
{
    struct wire_view v;

    prove_look(s, &v, p->calls);
    if (!view_shows(&v, p->sha256)) {
        view_trouble(&v, p->sha256, trouble, size);
        return false;
    }
    if (p->issuer && !view_sends_issuer(&v)) {
        snprintf(trouble, size,
                 "the certificate is sent without its issuer's (the intermediate has to be in "
                 "LocalMachine\\CA)");
        return false;
    }
    if (p->calls && !view_answers_calls(&v, s->hash_mask)) {
        view_trouble(&v, p->sha256, trouble, size);
        if (!trouble[0])
            snprintf(trouble, size, "calls do not offer the certificate hash that is needed (%s)",
                     s->hash_mask & 2 ? "SHA-256" : "SHA-1");
        return false;
    }
    for (size_t i = 0; i < v.n && s->logon_at.family == 0; i++)
        if (v.point[i].look.tls && v.point[i].look.call)
            s->logon_at = v.point[i].addr;
    return true;
}

int prove_wire(struct session *s, const struct proof *p, struct err *err)
{
    int64_t deadline_ms = session_now_ms(s) + s->conf->deploy.verify.timeout_ms;
    int64_t stable_ms = s->conf->deploy.verify.stable_ms, running_since_ms = -1;
    char trouble[400] = "";

    for (;;) {
        int runs = look_at_service(s, err);
        bool right;
        if (runs < 0)
            return -1;
        if (runs == 0)
            running_since_ms = -1;
        else if (running_since_ms < 0)
            running_since_ms = session_now_ms(s);
        right = runs && holds(s, p, trouble, sizeof trouble);
        if (right && session_now_ms(s) - running_since_ms >= stable_ms)
            return 0;
        if (!right && session_now_ms(s) >= deadline_ms)
            break;
        session_wait(s, right ? stable_ms - (session_now_ms(s) - running_since_ms) : RETRY_MS);
    }
    return err_set(err, ERR_FAIL, "not proven from the wire within %lld s: %s",
                   (long long)(s->conf->deploy.verify.timeout_ms / 1000),
                   trouble[0] ? trouble : "the service does not run");
}

static int log_on(struct session *s, const char *user, const char *password, struct err *err)
{
    const struct wire *wire = s->ports->wire;
    struct wire_logged got = {.hash = WIRE_HASH_OPEN};
    char name[256];
    struct wire_logon q = {.addr = s->logon_at,
                           .timeout_ms = LOGON_MS,
                           .sha256 = s->journal.sha256,
                           .user = user,
                           .password = password};

    q.server_name = q.host = prove_name(s->conf, name);
    wire->log_on(wire->self, &q, &got);
    if (got.hash == WIRE_HASH_REFUSED)
        return err_set(err, ERR_FAIL, "not proven with the account %s: %s", user, got.finding);
    if (got.hash == WIRE_HASH_OPEN)
        log_warn(s->env->log, "%s: deploy.verify.account %s: %s; proven without it", s->conf->name,
                 user, got.finding);
    else
        log_info(s->env->log, "%s: logged on as %s: %s", s->conf->name, user, got.finding);
    return 0;
}

int prove_account(struct session *s, struct err *err)
{
    enum { PASSWORD_MAX_BYTES = 4096 };
    const char *user = s->conf->deploy.verify.account.user;
    struct buf password = BUF_INIT(PASSWORD_MAX_BYTES);
    struct step_mark step;
    struct err e = {0};
    int rc = 0;

    if (!user || s->logon_at.family == 0)
        return 0;
    step = session_step(s, "prove with account");
    if (conf_secret(s->conf->deploy.verify.account.password_file,
                    "deploy.verify.account.password_file", &password, &e) != 0)
        log_warn(s->env->log, "%s: %s; proven without it", s->conf->name, e.text);
    else
        rc = log_on(s, user, buf_str(&password), err);
    buf_wipe(&password);
    session_step_end(s, &step, rc == 0, "", rc == 0 ? user : "");
    return rc;
}

int prove_records(struct session *s, struct err *err)
{
    struct observed o = {0};
    int rc = -1;

    if (session_observe_hard(s, LOOK_SETTING, &o, err) != 0)
        goto done;
    if (!recover_is_new(&s->journal, &o)) {
        err_set(err, ERR_FAIL,
                "hashes and bindings: RRAS changed what was written when it started");
        goto done;
    }
    rc = 0;
done:
    observed_clear(&o);
    return rc;
}
