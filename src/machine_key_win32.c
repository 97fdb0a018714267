/* SPDX-License-Identifier: Apache-2.0 */
/* machine_key_win32.c - keys of the machine in CNG's Microsoft Software Key Storage Provider. */
#include "machine_key.h"

#include <windows.h>
/* after windows.h */
#include <bcrypt.h>
#include <ncrypt.h>

#include "wide.h"

#include <stdlib.h>

enum { RSA_BITS = 2048, BLOB_MAX_BYTES = 1024, SIGNATURE_MAX_BYTES = 512 };
enum { OPEN_FLAGS = NCRYPT_MACHINE_KEY_FLAG | NCRYPT_SILENT_FLAG };

static enum err_code code_of(SECURITY_STATUS status)
{
    switch ((uint32_t)status) {
    case (uint32_t)NTE_BAD_KEYSET:
    case (uint32_t)NTE_NO_KEY:
        return ERR_NOT_FOUND;
    case (uint32_t)NTE_EXISTS:
        return ERR_EXISTS;
    case (uint32_t)NTE_PERM:
    case ERROR_ACCESS_DENIED:
        return ERR_DENIED;
    default:
        return ERR_FAIL;
    }
}

static int key_err(struct err *err, SECURITY_STATUS status, const char *container, const char *what)
{
    return err_sys(err, code_of(status), ERR_SRC_WIN32, (uint32_t)status, "key container %s%s",
                   container, what);
}

static int open_provider(NCRYPT_PROV_HANDLE *out, struct err *err)
{
    SECURITY_STATUS rc = NCryptOpenStorageProvider(out, MS_KEY_STORAGE_PROVIDER, 0);
    if (rc == ERROR_SUCCESS)
        return 0;
    return err_sys(err, ERR_FAIL, ERR_SRC_WIN32, (uint32_t)rc,
                   "Microsoft Software Key Storage Provider");
}

/* ---- making ---- */

static SECURITY_STATUS set_number(NCRYPT_KEY_HANDLE key, const wchar_t *name, DWORD value,
                                  DWORD flags)
{
    return NCryptSetProperty(key, name, (PBYTE)&value, sizeof value, flags | NCRYPT_SILENT_FLAG);
}

/* What is not said here is a matter of Windows' version; signing is for TLS with (EC)DHE,
 * decryption for the key exchange of old clients, as in keys that come with a PFX. What is said
 * without NCRYPT_PERSIST_FLAG is not stored with the key; the length is the key's own. */
static SECURITY_STATUS describe(NCRYPT_KEY_HANDLE key)
{
    const DWORD stay = NCRYPT_PERSIST_FLAG;
    SECURITY_STATUS rc = set_number(key, NCRYPT_LENGTH_PROPERTY, RSA_BITS, 0);
    if (rc == ERROR_SUCCESS)
        rc = set_number(key, NCRYPT_EXPORT_POLICY_PROPERTY, 0, stay);
    if (rc == ERROR_SUCCESS)
        rc = set_number(key, NCRYPT_KEY_USAGE_PROPERTY,
                        NCRYPT_ALLOW_SIGNING_FLAG | NCRYPT_ALLOW_DECRYPT_FLAG, stay);
    return rc;
}

static int make(void *self, const char *container, struct err *err)
{
    NCRYPT_PROV_HANDLE provider = 0;
    NCRYPT_KEY_HANDLE key = 0;
    wchar_t *name = NULL;
    SECURITY_STATUS rc;
    int result = -1;

    (void)self;
    if (wide_from_utf8(&name, container, err) != 0 || open_provider(&provider, err) != 0)
        goto done;
    rc = NCryptCreatePersistedKey(provider, &key, BCRYPT_RSA_ALGORITHM, name, 0,
                                  NCRYPT_MACHINE_KEY_FLAG);
    if (rc == ERROR_SUCCESS)
        rc = describe(key);
    if (rc == ERROR_SUCCESS)
        rc = NCryptFinalizeKey(key, NCRYPT_SILENT_FLAG);
    if (rc != ERROR_SUCCESS)
        key_err(err, rc, container, ": cannot be made");
    else
        result = 0;
done:
    if (key)
        NCryptFreeObject(key);
    if (provider)
        NCryptFreeObject(provider);
    free(name);
    return result;
}

/* Persisted are only keys with a name (NCryptCreatePersistedKey). */
int machine_key_try(struct err *err)
{
    NCRYPT_PROV_HANDLE provider = 0;
    NCRYPT_KEY_HANDLE key = 0;
    SECURITY_STATUS rc;

    if (open_provider(&provider, err) != 0)
        return -1;
    rc = NCryptCreatePersistedKey(provider, &key, BCRYPT_RSA_ALGORITHM, NULL, 0, 0);
    if (rc == ERROR_SUCCESS)
        rc = describe(key);
    if (rc == ERROR_SUCCESS)
        rc = NCryptFinalizeKey(key, NCRYPT_SILENT_FLAG);
    if (key)
        NCryptFreeObject(key);
    NCryptFreeObject(provider);
    if (rc == ERROR_SUCCESS)
        return 0;
    return err_sys(err, code_of(rc), ERR_SRC_WIN32, (uint32_t)rc,
                   "Microsoft Software Key Storage Provider: an RSA key of 2048 bits");
}

/* ---- using ---- */

static int open_key(const char *container, NCRYPT_KEY_HANDLE *out, struct err *err)
{
    NCRYPT_PROV_HANDLE provider = 0;
    wchar_t *name = NULL;
    SECURITY_STATUS rc;
    int result = -1;

    if (wide_from_utf8(&name, container, err) != 0 || open_provider(&provider, err) != 0)
        goto done;
    rc = NCryptOpenKey(provider, out, name, 0, OPEN_FLAGS);
    if (rc != ERROR_SUCCESS)
        key_err(err, rc, container, "");
    else
        result = 0;
done:
    if (provider)
        NCryptFreeObject(provider);
    free(name);
    return result;
}

/* BCRYPT_RSAPUBLIC_BLOB: header, exponent, modulus, big-endian. */
static int numbers_of(const uint8_t *blob, DWORD len, struct rsa_numbers *out)
{
    const BCRYPT_RSAKEY_BLOB *head = (const void *)blob;

    if (len < sizeof *head || head->Magic != BCRYPT_RSAPUBLIC_MAGIC ||
        head->cbPublicExp > BLOB_MAX_BYTES || head->cbModulus > BLOB_MAX_BYTES ||
        len < sizeof *head + head->cbPublicExp + head->cbModulus)
        return -1;
    *out = (struct rsa_numbers){.e = blob + sizeof *head,
                                .e_len = head->cbPublicExp,
                                .n = blob + sizeof *head + head->cbPublicExp,
                                .n_len = head->cbModulus};
    return 0;
}

static int public_half(void *self, const char *container, struct buf *out, struct err *err)
{
    _Alignas(BCRYPT_RSAKEY_BLOB) uint8_t blob[BLOB_MAX_BYTES];
    struct rsa_numbers numbers;
    NCRYPT_KEY_HANDLE key = 0;
    DWORD len = 0;
    SECURITY_STATUS rc;

    (void)self;
    if (open_key(container, &key, err) != 0)
        return -1;
    rc = NCryptExportKey(key, 0, BCRYPT_RSAPUBLIC_BLOB, NULL, blob, sizeof blob, &len, 0);
    NCryptFreeObject(key);
    if (rc != ERROR_SUCCESS)
        return key_err(err, rc, container, ": its public half");
    if (numbers_of(blob, len, &numbers) != 0)
        return err_set(err, ERR_FAIL, "key container %s: not an RSA key", container);
    return rsa_spki(&numbers, out, err);
}

static int sign(void *self, const char *container, const uint8_t *digest, size_t len,
                struct buf *out, struct err *err)
{
    BCRYPT_PKCS1_PADDING_INFO pkcs1 = {BCRYPT_SHA256_ALGORITHM};
    uint8_t signature[SIGNATURE_MAX_BYTES];
    NCRYPT_KEY_HANDLE key = 0;
    DWORD n = 0;
    SECURITY_STATUS rc;

    (void)self;
    if (open_key(container, &key, err) != 0)
        return -1;
    rc = NCryptSignHash(key, &pkcs1, (PBYTE)(uintptr_t)digest, (DWORD)len, signature,
                        sizeof signature, &n, BCRYPT_PAD_PKCS1 | NCRYPT_SILENT_FLAG);
    NCryptFreeObject(key);
    if (rc != ERROR_SUCCESS)
        return key_err(err, rc, container, ": signing");
    buf_add(out, signature, n);
    return buf_check(out, container, err);
}

const struct machine_keys machine_keys_os = {make, public_half, sign, NULL};
