/* SPDX-License-Identifier: Apache-2.0 */
/* Registry keys: who may use them, and what http.sys wrote down. Opened for reading alone. */
#include <windows.h>
/* after windows.h */
#include <sddl.h>

#include "doctor/look_host_os.h"

#include "rras/names.h"
#include "rras/rras_win32.h"
#include "rras/sentence.h"
#include "text.h"
#include "wide.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECURITY_MAX_BYTES = 64 * 1024 };

/* ---- the DACL ---- */

static void take_entry(const ACE_HEADER *h, struct acl *out)
{
    const ACCESS_ALLOWED_ACE *ace = (const void *)h; /* a denied one has the same form */
    struct acl_entry *e = &out->of[out->n];
    char *text = NULL;

    if ((h->AceType != ACCESS_ALLOWED_ACE_TYPE && h->AceType != ACCESS_DENIED_ACE_TYPE) ||
        out->n == ACL_MAX_ENTRIES ||
        !ConvertSidToStringSidA((PSID)(uintptr_t)&ace->SidStart, &text))
        return;
    *e = (struct acl_entry){.deny = h->AceType == ACCESS_DENIED_ACE_TYPE,
                            .inherit_only = (h->AceFlags & INHERIT_ONLY_ACE) != 0,
                            .mask = ace->Mask};
    text_copy(e->sid, sizeof e->sid, text);
    LocalFree(text);
    out->n++;
}

static DWORD read_acl(HKEY key, struct acl *out)
{
    SECURITY_DESCRIPTOR *sd = calloc(1, SECURITY_MAX_BYTES);
    DWORD bytes = SECURITY_MAX_BYTES;
    BOOL present = FALSE, defaulted = FALSE;
    PACL dacl = NULL;
    LSTATUS rc =
        sd ? RegGetKeySecurity(key, DACL_SECURITY_INFORMATION, sd, &bytes) : ERROR_OUTOFMEMORY;

    if (rc == ERROR_SUCCESS && !GetSecurityDescriptorDacl(sd, &present, &dacl, &defaulted))
        rc = (LSTATUS)GetLastError();
    if (rc == ERROR_SUCCESS && (!present || !dacl))
        out->everything = true;
    for (WORD i = 0; rc == ERROR_SUCCESS && dacl && i < dacl->AceCount; i++) {
        void *ace = NULL;
        if (GetAce(dacl, i, &ace))
            take_entry(ace, out);
    }
    free(sd);
    return (DWORD)rc;
}

/* ---- one key ---- */

static LSTATUS open_path(const char *utf8, REGSAM access, HKEY *out)
{
    struct err ignored = {0};
    wchar_t *path = NULL;
    LSTATUS rc = ERROR_INVALID_NAME;

    if (wide_from_utf8(&path, utf8, &ignored) == 0)
        rc = RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, access | KEY_WOW64_64KEY, out);
    free(path);
    return rc;
}

static void mark(struct seen *s, DWORD rc, const char *what)
{
    struct err e = {0};

    s->ok = rc == ERROR_SUCCESS;
    if (s->ok)
        return;
    sentence_err(&e, SENTENCE_REGISTRY, rc, "%s", what);
    seen_fail(s, &e);
}

/* *out stays closed when the key is not there or does not open. */
static void look_key(const char *path, struct doctor_key *k, HKEY *out)
{
    HKEY control = NULL;
    LSTATUS rc = open_path(path, KEY_QUERY_VALUE, out);

    k->present = rc != ERROR_FILE_NOT_FOUND;
    mark(&k->seen, k->present ? (DWORD)rc : ERROR_SUCCESS, "key");
    if (!k->present)
        return;
    rc = open_path(path, READ_CONTROL, &control);
    mark(&k->acl_seen, rc == ERROR_SUCCESS ? read_acl(control, &k->acl) : (DWORD)rc,
         "permissions of the key");
    if (control)
        RegCloseKey(control);
}

static void look_text(HKEY key, const wchar_t *name, struct doctor_text *out)
{
    wchar_t wide[sizeof out->text] = L"";
    DWORD type = 0, bytes = sizeof wide - sizeof *wide;
    struct err ignored = {0};
    char *text = NULL;
    LSTATUS rc = RegQueryValueExW(key, name, NULL, &type, (BYTE *)wide, &bytes);

    if (rc != ERROR_SUCCESS && rc != ERROR_MORE_DATA)
        return;
    out->present = true;
    out->type = type;
    if (rc == ERROR_SUCCESS && type == REG_SZ && wide_to_utf8(&text, wide, &ignored) == 0)
        text_copy(out->text, sizeof out->text, text);
    free(text);
}

void host_look_keys(struct doctor_host *out)
{
    HKEY parameters = NULL, store = NULL;

    look_key(NAME_SSTP_PARAMETERS, &out->parameters, &parameters);
    look_key(NAME_CONFIG_STORE, &out->config_store, &store);
    if (parameters) {
        look_text(parameters, L"ServerURI", &out->server_uri);
        RegCloseKey(parameters);
    }
    if (store) {
        look_text(store, L"ServerURL", &out->server_url);
        RegCloseKey(store);
    }
}

/* ---- http.sys ---- */

/* Where http.sys keeps its records: told by Microsoft's support pages, not by the reference. */
#define NAME_SSL_BINDINGS "SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters\\SslBindingInfo"

static void look_written(HKEY all, enum family f, int port, struct doctor_host *out)
{
    char where[24];
    wchar_t name[24];
    DWORD type = 0, bytes = BINDING_HASH_BYTES;
    HKEY key = NULL;
    LSTATUS rc;

    binding_where(f, port, where);
    for (size_t i = 0; i < sizeof where; i++)
        name[i] = (wchar_t)(unsigned char)where[i]; /* ASCII */
    rc = RegOpenKeyExW(all, name, 0, KEY_QUERY_VALUE, &key);
    if (rc == ERROR_SUCCESS) {
        rc = RegQueryValueExW(key, L"SslCertHash", NULL, &type, out->written[f].hash, &bytes);
        out->written[f].present = rc == ERROR_SUCCESS && type == REG_BINARY;
        out->written[f].hash_len = out->written[f].present ? bytes : 0;
        RegCloseKey(key);
    }
    mark(&out->written[f].seen, rc == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : (DWORD)rc,
         "SslBindingInfo");
}

void host_look_http(int port, struct doctor_host *out)
{
    HMODULE api = GetModuleHandleW(L"httpapi.dll");
    HKEY all = NULL;
    LSTATUS rc = open_path(NAME_SSL_BINDINGS, KEY_QUERY_VALUE | KEY_ENUMERATE_SUB_KEYS, &all);

    for (int f = 0; f < FAMILY_COUNT; f++)
        if (rc == ERROR_SUCCESS)
            look_written(all, (enum family)f, port, out);
        else if (rc == ERROR_FILE_NOT_FOUND) /* another place, in this Windows */
            text_copy(out->written[f].seen.why, sizeof out->written[f].seen.why,
                      "there is no SslBindingInfo");
        else
            mark(&out->written[f].seen, (DWORD)rc, "SslBindingInfo");
    if (all)
        RegCloseKey(all);
    out->update_call.seen.ok = api != NULL;
    out->update_call.there = api && GetProcAddress(api, "HttpUpdateServiceConfiguration") != NULL;
}
