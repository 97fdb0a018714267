/* SPDX-License-Identifier: Apache-2.0 */
#include "sstp/ppp.h"
#include "test.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

static const uint8_t dice[PPP_RANDOM_BYTES] = {0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6,
                                               0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad,
                                               0xae, 0xaf, 0x11, 0x22, 0x33, 0x44};
static const struct ppp_account account = {"LAB\\probe", "secret", false};
static const struct ppp_account account_pap = {"LAB\\probe", "secret", true};

/* Conversations are tables in hex: what comes, what is answered ("" = nothing, two frames are
 * joined by a blank). FF 03 is left out on the way in now and then, which a peer may do. */
static const char first[] = "ff03c0210101000e01040ffb050611223344";

struct turn {
    const char *in, *out;
};

static void send_hex(struct ppp *p, const char *hex, struct ppp_frames *out)
{
    uint8_t frame[PPP_MAX_FRAME_BYTES];
    size_t len = strlen(hex) / 2;
    if (len > sizeof frame || !text_hex_decode(hex, frame, len))
        len = 0;
    ppp_take(p, frame, len, out);
}

static const char *frames_hex(struct test *t, const struct ppp_frames *out)
{
    char hex[PPP_MAX_FRAMES_OUT][2 * PPP_MAX_FRAME_BYTES + 1] = {"", ""};
    for (size_t i = 0; i < out->n; i++)
        text_hex(out->frame[i].bytes, out->frame[i].len, hex[i]);
    return test_text(t, "%s%s%s", hex[0], out->n > 1 ? " " : "", hex[1]);
}

static void talk(struct test *t, struct ppp *p, const struct ppp_account *who,
                 const struct turn *turns, size_t n)
{
    struct ppp_frames out = {0};
    struct err err = {0};
    REQUIRE(ppp_start(p, who, dice, &out, &err) == 0);
    CHECK_STR(frames_hex(t, &out), first);
    for (size_t i = 0; i < n; i++) {
        send_hex(p, turns[i].in, &out);
        if (!CHECK_STR(frames_hex(t, &out), turns[i].out))
            CHECK_INT(i, -1);
    }
}

#define TALK(who, turns) talk(t, &p, who, turns, sizeof(turns) / sizeof((turns)[0]))

/* As a Windows Server 2016 was seen to begin: EAP, callback, multilink, endpoint. */
static const struct turn windows_lcp[] = {
    {"ff03c0210100002701040ffb", ""}, /* longer than what is there */
    {"c021010000220104"
     "0ffb"
     "0304c227"
     "0506aabbccdd"
     "0d0306"
     "1104064e"
     "1309"
     "03001122334455",
     "ff03c02104000014"
     "0d0306"
     "1104064e"
     "1309"
     "03001122334455"},
    {"ff03c02101010012"
     "01040ffb"
     "0304c227"
     "0506aabbccdd",
     "ff03c02103010009"
     "0305c22381"},
    {"ff03c0210209000e01040ffb050611223344", ""}, /* to no request of ours */
    {"ff03c0210201000e"
     "01040ffb"
     "050611223344",
     ""},
    {"ff03c02101020013"
     "01040ffb"
     "0305c22381"
     "0506aabbccdd",
     "ff03c02102020013"
     "01040ffb"
     "0305c22381"
     "0506aabbccdd"},
};

/* The challenge of RFC 2759 9.2; the response follows from it, `dice` and the password. */
static const char challenge[] = "ff03c2230107001a105b5d7c7d7b3f2f3e3c2c60213226262852524153"
                                "30";

/* What the server computes from what we sent. */
static void success_frame(const struct ppp *p, char hex[200])
{
    char proof[MSCHAP2_PROOF_CHARS + 1];
    int n = snprintf(hex, 200, "ff03c2230307002e");
    mschap2_proof(&p->mschap2, p->response, proof);
    text_hex(proof, MSCHAP2_PROOF_CHARS, hex + n);
}

static void logon(struct test *t)
{
    struct ppp p = {0};
    struct ppp_frames out = {0};
    struct mschap2 server;
    uint8_t response[MSCHAP2_RESPONSE_BYTES], keys[MSCHAP2_KEYS_BYTES];
    struct err err = {0};
    char hex[200];

    TALK(&account, windows_lcp);
    CHECK_INT(p.state, PPP_AUTHENTICATING);
    CHECK_INT(p.method, PPP_METHOD_MSCHAP2);
    CHECK(!p.account_used);
    send_hex(&p, challenge, &out);
    REQUIRE(out.n == 1 && out.frame[0].len == 8 + 1 + 49 + strlen("LAB\\probe"));
    CHECK(p.account_used);
    CHECK_MEM(out.frame[0].bytes + 9, 16, dice, 16);
    CHECK_MEM(out.frame[0].bytes + 8 + 50, 9, "LAB\\probe", 9);
    /* The server knows the password, and the name without its domain. */
    server = p.mschap2;
    server.user = "probe";
    REQUIRE(mschap2_password_hash("secret", server.password_hash, &err) == 0);
    mschap2_response(&server, response);
    CHECK_MEM(out.frame[0].bytes + 9 + 24, 24, response, 24);
    send_hex(&p, challenge, &out); /* its retransmission gets the same answer */
    CHECK_INT(out.n, 1);
    CHECK_MEM(out.frame[0].bytes + 9 + 24, 24, response, 24);
    success_frame(&p, hex);
    send_hex(&p, hex, &out);
    CHECK_INT(p.state, PPP_AUTHENTICATED);
    mschap2_keys(&server, response, keys);
    CHECK_MEM(p.keys, sizeof p.keys, keys, sizeof keys);
    ppp_clear(&p);
}

static void ends_of_a_logon(struct test *t)
{
    static const struct {
        const char *in, *code, *why;
    } cases[] = {
        /* E=691 R=0 V=3 */
        {"ff03c22304070011453d36393120523d3020563d33", "auth-691", "user name or password"},
        {"ff03c22304070009453d363437", "auth-647", "disabled"},
        {"ff03c22304070009453d363439", "auth-649", "dial-in"},
        {"ff03c22304070004", "auth-refused", "refused the account"},
        {"ff03c2230307000c533d343037413535", "auth-server-proof", "does not know the password"},
        {"ff03c2230307002e533d343037413535383931313546443044363230394635313046453943303435363639333"
         "2"
         "434441353600",
         "auth-server-proof", "does not know"},
        {"ff03c02105090004", "auth-ended", "ended PPP"},
        /* another challenge is another logon */
        {"ff03c2230108001a115b5d7c7d7b3f2f3e3c2c6021322626285252415330", "auth-garbage", "form"},
        {"ff03c2230108001a105b5d7c7d7b3f2f3e3c2c6021322626285252415330", "auth-again", "second"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ppp p = {0};
        struct ppp_frames out = {0};
        TALK(&account, windows_lcp);
        send_hex(&p, challenge, &out);
        send_hex(&p, cases[i].in, &out);
        CHECK_INT(p.state, PPP_FAILED);
        CHECK_STR(p.code, cases[i].code);
        if (!CHECK(strstr(p.why, cases[i].why) != NULL))
            CHECK_STR(p.why, cases[i].why);
        ppp_clear(&p);
    }
}

static void answers_to_nothing(struct test *t)
{
    static const char *const frames[] = {
        "ff03c22303080030533d", /* success of another id */
        "ff03c02302010004",
        "ff03c02302020004",             /* PAP's yes, never agreed on */
        "ff0380210101000a030600000000", /* IPCP */
        "ff",
        "",
        "ff03c021",
    };
    struct ppp p = {0};
    struct ppp_frames out = {0};
    char hex[200];
    TALK(&account, windows_lcp);
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        send_hex(&p, frames[i], &out);
        CHECK_INT(out.n, 0);
        CHECK_INT(p.state, PPP_AUTHENTICATING);
    }
    success_frame(&p, hex); /* before the challenge was answered */
    send_hex(&p, hex, &out);
    CHECK_INT(p.state, PPP_AUTHENTICATING);
    ppp_clear(&p);
}

static void pap_where_allowed(struct test *t)
{
    static const struct turn turns[] = {
        {"ff03c0210201000e01040ffb050611223344", ""},
        {"ff03c021010000080304c023", "ff03c021020000080304c023 ff03c02301020015094c41425c70726f6265"
                                     "06736563726574"},
        {"ff03c0230202000500", ""},
    };
    static const uint8_t zeros[MSCHAP2_KEYS_BYTES];
    struct ppp p = {0};
    TALK(&account_pap, turns);
    CHECK_INT(p.state, PPP_AUTHENTICATED);
    CHECK_INT(p.method, PPP_METHOD_PAP);
    CHECK_MEM(p.keys, sizeof p.keys, zeros, sizeof zeros);
    ppp_clear(&p);
}

static void pap_refused(struct test *t)
{
    static const struct turn turns[] = {
        {"ff03c0210201000e01040ffb050611223344", ""},
        {"ff03c021010000080304c023", "ff03c021020000080304c023 ff03c02301020015094c41425c70726f6265"
                                     "06736563726574"},
        {"ff03c0230302000500", ""},
    };
    struct ppp p = {0};
    TALK(&account_pap, turns);
    CHECK_STR(p.code, "auth-refused");
    ppp_clear(&p);
}

/* A server that has only EAP, or only PAP where that is not allowed, is told what we can do four
 * times; the password is never used. */
static void insists(struct test *t)
{
    static const struct {
        const char *option, *why;
        bool pap;
        const char *last_nak;
    } cases[] = {
        {"0304c227", "EAP", false, "0305c22381"},
        {"0304c227", "EAP", true, "0304c023"},
        {"0304c023", "--pap", false, "0305c22381"},
        {"0305c22305", "other than MS-CHAPv2", false, "0305c22381"},
        {"03041234", "does not speak", false, "0305c22381"},
        {"0302", "does not speak", false, "0305c22381"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ppp p = {0};
        struct ppp_frames out = {0};
        struct err err = {0};
        const char *in = test_text(t, "ff03c021010100%02x%s", (int)strlen(cases[i].option) / 2 + 4,
                                   cases[i].option);
        REQUIRE(ppp_start(&p, cases[i].pap ? &account_pap : &account, dice, &out, &err) == 0);
        for (int turn = 0; turn < 4; turn++) {
            send_hex(&p, in, &out);
            CHECK_INT(out.n, 1);
        }
        CHECK(strstr(frames_hex(t, &out), cases[i].last_nak) != NULL);
        send_hex(&p, in, &out);
        CHECK_STR(p.code, "auth-method");
        CHECK(strstr(p.why, cases[i].why) != NULL);
        CHECK(!p.account_used);
        ppp_clear(&p);
    }
}

static void obeys_refusals(struct test *t)
{
    static const struct turn turns[] = {
        {"ff03c0210401000a", ""},                                     /* nonsense */
        {"ff03c0210409000a050611223344", ""},                         /* not our request */
        {"ff03c0210401000a050611223344", "ff03c0210102000801040ffb"}, /* no magic */
        {"ff03c02103020008010405dc", "ff03c02101030008010405dc"},     /* another MRU */
        {"ff03c02104030008010405dc", "ff03c02101040004"},             /* no MRU */
        {"ff03c0210905000811223344", "ff03c0210a05000800000000"},     /* echo */
        {"ff03c02102040004", ""},
        {"ff03c02101070004", "ff03c02102070004"}, /* nothing asked, not even a logon */
    };
    struct ppp p = {0};
    TALK(&account, turns);
    CHECK_INT(p.state, PPP_AUTHENTICATED);
    CHECK_INT(p.method, PPP_METHOD_NONE);
    CHECK(!p.account_used);
    CHECK_STR(ppp_method_name(p.method), "no authentication");
    ppp_clear(&p);
}

/* Until the account is used the server may come with other terms; the last ones count. */
static void other_terms(struct test *t)
{
    static const struct turn turns[] = {
        {"ff03c0210201000e01040ffb050611223344", ""},
        {"ff03c021010100090305c22381", "ff03c021020100090305c22381"},
        {"ff03c021010200080304c023",
         "ff03c021020200080304c023 ff03c02301020015094c41425c70726f626506736563726574"},
        {"ff03c021010300090305c22381", ""}, /* too late */
    };
    struct ppp p = {0};
    TALK(&account_pap, turns);
    CHECK_INT(p.method, PPP_METHOD_PAP);
    CHECK_INT(p.state, PPP_AUTHENTICATING);
    ppp_clear(&p);
}

static void comes_to_an_end(struct test *t)
{
    struct ppp p = {0};
    struct ppp_frames out = {0};
    struct err err = {0};
    int sent = 1;
    REQUIRE(ppp_start(&p, &account, dice, &out, &err) == 0);
    for (int i = 0; i < 100 && p.state != PPP_FAILED; i++) {
        send_hex(&p, test_text(t, "ff03c02103%02x0008010405%02x", p.id, i), &out);
        sent += (int)out.n;
    }
    CHECK_STR(p.code, "lcp-loop");
    CHECK_INT(sent, 10);
    REQUIRE(ppp_start(&p, &account, dice, &out, &err) == 0);
    for (int i = 0; i < 100 && p.state != PPP_FAILED; i++)
        send_hex(&p, "ff03c0210905000811223344", &out);
    CHECK_STR(p.code, "lcp-loop");
    REQUIRE(ppp_start(&p, &account, dice, &out, &err) == 0);
    for (int i = 0; i < 100 && p.state != PPP_FAILED; i++)
        ppp_again(&p, &out);
    CHECK_STR(p.code, "lcp-loop");
    ppp_clear(&p);
}

static void accounts(struct test *t)
{
    char long_text[300];
    struct ppp_account a = account;
    struct ppp p = {0};
    struct ppp_frames out = {0};
    struct err err = {0};
    memset(long_text, 'x', sizeof long_text);
    long_text[PPP_PAP_MAX_BYTES + 1] = '\0';
    a.user = "";
    CHECK_INT(ppp_start(&p, &a, dice, &out, &err), -1);
    err_clear(&err);
    a.user = long_text;
    CHECK_INT(ppp_start(&p, &a, dice, &out, &err), -1);
    err_clear(&err);
    a = account_pap;
    a.password = long_text;
    CHECK_INT(ppp_start(&p, &a, dice, &out, &err), -1);
    CHECK(strstr(err.text, "PAP") != NULL);
    a.pap = false;
    err_clear(&err);
    CHECK_INT(ppp_start(&p, &a, dice, &out, &err), 0);
    long_text[PPP_PAP_MAX_BYTES] = '\0';
    a = (struct ppp_account){long_text, long_text, true};
    CHECK_INT(ppp_start(&p, &a, dice, &out, &err), 0);
    ppp_clear(&p);
}

static void terminate(struct test *t)
{
    static const uint8_t request[] = {0xff, 3, 0xc0, 0x21, 5, 1, 0, 4};
    CHECK(ppp_is_terminate(request, sizeof request));
    CHECK(ppp_is_terminate(request + 2, sizeof request - 2));
    CHECK(!ppp_is_terminate(request, sizeof request - 1));
}

const struct test_case suite_ppp[] = {
    {"logon", logon},
    {"ends_of_a_logon", ends_of_a_logon},
    {"answers_to_nothing", answers_to_nothing},
    {"pap_where_allowed", pap_where_allowed},
    {"pap_refused", pap_refused},
    {"insists", insists},
    {"obeys_refusals", obeys_refusals},
    {"other_terms", other_terms},
    {"comes_to_an_end", comes_to_an_end},
    {"accounts", accounts},
    {"terminate", terminate},
    {NULL, NULL},
};
