/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/sstp/message.h"
#include "deploy/sstp/probe.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

/* MS-SSTP 4.1: the client's Call Connect Request. */
static const uint8_t request[] = {0x10, 0x01, 0x00, 0x0e, 0x00, 0x01, 0x00,
                                  0x01, 0x00, 0x01, 0x00, 0x06, 0x00, 0x01};

static size_t make_ack(uint8_t out[48], uint8_t mask)
{
    static const uint8_t head[] = {0x10, 0x01, 0x00, 0x30, 0x00, 0x02, 0x00, 0x01,
                                   0x00, 0x04, 0x00, 0x28, 0x00, 0x00, 0x00};
    memcpy(out, head, sizeof head);
    out[15] = mask;
    for (int i = 0; i < 32; i++)
        out[16 + i] = (uint8_t)(i + 1);
    return 48;
}

static void encodes_what_the_specification_shows(struct test *t)
{
    static const uint8_t disconnect[] = {0x10, 0x01, 0x00, 0x14, 0x00, 0x06, 0x00,
                                         0x01, 0x00, 0x02, 0x00, 0x0c, 0x00, 0x00,
                                         0x00, 0x00, 0x00, 0x00, 0x00, 0x00};
    static const uint8_t echo[] = {0x10, 0x01, 0x00, 0x08, 0x00, 0x08, 0x00, 0x00};
    uint8_t out[SSTP_STATUS_BYTES];

    CHECK_MEM(out, sstp_connect_request(out), request, sizeof request);
    CHECK_MEM(out, sstp_plain(out, SSTP_ECHO_REQUEST), echo, sizeof echo);
    CHECK_MEM(out, sstp_with_status(out, SSTP_CALL_DISCONNECT, SSTP_ATTRIBUTE_NONE, 0), disconnect,
              sizeof disconnect);
    sstp_with_status(out, SSTP_CALL_ABORT, SSTP_CRYPTO_BINDING, 4);
    CHECK_INT(out[15], SSTP_CRYPTO_BINDING);
    CHECK_INT(out[19], 4);
}

static void decodes_an_ack(struct test *t)
{
    struct sstp_packet p;
    uint8_t ack[48];

    REQUIRE(sstp_decode(ack, make_ack(ack, 3), &p) == SSTP_DECODED);
    CHECK(p.control && p.has_binding_request);
    CHECK_INT(p.type, SSTP_CALL_CONNECT_ACK);
    CHECK_INT(p.len, 48);
    CHECK_INT(p.hash_mask, SSTP_HASH_SHA1 | SSTP_HASH_SHA256);
    CHECK_MEM(p.nonce, 32, ack + 16, 32);
    ack[2] |= 0xf0; /* reserved bits are to be ignored */
    CHECK_INT(sstp_decode(ack, sizeof ack, &p), SSTP_DECODED);
}

static void decodes_requests_statuses_and_data(struct test *t)
{
    static const uint8_t data[] = {0x10, 0x00, 0x00, 0x06, 0xff, 0x03, 0x99};
    struct sstp_packet p;
    uint8_t abort_packet[SSTP_STATUS_BYTES];

    REQUIRE(sstp_decode(request, sizeof request, &p) == SSTP_DECODED);
    CHECK(p.has_protocol);
    CHECK_INT(p.protocol, 1);
    sstp_with_status(abort_packet, SSTP_CALL_ABORT, SSTP_CRYPTO_BINDING, 4);
    REQUIRE(sstp_decode(abort_packet, sizeof abort_packet, &p) == SSTP_DECODED);
    CHECK(p.has_status);
    CHECK_INT(p.status_attribute, SSTP_CRYPTO_BINDING);
    CHECK_STR(sstp_status_name(p.status), "VALUE_NOT_SUPPORTED");
    REQUIRE(sstp_decode(data, sizeof data, &p) == SSTP_DECODED);
    CHECK(!p.control);
    CHECK_INT(p.len, 6);
    CHECK_MEM(p.payload, p.payload_len, data + 4, 2);
}

static void waits_for_the_rest_and_refuses_what_is_not_sstp(struct test *t)
{
    static const struct {
        uint8_t bytes[16];
        size_t len;
        enum sstp_decoded want;
    } cases[] = {
        {{0}, 0, SSTP_NEED_MORE},
        {{0x10, 0x01, 0x00}, 3, SSTP_NEED_MORE},
        {{0x11}, 1, SSTP_NOT_SSTP},                               /* version */
        {{'H', 'T', 'T', 'P'}, 4, SSTP_NOT_SSTP},                 /* a proxy */
        {{0x10, 0x00, 0x00, 0x03}, 4, SSTP_NOT_SSTP},             /* shorter than a header */
        {{0x10, 0x01, 0x00, 0x06, 0, 2}, 6, SSTP_NOT_SSTP},       /* no room for type, count */
        {{0x10, 0x01, 0x00, 0x08, 0, 2, 0, 1}, 8, SSTP_NOT_SSTP}, /* attribute not there */
        {{0x10, 0x01, 0x00, 0x0c, 0, 2, 0, 1, 0, 4, 0, 3}, 12, SSTP_NOT_SSTP}, /* too short */
        {{0x10, 0x01, 0x00, 0x0c, 0, 2, 0, 1, 0, 4, 0, 5}, 12, SSTP_NOT_SSTP}, /* past the end */
        {{0x10, 0x01, 0x00, 0x0c, 0, 2, 0, 1, 0, 9, 0, 4}, 12, SSTP_DECODED},  /* unknown one */
    };
    struct sstp_packet p;
    uint8_t ack[48];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CHECK_INT(sstp_decode(cases[i].bytes, cases[i].len, &p), cases[i].want);
    make_ack(ack, 2);
    for (size_t len = 0; len < sizeof ack; len++)
        CHECK_INT(sstp_decode(ack, len, &p), SSTP_NEED_MORE);
}

/* Every change of every byte, each time in memory of exactly that size. */
static void never_reads_past_the_end(struct test *t)
{
    struct sstp_packet p;
    uint8_t ack[48];
    size_t decoded = 0;

    make_ack(ack, 2);
    for (size_t at = 0; at < 16; at++)
        for (unsigned v = 0; v < 256; v++)
            for (size_t k = 0; k < 7; k++) {
                size_t len = sizeof ack - 7 * k;
                uint8_t *copy = calloc(1, len);
                REQUIRE(copy);
                memcpy(copy, ack, len);
                if (at < len)
                    copy[at] = (uint8_t)v;
                if (sstp_decode(copy, len, &p) == SSTP_DECODED) {
                    decoded++;
                    CHECK(p.len <= len && p.payload_len <= len);
                }
                free(copy);
            }
    CHECK(decoded > 0);
}

static void names_are_known_or_a_question_mark(struct test *t)
{
    CHECK_STR(sstp_type_name(SSTP_CALL_CONNECT_ACK), "CALL_CONNECT_ACK");
    CHECK_STR(sstp_type_name(0), "?");
    CHECK_STR(sstp_type_name(10), "?");
    CHECK_STR(sstp_status_name(11), "STATUS_INFO_NOT_SUPPORTED_IN_MSG");
    CHECK_STR(sstp_status_name(12), "?");
    CHECK_STR(sstp_stage_name(SSTP_STAGE_SSTP), "sstp");
}

static void reads_the_http_head(struct test *t)
{
    static const struct {
        const char *head;
        int status, minor;
        const char *server;
    } cases[] = {
        {"HTTP/1.1 200\r\nContent-Length: 5", 200, 1, ""},
        {"HTTP/1.1 200 \r\nServer: Microsoft-HTTPAPI/2.0\r\nDate: x", 200, 1,
         "Microsoft-HTTPAPI/2.0"},
        {"HTTP/1.0 401 Unauthorized\r\nserver:nginx", 401, 0, "nginx"},
        {"HTTP/2 200", 0, 0, ""},
        {"HTTP/1.1 2000", 0, 0, ""},
        {"HTTP/1.1 ok", 0, 0, ""},
        {"SSH-2.0-x", 0, 0, ""},
        {"", 0, 0, ""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char server[64] = "";
        int minor = 0;
        CHECK_INT(sstp_http_head(cases[i].head, &minor, server), cases[i].status);
        CHECK_INT(minor, cases[i].minor);
        CHECK_STR(server, cases[i].server);
    }
}

const struct test_case suite_sstp_message[] = {
    {"encodes_what_the_specification_shows", encodes_what_the_specification_shows},
    {"decodes_an_ack", decodes_an_ack},
    {"decodes_requests_statuses_and_data", decodes_requests_statuses_and_data},
    {"waits_for_the_rest_and_refuses_what_is_not_sstp",
     waits_for_the_rest_and_refuses_what_is_not_sstp},
    {"never_reads_past_the_end", never_reads_past_the_end},
    {"names_are_known_or_a_question_mark", names_are_known_or_a_question_mark},
    {"reads_the_http_head", reads_the_http_head},
    {NULL, NULL},
};
