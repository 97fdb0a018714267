/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows G: what the System log says since RRAS was last started. An event tells what was, so where
 * the start is not known it only warns. The ids and what they mean are in the pages about RasSstp's
 * events; 15021 of HttpEvent and 36870 of Schannel in those about http.sys and Schannel.
 */
#include "doctor/doctor.h"

#include "doctor/event_code.h"
#include "doctor/list.h"
#include "doctor/look_log.h"
#include "events.h"
#include "rras/names.h"

#include <stdio.h>
#include <string.h>

/* ---- shared ---- */

enum { IDS_MAX = 12 };
struct group {
    const char *provider, *also; /* also: its other name, or NULL */
    uint32_t id[IDS_MAX];        /* 0 = end */
};

static bool is_in(const struct log_event *e, const struct group *g)
{
    if (strcmp(e->provider, g->provider) != 0 && (!g->also || strcmp(e->provider, g->also) != 0))
        return false;
    for (int i = 0; i < IDS_MAX && g->id[i]; i++)
        if (e->id == g->id[i])
            return true;
    return false;
}

static size_t count(const struct doctor_log *log, const struct group *g)
{
    size_t n = 0;

    for (size_t i = 0; i < log->n; i++)
        n += is_in(&log->of[i], g);
    return n;
}

static const struct log_event *newest(const struct doctor_log *log, const struct group *g)
{
    for (size_t i = 0; i < log->n; i++)
        if (is_in(&log->of[i], g))
            return &log->of[i];
    return NULL;
}

static const char *since(const struct doctor_log *log)
{
    return log->since_start ? "since RRAS was started" : "in the last 24 hours";
}

static bool readable(const struct doctor_seen *s, struct doctor_finding *f)
{
    return finding_readable(f, &s->log->seen);
}

/* The newest of a group; NULL when there is nothing more to say: none, or not readable. */
static const struct log_event *logged(const struct doctor_seen *s, struct doctor_finding *f,
                                      const struct group *g)
{
    const struct log_event *e = readable(s, f) ? newest(s->log, g) : NULL;

    if (!e && s->log->seen.ok)
        finding_ok(f, "none %s", since(s->log));
    return e;
}

/* An RRAS that runs may have been mended since; one that does not was not. */
static bool counts(const struct doctor_seen *s)
{
    return s->log->since_start ||
           (s->machine && s->machine->service[SERVICE_REMOTEACCESS].state != SERVICE_IS_RUNNING);
}

static void tell(const struct doctor_seen *s, struct doctor_finding *f, const struct log_event *e,
                 size_t n)
{
    char times[32] = "";

    if (n > 1)
        snprintf(times, sizeof times, " (%zu times)", n);
    (counts(s) ? finding_fail : finding_warn)(f, "%s event %lu%s %s: %s", e->provider,
                                              (unsigned long)e->id, times, since(s->log), e->text);
}

static const struct group sstp_8 = {NAME_LOG_SSTP, NAME_LOG_SSTP_LONG, {8}};
static const struct group sstp_12 = {NAME_LOG_SSTP, NAME_LOG_SSTP_LONG, {12}};
static const struct group sstp_13 = {NAME_LOG_SSTP, NAME_LOG_SSTP_LONG, {13}};
static const struct group sstp_state = {
    NAME_LOG_SSTP, NAME_LOG_SSTP_LONG, {7, 9, 10, 17, 18, 19, 20, 21, 22}};
static const struct group sstp_cert = {NAME_LOG_SSTP, NAME_LOG_SSTP_LONG, {11, 24, 25, 32}};
static const struct group http_changed = {NAME_LOG_HTTP, NULL, {15300, 15301}};
static const struct group http_broken = {NAME_LOG_HTTP, NULL, {15021}};
static const struct group schannel = {NAME_LOG_SCHANNEL, NULL, {36870, 36871, 36874, 36887, 36888}};
static const struct group scm = {
    NAME_LOG_SCM, NULL, {7000, 7001, 7009, 7011, 7022, 7023, 7024, 7031, 7034}};
static const struct group ras = {NAME_LOG_RAS, NULL, {20103, 20145, 20152, 20153}};

/* ---- G1 to G3 ---- */

static void judge_8(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct log_event *e = logged(s, f, &sstp_8);
    const struct event_code *code;

    if (!e)
        return;
    tell(s, f, e, count(s->log, &sstp_8));
    code = event_code_find(e->text);
    if (code)
        finding_cure(f, "Windows error %lu: %s; see %s", (unsigned long)code->number, code->means,
                     code->rows);
    else
        finding_cure(f, "see A5 (http.sys), C13 (URL reservation), B10 (ConfigStore), then E1 to "
                        "E8 (network)");
}

static void judge_binding_event(const struct doctor_seen *s, struct doctor_finding *f,
                                const struct group *g, enum family family)
{
    const struct log_event *e = logged(s, f, g);

    if (!e)
        return;
    if (family == FAMILY_V6 && s->machine && observed_lacks_v6(s->machine)) {
        finding_note(f, "%s event %lu %s: this machine has no IPv6, so nothing is lost",
                     e->provider, (unsigned long)e->id, since(s->log));
    } else {
        tell(s, f, e, count(s->log, g));
        finding_cure(f,
                     "the certificate could not be bound to %s: see %s (binding), D1 (purpose), "
                     "D4 (key), D3 (dates)",
                     family == FAMILY_V6 ? "IPv6" : "IPv4", family == FAMILY_V6 ? "C2" : "C1");
    }
}

static void judge_13(const struct doctor_seen *s, struct doctor_finding *f)
{
    judge_binding_event(s, f, &sstp_13, FAMILY_V6);
}

static void judge_12(const struct doctor_seen *s, struct doctor_finding *f)
{
    judge_binding_event(s, f, &sstp_12, FAMILY_V4);
}

/* ---- G4, G5 ---- */

static const char *state_cure(uint32_t id)
{
    switch (id) {
    case 7:
        return "RRAS lost its memory of the last configuration (ConfigStore): see B10";
    case 9:
    case 10:
        return "the SSTP URL could not be registered: see C13 (URL reservation) and C14 (who "
               "listens)";
    case 17:
        return "SstpSvc\\Parameters could not be opened: see B1 and B2";
    case 18:
        return "SHA256CertificateHash is missing or not 32 bytes REG_BINARY: see B3";
    case 19:
        return "SHA1CertificateHash is missing or not 20 bytes REG_BINARY: see B4";
    case 20:
        return "memory ran out: see A9";
    case 21:
        return "the hash of the bound certificate could not be had: see C5 and D4";
    case 22:
        return "the listener could not be set up: see C14 (who listens), C13 (URL reservation), A5 "
               "(http.sys)";
    case 11:
        return "no suitable certificate in LocalMachine\\MY: see D1, D4 and D9; deploy one";
    case 24:
        return "0.0.0.0 and [::] are bound to different certificates: see C3";
    case 25:
        return "the certificate of the stored hash is not in the store: see B6 and B7";
    default:
        return "another program has bound another certificate: see C7 and B7";
    }
}

static void judge_sstp(const struct doctor_seen *s, struct doctor_finding *f, const struct group *g)
{
    const struct log_event *e = logged(s, f, g);

    if (!e)
        return;
    tell(s, f, e, count(s->log, g));
    finding_cure(f, "%s", state_cure(e->id));
}

static void judge_state(const struct doctor_seen *s, struct doctor_finding *f)
{
    judge_sstp(s, f, &sstp_state);
}

static void judge_cert(const struct doctor_seen *s, struct doctor_finding *f)
{
    judge_sstp(s, f, &sstp_cert);
}

/* ---- G6 to G9 ---- */

/* Only what names the port: http.sys has other users. */
static const struct log_event *newest_of_port(const struct doctor_seen *s, const struct group *g)
{
    for (size_t i = 0; i < s->log->n; i++)
        if (is_in(&s->log->of[i], g) && event_names_port(&s->log->of[i], doctor_port(s)))
            return &s->log->of[i];
    return NULL;
}

static void judge_changed(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct log_event *e;

    if (!readable(s, f))
        return;
    if ((e = newest_of_port(s, &http_broken)) != NULL) {
        tell(s, f, e, count(s->log, &http_broken));
        finding_cure(f, "http.sys cannot use the record's certificate: see C5 and D4");
    } else if ((e = newest_of_port(s, &http_changed)) != NULL) {
        finding_note(f,
                     "%s event %lu %s: %s: somebody changed a certificate record after RRAS had "
                     "read it",
                     e->provider, (unsigned long)e->id, since(s->log), e->text);
        finding_cure(f, "see C7 for the owner: IIS and netsh do this; A7 and C4 tell whether it "
                        "does harm");
    } else {
        finding_ok(f, "none %s", since(s->log));
    }
}

/* It names no endpoint, so it may be about somebody else's key. */
static void judge_schannel(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct log_event *e = logged(s, f, &schannel);

    if (!e)
        return;
    if (e->id == 36870) {
        finding_warn(f, "%s event %lu %s: %s", e->provider, (unsigned long)e->id, since(s->log),
                     e->text);
        finding_cure(f, "a private key cannot be used: see D4; it may be another program's");
    } else {
        finding_note(f, "%s event %lu %s: %s", e->provider, (unsigned long)e->id, since(s->log),
                     e->text);
    }
}

static void judge_services(const struct doctor_seen *s, struct doctor_finding *f)
{
    struct list found = {.n = 0};

    if (!readable(s, f))
        return;
    for (size_t i = 0; i < s->log->n; i++) {
        const struct log_event *e = &s->log->of[i];
        struct event_scope scope = {.services = SERVICE_COUNT};
        if (!is_in(e, &scm) || !s->machine)
            continue;
        scope.service = s->machine->service;
        if (event_names_service(e, &scope))
            list_add(&found, "%lu: %.160s", (unsigned long)e->id, e->text);
    }
    if (!s->machine)
        finding_skip(f, "the services' names are not known");
    else if (found.n == 0)
        finding_ok(f, "none %s", since(s->log));
    else
        (counts(s) ? finding_fail : finding_warn)(f, "%s event %s", NAME_LOG_SCM, found.text);
    finding_cure(f, "see A3 and A4; the RasSstp events (G1 to G5) of the same minute tell why");
}

static void judge_ras(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct log_event *e = logged(s, f, &ras);

    if (!e)
        return;
    tell(s, f, e, count(s->log, &ras));
    finding_cure(f, e->id == 20103 ? "a part of RRAS could not be loaded: repair the Remote Access "
                                     "role, or disable and configure it anew"
                                   : "RRAS could not start up: see G4, G5 and A4");
}

const struct doctor_row doctor_rows_g[] = {
    {"G1", "RasSstp event 8", "event 8", NEEDS_LOG, judge_8},
    {"G2", "RasSstp event 13", "event 13", NEEDS_LOG, judge_13},
    {"G3", "RasSstp event 12", "event 13", NEEDS_LOG, judge_12},
    {"G4", "events 7, 9, 10, 17 to 22", "event 8", NEEDS_LOG, judge_state},
    {"G5", "events 11, 24, 25, 32", "blog", NEEDS_LOG, judge_cert},
    {"G6", "bindings changed by others", "blog", NEEDS_LOG, judge_changed},
    {"G7", "Schannel", "", NEEDS_LOG, judge_schannel},
    {"G8", "service failures", "blog", NEEDS_LOG, judge_services},
    {"G9", "RemoteAccess events", "", NEEDS_LOG, judge_ras},
    {NULL, NULL, NULL, 0, NULL},
};
