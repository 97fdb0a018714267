/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/tsig.h"

#include "text.h"

#include <string.h>

enum { TYPE_TSIG = 250, CLASS_ANY = 255, ARCOUNT_AT = 10, MAX_MESSAGE = 65535 };

static const struct {
    const char *name;
    enum crypto_hmac algorithm;
} algorithms[] = {
    {"hmac-sha256", CRYPTO_HMAC_SHA256},
    {"hmac-sha384", CRYPTO_HMAC_SHA384},
    {"hmac-sha512", CRYPTO_HMAC_SHA512},
    {"hmac-sha1", CRYPTO_HMAC_SHA1},
};

bool tsig_algorithm_parse(const char *s, enum crypto_hmac *out)
{
    char name[32];

    if (!s)
        s = algorithms[0].name;
    if (!text_copy(name, sizeof name, s))
        return false;
    size_t len = strlen(name);
    if (len > 0 && name[len - 1] == '.')
        name[len - 1] = 0;
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
        if (text_equal_nocase(name, algorithms[i].name)) {
            *out = algorithms[i].algorithm;
            return true;
        }
    }
    return false;
}

const char *tsig_algorithm_name(enum crypto_hmac a)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
        if (algorithms[i].algorithm == a)
            return algorithms[i].name;
    return "?";
}

static struct wire_name algorithm_wire(enum crypto_hmac a)
{
    struct wire_name n = {.len = 0};
    bool ok = wire_name_from(&n, tsig_algorithm_name(a));

    (void)ok; /* our own table */
    return n;
}

/* RFC 8945 4.3.3: the variables that are signed beside the message. */
static void put_variables(struct buf *out, const struct tsig_record *t)
{
    wire_put_name(out, &t->name);
    wire_put16(out, CLASS_ANY);
    wire_put32(out, 0); /* TTL */
    wire_put_name(out, &t->algorithm);
    wire_put48(out, t->time_s);
    wire_put16(out, t->fudge_s);
    wire_put16(out, t->error);
    wire_put16(out, (unsigned)t->other_len);
    buf_add(out, t->other, t->other_len);
}

static int hmac(const struct tsig_key *key, const struct buf *b, struct tsig_mac *out,
                struct err *err)
{
    if (buf_check(b, "DNS update", err))
        return -1;
    return crypto_hmac(key->algorithm, key->secret, key->secret_len, b->p, b->len, out->p,
                       &out->len, err);
}

static void put_record(struct buf *msg, const struct tsig_record *t, const struct tsig_mac *mac)
{
    size_t rdlength = t->algorithm.len + 6 + 2 + 2 + mac->len + 2 + 2 + 2;

    wire_put_name(msg, &t->name);
    wire_put16(msg, TYPE_TSIG);
    wire_put16(msg, CLASS_ANY);
    wire_put32(msg, 0);
    wire_put16(msg, (unsigned)rdlength);
    wire_put_name(msg, &t->algorithm);
    wire_put48(msg, t->time_s);
    wire_put16(msg, t->fudge_s);
    wire_put16(msg, (unsigned)mac->len);
    buf_add(msg, mac->p, mac->len);
    wire_put16(msg, t->original_id);
    wire_put16(msg, 0); /* error */
    wire_put16(msg, 0); /* no other data */
}

int tsig_sign(struct buf *msg, const struct tsig_key *key, int64_t now_s, struct tsig_mac *mac,
              struct err *err)
{
    struct buf digest = BUF_INIT(MAX_MESSAGE);
    struct tsig_record t = {.name = key->name, .time_s = now_s, .fudge_s = TSIG_FUDGE_S};
    struct tsig_mac m = {.len = 0};
    int rc = -1;

    if (buf_check(msg, "DNS update", err))
        return -1;
    t.algorithm = algorithm_wire(key->algorithm);
    t.original_id = (unsigned)(uint8_t)msg->p[0] << 8 | (uint8_t)msg->p[1];
    buf_add(&digest, msg->p, msg->len);
    put_variables(&digest, &t);
    if (hmac(key, &digest, &m, err))
        goto done;
    put_record(msg, &t, &m);
    if (buf_check(msg, "DNS update", err))
        goto done;
    msg->p[ARCOUNT_AT + 1]++; /* ours has no other additional record */
    *mac = m;
    rc = 0;
done:
    buf_clear(&digest);
    return rc;
}

bool tsig_read(struct tsig_record *out, const uint8_t *rdata, size_t len)
{
    struct wire_in in = {.p = rdata, .len = len};

    wire_get_name(&in, &out->algorithm); /* never compressed: RFC 8945 4.2 */
    out->time_s = wire_get48(&in);
    out->fudge_s = wire_get16(&in);
    out->mac_len = wire_get16(&in);
    out->mac = wire_take(&in, out->mac_len);
    out->original_id = wire_get16(&in);
    out->error = wire_get16(&in);
    out->other_len = wire_get16(&in);
    out->other = wire_take(&in, out->other_len);
    return !in.bad && in.at == len;
}

int tsig_verify(bool *ok, const void *msg, const struct tsig_record *t, const struct tsig_key *key,
                const struct tsig_mac *request, struct err *err)
{
    struct wire_name algorithm = algorithm_wire(key->algorithm);
    struct buf digest = BUF_INIT(MAX_MESSAGE + 1024);
    const uint8_t *p = msg;
    struct tsig_mac want = {.len = 0};
    unsigned count = (unsigned)p[ARCOUNT_AT] << 8 | p[ARCOUNT_AT + 1];

    /* RFC 8945 4.3: the request's MAC, the message as it was before TSIG came to it, variables. */
    wire_put16(&digest, (unsigned)request->len);
    buf_add(&digest, request->p, request->len);
    wire_put16(&digest, t->original_id);
    buf_add(&digest, p + 2, ARCOUNT_AT - 2);
    wire_put16(&digest, count - 1);
    buf_add(&digest, p + WIRE_HEADER_BYTES, t->at - WIRE_HEADER_BYTES);
    put_variables(&digest, t);
    int rc = hmac(key, &digest, &want, err);
    buf_clear(&digest);
    if (rc)
        return -1;
    *ok = wire_name_equal(&t->name, &key->name) && wire_name_equal(&t->algorithm, &algorithm) &&
          t->mac_len == want.len && crypto_equal(t->mac, want.p, want.len);
    return 0;
}
