/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/look_wire.h"

#include "doctor/beside.h"
#include "doctor/doctor.h"
#include "doctor/look_net.h"
#include "rras/names.h"
#include "sstp/probe.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { LOOK_MS = 5000, MAX_PROBES = 4, MAX_OWN = 8, MAX_NAMES = 4, MAX_PUBLIC = 4 };

void point_text(const struct doctor_point *p, char out[352])
{
    char addr[72];

    net_addr_text(&p->addr, addr);
    snprintf(out, 352, "%s%s%s", addr, p->name[0] ? " with the name " : "", p->name);
}

const struct doctor_point *point_first(const struct doctor_wire *w, enum point_depth depth)
{
    for (size_t i = 0; i < w->n; i++)
        if (w->point[i].kind == POINT_PROBE && w->point[i].depth == depth)
            return &w->point[i];
    return NULL;
}

/* ---- one look ---- */

static void take(struct doctor_point *p, const struct sstp_probe_result *r)
{
    p->unreachable = r->unreachable;
    p->refused = r->refused;
    p->connected = r->stage[SSTP_STAGE_TCP].ok;
    p->tls = r->has_leaf;
    if (r->has_leaf) {
        text_copy(p->tls_version, sizeof p->tls_version, r->tls_version);
        memcpy(p->sha256, r->leaf.sha256, SHA256_BYTES);
        text_copy(p->subject, sizeof p->subject, r->leaf.subject);
        text_scrub(p->subject);
        p->not_after = r->leaf.not_after;
        p->self_signed = r->leaf.self_signed;
        p->issuer_sent = r->issuer_sent;
        p->root_sent = r->root_sent;
    }
    p->status = r->http_status;
    p->minor = r->http_minor;
    text_copy(p->server, sizeof p->server, r->server);
    p->call = r->stage[SSTP_STAGE_SSTP].ok;
    p->hash_mask = r->hash_mask;
    p->authenticates = r->stage[SSTP_STAGE_LCP].ok;
    text_copy(p->auth_code, sizeof p->auth_code, r->stage[SSTP_STAGE_LCP].code);
    text_copy(p->authentication, sizeof p->authentication, r->stage[SSTP_STAGE_LCP].detail);
    text_scrub(p->authentication);
    for (int i = 0; i <= SSTP_STAGE_SSTP && !p->trouble[0]; i++)
        if (r->stage[i].tried && !r->stage[i].ok)
            snprintf(p->trouble, sizeof p->trouble, "%s: %.200s",
                     sstp_stage_name((enum sstp_stage)i), r->stage[i].detail);
    text_scrub(p->trouble);
}

struct job {
    const struct clock *clock;
    struct doctor_point *point;
    const char *host;
};

static void look_at(void *user)
{
    const struct job *j = user;
    struct doctor_point *p = j->point;
    /* For the form: it ends before anything is derived from it. */
    static const struct ppp_account nobody = {.user = "rras-acme doctor", .password = "-"};
    struct sstp_probe_options o = {.clock = j->clock,
                                   .addr = p->addr,
                                   .server_name = p->name[0] ? p->name : NULL,
                                   .host = j->host,
                                   .timeout_ms = LOOK_MS,
                                   .plain = p->plain,
                                   .method = p->depth == DEPTH_GET ? SSTP_GET : SSTP_DUPLEX_POST,
                                   .last = p->depth == DEPTH_TLS   ? SSTP_STAGE_TLS
                                           : p->depth == DEPTH_GET ? SSTP_STAGE_HTTP
                                                                   : SSTP_STAGE_LCP,
                                   .account = &nobody};
    struct sstp_probe_result r;

    if (p->plain && p->depth == DEPTH_TLS)
        return; /* there is nothing to look at */
    sstp_probe(&r, &o);
    take(p, &r);
    sstp_probe_clear(&r);
}

/* ---- which looks ---- */

static struct doctor_point *add(struct doctor_wire *w, enum point_kind kind, enum point_depth depth,
                                const struct net_addr *addr, int port)
{
    struct doctor_point *p;

    if (w->n == POINTS_MAX)
        return NULL;
    p = &w->point[w->n++];
    *p = (struct doctor_point){.kind = kind, .depth = depth, .addr = *addr};
    if (p->addr.port == 0)
        p->addr.port = (uint16_t)port;
    return p;
}

static bool is_known(const struct doctor_wire *w, const struct net_addr *addr, int port)
{
    struct net_addr a = *addr;

    if (a.port == 0)
        a.port = (uint16_t)port;
    for (size_t i = 0; i < w->n; i++)
        if (net_addr_equal(&w->point[i].addr, &a))
            return true;
    return false;
}

static size_t choose_probes(const struct doctor_wanted *wanted, struct net_addr out[MAX_PROBES])
{
    static const char *const loopback[] = {"127.0.0.1", "::1"};
    const char *const *list = wanted->probe_count > 0 ? wanted->probe : loopback;
    size_t count = wanted->probe_count > 0 ? wanted->probe_count : 2, n = 0;

    for (size_t i = 0; i < count && n < MAX_PROBES; i++) {
        struct err ignored = {0};
        if (net_addr_parse(&out[n], list[i], 0, &ignored) == 0)
            n++;
    }
    return n;
}

/* The listener itself. Behind a balancer it has no TLS, so one address says it all; what is to be
 * probed on another port is the balancer then. */
static void choose_probed(struct doctor_wire *w, const struct doctor_seen *s,
                          const struct net_addr *addr, bool first)
{
    int port = doctor_port(s);
    bool balancer = doctor_offload(s) && addr->port != 0 && addr->port != port;
    struct doctor_point *p = add(w, balancer ? POINT_PUBLIC : POINT_PROBE,
                                 first && !balancer ? DEPTH_CALL : DEPTH_GET, addr, port);

    if (!p)
        return;
    p->plain = doctor_offload(s) && !balancer;
    if (balancer && doctor_name(s, 0))
        text_copy(p->name, sizeof p->name, doctor_name(s, 0));
    if (first && !balancer && (p = add(w, POINT_PROBE, DEPTH_GET, addr, port)) != NULL)
        p->plain = doctor_offload(s);
}

static void choose_own(struct doctor_wire *w, const struct doctor_seen *s)
{
    size_t own = 0;

    for (size_t i = 0; s->machine && i < s->machine->local.n && own < MAX_OWN; i++)
        if (!is_known(w, &s->machine->local.addr[i], doctor_port(s)) &&
            add(w, POINT_OWN, DEPTH_TLS, &s->machine->local.addr[i], doctor_port(s)))
            own++;
}

static void choose_local(struct doctor_wire *w, const struct doctor_seen *s)
{
    struct net_addr probe[MAX_PROBES];
    size_t n = choose_probes(doctor_wanted_of(s), probe);

    for (size_t i = 0; i < n; i++)
        choose_probed(w, s, &probe[i], i == 0);
    if (doctor_offload(s))
        return;
    choose_own(w, s);
    for (size_t i = 0; n > 0 && i < MAX_NAMES && doctor_name(s, i); i++) {
        struct doctor_point *p = strncmp(doctor_name(s, i), "*.", 2) == 0
                                     ? NULL
                                     : add(w, POINT_PROBE, DEPTH_TLS, &probe[0], doctor_port(s));
        if (p)
            text_copy(p->name, sizeof p->name, doctor_name(s, i));
    }
}

/* Where the names lead. A balancer before RRAS listens on the usual port. */
static void choose_public(struct doctor_wire *w, const struct doctor_seen *s)
{
    int port = doctor_offload(s) ? NAME_DEFAULT_PORT : doctor_port(s);
    size_t chosen = 0;

    for (size_t i = 0; s->net && i < s->net->name_n; i++) {
        const struct net_name *name = &s->net->name[i];
        for (size_t k = 0; k < name->answer.n && chosen < MAX_PUBLIC; k++) {
            struct doctor_point *p = add(w, POINT_PUBLIC, DEPTH_GET, &name->answer.addr[k], port);
            if (p) {
                text_copy(p->name, sizeof p->name, name->name);
                chosen++;
            }
        }
    }
}

/* ---- the test account ---- */

/* The account is shown to the certificate that this machine itself has bound, and to no other. */
static bool shows_bound(const struct doctor_point *p, const struct doctor_seen *s)
{
    const struct store_cert *bound = s->machine ? doctor_bound_cert(s->machine) : NULL;

    return p->tls && bound && memcmp(p->sha256, bound->sha256, SHA256_BYTES) == 0;
}

static void log_in(const struct doctor_env *env, const struct doctor_seen *s,
                   const struct doctor_point *p, struct doctor_wire *w)
{
    enum { PASSWORD_MAX_BYTES = 4096, LOGON_MS = 20000 };
    const struct doctor_wanted *wanted = doctor_wanted_of(s);
    struct buf password = BUF_INIT(PASSWORD_MAX_BYTES);
    struct err e = {0};
    struct wire_logon q = {.addr = p->addr,
                           .server_name = doctor_name(s, 0),
                           .host = doctor_name(s, 0),
                           .timeout_ms = LOGON_MS,
                           .sha256 = p->sha256,
                           .user = wanted->account_user};

    if (!q.host || strncmp(q.host, "*.", 2) == 0)
        q.server_name = q.host = NULL;
    if (conf_secret(wanted->account_password_file, "deploy.verify.account.password_file", &password,
                    &e) != 0) {
        text_copy(w->login.why, sizeof w->login.why, e.text);
    } else {
        q.password = buf_str(&password);
        env->wire->log_on(env->wire->self, &q, &w->login.came);
        w->login.tried = true;
    }
    buf_wipe(&password);
}

static void look_login(const struct doctor_env *env, const struct doctor_seen *s,
                       struct doctor_wire *w)
{
    const struct doctor_point *p = point_first(w, DEPTH_CALL);

    if (!doctor_wanted_of(s)->account_user)
        return;
    if (!p || !p->call)
        text_copy(w->login.why, sizeof w->login.why, "no call was accepted (F9)");
    else if (!shows_bound(p, s))
        text_copy(w->login.why, sizeof w->login.why,
                  "what shows there is not the bound certificate (F1): the account was not used");
    else
        log_in(env, s, p, w);
}

void look_wire(const struct doctor_env *env, const struct doctor_seen *before,
               struct doctor_wire *out)
{
    const char *host = doctor_name(before, 0);
    struct job job[POINTS_MAX];
    struct beside jobs;

    memset(out, 0, sizeof *out);
    out->looked = true;
    choose_local(out, before);
    choose_public(out, before);
    beside_begin(&jobs);
    for (size_t i = 0; i < out->n; i++) {
        struct doctor_point *p = &out->point[i];
        job[i] = (struct job){.clock = env->clock, .point = p, .host = p->name[0] ? p->name : host};
        if (host && strncmp(host, "*.", 2) == 0 && !p->name[0])
            job[i].host = NULL;
        beside_add(&jobs, look_at, &job[i]);
    }
    beside_end(&jobs);
    look_login(env, before, out);
}
