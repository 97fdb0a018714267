/* SPDX-License-Identifier: Apache-2.0 */
/* ncrypt_int - between the files of the ncrypt double. */
#ifndef NCRYPT_INT_H
#define NCRYPT_INT_H

#include "sim_keys.h"
#include "sim_windows.h"

enum { OBJECT_PROVIDER = 0x50524f56, OBJECT_KEY = 0x4b45594b };

/* What our handles point to. */
struct object {
    DWORD kind;
    WCHAR name[KEY_NAME_CHARS];
    struct key_file file;
    DWORD bits;
    const WCHAR *algorithm;
    bool finished;
    BCRYPT_KEY_HANDLE key; /* of a P-384 key the public half only */
};

/* NULL when it is no key of ours. */
struct object *key_from(NCRYPT_HANDLE h);

bool is_rsa(const struct object *o);

#endif
