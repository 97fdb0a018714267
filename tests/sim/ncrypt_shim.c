/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ncrypt.dll with keys that persist (Wine 8 has none), RSA and EC, in the files of sim_keys. The
 * signing is bcrypt's. What is not here goes to Wine's ncrypt, which does not know our handles.
 */
#include "ncrypt_int.h"
#include "shim.h"
#include "sim_call.h"
#include "sim_keys.h"
#include "sim_windows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DO_NOT_FINALIZE = 0x400, BLOB_MAX = 4096 };

static struct object *object_new(DWORD kind)
{
    struct object *o = calloc(1, sizeof *o);
    if (o)
        o->kind = kind;
    return o;
}

static void object_free(struct object *o)
{
    if (!o)
        return;
    if (o->key)
        BCryptDestroyKey(o->key);
    free(o->file.pkcs8);
    o->kind = 0;
    free(o);
}

struct object *key_from(NCRYPT_HANDLE h)
{
    struct object *o = (struct object *)h;
    return o && o->kind == OBJECT_KEY ? o : NULL;
}

static void set_name(struct object *o, const WCHAR *name)
{
    swprintf(o->name, KEY_NAME_CHARS, L"%ls", name);
}

/* Wine 8 imports no private P-384 key: ncrypt_p384 signs with it. */
static void public_half(struct key_blob *blob)
{
    BCRYPT_ECCKEY_BLOB *head = (BCRYPT_ECCKEY_BLOB *)(void *)blob->bytes;
    head->dwMagic = BCRYPT_ECDSA_PUBLIC_P384_MAGIC;
    blob->size = (DWORD)(sizeof *head + 2 * (size_t)head->cbKey);
    blob->type = BCRYPT_ECCPUBLIC_BLOB;
}

/* Makes the bcrypt key of the PKCS#8 that the object holds. */
static SECURITY_STATUS load(struct object *o)
{
    struct key_blob blob;
    BCRYPT_ALG_HANDLE a;
    SECURITY_STATUS e = NTE_BAD_DATA;
    if (!key_blob_from_pkcs8((struct der){o->file.pkcs8, o->file.bytes}, &blob))
        return e;
    if (wcscmp(blob.algorithm, BCRYPT_ECDSA_P384_ALGORITHM) == 0)
        public_half(&blob);
    if (BCryptOpenAlgorithmProvider(&a, blob.algorithm, NULL, 0) == 0) {
        if (BCryptImportKeyPair(a, NULL, blob.type, &o->key, blob.bytes, blob.size, 0) == 0)
            e = 0;
        BCryptCloseAlgorithmProvider(a, 0);
    }
    o->algorithm = blob.algorithm;
    o->bits = blob.bits;
    key_blob_clear(&blob);
    return e;
}

bool is_rsa(const struct object *o)
{
    return wcscmp(o->algorithm, BCRYPT_RSA_ALGORITHM) == 0;
}

SECURITY_STATUS WINAPI SHIM(NCryptOpenStorageProvider)(NCRYPT_PROV_HANDLE *out, LPCWSTR name,
                                                       DWORD flags);
SECURITY_STATUS WINAPI SHIM(NCryptOpenStorageProvider)(NCRYPT_PROV_HANDLE *out, LPCWSTR name,
                                                       DWORD flags)
{
    (void)flags;
    if (name && wcscmp(name, MS_KEY_STORAGE_PROVIDER) != 0)
        return NTE_KEYSET_NOT_DEF;
    struct object *o = object_new(OBJECT_PROVIDER);
    *out = (NCRYPT_PROV_HANDLE)o;
    return o ? 0 : NTE_NO_MEMORY;
}

static bool is_provider(NCRYPT_PROV_HANDLE h)
{
    const struct object *o = (const struct object *)h;
    return o && o->kind == OBJECT_PROVIDER;
}

static SECURITY_STATUS open_key(const WCHAR *name, DWORD flags, struct object **out)
{
    if (flags & ~(DWORD)(NCRYPT_MACHINE_KEY_FLAG | NCRYPT_SILENT_FLAG))
        return NTE_BAD_FLAGS;
    struct object *o = object_new(OBJECT_KEY);
    if (!o)
        return NTE_NO_MEMORY;
    set_name(o, name);
    SECURITY_STATUS e =
        (SECURITY_STATUS)key_load(name, (flags & NCRYPT_MACHINE_KEY_FLAG) != 0, &o->file);
    if (!e)
        e = load(o);
    o->finished = true;
    if (e) {
        object_free(o);
        return e;
    }
    *out = o;
    return 0;
}

SECURITY_STATUS WINAPI SHIM(NCryptOpenKey)(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE *out,
                                           LPCWSTR name, DWORD spec, DWORD flags);
SECURITY_STATUS WINAPI SHIM(NCryptOpenKey)(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE *out,
                                           LPCWSTR name, DWORD spec, DWORD flags)
{
    struct sim_call call;
    DWORD result = 0;
    struct object *o = NULL;
    if (!is_provider(provider))
        return NTE_INVALID_HANDLE;
    if (!name || spec != 0) /* the double holds no key of an old CSP */
        return NTE_INVALID_PARAMETER;
    if (sim_begin(&call, "NCryptOpenKey", SIM_LIE_NO, &result))
        result = (DWORD)open_key(name, flags, &o);
    if (result == 0)
        *out = (NCRYPT_KEY_HANDLE)o;
    return (SECURITY_STATUS)sim_end(&call, result, "%ls flags %lx", name, flags);
}

static SECURITY_STATUS create_key(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE *out,
                                  LPCWSTR algorithm, LPCWSTR name, DWORD spec, DWORD flags)
{
    static const struct {
        const WCHAR *name;
        DWORD bits;
    } known[] = {{BCRYPT_RSA_ALGORITHM, 2048},
                 {BCRYPT_ECDSA_P256_ALGORITHM, 256},
                 {BCRYPT_ECDSA_P384_ALGORITHM, 384}};
    const DWORD known_flags =
        NCRYPT_MACHINE_KEY_FLAG | NCRYPT_OVERWRITE_KEY_FLAG | NCRYPT_SILENT_FLAG;
    bool machine = (flags & NCRYPT_MACHINE_KEY_FLAG) != 0,
         overwrite = (flags & NCRYPT_OVERWRITE_KEY_FLAG) != 0;
    if (!is_provider(provider))
        return NTE_INVALID_HANDLE;
    if (flags & ~known_flags)
        return NTE_BAD_FLAGS;
    if (spec != 0 ||
        (name && (!name[0] || wcslen(name) >= KEY_NAME_CHARS || wcspbrk(name, L"\\/:*?\"<>|"))))
        return NTE_INVALID_PARAMETER; /* the names that a file of the double cannot have, too */
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (wcscmp(algorithm, known[i].name) != 0)
            continue;
        if (name && !overwrite && key_exists(name, machine))
            return NTE_EXISTS;
        struct object *o = object_new(OBJECT_KEY);
        if (!o)
            return NTE_NO_MEMORY;
        if (name)
            set_name(o, name);
        o->file = (struct key_file){.machine = machine, .overwrite = overwrite};
        o->algorithm = known[i].name;
        o->bits = known[i].bits;
        *out = (NCRYPT_KEY_HANDLE)o;
        return 0;
    }
    return NTE_NOT_SUPPORTED;
}

SECURITY_STATUS WINAPI SHIM(NCryptCreatePersistedKey)(NCRYPT_PROV_HANDLE provider,
                                                      NCRYPT_KEY_HANDLE *out, LPCWSTR algorithm,
                                                      LPCWSTR name, DWORD spec, DWORD flags);
SECURITY_STATUS WINAPI SHIM(NCryptCreatePersistedKey)(NCRYPT_PROV_HANDLE provider,
                                                      NCRYPT_KEY_HANDLE *out, LPCWSTR algorithm,
                                                      LPCWSTR name, DWORD spec, DWORD flags)
{
    struct sim_call call;
    DWORD result = 0;
    if (sim_begin(&call, "NCryptCreatePersistedKey", SIM_LIE_NO, &result))
        result = (DWORD)create_key(provider, out, algorithm, name, spec, flags);
    return (SECURITY_STATUS)sim_end(&call, result, "%ls %ls flags %lx", algorithm,
                                    name ? name : L"-", flags);
}

static SECURITY_STATUS generate(struct object *o)
{
    BCRYPT_ALG_HANDLE a;
    BYTE blob[BLOB_MAX] __attribute__((aligned(8)));
    ULONG n = 0;
    if (BCryptOpenAlgorithmProvider(&a, o->algorithm, NULL, 0))
        return NTE_FAIL;
    bool ok = BCryptGenerateKeyPair(a, &o->key, o->bits, 0) == 0 &&
              BCryptFinalizeKeyPair(o->key, 0) == 0 &&
              BCryptExportKey(o->key, NULL,
                              is_rsa(o) ? BCRYPT_RSAFULLPRIVATE_BLOB : BCRYPT_ECCPRIVATE_BLOB, blob,
                              sizeof blob, &n, 0) == 0;
    BCryptCloseAlgorithmProvider(a, 0);
    if (ok)
        o->file.pkcs8 = key_pkcs8_from_blob(blob, &o->file.bytes);
    SecureZeroMemory(blob, sizeof blob);
    return ok && o->file.pkcs8 ? 0 : NTE_FAIL;
}

static SECURITY_STATUS finalize(struct object *o)
{
    SECURITY_STATUS e = o->file.pkcs8 ? 0 : generate(o);
    if (!e && o->name[0])
        e = (SECURITY_STATUS)key_save(o->name, &o->file);
    o->finished = e == 0;
    return e;
}

SECURITY_STATUS WINAPI SHIM(NCryptFinalizeKey)(NCRYPT_KEY_HANDLE h, DWORD flags);
SECURITY_STATUS WINAPI SHIM(NCryptFinalizeKey)(NCRYPT_KEY_HANDLE h, DWORD flags)
{
    struct sim_call call;
    struct object *o = key_from(h);
    DWORD result = 0;
    if (!o || o->finished)
        return NTE_INVALID_HANDLE;
    if (flags & ~(DWORD)(NCRYPT_SILENT_FLAG | NCRYPT_NO_KEY_VALIDATION |
                         NCRYPT_WRITE_KEY_TO_LEGACY_STORE_FLAG))
        return NTE_BAD_FLAGS;
    if (sim_begin(&call, "NCryptFinalizeKey", SIM_LIE_NO, &result))
        result = (DWORD)finalize(o);
    return (SECURITY_STATUS)sim_end(&call, result, "%ls", o->name);
}

static BYTE *import_bytes(const WCHAR *type, const BYTE *data, DWORD n, DWORD *out_bytes)
{
    if (wcscmp(type, NCRYPT_PKCS8_PRIVATE_KEY_BLOB) == 0) {
        BYTE *copy = malloc(n);
        if (copy)
            memcpy(copy, data, n);
        *out_bytes = n;
        return copy;
    }
    if (wcscmp(type, BCRYPT_RSAFULLPRIVATE_BLOB) == 0 || wcscmp(type, BCRYPT_ECCPRIVATE_BLOB) == 0)
        return key_pkcs8_from_blob(data, out_bytes);
    return NULL;
}

SECURITY_STATUS WINAPI SHIM(NCryptImportKey)(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE with,
                                             LPCWSTR type, NCryptBufferDesc *parameters,
                                             NCRYPT_KEY_HANDLE *out, PBYTE data, DWORD n,
                                             DWORD flags);
SECURITY_STATUS WINAPI SHIM(NCryptImportKey)(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE with,
                                             LPCWSTR type, NCryptBufferDesc *parameters,
                                             NCRYPT_KEY_HANDLE *out, PBYTE data, DWORD n,
                                             DWORD flags)
{
    (void)provider;
    (void)with;
    struct object *o = object_new(OBJECT_KEY);
    if (!o)
        return NTE_NO_MEMORY;
    for (ULONG i = 0; parameters && i < parameters->cBuffers; i++)
        if (parameters->pBuffers[i].BufferType == NCRYPTBUFFER_PKCS_KEY_NAME)
            set_name(o, parameters->pBuffers[i].pvBuffer);
    o->file.machine = (flags & NCRYPT_MACHINE_KEY_FLAG) != 0;
    o->file.overwrite = (flags & NCRYPT_OVERWRITE_KEY_FLAG) != 0;
    o->file.pkcs8 = import_bytes(type, data, n, &o->file.bytes);
    SECURITY_STATUS e = o->file.pkcs8 ? load(o) : NTE_NOT_SUPPORTED;
    if (!e && !(flags & DO_NOT_FINALIZE))
        e = shim_NCryptFinalizeKey((NCRYPT_KEY_HANDLE)o, 0);
    if (e) {
        object_free(o);
        return e;
    }
    *out = (NCRYPT_KEY_HANDLE)o;
    return 0;
}

/* ---- the end of it ---- */

SECURITY_STATUS WINAPI SHIM(NCryptFreeObject)(NCRYPT_HANDLE h);
SECURITY_STATUS WINAPI SHIM(NCryptFreeObject)(NCRYPT_HANDLE h)
{
    struct object *o = (struct object *)h;
    if (!o || (o->kind != OBJECT_KEY && o->kind != OBJECT_PROVIDER))
        return NTE_INVALID_HANDLE;
    object_free(o);
    return 0;
}

SECURITY_STATUS WINAPI SHIM(NCryptDeleteKey)(NCRYPT_KEY_HANDLE h, DWORD flags);
SECURITY_STATUS WINAPI SHIM(NCryptDeleteKey)(NCRYPT_KEY_HANDLE h, DWORD flags)
{
    struct sim_call call;
    struct object *o = key_from(h);
    WCHAR path[KEY_PATH_CHARS];
    DWORD result = 0;
    if (!o)
        return NTE_INVALID_HANDLE;
    if (flags & ~(DWORD)NCRYPT_SILENT_FLAG)
        return NTE_BAD_FLAGS;
    key_path(o->name, o->file.machine, path);
    if (sim_begin(&call, "NCryptDeleteKey", SIM_LIE_OK, &result))
        result = DeleteFileW(path) ? 0 : (DWORD)NTE_FAIL;
    sim_end(&call, result, "%ls", o->name);
    if (result == 0)
        object_free(
            o); /* success frees the handle; what a failure leaves of it is not documented */
    return (SECURITY_STATUS)result;
}

BOOL WINAPI SHIM(NCryptIsKeyHandle)(NCRYPT_KEY_HANDLE h);
BOOL WINAPI SHIM(NCryptIsKeyHandle)(NCRYPT_KEY_HANDLE h)
{
    return key_from(h) != NULL;
}

SECURITY_STATUS WINAPI SHIM(NCryptFreeBuffer)(PVOID buffer);
SECURITY_STATUS WINAPI SHIM(NCryptFreeBuffer)(PVOID buffer)
{
    free(buffer);
    return 0;
}

SECURITY_STATUS WINAPI SHIM(NCryptEnumKeys)(NCRYPT_PROV_HANDLE provider, LPCWSTR scope,
                                            NCryptKeyName **out, PVOID *state, DWORD flags);
SECURITY_STATUS WINAPI SHIM(NCryptEnumKeys)(NCRYPT_PROV_HANDLE provider, LPCWSTR scope,
                                            NCryptKeyName **out, PVOID *state, DWORD flags)
{
    WCHAR path[KEY_PATH_CHARS];
    WIN32_FIND_DATAW found;
    if (!is_provider(provider))
        return NTE_INVALID_HANDLE;
    if (scope || !state || (flags & ~(DWORD)(NCRYPT_MACHINE_KEY_FLAG | NCRYPT_SILENT_FLAG)))
        return NTE_INVALID_PARAMETER;
    key_path(L"*", (flags & NCRYPT_MACHINE_KEY_FLAG) != 0, path);
    bool more;
    HANDLE *search = *state; /* the caller frees it with NCryptFreeBuffer; the search handle itself
                                is left open */
    if (!search) {
        search = *state = malloc(sizeof *search);
        if (!search)
            return NTE_NO_MEMORY;
        *search = FindFirstFileW(path, &found);
        more = *search != INVALID_HANDLE_VALUE;
    } else {
        more = FindNextFileW(*search, &found) != 0;
    }
    while (more && (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)) /* . and .. */
        more = FindNextFileW(*search, &found) != 0;
    if (!more)
        return NTE_NO_MORE_ITEMS;
    NCryptKeyName *name = calloc(1, sizeof *name + sizeof found.cFileName);
    if (!name)
        return NTE_NO_MEMORY;
    static WCHAR algorithm[] = L"RSA"; /* a guess: the file would have to be read */
    name->pszName = wcscpy((WCHAR *)(name + 1), found.cFileName);
    name->pszAlgid = algorithm;
    name->dwFlags = flags & NCRYPT_MACHINE_KEY_FLAG;
    *out = name;
    return 0;
}
