/* SPDX-License-Identifier: Apache-2.0 */
/* Dynamic update messages and TSIG. The vectors were computed apart from this code, by hand with
 * Python's struct and hmac from RFC 2136, RFC 8945; BIND and Knot judge it in tests/e2e. */
#include "test.h"

#include "publish/dns_update.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define VALUE "gfj9Xq-Rg85nM_1gfj9Xq-Rg85nM_1gfj9Xq-Rg85n_"
enum { ID = 0x1234, NOW = 1700000000, MAX_BYTES = 512 };

static const char unsigned_hex[] =
    "1234280000010000000100000461636d65076578616d706c65036e657400000600010278310461636d650765"
    "78616d706c65036e657400001000010000000a002c2b67666a3958712d526738356e4d5f3167666a3958712d"
    "526738356e4d5f3167666a3958712d526738356e5f";
static const char signed_hex[] =
    "1234280000010000000100010461636d65076578616d706c65036e657400000600010278310461636d650765"
    "78616d706c65036e657400001000010000000a002c2b67666a3958712d526738356e4d5f3167666a3958712d"
    "526738356e4d5f3167666a3958712d526738356e5f0472726173036b65790000fa00ff00000000003d0b686d"
    "61632d7368613235360000006553f100012c0020d6f5bbf7fe702f511c523833ab73c1aa08bce6515865d137"
    "685631d1aecdc80b123400000000";
static const char answer_ok[] = /* signed a second later */
    "1234a80000010000000000010461636d65076578616d706c65036e657400000600010472726173036b657900"
    "00fa00ff00000000003d0b686d61632d7368613235360000006553f101012c0020df272486342d4e91e76dd3"
    "c6fb8e8e1f2e24fd4f866eb08a095bca1d599acaee123400000000";
static const char answer_badtime[] = /* the server's clock is 5000 s ahead */
    "1234a80900010000000000010461636d65076578616d706c65036e657400000600010472726173036b657900"
    "00fa00ff0000000000430b686d61632d7368613235360000006553f100012c0020671a229ab640579f874b3f"
    "b39f640c8fe4f502e59b0693f81f2453b9f21fc293123400120006000065540488";
static const char answer_badkey[] =
    "1234a80900010000000000010461636d65076578616d706c65036e657400000600010472726173036b657900"
    "00fa00ff00000000001d0b686d61632d7368613235360000006553f100012c0000123400110000";
static const struct {
    enum crypto_hmac algorithm;
    const char *mac;
} macs[] = {
    {CRYPTO_HMAC_SHA256, "d6f5bbf7fe702f511c523833ab73c1aa08bce6515865d137685631d1aecdc80b"},
    {CRYPTO_HMAC_SHA384,
     "afce3037f790769b658eb63a50ab73555457950c15081ac17866958ae7869bc1fd481bf4be83cb2e8549b2e6"
     "5e962dfa"},
    {CRYPTO_HMAC_SHA512,
     "5f3254c1893c298a0b47142bc786f73871a386e4da1879b91423a2241ee1500d2e4853df59bb8223a004a469"
     "b8d83e749e8b61ee90a5c9a321443cc3e0d0fd55"},
    {CRYPTO_HMAC_SHA1, "6e032ac53b369ca2d4750342d5be411d5610072b"},
};

/* The secret 00 01 ... 1f under the name "rras.key". */
struct fixture {
    uint8_t secret[32];
    struct tsig_key key;
    struct tsig_mac mac;
    struct dns_update_asked asked;
};

static void set_up(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    for (size_t i = 0; i < sizeof f->secret; i++)
        f->secret[i] = (uint8_t)i;
    f->key = (struct tsig_key){
        .algorithm = CRYPTO_HMAC_SHA256, .secret = f->secret, .secret_len = sizeof f->secret};
    if (!wire_name_from(&f->key.name, "RRAS.Key."))
        abort();
    f->mac.len = SHA256_BYTES;
    if (!text_hex_decode(macs[0].mac, f->mac.p, f->mac.len))
        abort();
    f->asked = (struct dns_update_asked){.id = ID, .key = &f->key, .mac = &f->mac, .now_s = NOW};
}

static size_t unhex(const char *hex, uint8_t out[MAX_BYTES])
{
    size_t len = strlen(hex) / 2;

    if (len > MAX_BYTES || !text_hex_decode(hex, out, len))
        abort();
    return len;
}

static bool write_update(struct buf *out, bool remove)
{
    struct dns_update u = {.id = ID,
                           .zone = "acme.example.net",
                           .owner = "X1.acme.example.net",
                           .value = VALUE,
                           .remove = remove};
    struct err err = {0};

    return dns_update_write(out, &u, &err) == 0;
}

static void adds_one_record(struct test *t)
{
    struct buf b = BUF_INIT(DNS_UPDATE_MAX_BYTES);
    uint8_t want[MAX_BYTES];
    size_t len = unhex(unsigned_hex, want);

    REQUIRE(write_update(&b, false));
    CHECK_MEM(b.p, b.len, want, len);
    buf_clear(&b);
}

static void removes_one_record(struct test *t)
{
    struct buf b = BUF_INIT(DNS_UPDATE_MAX_BYTES);
    uint8_t want[MAX_BYTES];
    size_t len = unhex(unsigned_hex, want), class_at = len - 44 - 8;

    REQUIRE(write_update(&b, true));
    want[class_at + 1] = 254;          /* class NONE */
    memset(want + class_at + 2, 0, 4); /* TTL 0 */
    CHECK_MEM(b.p, b.len, want, len);
    buf_clear(&b);
}

static void signs(struct test *t)
{
    struct buf b = BUF_INIT(DNS_UPDATE_MAX_BYTES);
    uint8_t want[MAX_BYTES];
    size_t len = unhex(signed_hex, want);
    struct tsig_mac mac;
    struct fixture f;
    struct err err = {0};

    set_up(&f);
    for (size_t i = 0; i < sizeof macs / sizeof *macs; i++) {
        uint8_t expected[TSIG_MAX_MAC];
        size_t mac_len = strlen(macs[i].mac) / 2;
        REQUIRE(text_hex_decode(macs[i].mac, expected, mac_len));
        buf_reset(&b);
        f.key.algorithm = macs[i].algorithm;
        REQUIRE(write_update(&b, false));
        REQUIRE(tsig_sign(&b, &f.key, NOW, &mac, &err) == 0);
        CHECK_MEM(mac.p, mac.len, expected, mac_len);
        if (i == 0)
            CHECK_MEM(b.p, b.len, want, len);
    }
    buf_clear(&b);
}

static void believes_a_signed_answer(struct test *t)
{
    struct dns_update_answer a;
    uint8_t msg[MAX_BYTES];
    size_t len = unhex(answer_ok, msg);
    struct fixture f;
    struct err err = {0};

    set_up(&f);
    REQUIRE(dns_update_read(&a, msg, len, &f.asked, &err) == 0);
    CHECK_INT(a.rcode, 0);
    CHECK(a.has_tsig && a.verified && a.in_time);
    CHECK_INT(a.tsig_error, TSIG_OK);
    f.asked.now_s = NOW + 1 + TSIG_FUDGE_S;
    REQUIRE(dns_update_read(&a, msg, len, &f.asked, &err) == 0);
    CHECK(a.in_time);
    f.asked.now_s++;
    REQUIRE(dns_update_read(&a, msg, len, &f.asked, &err) == 0);
    CHECK(a.verified && !a.in_time);
    f.secret[5] ^= 1;
    REQUIRE(dns_update_read(&a, msg, len, &f.asked, &err) == 0);
    CHECK(a.has_tsig && !a.verified && !a.in_time);
}

static void does_not_believe_any_changed_byte(struct test *t)
{
    struct dns_update_answer a;
    uint8_t msg[MAX_BYTES];
    size_t len = unhex(answer_ok, msg);
    struct fixture f;

    set_up(&f);
    for (size_t bit = 0; bit < 8 * len; bit++) {
        struct err err = {0};
        msg[bit / 8] ^= (uint8_t)(1u << bit % 8);
        /* Letter case in names is not signed. */
        bool case_only = bit % 8 == 5 && msg[bit / 8] > 64;
        if (dns_update_read(&a, msg, len, &f.asked, &err) == 0 && a.verified && !case_only)
            CHECK_INT(bit, -1);
        msg[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void reads_tsig_errors(struct test *t)
{
    struct dns_update_answer a;
    uint8_t msg[MAX_BYTES];
    struct fixture f;
    struct err err = {0};

    set_up(&f);
    size_t len = unhex(answer_badtime, msg);
    REQUIRE(dns_update_read(&a, msg, len, &f.asked, &err) == 0);
    CHECK_INT(a.rcode, 9);
    CHECK_INT(a.tsig_error, TSIG_BADTIME);
    CHECK(a.verified);
    CHECK_INT(a.server_time_s, NOW + 5000);
    len = unhex(answer_badkey, msg);
    REQUIRE(dns_update_read(&a, msg, len, &f.asked, &err) == 0);
    CHECK_INT(a.tsig_error, TSIG_BADKEY);
    CHECK(a.has_tsig && !a.verified);
}

static void refuses_what_is_no_answer(struct test *t)
{
    struct dns_update_answer a;
    uint8_t msg[MAX_BYTES];
    size_t len = unhex(answer_ok, msg);
    struct fixture f;
    struct err err = {0};

    set_up(&f);
    f.asked.id++;
    CHECK_INT(dns_update_read(&a, msg, len, &f.asked, &err), -1);
    f.asked.id--;
    for (size_t cut = 0; cut < len; cut++) {
        err_clear(&err);
        CHECK_INT(dns_update_read(&a, msg, cut, &f.asked, &err), -1);
        CHECK_INT(err.code, ERR_DNS);
    }
    len = unhex(signed_hex, msg); /* our own question come back */
    err_clear(&err);
    CHECK_INT(dns_update_read(&a, msg, len, &f.asked, &err), -1);
}

static void reads_a_bare_error(struct test *t)
{
    static const uint8_t refused[12] = {0x12, 0x34, 0xa8, 0x05};
    struct dns_update_answer a;
    struct fixture f;
    struct err err = {0};

    set_up(&f);
    REQUIRE(dns_update_read(&a, refused, sizeof refused, &f.asked, &err) == 0);
    CHECK_INT(a.rcode, 5);
    CHECK(!a.has_tsig && !a.verified);
}

/* xorshift: the same numbers in every run. */
static uint32_t next(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void survives_random_bytes(struct test *t)
{
    static const char *const seeds[] = {answer_ok, answer_badtime, answer_badkey, signed_hex};
    uint32_t random = 0x2136;
    struct fixture f;
    size_t believed = 0;

    set_up(&f);
    for (int round = 0; round < 100000; round++) {
        uint8_t seed[MAX_BYTES];
        size_t len = unhex(seeds[round % 4], seed);
        if (next(&random) % 4 == 0)
            len = next(&random) % (len + 1);
        for (uint32_t n = next(&random) % 8; n > 0 && len > 4; n--)
            seed[4 + next(&random) % (len - 4)] = (uint8_t)next(&random);
        /* On the heap, to its exact size, so that a sanitizer sees each byte too many. */
        uint8_t *msg = malloc(len ? len : 1);
        if (!msg)
            abort();
        memcpy(msg, seed, len);
        struct dns_update_answer a;
        struct err err = {0};
        if (dns_update_read(&a, msg, len, &f.asked, &err) == 0 && a.verified && a.rcode == 0)
            believed += memcmp(msg + 2, "\xa8\x00", 2) != 0;
        free(msg);
    }
    CHECK_INT(believed, 0);
}

static void writes_and_reads_names(struct test *t)
{
    static const uint8_t loop[] = {0xc0, 0x00}, forward[] = {0xc0, 0x02, 0x00},
                         self[] = {1, 'a', 0xc0, 0x00}, reserved[] = {0x41, 'a', 0};
    static const uint8_t back[] = {1, 'A', 0, 1, 'b', 0xc0, 0x00, 9};
    struct wire_name n, want;
    char text[300];

    CHECK(wire_name_from(&n, "Ab.c") && n.len == 6 && memcmp(n.p, "\2ab\1c", 6) == 0);
    CHECK(wire_name_from(&n, "") && n.len == 1);
    CHECK(!wire_name_from(&n, "a..b"));
    CHECK(!wire_name_from(&n, "a\\.b"));
    memset(text, 'a', sizeof text);
    text[64] = 0;
    CHECK(!wire_name_from(&n, text));
    for (size_t i = 0; i < 256; i++)
        text[i] = i % 2 ? '.' : 'a';
    text[253] = 0; /* 127 labels: 255 octets */
    CHECK(wire_name_from(&n, text) && n.len == 255);
    memcpy(text + 253, ".a", 3);
    CHECK(!wire_name_from(&n, text));

    struct wire_in in = {.p = back, .len = sizeof back, .at = 3};
    wire_get_name(&in, &n);
    CHECK(wire_name_from(&want, "b.a") && wire_name_equal(&n, &want));
    CHECK(!in.bad && in.at == 7);
    const struct {
        const uint8_t *p;
        size_t len;
    } bad[] = {{loop, 2}, {forward, 3}, {self, 4}, {reserved, 3}, {loop, 1}, {self, 1}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        in = (struct wire_in){.p = bad[i].p, .len = bad[i].len};
        wire_get_name(&in, &n);
        CHECK(in.bad);
    }
}

static void knows_algorithms(struct test *t)
{
    enum crypto_hmac a;

    CHECK(tsig_algorithm_parse(NULL, &a) && a == CRYPTO_HMAC_SHA256);
    CHECK(tsig_algorithm_parse("HMAC-SHA512.", &a) && a == CRYPTO_HMAC_SHA512);
    CHECK_STR(tsig_algorithm_name(a), "hmac-sha512");
    CHECK(!tsig_algorithm_parse("hmac-md5", &a));
    CHECK(!tsig_algorithm_parse("", &a));
}

static void refuses_names_that_cannot_be_written(struct test *t)
{
    struct buf b = BUF_INIT(DNS_UPDATE_MAX_BYTES);
    struct dns_update u = {.zone = "acme..net", .owner = "x.acme.net", .value = VALUE};
    struct err err = {0};

    CHECK_INT(dns_update_write(&b, &u, &err), -1);
    CHECK_INT(err.code, ERR_DNS);
    buf_clear(&b);
}

const struct test_case suite_dns_update[] = {
    {"adds_one_record", adds_one_record},
    {"removes_one_record", removes_one_record},
    {"signs", signs},
    {"believes_a_signed_answer", believes_a_signed_answer},
    {"does_not_believe_any_changed_byte", does_not_believe_any_changed_byte},
    {"reads_tsig_errors", reads_tsig_errors},
    {"refuses_what_is_no_answer", refuses_what_is_no_answer},
    {"reads_a_bare_error", reads_a_bare_error},
    {"survives_random_bytes", survives_random_bytes},
    {"writes_and_reads_names", writes_and_reads_names},
    {"knows_algorithms", knows_algorithms},
    {"refuses_names_that_cannot_be_written", refuses_names_that_cannot_be_written},
    {NULL, NULL},
};
