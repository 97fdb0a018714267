/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_keys - the key store double's keys: one file a key, an unencrypted PKCS#8 behind one byte of
 * flags, in the folder where Windows keeps CNG keys (ProgramData\Microsoft\Crypto\Keys). Shared by
 * the crypt32 and ncrypt doubles, the http.sys double and the simulated services.
 *
 * Not as on Windows: the files are not encrypted, are named after their container, and keys of the
 * old CSP live here too.
 */
#ifndef SIM_KEYS_H
#define SIM_KEYS_H

#include "sim_der.h"
#include "sim_windows.h"

enum { KEY_NAME_CHARS = 200, KEY_PATH_CHARS = 2 * MAX_PATH };

/* A key as bcrypt takes it. Free with key_blob_clear. */
struct key_blob {
    BYTE *bytes;
    DWORD size;
    const WCHAR *type;      /* BCRYPT_RSAFULLPRIVATE_BLOB or BCRYPT_ECCPRIVATE_BLOB */
    const WCHAR *algorithm; /* BCRYPT_RSA_ALGORITHM, BCRYPT_ECDSA_P256_ALGORITHM,
                               BCRYPT_ECDSA_P384_ALGORITHM */
    DWORD bits;
};
bool key_blob_from_pkcs8(struct der pkcs8, struct key_blob *out);
void key_blob_clear(struct key_blob *blob);

/* The same back: PKCS#8 from a bcrypt private blob. Free with free. */
BYTE *key_pkcs8_from_blob(const BYTE *blob, DWORD *bytes);

/* Whether this private key belongs to that SubjectPublicKeyInfo: RSA modulus or EC point compared.
 */
bool key_fits(struct der pkcs8, const CERT_PUBLIC_KEY_INFO *spki);

/* "{GUID}", at least 40 characters. */
void key_new_name(WCHAR *name, size_t chars);

/* The file of a container; name NULL: the folder. Makes the folders. */
void key_path(const WCHAR *name, bool machine, WCHAR path[KEY_PATH_CHARS]);

bool key_exists(const WCHAR *name, bool machine);

struct key_file {
    bool machine, overwrite, exportable;
    BYTE *pkcs8;
    DWORD bytes;
};
/* 0, NTE_EXISTS, NTE_PERM or NTE_FAIL. */
DWORD key_save(const WCHAR *name, const struct key_file *key);
/* 0 or NTE_BAD_KEYSET; free out->pkcs8 with free. */
DWORD key_load(const WCHAR *name, bool machine, struct key_file *out);

/* The container a certificate names; false when it has no key property. */
bool key_of_certificate(PCCERT_CONTEXT cert, WCHAR name[KEY_NAME_CHARS], bool *machine);

#endif
