/* SPDX-License-Identifier: Apache-2.0 */
/* os_acl_win32.c - who may read and write our files. */
#include <windows.h>

#include <aclapi.h>
#include <sddl.h>
#include <stdlib.h>

#include "os_win32.h"
#include "text.h"
#include "wide.h"

TOKEN_USER *os_token_user(void)
{
    HANDLE token;
    DWORD size = 0, number;
    TOKEN_USER *user = NULL;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return NULL;
    GetTokenInformation(token, TokenUser, NULL, 0, &size);
    user = malloc(size);
    if (user && !GetTokenInformation(token, TokenUser, user, size, &size)) {
        free(user);
        user = NULL;
    }
    number = GetLastError();
    CloseHandle(token);
    SetLastError(number);
    return user;
}

/* ---- giving rights ---- */

/* Without elevation the present user is named beside the two groups: it could not read what it has
 * written. Elevated it must not be: for SYSTEM, as which the scheduled task runs, it is somebody
 * else who may write, and without elevation it is for us, too. */
static int private_sddl(char **out, struct err *err)
{
    TOKEN_USER *user = NULL;
    wchar_t *wide = NULL;
    char *sid = NULL;
    int rc = -1;

    if (os_elevated())
        return text_fmt(out, err, "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)");
    user = os_token_user();
    if (!user || !ConvertSidToStringSidW(user->User.Sid, &wide)) {
        err_sys(err, ERR_FAIL, ERR_SRC_WIN32, GetLastError(), "our own user: cannot be found out");
        goto done;
    }
    if (wide_to_utf8(&sid, wide, err))
        goto done;
    rc = text_fmt(out, err, "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;%s)", sid);
done:
    free(sid);
    if (wide)
        LocalFree(wide);
    free(user);
    return rc;
}

int os_private_init(struct os_private *p, struct err *err)
{
    PSECURITY_DESCRIPTOR sd = NULL;
    wchar_t *wide = NULL;
    char *sddl = NULL;
    int rc = -1;

    if (private_sddl(&sddl, err) || wide_from_utf8(&wide, sddl, err))
        goto done;
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(wide, SDDL_REVISION_1, &sd, NULL)) {
        err_sys(err, ERR_FAIL, ERR_SRC_WIN32, GetLastError(), "access rights %s: not understood",
                sddl);
        goto done;
    }
    p->attributes = (SECURITY_ATTRIBUTES){sizeof p->attributes, sd, FALSE};
    rc = 0;
done:
    free(wide);
    free(sddl);
    return rc;
}

void os_private_clear(struct os_private *p)
{
    if (p->attributes.lpSecurityDescriptor)
        LocalFree(p->attributes.lpSecurityDescriptor);
    p->attributes = (SECURITY_ATTRIBUTES){0};
}

/* ---- judging rights ---- */

/* NT SERVICE\TrustedInstaller, a fixed service SID. */
static const wchar_t trusted_installer[] =
    L"S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";

enum { DELETE_OR_OWN = DELETE | WRITE_DAC | WRITE_OWNER };
static const DWORD write_rights = FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_DELETE_CHILD |
                                  DELETE_OR_OWN | GENERIC_WRITE | GENERIC_ALL;
static const DWORD read_rights = FILE_READ_DATA | GENERIC_READ;

static bool is_trusted_installer(PSID sid)
{
    PSID ti = NULL;
    bool same;

    if (!ConvertStringSidToSidW(trusted_installer, &ti))
        return false;
    same = EqualSid(sid, ti);
    LocalFree(ti);
    return same;
}

/* Those who are us or above us anyway. S-1-3-4 (owner rights) is the owner, who is judged apart.
 * user NULL: the present user does not count. */
static bool is_one_of_us(PSID sid, const TOKEN_USER *user)
{
    return IsWellKnownSid(sid, WinLocalSystemSid) ||
           IsWellKnownSid(sid, WinBuiltinAdministratorsSid) ||
           IsWellKnownSid(sid, WinCreatorOwnerRightsSid) ||
           (user && EqualSid(sid, user->User.Sid)) || is_trusted_installer(sid);
}

struct judged {
    const char *what, *path;
    bool folder;
    DWORD rights; /* that nobody else may have */
    PSID owner;
    PACL dacl;        /* NULL: no DACL, everybody may do everything */
    TOKEN_USER *user; /* who counts as one of us; NULL = nobody */
};

/* The commands that mend it. Owner and entries apart: taking over a whole tree is only offered
 * where it belongs to somebody else. */
static int hint(const struct judged *j, const char *sid, bool owner, struct err *err)
{
    const char *below = j->folder ? ":(OI)(CI)F" : ":F";

    if (owner)
        return err_hint(err, "as an administrator: icacls \"%s\" /setowner *S-1-5-32-544", j->path);
    return err_hint(err,
                    "as an administrator: icacls \"%s\" /inheritance:r /grant:r *S-1-5-18%s "
                    "*S-1-5-32-544%s%s%s",
                    j->path, below, below, sid ? " /remove:g *" : "", sid ? sid : "");
}

static int refuse(const struct judged *j, PSID sid, const char *problem, struct err *err)
{
    struct err ignored = {0};
    wchar_t *wide = NULL;
    char *name = NULL;

    if (sid && ConvertSidToStringSidW(sid, &wide) && wide_to_utf8(&name, wide, &ignored))
        name = NULL;
    err_set(err, ERR_DENIED, "%s %s: %s%s%s", j->what, j->path, problem, name ? " " : "",
            name ? name : "");
    hint(j, name, sid == j->owner, err);
    free(name);
    if (wide)
        LocalFree(wide);
    return -1;
}

/* The SID of an entry that allows something on this object itself, else NULL. */
static PSID allowed_sid(const void *ace, DWORD *mask)
{
    const ACE_HEADER *header = ace;
    const ACCESS_ALLOWED_OBJECT_ACE *object = ace;
    const BYTE *after;

    if (header->AceFlags & INHERIT_ONLY_ACE)
        return NULL;
    *mask = ((const ACCESS_ALLOWED_ACE *)ace)->Mask;
    switch (header->AceType) {
    case ACCESS_ALLOWED_ACE_TYPE:
    case ACCESS_ALLOWED_CALLBACK_ACE_TYPE: /* under a condition: taken as met */
        return (PSID)(uintptr_t) & ((const ACCESS_ALLOWED_ACE *)ace)->SidStart;
    case ACCESS_ALLOWED_OBJECT_ACE_TYPE:
    case ACCESS_ALLOWED_CALLBACK_OBJECT_ACE_TYPE: /* the two GUIDs are optional */
        after = (const BYTE *)&object->ObjectType;
        if (object->Flags & ACE_OBJECT_TYPE_PRESENT)
            after += sizeof(GUID);
        if (object->Flags & ACE_INHERITED_OBJECT_TYPE_PRESENT)
            after += sizeof(GUID);
        return (PSID)(uintptr_t)after;
    default:
        return NULL;
    }
}

static int judge(const struct judged *j, struct err *err)
{
    if (!j->owner || !is_one_of_us(j->owner, j->user))
        return refuse(j, j->owner, "does not belong to us but to", err);
    if (!j->dacl)
        return refuse(j, NULL, "everybody may do everything with it", err);
    for (DWORD i = 0; i < j->dacl->AceCount; i++) {
        void *ace;
        PSID sid;
        DWORD mask = 0;

        if (!GetAce(j->dacl, i, &ace))
            return os_win32_err(err, GetLastError(), j->what, j->path, "be looked at");
        sid = allowed_sid(ace, &mask);
        if (sid && (mask & j->rights) && !is_one_of_us(sid, j->user))
            return refuse(j, sid,
                          mask & j->rights & write_rights ? "may also be written by"
                                                          : "may also be read by",
                          err);
    }
    return 0;
}

static int check(struct judged *j, const wchar_t *path, struct err *err)
{
    const SECURITY_INFORMATION asked = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
    PSECURITY_DESCRIPTOR sd = NULL;
    DWORD number;
    int rc = -1;

    number =
        GetNamedSecurityInfoW(path, SE_FILE_OBJECT, asked, &j->owner, NULL, &j->dacl, NULL, &sd);
    if (number)
        os_win32_err(err, number, j->what, j->path, "be looked at");
    else
        rc = judge(j, err);
    if (sd)
        LocalFree(sd);
    return rc;
}

/* Attributes of the path, which must not be a link of any kind. */
static int check_kind(const struct judged *j, const wchar_t *path, struct err *err)
{
    DWORD a = GetFileAttributesW(path);

    if (a == INVALID_FILE_ATTRIBUTES)
        return os_win32_err(err, GetLastError(), j->what, j->path, "be looked at");
    if (a & FILE_ATTRIBUTE_REPARSE_POINT)
        return err_set(err, ERR_DENIED, "%s %s: is a link, no %s; remove it", j->what, j->path,
                       j->what);
    if (((a & FILE_ATTRIBUTE_DIRECTORY) != 0) != j->folder)
        return err_set(err, ERR_DENIED, "%s %s: is no %s", j->what, j->path, j->what);
    return 0;
}

static int check_path(const char *path, bool folder, struct err *err)
{
    struct judged j = {.what = folder ? "folder" : "file", .path = path, .folder = folder};
    wchar_t *wide;
    int rc;

    j.rights = folder ? write_rights : write_rights | read_rights;
    if (wide_path(&wide, path, err))
        return -1;
    rc = check_kind(&j, wide, err);
    if (rc == 0) {
        j.user = os_token_user();
        rc = j.user ? check(&j, wide, err)
                    : os_win32_err(err, GetLastError(), j.what, path, "be compared with our user");
    }
    free(j.user);
    free(wide);
    return rc;
}

int os_check_private(const char *path, struct err *err)
{
    return check_path(path, true, err);
}

int os_check_secret_file(const char *path, struct err *err)
{
    return check_path(path, false, err);
}

/* ---- what SYSTEM is going to run or to obey ---- */

/* What lets somebody put another folder in the place of this one, or of one in it. To make new ones
 * beside is a plain user's right in C:\\. */
static const DWORD replace_rights = FILE_DELETE_CHILD | DELETE_OR_OWN | GENERIC_ALL;

static int check_trusted_one(const wchar_t *wide, DWORD rights, struct err *err)
{
    struct judged j = {.rights = rights};
    DWORD a = GetFileAttributesW(wide);
    char *path = NULL;
    int rc = -1;

    if (wide_to_utf8(&path, wide, err))
        return -1;
    j.path = path;
    j.folder = a != INVALID_FILE_ATTRIBUTES && (a & FILE_ATTRIBUTE_DIRECTORY);
    j.what = j.folder ? "folder" : "file";
    if (check_kind(&j, wide, err) == 0)
        rc = check(&j, wide, err);
    free(path);
    return rc;
}

static int check_drive(const char *path, const wchar_t *wide, struct err *err)
{
    wchar_t root[] = {wide[0], L':', L'\\', 0};

    if (wide[0] == L'\\')
        return err_set(err, ERR_DENIED, "%s: is on another machine; copy it to a local disk", path);
    if (wide[0] == 0 || wide[1] != L':' || wide[2] != L'\\')
        return err_set(err, ERR_USAGE, "%s: is no absolute path", path);
    if (GetDriveTypeW(root) == DRIVE_REMOTE)
        return err_set(err, ERR_DENIED, "%s: is on a network drive; copy it to a local disk", path);
    return 0;
}

int os_check_trusted(const char *path, struct err *err)
{
    wchar_t *wide = NULL;
    DWORD rights = write_rights;
    int rc = -1;

    if (wide_from_utf8(&wide, path, err))
        return -1;
    for (wchar_t *p = wide; *p; p++)
        if (*p == L'/')
            *p = L'\\';
    if (check_drive(path, wide, err))
        goto done;
    for (int depth = 0;; depth++) {
        wchar_t *slash = wcsrchr(wide, L'\\');
        if (depth > 1) /* the thing itself and the folder it lies in are for us alone */
            rights = replace_rights;
        if (check_trusted_one(wide, rights, err))
            goto done;
        if (slash == wide + 2 && slash[1] == 0)
            break;
        slash[slash == wide + 2 ? 1 : 0] = 0;
    }
    rc = 0;
done:
    free(wide);
    return rc;
}
