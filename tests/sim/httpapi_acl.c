/* SPDX-License-Identifier: Apache-2.0 */
/* URL reservations and the IP listen list of the httpapi double. */
#include "httpapi_int.h"

#include <sddl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define ACL_KEY HTTP_PARAMETERS L"\\UrlAclInfo"
enum { SD_MAX = 2048, URL_CHARS = 512 };

ULONG httpapi_acl_set(const void *set, ULONG bytes, char text[HTTP_LOG_CHARS])
{
    const HTTP_SERVICE_CONFIG_URLACL_SET *s = set;
    PSECURITY_DESCRIPTOR sd = NULL;
    ULONG n = 0;
    HKEY key;
    if (bytes < sizeof *s || !s->KeyDesc.pUrlPrefix || !s->ParamDesc.pStringSecurityDescriptor)
        return ERROR_INVALID_PARAMETER;
    snprintf(text, HTTP_LOG_CHARS, "urlacl %ls", s->KeyDesc.pUrlPrefix);
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(
            s->ParamDesc.pStringSecurityDescriptor, SDDL_REVISION_1, &sd, &n))
        return ERROR_INVALID_PARAMETER;
    ULONG e = ERROR_ACCESS_DENIED;
    if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, ACL_KEY, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key,
                        NULL) == 0) {
        if (RegQueryValueExW(key, s->KeyDesc.pUrlPrefix, NULL, NULL, NULL, NULL) == 0)
            e = ERROR_ALREADY_EXISTS;
        else
            e = (ULONG)RegSetValueExW(key, s->KeyDesc.pUrlPrefix, 0, REG_BINARY, sd, n);
        RegCloseKey(key);
    }
    LocalFree(sd);
    return e;
}

ULONG httpapi_acl_delete(const void *set, ULONG bytes, char text[HTTP_LOG_CHARS])
{
    const HTTP_SERVICE_CONFIG_URLACL_SET *s = set;
    HKEY key;
    if (bytes < sizeof *s || !s->KeyDesc.pUrlPrefix)
        return ERROR_INVALID_PARAMETER;
    snprintf(text, HTTP_LOG_CHARS, "urlacl %ls", s->KeyDesc.pUrlPrefix);
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, ACL_KEY, 0, KEY_ALL_ACCESS, &key))
        return ERROR_FILE_NOT_FOUND;
    LONG e = RegDeleteValueW(key, s->KeyDesc.pUrlPrefix);
    RegCloseKey(key);
    return e ? ERROR_FILE_NOT_FOUND : 0;
}

static ULONG answer_acl(const WCHAR *url, BYTE *sd, const struct http_answer *answer)
{
    WCHAR *sddl = NULL;
    if (!ConvertSecurityDescriptorToStringSecurityDescriptorW(
            sd, SDDL_REVISION_1, DACL_SECURITY_INFORMATION | OWNER_SECURITY_INFORMATION, &sddl,
            NULL))
        return ERROR_INVALID_PARAMETER;
    HTTP_SERVICE_CONFIG_URLACL_SET *out = answer->buf;
    size_t url_bytes = sizeof *url * (wcslen(url) + 1),
           sddl_bytes = sizeof *sddl * (wcslen(sddl) + 1);
    size_t need = sizeof *out + url_bytes + sddl_bytes;
    if (answer->needed)
        *answer->needed = (ULONG)need;
    bool fits = out && answer->size >= need;
    if (fits) {
        out->KeyDesc.pUrlPrefix = memcpy(out + 1, url, url_bytes);
        out->ParamDesc.pStringSecurityDescriptor =
            memcpy((BYTE *)(out + 1) + url_bytes, sddl, sddl_bytes);
    }
    LocalFree(sddl);
    return fits ? 0 : ERROR_INSUFFICIENT_BUFFER;
}

ULONG httpapi_acl_query(const void *query, ULONG bytes, const struct http_answer *answer)
{
    const HTTP_SERVICE_CONFIG_URLACL_QUERY *q = query;
    WCHAR name[URL_CHARS];
    BYTE sd[SD_MAX];
    DWORD sd_bytes = sizeof sd, chars = URL_CHARS;
    HKEY key;
    if (bytes < sizeof *q || q->QueryDesc > HttpServiceConfigQueryNext)
        return ERROR_INVALID_PARAMETER;
    bool exact = q->QueryDesc == HttpServiceConfigQueryExact;
    if (exact && !q->KeyDesc.pUrlPrefix)
        return ERROR_INVALID_PARAMETER;
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, ACL_KEY, 0, KEY_READ, &key))
        return exact ? ERROR_FILE_NOT_FOUND : ERROR_NO_MORE_ITEMS;
    ULONG e = ERROR_FILE_NOT_FOUND;
    if (exact) {
        if (RegQueryValueExW(key, q->KeyDesc.pUrlPrefix, NULL, NULL, sd, &sd_bytes) == 0)
            e = answer_acl(q->KeyDesc.pUrlPrefix, sd, answer);
    } else if (RegEnumValueW(key, q->dwToken, name, &chars, NULL, NULL, sd, &sd_bytes)) {
        e = ERROR_NO_MORE_ITEMS;
    } else {
        e = answer_acl(name, sd, answer);
    }
    RegCloseKey(key);
    return e;
}

/* The list lies where http.sys keeps it (ListenOnlyList). What the real call answers for an empty
 * list is a guess: 2. */
ULONG httpapi_listen_query(const struct http_answer *answer)
{
    WCHAR list[1024] = L"";
    DWORD bytes = sizeof list;
    ULONG count = 0;
    HTTP_SERVICE_CONFIG_IP_LISTEN_QUERY *out = answer->buf;
    if (RegGetValueW(HKEY_LOCAL_MACHINE, HTTP_PARAMETERS, L"ListenOnlyList", RRF_RT_REG_MULTI_SZ,
                     NULL, list, &bytes) ||
        !list[0])
        return ERROR_FILE_NOT_FOUND;
    for (const WCHAR *p = list; *p; p += wcslen(p) + 1)
        count++;
    size_t need =
        offsetof(HTTP_SERVICE_CONFIG_IP_LISTEN_QUERY, AddrList) + count * sizeof(SOCKADDR_STORAGE);
    if (answer->needed)
        *answer->needed = (ULONG)need;
    if (!out || answer->size < need)
        return ERROR_INSUFFICIENT_BUFFER;
    out->AddrCount = count;
    ULONG i = 0;
    for (const WCHAR *p = list; *p; p += wcslen(p) + 1) {
        WCHAR name[HTTP_NAME_CHARS];
        swprintf(name, HTTP_NAME_CHARS, wcschr(p, L':') ? L"[%ls]:0" : L"%ls:0", p);
        http_address_from_name(name, &out->AddrList[i++]);
    }
    return 0;
}
