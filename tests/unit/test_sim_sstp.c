/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated listener: HTTP answers and the server's side of an SSTP call (MS-SSTP 3.3), rule by
 * rule. */
#include "sim_talk.h"
#include "tests/sim/sim_http.h"

#include <string.h>

#define URI "/sra_{BA195980-CD49-458b-9E23-C84EE0ADCD75}/"
#define BIG "Content-Length: 18446744073709551615\r\n"

static void answers_requests(struct test *t)
{
    static const struct {
        const char *head;
        int status;
    } rows[] = {
        {"SSTP_DUPLEX_POST " URI " HTTP/1.1\r\nHost: x\r\n" BIG "\r\n", 200},
        {"SSTP_DUPLEX_POST " URI
         " HTTP/1.1\r\nhost: x\r\ncontent-length:18446744073709551615\r\n\r\n",
         200},
        {"GET " URI " HTTP/1.1\r\nHost: x\r\n\r\n", 401},
        {"HEAD " URI " HTTP/1.1\r\nHost: x\r\n\r\n", 401},
        {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 404},
        {"SSTP_DUPLEX_POST / HTTP/1.1\r\nHost: x\r\n" BIG "\r\n", 404},
        {"SSTP_DUPLEX_POST " URI " HTTP/1.1\r\nHost: x\r\n\r\n", 411},
        {"SSTP_DUPLEX_POST " URI " HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n", 400},
        {"GET " URI " HTTP/1.1\r\n\r\n", 400},
        {"GET\r\n\r\n", 400},
        {"GET / HTTP/2.0\r\n\r\n", 505},
        {"\r\n\r\n", 400},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK_INT(sim_http_judge(rows[i].head, URI), rows[i].status);
        CHECK_INT(sim_http_head(rows[i].head, strlen(rows[i].head)), strlen(rows[i].head));
        CHECK_INT(sim_http_head(rows[i].head, strlen(rows[i].head) - 1), 0);
    }
    CHECK_INT(sim_http_judge(rows[2].head, NULL), 404);
}

static void takes_a_call_to_its_end(struct test *t)
{
    static const char *const auth[] = {"mschap2", "pap"};
    for (size_t i = 0; i < 2; i++) {
        struct talk k;
        talk_begin(&k, t, "");
        talk_authenticate(&k, auth[i]);
        CHECK_STR(talk_connected(&k, 0, 0), "");
        CHECK(k.call.accepted);
        CHECK_STR(talk_send(&k, TALK_ECHO), "ECHOED");
        CHECK_STR(talk_ppp(&k, "8021 01 05 000a 030600000000"), "IPCP3"); /* take another address */
        CHECK_STR(talk_ppp(&k, "8021 01 06 000a 0306c0000202"), "IPCP2");
        CHECK_STR(talk_send(&k, TALK_DISCONNECT), "DISCONNECT_ACK");
        CHECK_STR(talk_send(&k, TALK_ECHO), ""); /* deaf from here on */
        CHECK_STR(talk_wait(&k, 999), "");
        CHECK_STR(talk_wait(&k, 1), "closed");
        CHECK_INT(k.call.ppp.attempts, 1);
    }
}

/* 3.3.5.2.3: nonce, certificate hash, hash type, compound MAC; one status for all. */
static void refuses_each_wrong_binding(struct test *t)
{
    static const struct {
        const char *words, *auth;
        size_t at;
        uint8_t change;
    } rows[] = {
        {"", "mschap2", 16, 1},
        {"", "mschap2", 47, 0x80},
        {"", "mschap2", 48, 1},
        {"", "mschap2", 79, 1},
        {"", "mschap2", 80, 1},
        {"", "mschap2", 111, 1},
        {"", "pap", 80, 1},
        {"", "mschap2", 15, 3},            /* SHA-1: not offered */
        {"", "mschap2", 15, 2},            /* no type */
        {"", "mschap2", 15, 1},            /* both */
        {"fault=mask-sha1", "pap", 68, 1}, /* SHA-1: its padding is compared, too */
        {"fault=mask-sha1", "pap", 100, 1},
        {"fault=hash-stale", "pap", 0, 0},
        {"sha256=0000000000000000000000000000000000000000000000000000000000000001", "pap", 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct talk k;
        talk_begin(&k, t, rows[i].words);
        talk_authenticate(&k, rows[i].auth);
        CHECK_STR(talk_connected(&k, rows[i].at, rows[i].change), "ABORT(3:4)");
        CHECK(!k.call.accepted);
        CHECK_STR(talk_send(&k, TALK_ECHO), "");
        CHECK_STR(talk_send(&k, TALK_ABORT), "");
        CHECK_STR(talk_wait(&k, 1000), "closed");
    }
}

static void takes_sha1_when_it_is_offered(struct test *t)
{
    struct talk k;
    talk_begin(&k, t, "fault=mask-sha1");
    talk_authenticate(&k, "pap");
    CHECK_STR(talk_connected(&k, 0, 0), "");
    CHECK_STR(talk_send(&k, TALK_ECHO), "ECHOED");
}

/* The attribute is not there, has another length, or a STATUS_INFO tells of trouble. */
static void refuses_a_connected_message_without_a_binding(struct test *t)
{
    static const char *const rows[] = {
        "10010008 0004 0000",
        "1001000c 0004 0001 00030004",
        "10010014 0004 0001 0002000c 00000002 00000004",
        "1001000e 0004 0001 00010006 0001",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct talk k;
        talk_begin(&k, t, "");
        talk_authenticate(&k, "pap");
        CHECK_STR(talk_send(&k, rows[i]), "ABORT(2:9)");
    }
}

static void judges_an_early_binding_as_it_is_told(struct test *t)
{
    struct talk k;
    talk_begin(&k, t, "");
    talk_link(&k, "pap");
    CHECK_STR(talk_connected(&k, 0, 0), "ABORT(3:4)");
    talk_begin(&k, t, "early=judge");
    talk_link(&k, "pap");
    CHECK_STR(talk_connected(&k, 50, 1), "ABORT(3:4)");
    talk_begin(&k, t, "early=judge");
    talk_link(&k, "pap");
    CHECK_STR(talk_connected(&k, 0, 0), "");
    CHECK(!k.call.accepted);
    CHECK_STR(talk_ppp(&k, "c023 01 01 0011 0570726f6265 06736563726574"), "PAP2 IPCP1");
    CHECK(k.call.accepted);
    talk_begin(&k, t, "early=judge");
    talk_link(&k, "pap");
    CHECK_STR(talk_connected(&k, 90, 1), ""); /* the MAC is judged when the key is there */
    CHECK_STR(talk_ppp(&k, "c023 01 01 0011 0570726f6265 06736563726574"), "PAP2 IPCP1 ABORT(3:4)");
}

/* 3.3.5.2.2, the six reasons for a NAK. */
static void names_what_is_wrong_with_a_request(struct test *t)
{
    static const struct {
        const char *hex, *said;
    } rows[] = {
        {"1001001a 0001 0002 00010006 0001 0002000c 00000001 00000004", "NAK(2:11)"},
        {"1001001a 0001 0002 00010006 0001 0002000c 00000000 00000000", "ACK LCP1"},
        {"1001000f 0001 0001 00010007 0001 00", "NAK(1:3)"},
        {"10010014 0001 0002 00010006 0001 00010006 0001", "NAK(1:1)"},
        {"10010012 0001 0002 00010006 0001 00090004", "NAK(9:2)"},
        {"1001000e 0001 0001 00010006 0002", "NAK(1:4)"},
        {"10010008 0001 0000", "NAK(2:10)"},
        {"1001000c 0001 0001 00090004", "NAK(9:2)(2:10)"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct talk k;
        talk_begin(&k, t, "");
        CHECK_STR(talk_send(&k, rows[i].hex), rows[i].said);
        for (int naks = 1; naks < 3 && rows[i].said[0] == 'N'; naks++)
            CHECK_STR(talk_send(&k, rows[i].hex), rows[i].said);
        if (rows[i].said[0] == 'N')
            CHECK_STR(talk_send(&k, rows[i].hex), "ABORT(2:6)");
    }
}

/* A state is reached by what came before; then one message that it does not allow. */
static void aborts_what_comes_out_of_order_or_damaged(struct test *t)
{
    static const struct {
        const char *before, *hex, *said;
    } rows[] = {
        {NULL, TALK_ECHO, "ABORT(2:5)"},
        {NULL, "10010008 0009 0000", "ABORT(2:5)"},
        {NULL, "10010008 0002 0000", "ABORT(2:5)"},
        {NULL, "10010008 0003 0000", "ABORT(2:5)"},
        {NULL, "10010008 0007 0000", "ABORT(2:5)"},
        {NULL, "10010008 0004 0000", "ABORT(2:5)"},
        {TALK_REQUEST, TALK_REQUEST, "ABORT(2:5)"},
        {TALK_REQUEST, TALK_ECHO, "ABORT(2:5)"},
        {NULL, "10010008 0063 0000", "ABORT(2:7)"},
        {NULL, "10010008 0000 0000", "ABORT(2:7)"},
        {NULL, "1001000e 0001 0002 00010006 0001", "ABORT(2:7)"},
        {NULL, "1001000e 0001 0001 00010009 0001", "ABORT(2:7)"},
        {NULL, "1001000e 0001 0001 00010003 0001", "ABORT(2:7)"},
        {NULL, "1001000e 0001 0000 00010006 0001", "ABORT(2:7)"},
        {NULL, "10010008 0001 ffff", "ABORT(2:7)"},
        {NULL, TALK_ABORT, "ABORT(0:0)"},
        {TALK_ABORT, TALK_ABORT, ""},
        {TALK_ECHO, TALK_REQUEST, ""},
        {TALK_DISCONNECT, TALK_ECHO, ""},
        {TALK_DISCONNECT, TALK_ABORT, ""},
        {NULL, "474554202f", "closed"},
        {NULL, "10010007 000000", "closed"},
        {NULL, "10000003", "closed"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct talk k;
        talk_begin(&k, t, "");
        if (rows[i].before)
            talk_send(&k, rows[i].before);
        CHECK_STR(talk_send(&k, rows[i].hex), rows[i].said);
    }
}

static void keeps_its_timers(struct test *t)
{
    struct talk k;
    talk_begin(&k, t, "");
    CHECK_STR(talk_wait(&k, 59999), "");
    CHECK_STR(talk_wait(&k, 1), "ABORT(2:8)");
    CHECK_STR(talk_wait(&k, 2999), "");
    CHECK_STR(talk_wait(&k, 1), "closed");
    talk_begin(&k, t, "timers=10");
    talk_authenticate(&k, "pap");
    CHECK_STR(talk_wait(&k, 6000), "ABORT(2:8)");
    talk_begin(&k, t, "");
    talk_authenticate(&k, "pap");
    talk_connected(&k, 0, 0);
    CHECK_STR(talk_wait(&k, 59999), "");
    CHECK_STR(talk_wait(&k, 1), "ECHO"); /* the hello timer */
    CHECK_STR(talk_send(&k, "10010008 0009 0000"), "");
    CHECK_STR(talk_wait(&k, 60000), "ECHO");
    CHECK_STR(talk_wait(&k, 60000), "closed"); /* without a word */
    talk_begin(&k, t, "fault=binding-disconnect");
    talk_authenticate(&k, "pap");
    CHECK_STR(talk_connected(&k, 0, 0), "DISCONNECT(0:0)");
    CHECK_STR(talk_wait(&k, 4999), "");
    CHECK_STR(talk_wait(&k, 1), "closed");
}

static void takes_packets_one_by_one(struct test *t)
{
    static const uint8_t two[] = {0x10, 1, 0, 14, 0,    1, 0, 1, 0, 1,
                                  0,    6, 0, 1,  0x10, 1, 0, 8, 0, 6};
    struct talk k;
    talk_begin(&k, t, "");
    for (size_t n = 0; n < 14; n++)
        CHECK_INT(sim_sstp_take(&k.call, 0, two, n, &k.out), 0);
    CHECK_INT(sim_sstp_take(&k.call, 0, two, sizeof two, &k.out), 14);
    CHECK_STR(talk_send(&k, "10000006 0102"), ""); /* no frame, and no reason to complain */
    CHECK_INT(k.call.state, SIM_SSTP_CONNECTED_PENDING);
}

/* What a client first sees of each fault of the call. */
static void has_faults_to_order(struct test *t)
{
    static const struct {
        const char *words, *request, *link, *auth, *connected, *echo;
    } rows[] = {
        {"fault=ack-mute", "", NULL, NULL, NULL, NULL},
        {"fault=ack-wrong", "ACK", NULL, NULL, NULL, NULL},
        {"fault=ack-garbage", "garbage", NULL, NULL, NULL, NULL},
        {"fault=ack-close", "closed", NULL, NULL, NULL, NULL},
        {"fault=nak", "NAK(1:4)", NULL, NULL, NULL, NULL},
        {"fault=abort", "ABORT(2:6)", NULL, NULL, NULL, NULL},
        {"fault=mask-0", "ACK LCP1", NULL, NULL, NULL, NULL},
        {"fault=lcp-mute", "ACK", "", NULL, NULL, NULL},
        {"fault=lcp-nak auth=pap", "ACK LCP1", "LCP3", NULL, NULL, NULL},
        {"fault=lcp-terminate auth=pap", "ACK LCP1", "LCP5", NULL, NULL, NULL},
        {"fault=auth-mute auth=mschap2", "ACK LCP1", "CHAP1", "", NULL, NULL},
        {"fault=auth-close auth=mschap2", "ACK LCP1", "CHAP1", "closed", NULL, NULL},
        {"fault=chap-647 auth=mschap2", "ACK LCP1", "CHAP1", "CHAP4 LCP5", NULL, NULL},
        {"fault=chap-proof auth=mschap2", "ACK LCP1", "CHAP1", "CHAP3 IPCP1", "", "ECHOED"},
        {"fault=binding-mute auth=mschap2", "ACK LCP1", "CHAP1", "CHAP3 IPCP1", "", ""},
        {"fault=binding-close auth=mschap2", "ACK LCP1", "CHAP1", "CHAP3 IPCP1", "closed", NULL},
        {"fault=binding-terminate auth=mschap2", "ACK LCP1", "CHAP1", "CHAP3 IPCP1", "LCP5", NULL},
        {"fault=disconnect-mute auth=mschap2", "ACK LCP1", "CHAP1", "CHAP3 IPCP1", "", "ECHOED"},
        {"auth=mschap2", "ACK LCP1", "CHAP1", "CHAP3 IPCP1", "", "ECHOED"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct talk k;
        talk_begin(&k, t, rows[i].words);
        CHECK_STR(talk_send(&k, TALK_REQUEST), rows[i].request);
        if (!rows[i].link)
            continue;
        talk_ppp(&k, "c021 02 00 0004"); /* a client that takes everything */
        talk_ppp(&k, "c021 01 01 000a 05060badcafe");
        const char *last = strrchr(k.said, ' ');
        CHECK_STR(last ? last + 1 : k.said, rows[i].link);
        if (rows[i].auth)
            CHECK_STR(talk_chap(&k, "probe", "secret"), rows[i].auth);
        if (rows[i].connected)
            CHECK_STR(talk_connected(&k, 0, 0), rows[i].connected);
        if (rows[i].echo)
            CHECK_STR(talk_send(&k, TALK_ECHO), rows[i].echo);
    }
}

static void the_faults_of_the_end(struct test *t)
{
    struct talk k;
    talk_begin(&k, t, "fault=verify-nothing");
    talk_authenticate(&k, "pap");
    CHECK_STR(talk_connected(&k, 50, 0xff), "");
    CHECK_STR(talk_send(&k, TALK_ECHO), "ECHOED");
    talk_begin(&k, t, "fault=disconnect-mute");
    CHECK_STR(talk_send(&k, TALK_DISCONNECT), "");
    CHECK(k.call.disconnected);
    talk_begin(&k, t, "fault=mask-0");
    talk_send(&k, TALK_REQUEST);
    CHECK_INT(k.out.p[15], 0);
}

/* Whatever comes: no byte is read or written that is not ours (under the sanitizers), and it ends.
 */
static void survives_noise(struct test *t)
{
    uint32_t seed = 1;
    for (int i = 0; i < 4000; i++) {
        struct talk k;
        uint8_t in[160];
        talk_begin(&k, t, i & 1 ? "early=judge" : "auth=pap");
        talk_link(&k, "pap");
        for (size_t j = 0; j < sizeof in; j++) {
            seed = seed * 1664525 + 1013904223;
            in[j] = (uint8_t)(seed >> 24);
        }
        in[0] = 0x10;
        in[1] = in[1] & 1;
        in[2] = 0;
        if (!in[1]) /* a frame that gets further */
            memcpy(in + 4, i & 2 ? "\xff\x03\xc0\x21\1\1\0" : "\xff\x03\xc0\x23\1\1\0", 7);
        k.out.n = 0;
        size_t took = sim_sstp_take(&k.call, k.now_ms, in, sizeof in, &k.out);
        CHECK(took <= sizeof in);
        CHECK(k.out.n <= sizeof k.out.p);
    }
}

const struct test_case suite_sim_sstp[] = {
    {"answers_requests", answers_requests},
    {"takes_a_call_to_its_end", takes_a_call_to_its_end},
    {"refuses_each_wrong_binding", refuses_each_wrong_binding},
    {"takes_sha1_when_it_is_offered", takes_sha1_when_it_is_offered},
    {"refuses_a_connected_message_without_a_binding",
     refuses_a_connected_message_without_a_binding},
    {"judges_an_early_binding_as_it_is_told", judges_an_early_binding_as_it_is_told},
    {"names_what_is_wrong_with_a_request", names_what_is_wrong_with_a_request},
    {"aborts_what_comes_out_of_order_or_damaged", aborts_what_comes_out_of_order_or_damaged},
    {"keeps_its_timers", keeps_its_timers},
    {"takes_packets_one_by_one", takes_packets_one_by_one},
    {"has_faults_to_order", has_faults_to_order},
    {"the_faults_of_the_end", the_faults_of_the_end},
    {"survives_noise", survives_noise},
    {NULL, NULL},
};
