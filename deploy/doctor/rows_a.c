/* SPDX-License-Identifier: Apache-2.0 */
/* Rows A: platform and services. */
#include "doctor/doctor.h"

#include "doctor/look_host.h"
#include "doctor/look_net.h"
#include "doctor/look_tool.h"
#include "plan.h"
#include "rras/names.h"
#include "rras/sentence.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum {
    MEGABYTE = 1024 * 1024,
    MEMORY_LOW_MB = 200,
    MEMORY_LOW_PERCENT = 5,
    SKEW_MAX_S = 300, /* Kerberos' limit; certificates and ACME bear less trouble */
};

static const struct service *service_of(const struct doctor_seen *s, enum service_id id)
{
    return &s->machine->service[id];
}

static void judge_elevated(const struct doctor_seen *s, struct doctor_finding *f)
{
    if (!s->machine) {
        finding_skip(f, "%s", s->why[DOCTOR_MACHINE][0] ? s->why[DOCTOR_MACHINE] : "not looked at");
    } else if (s->machine->elevated) {
        finding_ok(f, "elevated");
    } else {
        finding_fail(f, "not elevated: registry, services and http.sys cannot be looked at");
        finding_cure(f, "run it from an elevated prompt (Run as administrator)");
    }
}

static void judge_role(const struct doctor_seen *s, struct doctor_finding *f)
{
    char missing[200] = "";

    for (int i = 0; i < SERVICE_COUNT; i++) {
        size_t used = strlen(missing);
        if (!s->machine->service[i].exists)
            snprintf(missing + used, sizeof missing - used, "%s%s", used ? ", " : "",
                     service_name((enum service_id)i));
    }
    if (!missing[0]) {
        finding_ok(f, "RemoteAccess, RasMan and SstpSvc are installed");
        return;
    }
    finding_fail(f, "not installed: %s", missing);
    finding_cure(f, "install the Remote Access role with DirectAccess and VPN, then configure RRAS "
                    "(Install-WindowsFeature DirectAccess-VPN -IncludeManagementTools)");
}

/* Its last start or its run ended with a number: what that means. */
static void tell_stopped(const struct service *ra, struct doctor_finding *f)
{
    uint32_t code = ra->specific_code ? ra->specific_code : ra->exit_code;
    const char *sentence = sentence_of(SENTENCE_SERVICE, code);

    if (!service_has_failed(ra)) {
        finding_fail(f, NAME_REMOTEACCESS " is stopped: no VPN of any kind is answered");
        finding_cure(f, "net start " NAME_REMOTEACCESS);
        return;
    }
    finding_fail(f, NAME_REMOTEACCESS " failed with %lu%s%s: no VPN of any kind is answered",
                 (unsigned long)code, sentence ? ": " : "", sentence ? sentence : "");
    finding_cure(f, "put right what is named here and by the events, then: net "
                    "start " NAME_REMOTEACCESS);
}

static void judge_remote_access(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct service *ra = service_of(s, SERVICE_REMOTEACCESS);

    if (!ra->exists) {
        finding_skip(f, "not installed (A2)");
    } else if (ra->start_type == SERVICE_START_DISABLED) {
        finding_fail(f,
                     NAME_REMOTEACCESS " is disabled%s: RRAS has not been configured on this "
                                       "server, or somebody disabled it",
                     ra->state == SERVICE_IS_RUNNING ? ", though it still runs" : "");
        finding_cure(f, "sc config " NAME_REMOTEACCESS " start= auto & net "
                        "start " NAME_REMOTEACCESS);
    } else if (ra->state == SERVICE_IS_STOPPED) {
        tell_stopped(ra, f);
    } else if (ra->state != SERVICE_IS_RUNNING) {
        finding_warn(f, NAME_REMOTEACCESS " is %s", service_state_name(ra->state));
        finding_cure(f, "look again in a minute; where that lasts, see the events of RemoteAccess "
                        "and RasSstp; net stop is refused then (2189), and its process is not to "
                        "be killed, which other services share: restart the server");
    } else if (ra->start_type != SERVICE_START_AUTOMATIC) {
        finding_warn(f, NAME_REMOTEACCESS " runs, but does not start by itself with Windows");
        finding_cure(f, "sc config " NAME_REMOTEACCESS " start= auto");
    } else {
        finding_ok(f, NAME_REMOTEACCESS " runs and starts with Windows");
    }
}

/* A service that starts on demand may be stopped while nobody needs it. */
static bool service_troubles(const struct service *now, bool needed)
{
    if (!now->exists || now->start_type == SERVICE_START_DISABLED)
        return true;
    return now->state != SERVICE_IS_RUNNING &&
           (needed || now->start_type <= SERVICE_START_AUTOMATIC);
}

static void judge_dependencies(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct doctor_chain *c = &s->host->chain;
    bool needed = service_of(s, SERVICE_REMOTEACCESS)->state == SERVICE_IS_RUNNING;

    if (!finding_readable(f, &c->seen))
        return;
    for (size_t i = 1; i < c->n; i++) {
        const struct service *now = &c->of[i].now;
        if (!service_troubles(now, needed))
            continue;
        finding_fail(f, "%s, which " NAME_REMOTEACCESS " needs, is %s", c->of[i].name,
                     !now->exists                                ? "not there"
                     : now->start_type == SERVICE_START_DISABLED ? "disabled"
                                                                 : service_state_name(now->state));
        if (now->exists)
            finding_cure(f, "sc config %s start= demand & net start %s", c->of[i].name,
                         c->of[i].name);
        else
            finding_cure(f, "repair the role: the service was removed (sc query %s)",
                         c->of[i].name);
        return;
    }
    finding_ok(f, "%zu services are there, none is disabled", c->n > 0 ? c->n - 1 : 0);
}

static void judge_driver(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct service *driver = &s->machine->http_driver;
    bool answers = s->machine->listen.seen.ok; /* HttpInitialize succeeded */

    if (driver->exists && driver->state == SERVICE_IS_RUNNING && answers) {
        finding_ok(f, "the driver is loaded and answers");
    } else if (driver->exists && driver->state == SERVICE_IS_RUNNING) {
        finding_fail(f, "the driver is loaded but does not answer: %s",
                     seen_trouble(&s->machine->listen.seen));
        finding_cure(f, "restart Windows; see the events of HttpEvent and HttpService");
    } else if (!driver->exists && answers) {
        finding_note(f, "the driver answers, but is not to be seen as a service");
    } else {
        finding_fail(f, "the driver http.sys is %s: nobody can listen for SSTP",
                     driver->exists ? service_state_name(driver->state) : "not to be seen");
        finding_cure(f, "net start http; where that fails: sc qc http (its start type is demand), "
                        "a pending restart, antivirus or driver errors in the System log");
    }
}

static void judge_ports(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct sstp_ports *ports = &s->machine->ports;
    const struct sessions *sessions = &s->machine->sessions;

    if (service_of(s, SERVICE_REMOTEACCESS)->state != SERVICE_IS_RUNNING) {
        finding_skip(f, NAME_REMOTEACCESS " does not run");
        return;
    }
    if (!finding_readable(f, &ports->seen))
        return;
    if (ports->n == 0) {
        finding_fail(f, "RRAS has no SSTP ports: nobody can call, whatever the certificate");
        finding_cure(f, "in Routing and Remote Access, Ports, Properties, give WAN Miniport (SSTP) "
                        "some and allow remote access; then: net stop RasMan /y & net "
                        "start " NAME_REMOTEACCESS);
    } else if (sessions->seen.ok && sessions->n >= ports->n) {
        finding_warn(f,
                     "%lu SSTP ports, and %lu sessions of all kinds: there may be none left "
                     "(clients see 0x800704C9)",
                     (unsigned long)ports->n, (unsigned long)sessions->n);
        finding_cure(f, "give WAN Miniport (SSTP) more ports, then restart RasMan in a quiet hour");
    } else {
        finding_ok(f, "%lu SSTP ports, %lu sessions of all kinds", (unsigned long)ports->n,
                   (unsigned long)sessions->n);
    }
}

static void judge_listener(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct listener_age *age = &s->machine->listener;
    int64_t proven_ms = s->tool ? s->tool->proven_write_ms : 0;
    char written[21], started[21];

    if (service_of(s, SERVICE_REMOTEACCESS)->state != SERVICE_IS_RUNNING) {
        finding_skip(f, NAME_REMOTEACCESS " does not run");
        return;
    }
    if (!finding_readable(f, &age->seen))
        return;
    text_time(age->written_at_ms / 1000, written);
    text_time(age->started_at_ms / 1000, started);
    if (plan_listener_is_stale(age, proven_ms, s->now * 1000)) {
        finding_warn(f,
                     "the hashes were written at %s, RRAS has been running since %s: it may still "
                     "use older ones",
                     written, started);
        finding_cure(f, "restart it when that disturbs nobody: net stop " NAME_REMOTEACCESS
                        " & net start " NAME_REMOTEACCESS);
    } else {
        finding_ok(f, "values written at %s, RRAS started at %s", written, started);
    }
}

static void judge_accounts(const struct doctor_seen *s, struct doctor_finding *f)
{
    static const struct {
        enum service_id id;
        const char *account;
    } wanted[] = {{SERVICE_SSTPSVC, "NT AUTHORITY\\LocalService"},
                  {SERVICE_RASMAN, "LocalSystem"},
                  {SERVICE_REMOTEACCESS, "LocalSystem"}};
    const struct doctor_chain *c = &s->host->chain;
    size_t known = 0;

    if (!finding_readable(f, &c->seen))
        return;
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < sizeof wanted / sizeof *wanted; k++) {
            if (!c->of[i].now.exists ||
                !text_equal_nocase(c->of[i].name, service_name(wanted[k].id)))
                continue;
            known++;
            if (text_equal_nocase(c->of[i].account, wanted[k].account))
                continue;
            finding_fail(f, "%s runs as %s; it is made to run as %s", c->of[i].name,
                         c->of[i].account[0] ? c->of[i].account : "nobody", wanted[k].account);
            finding_cure(f, "sc config %s obj= \"%s\", then restart it", c->of[i].name,
                         wanted[k].account);
            return;
        }
    if (known == 0)
        finding_skip(f, "not installed (A2)");
    else
        finding_ok(f, "the services run as the accounts they are made for");
}

static void judge_memory(const struct doctor_seen *s, struct doctor_finding *f)
{
    uint64_t limit = s->host->memory.commit_limit_bytes, left = s->host->memory.commit_free_bytes;
    unsigned long left_mb = (unsigned long)(left / MEGABYTE);
    unsigned long limit_mb = (unsigned long)(limit / MEGABYTE);

    if (!finding_readable(f, &s->host->memory.seen))
        return;
    if (left / MEGABYTE < MEMORY_LOW_MB || left < limit / 100 * MEMORY_LOW_PERCENT) {
        finding_warn(f,
                     "%lu of %lu MB are left for programs: services may fail to start (RasSstp "
                     "event 20)",
                     left_mb, limit_mb);
        finding_cure(f, "end what takes the memory (Task Manager, Details, Commit size), or let "
                        "the page file grow");
    } else {
        finding_ok(f, "%lu of %lu MB are left for programs", left_mb, limit_mb);
    }
}

/* Pending restart first: it is what the cure of many other rows waits for. */
static void judge_reboot(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct doctor_net *net = s->net;
    bool told = net && net->skew.seen.ok;
    int64_t ahead_s = told ? net->skew.ahead_s : 0;

    if (!finding_readable(f, &s->host->reboot.seen))
        return;
    if (ahead_s >= SKEW_MAX_S || ahead_s <= -SKEW_MAX_S) {
        finding_fail(f, "the clock is %lld s %s (%s)",
                     (long long)(ahead_s < 0 ? -ahead_s : ahead_s), ahead_s < 0 ? "behind" : "fast",
                     net->skew.by);
        finding_cure(f, "w32tm /resync; see w32tm /query /status");
    } else if (s->host->reboot.servicing || s->host->reboot.update) {
        finding_warn(f, "Windows waits to be restarted after an update%s",
                     s->host->reboot.servicing ? " (component servicing)" : "");
        finding_cure(f, "restart Windows when that disturbs nobody");
    } else if (s->host->reboot.rename) {
        finding_note(f, "files in use are replaced at the next restart of Windows");
    } else if (told) {
        finding_ok(f, "no restart is pending, the clock is right within %lld s",
                   (long long)(ahead_s < 0 ? -ahead_s : ahead_s) + 1);
    } else {
        finding_ok(f, "no restart is pending; the clock was not compared");
    }
}

const struct doctor_row doctor_rows_a[] = {
    {"A1", "administrator rights", "event 8", 0, judge_elevated},
    {"A2", "role installed", "event 8", NEEDS_MACHINE, judge_role},
    {"A3", "service RemoteAccess", "blog event 8 13", NEEDS_MACHINE, judge_remote_access},
    {"A4", "services it depends on", "event 8", NEEDS_MACHINE | NEEDS_HOST, judge_dependencies},
    {"A5", "driver http.sys", "event 8", NEEDS_MACHINE, judge_driver},
    {"A6", "SSTP ports", "", NEEDS_MACHINE, judge_ports},
    {"A7", "age of the listener", "blog", NEEDS_MACHINE, judge_listener},
    {"A8", "service accounts", "", NEEDS_HOST, judge_accounts},
    {"A9", "memory", "event 8", NEEDS_HOST, judge_memory},
    {"A10", "pending restart, clock", "", NEEDS_HOST, judge_reboot},
    {NULL, NULL, NULL, 0, NULL},
};
