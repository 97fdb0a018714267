/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/program.h"

#include <windows.h>

#include <aclapi.h>
#include <sddl.h>
#include <stdlib.h>

enum { MAX_PATH_CHARS = 32768, MAX_SID_BYTES = 128 };

/* All that lets one change or replace the file. */
static const ACCESS_MASK writing = FILE_WRITE_DATA | FILE_APPEND_DATA | DELETE | WRITE_DAC |
                                   WRITE_OWNER | GENERIC_WRITE | GENERIC_ALL;

/* SYSTEM, Administrators, TrustedInstaller. CREATOR OWNER stands for nobody on a file. */
static const wchar_t *const trusted[] = {
    L"S-1-5-18", L"S-1-5-32-544", L"S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
    L"S-1-3-0"};

/* The account we run as, which may be none of the trusted ones in tests and by hand. */
static bool is_us(PSID sid)
{
    union {
        TOKEN_USER user;
        BYTE bytes[sizeof(TOKEN_USER) + MAX_SID_BYTES];
    } info;
    HANDLE token = NULL;
    DWORD got = 0;
    bool same = false;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return false;
    if (GetTokenInformation(token, TokenUser, &info, sizeof info, &got))
        same = EqualSid(info.user.User.Sid, sid) != 0;
    CloseHandle(token);
    return same;
}

static bool is_trusted(PSID sid)
{
    for (size_t i = 0; i < sizeof trusted / sizeof *trusted; i++) {
        PSID known = NULL;
        bool same = false;
        if (ConvertStringSidToSidW(trusted[i], &known)) {
            same = EqualSid(known, sid) != 0;
            LocalFree(known);
        }
        if (same)
            return true;
    }
    return is_us(sid);
}

static bool others_may_write(PACL dacl)
{
    ACL_SIZE_INFORMATION size = {0};

    if (!dacl) /* no list: everybody may do everything */
        return true;
    if (!GetAclInformation(dacl, &size, sizeof size, AclSizeInformation))
        return true;
    for (DWORD i = 0; i < size.AceCount; i++) {
        void *p = NULL;
        if (!GetAce(dacl, i, &p))
            return true;
        const ACE_HEADER *head = p;
        ACCESS_ALLOWED_ACE *ace = p;
        if (head->AceType != ACCESS_ALLOWED_ACE_TYPE || (head->AceFlags & INHERIT_ONLY_ACE))
            continue;
        if ((ace->Mask & writing) && !is_trusted((PSID)&ace->SidStart))
            return true;
    }
    return false;
}

static int check_rights(const wchar_t *wide, const char *path, struct err *err)
{
    PSECURITY_DESCRIPTOR sd = NULL;
    PSID owner = NULL;
    PACL dacl = NULL;
    int rc = 0;

    DWORD e = GetNamedSecurityInfoW((wchar_t *)(uintptr_t)wide, SE_FILE_OBJECT,
                                    OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner,
                                    NULL, &dacl, NULL, &sd);
    if (e != ERROR_SUCCESS)
        return err_sys(err, ERR_USAGE, ERR_SRC_WIN32, e, "program %s: its rights", path);
    if (!owner || !is_trusted(owner))
        rc = err_set(err, ERR_USAGE,
                     "program %s: belongs neither to the Administrators nor to SYSTEM", path);
    else if (others_may_write(dacl))
        rc =
            err_set(err, ERR_USAGE, "program %s: others than Administrators may write to it", path);
    if (rc)
        err_hint(err, "keep it in a folder that only Administrators can write to, for example "
                      "below %%ProgramFiles%%");
    LocalFree(sd);
    return rc;
}

int program_check(const char *path, struct err *err)
{
    wchar_t *wide = calloc(MAX_PATH_CHARS, sizeof *wide);
    int rc = -1;

    if (!wide)
        return err_set(err, ERR_FAIL, "program %s: out of memory", path);
    if (!MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, wide, MAX_PATH_CHARS)) {
        err_set(err, ERR_USAGE, "program %s: not a path", path);
        goto done;
    }
    DWORD attributes = GetFileAttributesW(wide);
    if (attributes == INVALID_FILE_ATTRIBUTES)
        err_sys(err, ERR_USAGE, ERR_SRC_WIN32, GetLastError(), "program %s", path);
    else if (attributes & FILE_ATTRIBUTE_DIRECTORY)
        err_set(err, ERR_USAGE, "program %s: is a folder", path);
    else
        rc = check_rights(wide, path, err);
done:
    free(wide);
    return rc;
}
