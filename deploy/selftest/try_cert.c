/* SPDX-License-Identifier: Apache-2.0 */
/* Rows about certificates and keys, once for RSA and once for EC, and for a key that was made in
 * the machine's provider. */
#include "selftest/try.h"

#include "rras/codes.h"
#include "text.h"

#include <string.h>

enum { DAY_S = 24 * 60 * 60 };

static const struct {
    enum key_type type;
    enum selftest_row_id aes, legacy;
    int bits;
} kinds[SELFTEST_KINDS] = {
    [SELFTEST_RSA] = {KEY_RSA2048, SELFTEST_RSA_AES, SELFTEST_RSA_3DES, 2048},
    [SELFTEST_EC] = {KEY_EC256, SELFTEST_EC_AES, SELFTEST_EC_3DES, 256},
    [SELFTEST_MACHINE] = {KEY_RSA2048, SELFTEST_ROWS, SELFTEST_ROWS, 2048}, /* comes by no PFX */
};

static const char *const names[] = {"selftest.invalid"}; /* RFC 6761 6.4 */

int selftest_bundle(const struct selftest *s, enum key_type type, struct bundle *out,
                    struct err *err)
{
    const struct selftest_host *h = selftest_host(s);
    struct cert_chain chain = {.count = 0};
    struct key *key = NULL;
    int64_t now = clock_now(s->env->clock);
    int rc = -1;

    if (h->new_key(h->self, type, &key, err) != 0 ||
        cert_self_signed(key, names, 1, now - DAY_S, now + DAY_S, &chain, err) != 0)
        goto done;
    rc = bundle_fill(out, &key, &chain, err);
done:
    key_free(key);
    cert_chain_clear(&chain);
    return rc;
}

int selftest_note_cert(const struct selftest *s, const struct bundle *b, struct err *err)
{
    struct selftest_object o = {.kind = SELFTEST_OBJECT_CERT};
    struct buf spki = BUF_INIT(PUBLIC_KEY_MAX_BYTES);
    int rc = -1;

    memcpy(o.sha1, b->leaf.sha1, SHA1_BYTES);
    if (key_spki(b->key, &spki, err) == 0 && buf_check(&spki, "public key", err) == 0) {
        memcpy(o.key.der, spki.p, spki.len);
        o.key.len = spki.len;
        rc = selftest_note(s, &o, err);
    }
    buf_clear(&spki);
    return rc;
}

static int import(struct selftest *s, enum selftest_kind kind, enum pfx_style style,
                  struct err *err)
{
    const struct target *t = selftest_host(s)->target;
    const struct import_request q = {
        .bundle = &s->bundle[kind], .style = style, .friendly_name = SELFTEST_NAME};
    struct key_ref key = {.provider_type = 0};

    return t->import_pfx(t->self, &q, &key, err);
}

static int try_aes(struct selftest *s, enum selftest_kind kind, struct err *err)
{
    if (selftest_bundle(s, kinds[kind].type, &s->bundle[kind], err) != 0 ||
        selftest_note_cert(s, &s->bundle[kind], err) != 0)
        return -1;
    return import(s, kind, PFX_MODERN, err);
}

static bool was_refused_as_old(const struct selftest_outcome *aes)
{
    return !aes->done && (aes->number == CODE_ERROR_INVALID_PASSWORD ||
                          aes->number == CODE_HRESULT_INVALID_PASSWORD);
}

/* As the deploy does: only when AES was refused as a wrong password. */
static int try_3des(struct selftest *s, enum selftest_kind kind, struct selftest_outcome *o,
                    struct err *err)
{
    const struct selftest_outcome *aes = &s->out->outcome[kinds[kind].aes];

    if (was_refused_as_old(aes))
        return import(s, kind, PFX_LEGACY, err);
    o->skip = aes->done ? "not needed: AES was taken" : "not tried: AES did not fail for its age";
    o->stands = aes->done;
    return 0;
}

static int try_container(struct selftest *s, enum selftest_kind kind, struct selftest_outcome *o,
                         struct err *err)
{
    const struct selftest_host *h = selftest_host(s);
    struct selftest_container c = {.bits = 0};

    if (h->look_container(h->self, s->bundle[kind].leaf.sha1, SELFTEST_NAME, &c, err) != 0)
        return -1;
    selftest_figure(o, "cng", c.cng);
    selftest_figure(o, "machine", c.machine);
    selftest_figure(o, "exportable", c.exportable);
    selftest_figure(o, "named", c.named);
    selftest_figure(o, "bits", c.bits);
    if (c.cng && c.machine && !c.exportable && c.named && c.bits == kinds[kind].bits)
        return 0;
    o->fact = "not as it was asked for (CNG, the machine's, not exportable, named)";
    return err_set(err, ERR_FAIL, "key container: %s", o->fact);
}

static int try_key(struct selftest *s, enum selftest_kind kind, struct err *err)
{
    const struct target *t = selftest_host(s)->target;

    return t->prove_key(t->self, s->bundle[kind].leaf.sha1, err);
}

static int try_key_as_system(struct selftest *s, enum selftest_kind kind,
                             struct selftest_outcome *o, struct err *err)
{
    char sha1[2 * SHA1_BYTES + 1];

    if (!selftest_stands(s, SELFTEST_SYSTEM)) {
        o->skip = "not tried: nothing could be started as SYSTEM";
        return 0;
    }
    text_hex(s->bundle[kind].leaf.sha1, SHA1_BYTES, sha1);
    return selftest_as_system(s, "key", sha1, err);
}

/* ---- a key made in the machine ---- */

int try_machine_make(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    struct selftest_object object = {.kind = SELFTEST_OBJECT_KEY};

    (void)o;
    if (machine_key_name("selftest", object.container, err) != 0 ||
        selftest_note(s, &object, err) != 0)
        return -1;
    return machine_key_make(selftest_host(s)->keys, object.container, &s->machine_key, err);
}

int try_machine_put(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    int64_t now = clock_now(s->env->clock);
    const struct cert_wish wish = {names, 1, now - DAY_S, now + DAY_S};
    struct cert_chain chain = {.count = 0};
    struct key *signer = NULL;
    int rc = -1;

    (void)o;
    if (key_new(&signer, KEY_EC256, err) == 0 &&
        cert_for_key(s->machine_key, signer, &wish, &chain, err) == 0 &&
        bundle_fill(&s->bundle[SELFTEST_MACHINE], &s->machine_key, &chain, err) == 0 &&
        selftest_note_cert(s, &s->bundle[SELFTEST_MACHINE], err) == 0)
        rc = import(s, SELFTEST_MACHINE, PFX_MODERN, err);
    key_free(signer);
    cert_chain_clear(&chain);
    return rc;
}

int try_machine_container(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    return try_container(s, SELFTEST_MACHINE, o, err);
}

int try_machine_key(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    (void)o;
    return try_key(s, SELFTEST_MACHINE, err);
}

int try_machine_system(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    return try_key_as_system(s, SELFTEST_MACHINE, o, err);
}

/* ---- the rows ---- */

int try_rsa_aes(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    (void)o;
    return try_aes(s, SELFTEST_RSA, err);
}

int try_rsa_3des(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    return try_3des(s, SELFTEST_RSA, o, err);
}

int try_rsa_container(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    return try_container(s, SELFTEST_RSA, o, err);
}

int try_rsa_key(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    (void)o;
    return try_key(s, SELFTEST_RSA, err);
}

int try_rsa_system(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    return try_key_as_system(s, SELFTEST_RSA, o, err);
}

int try_ec_aes(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    (void)o;
    return try_aes(s, SELFTEST_EC, err);
}

int try_ec_3des(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    return try_3des(s, SELFTEST_EC, o, err);
}

int try_ec_container(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    return try_container(s, SELFTEST_EC, o, err);
}

int try_ec_key(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    (void)o;
    return try_key(s, SELFTEST_EC, err);
}

int try_ec_system(struct selftest *s, struct selftest_outcome *o, struct err *err)
{
    return try_key_as_system(s, SELFTEST_EC, o, err);
}
