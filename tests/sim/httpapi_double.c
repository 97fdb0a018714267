/* SPDX-License-Identifier: Apache-2.0 */
/*
 * httpapi.dll, a full replacement: the service configuration calls over the records in
 * http_records. It answers what Microsoft documents (183, 2, 1312, 122, 259, 87, 1306) and is
 * stricter than needed where the documents are silent: every configuration call without
 * HttpInitialize(HTTP_INITIALIZE_CONFIG) before it gets ERROR_INVALID_HANDLE.
 *
 * It is built twice: as Windows Server 2016 and later have it, and without
 * HttpUpdateServiceConfiguration (Windows Server 2012 R2; the .def file decides).
 */
#include "httpapi_int.h"
#include "sim_call.h"

static LONG configuring; /* HttpInitialize(CONFIG) less HttpTerminate(CONFIG): what the real DLL
                            counts too */
static LONG serving;     /* the same of SERVER */

bool httpapi_serving(void)
{
    return serving > 0;
}

static ULONG check(const void *handle, const void *info, const OVERLAPPED *overlapped)
{
    if (configuring <= 0)
        return ERROR_INVALID_HANDLE;
    return handle || !info || overlapped ? ERROR_INVALID_PARAMETER : 0;
}

static bool is_ssl(ULONG id)
{
    return id == HTTP_ID_SSL || id == HTTP_ID_SNI || id == HTTP_ID_CCS;
}

static ULONG initialize(HTTPAPI_VERSION version, ULONG flags, const void *reserved)
{
    if (reserved || !flags || (flags & ~(ULONG)(HTTP_INITIALIZE_SERVER | HTTP_INITIALIZE_CONFIG)))
        return ERROR_INVALID_PARAMETER;
    if (version.HttpApiMajorVersion < 1 || version.HttpApiMajorVersion > 2 ||
        version.HttpApiMinorVersion != 0)
        return ERROR_REVISION_MISMATCH;
    if (flags & HTTP_INITIALIZE_CONFIG)
        InterlockedIncrement(&configuring);
    if (flags & HTTP_INITIALIZE_SERVER)
        InterlockedIncrement(&serving);
    return 0;
}

ULONG WINAPI HttpInitialize(HTTPAPI_VERSION version, ULONG flags, PVOID reserved)
{
    struct sim_call call;
    DWORD result = 0;
    if (sim_begin(&call, "HttpInitialize", SIM_LIE_NO, &result))
        result = initialize(version, flags, reserved);
    return sim_end(&call, result, "version %u flags %lx", version.HttpApiMajorVersion, flags);
}

ULONG WINAPI HttpTerminate(ULONG flags, PVOID reserved)
{
    if (reserved)
        return ERROR_INVALID_PARAMETER;
    if (flags & HTTP_INITIALIZE_CONFIG)
        InterlockedDecrement(&configuring);
    if (flags & HTTP_INITIALIZE_SERVER)
        InterlockedDecrement(&serving);
    return 0;
}

ULONG WINAPI HttpSetServiceConfiguration(HANDLE handle, HTTP_SERVICE_CONFIG_ID config, PVOID info,
                                         ULONG bytes, LPOVERLAPPED overlapped)
{
    struct sim_call call;
    const ULONG id = (ULONG)config;
    char text[HTTP_LOG_CHARS] = "";
    DWORD result = 0;
    if (sim_begin(&call, "HttpSetServiceConfiguration", SIM_LIE_OK, &result) &&
        (result = check(handle, info, overlapped)) == 0) {
        if (is_ssl(id))
            result = httpapi_ssl_write(id, info, bytes, HTTP_WRITE_SET, text);
        else
            result = id == HTTP_ID_URL_ACL ? httpapi_acl_set(info, bytes, text)
                                           : (ULONG)ERROR_INVALID_PARAMETER;
    }
    return sim_end(&call, result, "id %lu %s", id, text);
}

ULONG WINAPI HttpUpdateServiceConfiguration(HANDLE handle, HTTP_SERVICE_CONFIG_ID config,
                                            PVOID info, ULONG bytes, LPOVERLAPPED overlapped);
ULONG WINAPI HttpUpdateServiceConfiguration(HANDLE handle, HTTP_SERVICE_CONFIG_ID config,
                                            PVOID info, ULONG bytes, LPOVERLAPPED overlapped)
{
    struct sim_call call;
    const ULONG id = (ULONG)config;
    char text[HTTP_LOG_CHARS] = "";
    DWORD result = 0;
    if (sim_begin(&call, "HttpUpdateServiceConfiguration", SIM_LIE_OK, &result) &&
        (result = check(handle, info, overlapped)) == 0)
        result = is_ssl(id) ? httpapi_ssl_write(id, info, bytes, HTTP_WRITE_UPDATE, text)
                            : (ULONG)ERROR_INVALID_PARAMETER;
    return sim_end(&call, result, "id %lu %s", id, text);
}

ULONG WINAPI HttpDeleteServiceConfiguration(HANDLE handle, HTTP_SERVICE_CONFIG_ID config,
                                            PVOID info, ULONG bytes, LPOVERLAPPED overlapped)
{
    struct sim_call call;
    const ULONG id = (ULONG)config;
    char text[HTTP_LOG_CHARS] = "";
    DWORD result = 0;
    if (sim_begin(&call, "HttpDeleteServiceConfiguration", SIM_LIE_OK, &result) &&
        (result = check(handle, info, overlapped)) == 0) {
        if (is_ssl(id))
            result = httpapi_ssl_delete(id, info, bytes, text);
        else
            result = id == HTTP_ID_URL_ACL ? httpapi_acl_delete(info, bytes, text)
                                           : (ULONG)ERROR_INVALID_PARAMETER;
    }
    return sim_end(&call, result, "id %lu %s", id, text);
}

static ULONG query(ULONG id, const void *info, ULONG bytes, const struct http_answer *answer)
{
    if (is_ssl(id))
        return httpapi_ssl_query(id, info, bytes, answer);
    if (id == HTTP_ID_URL_ACL)
        return httpapi_acl_query(info, bytes, answer);
    return ERROR_INVALID_PARAMETER;
}

ULONG WINAPI HttpQueryServiceConfiguration(HANDLE handle, HTTP_SERVICE_CONFIG_ID config, PVOID info,
                                           ULONG info_bytes, PVOID buf, ULONG size, PULONG needed,
                                           LPOVERLAPPED overlapped)
{
    struct sim_call call;
    const ULONG id = (ULONG)config;
    struct http_answer answer = {buf, size, needed};
    DWORD result = 0;
    if (sim_begin(&call, "HttpQueryServiceConfiguration", SIM_LIE_NO, &result)) {
        if (id == HTTP_ID_IP_LISTEN && !info && configuring > 0 && !handle && !overlapped)
            result = httpapi_listen_query(&answer);
        else if ((result = check(handle, info, overlapped)) == 0)
            result = query(id, info, info_bytes, &answer);
    }
    return sim_end(&call, result, "id %lu", id);
}
