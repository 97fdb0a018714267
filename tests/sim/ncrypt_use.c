/* SPDX-License-Identifier: Apache-2.0 */
/* The ncrypt double: properties, signing, export. */
#include "ncrypt_int.h"
#include "ncrypt_p384.h"
#include "shim.h"
#include "sim_call.h"

#include <string.h>

enum { EXPORT_BITS = 3 };

/* ---- properties ---- */

/* RSA 512 to 16384 in steps of 64; of an EC key the curve has said it. */
static bool is_length(const struct object *o, DWORD bits)
{
    return is_rsa(o) ? bits >= 512 && bits <= 16384 && bits % 64 == 0 : bits == o->bits;
}

/* What can be said of a key before it is finalized; all of them are numbers here. */
static SECURITY_STATUS set_property(struct object *o, LPCWSTR name, const BYTE *data, DWORD n,
                                    DWORD flags)
{
    const DWORD usages =
        NCRYPT_ALLOW_DECRYPT_FLAG | NCRYPT_ALLOW_SIGNING_FLAG | NCRYPT_ALLOW_KEY_AGREEMENT_FLAG;
    DWORD number = 0;
    if (!o)
        return NTE_INVALID_HANDLE;
    if (flags & ~(DWORD)(NCRYPT_SILENT_FLAG | NCRYPT_PERSIST_FLAG))
        return NTE_BAD_FLAGS;
    if (!data || n != sizeof number)
        return NTE_INVALID_PARAMETER;
    /* What is said without this flag is not stored along with the key (NCryptSetProperty): it may
     * be gone when the key is opened again. The length is the key's own. */
    if (!(flags & NCRYPT_PERSIST_FLAG) && o->name[0] &&
        (wcscmp(name, NCRYPT_EXPORT_POLICY_PROPERTY) == 0 ||
         wcscmp(name, NCRYPT_KEY_USAGE_PROPERTY) == 0))
        return NTE_INVALID_PARAMETER;
    if (o->finished)
        return NTE_PERM;
    memcpy(&number, data, n);
    if (wcscmp(name, NCRYPT_LENGTH_PROPERTY) == 0) {
        if (!is_length(o, number))
            return NTE_NOT_SUPPORTED;
        o->bits = number;
    } else if (wcscmp(name, NCRYPT_EXPORT_POLICY_PROPERTY) == 0) {
        o->file.exportable = (number & EXPORT_BITS) != 0;
    } else if (wcscmp(name, NCRYPT_KEY_USAGE_PROPERTY) != 0) {
        return NTE_NOT_SUPPORTED;
    } else if (number != NCRYPT_ALLOW_ALL_USAGES && (number & ~usages)) {
        return NTE_INVALID_PARAMETER; /* a usage makes no difference here otherwise */
    }
    return 0;
}

SECURITY_STATUS WINAPI SHIM(NCryptSetProperty)(NCRYPT_HANDLE h, LPCWSTR name, PBYTE data, DWORD n,
                                               DWORD flags);
SECURITY_STATUS WINAPI SHIM(NCryptSetProperty)(NCRYPT_HANDLE h, LPCWSTR name, PBYTE data, DWORD n,
                                               DWORD flags)
{
    struct sim_call call;
    DWORD result = 0;
    if (sim_begin(&call, "NCryptSetProperty", SIM_LIE_OK, &result))
        result = (DWORD)set_property(key_from(h), name, data, n, flags);
    return (SECURITY_STATUS)sim_end(&call, result, "%ls", name);
}

static bool text_property(const struct object *o, const WCHAR *name, const WCHAR **out)
{
    if (wcscmp(name, NCRYPT_NAME_PROPERTY) == 0 || wcscmp(name, NCRYPT_UNIQUE_NAME_PROPERTY) == 0)
        *out = o->name; /* the unique name is the file's, and here the file is named after the
                           container */
    else if (wcscmp(name, NCRYPT_ALGORITHM_PROPERTY) == 0)
        *out = o->algorithm;
    else if (wcscmp(name, NCRYPT_ALGORITHM_GROUP_PROPERTY) == 0)
        *out = is_rsa(o) ? L"RSA" : L"ECDSA";
    else
        return false;
    return true;
}

static bool number_property(const struct object *o, const WCHAR *name, DWORD *out)
{
    if (wcscmp(name, NCRYPT_LENGTH_PROPERTY) == 0)
        *out = o->bits;
    else if (wcscmp(name, NCRYPT_EXPORT_POLICY_PROPERTY) == 0)
        *out = o->file.exportable ? EXPORT_BITS : 0;
    else if (wcscmp(name, NCRYPT_KEY_TYPE_PROPERTY) == 0)
        *out = o->file.machine ? NCRYPT_MACHINE_KEY_FLAG : 0;
    else
        return false;
    return true;
}

SECURITY_STATUS WINAPI SHIM(NCryptGetProperty)(NCRYPT_HANDLE h, LPCWSTR name, PBYTE data, DWORD n,
                                               DWORD *needed, DWORD flags);
SECURITY_STATUS WINAPI SHIM(NCryptGetProperty)(NCRYPT_HANDLE h, LPCWSTR name, PBYTE data, DWORD n,
                                               DWORD *needed, DWORD flags)
{
    struct object *o = key_from(h);
    DWORD number = 0, bytes = sizeof number;
    const WCHAR *text = NULL;
    const void *from = &number;
    (void)flags;
    if (!o)
        return NTE_INVALID_HANDLE;
    if (text_property(o, name, &text)) {
        from = text;
        bytes = (DWORD)((wcslen(text) + 1) * sizeof *text);
    } else if (!number_property(o, name, &number)) {
        return NTE_NOT_SUPPORTED;
    }
    *needed = bytes;
    if (!data)
        return 0;
    if (n < bytes)
        return NTE_BUFFER_TOO_SMALL;
    memcpy(data, from, bytes);
    return 0;
}

/* ---- use ---- */

/* An RSA key signs with a padding and what describes it, an EC key with neither. */
static bool fits_padding(const struct object *o, const void *padding, DWORD flags)
{
    DWORD pad = flags & ~(DWORD)NCRYPT_SILENT_FLAG;
    return is_rsa(o) ? padding && (pad == BCRYPT_PAD_PKCS1 || pad == BCRYPT_PAD_PSS)
                     : !padding && pad == 0;
}

static SECURITY_STATUS status(NTSTATUS s)
{
    const NTSTATUS too_small = (NTSTATUS)0xC0000023;
    if (s == too_small)
        return NTE_BUFFER_TOO_SMALL;
    return s ? NTE_FAIL : 0;
}

static SECURITY_STATUS sign_p384(const struct object *o, struct der hash, BYTE *out, DWORD size,
                                 DWORD *bytes)
{
    *bytes = P384_SIGNATURE_BYTES;
    if (!out)
        return 0;
    if (size < P384_SIGNATURE_BYTES)
        return NTE_BUFFER_TOO_SMALL;
    return p384_sign((struct der){o->file.pkcs8, o->file.bytes}, hash, out) ? 0 : NTE_FAIL;
}

SECURITY_STATUS WINAPI SHIM(NCryptSignHash)(NCRYPT_KEY_HANDLE h, VOID *padding, PBYTE hash,
                                            DWORD hash_bytes, PBYTE out, DWORD size, DWORD *bytes,
                                            DWORD flags);
SECURITY_STATUS WINAPI SHIM(NCryptSignHash)(NCRYPT_KEY_HANDLE h, VOID *padding, PBYTE hash,
                                            DWORD hash_bytes, PBYTE out, DWORD size, DWORD *bytes,
                                            DWORD flags)
{
    struct sim_call call;
    struct object *o = key_from(h);
    DWORD result = 0;
    if (!o || !o->key)
        return NTE_INVALID_HANDLE;
    if (!fits_padding(o, padding, flags))
        return NTE_INVALID_PARAMETER;
    bool begun = sim_begin(&call, "NCryptSignHash", SIM_LIE_OK, &result);
    if (begun && o->bits == 384) {
        result = (DWORD)sign_p384(o, (struct der){hash, hash_bytes}, out, size, bytes);
    } else if (begun) {
        result = (DWORD)status(BCryptSignHash(o->key, padding, hash, hash_bytes, out, size, bytes,
                                              flags & ~(DWORD)NCRYPT_SILENT_FLAG));
    } else if (result == 0) { /* a lie: a signature of nothing */
        *bytes = is_rsa(o) ? o->bits / 8 : (o->bits + 7) / 8 * 2;
        if (out && size >= *bytes)
            memset(out, 0, *bytes);
    }
    return (SECURITY_STATUS)sim_end(&call, result, "%ls", o->name);
}

SECURITY_STATUS WINAPI SHIM(NCryptVerifySignature)(NCRYPT_KEY_HANDLE h, VOID *padding, PBYTE hash,
                                                   DWORD hash_bytes, PBYTE signature, DWORD bytes,
                                                   DWORD flags);
SECURITY_STATUS WINAPI SHIM(NCryptVerifySignature)(NCRYPT_KEY_HANDLE h, VOID *padding, PBYTE hash,
                                                   DWORD hash_bytes, PBYTE signature, DWORD bytes,
                                                   DWORD flags)
{
    struct object *o = key_from(h);
    if (!o || !o->key)
        return NTE_INVALID_HANDLE;
    NTSTATUS s = BCryptVerifySignature(o->key, padding, hash, hash_bytes, signature, bytes,
                                       flags & ~(DWORD)NCRYPT_SILENT_FLAG);
    return s ? NTE_BAD_SIGNATURE : 0;
}

SECURITY_STATUS WINAPI SHIM(NCryptExportKey)(NCRYPT_KEY_HANDLE h, NCRYPT_KEY_HANDLE with,
                                             LPCWSTR type, NCryptBufferDesc *parameters, PBYTE data,
                                             DWORD n, DWORD *bytes, DWORD flags);
SECURITY_STATUS WINAPI SHIM(NCryptExportKey)(NCRYPT_KEY_HANDLE h, NCRYPT_KEY_HANDLE with,
                                             LPCWSTR type, NCryptBufferDesc *parameters, PBYTE data,
                                             DWORD n, DWORD *bytes, DWORD flags)
{
    struct object *o = key_from(h);
    (void)with;
    (void)parameters;
    (void)flags;
    if (!o || !o->key)
        return NTE_INVALID_HANDLE;
    if (wcsstr(type, L"PRIVATE") && !o->file.exportable)
        return NTE_NOT_SUPPORTED;
    if (wcscmp(type, NCRYPT_PKCS8_PRIVATE_KEY_BLOB) != 0)
        return status(BCryptExportKey(o->key, NULL, type, data, n, bytes, 0));
    *bytes = o->file.bytes;
    if (!data)
        return 0;
    if (n < o->file.bytes)
        return NTE_BUFFER_TOO_SMALL;
    memcpy(data, o->file.pkcs8, o->file.bytes);
    return 0;
}
