/* SPDX-License-Identifier: Apache-2.0 */
#include "http_records.h"
#include "sim_keys.h"
#include "sim_machine.h"
#include "sim_settings.h"
#include "simctl.h"

#include <stdio.h>
#include <string.h>

static void show_key(struct json *j, PCCERT_CONTEXT cert)
{
    BYTE buf[2048] __attribute__((aligned(8)));
    DWORD n = sizeof buf;
    const CRYPT_KEY_PROV_INFO *info = (const void *)buf;
    WCHAR name[KEY_NAME_CHARS];
    bool machine = false, named = key_of_certificate(cert, name, &machine);
    json_bool(j, "has_key", named && key_exists(name, machine));
    json_text(j, "container", named ? name : NULL);
    json_bool(j, "machine_key", machine);
    bool got = CertGetCertificateContextProperty(cert, CERT_KEY_PROV_INFO_PROP_ID, buf, &n);
    json_text(j, "provider", got ? info->pwszProvName : NULL);
}

static void show_cert(struct json *j, PCCERT_CONTEXT cert)
{
    WCHAR text[512];
    BYTE hash[32];
    SYSTEMTIME t;
    DWORD n = 20;
    json_open(j, NULL, '{');
    CertGetNameStringW(cert, CERT_NAME_SIMPLE_DISPLAY_TYPE, 0, NULL, text, 512);
    json_text(j, "subject", text);
    n = sizeof text;
    json_text(j, "friendly_name",
              CertGetCertificateContextProperty(cert, CERT_FRIENDLY_NAME_PROP_ID, text, &n) ? text
                                                                                            : NULL);
    n = 20;
    CryptHashCertificate2(L"SHA1", 0, NULL, cert->pbCertEncoded, cert->cbCertEncoded, hash, &n);
    json_hex(j, "sha1", hash, n);
    n = 32;
    CryptHashCertificate2(L"SHA256", 0, NULL, cert->pbCertEncoded, cert->cbCertEncoded, hash, &n);
    json_hex(j, "sha256", hash, n);
    FileTimeToSystemTime(&cert->pCertInfo->NotAfter, &t);
    swprintf(text, 64, L"%04u-%02u-%02uT%02u:%02u:%02uZ", t.wYear, t.wMonth, t.wDay, t.wHour,
             t.wMinute, t.wSecond);
    json_text(j, "not_after", text);
    show_key(j, cert);
    json_close(j, '}');
}

static void show_store(struct json *j, const char *label, const WCHAR *name)
{
    HCERTSTORE s = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0,
                                 CERT_SYSTEM_STORE_LOCAL_MACHINE | CERT_STORE_READONLY_FLAG, name);
    PCCERT_CONTEXT cert = NULL;
    json_open(j, label, '[');
    while (s && (cert = CertEnumCertificatesInStore(s, cert)))
        show_cert(j, cert);
    json_close(j, ']');
    if (s)
        CertCloseStore(s, 0);
}

static void show_bindings(struct json *j, const char *label, enum http_kind kind)
{
    struct http_record r;
    json_open(j, label, '[');
    for (DWORD i = 0; http_record_at(kind, i, &r) == 0; i++) {
        const GUID *g = &r.app_id;
        WCHAR app[64];
        swprintf(app, 64, L"{%08lx-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}", g->Data1,
                 g->Data2, g->Data3, g->Data4[0], g->Data4[1], g->Data4[2], g->Data4[3],
                 g->Data4[4], g->Data4[5], g->Data4[6], g->Data4[7]);
        json_open(j, NULL, '{');
        json_text(j, "name", r.name);
        json_hex(j, "hash", r.hash, r.hash_bytes);
        json_text(j, "app_id", app);
        json_text(j, "store", r.store[0] ? r.store : NULL);
        json_number(j, "check_mode", r.check_mode);
        json_number(j, "freshness", r.freshness);
        json_number(j, "retrieval_timeout", r.retrieval_timeout);
        json_number(j, "flags", r.flags);
        json_text(j, "ctl_identifier", r.ctl_identifier[0] ? r.ctl_identifier : NULL);
        json_text(j, "ctl_store", r.ctl_store[0] ? r.ctl_store : NULL);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void show_values(struct json *j, const char *label, const WCHAR *path)
{
    HKEY key;
    WCHAR name[256];
    char utf8[256];
    BYTE data[1024];
    json_open(j, label, '{');
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_READ, &key) == 0) {
        DWORD chars = 256, type, n = sizeof data;
        for (DWORD i = 0; RegEnumValueW(key, i, name, &chars, NULL, &type, data, &n) == 0; i++) {
            WideCharToMultiByte(CP_UTF8, 0, name, -1, utf8, sizeof utf8, NULL, NULL);
            json_open(j, utf8, '{');
            json_number(j, "type", type);
            json_number(j, "length", n);
            json_hex(j, "hex", data, n);
            if (type == REG_DWORD && n == sizeof(DWORD)) {
                DWORD number;
                memcpy(&number, data, sizeof number);
                json_number(j, "number", number);
            }
            json_close(j, '}');
            chars = 256;
            n = sizeof data;
        }
        RegCloseKey(key);
    }
    json_close(j, '}');
}

/* null while nobody could be asked */
static void show_sessions(struct json *j)
{
    DWORD n, bytes = sizeof n;
    if (RegGetValueW(HKEY_LOCAL_MACHINE, SIM_SETTINGS L"\\RemoteAccess", SIM_SESSIONS,
                     RRF_RT_REG_DWORD, NULL, &n, &bytes))
        json_text(j, "sessions", NULL);
    else
        json_number(j, "sessions", n);
}

static void show_service(struct json *j, SC_HANDLE manager, const WCHAR *name)
{
    static const WCHAR *const state[] = {
        L"?",       L"stopped",          L"start_pending", L"stop_pending",
        L"running", L"continue_pending", L"pause_pending", L"paused"};
    SERVICE_STATUS_PROCESS s;
    BYTE buf[4096] __attribute__((aligned(8)));
    QUERY_SERVICE_CONFIGW *config = (void *)buf;
    DWORD n;
    char label[32];
    SC_HANDLE h = OpenServiceW(manager, name, SERVICE_QUERY_STATUS | SERVICE_QUERY_CONFIG);
    snprintf(label, sizeof label, "%ls", name);
    json_open(j, label, '{');
    if (h && QueryServiceStatusEx(h, SC_STATUS_PROCESS_INFO, (BYTE *)&s, sizeof s, &n)) {
        json_text(j, "state",
                  s.dwCurrentState < sizeof state / sizeof *state ? state[s.dwCurrentState] : L"?");
        json_number(j, "pid", s.dwProcessId);
        json_number(j, "exit_code", s.dwWin32ExitCode);
        json_number(j, "service_exit_code", s.dwServiceSpecificExitCode);
    }
    if (h && QueryServiceConfigW(h, config, sizeof buf, &n)) {
        json_number(j, "start_type", config->dwStartType);
        json_open(j, "dependencies", '[');
        for (const WCHAR *p = config->lpDependencies; p && *p; p += wcslen(p) + 1)
            json_text(j, NULL, p);
        json_close(j, ']');
    }
    if (h)
        CloseServiceHandle(h);
    json_close(j, '}');
}

static void show_keys(struct json *j)
{
    WCHAR path[KEY_PATH_CHARS];
    WIN32_FIND_DATAW found;
    key_path(L"*", true, path);
    json_open(j, "key_files", '[');
    HANDLE h = FindFirstFileW(path, &found);
    if (h != INVALID_HANDLE_VALUE) {
        do
            if (!(found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)) /* . and .. */
                json_text(j, NULL, found.cFileName);
        while (FindNextFileW(h, &found));
        FindClose(h);
    }
    json_close(j, ']');
}

static void show_urls(struct json *j)
{
    HKEY key;
    WCHAR name[512];
    json_open(j, "urls", '[');
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, HTTP_PARAMETERS L"\\UrlAclInfo", 0, KEY_READ, &key) ==
        0) {
        DWORD chars = 512;
        for (DWORD i = 0; RegEnumValueW(key, i, name, &chars, NULL, NULL, NULL, NULL) == 0;
             i++, chars = 512)
            json_text(j, NULL, name);
        RegCloseKey(key);
    }
    json_close(j, ']');
}

int show(void)
{
    struct json j = {0};
    bool https;
    json_open(&j, NULL, '{');
    json_number(&j, "port", machine_port(&https));
    json_bool(&j, "https", https);
    show_store(&j, "my", L"MY");
    show_store(&j, "ca", L"CA");
    show_bindings(&j, "bindings", HTTP_IP);
    show_bindings(&j, "sni", HTTP_SNI);
    show_bindings(&j, "ccs", HTTP_CCS);
    show_values(&j, "sstp", SSTP_PARAMETERS);
    show_values(&j, "config_store", SSTP_PARAMETERS L"\\ConfigStore");
    show_sessions(&j);
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    json_open(&j, "services", '{');
    show_service(&j, manager, L"SstpSvc");
    show_service(&j, manager, L"RasMan");
    show_service(&j, manager, L"RemoteAccess");
    json_close(&j, '}');
    if (manager)
        CloseServiceHandle(manager);
    show_keys(&j);
    show_urls(&j);
    json_close(&j, '}');
    printf("\n");
    return 0;
}
