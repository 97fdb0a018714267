/* SPDX-License-Identifier: Apache-2.0 */
#include "sstp/judge.h"

#include "text.h"

#include <stdio.h>
#include <string.h>

enum { DAY_S = 24 * 3600 };

static void names_text(const struct cert_info *leaf, char *out, size_t size)
{
    size_t n = 0;

    out[0] = '\0';
    for (size_t i = 0; i < leaf->name_count && n + 1 < size; i++)
        n += (size_t)snprintf(out + n, size - n, "%s%s", i ? ", " : "", leaf->names[i]);
    if (leaf->name_count == 0)
        snprintf(out, size, "no name at all");
}

static void refuse(struct sstp_cert_judgement *out, const char *code, const char *finding)
{
    snprintf(out->code, sizeof out->code, "%s", code);
    snprintf(out->finding, sizeof out->finding, "%s", finding);
}

/* The first thing that is wrong; "" when nothing is. */
static void find_fault(const struct cert_info *leaf, const struct sstp_cert_wanted *w,
                       struct sstp_cert_judgement *out)
{
    char text[320], names[160], when[21];

    if (w->now < leaf->not_before || w->now > leaf->not_after) {
        bool early = w->now < leaf->not_before;
        text_time(early ? leaf->not_before : leaf->not_after, when);
        snprintf(text, sizeof text, "%s %s", early ? "not valid before" : "expired on", when);
        refuse(out, "cert-time", text);
    } else if (!w->host) {
        refuse(out, "cert-name",
               "dialled by address: there is no name to compare; use the name (with --address), or "
               "--expect-sha256");
    } else if (!cert_names_match(leaf, w->host)) {
        names_text(leaf, names, sizeof names);
        snprintf(text, sizeof text, "it is not for %.100s but for %s", w->host, names);
        refuse(out, "cert-name", text);
    } else if (!leaf->server_auth) {
        refuse(out, "cert-eku", "its extended key usage lacks server authentication");
    } else if (w->untrusted) {
        snprintf(text, sizeof text, "%.300s", w->untrusted);
        refuse(out, "cert-chain", text);
    }
}

void sstp_judge_cert(const struct cert_info *leaf, const struct sstp_cert_wanted *w,
                     struct sstp_cert_judgement *out)
{
    struct sstp_cert_judgement j = {.days_left = (long)((leaf->not_after - w->now) / DAY_S)};

    if (leaf->not_after < w->now)
        j.days_left = -1 - (long)((w->now - leaf->not_after) / DAY_S);
    j.pinned = w->pinned && memcmp(w->pinned, leaf->sha256, SHA256_BYTES) == 0;
    if (w->pinned && !j.pinned)
        refuse(&j, "cert-other", "not the certificate that was expected");
    else if (!w->pinned)
        find_fault(leaf, w, &j);
    j.ok = !j.code[0];
    if (j.ok) {
        snprintf(j.code, sizeof j.code, "cert-ok");
        snprintf(j.finding, sizeof j.finding, "%s, %ld days left",
                 j.pinned ? "the very one that was expected" : "name, use and chain are right",
                 j.days_left);
    }
    *out = j;
}

const char *sstp_code_meaning(const char *code)
{
    static const struct {
        const char *code, *meaning;
    } known[] = {
        {"dns-not-found",
         "the name is not in DNS as this machine sees it: try the outside view, too"},
        {"dns-failed", "this machine's resolver gave no answer"},
        {"tcp-refused",
         "the machine is there, but nothing listens on this port: service, port, or a "
         "firewall that refuses"},
        {"tcp-timeout", "nobody answers: host down, wrong address, or a firewall that drops"},
        {"tcp-unreachable", "this machine has no route there"},
        {"tls-reset", "http.sys resets like this when no certificate is bound to the port, or its "
                      "private key cannot be used (netsh http show sslcert; RasSstp events 8, 12, "
                      "13, 21)"},
        {"tls-closed", "http.sys closes like this when no certificate is bound to the port, or its "
                       "private key cannot be used (netsh http show sslcert; RasSstp events 8, 12, "
                       "13, 21)"},
        {"tls-timeout", "somebody takes connections but does not speak TLS"},
        {"tls-alert", "TLS failed: look at protocol versions and ciphers (Schannel events)"},
        {"cert-other", "old certificate still served, or another site answers under this name or "
                       "address"},
        {"cert-time", "clients refuse it"},
        {"cert-name", "clients refuse it, unless they dial a name that stands in it"},
        {"cert-eku", "clients refuse it (server authentication is needed)"},
        {"cert-chain", "clients without this CA refuse it: an intermediate that is not sent, or a "
                       "private CA (then use --ca-file)"},
        {"http-version", "a proxy that speaks HTTP/1.0 stands between"},
        {"http-timeout", "the listener takes the request and is mute: restart RemoteAccess"},
        {"http-closed", "the listener hangs up on the SSTP request"},
        {"sstp-nak", "SSTP answers but takes no PPP call"},
        {"sstp-nohash", "no certificate hash is configured: SHA256CertificateHash and "
                        "SHA1CertificateHash are missing or switched off"},
        {"sstp-abort", "SSTP answers but refuses the call"},
        {"sstp-timeout", "behind HTTP 200 nobody answers: SstpSvc hangs"},
        {"sstp-closed", "behind HTTP 200 the call is hung up on: RasMan or the SSTP ports"},
        {"sstp-garbage", "something else than SSTP answers behind HTTP 200"},
        {"lcp-timeout", "PPP does not answer: RemoteAccess or RasMan hangs"},
        {"auth-method", "allow MS-CHAPv2 for this one test account in a network policy of its own"},
        {"auth-timeout", "the logon hangs: NPS, RADIUS or the domain controller does not answer"},
        {"auth-server-proof", "do not use this account again before you know who answers there"},
        {"binding-refused", "the service holds the hash of another certificate than the one it "
                            "serves: clients are cut off right after the logon (0x80072746 and the "
                            "like); run deploy, or restart RemoteAccess"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].code, code) == 0)
            return known[i].meaning;
    return NULL;
}
