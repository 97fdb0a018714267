/* SPDX-License-Identifier: Apache-2.0 */
#include "http_records.h"
#include "sim_settings.h"
#include "sim_windows.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

const GUID http_sstp_app_id = {
    0xba195980, 0xcd49, 0x458b, {0x9e, 0x23, 0xc8, 0x4e, 0xe0, 0xad, 0xcd, 0x75}};

static const WCHAR *const subkey[] = {HTTP_PARAMETERS L"\\SslBindingInfo",
                                      HTTP_PARAMETERS L"\\SslSniBindingInfo",
                                      HTTP_PARAMETERS L"\\SslCcsBindingInfo"};

static void key_of(enum http_kind kind, const WCHAR *name, WCHAR *path, size_t chars)
{
    swprintf(path, chars, L"%ls\\%ls", subkey[kind], name);
}

static void get_text(HKEY key, const WCHAR *value, WCHAR out[HTTP_TEXT_CHARS])
{
    DWORD bytes = HTTP_TEXT_CHARS * sizeof *out;
    if (RegGetValueW(key, NULL, value, RRF_RT_REG_SZ, NULL, out, &bytes))
        out[0] = 0;
}

static DWORD get_number(HKEY key, const WCHAR *value)
{
    DWORD out = 0, bytes = sizeof out;
    if (RegGetValueW(key, NULL, value, RRF_RT_REG_DWORD, NULL, &out, &bytes))
        out = 0;
    return out;
}

static void put(HKEY key, const WCHAR *value, DWORD type, const void *bytes, size_t n)
{
    RegSetValueExW(key, value, 0, type, bytes, (DWORD)n);
}

static void put_text(HKEY key, const WCHAR *value, const WCHAR *text)
{
    if (text[0])
        put(key, value, REG_SZ, text, (wcslen(text) + 1) * sizeof *text);
    else
        RegDeleteValueW(key, value);
}

DWORD http_record_read(enum http_kind kind, const WCHAR *name, struct http_record *out)
{
    WCHAR path[2 * HTTP_NAME_CHARS];
    HKEY key;
    struct http_record r = {0};
    DWORD n = sizeof r.hash;
    key_of(kind, name, path, sizeof path / sizeof *path);
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_READ, &key))
        return ERROR_FILE_NOT_FOUND;
    swprintf(r.name, HTTP_NAME_CHARS, L"%ls", name);
    if (RegGetValueW(key, NULL, L"SslCertHash", RRF_RT_REG_BINARY, NULL, r.hash, &n) == 0)
        r.hash_bytes = n;
    n = sizeof r.app_id;
    RegGetValueW(key, NULL, L"AppId", RRF_RT_REG_BINARY, NULL, &r.app_id, &n);
    get_text(key, L"SslCertStoreName", r.store);
    get_text(key, L"DefaultSslCtlIdentifier", r.ctl_identifier);
    get_text(key, L"DefaultSslCtlStoreName", r.ctl_store);
    r.check_mode = get_number(key, L"DefaultSslCertCheckMode");
    r.freshness = get_number(key, L"DefaultSslRevocationFreshnessTime");
    r.retrieval_timeout = get_number(key, L"DefaultSslRevocationUrlRetrievalTimeout");
    r.flags = get_number(key, L"DefaultFlags");
    RegCloseKey(key);
    *out = r;
    return 0;
}

bool http_has_ipv6(void)
{
    DWORD none = 0, bytes = sizeof none;
    return RegGetValueW(HKEY_LOCAL_MACHINE, SIM_SETTINGS, SIM_NO_IPV6, RRF_RT_REG_DWORD, NULL,
                        &none, &bytes) != 0 ||
           !none;
}

DWORD http_record_write(enum http_kind kind, const struct http_record *r)
{
    WCHAR path[2 * HTTP_NAME_CHARS];
    HKEY key;
    if (r->name[0] == L'[' && !http_has_ipv6())
        return ERROR_INVALID_PARAMETER;
    key_of(kind, r->name, path, sizeof path / sizeof *path);
    if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL))
        return ERROR_ACCESS_DENIED;
    put(key, L"AppId", REG_BINARY, &r->app_id, sizeof r->app_id);
    put_text(key, L"SslCertStoreName", r->store);
    put_text(key, L"DefaultSslCtlIdentifier", r->ctl_identifier);
    put_text(key, L"DefaultSslCtlStoreName", r->ctl_store);
    put(key, L"DefaultSslCertCheckMode", REG_DWORD, &r->check_mode, sizeof(DWORD));
    put(key, L"DefaultSslRevocationFreshnessTime", REG_DWORD, &r->freshness, sizeof(DWORD));
    put(key, L"DefaultSslRevocationUrlRetrievalTimeout", REG_DWORD, &r->retrieval_timeout,
        sizeof(DWORD));
    put(key, L"DefaultFlags", REG_DWORD, &r->flags, sizeof(DWORD));
    put(key, L"SslCertHash", REG_BINARY, r->hash,
        r->hash_bytes); /* last: from here on it is served */
    RegCloseKey(key);
    return 0;
}

DWORD http_record_delete(enum http_kind kind, const WCHAR *name)
{
    WCHAR path[2 * HTTP_NAME_CHARS];
    key_of(kind, name, path, sizeof path / sizeof *path);
    return RegDeleteTreeW(HKEY_LOCAL_MACHINE, path) ? ERROR_FILE_NOT_FOUND : 0;
}

DWORD http_record_at(enum http_kind kind, DWORD index, struct http_record *out)
{
    WCHAR name[HTTP_NAME_CHARS];
    DWORD chars = HTTP_NAME_CHARS;
    HKEY key;
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, subkey[kind], 0, KEY_READ, &key))
        return ERROR_NO_MORE_ITEMS;
    LONG e = RegEnumKeyExW(key, index, name, &chars, NULL, NULL, NULL, NULL);
    RegCloseKey(key);
    return e || http_record_read(kind, name, out) ? ERROR_NO_MORE_ITEMS : 0;
}

bool http_name_from_address(const SOCKADDR *address, WCHAR name[HTTP_NAME_CHARS])
{
    WCHAR ip[INET6_ADDRSTRLEN];
    if (!address)
        return false;
    if (address->sa_family == AF_INET) {
        SOCKADDR_IN a;
        memcpy(&a, address, sizeof a);
        if (!InetNtopW(AF_INET, &a.sin_addr, ip, INET6_ADDRSTRLEN))
            return false;
        swprintf(name, HTTP_NAME_CHARS, L"%ls:%u", ip, ntohs(a.sin_port));
        return true;
    }
    if (address->sa_family == AF_INET6 && http_has_ipv6()) {
        SOCKADDR_IN6 a;
        memcpy(&a, address, sizeof a);
        if (!InetNtopW(AF_INET6, &a.sin6_addr, ip, INET6_ADDRSTRLEN))
            return false;
        swprintf(name, HTTP_NAME_CHARS, L"[%ls]:%u", ip, ntohs(a.sin6_port));
        return true;
    }
    return false;
}

bool http_address_from_name(const WCHAR *name, SOCKADDR_STORAGE *address)
{
    WCHAR ip[INET6_ADDRSTRLEN + 2];
    const WCHAR *colon = wcsrchr(name, L':');
    memset(address, 0, sizeof *address);
    if (!colon || colon - name >= INET6_ADDRSTRLEN)
        return false;
    USHORT port = htons((USHORT)wcstoul(colon + 1, NULL, 10));
    if (name[0] == L'[') {
        SOCKADDR_IN6 a = {.sin6_family = AF_INET6, .sin6_port = port};
        swprintf(ip, sizeof ip / sizeof *ip, L"%.*ls", (int)(colon - name - 2), name + 1);
        if (InetPtonW(AF_INET6, ip, &a.sin6_addr) != 1)
            return false;
        memcpy(address, &a, sizeof a);
        return true;
    }
    SOCKADDR_IN a = {.sin_family = AF_INET, .sin_port = port};
    swprintf(ip, sizeof ip / sizeof *ip, L"%.*ls", (int)(colon - name), name);
    if (InetPtonW(AF_INET, ip, &a.sin_addr) != 1)
        return false;
    memcpy(address, &a, sizeof a);
    return true;
}
