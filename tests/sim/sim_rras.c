/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_rras.h"
#include "httpapi_int.h"
#include "sim_call.h"
#include "sim_credential.h"
#include "sim_event.h"
#include "sim_rras_decide.h"
#include "sim_session.h"
#include "sim_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EVENT_URL = 9,
    EVENT_BIND_V4 = 12,
    EVENT_BIND_V6 = 13,
    EVENT_LISTENER = 22,
    RRAS_CHECK_MODE = 0x1000,
    WISHES_MAX = 1024
};

/* Generic-all for the SID of the service SstpSvc (recomputable from its name), for Administrators
 * and SYSTEM. */
#define URL_SDDL                                                                                   \
    L"D:(A;;GA;;;S-1-5-80-3435701886-799518250-3791383489-3228296122-2938884314)(A;;GA;;;BA)(A;;"  \
    L"GA;;;SY)"

static void event(int id, DWORD error, const WCHAR *text)
{
    WCHAR code[32];
    swprintf(code, sizeof code / sizeof *code, L"%lu", error);
    const WCHAR *const string[] = {text, code};
    struct sim_event e = {L"RasSstp", EVENTLOG_ERROR_TYPE, 0, (DWORD)id, string, 2};
    sim_event_write(&e);
    sim_log("RRAS: event %d, error %lu", id, error);
}

/* ---- what is there ---- */

/* Any type and length is read; only a REG_BINARY of the right length is good. */
static enum rras_hash_state read_hash(const WCHAR *value, BYTE *out, DWORD bytes)
{
    BYTE got[256];
    DWORD type = 0, n = sizeof got;
    LONG e = RegGetValueW(HKEY_LOCAL_MACHINE, SSTP_PARAMETERS, value, RRF_RT_ANY, &type, got, &n);
    if (e == ERROR_FILE_NOT_FOUND)
        return RRAS_HASH_ABSENT;
    if (e || type != REG_BINARY || n != bytes)
        return RRAS_HASH_BAD;
    memcpy(out, got, bytes);
    return RRAS_HASH_GOOD;
}

static void cert_seen(PCCERT_CONTEXT cert, struct rras_cert *out)
{
    *out = (struct rras_cert){0};
    if (!cert)
        return;
    out->found = credential_hash(cert, out->sha1, RRAS_SHA1_BYTES);
    CertFreeCertificateContext(cert);
}

static void binding_name(enum rras_family family, WCHAR name[HTTP_NAME_CHARS])
{
    bool https;
    swprintf(name, HTTP_NAME_CHARS, family == RRAS_V4 ? L"0.0.0.0:%u" : L"[::]:%u",
             machine_port(&https));
}

static struct rras_binding binding_seen(enum rras_family family)
{
    struct rras_binding b = {0};
    struct http_record record;
    WCHAR name[HTTP_NAME_CHARS];
    binding_name(family, name);
    if (http_record_read(HTTP_IP, name, &record))
        return b;
    PCCERT_CONTEXT cert = credential_find(record.store, record.hash, RRAS_SHA1_BYTES);
    b.bound = true;
    b.cert_in_store = cert != NULL;
    b.sstp_app_id = memcmp(&record.app_id, &http_sstp_app_id, sizeof record.app_id) == 0;
    memcpy(b.sha1, record.hash, RRAS_SHA1_BYTES);
    if (cert)
        CertFreeCertificateContext(cert);
    return b;
}

static void look(struct rras_seen *s)
{
    BYTE sha256[RRAS_SHA256_BYTES], sha1[RRAS_SHA1_BYTES];
    *s = (struct rras_seen){.use_https = machine_number(L"UseHttps", 1) != 0,
                            .sha256_enabled = machine_number(L"SHA256Enabled", 1) != 0,
                            .sha1_enabled = machine_number(L"SHA1Enabled", 0) != 0,
                            .flag = machine_number(L"isHashConfiguredByAdmin", 0)};
    s->sha256 = read_hash(L"SHA256CertificateHash", sha256, sizeof sha256);
    s->sha1 = read_hash(L"SHA1CertificateHash", sha1, sizeof sha1);
    if (s->sha256_enabled && s->sha256 == RRAS_HASH_GOOD)
        cert_seen(credential_find(L"MY", sha256, sizeof sha256), &s->hash_cert);
    else if (s->sha1_enabled && s->sha1 == RRAS_HASH_GOOD)
        cert_seen(credential_find(L"MY", sha1, sizeof sha1), &s->hash_cert);
    cert_seen(credential_pick(), &s->choice);
    s->binding[RRAS_V4] = binding_seen(RRAS_V4);
    s->binding[RRAS_V6] = binding_seen(RRAS_V6);
}

/* ---- what to do ---- */

static DWORD bind_family(const struct rras_action *a)
{
    struct http_record r = {.hash_bytes = HTTP_HASH_BYTES,
                            .app_id = http_sstp_app_id,
                            .store = L"MY",
                            .check_mode = RRAS_CHECK_MODE};
    PCCERT_CONTEXT cert = credential_find(r.store, a->sha1, RRAS_SHA1_BYTES);
    bool usable = cert && credential_has_key(cert);
    if (cert)
        CertFreeCertificateContext(cert);
    if (!usable)
        return ERROR_NO_SUCH_LOGON_SESSION;
    binding_name(a->family, r.name);
    memcpy(r.hash, a->sha1, HTTP_HASH_BYTES);
    return http_record_write(HTTP_IP, &r);
}

static DWORD store_hashes(const struct rras_action *a)
{
    BYTE sha256[RRAS_SHA256_BYTES];
    const DWORD flag = 0;
    HKEY key;
    PCCERT_CONTEXT cert = credential_find(L"MY", a->sha1, RRAS_SHA1_BYTES);
    bool ok = cert && credential_hash(cert, sha256, sizeof sha256);
    if (cert)
        CertFreeCertificateContext(cert);
    if (!ok || RegCreateKeyExW(HKEY_LOCAL_MACHINE, SSTP_PARAMETERS, 0, NULL, 0, KEY_ALL_ACCESS,
                               NULL, &key, NULL))
        return ERROR_NOT_FOUND;
    RegSetValueExW(key, L"SHA256CertificateHash", 0, REG_BINARY, sha256, sizeof sha256);
    RegSetValueExW(key, L"SHA1CertificateHash", 0, REG_BINARY, a->sha1, RRAS_SHA1_BYTES);
    RegSetValueExW(key, L"isHashConfiguredByAdmin", 0, REG_DWORD, (const BYTE *)&flag, sizeof flag);
    RegCloseKey(key);
    return 0;
}

static DWORD act(const struct rras_action *a)
{
    static const char *const verb[] = {"unbinds", "binds", "stores the hashes of"};
    WCHAR name[HTTP_NAME_CHARS];
    DWORD e = 0;
    binding_name(a->family, name);
    switch (a->kind) {
    case RRAS_UNBIND:
        http_record_delete(HTTP_IP, name);
        break;
    case RRAS_BIND:
        e = bind_family(a);
        if (e)
            event(a->family == RRAS_V4 ? EVENT_BIND_V4 : EVENT_BIND_V6, e,
                  L"The certificate could not be bound.");
        if (a->family == RRAS_V6 && !http_has_ipv6())
            e = 0; /* a guess: without IPv6 the event is all there is */
        break;
    case RRAS_STORE_HASHES:
        e = store_hashes(a);
        break;
    }
    sim_log("RRAS: %s %ls %02x%02x%02x%02x.. -> %lu", verb[a->kind], name, a->sha1[0], a->sha1[1],
            a->sha1[2], a->sha1[3], e);
    return e;
}

static DWORD reserve_url(void)
{
    bool https;
    WCHAR url[HTTP_NAME_CHARS], sddl[] = URL_SDDL;
    char text[HTTP_LOG_CHARS];
    unsigned port = machine_port(&https);
    swprintf(url, HTTP_NAME_CHARS, L"%ls://+:%u%ls", https ? L"https" : L"http", port, SSTP_URI);
    HTTP_SERVICE_CONFIG_URLACL_SET set = {{url}, {sddl}};
    ULONG e = httpapi_acl_set(&set, sizeof set, text);
    return e == ERROR_ALREADY_EXISTS ? 0 : e;
}

/* What was applied, so that a later start can undo it. */
static void remember(void)
{
    bool https;
    const DWORD port = machine_port(&https), use_https = https;
    RegSetKeyValueW(HKEY_LOCAL_MACHINE, SSTP_PARAMETERS L"\\ConfigStore", L"ListenerPort",
                    REG_DWORD, &port, sizeof port);
    RegSetKeyValueW(HKEY_LOCAL_MACHINE, SSTP_PARAMETERS L"\\ConfigStore", L"UseHttps", REG_DWORD,
                    &use_https, sizeof use_https);
}

/* ---- the listener ---- */

/* What the running service holds. */
struct service {
    struct sim_sstp_settings settings;
    atomic_uint calls;
};

/* The hashes are read here, once: what the registry says later has no effect before the next start.
 */
static struct service *hold(void)
{
    struct service *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    sim_sstp_settings_default(&s->settings);
    s->settings.ports = machine_sstp_ports();
    if (machine_number(L"SHA256Enabled", 1) &&
        read_hash(L"SHA256CertificateHash", s->settings.sha256, 32) == RRAS_HASH_GOOD)
        s->settings.hash_mask |= SIM_SSTP_SHA256;
    if (machine_number(L"SHA1Enabled", 0) &&
        read_hash(L"SHA1CertificateHash", s->settings.sha1, 20) == RRAS_HASH_GOOD)
        s->settings.hash_mask |= SIM_SSTP_SHA1;
    return s;
}

/* What a test has set (SIM_SSTP), for this connection. */
static void take_wishes(struct sim_sstp_settings *settings)
{
    WCHAR wide[WISHES_MAX];
    char text[3 * WISHES_MAX], bad[64];
    DWORD bytes = sizeof wide;
    if (RegGetValueW(HKEY_LOCAL_MACHINE, SIM_SETTINGS L"\\RemoteAccess", SIM_SSTP, RRF_RT_REG_SZ,
                     NULL, wide, &bytes) ||
        !WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, sizeof text, NULL, NULL))
        return;
    if (!sim_sstp_settings_parse(settings, text, bad))
        sim_log("RRAS: setting not known: %s", bad);
}

static void serve(const struct sim_line *line, void *user)
{
    struct service *service = user;
    struct sim_sstp_settings settings = service->settings;
    struct sim_session_report report;
    char uri[64], text[SIM_SESSION_TEXT];
    snprintf(uri, sizeof uri, "%ls", SSTP_URI);
    take_wishes(&settings);
    sim_session(line, uri, &settings, &service->calls, &report);
    sim_session_text(&report, text);
    if (report.status == 200)
        sim_log("SSTP: %s", text);
}

/* 0 or a socket error. */
static int open_listener(struct front **out)
{
    struct front_options options = {.serve = serve, .user = hold()};
    options.port = machine_port(&options.https);
    int e = options.user ? front_open(out, &options) : WSAENOBUFS;
    if (e)
        free(options.user); /* otherwise it is there as long as the process, like the listener */
    return e;
}

/* ---- the start ---- */

void rras_complain(void)
{
    enum { EVENT_MEMORY = 20 };
    event(EVENT_MEMORY, ERROR_NOT_ENOUGH_MEMORY, L"There was not enough memory.");
}

DWORD rras_start(bool deaf, struct front **out)
{
    struct rras_seen seen;
    struct rras_plan plan;
    DWORD e = 0;
    if (machine_sstp_ports() == 0) /* then RRAS does nothing of this */
        return 0;
    e = reserve_url();
    if (e) {
        event(EVENT_URL, e, L"The URL could not be registered.");
        return e;
    }
    look(&seen);
    rras_decide(&seen, &plan);
    for (int i = 0; i < plan.actions && !e; i++)
        e = act(&plan.action[i]);
    if (!e && plan.event)
        event(plan.event, plan.error, L"The SSTP certificate configuration was not accepted.");
    if (e || plan.error)
        return e ? e : plan.error;
    remember();
    /* that the start goes on without its listener is a guess: the event says connections will not
     * be accepted */
    int failed = deaf ? WSAEACCES : open_listener(out);
    if (failed)
        event(EVENT_LISTENER, (DWORD)failed, L"The listener could not be set up.");
    return 0;
}
