/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_keys.h"
#include "sim_windows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PKCS8_MAX = 8192 };

/* ---- PKCS#8 (RFC 5208) and what is in it ---- */

struct pkcs8 {
    struct der oid, curve, key;
};
static bool pkcs8_open(struct der in, struct pkcs8 *out)
{
    struct der s, version, algorithm;
    if (!der_get(&in, DER_SEQUENCE, &s) || !der_get(&s, DER_INTEGER, &version) ||
        !der_get(&s, DER_SEQUENCE, &algorithm) || !der_get(&algorithm, DER_OID, &out->oid) ||
        !der_get(&s, DER_OCTETS, &out->key))
        return false;
    return !DER_IS(out->oid, OID_EC) || der_get(&algorithm, DER_OID, &out->curve);
}

enum { RSA_VERSION, RSA_N, RSA_E, RSA_D, RSA_P, RSA_Q, RSA_DP, RSA_DQ, RSA_QI, RSA_FIELDS };
static bool rsa_open(struct der in, struct der field[RSA_FIELDS])
{
    struct der s;
    if (!der_get(&in, DER_SEQUENCE, &s))
        return false;
    for (int i = 0; i < RSA_FIELDS; i++) {
        if (!der_get(&s, DER_INTEGER, &field[i]))
            return false;
        field[i] = der_magnitude(field[i]);
    }
    return true;
}

struct ec_key {
    size_t size; /* of one coordinate */
    struct der d, point;
};
static bool ec_open(const struct pkcs8 *in, struct ec_key *out)
{
    struct der s, version, x, bits, from = in->key;
    out->size = DER_IS(in->curve, OID_P256) ? 32 : DER_IS(in->curve, OID_P384) ? 48 : 0;
    out->point = (struct der){0};
    if (out->size == 0 || !der_get(&from, DER_SEQUENCE, &s) ||
        !der_get(&s, DER_INTEGER, &version) || !der_get(&s, DER_OCTETS, &out->d))
        return false;
    for (int tag = der_next(&s, &x); tag; tag = der_next(&s, &x))
        if (tag == DER_CONTEXT_1 && der_get(&x, DER_BIT_STRING, &bits) && bits.n > 1)
            out->point = (struct der){bits.p + 1, bits.n - 1};
    /* the public point is optional in RFC 5915, but everybody writes it and bcrypt wants it */
    return out->point.n == 2 * out->size + 1;
}

static BYTE *put_right(BYTE *to, size_t n, struct der v)
{
    v = der_magnitude(v);
    memset(to, 0, n);
    if (v.n <= n)
        memcpy(to + n - v.n, v.p, v.n);
    return to + n;
}

static bool rsa_blob(const struct pkcs8 *in, struct key_blob *out)
{
    struct der f[RSA_FIELDS];
    if (!rsa_open(in->key, f))
        return false;
    size_t n = f[RSA_N].n, half = (n + 1) / 2, e = f[RSA_E].n;
    size_t size = sizeof(BCRYPT_RSAKEY_BLOB) + e + 2 * n + 5 * half;
    BCRYPT_RSAKEY_BLOB *head = calloc(1, size);
    if (!head)
        return false;
    *head = (BCRYPT_RSAKEY_BLOB){
        BCRYPT_RSAFULLPRIVATE_MAGIC, (ULONG)n * 8, (ULONG)e, (ULONG)n, (ULONG)half, (ULONG)half};
    BYTE *p = put_right((BYTE *)(head + 1), e, f[RSA_E]);
    p = put_right(p, n, f[RSA_N]);
    for (int i = RSA_P; i <= RSA_QI; i++)
        p = put_right(p, half, f[i]);
    put_right(p, n, f[RSA_D]);
    *out = (struct key_blob){(BYTE *)head, (DWORD)size, BCRYPT_RSAFULLPRIVATE_BLOB,
                             BCRYPT_RSA_ALGORITHM, (DWORD)n * 8};
    return true;
}

static bool ec_blob(const struct pkcs8 *in, struct key_blob *out)
{
    struct ec_key k;
    if (!ec_open(in, &k))
        return false;
    size_t size = sizeof(BCRYPT_ECCKEY_BLOB) + 3 * k.size;
    BYTE *bytes = calloc(1, size);
    if (!bytes)
        return false;
    bool p256 = k.size == 32;
    const BCRYPT_ECCKEY_BLOB head = {
        p256 ? BCRYPT_ECDSA_PRIVATE_P256_MAGIC : BCRYPT_ECDSA_PRIVATE_P384_MAGIC, (ULONG)k.size};
    memcpy(bytes, &head, sizeof head);
    memcpy(bytes + sizeof head, k.point.p + 1, 2 * k.size);
    put_right(bytes + sizeof head + 2 * k.size, k.size, k.d);
    *out = (struct key_blob){
        .size = (DWORD)size,
        .type = BCRYPT_ECCPRIVATE_BLOB,
        .algorithm = p256 ? BCRYPT_ECDSA_P256_ALGORITHM : BCRYPT_ECDSA_P384_ALGORITHM,
        .bits = (DWORD)k.size * 8,
    };
    out->bytes = bytes;
    return true;
}

bool key_blob_from_pkcs8(struct der pkcs8, struct key_blob *out)
{
    struct pkcs8 k;
    if (!pkcs8_open(pkcs8, &k))
        return false;
    if (DER_IS(k.oid, OID_RSA))
        return rsa_blob(&k, out);
    return DER_IS(k.oid, OID_EC) && ec_blob(&k, out);
}

void key_blob_clear(struct key_blob *blob)
{
    free(blob->bytes);
    *blob = (struct key_blob){0};
}

static void put_rsa(struct der_writer *w, const BCRYPT_RSAKEY_BLOB *r)
{
    const BYTE *e = (const BYTE *)(r + 1), *n = e + r->cbPublicExp, *p = n + r->cbModulus,
               *q = p + r->cbPrime1, *dp = q + r->cbPrime2, *dq = dp + r->cbPrime1,
               *qi = dq + r->cbPrime2, *d = qi + r->cbPrime1;
    size_t end = w->at;
    der_put_uint(w, qi, r->cbPrime1);
    der_put_uint(w, dq, r->cbPrime2);
    der_put_uint(w, dp, r->cbPrime1);
    der_put_uint(w, q, r->cbPrime2);
    der_put_uint(w, p, r->cbPrime1);
    der_put_uint(w, d, r->cbModulus);
    der_put_uint(w, e, r->cbPublicExp);
    der_put_uint(w, n, r->cbModulus);
    der_put(w, "\2\1\0", 3);
    der_wrap(w, DER_SEQUENCE, end);
    der_wrap(w, DER_OCTETS, end);
    static const char algorithm[] = "\x30\x0d\x06\x09" OID_RSA "\x05\x00";
    der_put(w, algorithm, sizeof algorithm - 1);
}

static void put_ec(struct der_writer *w, const BCRYPT_ECCKEY_BLOB *k)
{
    size_t size = k->cbKey, end = w->at;
    const BYTE *xy = (const BYTE *)(k + 1);
    der_put(w, xy, 2 * size);
    der_put(w, "\0\4", 2);
    der_wrap(w, DER_BIT_STRING, end);
    der_wrap(w, DER_CONTEXT_1, end);
    size_t d_end = w->at;
    der_put(w, xy + 2 * size, size);
    der_wrap(w, DER_OCTETS, d_end);
    der_put(w, "\2\1\1", 3);
    der_wrap(w, DER_SEQUENCE, end);
    der_wrap(w, DER_OCTETS, end);
    size_t algorithm_end = w->at;
    if (size == 32)
        der_put(w, "\x06\x08" OID_P256, 10);
    else
        der_put(w, "\x06\x05" OID_P384, 7);
    der_put(w, "\x06\x07" OID_EC, 9);
    der_wrap(w, DER_SEQUENCE, algorithm_end);
}

BYTE *key_pkcs8_from_blob(const BYTE *blob, DWORD *bytes)
{
    BYTE *buf = malloc(PKCS8_MAX), *out = NULL;
    if (!buf)
        return NULL;
    struct der_writer w = {buf, PKCS8_MAX};
    const BCRYPT_RSAKEY_BLOB *rsa = (const void *)blob;
    if (rsa->Magic == BCRYPT_RSAFULLPRIVATE_MAGIC)
        put_rsa(&w, rsa);
    else
        put_ec(&w, (const void *)blob);
    der_put(&w, "\2\1\0", 3);
    der_wrap(&w, DER_SEQUENCE, PKCS8_MAX);
    *bytes = (DWORD)(PKCS8_MAX - w.at);
    out = malloc(*bytes);
    if (out)
        memcpy(out, buf + w.at, *bytes);
    free(buf);
    return out;
}

bool key_fits(struct der pkcs8, const CERT_PUBLIC_KEY_INFO *spki)
{
    struct pkcs8 k;
    struct der bits = {spki->PublicKey.pbData, spki->PublicKey.cbData};
    if (!pkcs8_open(pkcs8, &k))
        return false;
    if (DER_IS(k.oid, OID_RSA)) {
        struct der f[RSA_FIELDS], s, n;
        if (!rsa_open(k.key, f) || !der_get(&bits, DER_SEQUENCE, &s) ||
            !der_get(&s, DER_INTEGER, &n))
            return false;
        n = der_magnitude(n);
        return n.n == f[RSA_N].n && memcmp(n.p, f[RSA_N].p, n.n) == 0;
    }
    struct ec_key e;
    return ec_open(&k, &e) && bits.n == e.point.n && memcmp(bits.p, e.point.p, bits.n) == 0;
}

/* ---- files ---- */

void key_new_name(WCHAR *name, size_t chars)
{
    BYTE r[16];
    BCryptGenRandom(NULL, r, sizeof r, BCRYPT_USE_SYSTEM_PREFERRED_RNG);
    swprintf(name, chars, L"{%02X%02X%02X%02X-%02X%02X-%02X%02X-%02X%02X-%02X%02X%02X%02X%02X%02X}",
             r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11], r[12], r[13],
             r[14], r[15]);
}

void key_path(const WCHAR *name, bool machine, WCHAR path[KEY_PATH_CHARS])
{
    static const WCHAR *const below[] = {L"\\Microsoft", L"\\Crypto", L"\\Keys"};
    /* not %ProgramData%: Wine gives services another one than programs */
    wcscpy(path, L"C:\\ProgramData");
    if (!machine)
        GetEnvironmentVariableW(L"APPDATA", path, MAX_PATH);
    for (size_t i = 0; i < sizeof below / sizeof *below; i++) {
        wcscat(path, below[i]);
        CreateDirectoryW(path, NULL);
    }
    if (name) {
        wcscat(path, L"\\");
        wcsncat(path, name, KEY_NAME_CHARS);
    }
}

bool key_exists(const WCHAR *name, bool machine)
{
    WCHAR path[KEY_PATH_CHARS];
    key_path(name, machine, path);
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

DWORD key_save(const WCHAR *name, const struct key_file *key)
{
    WCHAR path[KEY_PATH_CHARS];
    DWORD written;
    BYTE flags = key->exportable;
    key_path(name, key->machine, path);
    HANDLE h = CreateFileW(path, GENERIC_WRITE, 0, NULL,
                           key->overwrite ? CREATE_ALWAYS : CREATE_NEW, 0, NULL);
    if (h == INVALID_HANDLE_VALUE)
        return GetLastError() == ERROR_FILE_EXISTS ? (DWORD)NTE_EXISTS : (DWORD)NTE_PERM;
    BOOL ok = WriteFile(h, &flags, 1, &written, NULL) &&
              WriteFile(h, key->pkcs8, key->bytes, &written, NULL);
    CloseHandle(h);
    return ok ? 0 : (DWORD)NTE_FAIL;
}

DWORD key_load(const WCHAR *name, bool machine, struct key_file *out)
{
    WCHAR path[KEY_PATH_CHARS];
    BYTE flags = 0;
    DWORD got, result = (DWORD)NTE_BAD_KEYSET;
    key_path(name, machine, path);
    HANDLE h =
        CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                    NULL, OPEN_EXISTING, 0, NULL);
    if (h == INVALID_HANDLE_VALUE)
        return result;
    DWORD size = GetFileSize(h, NULL);
    BYTE *bytes = size > 1 && size <= PKCS8_MAX ? malloc(size - 1) : NULL;
    if (bytes && ReadFile(h, &flags, 1, &got, NULL) && ReadFile(h, bytes, size - 1, &got, NULL) &&
        got == size - 1) {
        *out = (struct key_file){
            .machine = machine, .exportable = flags & 1, .pkcs8 = bytes, .bytes = size - 1};
        bytes = NULL;
        result = 0;
    }
    free(bytes);
    CloseHandle(h);
    return result;
}

bool key_of_certificate(PCCERT_CONTEXT cert, WCHAR name[KEY_NAME_CHARS], bool *machine)
{
    BYTE buf[2048] __attribute__((aligned(8)));
    DWORD n = sizeof buf;
    const CRYPT_KEY_PROV_INFO *info = (const void *)buf;
    if (!CertGetCertificateContextProperty(cert, CERT_KEY_PROV_INFO_PROP_ID, buf, &n))
        return false;
    if (!info->pwszContainerName)
        return false;
    swprintf(name, KEY_NAME_CHARS, L"%ls", info->pwszContainerName);
    *machine = (info->dwFlags & CRYPT_MACHINE_KEYSET) != 0;
    return true;
}
