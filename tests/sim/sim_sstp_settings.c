/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_sstp_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_MAX = 700 };

static const struct {
    const char *name; /* one that ends in '-' goes on with a number */
    enum sim_fault fault;
} faults[] = {
    {"none", SIM_FAULT_NONE},
    {"tls-reset", SIM_FAULT_TLS_RESET},
    {"tls-close", SIM_FAULT_TLS_CLOSE},
    {"tls-mute", SIM_FAULT_TLS_MUTE},
    {"http-mute", SIM_FAULT_HTTP_MUTE},
    {"http-close", SIM_FAULT_HTTP_CLOSE},
    {"http-1.0", SIM_FAULT_HTTP_10},
    {"http-empty", SIM_FAULT_HTTP_EMPTY},
    {"http-garbage", SIM_FAULT_HTTP_GARBAGE},
    {"http-", SIM_FAULT_HTTP_STATUS},
    {"no-port", SIM_FAULT_NO_PORT},
    {"ack-mute", SIM_FAULT_ACK_MUTE},
    {"ack-wrong", SIM_FAULT_ACK_WRONG},
    {"ack-garbage", SIM_FAULT_ACK_GARBAGE},
    {"ack-close", SIM_FAULT_ACK_CLOSE},
    {"nak", SIM_FAULT_NAK},
    {"abort", SIM_FAULT_ABORT},
    {"mask-0", SIM_FAULT_MASK_0},
    {"mask-sha1", SIM_FAULT_MASK_SHA1},
    {"lcp-mute", SIM_FAULT_LCP_MUTE},
    {"lcp-nak", SIM_FAULT_LCP_NAK},
    {"lcp-terminate", SIM_FAULT_LCP_TERMINATE},
    {"eap-only", SIM_FAULT_EAP_ONLY},
    {"auth-mute", SIM_FAULT_AUTH_MUTE},
    {"auth-close", SIM_FAULT_AUTH_CLOSE},
    {"chap-proof", SIM_FAULT_CHAP_PROOF},
    {"chap-", SIM_FAULT_CHAP_FAILURE},
    {"hash-stale", SIM_FAULT_HASH_STALE},
    {"binding-mute", SIM_FAULT_BINDING_MUTE},
    {"binding-close", SIM_FAULT_BINDING_CLOSE},
    {"binding-disconnect", SIM_FAULT_BINDING_DISCONNECT},
    {"binding-terminate", SIM_FAULT_BINDING_TERMINATE},
    {"verify-nothing", SIM_FAULT_VERIFY_NOTHING},
    {"disconnect-mute", SIM_FAULT_DISCONNECT_MUTE},
};

static const char *const auth_names[SIM_AUTHS] = {"none", "eap", "mschap2", "pap"};

const char *sim_auth_name(enum sim_auth a)
{
    return auth_names[a];
}

void sim_sstp_settings_default(struct sim_sstp_settings *s)
{
    *s = (struct sim_sstp_settings){.auth = {SIM_AUTH_EAP, SIM_AUTH_MSCHAP2, SIM_AUTH_PAP},
                                    .user = "probe",
                                    .password = "secret",
                                    .ports = SIM_PORTS,
                                    .timers_percent = 100};
}

static bool number(const char *text, unsigned max, unsigned *out)
{
    char *end;
    unsigned long v = strtoul(text, &end, 10);
    if (end == text || *end || v > max)
        return false;
    *out = (unsigned)v;
    return true;
}

static bool set_fault(struct sim_sstp_settings *s, const char *name)
{
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        const char *known = faults[i].name;
        size_t n = strlen(known);
        bool numbered = known[n - 1] == '-';
        if (numbered ? strncmp(name, known, n) != 0 || !number(name + n, 999, &s->number)
                     : strcmp(name, known) != 0)
            continue;
        s->fault = faults[i].fault;
        return true;
    }
    return false;
}

static bool set_auth(struct sim_sstp_settings *s, const char *list)
{
    enum sim_auth got[SIM_AUTHS] = {SIM_AUTH_NONE};
    int n = 0;
    for (const char *p = list;; p++) {
        size_t chars = strcspn(p, ",");
        enum sim_auth a = SIM_AUTH_EAP;
        while (a < SIM_AUTHS &&
               (strlen(auth_names[a]) != chars || memcmp(auth_names[a], p, chars) != 0))
            a++;
        if (a == SIM_AUTHS || n == SIM_AUTHS - 1)
            return false;
        got[n++] = a;
        p += chars;
        if (!*p)
            break;
    }
    memcpy(s->auth, got, sizeof got);
    return true;
}

static bool set_account(struct sim_sstp_settings *s, const char *value)
{
    const char *colon = strchr(value, ':');
    size_t user = colon ? (size_t)(colon - value) : 0;
    if (!colon || user >= sizeof s->user || strlen(colon + 1) >= sizeof s->password)
        return false;
    memcpy(s->user, value, user);
    s->user[user] = 0;
    snprintf(s->password, sizeof s->password, "%s", colon + 1);
    return true;
}

static bool set_sha256(struct sim_sstp_settings *s, const char *hex)
{
    if (strlen(hex) != 64 || strspn(hex, "0123456789abcdefABCDEF") != 64)
        return false;
    for (int i = 0; i < 32; i++) {
        char two[3] = {hex[2 * i], hex[2 * i + 1], 0};
        s->sha256[i] = (uint8_t)strtoul(two, NULL, 16);
    }
    return true;
}

static bool set(struct sim_sstp_settings *s, const char *name, const char *value)
{
    if (strcmp(name, "fault") == 0)
        return set_fault(s, value);
    if (strcmp(name, "auth") == 0)
        return set_auth(s, value);
    if (strcmp(name, "account") == 0)
        return set_account(s, value);
    if (strcmp(name, "sha256") == 0)
        return set_sha256(s, value);
    if (strcmp(name, "ports") == 0)
        return number(value, SIM_PORTS, &s->ports);
    if (strcmp(name, "timers") == 0)
        return number(value, 1000, &s->timers_percent);
    if (strcmp(name, "early") == 0) {
        s->judge_early = strcmp(value, "judge") == 0;
        return s->judge_early || strcmp(value, "refuse") == 0;
    }
    return false;
}

/* The faults that are nothing but a setting. */
static void settle(struct sim_sstp_settings *s)
{
    if (s->fault == SIM_FAULT_MASK_0)
        s->hash_mask = 0;
    if (s->fault == SIM_FAULT_MASK_SHA1)
        s->hash_mask = SIM_SSTP_SHA1;
    if (s->fault == SIM_FAULT_HASH_STALE)
        memset(s->sha256, 0x5a, sizeof s->sha256);
    if (s->fault == SIM_FAULT_NO_PORT)
        s->ports = 0;
    if (s->fault == SIM_FAULT_EAP_ONLY) {
        s->auth[0] = SIM_AUTH_EAP;
        s->auth[1] = SIM_AUTH_NONE;
    }
}

bool sim_sstp_settings_parse(struct sim_sstp_settings *s, const char *text, char bad[64])
{
    static const char blanks[] = " \t\r\n";
    for (const char *p = text + strspn(text, blanks); *p; p += strspn(p, blanks)) {
        char word[WORD_MAX];
        size_t n = strcspn(p, blanks);
        if (n < sizeof word) {
            memcpy(word, p, n);
            word[n] = 0;
            char *value = strchr(word, '=');
            if (value) {
                *value++ = 0;
                if (set(s, word, value)) {
                    p += n;
                    continue;
                }
            }
        }
        snprintf(bad, 64, "%.*s", n < 63 ? (int)n : 63, p);
        return false;
    }
    settle(s);
    return true;
}
