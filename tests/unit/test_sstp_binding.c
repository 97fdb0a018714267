/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto.h"
#include "sstp/binding.h"
#include "test.h"
#include "text.h"

#include <string.h>

/* MS-SSTP 4.7: both examples, byte for byte. */
static const struct {
    uint8_t hash_type;
    const char *nonce, *certificate_hash, *hlak, *packet;
} examples[] = {
    {SSTP_HASH_SHA256, "412B489AEBD7ECC7D08966F26BE7CD72B231A0E9210D7C91B308862B0344C435",
     "7993EF314C493DACE9F02D60E7E61C84B6690AAFE9D7AEEA92CBBE8AD599422D",
     "2A1BB40D55AB0F5EF32F06F2B3CC73C48FD3FAC41D7A1315A19228D9024CA164",
     "10010070000400010003006800000002"
     "412B489AEBD7ECC7D08966F26BE7CD72B231A0E9210D7C91B308862B0344C435"
     "7993EF314C493DACE9F02D60E7E61C84B6690AAFE9D7AEEA92CBBE8AD599422D"
     "52A68EFD8CFFBF52770B8F0FE8EC73716583AF6D611EB6D179B3B20840985449"},
    {SSTP_HASH_SHA1, "0F1A2D58D4A3E3000FAD3CE4906E07B707AA9E441CCEAC5CBD7B2CC1C9D86CDF",
     "5826B629BDA59B8E6FD8DCD2622FD34C534805A5000000000000000000000000",
     "4B3128F43925D9006EEFB1C4E86515A1D88E56BAB3CA2BDF0373B7F5A8A13B19",
     "10010070000400010003006800000001"
     "0F1A2D58D4A3E3000FAD3CE4906E07B707AA9E441CCEAC5CBD7B2CC1C9D86CDF"
     "5826B629BDA59B8E6FD8DCD2622FD34C534805A5000000000000000000000000"
     "69915DD583D8062FEF16F61DB2F03290EC27CB6C000000000000000000000000"},
};
enum { EXAMPLES = sizeof examples / sizeof examples[0] };

static void read_example(struct test *t, size_t i, struct sstp_binding *b, uint8_t *hlak,
                         uint8_t *packet)
{
    b->hash_type = examples[i].hash_type;
    CHECK(text_hex_decode(examples[i].nonce, b->nonce, 32));
    CHECK(text_hex_decode(examples[i].certificate_hash, b->certificate_hash, 32));
    CHECK(text_hex_decode(examples[i].hlak, hlak, 32));
    CHECK(text_hex_decode(examples[i].packet, packet, SSTP_CONNECTED_BYTES));
}

static void standard_examples(struct test *t)
{
    for (size_t i = 0; i < EXAMPLES; i++) {
        struct sstp_binding b = {0};
        uint8_t hlak[32], want[SSTP_CONNECTED_BYTES], got[SSTP_CONNECTED_BYTES];
        struct err err = {0};
        read_example(t, i, &b, hlak, want);
        REQUIRE(sstp_connected(&b, hlak, got, &err) == 0);
        CHECK_MEM(got, sizeof got, want, sizeof want);
    }
}

static void read_back_and_verify(struct test *t)
{
    for (size_t i = 0; i < EXAMPLES; i++) {
        struct sstp_binding b = {0}, read = {0};
        uint8_t hlak[32], packet[SSTP_CONNECTED_BYTES], mac[32];
        struct err err = {0};
        read_example(t, i, &b, hlak, packet);
        REQUIRE(sstp_connected_read(packet, sizeof packet, &read));
        CHECK_INT(read.hash_type, b.hash_type);
        CHECK_MEM(read.nonce, 32, b.nonce, 32);
        CHECK_MEM(read.certificate_hash, 32, b.certificate_hash, 32);
        REQUIRE(sstp_compound_mac(packet, hlak, mac, &err) == 0);
        CHECK(crypto_equal(mac, packet + SSTP_CONNECTED_MAC_AT, 32));
        hlak[31] ^= 1; /* another password */
        REQUIRE(sstp_compound_mac(packet, hlak, mac, &err) == 0);
        CHECK(!crypto_equal(mac, packet + SSTP_CONNECTED_MAC_AT, 32));
        hlak[31] ^= 1;
        packet[50] ^= 1; /* another certificate */
        REQUIRE(sstp_compound_mac(packet, hlak, mac, &err) == 0);
        CHECK(!crypto_equal(mac, packet + SSTP_CONNECTED_MAC_AT, 32));
    }
}

/* Each byte that says what the packet is, spoilt by itself. */
static void refuses_other_forms(struct test *t)
{
    static const struct {
        size_t at;
        uint8_t value;
    } cases[] = {
        {0, 0x11}, {1, 0}, {2, 1},    {3, 111},  {5, 2},  {5, 5},  {7, 0},
        {7, 2},    {9, 2}, {11, 103}, {11, 105}, {15, 0}, {15, 3},
    };
    struct sstp_binding b = {0};
    uint8_t hlak[32], packet[SSTP_CONNECTED_BYTES];
    read_example(t, 0, &b, hlak, packet);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t was = packet[cases[i].at];
        packet[cases[i].at] = cases[i].value;
        if (!CHECK(!sstp_connected_read(packet, sizeof packet, &b)))
            CHECK_INT(i, -1);
        packet[cases[i].at] = was;
    }
    CHECK(!sstp_connected_read(packet, sizeof packet - 1, &b));
    CHECK(!sstp_connected_read(packet, 0, &b));
    packet[2] = 0xf0; /* reserved bits are none of our business */
    packet[10] = 0xf0;
    CHECK(sstp_connected_read(packet, sizeof packet, &b));
}

static void refuses_an_unknown_hash(struct test *t)
{
    struct sstp_binding b = {.hash_type = 3};
    uint8_t hlak[32] = {0}, out[SSTP_CONNECTED_BYTES];
    struct err err = {0};
    CHECK_INT(sstp_connected(&b, hlak, out, &err), -1);
    CHECK(strstr(err.text, "hash type 3") != NULL);
}

const struct test_case suite_sstp_binding[] = {
    {"standard_examples", standard_examples},
    {"read_back_and_verify", read_back_and_verify},
    {"refuses_other_forms", refuses_other_forms},
    {"refuses_an_unknown_hash", refuses_an_unknown_hash},
    {NULL, NULL},
};
