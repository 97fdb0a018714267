/* SPDX-License-Identifier: Apache-2.0 */
/* Questions and answers on the wire. */
#include "test.h"

#include "dns/message.h"

#include <stdlib.h>
#include <string.h>

enum { ID = 0xabcd };

/* An answer under construction: names are given in wire form, "\1x\4test" (the NUL ends them). */
struct wire {
    uint8_t p[2048];
    size_t len;
};

static void put(struct wire *w, const void *p, size_t len)
{
    memcpy(w->p + w->len, p, len);
    w->len += len;
}

static void put16(struct wire *w, unsigned v)
{
    uint8_t b[2] = {(uint8_t)(v >> 8), (uint8_t)v};
    put(w, b, 2);
}

static void put_name(struct wire *w, const char *wire_name)
{
    put(w, wire_name, strlen(wire_name) + 1);
}

static void begin(struct wire *w, unsigned flags, const char *name, unsigned type)
{
    w->len = 0;
    put16(w, ID);
    put16(w, flags);
    put16(w, 1);
    put(w, "\0\0\0\0\0\0", 6);
    put_name(w, name);
    put16(w, type);
    put16(w, 1);
}

/* Records must come section by section. */
static void add(struct wire *w, enum dns_section section, const char *owner, unsigned type,
                const void *data, size_t len)
{
    w->p[6 + 2 * (int)section + 1]++;
    put_name(w, owner);
    put16(w, type);
    put16(w, 1);
    put16(w, 0);
    put16(w, 300);
    put16(w, (unsigned)len);
    put(w, data, len);
}

static int read_it(const struct wire *w, struct dns_message *m)
{
    static const struct dns_question q = {.name = "X.test", .type = DNS_TYPE_TXT};
    struct err err = {0};

    memset(m, 0, sizeof *m);
    return dns_message_read(m, w->p, w->len, ID, &q, &err);
}

static void writes_a_question(struct test *t)
{
    static const uint8_t want[] = {0xab, 0xcd, 0x01, 0,    0,    1,   0,   0, 0, 0,  0, 1,
                                   1,    'x',  4,    't',  'e',  's', 't', 0, 0, 16, 0, 1,
                                   0,    0,    41,   0x04, 0xd0, 0,   0,   0, 0, 0,  0};
    struct dns_question q = {.name = "x.test", .type = DNS_TYPE_TXT, .recurse = true};
    uint8_t out[DNS_MAX_QUERY_BYTES];
    struct err err = {0};
    size_t len = 0;

    REQUIRE(dns_message_write(out, &len, ID, &q, true, &err) == 0);
    CHECK_MEM(out, len, want, sizeof want);
    q.tell_checked = true; /* AD, then CD */
    REQUIRE(dns_message_write(out, &len, ID, &q, true, &err) == 0);
    CHECK_INT(out[3], 0x20);
    q.no_check = true;
    q.tell_checked = false;
    REQUIRE(dns_message_write(out, &len, ID, &q, true, &err) == 0);
    CHECK_INT(out[3], 0x10);
    q.no_check = false;
    q.recurse = false;
    REQUIRE(dns_message_write(out, &len, ID, &q, false, &err) == 0);
    CHECK_INT(len, sizeof want - 11);
    CHECK_INT(out[2], 0);
    q.name = "a..b";
    CHECK_INT(dns_message_write(out, &len, ID, &q, false, &err), -1);
    CHECK_INT(err.code, ERR_DNS);
}

static void reads_all_kinds_of_records(struct test *t)
{
    static const char soa[] = "\2NS\4test\0\1h\4test\0"
                              "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\1\4";
    struct dns_message m;
    struct wire w;

    begin(&w, 0x8420, "\1x\4test", DNS_TYPE_TXT);
    add(&w, DNS_ANSWER, "\1x\4TEST", DNS_TYPE_CNAME, "\1y\4test", 8);
    add(&w, DNS_ANSWER, "\1y\4test", DNS_TYPE_TXT, "\3abc\2de", 7); /* strings are joined */
    add(&w, DNS_ANSWER, "\1y\4test", 46, "signature", 9);           /* of no interest */
    add(&w, DNS_AUTHORITY, "\4test", DNS_TYPE_NS, "\2ns\4test", 9);
    add(&w, DNS_AUTHORITY, "\4test", DNS_TYPE_SOA, soa, sizeof soa - 1);
    add(&w, DNS_ADDITIONAL, "\2ns\4test", DNS_TYPE_A, "\300\0\2\1", 4);
    add(&w, DNS_ADDITIONAL, "\2ns\4test", DNS_TYPE_AAAA, " \1\r\270\0\0\0\0\0\0\0\0\0\0\0\1", 16);
    REQUIRE(read_it(&w, &m) == 0);
    CHECK(m.aa && !m.tc && m.ad && m.rcode == 0);
    CHECK_INT(m.bytes, w.len);
    REQUIRE(CHECK_INT(m.count, 6));
    CHECK_STR(m.record[0].owner, "x.test");
    CHECK_STR(m.record[0].name, "y.test");
    CHECK_INT(m.record[0].ttl_s, 300);
    CHECK_STR(m.record[1].text, "abcde");
    CHECK_INT(m.record[1].text_len, 5);
    CHECK_STR(m.record[2].name, "ns.test");
    CHECK_STR(m.record[3].name, "ns.test");
    CHECK_INT(m.record[3].minimum_s, 260);
    CHECK_INT(m.record[4].addr.ip[0], 192);
    CHECK_INT(m.record[5].addr.family, 6);
    CHECK(dns_message_find(&m, DNS_AUTHORITY, "test", DNS_TYPE_SOA) == &m.record[3]);
    CHECK(dns_message_find(&m, DNS_ANSWER, "test", DNS_TYPE_SOA) == NULL);
    dns_message_clear(&m);
}

static void refuses_answers_to_other_questions(struct test *t)
{
    struct dns_message m;
    struct wire w;

    begin(&w, 0x8400, "\1x\4test", DNS_TYPE_TXT);
    CHECK_INT(read_it(&w, &m), 0);
    w.p[1] ^= 1; /* ID */
    CHECK_INT(read_it(&w, &m), -1);
    begin(&w, 0x0400, "\1x\4test", DNS_TYPE_TXT); /* a question, not an answer */
    CHECK_INT(read_it(&w, &m), -1);
    begin(&w, 0xac00, "\1x\4test", DNS_TYPE_TXT); /* opcode */
    CHECK_INT(read_it(&w, &m), -1);
    begin(&w, 0x8400, "\1y\4test", DNS_TYPE_TXT);
    CHECK_INT(read_it(&w, &m), -1);
    begin(&w, 0x8400, "\1x\4test", DNS_TYPE_A);
    CHECK_INT(read_it(&w, &m), -1);
    begin(&w, 0x8400, "\1X\4TesT", DNS_TYPE_TXT); /* letter case does not count */
    CHECK_INT(read_it(&w, &m), 0);
    w.len = 11;
    CHECK_INT(read_it(&w, &m), -1);
}

static void takes_errors_without_a_question(struct test *t)
{
    struct wire w = {{0xab, 0xcd, 0x80, 0x05}, 12};
    struct dns_message m;

    CHECK_INT(read_it(&w, &m), 0);
    CHECK_INT(m.rcode, DNS_REFUSED);
    CHECK_STR(dns_rcode_name(m.rcode), "REFUSED");
    w.p[3] = 0; /* success without a question is nothing */
    CHECK_INT(read_it(&w, &m), -1);
}

static void takes_an_empty_txt(struct test *t)
{
    struct dns_message m;
    struct wire w;

    begin(&w, 0x8400, "\1x\4test", DNS_TYPE_TXT);
    add(&w, DNS_ANSWER, "\1x\4test", DNS_TYPE_TXT, "\0", 1);
    REQUIRE(read_it(&w, &m) == 0);
    REQUIRE(CHECK_INT(m.count, 1));
    CHECK_INT(m.record[0].text_len, 0);
    CHECK_STR(m.record[0].text, "");
    dns_message_clear(&m);
}

static void reads_caa_records(struct test *t)
{
    static const char ca[] = "\0\5issueca.test", critical[] = "\200\3TbSx",
                      empty[] = "\0\11issuewild";
    static const struct dns_question q = {.name = "x.test", .type = DNS_TYPE_CAA};
    struct dns_message m = {0};
    struct err err = {0};
    struct wire w;

    begin(&w, 0x8400, "\1x\4test", DNS_TYPE_CAA);
    add(&w, DNS_ANSWER, "\1x\4test", DNS_TYPE_CAA, ca, sizeof ca - 1);
    add(&w, DNS_ANSWER, "\1x\4test", DNS_TYPE_CAA, critical, sizeof critical - 1);
    add(&w, DNS_ANSWER, "\1x\4test", DNS_TYPE_CAA, empty, sizeof empty - 1);
    struct wire good = w;
    REQUIRE(dns_message_read(&m, w.p, w.len, ID, &q, &err) == 0);
    REQUIRE(CHECK_INT(m.count, 3));
    CHECK_STR(m.record[0].caa_tag, "issue");
    CHECK_STR(m.record[0].text, "ca.test");
    CHECK_INT(m.record[1].caa_flags, 128);
    CHECK_STR(m.record[1].caa_tag, "tbs");
    CHECK_STR(m.record[2].caa_tag, "issuewild");
    CHECK_INT(m.record[2].text_len, 0);
    dns_message_clear(&m);
    add(&w, DNS_ANSWER, "\1x\4test", DNS_TYPE_CAA, "\0\6issue", 7); /* the tag has no end */
    CHECK_INT(dns_message_read(&m, w.p, w.len, ID, &q, &err), -1);
    w = good;
    add(&w, DNS_ANSWER, "\1x\4test", DNS_TYPE_CAA, "\0\0", 2); /* no tag */
    CHECK_INT(dns_message_read(&m, w.p, w.len, ID, &q, &err), -1);
    /* With an answer to another question it is of no interest. */
    begin(&w, 0x8400, "\1x\4test", DNS_TYPE_TXT);
    add(&w, DNS_ANSWER, "\1x\4test", DNS_TYPE_CAA, ca, sizeof ca - 1);
    REQUIRE(read_it(&w, &m) == 0);
    CHECK_INT(m.count, 0);
    dns_message_clear(&m);
}

static void survives_random_bytes(struct test *t)
{
    uint32_t random = 0x1035;
    struct wire w;

    begin(&w, 0x8400, "\1x\4test", DNS_TYPE_TXT);
    add(&w, DNS_ANSWER, "\1x\4test", DNS_TYPE_CNAME, "\1y\4test", 8);
    add(&w, DNS_ANSWER, "\1y\4test", DNS_TYPE_TXT, "\3abc\2de", 7);
    add(&w, DNS_AUTHORITY, "\4test", DNS_TYPE_NS, "\2ns\300\16", 5);
    add(&w, DNS_ADDITIONAL, "\2ns\4test", DNS_TYPE_A, "\300\0\2\1", 4);
    for (int round = 0; round < 30000; round++) {
        struct wire x = w;
        struct dns_message m;
        for (int n = 0; n < round % 6; n++) {
            random = random * 1664525 + 1013904223;
            x.p[4 + (random >> 8) % (x.len - 4)] = (uint8_t)(random >> 24);
        }
        if (round % 5 == 0)
            x.len -= (random >> 12) % x.len;
        uint8_t *p = malloc(x.len ? x.len : 1);
        if (!p)
            abort();
        memcpy(p, x.p, x.len);
        struct dns_question q = {.name = "x.test", .type = DNS_TYPE_TXT};
        struct err err = {0};
        int rc = dns_message_read(&m, p, x.len, ID, &q, &err);
        CHECK(rc == 0 || err.code == ERR_DNS);
        if (rc == 0)
            dns_message_clear(&m);
        free(p);
    }
}

const struct test_case suite_dns_message[] = {
    {"writes_a_question", writes_a_question},
    {"reads_all_kinds_of_records", reads_all_kinds_of_records},
    {"refuses_answers_to_other_questions", refuses_answers_to_other_questions},
    {"takes_errors_without_a_question", takes_errors_without_a_question},
    {"takes_an_empty_txt", takes_an_empty_txt},
    {"reads_caa_records", reads_caa_records},
    {"survives_random_bytes", survives_random_bytes},
    {NULL, NULL},
};
