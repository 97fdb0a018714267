/* SPDX-License-Identifier: Apache-2.0 */
/* The prober against the simulated SSTP server, over TLS on loopback: each way a call can end. */
#include "pki.h"
#include "sstp/survey.h"
#include "test.h"
#include "text.h"
#include "tls_server.h"

#include "tests/sim/sim_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLENTY_MS = 30 * 1000, SHORT_MS = 1000, GRACE_MS = 60 };

static const char uri[] = "/sra_{BA195980-CD49-458b-9E23-C84EE0ADCD75}/";

struct world {
    struct key *key;
    struct cert_chain chain;
    struct cert_info leaf;
    struct tls_server *server;
    struct sim_sstp_settings settings;
    atomic_uint calls;
    int disconnects; /* orderly ends that the server has seen */
};

/* ---- the server ---- */

static int receive(void *user, void *buf, size_t size, int64_t wait_ms)
{
    int got = tls_conn_read(user, buf, size);
    (void)wait_ms; /* its timers have tests of their own */
    return got > 0 ? got : 0;
}

static bool transmit(void *user, const void *bytes, size_t n)
{
    return tls_conn_write(user, bytes, n);
}

static int64_t no_time(void *user)
{
    (void)user;
    return 0;
}

static void serve(void *user, struct tls_conn *c)
{
    struct world *w = user;
    const struct sim_line line = {c, receive, transmit, no_time};
    struct sim_session_report report;
    sim_session(&line, uri, &w->settings, &w->calls, &report);
    w->disconnects += report.disconnected;
}

static void world_make(struct test *t, struct world *w)
{
    static const char *const names[] = {"vpn.example.com"};
    struct err err = {0};
    *w = (struct world){.key = pki_key(KEY_EC256)};
    CHECK_INT(cert_self_signed(w->key, names, 1, clock_now(&os_clock) - 60,
                               clock_now(&os_clock) + 30 * 86400 + 60, &w->chain, &err),
              0);
    CHECK_INT(cert_info_read(&w->leaf, w->chain.cert[0].der, w->chain.cert[0].len, &err), 0);
    w->server = tls_server_start(
        &(struct tls_server_spec){.key = w->key, .chain = &w->chain, .serve = serve, .user = w});
}

static void world_clear(struct world *w)
{
    tls_server_stop(w->server);
    cert_info_clear(&w->leaf);
    cert_chain_clear(&w->chain);
    key_free(w->key);
}

static void set_up(struct test *t, struct world *w, const char *words)
{
    char bad[64] = "";
    sim_sstp_settings_default(&w->settings);
    w->settings.hash_mask = SIM_SSTP_SHA256 | SIM_SSTP_SHA1;
    memcpy(w->settings.sha256, w->leaf.sha256, sizeof w->settings.sha256);
    memcpy(w->settings.sha1, w->leaf.sha1, sizeof w->settings.sha1);
    CHECK(sim_sstp_settings_parse(&w->settings, words, bad));
    CHECK_STR(bad, "");
}

static struct sstp_probe_options question(const struct world *w)
{
    return (struct sstp_probe_options){
        .clock = &os_clock,
        .addr = {.family = 4, .ip = {127, 0, 0, 1}, .port = tls_server_port(w->server)},
        .server_name = "vpn.example.com",
        .host = "vpn.example.com",
        .timeout_ms = PLENTY_MS,
        .grace_ms = GRACE_MS,
        .account_only_for = w->leaf.sha256,
        .last = SSTP_STAGE_BINDING};
}

static const struct ppp_account good = {"LAB\\probe", "secret", false};
static const struct ppp_account good_pap = {"probe", "secret", true};
static const struct ppp_account wrong = {"probe", "Secret", false};

/* The code of the first stage that fails, or of the last one. */
static const char *end_of(const struct sstp_probe_result *r)
{
    const struct sstp_stage_result *s = sstp_probe_failed(r);
    for (int i = SSTP_STAGES - 1; s == NULL && i >= 0; i--)
        if (r->stage[i].tried)
            s = &r->stage[i];
    return s != NULL ? s->code : "";
}

/* Each fault of the server, and what the probe says. */
static void every_end(struct test *t)
{
    static const struct {
        const char *words;
        const struct ppp_account *account;
        const char *code;
        enum sstp_answer answer;
        bool logged_on, orderly;
        int64_t timeout_ms;
    } cases[] = {
        {"", &good, "binding-accepted", SSTP_ACCEPTED, true, true, 0},
        {"auth=pap", &good_pap, "binding-accepted", SSTP_ACCEPTED, true, true, 0},
        {"auth=eap,pap", &good_pap, "binding-accepted", SSTP_ACCEPTED, true, true, 0},
        {"auth=mschap2,pap", &good_pap, "binding-accepted", SSTP_ACCEPTED, true, true, 0},
        {"fault=mask-sha1", &good, "binding-accepted", SSTP_ACCEPTED, true, true, 0},
        {"fault=verify-nothing", &good, "binding-accepted", SSTP_ACCEPTED, true, true, 0},
        {"fault=hash-stale", &good, "binding-refused", SSTP_REFUSED, true, false, 0},
        {"fault=hash-stale", &good_pap, "binding-refused", SSTP_REFUSED, true, false, 0},
        {"fault=binding-close", &good, "binding-closed", SSTP_UNPROVEN, true, false, 0},
        {"fault=binding-disconnect", &good, "binding-ended", SSTP_ENDED, true, false, 0},
        {"fault=binding-terminate", &good, "binding-ended", SSTP_ENDED, true, true, 0},
        {"fault=binding-mute", &good, "binding-timeout", SSTP_UNPROVEN, true, true, SHORT_MS},
        {"", &wrong, "auth-691", SSTP_NOT_ASKED, true, true, 0},
        {"fault=chap-649", &good, "auth-649", SSTP_NOT_ASKED, true, true, 0},
        {"fault=chap-proof", &good, "auth-server-proof", SSTP_NOT_ASKED, true, true, 0},
        {"fault=auth-close", &good, "auth-closed", SSTP_NOT_ASKED, true, false, 0},
        {"fault=eap-only", &good, "auth-method", SSTP_NOT_ASKED, false, true, 0},
        {"auth=pap", &good, "auth-method", SSTP_NOT_ASKED, false, true, 0},
        {"fault=lcp-nak", &good, "lcp-loop", SSTP_NOT_ASKED, false, true, 0},
        {"fault=lcp-terminate", &good, "auth-ended", SSTP_NOT_ASKED, false, true, 0},
        {"fault=lcp-mute", &good, "lcp-timeout", SSTP_NOT_ASKED, false, true, SHORT_MS},
        {"fault=nak", &good, "sstp-nak", SSTP_NOT_ASKED, false, true, 0},
        {"fault=abort", &good, "sstp-abort", SSTP_NOT_ASKED, false, false, 0},
        {"fault=mask-0", &good, "sstp-nohash", SSTP_NOT_ASKED, false, true, 0},
        {"fault=ack-wrong", &good, "sstp-nohash", SSTP_NOT_ASKED, false, true, 0},
        {"fault=ack-garbage", &good, "sstp-garbage", SSTP_NOT_ASKED, false, true, 0},
        {"fault=ack-close", &good, "sstp-closed", SSTP_NOT_ASKED, false, false, 0},
        {"fault=http-404", &good, "http-404", SSTP_NOT_ASKED, false, false, 0},
        {"fault=http-407", &good, "http-407", SSTP_NOT_ASKED, false, false, 0},
        {"fault=http-1.0", &good, "http-version", SSTP_NOT_ASKED, false, false, 0},
        {"fault=http-garbage", &good, "http-garbage", SSTP_NOT_ASKED, false, false, 0},
        {"fault=http-close", &good, "http-closed", SSTP_NOT_ASKED, false, false, 0},
        {"fault=http-empty", &good, "http-other", SSTP_NOT_ASKED, false, false, 0},
        {"fault=http-mute", &good, "http-timeout", SSTP_NOT_ASKED, false, false, SHORT_MS},
    };
    struct world w;
    int orderly = 0;
    world_make(t, &w);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sstp_probe_options o = question(&w);
        struct sstp_probe_result r;
        set_up(t, &w, cases[i].words);
        orderly += cases[i].orderly;
        o.account = cases[i].account;
        if (cases[i].timeout_ms)
            o.timeout_ms = cases[i].timeout_ms;
        sstp_probe(&r, &o);
        if (!CHECK_STR(end_of(&r), cases[i].code) || !CHECK_INT(r.answer, cases[i].answer) ||
            !CHECK_INT(r.logged_on, cases[i].logged_on))
            CHECK_STR(cases[i].words, "");
        sstp_probe_clear(&r);
    }
    world_clear(&w); /* the server is at its end: it has counted */
    CHECK_INT(w.disconnects, orderly);
}

/* The account is for the server whose certificate was judged, and for no other. */
static void withholds_the_account(struct test *t)
{
    static const uint8_t other[SHA256_BYTES] = {1};
    struct world w;
    struct sstp_probe_result r;
    world_make(t, &w);
    set_up(t, &w, "");
    struct sstp_probe_options o = question(&w);
    o.account = &good_pap;
    o.account_only_for = other;
    sstp_probe(&r, &o);
    CHECK_STR(end_of(&r), "auth-withheld");
    CHECK(!r.logged_on && !r.stage[SSTP_STAGE_LCP].tried);
    sstp_probe_clear(&r);
    o.account_only_for = NULL;
    sstp_probe(&r, &o);
    CHECK_STR(end_of(&r), "auth-withheld");
    sstp_probe_clear(&r);
    world_clear(&w);
}

static void claims_and_early_calls(struct test *t)
{
    static const struct {
        const char *words;
        bool right;
        bool early;
        enum sstp_answer answer;
    } cases[] = {
        {"", true, false, SSTP_ACCEPTED},
        {"", false, false, SSTP_REFUSED},
        {"fault=verify-nothing", false, false, SSTP_ACCEPTED},
        {"fault=mask-sha1", false, false, SSTP_REFUSED},
        {"early=judge", true, true, SSTP_ACCEPTED},
        {"early=judge", false, true, SSTP_REFUSED},
        {"early=refuse", true, true, SSTP_REFUSED},
    };
    struct world w;
    world_make(t, &w);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sstp_probe_options o = question(&w);
        struct sstp_claim claim = {.has_sha1 = true, .has_sha256 = true};
        struct sstp_probe_result r;
        set_up(t, &w, cases[i].words);
        memcpy(claim.sha256, w.leaf.sha256, sizeof claim.sha256);
        memcpy(claim.sha1, w.leaf.sha1, sizeof claim.sha1);
        claim.sha256[5] ^= !cases[i].right;
        claim.sha1[5] ^= !cases[i].right;
        o.claim = &claim;
        o.early = cases[i].early;
        o.account = cases[i].early ? NULL : &good;
        sstp_probe(&r, &o);
        if (!CHECK_INT(r.answer, cases[i].answer))
            CHECK_STR(end_of(&r), cases[i].words);
        CHECK_INT(r.logged_on, !cases[i].early);
        sstp_probe_clear(&r);
    }
    struct sstp_probe_options o = question(&w); /* only the other kind of hash is known */
    struct sstp_claim sha1 = {.has_sha1 = true};
    struct sstp_probe_result r;
    set_up(t, &w, "");
    o.claim = &sha1;
    o.account = &good;
    sstp_probe(&r, &o);
    CHECK_STR(end_of(&r), "binding-garbage");
    sstp_probe_clear(&r);
    world_clear(&w);
}

/* ---- the survey ---- */

static void surveys(struct test *t)
{
    static const struct {
        const char *words;
        bool account, pinned, early;
        bool failed;
        unsigned proved;
        unsigned logons;
        const char *trouble, *verdict;
    } cases[] = {
        {"", false, true, false, false, 3, 0, "", "takes --user"},
        {"early=judge", true, true, false, false, 15, 1, "", "control refused"},
        {"early=refuse", true, true, false, false, 15, 2, "", "control refused"},
        {"fault=hash-stale early=refuse", true, true, false, true, 7, 1, "binding-refused",
         "another certificate than the one it serves"},
        {"fault=verify-nothing", true, true, false, false, 7, 2, "", "proves nothing"},
        {"early=judge", false, true, true, false, 11, 0, "", "right one not refused"},
        {"early=judge", true, false, false, true, 3, 0, "cert-chain", "The account was not used"},
        {"fault=chap-647 early=refuse", true, true, false, true, 3, 1, "auth-647", "is open"},
        {"fault=http-503", true, true, false, true, 1, 0, "http-503", "listener alive"},
    };
    struct world w;
    world_make(t, &w);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct net_addr addr = question(&w).addr;
        struct survey *s = calloc(1, sizeof *s);
        struct survey_options o = {.clock = &os_clock,
                                   .host = "vpn.example.com",
                                   .port = addr.port,
                                   .address = &addr,
                                   .timeout_ms = PLENTY_MS,
                                   .grace_ms = GRACE_MS,
                                   .expect_sha256 = cases[i].pinned ? w.leaf.sha256 : NULL,
                                   .account = cases[i].account ? &good : NULL,
                                   .early = cases[i].early};
        REQUIRE(s != NULL);
        set_up(t, &w, cases[i].words);
        survey_run(s, &o);
        if (!CHECK_INT(s->failed, cases[i].failed) || !CHECK_INT(s->proved, cases[i].proved) ||
            !CHECK_INT(s->held.logons, cases[i].logons) ||
            !CHECK(strstr(s->verdict, cases[i].verdict) != NULL))
            CHECK_STR(s->verdict, cases[i].words);
        CHECK_STR(s->trouble, cases[i].trouble);
        CHECK_INT(s->looks, 2);
        if (cases[i].words[0] == '\0') {
            CHECK_INT(s->look[0].get_status, 401);
            CHECK_INT(s->look[0].head_status, 401);
            CHECK(s->look[0].with_name && !s->look[1].with_name && s->look[1].beside);
        }
        survey_clear(s);
        free(s);
    }
    world_clear(&w);
}

const struct test_case suite_sstp_probe[] = {
    {"every_end", every_end},
    {"withholds_the_account", withholds_the_account},
    {"claims_and_early_calls", claims_and_early_calls},
    {"surveys", surveys},
    {NULL, NULL},
};
