/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypt32_pfx - reads a PFX file (RFC 7292): MAC, PBE-SHA1-3DES and PBES2 with AES, RSA and EC
 * keys. Not played: RC2.
 *
 * SIM_PFX_NO_AES=1 plays a Windows before Windows 10 1809 and Server 2019, which takes PBES2 or a
 * SHA-256 MAC for a wrong password.
 */
#ifndef CRYPT32_PFX_H
#define CRYPT32_PFX_H

#include "sim_der.h"
#include "sim_windows.h"

enum { PFX_CERTS = 32, PFX_KEYS = 4, PFX_PARTS = 16, PFX_NAME_CHARS = 128 };

struct pfx_item {
    struct der der;
    struct der key_id; /* localKeyID; n is 0 without one */
    WCHAR name[PFX_NAME_CHARS];
};

struct pfx {
    struct pfx_item cert[PFX_CERTS], key[PFX_KEYS];
    int certs, keys;
    BYTE *part[PFX_PARTS]; /* decrypted pieces that the items point into */
    int parts;
};

/* 0, ERROR_INVALID_PASSWORD or CRYPT_E_BAD_ENCODE. The items point into `file` and into `out`;
 * pfx_clear in any case. */
DWORD pfx_open(const CRYPT_DATA_BLOB *file, const WCHAR *password, struct pfx *out);
void pfx_clear(struct pfx *pfx);

#endif
