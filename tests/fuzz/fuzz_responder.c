/* SPDX-License-Identifier: Apache-2.0 */
/* What the built-in responder makes of a packet from anywhere: its answer is an answer to it, is no
 * larger than allowed, and is none to an answer. The first octet chooses UDP or TCP. */
#include "fuzz.h"

#include "publish/responder.h"

#include <string.h>

#define VALUE "gfj9Xq-Rg85nM_1gfj9Xq-Rg85nM_1gfj9Xq-Rg85nM"

enum { TEXTS = 30, HEADER = WIRE_HEADER_BYTES, PLAIN = 512 };

static void add(struct responder_zone *z, const char *owner)
{
    struct responder_text *text = &z->text[z->text_count++];
    (void)!wire_name_from(&text->owner, owner);
    memcpy(text->value, VALUE, sizeof VALUE);
}

static void zone_make(struct responder_zone *z, struct responder_text text[TEXTS])
{
    *z = (struct responder_zone){.ns_count = 1, .address_count = 1, .text = text};
    (void)!wire_name_from(&z->apex, "ac.me");
    (void)!wire_name_from(&z->ns[0], "ns.ac.me");
    z->address[0] = (struct net_addr){.family = 4, .ip = {192, 0, 2, 1}};
    add(z, "a.b.ac.me");
    while (z->text_count < TEXTS)
        add(z, "c.ac.me");
}

static void check_answer(struct fuzz *f, const uint8_t *query, size_t len, const struct buf *answer)
{
    const uint8_t *a = (const uint8_t *)answer->p;
    struct wire_in in = {.p = a, .len = answer->len, .at = 4};
    struct wire_name ignored;
    unsigned questions = wire_get16(&in), records = wire_get16(&in) + wire_get16(&in);

    records += wire_get16(&in);
    FUZZ_HOLDS(answer->len >= HEADER && len >= HEADER && !(query[2] & 0x80));
    FUZZ_HOLDS(a[0] == query[0] && a[1] == query[1] && (a[2] & 0xf9) == (0x80 | (query[2] & 0x79)));
    FUZZ_HOLDS(questions <= 1 && (questions == 1 || answer->len == HEADER));
    if (questions == 1) {
        wire_get_name(&in, &ignored);
        wire_get32(&in);
        FUZZ_HOLDS(in.at <= len && memcmp(a + HEADER, query + HEADER, in.at - HEADER) == 0);
    }
    for (unsigned i = 0; i < records && !in.bad; i++) {
        wire_get_name(&in, &ignored);
        wire_take(&in, 8);
        wire_take(&in, wire_get16(&in));
    }
    FUZZ_HOLDS(!in.bad && in.at == answer->len);
}

void fuzz_responder(struct fuzz *f, const uint8_t *p, size_t len)
{
    struct responder_text text[TEXTS];
    struct responder_zone zone;
    const struct responder_zone *zones[] = {&zone};
    struct buf answer = BUF_INIT(RESPONDER_ANSWER_BYTES);

    if (len == 0)
        return;
    bool tcp = p[0] & 1;
    zone_make(&zone, text);
    if (responder_answer(&(struct responder_zones){zones, 1}, p + 1, len - 1, tcp, &answer)) {
        check_answer(f, p + 1, len - 1, &answer);
        FUZZ_HOLDS(tcp || answer.len <= RESPONDER_UDP_BYTES);
    }
    if (responder_truncated(p + 1, len - 1, &answer)) {
        check_answer(f, p + 1, len - 1, &answer);
        FUZZ_HOLDS(answer.len <= len + 11 && answer.len <= PLAIN);
    }
    buf_clear(&answer);
}
