/* SPDX-License-Identifier: Apache-2.0 */
/* os_secret_win32.c - secrets at rest by DPAPI, for any process of this machine that can read the
 * file: the one who asks for a certificate and the scheduled task as SYSTEM must both be able to.
 */
#include <windows.h>

#include <dpapi.h>
#include <string.h>

#include "os_win32.h"
#include "secret.h"

/* In front of what DPAPI made, its NUL included. Bytes without it are a file that somebody has put
 * there by hand, and pass through. os_posix.c knows it as well. */
static const char mark[] = "DPAPI1";

/* No secret: keeps other programs' blobs and ours apart. */
static const char entropy[] = "rras-acme state";

static DATA_BLOB blob_of(const void *p, size_t len)
{
    return (DATA_BLOB){(DWORD)len, (BYTE *)(uintptr_t)p};
}

/* Appends to out and frees what DPAPI has allocated. */
static int take(DATA_BLOB *made, struct buf *out, struct err *err)
{
    buf_add(out, made->pbData, made->cbData);
    secret_wipe(made->pbData, made->cbData);
    LocalFree(made->pbData);
    return buf_check(out, "protected secret", err);
}

int os_protect(const void *p, size_t len, struct buf *out, struct err *err)
{
    const DWORD flags = CRYPTPROTECT_LOCAL_MACHINE | CRYPTPROTECT_UI_FORBIDDEN;
    DATA_BLOB in = blob_of(p, len), key = blob_of(entropy, sizeof entropy - 1), made = {0};

    if (len > INT_MAX)
        return err_set(err, ERR_FAIL, "secret: too large to be protected");
    if (!CryptProtectData(&in, NULL, &key, NULL, NULL, flags, &made))
        return err_sys(err, ERR_FAIL, ERR_SRC_WIN32, GetLastError(), "secret: cannot be protected");
    buf_add(out, mark, sizeof mark);
    return take(&made, out, err);
}

int os_unprotect(const void *p, size_t len, struct buf *out, struct err *err)
{
    DATA_BLOB in, key = blob_of(entropy, sizeof entropy - 1), made = {0};

    if (len < sizeof mark || memcmp(p, mark, sizeof mark) != 0) {
        buf_add(out, p, len);
        return buf_check(out, "secret", err);
    }
    if (len > INT_MAX)
        return err_set(err, ERR_FAIL, "protected secret: too large");
    in = blob_of((const char *)p + sizeof mark, len - sizeof mark);
    if (!CryptUnprotectData(&in, NULL, &key, NULL, NULL, CRYPTPROTECT_UI_FORBIDDEN, &made)) {
        err_sys(err, ERR_FAIL, ERR_SRC_WIN32, GetLastError(),
                "protected secret: cannot be opened on this machine");
        return err_hint(err, "it was made on another machine, or before Windows was set up anew");
    }
    return take(&made, out, err);
}
