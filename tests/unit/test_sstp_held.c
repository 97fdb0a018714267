/* SPDX-License-Identifier: Apache-2.0 */
#include "sstp/held.h"
#include "sstp/survey.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

/* Certificates are told apart by the first byte of their hashes. */
enum { SERVED = 0x10, OLD = 0x20, OLDER = 0x30, STRANGE = 0x40 };

enum early { JUDGES, TAKES_ALL, REFUSES_ALL, HANGS_UP, DROPS_WRONG };

/* A server as the calls see it. */
struct server {
    uint8_t holds;
    enum early early;
    bool blind;                   /* never looks at the binding */
    bool no_logon;                /* the account is refused */
    int logon_breaks_at;          /* the account is refused from this logon on; 0 = never */
    enum sstp_answer after_logon; /* instead of a judgement; SSTP_NOT_ASKED = judges */
    bool no_call;
    unsigned logons, early_calls;
};

static void stage(struct sstp_probe_result *r, enum sstp_stage at, bool ok, const char *code)
{
    r->stage[at].tried = true;
    r->stage[at].ok = ok;
    snprintf(r->stage[at].code, sizeof r->stage[at].code, "%s", code);
}

static void probe(void *user, struct sstp_probe_result *out, const struct sstp_probe_options *o)
{
    struct server *s = user;
    uint8_t claimed = o->claim ? o->claim->sha256[0] : SERVED;
    bool right = s->blind || claimed == s->holds;

    memset(out, 0, sizeof *out);
    stage(out, SSTP_STAGE_SSTP, !s->no_call, s->no_call ? "sstp-nak" : "sstp-ok");
    if (s->no_call)
        return;
    if (o->early) {
        s->early_calls++;
        bool dropped = s->early == HANGS_UP || (s->early == DROPS_WRONG && !right);
        bool refused = s->early == REFUSES_ALL || (s->early == JUDGES && !right);
        out->answer = dropped ? SSTP_UNPROVEN : refused ? SSTP_REFUSED : SSTP_ACCEPTED;
        return;
    }
    out->logged_on = true;
    s->logons++;
    bool known = !s->no_logon && !(s->logon_breaks_at && (int)s->logons >= s->logon_breaks_at);
    stage(out, SSTP_STAGE_AUTH, known, known ? "auth-ok" : "auth-691");
    if (!known)
        return;
    out->answer = s->after_logon ? s->after_logon : right ? SSTP_ACCEPTED : SSTP_REFUSED;
    stage(out, SSTP_STAGE_BINDING, out->answer == SSTP_ACCEPTED, "binding-told");
}

static const struct ppp_account account = {"probe", "secret", false};

/* What is learnt, and what it costs in logons. */
static void verdicts(struct test *t)
{
    static const struct {
        const char *what;
        struct server server;
        bool account;
        bool claims;
        enum held_verdict want;
        unsigned logons;
        bool without_logon;
    } cases[] = {
        /* judged early, as some servers do: one logon at most */
        {"right, early", {.holds = SERVED}, false, false, HELD_SERVED, 0, true},
        {"right, early, account", {.holds = SERVED}, true, true, HELD_SERVED, 1, false},
        {"stale, early", {.holds = OLD}, false, false, HELD_UNKNOWN, 0, false},
        {"stale, early, claims", {.holds = OLD}, false, true, HELD_OTHER, 0, true},
        {"stale, early, claims, account", {.holds = OLD}, true, true, HELD_OTHER, 1, false},
        {"strange, early, claims", {.holds = STRANGE}, false, true, HELD_UNKNOWN, 0, false},
        {"early proof stays when the account is wrong",
         {.holds = SERVED, .no_logon = true},
         true,
         false,
         HELD_SERVED,
         1,
         true},
        /* judged after the logon: the control costs a second one */
        {"right", {.holds = SERVED, .early = TAKES_ALL}, true, true, HELD_SERVED, 2, false},
        {"right", {.holds = SERVED, .early = REFUSES_ALL}, true, true, HELD_SERVED, 2, false},
        {"right", {.holds = SERVED, .early = HANGS_UP}, true, true, HELD_SERVED, 2, false},
        {"no account", {.holds = SERVED, .early = TAKES_ALL}, false, true, HELD_UNKNOWN, 0, false},
        {"no account", {.holds = OLD, .early = REFUSES_ALL}, false, true, HELD_UNKNOWN, 0, false},
        {"stale", {.holds = OLD, .early = TAKES_ALL}, true, false, HELD_NOT_THIS, 1, false},
        {"stale, second claim",
         {.holds = OLDER, .early = TAKES_ALL},
         true,
         true,
         HELD_OTHER,
         3,
         false},
        {"strange", {.holds = STRANGE, .early = TAKES_ALL}, true, true, HELD_NOT_THIS, 3, false},
        {"blind", {.blind = true}, true, true, HELD_ANY, 2, false},
        /* a logon that fails is the last one */
        {"wrong password",
         {.holds = SERVED, .early = TAKES_ALL, .no_logon = true},
         true,
         true,
         HELD_NO_LOGON,
         1,
         false},
        {"locked at the control",
         {.holds = SERVED, .early = TAKES_ALL, .logon_breaks_at = 2},
         true,
         true,
         HELD_ACCEPTED,
         2,
         false},
        {"locked at a claim",
         {.holds = OLDER, .early = TAKES_ALL, .logon_breaks_at = 2},
         true,
         true,
         HELD_NOT_THIS,
         2,
         false},
        {"ended by a policy",
         {.holds = SERVED, .early = TAKES_ALL, .after_logon = SSTP_ENDED},
         true,
         true,
         HELD_UNKNOWN,
         1,
         false},
        {"closed without a word",
         {.holds = SERVED, .early = TAKES_ALL, .after_logon = SSTP_UNPROVEN},
         true,
         true,
         HELD_UNKNOWN,
         1,
         false},
        {"a wrong hash that is hung up on is no refusal",
         {.holds = SERVED, .early = DROPS_WRONG},
         false,
         true,
         HELD_UNKNOWN,
         0,
         false},
        {"no call at all", {.no_call = true}, false, true, HELD_UNKNOWN, 0, false},
    };
    struct cert_info leaf = {.sha256 = {SERVED}, .sha1 = {SERVED}};
    struct sstp_claim claims[] = {{.has_sha256 = true, .sha256 = {OLD}, .label = "old.pem"},
                                  {.has_sha256 = true, .sha256 = {OLDER}, .label = "older.pem"}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct server server = cases[i].server;
        struct sstp_probe_options call = {.account = cases[i].account ? &account : NULL};
        struct held_question q = {.call = &call,
                                  .leaf = &leaf,
                                  .claim = claims,
                                  .claim_count = cases[i].claims ? 2 : 0,
                                  .probe = probe,
                                  .user = &server};
        struct held h;
        held_find(&h, &q);
        if (!CHECK_INT(h.verdict, cases[i].want) || !CHECK_INT(server.logons, cases[i].logons) ||
            !CHECK_INT(h.without_logon, cases[i].without_logon))
            CHECK_STR(cases[i].what, "");
        CHECK_INT(h.logons, server.logons);
        if (h.verdict == HELD_OTHER)
            CHECK_INT(claims[h.which].sha256[0], server.holds);
        held_clear(&h);
    }
}

static bool at_once(void)
{
    return true;
}

static void stops_when_interrupted(struct test *t)
{
    struct cert_info leaf = {.sha256 = {SERVED}};
    struct server server = {.holds = SERVED, .early = TAKES_ALL};
    struct sstp_probe_options call = {.account = &account};
    struct held_question q = {
        .call = &call, .leaf = &leaf, .probe = probe, .user = &server, .interrupted = at_once};
    struct held h;
    held_find(&h, &q);
    CHECK_INT(server.logons, 0);
    CHECK_INT(server.early_calls, 1);
    held_clear(&h);
}

/* ---- the certificate ---- */

static void certificates(struct test *t)
{
    enum { NOW = 1700000000, DAY = 86400 };
    static const uint8_t other[SHA256_BYTES] = {9}, pin[SHA256_BYTES] = {1};
    static char name[] = "vpn.example.com";
    char *names[] = {name};
    const struct {
        const char *host;
        const uint8_t *pinned;
        const char *untrusted;
        int64_t not_before, not_after;
        bool no_eku;
        const char *code, *finding;
    } cases[] = {
        {"vpn.example.com", NULL, NULL, 0, NOW + 30 * DAY, false, "cert-ok", "30 days left"},
        {"vpn.example.com", NULL, NULL, 0, NOW - 1, false, "cert-time", "expired on 2023-11-14"},
        {"vpn.example.com", NULL, NULL, NOW + 1, NOW + DAY, false, "cert-time", "not valid before"},
        {"www.example.com", NULL, NULL, 0, NOW + DAY, false, "cert-name",
         "but for vpn.example.com"},
        {NULL, NULL, NULL, 0, NOW + DAY, false, "cert-name", "dialled by address"},
        {"vpn.example.com", NULL, NULL, 0, NOW + DAY, true, "cert-eku", "server authentication"},
        {"vpn.example.com", NULL, "no root", 0, NOW + DAY, false, "cert-chain", "no root"},
        /* the pin decides alone */
        {"www.example.com", pin, "no root", 0, NOW - DAY, true, "cert-ok", "expected, -2 days"},
        {"vpn.example.com", other, NULL, 0, NOW + DAY, false, "cert-other", "expected"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cert_info leaf = {.sha256 = {1},
                                 .not_before = cases[i].not_before,
                                 .not_after = cases[i].not_after,
                                 .names = names,
                                 .name_count = 1,
                                 .server_auth = !cases[i].no_eku};
        struct sstp_cert_wanted w = {cases[i].host, cases[i].pinned, cases[i].untrusted, NOW};
        struct sstp_cert_judgement j;
        sstp_judge_cert(&leaf, &w, &j);
        CHECK_STR(j.code, cases[i].code);
        if (!CHECK(strstr(j.finding, cases[i].finding) != NULL))
            CHECK_STR(j.finding, cases[i].finding);
        CHECK_INT(j.ok, strcmp(j.code, "cert-ok") == 0);
    }
}

/* ---- the verdict ---- */

static void seen(struct survey *s, enum sstp_stage last, const char *trouble)
{
    struct survey_look *look = &s->look[s->looks++];
    for (int i = 0; i <= (int)last; i++)
        stage(&look->probe, (enum sstp_stage)i, true, "ok");
    if (trouble)
        stage(&look->probe, (enum sstp_stage)(last + 1), false, trouble);
    look->probe.has_leaf = last >= SSTP_STAGE_TLS;
    look->cert.ok = true;
}

static void says_what_was_proved(struct test *t)
{
    struct survey_options o = {.account = NULL};
    struct survey s = {.looks = 0};

    survey_judge(&s, &o); /* interrupted before anything */
    CHECK_STR(s.verdict, "Nothing was proved.");
    seen(&s, SSTP_STAGE_TLS, "http-404");
    survey_judge(&s, &o);
    CHECK(s.failed);
    CHECK_STR(s.trouble, "http-404");
    CHECK_STR(s.verdict, "Proved: listener alive. Failed: http-404.");

    s = (struct survey){.looks = 0};
    seen(&s, SSTP_STAGE_SSTP, NULL);
    survey_judge(&s, &o);
    CHECK(!s.failed);
    CHECK_INT(s.proved, PROVED_LISTENER | PROVED_CALLS);
    CHECK_STR(s.verdict, "Proved: listener alive, SSTP answers. Not proved: that the running "
                         "service accepts the hash of this certificate (that takes --user, or "
                         "--early-binding).");
    seen(&s, SSTP_STAGE_TCP, "tls-reset"); /* the other family */
    survey_judge(&s, &o);
    CHECK(s.failed);
    CHECK_STR(s.trouble, "tls-reset");
    s.looks = 1;
    s.look[1] = (struct survey_look){.probe.unreachable = true}; /* no IPv6 here */
    stage(&s.look[1].probe, SSTP_STAGE_TCP, false, "tcp-unreachable");
    s.looks = 2;
    survey_judge(&s, &o);
    CHECK(!s.failed);
    s.look[0].cert.ok = false;
    snprintf(s.look[0].cert.code, sizeof s.look[0].cert.code, "cert-time");
    s.withheld = true;
    o.account = &account;
    survey_judge(&s, &o);
    CHECK_STR(s.trouble, "cert-time");
    CHECK(strstr(s.verdict, "The account was not used") != NULL);
}

static void says_what_is_held(struct test *t)
{
    static const struct {
        enum held_verdict verdict;
        bool failed;
        unsigned proved;
        const char *words;
    } cases[] = {
        {HELD_SERVED, false, PROVED_HASH,
         "hash accepted by the running service (control refused)."},
        {HELD_OTHER, true, 0, "hash of another certificate: old.pem."},
        {HELD_NOT_THIS, true, 0, "--claim"},
        {HELD_ANY, false, 0, "acceptance proves nothing"},
        {HELD_ACCEPTED, false, 0, "proves little"},
        {HELD_NO_LOGON, false, 0, "nobody could log on"},
        {HELD_UNKNOWN, false, 0, "Only --user can tell"},
    };
    struct sstp_claim claim = {.label = "old.pem"};
    struct survey_options o = {.claim = &claim, .claim_count = 1};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct survey s = {.held_asked = true, .held.verdict = cases[i].verdict};
        seen(&s, SSTP_STAGE_SSTP, NULL);
        survey_judge(&s, &o);
        CHECK_INT(s.failed, cases[i].failed);
        CHECK_INT(s.proved & PROVED_HASH, cases[i].proved);
        if (!CHECK(strstr(s.verdict, cases[i].words) != NULL))
            CHECK_STR(s.verdict, cases[i].words);
    }
    struct survey early = {.held_asked = true, .held = {HELD_SERVED, .without_logon = true}};
    seen(&early, SSTP_STAGE_SSTP, NULL);
    survey_judge(&early, &o);
    CHECK(strstr(early.verdict, "right one not refused, wrong one refused") != NULL);
    early.held = (struct held){.early_right = SSTP_REFUSED, .early_wrong = SSTP_REFUSED};
    survey_judge(&early, &o);
    CHECK(strstr(early.verdict, "both refused") != NULL);
    CHECK(!early.failed);
    CHECK_STR(survey_proof_name(PROVED_HASH), "hash");
    CHECK(sstp_code_meaning("tls-reset") != NULL);
    CHECK(sstp_code_meaning("tcp-ok") == NULL);
}

const struct test_case suite_sstp_held[] = {
    {"verdicts", verdicts},
    {"stops_when_interrupted", stops_when_interrupted},
    {"certificates", certificates},
    {"says_what_was_proved", says_what_was_proved},
    {"says_what_is_held", says_what_is_held},
    {NULL, NULL},
};
