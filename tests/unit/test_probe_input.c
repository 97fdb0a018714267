/* SPDX-License-Identifier: Apache-2.0 */
#include "pki.h"
#include "src/app/probe_cmd.h"
#include "test.h"

#include <string.h>

static void targets(struct test *t)
{
    static const struct {
        const char *text, *host;
        int port;
    } cases[] = {
        {"vpn.example.com", "vpn.example.com", 443},
        {"VPN.Example.com:8443", "vpn.example.com", 8443},
        {"b\xc3\xbc"
         "cher.example",
         "xn--bcher-kva.example", 443},
        {"localhost:1", "localhost", 1},
        {"gateway", "gateway", 443},
        {"192.0.2.1", "192.0.2.1", 443},
        {"192.0.2.1:444", "192.0.2.1", 444},
        {"2001:db8::1", "2001:db8::1", 443},
        {"[2001:db8::1]:444", "2001:db8::1", 444},
        {"vpn.example.com:", "the port", -1},
        {"vpn.example.com:0", "the port", -1},
        {"vpn.example.com:65536", "the port", -1},
        {"vpn.example.com:4x", "the port", -1},
        {"", "neither a host name", -1},
        {"a b", "neither a host name", -1},
        {"https://vpn.example.com", "the port", -1},
        {"[::1", "[::1: neither a host name", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char host[256] = "";
        uint16_t port = 0;
        struct err err = {0};
        int rc = probe_target(cases[i].text, host, &port, &err);
        if (!CHECK_INT(rc, cases[i].port < 0 ? -1 : 0))
            CHECK_STR(cases[i].text, "");
        if (cases[i].port < 0) {
            CHECK_INT(err.code, ERR_USAGE);
            if (!CHECK(strstr(err.text, cases[i].host) != NULL))
                CHECK_STR(err.text, cases[i].host);
        } else {
            CHECK_STR(host, cases[i].host);
            CHECK_INT(port, cases[i].port);
        }
    }
}

static const char *pem_file(struct test *t)
{
    static const char *const names[] = {"vpn.example.com"};
    struct key *key = pki_key(KEY_EC256);
    struct cert_chain chain = {.count = 0};
    struct buf pem = BUF_INIT(64 * 1024);
    struct err err = {0};
    CHECK_INT(cert_self_signed(key, names, 1, 0, 4000000000, &chain, &err), 0);
    CHECK_INT(cert_chain_to_pem(&chain, &pem, &err), 0);
    const char *path = test_write(t, "cert.pem", pem.p, pem.len);
    buf_clear(&pem);
    cert_chain_clear(&chain);
    key_free(key);
    return path;
}

static void reads_what_is_named(struct test *t)
{
    static const char *const name[] = {"vpn.example.com"};
    static const char spaced[] = "00112233 44556677 8899AABB CCDDEEFF 00112233 44556677 8899AABB "
                                 "CCDDEEFF";
    struct probe_input in;
    struct err err = {0};
    struct args a = {.names = name,
                     .name_count = 1,
                     .ca_file = pem_file(t),
                     .expect_sha256 = spaced,
                     .address = "192.0.2.7",
                     .claims = {pem_file(t), "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00:"
                                             "11:22:33"},
                     .claim_count = 2};
    REQUIRE(probe_input_read(&in, &a, &err) == 0);
    CHECK(in.has_expected && in.expected[0] == 0 && in.expected[1] == 0x11);
    CHECK(in.has_address && in.address.port == 443);
    CHECK(in.ca_pem.len > 0);
    REQUIRE(in.claim_count == 2);
    CHECK(in.claim[0].has_sha256 && in.claim[0].has_sha1);
    CHECK(strstr(in.claim[0].label, "vpn.example.com") != NULL);
    CHECK(!in.claim[1].has_sha256 && in.claim[1].has_sha1 && in.claim[1].sha1[19] == 0x33);
    probe_input_clear(&in);
}

static void says_which_option(struct test *t)
{
    static const char *const name[] = {"vpn.example.com"};
    const char *text_file = test_write(t, "no.pem", "hello", 5);
    const struct {
        struct args args;
        const char *text;
    } cases[] = {
        {{.ca_file = "no-such-file"}, "option --ca-file: "},
        {{.ca_file = text_file}, "option --ca-file"},
        {{.expect_sha256 = "00"}, "option --expect-sha256"},
        {{.expect_sha256 = "0123456789012345678901234567890123456789"}, "is SHA-1"},
        {{.address = "nowhere"}, "option --address"},
        {{.claims = {"no-such-file"}, .claim_count = 1}, "option --claim: "},
        {{.claims = {text_file}, .claim_count = 1}, "option --claim: "},
        {{.user = "probe"}, "needs --password-file"},
        {{.user = "probe", .password_file = "no-such-file"}, "--password-file"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct args a = cases[i].args;
        struct probe_input in;
        struct err err = {0};
        a.names = name;
        a.name_count = 1;
        CHECK_INT(probe_input_read(&in, &a, &err), -1);
        CHECK_INT(err.code, ERR_USAGE);
        if (!CHECK(strstr(err.text, cases[i].text) != NULL))
            CHECK_STR(err.text, cases[i].text);
        probe_input_clear(&in);
    }
}

const struct test_case suite_probe_input[] = {
    {"targets", targets},
    {"reads_what_is_named", reads_what_is_named},
    {"says_which_option", says_which_option},
    {NULL, NULL},
};
