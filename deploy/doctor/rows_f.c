/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows F: what a client sees. The certificate is that of the record for the wildcards; with TLS
 * offload clients see the balancer's, and the hash in the registry is what it has to be.
 */
#include "doctor/doctor.h"

#include "doctor/list.h"
#include "doctor/look_wire.h"
#include "doctor/rows_f.h"
#include "sstp/message.h"
#include "sstp/probe.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* ---- shared ---- */

/* The SHA-256 that clients have to see; NULL = not known. */
static const uint8_t *expected(const struct doctor_seen *s)
{
    const struct store_cert *bound = s->machine ? doctor_bound_cert(s->machine) : NULL;
    const struct raw_value *hash = s->machine ? &s->machine->value[VALUE_SHA256] : NULL;

    if (hash && doctor_offload(s) && hash->present && hash->len == SHA256_BYTES)
        return hash->bytes;
    return bound ? bound->sha256 : NULL;
}

static bool shows(const struct doctor_point *p, const uint8_t *sha256)
{
    return p->tls && memcmp(p->sha256, sha256, SHA256_BYTES) == 0;
}

/* "vpn.example.com (0123456789abcdef...)" */
static void leaf_text(const struct doctor_point *p, char out[176])
{
    char hex[2 * SHA256_BYTES + 1];

    text_hex(p->sha256, SHA256_BYTES, hex);
    snprintf(out, 176, "%.120s (SHA-256 %.16s...)", p->subject, hex);
}

/* True when the listener was reached there as far as TLS goes; else the finding is a skip. */
static bool reached(const struct doctor_point *p, struct doctor_finding *f)
{
    if (p && (p->tls || (p->plain && p->connected)))
        return true;
    finding_skip(f, "%s", p ? p->trouble : "no address to look at");
    return false;
}

/* ---- F1 ---- */

/* The second look at an address; IPv6 where this machine has none; an own address that http.sys
 * does not listen on. */
static bool is_left_out(const struct doctor_seen *s, const struct doctor_point *p)
{
    const struct doctor_point *called = point_first(s->wire, DEPTH_CALL);

    if (p->kind == POINT_PUBLIC || p->name[0] || p->plain)
        return true;
    if (called && called != p && net_addr_equal(&called->addr, &p->addr))
        return true;
    if (p->connected)
        return false;
    return p->kind == POINT_OWN || p->unreachable ||
           (p->addr.family == 6 && s->machine && observed_lacks_v6(s->machine));
}

static void judge_bare(const struct doctor_seen *s, struct doctor_finding *f)
{
    struct list good = {.n = 0}, closed = {.n = 0}, broken = {.n = 0}, other = {.n = 0};
    const uint8_t *wanted = expected(s);

    for (size_t i = 0; i < s->wire->n; i++) {
        const struct doctor_point *p = &s->wire->point[i];
        char where[352], leaf[176];
        if (is_left_out(s, p))
            continue;
        point_text(p, where);
        leaf_text(p, leaf);
        if (!p->connected)
            list_add(&closed, "%s: %s", where, p->trouble);
        else if (!p->tls)
            list_add(&broken, "%s", where);
        else if (wanted && !shows(p, wanted))
            list_add(&other, "%s shows %s", where, leaf);
        else
            list_add(&good, "%s", where);
    }
    if (broken.n > 0) {
        finding_fail(f,
                     "%s: a connection is taken, but TLS breaks off: no certificate is bound "
                     "there, or its key cannot be used",
                     broken.text);
        finding_cure(f, "see C1, C2, D4 and Schannel event 36870; deploy binds anew");
    } else if (other.n > 0) {
        finding_fail(f, "another certificate than the bound one: %s", other.text);
        finding_cure(f, "a record for the address stands before the wildcard (C10): netsh http "
                        "show sslcert, then netsh http delete sslcert ipport=ADDRESS:PORT");
    } else if (closed.n > 0 && !s->machine) {
        finding_skip(f, "nobody listens, and whether somebody ought to is not known");
    } else if (closed.n > 0) {
        finding_fail(f, "nobody listens: %s", closed.text);
        finding_cure(f, "see A3 (RemoteAccess), A5 (http.sys) and C12 (IP listen list)");
    } else if (good.n > 0 && !wanted) {
        finding_note(f, "TLS at %s; which certificate it ought to be is not known", good.text);
    } else if (good.n > 0) {
        finding_ok(f, "the bound certificate at %s", good.text);
    } else {
        finding_skip(f, "TLS ends at a balancer before this machine");
    }
}

/* ---- F2 ---- */

static void judge_named(const struct doctor_seen *s, struct doctor_finding *f)
{
    struct list good = {.n = 0}, other = {.n = 0}, broken = {.n = 0};
    const uint8_t *wanted = expected(s);

    for (size_t i = 0; i < s->wire->n; i++) {
        const struct doctor_point *p = &s->wire->point[i];
        char leaf[176];
        if (p->kind != POINT_PROBE || !p->name[0])
            continue;
        leaf_text(p, leaf);
        if (!p->tls)
            list_add(&broken, "%s: %s", p->name, p->trouble);
        else if (wanted && !shows(p, wanted))
            list_add(&other, "%s gets %s", p->name, leaf);
        else
            list_add(&good, "%s", p->name);
    }
    if (other.n > 0) {
        finding_fail(f,
                     "who asks by name gets another certificate: %s: RRAS expects the bound "
                     "one, so calls are refused",
                     other.text);
        finding_cure(f, "a host name record stands before the wildcard (C9): netsh http show "
                        "sslcert, then netsh http delete sslcert hostnameport=NAME:PORT");
    } else if (broken.n > 0 && broken.n > good.n) {
        finding_fail(f, "%s", broken.text);
        finding_cure(f, "see F1");
    } else if (broken.n > 0) {
        finding_fail(f, "TLS breaks off for some names only: %s", broken.text);
        finding_cure(f, "their host name records (C9) name a certificate that cannot be used");
    } else if (good.n > 0) {
        finding_ok(f, "the same certificate for %s", good.text);
    } else {
        finding_skip(f, "%s",
                     doctor_offload(s) ? "TLS ends at a balancer before this machine"
                                       : "no name to ask for");
    }
}

/* ---- F3 ---- */

static void judge_public(const struct doctor_seen *s, struct doctor_finding *f)
{
    struct list good = {.n = 0}, other = {.n = 0}, far = {.n = 0};
    const uint8_t *wanted = expected(s);

    for (size_t i = 0; i < s->wire->n; i++) {
        const struct doctor_point *p = &s->wire->point[i];
        char where[352], leaf[176];
        if (p->kind != POINT_PUBLIC)
            continue;
        point_text(p, where);
        leaf_text(p, leaf);
        if (!p->tls)
            list_add(&far, "%s: %s", where, p->trouble);
        else if (wanted && !shows(p, wanted))
            list_add(&other, "%s shows %s", where, leaf);
        else
            list_add(&good, "%s", where);
    }
    if (other.n > 0) {
        finding_fail(f,
                     "clients see another certificate than the one RRAS expects: %s: a reverse "
                     "proxy, balancer or TLS inspection stands before it",
                     other.text);
        finding_cure(f, "install the same certificate on both, or let what stands before RRAS pass "
                        "TCP through; where it ends TLS on purpose, deploy with \"mode\": "
                        "\"offload\" and its certificate");
    } else if (good.n > 0 && far.n == 0) {
        finding_ok(f, "the same certificate at %s", good.text);
    } else if (far.n > 0) {
        finding_note(f,
                     "not reached from the inside: %s: look from outside with: rras-acme probe "
                     "NAME",
                     far.text);
    } else {
        finding_skip(f, "the public name has no address here (E6)");
    }
}

/* ---- F4, F5 ---- */

static void judge_chain(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct doctor_point *p = point_first(s->wire, DEPTH_CALL);

    if (p && p->plain) {
        finding_skip(f, "TLS ends at a balancer before this machine");
    } else if (!reached(p, f)) {
        return;
    } else if (p->self_signed) {
        finding_note(f, "the certificate is its own issuer: no chain is needed, and clients trust "
                        "it only where it was installed by hand");
    } else if (!p->issuer_sent) {
        finding_fail(f, "the certificate is sent without its issuer's: clients that do not know "
                        "the intermediate cannot trust it");
        finding_cure(f, "import the issuer's certificate into LocalMachine\\CA (certutil -addstore "
                        "CA FILE), then restart RemoteAccess; deploy does it, too");
    } else if (p->root_sent) {
        finding_note(f, "the root is sent as well, which no client needs");
    } else {
        finding_ok(f, "the issuer's certificate is sent, the root is not");
    }
}

/* The TLS library's words for a peer that speaks nothing new enough. */
static bool is_about_version(const char *trouble)
{
    static const char *const words[] = {"protocol version", "unsupported protocol",
                                        "no protocols available", "version too low"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strstr(trouble, words[i]))
            return true;
    return false;
}

static void judge_versions(const struct doctor_seen *s, struct doctor_finding *f)
{
    for (size_t i = 0; i < s->wire->n; i++) {
        const struct doctor_point *p = &s->wire->point[i];
        char where[352];
        point_text(p, where);
        if (p->tls || !p->connected || !is_about_version(p->trouble))
            continue;
        finding_fail(f, "%s speaks neither TLS 1.2 nor 1.3 (%s)", where, p->trouble);
        finding_cure(f, "enable TLS 1.2 for servers: HKLM\\SYSTEM\\CurrentControlSet\\Control\\"
                        "SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Server, Enabled = 1, "
                        "then restart Windows");
        return;
    }
    for (size_t i = 0; i < s->wire->n; i++)
        if (s->wire->point[i].tls) {
            finding_ok(f, "%s", s->wire->point[i].tls_version);
            return;
        }
    finding_skip(f, "no TLS connection came about");
}

/* ---- F6, F7, F8 ---- */

static void judge_url(const struct doctor_seen *s, struct doctor_finding *f)
{
    struct list bad = {.n = 0};
    size_t good = 0;

    for (size_t i = 0; i < s->wire->n; i++) {
        const struct doctor_point *p = &s->wire->point[i];
        char where[352];
        if (p->kind != POINT_PROBE || p->depth != DEPTH_GET || (!p->tls && !p->plain) ||
            !p->connected)
            continue;
        point_text(p, where);
        good += p->status == 401;
        if (p->status != 401)
            list_add(&bad, "%s: %s", where, p->trouble);
    }
    if (bad.n > 0) {
        finding_fail(f, "GET of the SSTP URL does not give 401, as a listener of SSTP does: %s",
                     bad.text);
        finding_cure(f, "see A3 (RemoteAccess), A6 (SSTP ports), C13 (URL reservation), G4 (event "
                        "22), then restart RemoteAccess in a window");
    } else if (good > 0) {
        finding_ok(f, "401, as it should be");
    } else {
        finding_skip(f, "no listener was reached");
    }
}

static void judge_http(const struct doctor_seen *s, struct doctor_finding *f)
{
    struct list old = {.n = 0};
    size_t good = 0;

    for (size_t i = 0; i < s->wire->n; i++) {
        const struct doctor_point *p = &s->wire->point[i];
        char where[352];
        point_text(p, where);
        good += p->status != 0 && p->minor == 1;
        if (p->status != 0 && p->minor != 1)
            list_add(&old, "%s: HTTP/1.%d%s%s", where, p->minor, p->server[0] ? " from " : "",
                     p->server);
        else if (p->status == 0 && strstr(p->trouble, "not HTTP/1"))
            list_add(&old, "%s: no HTTP/1.x", where);
    }
    if (old.n > 0) {
        finding_fail(f, "SSTP needs HTTP/1.1: %s", old.text);
        finding_cure(f, "http.sys always speaks HTTP/1.1: something stands before it; let it pass "
                        "TCP through, or set it to HTTP/1.1");
    } else if (good > 0) {
        finding_ok(f, "HTTP/1.1");
    } else {
        finding_skip(f, "no HTTP answer came");
    }
}

static const char *status_cure(int status)
{
    switch (status) {
    case 407:
        return "configure the proxy so that it asks for no credentials on the SSTP URL, or lead "
               "TCP 443 past it";
    case 403:
        return "let the SSTP URL through the proxy or filter that forbids it";
    case 404:
        return "see A3 (RemoteAccess), A6 (SSTP ports) and C13 (URL reservation); at a proxy: "
               "publish the SSTP URL";
    case 502:
    case 504:
    case 500:
        return "look at the reverse proxy's way to this machine";
    case 503:
        return "see A6 (free SSTP ports) and A3; restart RemoteAccess in a window";
    default:
        return "see the definition of the status code, and who answers";
    }
}

/* 401 to a GET and 200 to a call are well; what else comes, the page wants looked up. */
static void judge_status(const struct doctor_seen *s, struct doctor_finding *f)
{
    struct list bad = {.n = 0}, good = {.n = 0};
    int worst = 0;

    for (size_t i = 0; i < s->wire->n; i++) {
        const struct doctor_point *p = &s->wire->point[i];
        char where[352];
        point_text(p, where);
        if (p->status == 0)
            continue;
        if (p->status == (p->depth == DEPTH_CALL ? 200 : 401)) {
            list_add(&good, "%s", where);
            continue;
        }
        if (worst != 407)
            worst = p->status;
        list_add(&bad, "%s: %d%s%s: %s", where, p->status, p->server[0] ? " from " : "", p->server,
                 sstp_http_meaning(p->status));
    }
    if (bad.n > 0) {
        finding_fail(f, "HTTP status %s", bad.text);
        finding_cure(f, "%s", status_cure(worst));
    } else if (good.n > 0) {
        finding_ok(f, "neither a proxy nor an error answers");
    } else {
        finding_skip(f, "no HTTP answer came");
    }
}

/* ---- F9, F10 ---- */

static void judge_call(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct doctor_point *p = point_first(s->wire, DEPTH_CALL);

    if (!reached(p, f))
        return;
    if (p->call) {
        finding_ok(f, "a call is accepted");
    } else {
        finding_fail(f, "a call is not accepted: %s", p->trouble);
        finding_cure(f, "see F8 for the HTTP status, A6 for free SSTP ports, B3, B4 and B8 for the "
                        "hashes; restart RemoteAccess in a window");
    }
}

static void judge_mask(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct doctor_point *p = point_first(s->wire, DEPTH_CALL);

    if (!p || !p->call) {
        finding_skip(f, "no call was accepted (F9)");
    } else if (p->hash_mask & SSTP_HASH_SHA256) {
        finding_ok(f, "SHA-256%s", p->hash_mask & SSTP_HASH_SHA1 ? ", SHA-1" : "");
    } else {
        finding_warn(f, "calls are bound to the certificate by SHA-1 only");
        finding_cure(f, "remove SHA256Enabled = 0 below SstpSvc\\Parameters (B8), then restart "
                        "RemoteAccess in a window");
    }
}

const struct doctor_row doctor_rows_f[] = {
    {"F1", "TLS without a name", "blog event 8 13", NEEDS_WIRE, judge_bare},
    {"F2", "TLS with the name", "blog", NEEDS_WIRE, judge_named},
    {"F3", "TLS at the public name", "event 8", NEEDS_WIRE, judge_public},
    {"F4", "chain sent", "event 8", NEEDS_WIRE, judge_chain},
    {"F5", "TLS versions", "", NEEDS_WIRE, judge_versions},
    {"F6", "SSTP URL", "blog event 8 13", NEEDS_WIRE, judge_url},
    {"F7", "HTTP version", "event 8", NEEDS_WIRE, judge_http},
    {"F8", "HTTP status", "event 8", NEEDS_WIRE, judge_status},
    {"F9", "SSTP handshake", "event 8", NEEDS_WIRE, judge_call},
    {"F10", "hash algorithms offered", "", NEEDS_WIRE, judge_mask},
    {"F11", "authentication offered", "", NEEDS_WIRE, judge_authentication},
    {"F12", "full login", "event 8 13", NEEDS_WIRE, judge_login},
    {NULL, NULL, NULL, 0, NULL},
};
