/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/dns_update.h"

#include <string.h>

enum {
    OPCODE_UPDATE = 5,
    TYPE_SOA = 6,
    TYPE_TXT = 16,
    TYPE_TSIG = 250,
    CLASS_IN = 1,
    CLASS_NONE = 254,
    CLASS_ANY = 255,
    FLAG_TC = 0x02,
    MAX_STRING = 255,
    MAX_RECORDS = 64, /* in an answer; none but TSIG is to be expected */
};

int dns_update_write(struct buf *out, const struct dns_update *u, struct err *err)
{
    struct wire_name zone, owner;
    size_t len = strlen(u->value);

    if (!wire_name_from(&zone, u->zone) || !wire_name_from(&owner, u->owner) || len == 0 ||
        len > MAX_STRING)
        return err_set(err, ERR_DNS, "%s in zone %s: cannot be written in DNS", u->owner, u->zone);
    wire_put16(out, u->id);
    wire_put16(out, OPCODE_UPDATE << 11);
    wire_put16(out, 1); /* zone */
    wire_put16(out, 0); /* no prerequisites: RFC 2136 2.4 */
    wire_put16(out, 1); /* update */
    wire_put16(out, 0); /* additional */
    wire_put_name(out, &zone);
    wire_put16(out, TYPE_SOA);
    wire_put16(out, CLASS_IN);
    /* RFC 2136 2.5.1 "Add To An RRset", 2.5.4 "Delete An RR From An RRset". */
    wire_put_name(out, &owner);
    wire_put16(out, TYPE_TXT);
    wire_put16(out, u->remove ? CLASS_NONE : CLASS_IN);
    wire_put32(out, u->remove ? 0 : DNS_UPDATE_TTL_S);
    wire_put16(out, (unsigned)len + 1);
    buf_putc(out, (char)len);
    buf_add(out, u->value, len);
    return buf_check(out, "DNS update", err);
}

/* One record; true when it is TSIG, which is then in *t. */
static bool read_record(struct wire_in *in, struct tsig_record *t)
{
    struct tsig_record r = {.at = in->at};

    wire_get_name(in, &r.name);
    unsigned type = wire_get16(in), klass = wire_get16(in);
    uint32_t ttl = wire_get32(in);
    size_t len = wire_get16(in);
    const uint8_t *rdata = wire_take(in, len);
    if (in->bad || type != TYPE_TSIG)
        return false;
    if (klass != CLASS_ANY || ttl != 0 || !tsig_read(&r, rdata, len)) {
        in->bad = true;
        return false;
    }
    *t = r;
    return true;
}

/* All sections; TSIG only as the very last record (RFC 8945 5.1). */
static void read_body(struct wire_in *in, struct tsig_record *t, bool *has_tsig)
{
    unsigned zones = wire_get16(in), records = 0;
    struct wire_name name;

    for (int i = 0; i < 3; i++)
        records += wire_get16(in);
    if (zones > 1 || records > MAX_RECORDS)
        in->bad = true;
    if (zones == 1 && !in->bad) {
        wire_get_name(in, &name);
        wire_get32(in); /* type and class */
    }
    for (unsigned i = 0; i < records && !in->bad; i++) {
        bool tsig = read_record(in, t);
        if (tsig && i + 1 != records)
            in->bad = true;
        *has_tsig = tsig;
    }
    if (in->at != in->len)
        in->bad = true;
}

static int64_t distance(int64_t a, int64_t b)
{
    return a > b ? a - b : b - a;
}

int dns_update_read(struct dns_update_answer *out, const void *msg, size_t len,
                    const struct dns_update_asked *asked, struct err *err)
{
    struct wire_in in = {.p = msg, .len = len};
    struct dns_update_answer a = {.rcode = 0};
    struct tsig_record t = {.at = 0};

    unsigned id = wire_get16(&in), flags = wire_get16(&in);
    if (in.bad || id != asked->id || (flags >> 11) != (0x10 | OPCODE_UPDATE))
        return err_set(err, ERR_DNS, "DNS update: not an answer to our message");
    a.rcode = (int)(flags & 0x0f);
    a.truncated = (flags >> 8 & FLAG_TC) != 0;
    read_body(&in, &t, &a.has_tsig);
    if (in.bad)
        return err_set(err, ERR_DNS, "DNS update: broken answer");
    if (a.has_tsig) {
        struct wire_in other = {.p = t.other, .len = t.other_len};
        a.tsig_error = t.error;
        a.server_time_s = t.error == TSIG_BADTIME ? wire_get48(&other) : 0;
    }
    if (a.has_tsig && t.mac_len > 0) {
        if (tsig_verify(&a.verified, msg, &t, asked->key, asked->mac, err))
            return -1;
        a.in_time = a.verified && distance(asked->now_s, t.time_s) <= t.fudge_s;
    }
    *out = a;
    return 0;
}
