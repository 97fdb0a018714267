/* SPDX-License-Identifier: Apache-2.0 */
/* Rows D: the certificate that clients get. */
#include "doctor/doctor.h"

#include "doctor/look_cert.h"
#include "doctor/look_tool.h"
#include "plan.h"
#include "rras/names.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_S = 24 * 60 * 60, RSA_MIN_BITS = 2048 };

/* True when there is a certificate to judge. */
static bool has_cert(const struct doctor_seen *s, struct doctor_finding *f)
{
    if (s->cert->found)
        return true;
    finding_skip(f, doctor_offload(s) ? "the balancer's certificate is not in LocalMachine\\MY"
                                      : "no bound certificate is in LocalMachine\\MY (C1, C5)");
    return false;
}

static void judge_purpose(const struct doctor_seen *s, struct doctor_finding *f)
{
    if (!has_cert(s, f))
        return;
    if (s->cert->info.server_auth) {
        finding_ok(f, "Server Authentication or any");
        return;
    }
    finding_fail(f, "the certificate is not for Server Authentication: clients refuse it "
                    "(0x800B0110), and RRAS cannot bind it (events 11, 12, 13)");
    finding_cure(f, "deploy one with the purpose Server Authentication or Any Purpose");
}

/* ---- names ---- */

static bool is_covered(const struct cert_info *c, const char *name)
{
    for (size_t i = 0; i < c->name_count; i++)
        if (plan_names_meet(c->names[i], name))
            return true;
    return false;
}

static void judge_names(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct doctor_wanted *w = doctor_wanted_of(s);
    const struct cert_info *c = &s->cert->info;

    if (!has_cert(s, f))
        return;
    if (c->name_count == 0) {
        finding_fail(f, "it holds no DNS name (%s): current clients refuse it (0x800B010F)",
                     c->subject);
        finding_cure(f, "deploy one with the name that clients dial as a subject alternative name");
        return;
    }
    for (size_t i = 0; i < w->name_count; i++)
        if (!is_covered(c, w->names[i])) {
            finding_fail(f,
                         "it is not for %s (but for %s%s): clients that dial that name refuse "
                         "it (0x800B010F)",
                         w->names[i], c->names[0], c->name_count > 1 ? " and others" : "");
            finding_cure(f, "deploy a certificate with all names that clients dial");
            return;
        }
    finding_ok(f, "%s%s", c->names[0], c->name_count > 1 ? " and others" : "");
}

/* ---- dates ---- */

static void judge_validity(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct cert_info *c = &s->cert->info;
    int64_t life_s = c->not_after - c->not_before, left_s = c->not_after - s->now;
    int64_t renew_at = doctor_wanted_of(s)->renew_at;
    char begin[21], end[21];

    if (!has_cert(s, f))
        return;
    text_time(c->not_before, begin);
    text_time(c->not_after, end);
    if (s->now < c->not_before) {
        finding_fail(f, "it is valid from %s on only; is the clock right?", begin);
        finding_cure(f, "w32tm /query /status");
    } else if (left_s <= 0) {
        finding_fail(f, "it expired at %s: clients refuse it (0x800B0101)", end);
        finding_cure(f, "rras-acme issue NAME, or deploy --pfx");
    } else if (renew_at == 0 && left_s < life_s / 10) {
        finding_warn(f, "it expires at %s, in %lld days", end, (long long)(left_s / DAY_S));
        finding_cure(f, "renew it; nobody here does so by itself");
    } else if (renew_at != 0 && renew_at < s->now - DAY_S) {
        char due[21];
        text_time(renew_at, due);
        finding_warn(f, "it expires at %s and ought to have been renewed at %s", end, due);
        finding_cure(f, "rras-acme run; see rras-acme status");
    } else {
        finding_ok(f, "until %s, %lld days", end, (long long)(left_s / DAY_S));
    }
}

/* ---- the key ---- */

static void judge_key(const struct doctor_seen *s, struct doctor_finding *f)
{
    if (!has_cert(s, f))
        return;
    if (doctor_offload(s)) {
        finding_skip(f, "TLS ends at a balancer: the key is not used here");
    } else if (s->cert->key.ok) {
        finding_ok(f, "the machine signs with it, and the certificate verifies");
    } else if (!s->cert->key.why[0]) {
        finding_skip(f, "not tried");
    } else {
        finding_fail(f,
                     "the machine cannot use the private key: %s (Schannel 36870, http.sys "
                     "1312)",
                     s->cert->key.why);
        finding_cure(f, "import the PFX again for the machine (certutil -importpfx), or deploy "
                        "another one");
    }
}

static void judge_provider(const struct doctor_seen *s, struct doctor_finding *f)
{
    const char *type = s->cert->info.key;
    bool machine = s->cert->provider.machine;

    if (!has_cert(s, f))
        return;
    if (text_starts(type, "rsa") && strtol(type + 3, NULL, 10) < RSA_MIN_BITS) {
        finding_fail(f, "%s is too short for current clients", type);
        finding_cure(f, "deploy one with rsa2048 or ec256");
        return;
    }
    if (!finding_readable(f, &s->cert->provider.seen))
        return;
    if (!machine) {
        finding_fail(f, "the key is a user's, in that user's profile: http.sys cannot use it "
                        "(error 1312)");
        finding_cure(f, "import the PFX into the store of the computer account");
    } else {
        finding_ok(f, "%s in %s", type, s->cert->provider.provider);
    }
}

/* ---- trust ---- */

static void judge_chain(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct doctor_cert *c = s->cert;

    if (!has_cert(s, f) || !finding_readable(f, &c->chain.seen))
        return;
    if (c->chain.errors & CHAIN_REVOKED) {
        finding_fail(f, "it was revoked: clients refuse it (0x800B010C)");
        finding_cure(f, "rras-acme issue NAME");
    } else if (c->chain.length < 2 ? (c->chain.errors & CHAIN_PARTIAL) != 0
                                   : !c->chain.intermediates_in_ca) {
        finding_fail(f,
                     "the chain is incomplete: the issuer's certificate (%s) is not in "
                     "LocalMachine\\CA (0x800B010A)",
                     c->info.issuer_cn[0] ? c->info.issuer_cn : c->info.issuer);
        finding_cure(f, "certutil -addstore CA intermediate.cer, then restart RemoteAccess; or "
                        "rras-acme deploy NAME");
    } else if (c->chain.errors & (CHAIN_UNTRUSTED_ROOT | CHAIN_PARTIAL)) {
        /* Clients, not this machine, have to trust it. */
        finding_note(f, "this machine does not trust the root of %s (0x800B0109); do the clients?",
                     c->info.issuer_cn[0] ? c->info.issuer_cn : c->info.issuer);
        finding_cure(f, "a private CA's root has to be in every client's Trusted Root store");
    } else {
        finding_ok(f, "%zu certificates, to a trusted root", c->chain.length);
    }
}

static void judge_revocation(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct doctor_cert *c = s->cert;

    if (!has_cert(s, f))
        return;
    if (!c->revocation.named && c->revocation.seen.ok) {
        finding_note(f, "it names no list of revoked certificates; Windows clients look for one "
                        "(0x80092012)");
    } else if (c->revocation.seen.ok) {
        finding_ok(f, "%s is there and valid", c->revocation.url);
    } else if (c->revocation.named && c->revocation.seen.why[0]) {
        finding_warn(f, "%s: %s. Clients need it as well (0x80092013)", c->revocation.url,
                     c->revocation.seen.why);
        finding_cure(f, "let HTTP to that host out; see netsh winhttp show proxy");
    } else {
        finding_skip(f, "%s", seen_trouble(&c->revocation.seen));
    }
}

static void judge_issuer(const struct doctor_seen *s, struct doctor_finding *f)
{
    static const char *const staging[] = {"(STAGING)", "Fake LE", "Staging"};
    const struct cert_info *c = &s->cert->info;

    if (!has_cert(s, f))
        return;
    if (c->self_signed) {
        finding_note(f, "it signed itself (%s): clients trust it only where it was handed to each",
                     c->subject);
        finding_cure(f, "rras-acme issue NAME");
        return;
    }
    for (size_t i = 0; i < sizeof staging / sizeof *staging; i++)
        if (strstr(c->issuer, staging[i])) {
            finding_fail(f, "its issuer is for rehearsals (%s): no client trusts it", c->issuer);
            finding_cure(f, "set acme.directory to the CA's real one, then: rras-acme issue NAME");
            return;
        }
    finding_ok(f, "%s", c->issuer_cn[0] ? c->issuer_cn : c->issuer);
}

/* ---- others in the store ---- */

/* Could RRAS take it by itself? It takes the first with Server Authentication (not documented). */
static bool is_candidate(const struct doctor_rival *r)
{
    return r->server_auth;
}

static void judge_rivals(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct observed *o = s->machine;
    const struct doctor_rival *first = NULL;
    bool chooses = observed_https(o) && !o->binding[FAMILY_V4].present &&
                   !o->binding[FAMILY_V6].present && raw_number(&o->value[VALUE_FLAG], 0) == 0;
    size_t n = 0;

    for (size_t i = 0; i < s->cert->rival_count; i++)
        if (is_candidate(&s->cert->rival[i]) && n++ == 0)
            first = &s->cert->rival[i];
    if (n == 0) {
        finding_ok(f, "none in LocalMachine\\MY that RRAS could take instead");
    } else if (chooses) {
        finding_warn(f,
                     "nothing is bound, so at its next start RRAS takes the first that fits of "
                     "%zu; the first seen is %s, %s",
                     n, first->subject[0] ? first->subject : "without a subject",
                     first->not_after < s->now ? "expired" : "valid");
        finding_cure(f, "bind the right one before RemoteAccess is started: rras-acme deploy NAME");
    } else {
        finding_note(f, "%zu more with a key and Server Authentication, such as %s%s", n,
                     first->subject[0] ? first->subject : "one without a subject",
                     first->not_after < s->now ? " (expired)" : "");
    }
}

static void judge_ike(const struct doctor_seen *s, struct doctor_finding *f)
{
    if (!has_cert(s, f))
        return;
    for (size_t i = 0; i < s->cert->rival_count; i++) {
        const struct doctor_rival *r = &s->cert->rival[i];
        if (!r->same_name || r->ike_intermediate || r->not_after < s->now ||
            strcmp(r->issuer, s->cert->info.issuer) == 0)
            continue;
        finding_note(f, "%s of another CA has the same name: IKEv2 may take either of them",
                     r->subject[0] ? r->subject : "a certificate");
        finding_cure(f, "if IKEv2 is used: give its certificate the purpose IP security IKE "
                        "intermediate (1.3.6.1.5.5.8.2.2), or pin the root with "
                        "Set-VpnAuthProtocol");
        return;
    }
    finding_ok(f, "no other certificate could be taken for it by IKEv2");
}

/* ---- what we left ---- */

static bool is_ours(const struct doctor_seen *s, const uint8_t sha1[SHA1_BYTES], bool *current)
{
    for (size_t i = 0; i < s->tool->import_count; i++)
        if (memcmp(s->tool->import[i].sha1, sha1, SHA1_BYTES) == 0) {
            *current = s->tool->import[i].current;
            return true;
        }
    return false;
}

static void judge_earlier(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct doctor_wanted *w = doctor_wanted_of(s);
    size_t kept = 0;
    bool current;

    for (size_t i = 0; i < s->machine->cert_count; i++)
        if (is_ours(s, s->machine->cert[i].sha1, &current) && !current)
            kept++;
    if (!w->configured || (int)kept <= w->keep) {
        finding_ok(f, "%zu of ours are kept", kept);
        return;
    }
    finding_note(f, "%zu of ours are in LocalMachine\\MY, %d are to be kept", kept, w->keep);
    finding_cure(f, "the next deploy removes those that nothing names any more");
}

static void judge_orphans(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct orphans *o = &s->tool->orphans;

    if (!finding_readable(f, &o->seen))
        return;
    if (o->n == 0) {
        finding_ok(f, "none of ours");
        return;
    }
    finding_warn(f,
                 "%zu private keys of ours belong to no certificate and to no order of this state "
                 "folder, such as %s",
                 o->n, o->first);
    finding_cure(f,
                 "if no other state folder is in use: certutil -csp \"Microsoft Software Key "
                 "Storage Provider\" -delkey %s",
                 o->first);
}

static void judge_still_bound(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct observed *o = s->machine;
    char sha1[2 * SHA1_BYTES + 1];

    for (size_t i = 0; i < o->bound_count; i++) {
        bool current = true;
        if (o->bound[i].len != SHA1_BYTES || !is_ours(s, o->bound[i].hash, &current) || current)
            continue;
        text_hex(o->bound[i].hash, SHA1_BYTES, sha1);
        finding_warn(f, "an earlier one of ours is still bound somewhere: %.16s..", sha1);
        finding_cure(f, "find it with netsh http show sslcert and bind the new one there");
        return;
    }
    finding_ok(f, "no record of http.sys shows one");
}

const struct doctor_row doctor_rows_d[] = {
    {"D1", "purpose", "event 8 13", NEEDS_RECORDS | NEEDS_CERT, judge_purpose},
    {"D2", "names", "blog event 8", NEEDS_RECORDS | NEEDS_CERT, judge_names},
    {"D3", "validity", "blog", NEEDS_RECORDS | NEEDS_CERT, judge_validity},
    {"D4", "private key", "blog", NEEDS_RECORDS | NEEDS_CERT, judge_key},
    {"D5", "key provider and type", "", NEEDS_RECORDS | NEEDS_CERT, judge_provider},
    {"D6", "chain", "event 8", NEEDS_RECORDS | NEEDS_CERT, judge_chain},
    {"D7", "revocation list", "event 8", NEEDS_RECORDS | NEEDS_CERT, judge_revocation},
    {"D8", "issuer", "", NEEDS_RECORDS | NEEDS_CERT, judge_issuer},
    {"D9", "rival certificates", "blog", NEEDS_RECORDS | NEEDS_CERT, judge_rivals},
    {"D10", "IKEv2 certificate", "", NEEDS_RECORDS | NEEDS_CERT, judge_ike},
    {"D11", "earlier certificates", "blog", NEEDS_MACHINE | NEEDS_TOOL, judge_earlier},
    {"D12", "orphaned keys", "", NEEDS_TOOL, judge_orphans},
    {"D13", "earlier one still bound", "blog", NEEDS_RECORDS | NEEDS_TOOL, judge_still_bound},
    {NULL, NULL, NULL, 0, NULL},
};
