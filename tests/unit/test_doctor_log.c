/* SPDX-License-Identifier: Apache-2.0 */
/* Rows G: each event has its row, and the error in it its meaning. */
#include "doctor/event_code.h"
#include "doctor_world.h"
#include "err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct log_world {
    struct doctor_world w;
    struct doctor_log log;
};

static void healthy(struct log_world *n)
{
    doctor_world_healthy(&n->w);
    memset(&n->log, 0, sizeof n->log);
    n->log.seen.ok = n->log.since_start = true;
    for (int i = 0; i < SERVICE_COUNT; i++)
        snprintf(n->w.machine.service[i].display, sizeof n->w.machine.service[i].display, "%s",
                 service_name((enum service_id)i));
    n->w.seen.log = &n->log;
}

static void add(struct log_world *n, const char *provider, uint32_t id, const char *text)
{
    struct log_event *e = &n->log.of[n->log.n++];

    e->id = id;
    snprintf(e->provider, sizeof e->provider, "%s", provider);
    snprintf(e->text, sizeof e->text, "%s", text);
}

#define EXPECT(id, level, says) doctor_world_expect(t, &n->w, id, level, says)
#define WORLD()                                                                                    \
    struct log_world *n = calloc(1, sizeof *n);                                                    \
    REQUIRE(n != NULL);                                                                            \
    healthy(n)
#define HEALTHY() healthy(n)

static const char *cure_of(const struct log_world *n, const char *id, struct doctor_finding *f)
{
    doctor_judge(doctor_row_find(id), &n->w.seen, f);
    return f->cure;
}

static void every_event_has_its_row(struct test *t)
{
    static const struct {
        const char *provider;
        uint32_t id;
        const char *row, *points_to;
        enum check_level level;
    } cases[] = {
        {"RasSstp", 8, "G1", "A5", CHECK_FAIL},
        {"Microsoft-Windows-RasSstp", 8, "G1", "B10", CHECK_FAIL},
        {"RasSstp", 13, "G2", "C2", CHECK_FAIL},
        {"RasSstp", 12, "G3", "C1", CHECK_FAIL},
        {"RasSstp", 7, "G4", "B10", CHECK_FAIL},
        {"RasSstp", 9, "G4", "C13", CHECK_FAIL},
        {"RasSstp", 10, "G4", "C13", CHECK_FAIL},
        {"RasSstp", 17, "G4", "B1", CHECK_FAIL},
        {"RasSstp", 18, "G4", "B3", CHECK_FAIL},
        {"RasSstp", 19, "G4", "B4", CHECK_FAIL},
        {"RasSstp", 20, "G4", "A9", CHECK_FAIL},
        {"RasSstp", 21, "G4", "C5", CHECK_FAIL},
        {"RasSstp", 22, "G4", "C14", CHECK_FAIL},
        {"RasSstp", 11, "G5", "D9", CHECK_FAIL},
        {"RasSstp", 24, "G5", "C3", CHECK_FAIL},
        {"RasSstp", 25, "G5", "B6", CHECK_FAIL},
        {"RasSstp", 32, "G5", "C7", CHECK_FAIL},
        {"Microsoft-Windows-HttpEvent", 15021, "G6", "D4", CHECK_FAIL},
        {"Microsoft-Windows-HttpEvent", 15300, "G6", "C7", CHECK_NOTE},
        {"Microsoft-Windows-HttpEvent", 15301, "G6", "C7", CHECK_NOTE},
        {"Schannel", 36870, "G7", "D4", CHECK_WARN},
        {"Schannel", 36887, "G7", "", CHECK_NOTE},
        {"Service Control Manager", 7024, "G8", "A3", CHECK_FAIL},
        {"Service Control Manager", 7031, "G8", "A3", CHECK_FAIL},
        {"RemoteAccess", 20103, "G9", "role", CHECK_FAIL},
        {"RemoteAccess", 20153, "G9", "G5", CHECK_FAIL},
    };
    WORLD();

    for (int i = 1; i <= 9; i++)
        EXPECT(test_text(t, "G%d", i), CHECK_OK, "none since RRAS was started");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct doctor_finding f;
        HEALTHY();
        add(n, cases[i].provider, cases[i].id, "RemoteAccess 0.0.0.0:443 went wrong");
        EXPECT(cases[i].row, cases[i].level, "went wrong");
        CHECK(strstr(cure_of(n, cases[i].row, &f), cases[i].points_to) != NULL);
        for (int k = 1; k <= 9; k++) /* and no other */
            if (strcmp(cases[i].row, test_text(t, "G%d", k)) != 0)
                EXPECT(test_text(t, "G%d", k), CHECK_OK, "");
    }
    free(n);
}

static void whose_events_count(struct test *t)
{
    WORLD();

    add(n, "Service Control Manager", 7031, "Print Spooler ended");
    EXPECT("G8", CHECK_OK, "none");
    add(n, "Microsoft-Windows-HttpEvent", 15021, "0.0.0.0:8443");
    EXPECT("G6", CHECK_OK, "none");
    HEALTHY();
    add(n, "RasSstp", 13, "x");
    n->w.machine.local.has_v6 = false;
    EXPECT("G2", CHECK_NOTE, "no IPv6");
    HEALTHY();
    add(n, "RasSstp", 25, "x");
    add(n, "RasSstp", 25, "y");
    EXPECT("G5", CHECK_FAIL, "event 25 (2 times) since RRAS was started: x");
    free(n);
}

static void an_old_event_is_no_fault_of_today(struct test *t)
{
    WORLD();

    add(n, "RasSstp", 25, "x");
    n->log.since_start = false;
    EXPECT("G5", CHECK_WARN, "in the last 24 hours");
    n->w.machine.service[SERVICE_REMOTEACCESS].state = SERVICE_IS_STOPPED;
    EXPECT("G5", CHECK_FAIL, "in the last 24 hours");
    n->log.seen.ok = false;
    snprintf(n->log.seen.why, sizeof n->log.seen.why, "denied");
    for (int i = 1; i <= 9; i++)
        EXPECT(test_text(t, "G%d", i), CHECK_SKIP, "denied");
    free(n);
}

static void the_error_in_an_event(struct test *t)
{
    static const struct {
        const char *text;
        uint32_t number; /* 0 = none */
    } cases[] = {
        {"The HTTP layer could not be initialized. 1058", 1058},
        {"x; 5", 5},
        {"error 0x80070020", 32},
        {"(32)", 32},
        {"code=1312.", 1312},
        {"url https://+:443/sra_{BA195980-CD49-458b-9E23-C84EE0ADCD75}/", 0},
        {"bound to 0.0.0.0:443, [::]:443 and 10.5.5.2", 0},
        {"at 2026-11-05 08:05:13", 0},
        {"error 4711", 0},
        {"0x", 0}, /* strtoul of Windows sees no number in it */
        {"0x, then 5", 5},
        {"", 0},
    };
    struct doctor_finding f;
    char known[128] = "";
    WORLD();

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct event_code *c = event_code_find(cases[i].text);
        if (!CHECK_INT(c ? c->number : 0, cases[i].number))
            printf("  %s\n", cases[i].text);
    }
    add(n, "RasSstp", 8, "32");
    CHECK(strstr(cure_of(n, "G1", &f), "C14") != NULL);
    err_system_text(ERR_SRC_WIN32, 1058, known, sizeof known);
    if (known[0]) { /* in the language of the system */
        const struct event_code *c = event_code_find(test_text(t, "could not: %s", known));
        CHECK_INT(c ? c->number : 0, 1058);
    }
    free(n);
}

const struct test_case suite_doctor_log[] = {
    {"every_event_has_its_row", every_event_has_its_row},
    {"whose_events_count", whose_events_count},
    {"an_old_event_is_no_fault_of_today", an_old_event_is_no_fault_of_today},
    {"the_error_in_an_event", the_error_in_an_event},
    {NULL, NULL},
};
