/* SPDX-License-Identifier: Apache-2.0 */
/* The Windows Firewall's rules and connection security rules, from the registry: those of this
 * machine, and those of group policy, which come on top. */
#include <windows.h>

#include "doctor/look_net.h"

#include "rras/names.h"
#include "rras/rras_win32.h"
#include "rras/sentence.h"
#include "text.h"
#include "wide.h"

#include <stdlib.h>
#include <wchar.h>

#define LOCAL_POLICY                                                                               \
    L"SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy"
#define GROUP_POLICY L"SOFTWARE\\Policies\\Microsoft\\WindowsFirewall"
/* Where an IP Security Policy (secpol.msc, the older kind) is assigned. */
#define LEGACY_LOCAL L"SOFTWARE\\Policies\\Microsoft\\Windows\\IPSec\\Policy\\Local"
#define LEGACY_GROUP L"SOFTWARE\\Policies\\Microsoft\\Windows\\IPSec\\GPTIPSECPolicy"

enum { RULE_CHARS = 4096, NAME_CHARS = 512, PATH_CHARS = 256, MAX_RULES = 8192 };

static bool read_dword(const wchar_t *path, const wchar_t *name, DWORD *out)
{
    DWORD len = sizeof *out;

    return RegGetValueW(HKEY_LOCAL_MACHINE, path, name, RRF_RT_REG_DWORD, NULL, out, &len) ==
           ERROR_SUCCESS;
}

/* ---- profiles ---- */

/* The private profile is called "standard" there, as it was in XP. */
static void read_profile(struct firewall_in *in, const wchar_t *local, const wchar_t *policy)
{
    wchar_t path[2][PATH_CHARS];
    DWORD value = 0;

    swprintf(path[0], PATH_CHARS, LOCAL_POLICY L"\\%ls", local);
    swprintf(path[1], PATH_CHARS, GROUP_POLICY L"\\%ls", policy);
    for (int i = 0; i < 2; i++) {
        if (read_dword(path[i], L"EnableFirewall", &value)) {
            in->known = true;
            in->on = value != 0;
        }
        if (read_dword(path[i], L"DefaultInboundAction", &value))
            in->lets_in = value == 0;
    }
    if (read_dword(path[1], L"AllowLocalPolicyMerge", &value))
        in->policy_alone = value == 0;
}

/* ---- rules ---- */

typedef void each_rule(struct firewall *out, const char *text, int port, bool of_policy);

static void add_rule(struct firewall *out, const char *text, int port, bool of_policy)
{
    struct firewall_rule r;

    if (firewall_rule_read(&r, text, port))
        firewall_add(out, &r, of_policy);
}

static void add_ipsec(struct firewall *out, const char *text, int port, bool of_policy)
{
    struct ipsec_rule r;

    (void)of_policy;
    if (out->ipsec_n < IPSEC_RULES && ipsec_rule_read(&r, text, port))
        out->ipsec[out->ipsec_n++] = r;
}

struct rules {
    const wchar_t *path;
    int port;
    bool of_policy;
    each_rule *each;
};

/* A missing key = no rules. */
static LSTATUS read_rules(const struct rules *q, struct firewall *out)
{
    wchar_t name[NAME_CHARS], *value = calloc(RULE_CHARS + 1, sizeof *value);
    LSTATUS rc = ERROR_OUTOFMEMORY;
    HKEY key = NULL;

    if (value)
        rc = RegOpenKeyExW(HKEY_LOCAL_MACHINE, q->path, 0, KEY_READ | KEY_WOW64_64KEY, &key);
    for (DWORD i = 0; rc == ERROR_SUCCESS && i < MAX_RULES; i++) {
        DWORD chars = NAME_CHARS, bytes = RULE_CHARS * sizeof *value, type = 0;
        struct err ignored = {0};
        char *text = NULL;
        rc = RegEnumValueW(key, i, name, &chars, NULL, &type, (BYTE *)value, &bytes);
        if (rc == ERROR_MORE_DATA) { /* longer than any rule that we judge */
            rc = ERROR_SUCCESS;
            continue;
        }
        value[bytes / sizeof *value] = L'\0';
        if (rc == ERROR_SUCCESS && type == REG_SZ && wide_to_utf8(&text, value, &ignored) == 0)
            q->each(out, text, q->port, q->of_policy);
        free(text);
    }
    if (key)
        RegCloseKey(key);
    free(value);
    return rc == ERROR_NO_MORE_ITEMS || rc == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : rc;
}

static void read_both(struct rules q, const wchar_t *local, const wchar_t *policy,
                      struct firewall *out, struct seen *seen)
{
    struct err e = {0};
    LSTATUS rc;

    q.path = local;
    rc = read_rules(&q, out);
    if (rc == ERROR_SUCCESS) {
        q.path = policy;
        q.of_policy = true;
        rc = read_rules(&q, out);
    }
    seen->ok = rc == ERROR_SUCCESS;
    if (!seen->ok) {
        sentence_err(&e, SENTENCE_REGISTRY, (uint32_t)rc, "firewall rules");
        seen_fail(seen, &e);
    }
}

static bool is_assigned(const wchar_t *path, const wchar_t *name)
{
    return RegGetValueW(HKEY_LOCAL_MACHINE, path, name, RRF_RT_REG_SZ, NULL, NULL, NULL) ==
           ERROR_SUCCESS;
}

void look_firewall(int port, struct firewall *out)
{
    struct rules inbound = {.port = port, .each = add_rule};
    struct rules ipsec = {.port = port, .each = add_ipsec};

    read_profile(&out->in[FIREWALL_DOMAIN], L"DomainProfile", L"DomainProfile");
    read_profile(&out->in[FIREWALL_PRIVATE], L"StandardProfile", L"StandardProfile");
    if (!out->in[FIREWALL_PRIVATE].known)
        read_profile(&out->in[FIREWALL_PRIVATE], L"StandardProfile", L"PrivateProfile");
    read_profile(&out->in[FIREWALL_PUBLIC], L"PublicProfile", L"PublicProfile");
    read_both(inbound, LOCAL_POLICY L"\\FirewallRules", GROUP_POLICY L"\\FirewallRules", out,
              &out->seen);
    read_both(ipsec, LOCAL_POLICY L"\\ConSecRules", GROUP_POLICY L"\\ConSecRules", out,
              &out->ipsec_seen);
    out->legacy_policy = is_assigned(LEGACY_LOCAL, L"ActivePolicy") ||
                         is_assigned(LEGACY_GROUP, L"DSIPSECPolicyPath");
}
