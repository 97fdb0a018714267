/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the built-in responder says, octet by octet where it matters. Zone acme.example with the
 * name servers ns1.acme.example (192.0.2.53, 2001:db8::53) and vpn.corp.test, and TXT at
 * a1.acme.example (two) and at x.deep.acme.example (one).
 */
#include "test.h"

#include "publish/responder.h"

#include <string.h>

#define V1 "gfj9Xq-Rg85nM_1gfj9Xq-Rg85nM_1gfj9Xq-Rg85n1"
#define V2 "gfj9Xq-Rg85nM_1gfj9Xq-Rg85nM_1gfj9Xq-Rg85n2"

enum { T_A = 1, T_NS = 2, T_SOA = 6, T_TXT = 16, T_AAAA = 28, T_OPT = 41, T_CAA = 257 };
enum { MANY = 60 };

struct world {
    struct responder_zone zone;
    struct responder_text text[MANY];
    const struct responder_zone *zones[1];
    struct responder_zones all;
};

static void add_text(struct world *w, const char *owner, const char *value)
{
    struct responder_text *text = &w->text[w->zone.text_count++];
    (void)!wire_name_from(&text->owner, owner);
    memcpy(text->value, value, strlen(value) + 1);
}

static void world_make(struct world *w)
{
    *w = (struct world){.zone = {.ns_count = 2, .address_count = 2, .serial = 7}};
    (void)!wire_name_from(&w->zone.apex, "acme.example");
    (void)!wire_name_from(&w->zone.ns[0], "ns1.acme.example");
    (void)!wire_name_from(&w->zone.ns[1], "vpn.corp.test");
    w->zone.address[0] = (struct net_addr){.family = 4, .ip = {192, 0, 2, 53}};
    w->zone.address[1] = (struct net_addr){.family = 6, .ip = {0x20, 1, 0xd, 0xb8, [15] = 0x53}};
    w->zone.text = w->text;
    add_text(w, "a1.acme.example", V1);
    add_text(w, "a1.acme.example", V2);
    add_text(w, "x.deep.acme.example", V1);
    w->zones[0] = &w->zone;
    w->all = (struct responder_zones){w->zones, 1};
}

/* ---- questions ---- */

struct ask {
    const char *name; /* letters' case is kept */
    unsigned type, class, flags;
    int edns; /* version; -1 = none */
    unsigned edns_bytes;
};

static void put_question(struct buf *out, const struct ask *a)
{
    wire_put16(out, 0xabcd);
    wire_put16(out, a->flags);
    wire_put16(out, 1);
    wire_put32(out, 0);
    wire_put16(out, a->edns >= 0);
    for (const char *p = a->name; *p;) {
        size_t n = strcspn(p, ".");
        buf_putc(out, (char)n);
        buf_add(out, p, n);
        p += n + (p[n] == '.');
    }
    buf_putc(out, 0);
    wire_put16(out, a->type);
    wire_put16(out, a->class);
    if (a->edns >= 0) {
        buf_putc(out, 0);
        wire_put16(out, T_OPT);
        wire_put16(out, a->edns_bytes);
        wire_put32(out, (uint32_t)a->edns << 16 | 0x8000);
        wire_put16(out, 0);
    }
}

/* "NOERROR aa: TXT TXT / SOA / OPT": rcode, flags and the types of each section. */
static void describe(struct buf *out, const struct buf *answer)
{
    static const char *const rcodes[] = {"NOERROR",  "FORMERR", "SERVFAIL",
                                         "NXDOMAIN", "NOTIMP",  "REFUSED"};
    struct wire_in in = {.p = (const uint8_t *)answer->p, .len = answer->len};
    struct wire_name name;
    unsigned id = wire_get16(&in), flags = wire_get16(&in), counts[4];
    struct buf sections = BUF_INIT(4096);
    unsigned rcode = flags & 0x0f;
    for (int i = 0; i < 4; i++)
        counts[i] = wire_get16(&in);
    if (counts[0]) {
        wire_get_name(&in, &name);
        wire_get32(&in);
    }
    for (int s = 1; s < 4; s++) {
        for (unsigned i = 0; i < counts[s]; i++) {
            wire_get_name(&in, &name);
            unsigned type = wire_get16(&in);
            wire_get16(&in);
            uint32_t ttl = wire_get32(&in);
            wire_take(&in, wire_get16(&in));
            if (type == T_OPT)
                rcode |= ttl >> 24 << 4;
            buf_addf(&sections, " %s",
                     type == T_A      ? "A"
                     : type == T_NS   ? "NS"
                     : type == T_SOA  ? "SOA"
                     : type == T_TXT  ? "TXT"
                     : type == T_AAAA ? "AAAA"
                     : type == T_OPT  ? "OPT"
                                      : "?");
        }
        if (s < 3)
            buf_puts(&sections, " /");
    }
    buf_addf(out, "%s%s%s%s:%s%s%s",
             rcode == 16 ? "BADVERS"
             : rcode < 6 ? rcodes[rcode]
                         : "?",
             flags & 0x0400 ? " aa" : "", flags & 0x0200 ? " tc" : "", flags & 0x0080 ? " ra" : "",
             counts[0] ? "" : " no question;", buf_str(&sections),
             in.bad || in.at != answer->len || id != 0xabcd || !(flags & 0x8000) ? " broken" : "");
    buf_clear(&sections);
}

static void check_answer(struct test *t, const struct world *w, const struct ask *a, bool tcp,
                         const char *want)
{
    struct buf query = BUF_INIT(4096), answer = BUF_INIT(RESPONDER_ANSWER_BYTES);
    struct buf got = BUF_INIT(8192);
    put_question(&query, a);
    buf_addf(&got, "%s %u: ", a->name, a->type);
    if (responder_answer(&w->all, (const uint8_t *)query.p, query.len, tcp, &answer)) {
        size_t asked = query.len - WIRE_HEADER_BYTES - (a->edns >= 0 ? 11 : 0);
        describe(&got, &answer);
        if (!strstr(buf_str(&got), "no question")) /* 0x20: the same octets come back */
            CHECK_MEM(answer.p + WIRE_HEADER_BYTES, asked, query.p + WIRE_HEADER_BYTES, asked);
    } else {
        buf_puts(&got, "nothing");
    }
    CHECK_STR(buf_str(&got), test_text(t, "%s %u: %s", a->name, a->type, want));
    buf_clear(&query);
    buf_clear(&answer);
    buf_clear(&got);
}

static void answers_for_its_zone(struct test *t)
{
    static const struct {
        const char *name;
        unsigned type;
        const char *want;
    } cases[] = {
        {"a1.acme.example", T_TXT, "NOERROR aa: TXT TXT / /"},
        {"A1.aCmE.eXaMpLe", T_TXT, "NOERROR aa: TXT TXT / /"},
        {"x.deep.acme.example", T_TXT, "NOERROR aa: TXT / /"},
        {"a1.acme.example", T_A, "NOERROR aa: / SOA /"},
        {"a1.acme.example", T_CAA, "NOERROR aa: / SOA /"},
        {"deep.acme.example", T_TXT, "NOERROR aa: / SOA /"}, /* an empty non-terminal */
        {"b.a1.acme.example", T_TXT, "NXDOMAIN aa: / SOA /"},
        {"1.acme.example", T_TXT, "NXDOMAIN aa: / SOA /"}, /* the end of a label is no label */
        {"y.deep.acme.example", T_TXT, "NXDOMAIN aa: / SOA /"},
        {"acme.example", T_SOA, "NOERROR aa: SOA / /"},
        {"acme.example", T_NS, "NOERROR aa: NS NS / /"},
        {"acme.example", T_A, "NOERROR aa: A / /"},
        {"acme.example", T_AAAA, "NOERROR aa: AAAA / /"},
        {"acme.example", T_TXT, "NOERROR aa: / SOA /"},
        {"acme.example", 43, "NOERROR aa: / SOA /"}, /* DS */
        {"ns1.acme.example", T_A, "NOERROR aa: A / /"},
        {"NS1.acme.example", T_AAAA, "NOERROR aa: AAAA / /"},
        {"ns1.acme.example", T_TXT, "NOERROR aa: / SOA /"},
        {"ns1.acme.example", T_NS, "NOERROR aa: / SOA /"},
        {"ns2.acme.example", T_A, "NXDOMAIN aa: / SOA /"},
        {"example", T_SOA, "REFUSED: / /"},
        {"", T_NS, "REFUSED: / /"},
        {"corp.test", T_A, "REFUSED: / /"},
        {"vpn.corp.test", T_A, "REFUSED: / /"}, /* of ours, but not in the zone */
        {"notacme.example", T_A, "REFUSED: / /"},
        {"acme.example.test", T_A, "REFUSED: / /"},
        {"a1.acme.example", 255, "REFUSED: / /"}, /* ANY */
        {"acme.example", 252, "REFUSED: / /"},    /* AXFR */
        {"acme.example", 251, "REFUSED: / /"},    /* IXFR */
        {"acme.example", T_OPT, "REFUSED: / /"},
    };
    struct world w;

    world_make(&w);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ask a = {cases[i].name, cases[i].type, 1, 0x0100, -1, 0};
        check_answer(t, &w, &a, false, cases[i].want);
        check_answer(t, &w, &a, true, cases[i].want);
        a.edns = 0;
        a.edns_bytes = 1232;
        check_answer(t, &w, &a, false, test_text(t, "%s OPT", cases[i].want));
    }
}

static void refuses_what_is_no_plain_question(struct test *t)
{
    static const struct {
        struct ask ask;
        const char *want;
    } cases[] = {
        {{"a1.acme.example", T_TXT, 3, 0, -1, 0}, "REFUSED: / /"},                  /* CHAOS */
        {{"a1.acme.example", T_TXT, 255, 0, -1, 0}, "REFUSED: / /"},                /* class ANY */
        {{"a1.acme.example", T_TXT, 1, 0x2800, -1, 0}, "NOTIMP: no question; / /"}, /* UPDATE */
        {{"acme.example", T_SOA, 1, 0x2000, -1, 0}, "NOTIMP: no question; / /"},    /* NOTIFY */
        {{"a1.acme.example", T_TXT, 1, 0, 1, 1232}, "BADVERS: / / OPT"},
        {{"www.corp.test", T_TXT, 1, 0, 1, 1232}, "BADVERS: / / OPT"},
        {{"a1.acme.example", T_TXT, 1, 0x8000, -1, 0}, "nothing"}, /* an answer */
        {{"a1.acme.example", T_TXT, 1, 0x8100, 0, 1232}, "nothing"},
    };
    struct world w;

    world_make(&w);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check_answer(t, &w, &cases[i].ask, false, cases[i].want);
        check_answer(t, &w, &cases[i].ask, true, cases[i].want);
    }
}

static void what_does_not_fit_is_asked_for_by_tcp(struct test *t)
{
    struct ask a = {"many.acme.example", T_TXT, 1, 0, -1, 0};
    char want[8 * MANY] = "NOERROR aa:";
    struct world w;

    world_make(&w);
    for (int i = 0; i < 8; i++) /* 33 octets of header and question, 56 each */
        add_text(&w, "many.acme.example", V1);
    check_answer(t, &w, &a, false, "NOERROR aa: TXT TXT TXT TXT TXT TXT TXT TXT / /");
    add_text(&w, "many.acme.example", V1);
    check_answer(t, &w, &a, false, "NOERROR aa tc: / /");
    a.edns = 0;
    a.edns_bytes = 100; /* less than 512 is 512 */
    check_answer(t, &w, &a, false, "NOERROR aa tc: / / OPT");
    a.edns_bytes = 560;
    check_answer(t, &w, &a, false, "NOERROR aa: TXT TXT TXT TXT TXT TXT TXT TXT TXT / / OPT");
    while (w.zone.text_count < MANY)
        add_text(&w, "many.acme.example", V1);
    a.edns_bytes = 65535; /* more than 1232 is 1232 */
    check_answer(t, &w, &a, false, "NOERROR aa tc: / / OPT");
    for (int i = 3; i < MANY; i++)
        memcpy(want + strlen(want), " TXT", sizeof " TXT");
    check_answer(t, &w, &a, true, test_text(t, "%s / / OPT", want));
}

/* Octets as they come: id abcd, and what stands behind. */
static void broken_messages_get_little_or_nothing(struct test *t)
{
#define HEAD(flags, counts) "\xab\xcd" flags counts
#define ONE                 "\0\1\0\0\0\0\0\0"
#define NAME                "\2a1\4acme\7example\0"
    static const struct {
        const char *octets;
        size_t len;
        const char *want;
    } cases[] = {
#define CASE(octets, want) {octets, sizeof(octets) - 1, want}
        CASE("", "nothing"),
        CASE("\xab\xcd\0\0\0\1\0\0\0\0\0", "nothing"),
        CASE(HEAD("\0\0", "\0\0\0\0\0\0\0\0"), "FORMERR: no question; / /"),
        CASE(HEAD("\0\0", "\0\2\0\0\0\0\0\0") NAME "\0\20\0\1", "FORMERR: no question; / /"),
        CASE(HEAD("\0\0", "\0\1\0\1\0\0\0\0") NAME "\0\20\0\1", "FORMERR: no question; / /"),
        CASE(HEAD("\0\0", "\0\1\0\0\0\1\0\0") NAME "\0\20\0\1", "FORMERR: no question; / /"),
        CASE(HEAD("\0\0", "\0\1\0\0\0\0\0\1") NAME "\0\20\0\1", "FORMERR: no question; / /"),
        CASE(HEAD("\0\0", "\0\1\0\0\0\0\xff\xff") NAME "\0\20\0\1", "FORMERR: no question; / /"),
        CASE(HEAD("\0\0", ONE), "nothing"),
        CASE(HEAD("\0\0", ONE) NAME, "nothing"),
        CASE(HEAD("\0\0", ONE) NAME "\0\20\0", "nothing"),
        CASE(HEAD("\0\0", ONE) "\2a1\4acm", "nothing"),
        CASE(HEAD("\0\0", ONE) "\xc0\x0c\0\20\0\1", "nothing"), /* points to itself */
        CASE(HEAD("\0\0", ONE) "\xc0\x00\0\20\0\1", "nothing"), /* into the header */
        CASE(HEAD("\0\0", ONE) "\2a1\xc0\x0c\0\20\0\1", "nothing"),
        CASE(HEAD("\0\0", ONE) "\100a\0\0\20\0\1", "nothing"),                   /* a label of 64 */
        CASE(HEAD("\0\0", ONE) NAME "\0\20\0\1\0", "FORMERR: no question; / /"), /* one more */
        CASE(HEAD("\0\0", "\0\1\0\0\0\0\0\2") NAME
             "\0\20\0\1\0\0\51\2\0\0\0\0\0\0\0\0\0\51\2\0\0\0\0\0\0\0",
             "FORMERR: no question; / /"), /* two OPT */
        CASE(HEAD("\0\0", "\0\1\0\0\0\0\0\1") NAME "\0\20\0\1\xc0\x0c\0\51\2\0\0\0\0\0\0\0",
             "FORMERR: no question; / /"), /* OPT of a name */
        CASE(HEAD("\0\0", "\0\1\0\0\0\0\0\1") NAME "\0\20\0\1\0\0\51\2\0\0\0\0\0\0\4ab",
             "FORMERR: no question; / /"), /* its option is cut */
        CASE(HEAD("\0\0", "\0\1\0\0\0\0\0\1") NAME "\0\20\0\1\0\0\51\2\0\0\0\0\0\0\4\0\12\0\0",
             "NOERROR aa: TXT TXT / / OPT"), /* an option that we do not know */
    };
    struct buf answer = BUF_INIT(RESPONDER_ANSWER_BYTES), got = BUF_INIT(1024);
    struct world w;

    world_make(&w);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buf_reset(&got);
        buf_addf(&got, "%zu: ", i);
        if (responder_answer(&w.all, (const uint8_t *)cases[i].octets, cases[i].len, false,
                             &answer))
            describe(&got, &answer);
        else
            buf_puts(&got, "nothing");
        CHECK_STR(buf_str(&got), test_text(t, "%zu: %s", i, cases[i].want));
        CHECK(strstr(cases[i].want, "FORMERR") == NULL || answer.len <= cases[i].len);
    }
    buf_clear(&answer);
    buf_clear(&got);
}

/* RFC 1035 3.3.13, RFC 2308 5. */
static void the_start_of_authority_octet_by_octet(struct test *t)
{
    static const char query[] = "\xab\xcd\1\0\0\1\0\0\0\0\0\0\1q\4acme\7example\0\0\20\0\1";
    static const char want[] = "\xab\xcd\x85\3\0\1\0\0\0\1\0\0\1q\4acme\7example\0\0\20\0\1"
                               "\xc0\x0e\0\6\0\1\0\0\0\5\0\63"
                               "\3ns1\4acme\7example\0\12hostmaster\xc0\x0e"
                               "\0\0\0\7\0\0\x0e\x10\0\0\2\x58\0\1\x51\x80\0\0\0\5";
    struct buf answer = BUF_INIT(RESPONDER_ANSWER_BYTES);
    struct world w;

    world_make(&w);
    REQUIRE(responder_answer(&w.all, (const uint8_t *)query, sizeof query - 1, false, &answer));
    CHECK_MEM(answer.p, answer.len, want, sizeof want - 1);
    buf_clear(&answer);
}

static void the_innermost_zone_answers(struct test *t)
{
    struct ask a = {"a1.acme.example", T_TXT, 1, 0, -1, 0};
    struct responder_zone outer = {.ns_count = 1};
    struct world w;

    world_make(&w);
    (void)!wire_name_from(&outer.apex, "example");
    outer.ns[0] = w.zone.ns[1];
    const struct responder_zone *zones[] = {&outer, &w.zone, &outer};
    w.all = (struct responder_zones){zones, 3};
    check_answer(t, &w, &a, false, "NOERROR aa: TXT TXT / /");
    a.name = "www.example";
    check_answer(t, &w, &a, false, "NXDOMAIN aa: / SOA /");
    w.all.n = 0;
    check_answer(t, &w, &a, false, "REFUSED: / /");
}

static void beyond_the_limit_the_question_comes_back_alone(struct test *t)
{
    struct ask a = {"a1.acme.example", T_TXT, 1, 0, 0, 1232};
    struct buf query = BUF_INIT(4096), answer = BUF_INIT(RESPONDER_ANSWER_BYTES);
    struct buf got = BUF_INIT(1024);

    put_question(&query, &a);
    REQUIRE(responder_truncated((const uint8_t *)query.p, query.len, &answer));
    describe(&got, &answer);
    CHECK_STR(buf_str(&got), "NOERROR tc: / / OPT");
    CHECK_INT(answer.len, query.len);
    a.flags = 0x8000;
    buf_reset(&query);
    put_question(&query, &a);
    CHECK(!responder_truncated((const uint8_t *)query.p, query.len, &answer));
    buf_clear(&query);
    buf_clear(&answer);
    buf_clear(&got);
}

const struct test_case suite_responder[] = {
    {"answers_for_its_zone", answers_for_its_zone},
    {"refuses_what_is_no_plain_question", refuses_what_is_no_plain_question},
    {"what_does_not_fit_is_asked_for_by_tcp", what_does_not_fit_is_asked_for_by_tcp},
    {"broken_messages_get_little_or_nothing", broken_messages_get_little_or_nothing},
    {"the_start_of_authority_octet_by_octet", the_start_of_authority_octet_by_octet},
    {"the_innermost_zone_answers", the_innermost_zone_answers},
    {"beyond_the_limit_the_question_comes_back_alone",
     beyond_the_limit_the_question_comes_back_alone},
    {NULL, NULL},
};
