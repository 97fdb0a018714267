/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/schedule.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

static const struct schedule_plan plan = {
    .program = "C:\\Program Files\\rras-acme\\rras-acme.exe",
    .config_dir = "C:\\B\xc3\xbcro & <S\xc3\xb6hne>",
    .log_file = "C:\\logs\\run.log",
    .machine = "gw1.example.com",
    .interval_s = 3600,
    .limit_s = 2 * 3600,
};

/* The task as the service might give it back. */
static char *xml_of(struct test *t, const struct schedule_plan *p, enum schedule_id id)
{
    struct buf b = BUF_INIT(SCHEDULE_MAX_XML_BYTES);
    struct err err = {0};
    CHECK_INT(schedule_xml(p, id, &b, &err), 0);
    char *out = (char *)(size_t)test_text(t, "%s", buf_str(&b));
    buf_clear(&b);
    return out;
}

static const char *replaced(struct test *t, const char *s, const char *what, const char *with)
{
    const char *at = strstr(s, what);
    if (!CHECK(at != NULL))
        return s;
    return test_text(t, "%.*s%s%s", (int)(at - s), s, with, at + strlen(what));
}

static void the_xml_says_what_must_be_said(struct test *t)
{
    static const char *const parts[] = {
        "<UserId>S-1-5-18</UserId>",
        "<RunLevel>HighestAvailable</RunLevel>",
        "<StartWhenAvailable>true</StartWhenAvailable>",
        "<MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>",
        "<DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>",
        "<StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>",
        "<RunOnlyIfNetworkAvailable>false</RunOnlyIfNetworkAvailable>",
        "<ExecutionTimeLimit>PT120M</ExecutionTimeLimit>",
        "<Interval>PT60M</Interval>",
        "<Command>C:\\Program Files\\rras-acme\\rras-acme.exe</Command>",
        "<Arguments>run --config &quot;C:\\B\xc3\xbcro &amp; &lt;S\xc3\xb6hne&gt;&quot;",
        "--log-file C:\\logs\\run.log</Arguments>",
        "<BootTrigger>",
    };
    const char *xml = xml_of(t, &plan, SCHEDULE_RUN);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (!CHECK(strstr(xml, parts[i]) != NULL))
            CHECK_STR("", parts[i]);
    /* Not in the schema's enumeration for service accounts, and no end to the repetition. */
    CHECK(strstr(xml, "LogonType") == NULL);
    CHECK(strstr(xml, "<Duration>") == NULL);
    const char *dog = xml_of(t, &plan, SCHEDULE_WATCHDOG);
    CHECK(strstr(dog, "<Arguments>watchdog --config ") != NULL);
    CHECK(strstr(dog, "<Interval>PT360M</Interval>") != NULL);
}

static void machines_start_at_times_of_their_own(struct test *t)
{
    struct schedule_plan other = plan;
    other.machine = "gw2.example.com";
    CHECK_STR(xml_of(t, &plan, SCHEDULE_RUN), xml_of(t, &plan, SCHEDULE_RUN));
    CHECK(strcmp(xml_of(t, &plan, SCHEDULE_RUN), xml_of(t, &other, SCHEDULE_RUN)) != 0);
}

static void what_the_service_gives_back_is_the_same(struct test *t)
{
    static const struct {
        const char *what, *with;
    } cases[] = {
        {"<?xml version=\"1.0\"?>", "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n<!-- x -->"},
        {"<RegistrationInfo>", "<RegistrationInfo><Date>2026-11-22T01:02:03</Date>"
                               "<URI>\\rras-acme</URI><Source/>"},
        {"PT120M", "PT2H"},
        {"PT120M", "P0DT1H60M0S"},
        {"<Interval>PT60M", "<Interval>PT1H"},
        {"S-1-5-18", "NT AUTHORITY\\SYSTEM"},
        {"S-1-5-18", " SYSTEM\n"},
        {"<AllowHardTerminate>true</AllowHardTerminate>", ""},
        {"<WakeToRun>false</WakeToRun>", ""},
        {"<Hidden>false</Hidden>", "<Hidden>0</Hidden>"},
        {"<RunLevel>HighestAvailable</RunLevel>", ""},
        {"<Priority>", "<UseUnifiedSchedulingEngine>true</UseUnifiedSchedulingEngine><Priority>"},
        {"      <Enabled>true</Enabled>\n", ""},
        {"C:\\Program Files\\rras-acme\\rras-acme.exe",
         "\"c:\\program files\\RRAS-ACME\\rras-acme.exe\""},
    };
    const char *wanted = xml_of(t, &plan, SCHEDULE_RUN);
    char why[SCHEDULE_WHY_BYTES];
    CHECK(schedule_same(wanted, wanted, why));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *found = replaced(t, wanted, cases[i].what, cases[i].with);
        if (!CHECK(schedule_same(wanted, found, why)))
            CHECK_STR(why, cases[i].with);
    }
}

static void what_means_something_else_differs(struct test *t)
{
    static const struct {
        const char *what, *with, *why;
    } cases[] = {
        {"PT120M", "PT72H", "Settings/ExecutionTimeLimit is PT72H, not PT120M"},
        {"<ExecutionTimeLimit>PT120M</ExecutionTimeLimit>", "",
         "Settings/ExecutionTimeLimit is PT72H, not PT120M"},
        {"PT60M", "PT6H", "Triggers/CalendarTrigger/Repetition/Interval is PT6H, not PT60M"},
        {"<Interval>", "<Duration>P1D</Duration><Interval>",
         "Triggers/CalendarTrigger/Repetition/Duration (P1D) is one too many"},
        {"S-1-5-18", "S-1-5-19", "Principals/Principal/UserId is S-1-5-19, not S-1-5-18"},
        {"<StartWhenAvailable>true</StartWhenAvailable>", "",
         "Settings/StartWhenAvailable is false, not true"},
        {"    <Enabled>true</Enabled>\n    <Hidden>", "    <Enabled>false</Enabled>\n    <Hidden>",
         "Settings/Enabled is false, not true"},
        {"rras-acme.exe", "evil.exe",
         "Actions/Exec/Command is C:\\Program Files\\rras-acme\\evil.exe, not "
         "C:\\Program Files\\rras-acme\\rras-acme.exe"},
        {"<Exec>", "<Exec><Command>x</Command></Exec><Exec>",
         "Actions/Exec/Command is x, not C:\\Program Files\\rras-acme\\rras-acme.exe"},
        {"</Exec>", "</Exec><Exec><Command>x</Command></Exec>",
         "Actions/Exec/Command (x) is one too many"},
        {"</Arguments>", " --yes</Arguments>", NULL},
        {"<BootTrigger>", "<BootTrigger><EndBoundary>2027-01-01T00:00:00</EndBoundary>",
         "Triggers/BootTrigger/EndBoundary (2027-01-01T00:00:00) is one too many"},
        {"</Task>", "", "its XML cannot be read"},
        {"<Triggers>", "<!DOCTYPE x><Triggers>", "its XML cannot be read"},
        {"<Triggers>", "<Triggers>stray", "its XML cannot be read"},
        {"</Triggers>", "</Principals>", "its XML cannot be read"},
        {"S-1-5-18", "&evil;", "its XML cannot be read"},
        {"S-1-5-18", "&#x110000;", "its XML cannot be read"},
        {"version=\"1.2\"", "version=\"1.2", "its XML cannot be read"},
    };
    const char *wanted = xml_of(t, &plan, SCHEDULE_RUN);
    char why[SCHEDULE_WHY_BYTES];
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *found = replaced(t, wanted, cases[i].what, cases[i].with);
        if (!CHECK(!schedule_same(wanted, found, why)))
            CHECK_STR("", cases[i].with);
        if (cases[i].why != NULL)
            CHECK_STR(why, cases[i].why);
    }
    CHECK(!schedule_same(wanted, "", why));
    CHECK(!schedule_same(wanted, "<Task", why));
    for (size_t cut = 0; cut < strlen(wanted) - 1; cut += 7) /* none may be read beyond its end */
        CHECK(!schedule_same(wanted, test_text(t, "%.*s", (int)cut, wanted), why));
}

static void the_rhythm_follows_the_configuration(struct test *t)
{
    char *short_window[] = {(char *)(size_t) "daily 03:00-04:00",
                            (char *)(size_t) "Sun 23:50-00:20"};
    char *tiny[] = {(char *)(size_t) "daily 03:00-03:05"};
    struct conf c[2] = {
        {.deploy = {.target = CONF_TARGET_RRAS,
                    .restart = {.timeout_ms = 180000},
                    .verify = {.timeout_ms = 120000}},
         .dns.propagation = {.timeout_ms = 120000, .settle_ms = 5000}},
        {.deploy.target = CONF_TARGET_NONE},
    };
    struct conf_set set = {.v = c, .n = 2};
    CHECK_INT(schedule_interval_s(&set), 3600);
    CHECK_INT(schedule_limit_s(&set), 2 * 3600);
    c[0].deploy.window = (struct strings){short_window, 1};
    CHECK_INT(schedule_interval_s(&set), 3600);
    c[0].deploy.window.n = 2;
    CHECK_INT(schedule_interval_s(&set), 1800);
    c[1].deploy.window = (struct strings){tiny, 1};
    CHECK_INT(schedule_interval_s(&set), 600);
    c[0].deploy.restart.timeout_ms = 3600 * 1000;
    CHECK_INT(schedule_limit_s(&set), 6 * 3600);
    c[0].deploy.restart.escalate = true;
    CHECK_INT(schedule_limit_s(&set), 10 * 3600);
    c[0].dns.propagation.timeout_ms = 24 * 3600 * 1000;
    CHECK_INT(schedule_limit_s(&set), 24 * 3600);
}

static void cron_lines(struct test *t)
{
    struct schedule_plan p = {.program = "/usr/bin/rras-acme",
                              .config_dir = "/etc/my conf",
                              .machine = "gw1.example.com",
                              .interval_s = 1800};
    struct buf b = BUF_INIT(4096);
    struct err err = {0};
    CHECK_INT(schedule_cron(&p, &b, &err), 0);
    CHECK(strstr(buf_str(&b), "-59/30 * * * * /usr/bin/rras-acme run --config \"/etc/my conf\"\n"));
    CHECK(strstr(buf_str(&b), "-23/6 * * * /usr/bin/rras-acme watchdog --config "));
    buf_clear(&b);
}

static void results_in_words(struct test *t)
{
    static const struct {
        uint32_t number;
        const char *text;
    } cases[] = {{0, "0 (done)"},
                 {6, "6 (deploy failed, rolled back)"},
                 {0x41303, "0x41303 (has not run yet)"},
                 {0x80070002, "0x80070002 (the program is not there)"},
                 {12, "0xc"}};
    char text[80];
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        schedule_result_text(cases[i].number, text, sizeof(text));
        CHECK_STR(text, cases[i].text);
    }
}

const struct test_case suite_schedule[] = {
    {"the_xml_says_what_must_be_said", the_xml_says_what_must_be_said},
    {"machines_start_at_times_of_their_own", machines_start_at_times_of_their_own},
    {"what_the_service_gives_back_is_the_same", what_the_service_gives_back_is_the_same},
    {"what_means_something_else_differs", what_means_something_else_differs},
    {"the_rhythm_follows_the_configuration", the_rhythm_follows_the_configuration},
    {"cron_lines", cron_lines},
    {"results_in_words", results_in_words},
    {NULL, NULL},
};
