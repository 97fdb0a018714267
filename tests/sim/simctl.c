/* SPDX-License-Identifier: Apache-2.0 */
#include "simctl.h"
#include "sim_event.h"
#include "sim_machine.h"
#include "sim_network.h"
#include "sim_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX = 16 * 1024, ARGUMENTS_MAX = 12 };

/* ---- JSON ---- */

static void begin(struct json *j, const char *name)
{
    if (j->more[j->depth])
        putchar(',');
    j->more[j->depth] = true;
    if (name)
        printf("\"%s\":", name);
}

void json_open(struct json *j, const char *name, char bracket)
{
    begin(j, name);
    putchar(bracket);
    j->more[++j->depth] = false;
}

void json_close(struct json *j, char bracket)
{
    j->depth--;
    putchar(bracket);
}

void json_text(struct json *j, const char *name, const WCHAR *value)
{
    char buf[8192];
    size_t used = 0;
    begin(j, name);
    if (!value) {
        printf("null");
        return;
    }
    sim_json_text(buf, sizeof buf, &used, value);
    printf("%s", buf);
}

void json_hex(struct json *j, const char *name, const void *bytes, size_t n)
{
    begin(j, name);
    putchar('"');
    for (size_t i = 0; i < n; i++)
        printf("%02x", ((const BYTE *)bytes)[i]);
    putchar('"');
}

void json_number(struct json *j, const char *name, long long value)
{
    begin(j, name);
    printf("%lld", value);
}

void json_bool(struct json *j, const char *name, bool value)
{
    begin(j, name);
    printf(value ? "true" : "false");
}

/* ---- shared ---- */

int simctl_fail(const char *call, DWORD error)
{
    printf("{\"error\":%lu,\"call\":\"%s\"}\n", error, call);
    return 1;
}

bool hex_to_bytes(const WCHAR *hex, BYTE *out, size_t n)
{
    if (wcslen(hex) != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        WCHAR pair[3] = {hex[2 * i], hex[2 * i + 1], 0}, *end;
        out[i] = (BYTE)wcstoul(pair, &end, 16);
        if (*end)
            return false;
    }
    return true;
}

static DWORD set_value(HKEY key, const WCHAR *name, const WCHAR *type, const WCHAR *value)
{
    BYTE bytes[2048];
    size_t chars = wcslen(value);
    if (wcscmp(type, L"dword") == 0) {
        DWORD number = wcstoul(value, NULL, 0);
        return (DWORD)RegSetValueExW(key, name, 0, REG_DWORD, (const BYTE *)&number, sizeof number);
    }
    if (wcscmp(type, L"binary") == 0) {
        if (chars / 2 > sizeof bytes || !hex_to_bytes(value, bytes, chars / 2))
            return ERROR_INVALID_PARAMETER;
        return (DWORD)RegSetValueExW(key, name, 0, REG_BINARY, bytes, (DWORD)(chars / 2));
    }
    if (wcscmp(type, L"text") == 0)
        return (DWORD)RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)value,
                                     (DWORD)((chars + 1) * sizeof *value));
    if (wcscmp(type, L"multi") != 0)
        return ERROR_INVALID_PARAMETER;
    WCHAR *list = calloc(chars + 2, sizeof *list);
    if (!list)
        return ERROR_NOT_ENOUGH_MEMORY;
    for (size_t i = 0; i < chars; i++)
        list[i] = value[i] == L' ' ? 0 : value[i];
    DWORD e = (DWORD)RegSetValueExW(key, name, 0, REG_MULTI_SZ, (const BYTE *)list,
                                    (DWORD)((chars + 2) * sizeof *list));
    free(list);
    return e;
}

static int done(void)
{
    printf("{}\n");
    return 0;
}

int registry_set(const WCHAR *path, const WCHAR *name, const WCHAR *type, const WCHAR *value)
{
    HKEY key;
    DWORD e = (DWORD)RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_ALL_ACCESS, NULL,
                                     &key, NULL);
    if (e)
        return simctl_fail("RegCreateKeyEx", e);
    if (wcscmp(type, L"absent") == 0) {
        e = (DWORD)RegDeleteValueW(key, name);
        if (e == ERROR_FILE_NOT_FOUND)
            e = 0;
    } else {
        e = set_value(key, name, type, value);
    }
    RegCloseKey(key);
    return e ? simctl_fail("RegSetValueEx", e) : done();
}

int registry_remove(const WCHAR *path)
{
    DWORD e = (DWORD)RegDeleteTreeW(HKEY_LOCAL_MACHINE, path);
    return e && e != ERROR_FILE_NOT_FOUND ? simctl_fail("RegDeleteTree", e) : done();
}

/* Says that the prefix is up and stays: without a program of its own a Wine prefix ends, services
 * and all. */
static int stay(void)
{
    printf("ready\n");
    fflush(stdout);
    Sleep(INFINITE);
    return 0;
}

/* As Windows sets them up: SYSTEM and Administrators all, the services and users read. */
#define SSTP_RIGHTS L"D:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)(A;CI;KR;;;LS)(A;CI;KR;;;NS)(A;CI;KR;;;BU)"

#define FIREWALL L"SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy"
#define RULE                                                                                       \
    L"v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=%ls|App=System|"                      \
    L"Name=@sstpsvc.dll,-35002|EmbedCtxt=@sstpsvc.dll,-35001|"

/* A network around it in which all is well: a gateway, a name server that knows the host, no
 * domain, a firewall that lets SSTP in. */
static int surround(const WCHAR *port, const WCHAR *network)
{
    static const WCHAR *const profiles[] = {L"DomainProfile", L"StandardProfile", L"PublicProfile"};
    WCHAR rule[256], path[256];
    int e = registry_set(SIM_SETTINGS L"\\Network", NETWORK_GATEWAYS, L"multi", L"198.51.100.1");
    if (!e)
        e = registry_set(SIM_SETTINGS L"\\Network", NETWORK_NAME_SERVERS, L"multi", network);
    for (size_t i = 0; !e && i < sizeof profiles / sizeof *profiles; i++) {
        swprintf(path, 256, FIREWALL L"\\%ls", profiles[i]);
        e = registry_set(path, L"EnableFirewall", L"dword", L"1");
    }
    swprintf(rule, 256, RULE, port);
    return e ? e : registry_set(FIREWALL L"\\FirewallRules", L"SSTP-IN-TCP", L"text", rule);
}

/* A machine with RRAS set up, in one go: services, port, an old self-signed certificate, the
 * network around it, RRAS running. */
static int up(const WCHAR *port, const WCHAR *name, const WCHAR *network)
{
    struct new_cert cert = {.name = name,
                            .key = L"rsa2048",
                            .usage = L"server",
                            .from_days = -60,
                            .days = 90,
                            .import = true};
    int e = services_install();
    if (!e)
        e = registry_set(SSTP_PARAMETERS, L"ListenerPort", L"dword", port);
    if (!e)
        e = registry_rights(SSTP_PARAMETERS, SSTP_RIGHTS);
    if (!e)
        e = registry_rights(SSTP_PARAMETERS L"\\ConfigStore", SSTP_RIGHTS);
    if (!e)
        e = registry_set(SSTP_PARAMETERS, L"ServerURI", L"text", SSTP_URI);
    if (!e)
        e = registry_set(SSTP_PARAMETERS, L"UseHttps", L"dword", L"1");
    if (!e)
        e = cert_new(&cert);
    if (!e)
        e = surround(port, network);
    if (!e)
        e = service_command(L"start", L"RemoteAccess");
    return e;
}

static int usage(void)
{
    printf("{\"error\":87,\"call\":\"simctl\"}\n");
    return 2;
}

static bool is(const WCHAR *a, const WCHAR *b)
{
    return wcscmp(a, b) == 0;
}

static int cert_new_arguments(int n, WCHAR **a)
{
    struct new_cert c = {
        .name = a[0], .key = a[1], .usage = a[2], .from_days = _wtoi(a[3]), .days = _wtoi(a[4])};
    c.import = is(a[5], L"import");
    c.pfx = n > 6 ? a[6] : NULL;
    return cert_new(&c);
}

static int run_as_program(const WCHAR *command, int n, WCHAR **a)
{
    if (is(command, L"event") && n == 4)
        return event_write(a[0], a[1], a[2], a[3]);
    if (is(command, L"events") && n == 3)
        return events_read(a[0], a[1], is(a[2], L"newest"));
    if (is(command, L"serve") && n == 1)
        return url_serve(a[0]);
    return usage();
}

static int run(int argc, WCHAR **argv)
{
    const WCHAR *command = argv[0];
    WCHAR **a = argv + 1;
    int n = argc - 1;
    if (is(command, L"stay"))
        return stay();
    if (is(command, L"up") && n == 3)
        return up(a[0], a[1], a[2]);
    if (is(command, L"show") && n == 0)
        return show();
    if (is(command, L"cert-new") && n >= 6)
        return cert_new_arguments(n, a);
    if (is(command, L"cert-import") && n == 2)
        return cert_import(a[0], a[1]);
    if (is(command, L"cert-remove") && n == 2)
        return cert_remove(a[0], is(a[1], L"with-key"));
    if (is(command, L"cert-prove") && n == 1)
        return cert_prove(a[0]);
    if (is(command, L"bind") && (n == 4 || n == 5))
        return binding_set(a[0], a[1], a[2], is(a[3], L"raw"), n == 5 ? wcstoul(a[4], NULL, 0) : 0);
    if (is(command, L"unbind") && n == 1)
        return binding_remove(a[0]);
    if (is(command, L"service") && n == 2)
        return service_command(a[0], a[1]);
    if (is(command, L"start-type") && n == 2)
        return service_start_type(a[0], a[1]);
    if (is(command, L"account") && n == 2)
        return service_account(a[0], a[1]);
    if (is(command, L"sstp") && n == 1)
        return sstp_settings(a[0]);
    if (is(command, L"rights") && n == 2)
        return registry_rights(a[0], a[1]);
    if (is(command, L"reg") && n == 4)
        return registry_set(a[0], a[1], a[2], a[3]);
    if (is(command, L"unreg") && n == 1)
        return registry_remove(a[0]);
    return run_as_program(command, n, a);
}

/* Commands from standard input, one a line, their arguments divided by tabs; ends at the first that
 * fails. One program start for many steps. */
static int batch(void)
{
    char line[LINE_MAX];
    WCHAR wide[LINE_MAX], *argument[ARGUMENTS_MAX];
    int e = 0;
    while (!e && fgets(line, sizeof line, stdin)) {
        int n = 0;
        if (!MultiByteToWideChar(CP_UTF8, 0, line, -1, wide, LINE_MAX))
            return usage();
        wide[wcscspn(wide, L"\r\n")] = 0;
        for (WCHAR *p = wide; p && n < ARGUMENTS_MAX; n++) {
            argument[n] = p;
            p = wcschr(p, L'\t');
            if (p)
                *p++ = 0;
        }
        e = run(n, argument);
    }
    return e;
}

int wmain(int argc, WCHAR **argv);
int wmain(int argc, WCHAR **argv)
{
    WSADATA data;
    WSAStartup(MAKEWORD(2, 2), &data);
    if (argc < 2)
        return usage();
    return wcscmp(argv[1], L"batch") == 0 ? batch() : run(argc - 1, argv + 1);
}
