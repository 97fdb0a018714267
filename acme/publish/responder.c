/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/responder.h"

#include <string.h>

enum {
    TYPE_A = 1,
    TYPE_NS = 2,
    TYPE_SOA = 6,
    TYPE_TXT = 16,
    TYPE_AAAA = 28,
    TYPE_OPT = 41,
    TYPE_META_FIRST = 249, /* TKEY TSIG IXFR AXFR MAILB MAILA ANY */
    TYPE_META_LAST = 255,
    CLASS_IN = 1,
    MAX_LABEL = 63,
    MAX_ADDITIONAL = 8,
    PLAIN_UDP_BYTES = 512,
    POINTER = 0xc000,
};
enum { NOERROR = 0, FORMERR = 1, NXDOMAIN = 3, NOTIMP = 4, REFUSED = 5, BADVERS = 16 };
enum { QR = 0x8000, OPCODE = 0x7800, AA = 0x0400, TC = 0x0200, RD = 0x0100 }; /* of the flags */
enum { OPT_DO = 0x8000 };

/* Short, so that a second value and the next renewal are not held up by what is remembered. */
enum { TEXT_TTL_S = 5, NO_TTL_S = 5, ZONE_TTL_S = 60 };
enum {
    SOA_REFRESH_S = 3600,
    SOA_RETRY_S = 600,
    SOA_EXPIRE_S = 86400
}; /* for nobody: no transfer */

/* A message that was read. */
struct question {
    unsigned id, flags, type, class;
    struct wire_name name; /* lower case */
    const uint8_t *raw;    /* name, type and class as they came */
    size_t raw_len;
    bool edns, dnssec_ok;
    unsigned edns_version, edns_bytes;
};

struct answer {
    const struct question *q;
    struct buf *out;
    unsigned flags, rcode, count, authority, additional;
};

/* ---- reading ---- */

/* RFC 1035 4.1.2: the first name of a message has nothing before it to point to. */
static bool read_name(struct wire_in *in, struct wire_name *out)
{
    out->len = 0;
    for (;;) {
        const uint8_t *length = wire_take(in, 1);
        const uint8_t *label = length && *length <= MAX_LABEL ? wire_take(in, *length) : NULL;
        if (!label || out->len + *length + 1U > sizeof out->p)
            return false;
        out->p[out->len++] = *length;
        for (unsigned i = 0; i < *length; i++) {
            uint8_t c = label[i];
            out->p[out->len++] = c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
        }
        if (*length == 0)
            return true;
    }
}

/* RFC 6891 6.1.1: at most one OPT, at the root. Other records are for others. */
static bool read_additional(struct wire_in *in, struct question *q)
{
    struct wire_name owner;
    wire_get_name(in, &owner);
    unsigned type = wire_get16(in), class = wire_get16(in);
    uint32_t ttl = wire_get32(in);
    unsigned rdata_len = wire_get16(in);
    wire_take(in, rdata_len);
    if (in->bad)
        return false;
    if (type != TYPE_OPT)
        return true;
    if (q->edns || owner.len != 1)
        return false;
    q->edns = true;
    q->edns_bytes = class;
    q->edns_version = ttl >> 16 & 0xff;
    q->dnssec_ok = (ttl & OPT_DO) != 0;
    return true;
}

/* What becomes of a message before its question counts. */
enum reading { DROP, READ, NOT_A_QUERY, NOT_READABLE };

static enum reading read_message(struct question *q, const uint8_t *p, size_t len)
{
    struct wire_in in = {.p = p, .len = len};
    *q = (struct question){.id = wire_get16(&in), .flags = wire_get16(&in)};
    unsigned questions = wire_get16(&in), answers = wire_get16(&in), authority = wire_get16(&in);
    unsigned additional = wire_get16(&in);
    if (in.bad || (q->flags & QR) || len > RESPONDER_QUERY_BYTES)
        return DROP;
    if (q->flags & OPCODE)
        return NOT_A_QUERY;
    if (questions != 1 || answers != 0 || authority != 0 || additional > MAX_ADDITIONAL)
        return NOT_READABLE;
    q->raw = p + in.at;
    if (!read_name(&in, &q->name))
        return DROP;
    q->type = wire_get16(&in);
    q->class = wire_get16(&in);
    if (in.bad)
        return DROP;
    q->raw_len = (size_t)(p + in.at - q->raw);
    for (unsigned i = 0; i < additional; i++) {
        if (!read_additional(&in, q))
            return NOT_READABLE;
    }
    return in.at == len ? READ : NOT_READABLE;
}

/* ---- names ---- */

/* Where in `name` the zone begins; false if it lies elsewhere. */
static bool find_suffix(const struct wire_name *name, const struct wire_name *zone, size_t *at)
{
    for (size_t i = 0; name->len - i >= zone->len; i += name->p[i] + 1U) {
        if (name->len - i == zone->len && memcmp(name->p + i, zone->p, zone->len) == 0) {
            *at = i;
            return true;
        }
        if (name->p[i] == 0)
            break;
    }
    return false;
}

/* The innermost zone that the name lies in. */
static const struct responder_zone *find_zone(const struct responder_zones *zones,
                                              const struct wire_name *name)
{
    const struct responder_zone *best = NULL;
    size_t at;
    for (size_t i = 0; i < zones->n; i++) {
        if (find_suffix(name, &zones->v[i]->apex, &at) &&
            (!best || zones->v[i]->apex.len > best->apex.len))
            best = zones->v[i];
    }
    return best;
}

static bool has_addresses(const struct responder_zone *z, const struct wire_name *name)
{
    if (z->address_count == 0)
        return false;
    for (size_t i = 0; i < z->ns_count; i++) {
        if (wire_name_equal(&z->ns[i], name))
            return true;
    }
    return wire_name_equal(&z->apex, name);
}

/* RFC 8020, RFC 4592 2.2.2: something is at the name, or below it. */
static bool exists(const struct responder_zone *z, const struct wire_name *name)
{
    size_t at;
    for (size_t i = 0; i < z->ns_count; i++) {
        if (find_suffix(&z->ns[i], &z->apex, &at) && find_suffix(&z->ns[i], name, &at))
            return true;
    }
    for (size_t i = 0; i < z->text_count; i++) {
        if (find_suffix(&z->text[i].owner, name, &at))
            return true;
    }
    return wire_name_equal(&z->apex, name);
}

/* ---- writing ---- */

static void put_header(struct answer *a, bool with_question)
{
    unsigned copied = a->q->flags & (OPCODE | RD);
    buf_reset(a->out);
    wire_put16(a->out, a->q->id);
    wire_put16(a->out, QR | copied | a->flags | (a->rcode & 0x0f));
    wire_put16(a->out, with_question);
    for (int i = 0; i < 3; i++)
        wire_put16(a->out, 0); /* see finish */
    if (with_question)
        buf_add(a->out, a->q->raw, a->q->raw_len);
}

/* owner: offset in the question's name */
static void put_record_head(struct answer *a, size_t owner, unsigned type, unsigned ttl_s)
{
    wire_put16(a->out, POINTER | (unsigned)(WIRE_HEADER_BYTES + owner));
    wire_put16(a->out, type);
    wire_put16(a->out, CLASS_IN);
    wire_put32(a->out, ttl_s);
}

static void put_soa(struct answer *a, const struct responder_zone *z, size_t apex_at,
                    unsigned ttl_s)
{
    static const char mailbox[] = "\012hostmaster";
    put_record_head(a, apex_at, TYPE_SOA, ttl_s);
    wire_put16(a->out, (unsigned)(z->ns[0].len + sizeof mailbox - 1 + 2 + 5 * 4));
    wire_put_name(a->out, &z->ns[0]);
    buf_add(a->out, mailbox, sizeof mailbox - 1);
    wire_put16(a->out, POINTER | (unsigned)(WIRE_HEADER_BYTES + apex_at));
    wire_put32(a->out, z->serial);
    wire_put32(a->out, SOA_REFRESH_S);
    wire_put32(a->out, SOA_RETRY_S);
    wire_put32(a->out, SOA_EXPIRE_S);
    wire_put32(a->out, NO_TTL_S);
}

static void put_ns(struct answer *a, const struct responder_zone *z)
{
    for (size_t i = 0; i < z->ns_count; i++) {
        put_record_head(a, 0, TYPE_NS, ZONE_TTL_S);
        wire_put16(a->out, (unsigned)z->ns[i].len);
        wire_put_name(a->out, &z->ns[i]);
        a->count++;
    }
}

static void put_addresses(struct answer *a, const struct responder_zone *z)
{
    for (size_t i = 0; i < z->address_count; i++) {
        const struct net_addr *address = &z->address[i];
        unsigned bytes = address->family == 6 ? 16 : 4;
        if (a->q->type != (address->family == 6 ? TYPE_AAAA : TYPE_A))
            continue;
        put_record_head(a, 0, a->q->type, ZONE_TTL_S);
        wire_put16(a->out, bytes);
        buf_add(a->out, address->ip, bytes);
        a->count++;
    }
}

static void put_texts(struct answer *a, const struct responder_zone *z)
{
    for (size_t i = 0; i < z->text_count; i++) {
        const struct responder_text *text = &z->text[i];
        size_t bytes = strlen(text->value);
        if (!wire_name_equal(&text->owner, &a->q->name))
            continue;
        put_record_head(a, 0, TYPE_TXT, TEXT_TTL_S);
        wire_put16(a->out, (unsigned)bytes + 1);
        buf_putc(a->out, (char)bytes);
        buf_add(a->out, text->value, bytes);
        a->count++;
    }
}

static void put_opt(struct answer *a)
{
    buf_putc(a->out, 0);
    wire_put16(a->out, TYPE_OPT);
    wire_put16(a->out, RESPONDER_UDP_BYTES);
    wire_put32(a->out, (uint32_t)(a->rcode >> 4) << 24 | (a->q->dnssec_ok ? OPT_DO : 0));
    wire_put16(a->out, 0);
    a->additional++;
}

static void put_counts(const struct answer *a)
{
    const unsigned counts[] = {a->count, a->authority, a->additional};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        a->out->p[6 + 2 * i] = (char)(counts[i] >> 8 & 0xff);
        a->out->p[7 + 2 * i] = (char)(counts[i] & 0xff);
    }
}

static bool finish(struct answer *a, size_t limit)
{
    if (a->q->edns)
        put_opt(a);
    if (a->out->len > limit) {
        a->flags |= TC;
        a->count = a->authority = a->additional = 0;
        put_header(a, true);
        if (a->q->edns)
            put_opt(a);
    }
    if (a->out->failed)
        return false;
    put_counts(a);
    return true;
}

/* ---- deciding ---- */

static unsigned refusal(const struct question *q, const struct responder_zone *z)
{
    if (q->edns && q->edns_version > 0)
        return BADVERS;
    bool meta = q->type == TYPE_OPT || (q->type >= TYPE_META_FIRST && q->type <= TYPE_META_LAST);
    return q->class != CLASS_IN || meta || !z ? REFUSED : NOERROR;
}

static void put_zone_records(struct answer *a, const struct responder_zone *z)
{
    const struct question *q = a->q;
    bool at_apex = wire_name_equal(&z->apex, &q->name);
    size_t apex_at = 0;
    if (q->type == TYPE_SOA && at_apex) {
        put_soa(a, z, 0, ZONE_TTL_S);
        a->count++;
    } else if (q->type == TYPE_NS && at_apex) {
        put_ns(a, z);
    } else if (q->type == TYPE_TXT) {
        put_texts(a, z);
    } else if (has_addresses(z, &q->name)) {
        put_addresses(a, z);
    }
    if (a->count == 0 && find_suffix(&q->name, &z->apex, &apex_at)) {
        put_soa(a, z, apex_at, NO_TTL_S);
        a->authority++;
    }
}

static size_t udp_limit(const struct question *q)
{
    if (!q->edns || q->edns_bytes < PLAIN_UDP_BYTES)
        return PLAIN_UDP_BYTES;
    return q->edns_bytes < RESPONDER_UDP_BYTES ? q->edns_bytes : RESPONDER_UDP_BYTES;
}

bool responder_answer(const struct responder_zones *zones, const uint8_t *query, size_t len,
                      bool tcp, struct buf *out)
{
    struct question q;
    struct answer a = {.q = &q, .out = out};
    switch (read_message(&q, query, len)) {
    case DROP:
        return false;
    case NOT_A_QUERY:
        a.rcode = NOTIMP;
        break;
    case NOT_READABLE:
        a.rcode = FORMERR;
        break;
    case READ:
        break;
    }
    if (a.rcode != NOERROR) { /* shorter than any question: nothing to gain by forging one */
        put_header(&a, false);
        return !out->failed;
    }
    const struct responder_zone *z = find_zone(zones, &q.name);
    a.rcode = refusal(&q, z);
    if (a.rcode == NOERROR && z) {
        a.flags = AA;
        a.rcode = exists(z, &q.name) ? NOERROR : NXDOMAIN;
    }
    put_header(&a, true);
    if (a.flags & AA)
        put_zone_records(&a, z);
    return finish(&a, tcp ? RESPONDER_ANSWER_BYTES : udp_limit(&q));
}

bool responder_truncated(const uint8_t *query, size_t len, struct buf *out)
{
    struct question q;
    struct answer a = {.q = &q, .out = out, .flags = TC};
    if (read_message(&q, query, len) != READ)
        return false;
    put_header(&a, true);
    return finish(&a, PLAIN_UDP_BYTES);
}
