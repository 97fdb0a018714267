/* SPDX-License-Identifier: Apache-2.0 */
#include "sstp/survey.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void progress(const struct survey_options *o, const char *text)
{
    if (o->progress)
        o->progress(o->user, text);
}

static bool stopped(const struct survey_options *o)
{
    return o->interrupted && o->interrupted();
}

static bool is_address(const char *host)
{
    struct net_addr a;
    struct err ignored = {0};

    return net_addr_parse(&a, host, 1, &ignored) == 0;
}

/* ---- dns ---- */

static void list_addresses(struct sstp_stage_result *s, const struct net_addr *addr, size_t n)
{
    size_t at = 0;

    for (size_t i = 0; i < n && at < sizeof s->detail; i++) {
        char text[64];
        net_addr_ip_text(&addr[i], text);
        at += (size_t)snprintf(s->detail + at, sizeof s->detail - at, "%s%s", i ? ", " : "", text);
    }
}

static size_t find_addresses(struct survey *s, const struct survey_options *o,
                             struct net_addr out[SURVEY_MAX_ADDRESSES])
{
    int64_t begun_ms = clock_ms(o->clock);
    struct err err = {0};
    size_t n = 1;

    if (o->address) {
        out[0] = *o->address;
        if (out[0].port == 0)
            out[0].port = o->port;
        return 1;
    }
    if (net_addr_parse(&out[0], o->host, o->port, &err) == 0)
        return 1;
    err_clear(&err);
    s->dns.tried = true;
    progress(o, "asking for the addresses of the name");
    if (net_resolve(o->host, o->port, out, SURVEY_MAX_ADDRESSES, &n, &err) != 0) {
        n = 0;
        snprintf(s->dns.code, sizeof s->dns.code, "%s",
                 err.code == ERR_NOT_FOUND ? "dns-not-found" : "dns-failed");
        snprintf(s->dns.detail, sizeof s->dns.detail, "%.250s", err.text);
    } else {
        s->dns.ok = true;
        snprintf(s->dns.code, sizeof s->dns.code, "dns-ok");
        list_addresses(&s->dns, out, n);
    }
    s->dns.ms = clock_ms(o->clock) - begun_ms;
    return n;
}

/* ---- looks ---- */

static struct sstp_probe_options question(const struct survey_options *o,
                                          const struct survey_look *look)
{
    return (struct sstp_probe_options){.clock = o->clock,
                                       .addr = look->addr,
                                       .server_name = look->with_name ? o->host : NULL,
                                       .host = o->host,
                                       .timeout_ms = o->timeout_ms,
                                       .stage_ms = o->stage_ms,
                                       .grace_ms = o->grace_ms,
                                       .last = SSTP_STAGE_SSTP};
}

static void judge_leaf(struct survey_look *look, const struct survey_options *o)
{
    struct sstp_cert_wanted w = {.host = is_address(o->host) ? NULL : o->host,
                                 .pinned = o->expect_sha256,
                                 .now = clock_now(o->clock)};
    struct err err = {0};

    if (cert_chain_trusted(&look->probe.chain, o->ca_pem, o->ca_len, w.now, &err) != 0)
        w.untrusted = err.text;
    sstp_judge_cert(&look->probe.leaf, &w, &look->cert);
}

/* One connection, in a thread of its own: a listener that says nothing costs its time once. */
struct asking {
    const struct survey_options *o;
    struct survey_look *look; /* whose address and name */
    enum sstp_method method;  /* GET and HEAD: only the status counts */
    int status;
    struct os_thread *thread;
};

static void ask_status(void *user)
{
    struct asking *a = user;
    struct sstp_probe_options q = question(a->o, a->look);
    struct sstp_probe_result r;

    q.method = a->method;
    q.last = SSTP_STAGE_HTTP;
    sstp_probe(&r, &q);
    a->status = r.http_status;
    sstp_probe_clear(&r);
}

static void ask_without_name(void *user)
{
    struct asking *a = user;
    struct sstp_probe_options q = question(a->o, a->look);

    q.last = SSTP_STAGE_TLS;
    sstp_probe(&a->look->probe, &q);
}

/* Where no thread can be had, the work is done at once. */
static void start(struct os_thread **out, void (*work)(void *user), void *user)
{
    struct err ignored = {0};

    if (os_thread_start(out, work, user, &ignored) != 0)
        work(user);
}

/* What one address is asked. `beside` is used only when the name was sent. */
struct visit {
    const struct survey_options *o;
    struct survey_look look, beside;
    struct os_thread *thread;
};

static void look_at(void *user)
{
    struct visit *v = user;
    struct survey_look *look = &v->look;
    struct sstp_probe_options q = question(v->o, look);
    struct asking get = {v->o, look, SSTP_GET, 0, NULL}, head = {v->o, look, SSTP_HEAD, 0, NULL};
    struct asking plain = {v->o, &v->beside, SSTP_DUPLEX_POST, 0, NULL};

    sstp_probe(&look->probe, &q);
    if (!look->probe.has_leaf)
        return;
    start(&get.thread, ask_status, &get);
    start(&head.thread, ask_status, &head);
    if (look->with_name)
        ask_without_name(&plain);
    os_thread_join(get.thread);
    os_thread_join(head.thread);
    look->get_status = get.status;
    look->head_status = head.status;
}

static struct survey_look new_look(const struct net_addr *addr, bool with_name, bool beside)
{
    return (struct survey_look){.addr = *addr, .with_name = with_name, .beside = beside};
}

static void keep_look(struct survey *s, const struct survey_options *o,
                      const struct survey_look *look)
{
    struct survey_look *kept = &s->look[s->looks++];

    *kept = *look; /* what it owns goes with it */
    if (kept->probe.has_leaf)
        judge_leaf(kept, o);
}

/* All addresses side by side; told in their order. */
static void look_at_all(struct survey *s, const struct survey_options *o,
                        const struct net_addr *addr, size_t n)
{
    struct visit *v = calloc(n, sizeof *v);
    bool with_name = !o->no_sni && !is_address(o->host);
    char text[72], line[120];

    if (!v)
        return;
    net_addr_text(&addr[0], text);
    snprintf(line, sizeof line, "asking %s%s", text, n > 1 ? " and others" : "");
    progress(o, line);
    for (size_t i = 0; i < n; i++) {
        v[i] = (struct visit){.o = o,
                              .look = new_look(&addr[i], with_name, false),
                              .beside = new_look(&addr[i], false, true)};
        start(&v[i].thread, look_at, &v[i]);
    }
    for (size_t i = 0; i < n; i++) {
        os_thread_join(v[i].thread);
        keep_look(s, o, &v[i].look);
        if (with_name && v[i].look.probe.has_leaf)
            keep_look(s, o, &v[i].beside);
    }
    free(v);
}

static int reached(const struct survey_look *look)
{
    int stage = -1;

    for (int i = 0; i < SSTP_STAGES && look->probe.stage[i].ok; i++)
        stage = i;
    return look->beside ? -2 : stage;
}

static void choose_main(struct survey *s)
{
    for (size_t i = 1; i < s->looks; i++)
        if (reached(&s->look[i]) > reached(&s->look[s->main]))
            s->main = i;
}

/* ---- what the service holds ---- */

static void call_for_real(void *user, struct sstp_probe_result *out,
                          const struct sstp_probe_options *o)
{
    (void)user;
    sstp_probe(out, o);
}

static void find_held(struct survey *s, const struct survey_options *o)
{
    const struct survey_look *look = &s->look[s->main];
    struct sstp_probe_options call = question(o, look);
    struct held_question q = {.call = &call,
                              .leaf = &look->probe.leaf,
                              .claim = o->claim,
                              .claim_count = o->claim_count,
                              .probe = call_for_real,
                              .interrupted = o->interrupted};

    if (!look->probe.stage[SSTP_STAGE_SSTP].ok || !look->probe.has_leaf || stopped(o))
        return;
    s->withheld = o->account && !look->cert.ok;
    call.account = look->cert.ok ? o->account : NULL;
    call.account_only_for = look->probe.leaf.sha256;
    if (!call.account && !o->early)
        return;
    progress(o, call.account ? "calling with the account" : "calling without a logon");
    s->held_asked = true;
    held_find(&s->held, &q);
}

void survey_run(struct survey *out, const struct survey_options *o)
{
    struct net_addr addr[SURVEY_MAX_ADDRESSES];
    size_t n;

    memset(out, 0, sizeof *out);
    n = find_addresses(out, o, addr);
    if (n > 0 && !stopped(o))
        look_at_all(out, o, addr, n);
    choose_main(out);
    if (out->looks > 0)
        find_held(out, o);
    survey_judge(out, o);
}

void survey_clear(struct survey *s)
{
    for (size_t i = 0; i < s->looks; i++)
        sstp_probe_clear(&s->look[i].probe);
    held_clear(&s->held);
    memset(s, 0, sizeof *s);
}
