/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated listener: HTTP answers and the server's side of an SSTP call (MS-SSTP 3.3). */
#include "tests/sim/sim_http.c"
#include "tests/sim/sim_sstp.c"

#include "test.h"

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
        char answer[SIM_HTTP_ANSWER_MAX];
        CHECK_INT(sim_http_answer(rows[i].head, URI, answer), rows[i].status);
        CHECK_INT(sim_http_head(rows[i].head, strlen(rows[i].head)), strlen(rows[i].head));
        CHECK_INT(sim_http_head(rows[i].head, strlen(rows[i].head) - 1), 0);
    }
}

static const uint8_t request[] = {0x10, 1, 0, 14, 0, 1, 0, 1, 0, 1, 0, 6, 0, 1};
static const uint8_t echo[] = {0x10, 1, 0, 8, 0, 8, 0, 0};

static struct sim_sstp new_call(void)
{
    struct sim_sstp c = {.hash_mask = SIM_SSTP_SHA256};
    memset(c.sha256, 0xaa, sizeof c.sha256);
    memset(c.nonce, 0x55, sizeof c.nonce);
    return c;
}

/* CALL_CONNECTED for a hash of `fill` bytes. */
static void connected_message(uint8_t out[112], uint8_t type, uint8_t fill)
{
    static const uint8_t head[] = {0x10, 1, 0, 112, 0, 4, 0, 1, 0, 3, 0, 104};
    memset(out, 0, 112);
    memcpy(out, head, sizeof head);
    out[15] = type;
    memset(out + 16, 0x55, 32);
    memset(out + 48, fill, 32);
}

/* The type of the answer, 0 without one. */
static unsigned take(struct sim_sstp *c, const uint8_t *in, size_t n,
                     uint8_t out[SIM_SSTP_ANSWER_MAX])
{
    size_t bytes = 0;
    memset(out, 0, SIM_SSTP_ANSWER_MAX);
    sim_sstp_take(c, in, n, out, &bytes);
    return bytes ? get16(out + 4) : 0;
}

static void connects_and_echoes(struct test *t)
{
    struct sim_sstp c = new_call();
    uint8_t out[SIM_SSTP_ANSWER_MAX], connected[112];
    CHECK_INT(take(&c, request, sizeof request, out), CALL_CONNECT_ACK);
    CHECK_INT(out[15], SIM_SSTP_SHA256);
    CHECK_MEM(out + 16, 32, c.nonce, 32);
    connected_message(connected, SIM_SSTP_SHA256, 0xaa);
    CHECK_INT(take(&c, connected, sizeof connected, out), 0);
    CHECK_INT(take(&c, echo, sizeof echo, out), ECHO_RESPONSE);
    static const uint8_t disconnect[] = {0x10, 1, 0, 8, 0, 6, 0, 0};
    CHECK_INT(take(&c, disconnect, sizeof disconnect, out), CALL_DISCONNECT_ACK);
    CHECK_INT(c.state, SIM_SSTP_CLOSED);
}

static void refuses_a_wrong_binding(struct test *t)
{
    static const struct {
        uint8_t type, fill;
    } rows[] = {{SIM_SSTP_SHA256, 0xbb}, {SIM_SSTP_SHA1, 0xaa}, {3, 0xaa}, {0, 0xaa}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sim_sstp c = new_call();
        uint8_t out[SIM_SSTP_ANSWER_MAX], connected[112];
        take(&c, request, sizeof request, out);
        connected_message(connected, rows[i].type, rows[i].fill);
        CHECK_INT(take(&c, connected, sizeof connected, out), CALL_ABORT);
        CHECK_INT(out[15], CRYPTO_BINDING);
        CHECK_INT(out[19], VALUE_NOT_SUPPORTED);
        CHECK_INT(take(&c, echo, sizeof echo, out), 0); /* deaf after an abort */
    }
}

static void aborts_what_comes_out_of_order_or_damaged(struct test *t)
{
    static const struct {
        uint8_t bytes[20];
        unsigned answer;
        uint8_t status;
    } rows[] = {
        {{0x10, 1, 0, 8, 0, 8, 0, 0}, CALL_ABORT, UNACCEPTED_FRAME}, /* echo at once */
        {{0x10, 1, 0, 8, 0, 2, 0, 0}, CALL_ABORT, UNACCEPTED_FRAME}, /* a server's message */
        {{0x10, 1, 0, 8, 0, 99, 0, 0}, CALL_ABORT, INVALID_FRAME},   /* no message */
        {{0x10, 1, 0, 14, 0, 1, 0, 2, 0, 1, 0, 6, 0, 1},
         CALL_ABORT,
         INVALID_FRAME}, /* an attribute missing */
        {{0x10, 1, 0, 14, 0, 1, 0, 1, 0, 1, 0, 7, 0, 1},
         CALL_ABORT,
         INVALID_FRAME}, /* beyond the packet */
        {{0x10, 1, 0, 8, 0, 1, 0, 0}, CALL_ABORT, REQUIRED_ATTRIBUTE_MISSING},
        {{0x10, 1, 0, 14, 0, 1, 0, 1, 0, 1, 0, 6, 0, 9}, CALL_CONNECT_NAK, VALUE_NOT_SUPPORTED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sim_sstp c = new_call();
        uint8_t out[SIM_SSTP_ANSWER_MAX];
        CHECK_INT(take(&c, rows[i].bytes, rows[i].bytes[3], out), rows[i].answer);
        CHECK_INT(out[19], rows[i].status);
    }
}

static void takes_packets_one_by_one(struct test *t)
{
    struct sim_sstp c = new_call();
    uint8_t out[SIM_SSTP_ANSWER_MAX], two[sizeof request + 6] = {0};
    size_t bytes;
    memcpy(two, request, sizeof request);
    for (size_t n = 0; n < sizeof request; n++)
        CHECK_INT(sim_sstp_take(&c, two, n, out, &bytes), 0);
    CHECK_INT(sim_sstp_take(&c, two, sizeof two, out, &bytes), sizeof request);
    static const uint8_t ppp[] = {0x10, 0, 0, 6, 1, 2};
    CHECK_INT(sim_sstp_take(&c, ppp, sizeof ppp, out, &bytes), sizeof ppp);
    CHECK_INT(bytes, 0);
    CHECK_INT(c.state, SIM_SSTP_CONNECTED_PENDING);
    sim_sstp_take(&c, (const uint8_t *)"GET ", 4, out, &bytes);
    CHECK_INT(c.state, SIM_SSTP_CLOSED);
}

const struct test_case suite_sim_sstp[] = {
    {"answers_requests", answers_requests},
    {"connects_and_echoes", connects_and_echoes},
    {"refuses_a_wrong_binding", refuses_a_wrong_binding},
    {"aborts_what_comes_out_of_order_or_damaged", aborts_what_comes_out_of_order_or_damaged},
    {"takes_packets_one_by_one", takes_packets_one_by_one},
    {NULL, NULL},
};
