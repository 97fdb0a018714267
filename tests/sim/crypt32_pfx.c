/* SPDX-License-Identifier: Apache-2.0 */
#include "crypt32_pfx.h"
#include "sim_call.h"
#include "sim_windows.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64, SALT_MAX = 128, PASSWORD_CHARS = 256, HASH_MAX = 32 };

#define OID_SHA1        "\x2b\x0e\x03\x02\x1a"
#define OID_3DES        "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x03"
#define OID_PBES2       "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d"
#define OID_PBKDF2      "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c"
#define OID_HMAC_SHA256 "\x2a\x86\x48\x86\xf7\x0d\x02\x09"
#define OID_AES256_CBC  "\x60\x86\x48\x01\x65\x03\x04\x01\x2a"
#define OID_AES128_CBC  "\x60\x86\x48\x01\x65\x03\x04\x01\x02"
#define OID_DATA        "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
#define OID_ENCRYPTED   "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06"
#define OID_KEY_ID      "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x15"
#define OID_FRIENDLY    "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x14"
#define OID_KEY_BAG     "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x01"
#define OID_SHROUDED    "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02"
#define OID_CERT_BAG    "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x03"

struct digest {
    const WCHAR *algorithm;
    ULONG bytes;
};

static bool digest(const struct digest *d, struct der key, struct der one, struct der two,
                   BYTE *out)
{
    BCRYPT_ALG_HANDLE a;
    BCRYPT_HASH_HANDLE h;
    if (BCryptOpenAlgorithmProvider(&a, d->algorithm, NULL,
                                    key.p ? BCRYPT_ALG_HANDLE_HMAC_FLAG : 0))
        return false;
    bool ok = BCryptCreateHash(a, &h, NULL, 0, (BYTE *)(ULONG_PTR)key.p, (ULONG)key.n, 0) == 0;
    if (ok) {
        ok = BCryptHashData(h, (BYTE *)(ULONG_PTR)one.p, (ULONG)one.n, 0) == 0 &&
             (!two.p || BCryptHashData(h, (BYTE *)(ULONG_PTR)two.p, (ULONG)two.n, 0) == 0) &&
             BCryptFinishHash(h, out, d->bytes, 0) == 0;
        BCryptDestroyHash(h);
    }
    BCryptCloseAlgorithmProvider(a, 0);
    return ok;
}

/* ---- RFC 7292 appendix B ---- */

struct kdf {
    const WCHAR *password;
    struct der salt;
    uint32_t rounds;
};

/* I = salt and password, each repeated to whole blocks; its length, 0 when it would be too long. */
static size_t kdf_input(const struct kdf *k, BYTE *input)
{
    size_t chars = wcslen(k->password) + 1, bytes = 2 * chars;
    if (k->salt.n == 0 || k->salt.n > SALT_MAX || chars > PASSWORD_CHARS)
        return 0;
    size_t salt = BLOCK * ((k->salt.n + BLOCK - 1) / BLOCK),
           all = salt + BLOCK * ((bytes + BLOCK - 1) / BLOCK);
    for (size_t i = 0; i < salt; i++)
        input[i] = k->salt.p[i % k->salt.n];
    for (size_t i = salt; i < all; i++) {
        size_t j = (i - salt) % bytes;
        unsigned c = k->password[j / 2];
        input[i] = (BYTE)(j & 1 ? c : c >> 8);
    }
    return all;
}

static bool pkcs12_kdf(const struct digest *d, const struct kdf *k, BYTE id, BYTE *out, size_t n)
{
    BYTE diversifier[BLOCK], input[2 * SALT_MAX + 3 * PASSWORD_CHARS], a[HASH_MAX], b[BLOCK];
    size_t bytes = kdf_input(k, input);
    if (bytes == 0)
        return false;
    memset(diversifier, id, sizeof diversifier);
    while (n > 0) {
        if (!digest(d, (struct der){0}, (struct der){diversifier, BLOCK},
                    (struct der){input, bytes}, a))
            return false;
        for (uint32_t i = 1; i < k->rounds; i++)
            if (!digest(d, (struct der){0}, (struct der){a, d->bytes}, (struct der){0}, a))
                return false;
        size_t part = n < d->bytes ? n : d->bytes;
        memcpy(out, a, part);
        out += part;
        n -= part;
        for (size_t i = 0; i < BLOCK; i++)
            b[i] = a[i % d->bytes];
        for (size_t at = 0; at < bytes; at += BLOCK) {
            unsigned carry = 1;
            for (size_t i = BLOCK; i-- > 0;) {
                carry += input[at + i] + b[i];
                input[at + i] = (BYTE)carry;
                carry >>= 8;
            }
        }
    }
    return true;
}

/* ---- decryption ---- */

struct cipher {
    const WCHAR *algorithm;
    BYTE key[32], iv[16];
    ULONG key_bytes, block;
};

static bool cbc(struct cipher *c, struct der in, BYTE *out, ULONG *bytes)
{
    BCRYPT_ALG_HANDLE a;
    BCRYPT_KEY_HANDLE k;
    if (BCryptOpenAlgorithmProvider(&a, c->algorithm, NULL, 0))
        return false;
    bool ok = BCryptSetProperty(a, BCRYPT_CHAINING_MODE, (BYTE *)(ULONG_PTR)BCRYPT_CHAIN_MODE_CBC,
                                sizeof BCRYPT_CHAIN_MODE_CBC, 0) == 0 &&
              BCryptGenerateSymmetricKey(a, &k, NULL, 0, c->key, c->key_bytes, 0) == 0;
    if (ok) {
        ok = BCryptDecrypt(k, (BYTE *)(ULONG_PTR)in.p, (ULONG)in.n, NULL, c->iv, c->block, out,
                           (ULONG)in.n, bytes, 0) == 0;
        BCryptDestroyKey(k);
    }
    BCryptCloseAlgorithmProvider(a, 0);
    return ok;
}

static bool decrypt(struct pfx *pfx, struct cipher *c, struct der in, struct der *out)
{
    ULONG n = 0;
    if (in.n == 0 || in.n % c->block || pfx->parts == PFX_PARTS)
        return false;
    BYTE *buf = malloc(in.n);
    if (!buf)
        return false;
    pfx->part[pfx->parts++] = buf;
    if (!cbc(c, in, buf, &n) || n == 0 || buf[n - 1] == 0 || buf[n - 1] > c->block)
        return false;
    *out = (struct der){buf, n - buf[n - 1]};
    return true;
}

static bool cipher_3des(struct der parameters, const WCHAR *password, struct cipher *out)
{
    static const struct digest sha1 = {L"SHA1", 20};
    struct der salt, rounds;
    if (!der_get(&parameters, DER_OCTETS, &salt) || !der_get(&parameters, DER_INTEGER, &rounds))
        return false;
    struct kdf k = {password, salt, der_uint(rounds)};
    *out = (struct cipher){.algorithm = BCRYPT_3DES_ALGORITHM, .key_bytes = 24, .block = 8};
    return pkcs12_kdf(&sha1, &k, 1, out->key, 24) && pkcs12_kdf(&sha1, &k, 2, out->iv, 8);
}

static bool pbkdf2(struct der parameters, const WCHAR *password, BYTE *key, ULONG key_bytes)
{
    struct der salt, rounds, x, prf;
    const WCHAR *hash = BCRYPT_SHA1_ALGORITHM;
    char utf8[4 * PASSWORD_CHARS];
    BCRYPT_ALG_HANDLE a;
    if (!der_get(&parameters, DER_OCTETS, &salt) || !der_get(&parameters, DER_INTEGER, &rounds))
        return false;
    for (int tag = der_next(&parameters, &x); tag; tag = der_next(&parameters, &x))
        if (tag == DER_SEQUENCE && der_get(&x, DER_OID, &prf) && DER_IS(prf, OID_HMAC_SHA256))
            hash = BCRYPT_SHA256_ALGORITHM;
    int n = WideCharToMultiByte(CP_UTF8, 0, password, -1, utf8, sizeof utf8, NULL, NULL);
    if (n < 1 || BCryptOpenAlgorithmProvider(&a, hash, NULL, BCRYPT_ALG_HANDLE_HMAC_FLAG))
        return false;
    bool ok = BCryptDeriveKeyPBKDF2(a, (BYTE *)utf8, (ULONG)n - 1, (BYTE *)(ULONG_PTR)salt.p,
                                    (ULONG)salt.n, der_uint(rounds), key, key_bytes, 0) == 0;
    BCryptCloseAlgorithmProvider(a, 0);
    return ok;
}

static bool cipher_pbes2(struct der parameters, const WCHAR *password, struct cipher *out)
{
    struct der kdf, kdf_oid, kdf_parameters, scheme, scheme_oid, iv;
    if (sim_switch("SIM_PFX_NO_AES"))
        return false;
    if (!der_get(&parameters, DER_SEQUENCE, &kdf) || !der_get(&parameters, DER_SEQUENCE, &scheme) ||
        !der_get(&kdf, DER_OID, &kdf_oid) || !DER_IS(kdf_oid, OID_PBKDF2) ||
        !der_get(&kdf, DER_SEQUENCE, &kdf_parameters) || !der_get(&scheme, DER_OID, &scheme_oid) ||
        !der_get(&scheme, DER_OCTETS, &iv) || iv.n != 16)
        return false;
    ULONG bytes = DER_IS(scheme_oid, OID_AES256_CBC)   ? 32
                  : DER_IS(scheme_oid, OID_AES128_CBC) ? 16
                                                       : 0;
    *out = (struct cipher){.algorithm = BCRYPT_AES_ALGORITHM, .key_bytes = bytes, .block = 16};
    memcpy(out->iv, iv.p, 16);
    return bytes && pbkdf2(kdf_parameters, password, out->key, bytes);
}

static bool pbe(struct pfx *pfx, struct der algorithm, struct der in, const WCHAR *password,
                struct der *out)
{
    struct der oid, parameters;
    struct cipher c;
    if (!der_get(&algorithm, DER_OID, &oid) || !der_get(&algorithm, DER_SEQUENCE, &parameters))
        return false;
    if (DER_IS(oid, OID_3DES))
        return cipher_3des(parameters, password, &c) && decrypt(pfx, &c, in, out);
    return DER_IS(oid, OID_PBES2) && cipher_pbes2(parameters, password, &c) &&
           decrypt(pfx, &c, in, out);
}

/* ---- bags ---- */

static void read_attributes(struct der set, struct pfx_item *item)
{
    struct der attribute, oid, values, text;
    while (der_get(&set, DER_SEQUENCE, &attribute)) {
        if (!der_get(&attribute, DER_OID, &oid) || !der_get(&attribute, DER_SET, &values))
            return;
        if (DER_IS(oid, OID_KEY_ID))
            der_get(&values, DER_OCTETS, &item->key_id);
        if (!DER_IS(oid, OID_FRIENDLY) || !der_get(&values, DER_BMP_STRING, &text))
            continue;
        size_t i = 0;
        for (; i < text.n / 2 && i < PFX_NAME_CHARS - 1; i++)
            item->name[i] = (WCHAR)(text.p[2 * i] << 8 | text.p[2 * i + 1]);
        item->name[i] = 0;
    }
}

static bool read_cert(struct der value, struct pfx_item *item)
{
    struct der bag, oid, content;
    return der_get(&value, DER_SEQUENCE, &bag) && der_get(&bag, DER_OID, &oid) &&
           der_get(&bag, DER_CONTEXT_0, &content) && der_get(&content, DER_OCTETS, &item->der);
}

static bool read_shrouded(struct pfx *pfx, struct der value, const WCHAR *password,
                          struct pfx_item *item)
{
    struct der bag, algorithm, data;
    return der_get(&value, DER_SEQUENCE, &bag) && der_get(&bag, DER_SEQUENCE, &algorithm) &&
           der_get(&bag, DER_OCTETS, &data) && pbe(pfx, algorithm, data, password, &item->der);
}

static bool read_bag(struct pfx *pfx, struct der bag, const WCHAR *password)
{
    struct der oid, value, x;
    struct pfx_item item = {0};
    if (!der_get(&bag, DER_OID, &oid) || !der_get(&bag, DER_CONTEXT_0, &value))
        return false;
    for (int tag = der_next(&bag, &x); tag; tag = der_next(&bag, &x))
        if (tag == DER_SET)
            read_attributes(x, &item);
    if (DER_IS(oid, OID_CERT_BAG)) {
        if (pfx->certs == PFX_CERTS || !read_cert(value, &item))
            return false;
        pfx->cert[pfx->certs++] = item;
        return true;
    }
    bool shrouded = DER_IS(oid, OID_SHROUDED);
    if (!shrouded && !DER_IS(oid, OID_KEY_BAG))
        return true; /* CRLs, secrets: not ours */
    if (pfx->keys == PFX_KEYS)
        return false;
    item.der = value;
    if (shrouded && !read_shrouded(pfx, value, password, &item))
        return false;
    pfx->key[pfx->keys++] = item;
    return true;
}

static bool read_bags(struct pfx *pfx, struct der contents, const WCHAR *password)
{
    struct der all, bag;
    if (!der_get(&contents, DER_SEQUENCE, &all))
        return false;
    while (der_get(&all, DER_SEQUENCE, &bag))
        if (!read_bag(pfx, bag, password))
            return false;
    return true;
}

/* ---- the file ---- */

static DWORD check_mac(struct der mac, struct der data, const WCHAR *password)
{
    struct der info, algorithm, oid, wanted, salt, rounds = {(const BYTE *)"\1", 1};
    BYTE key[HASH_MAX], got[HASH_MAX];
    if (!der_get(&mac, DER_SEQUENCE, &info) || !der_get(&info, DER_SEQUENCE, &algorithm) ||
        !der_get(&algorithm, DER_OID, &oid) || !der_get(&info, DER_OCTETS, &wanted) ||
        !der_get(&mac, DER_OCTETS, &salt))
        return (DWORD)CRYPT_E_BAD_ENCODE;
    der_get(&mac, DER_INTEGER, &rounds);
    struct digest d = {BCRYPT_SHA256_ALGORITHM, 32};
    if (DER_IS(oid, OID_SHA1))
        d = (struct digest){BCRYPT_SHA1_ALGORITHM, 20};
    if (d.bytes == 32 && sim_switch("SIM_PFX_NO_AES"))
        return ERROR_INVALID_PASSWORD;
    struct kdf k = {password, salt, der_uint(rounds)};
    if (!pkcs12_kdf(&d, &k, 3, key, d.bytes) ||
        !digest(&d, (struct der){key, d.bytes}, data, (struct der){0}, got) ||
        !der_is(wanted, (const char *)got, d.bytes))
        return ERROR_INVALID_PASSWORD;
    return 0;
}

static DWORD read_part(struct pfx *pfx, struct der part, const WCHAR *password)
{
    struct der oid, content, x, version, algorithm, type, cipher_text;
    if (!der_get(&part, DER_OID, &oid) || !der_get(&part, DER_CONTEXT_0, &content))
        return (DWORD)CRYPT_E_BAD_ENCODE;
    if (DER_IS(oid, OID_DATA))
        return der_get(&content, DER_OCTETS, &x) && read_bags(pfx, x, password)
                   ? 0
                   : ERROR_INVALID_PASSWORD;
    if (!DER_IS(oid, OID_ENCRYPTED))
        return 0;
    if (!der_get(&content, DER_SEQUENCE, &x) || !der_get(&x, DER_INTEGER, &version) ||
        !der_get(&x, DER_SEQUENCE, &part) || !der_get(&part, DER_OID, &type) ||
        !der_get(&part, DER_SEQUENCE, &algorithm) || !der_get(&part, DER_IMPLICIT_0, &cipher_text))
        return (DWORD)CRYPT_E_BAD_ENCODE;
    return pbe(pfx, algorithm, cipher_text, password, &x) && read_bags(pfx, x, password)
               ? 0
               : ERROR_INVALID_PASSWORD;
}

DWORD pfx_open(const CRYPT_DATA_BLOB *file, const WCHAR *password, struct pfx *out)
{
    struct der in = {file->pbData, file->cbData}, all, version, info, oid, content, data, mac,
               parts, part;
    if (!der_get(&in, DER_SEQUENCE, &all) || !der_get(&all, DER_INTEGER, &version) ||
        !der_get(&all, DER_SEQUENCE, &info) || !der_get(&info, DER_OID, &oid) ||
        !DER_IS(oid, OID_DATA) || !der_get(&info, DER_CONTEXT_0, &content) ||
        !der_get(&content, DER_OCTETS, &data))
        return (DWORD)CRYPT_E_BAD_ENCODE;
    DWORD e = der_get(&all, DER_SEQUENCE, &mac) ? check_mac(mac, data, password) : 0;
    if (!e && !der_get(&data, DER_SEQUENCE, &parts))
        e = (DWORD)CRYPT_E_BAD_ENCODE;
    while (!e && der_get(&parts, DER_SEQUENCE, &part))
        e = read_part(out, part, password);
    return e;
}

void pfx_clear(struct pfx *pfx)
{
    for (int i = 0; i < pfx->parts; i++)
        free(pfx->part[i]);
    *pfx = (struct pfx){0};
}
