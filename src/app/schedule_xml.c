/* SPDX-License-Identifier: Apache-2.0 */
/* schedule_xml.c - what the tasks are. */
#include "crypto.h"
#include "src/app/schedule.h"
#include "text.h"
#include "window.h"

#include <string.h>

enum { HOUR_S = 3600, MINUTE_S = 60, DAY_MIN = 24 * 60, LIMIT_MIN_HOURS = 2, LIMIT_MAX_HOURS = 24 };

const char *schedule_task_name(enum schedule_id id)
{
    return id == SCHEDULE_WATCHDOG ? "rras-acme watchdog" : "rras-acme";
}

/* ---- how often, how long ---- */

static int64_t length_s(const char *text)
{
    struct window w;
    struct err ignored = {0};
    if (window_parse(text, &w, &ignored) != 0)
        return DAY_MIN * MINUTE_S;
    int min = w.to_min - w.from_min;
    return (int64_t)(min > 0 ? min : min + DAY_MIN) * MINUTE_S;
}

int64_t schedule_interval_s(const struct conf_set *confs)
{
    static const int64_t steps[] = {SCHEDULE_INTERVAL_S, 1800, 1200, 900, SCHEDULE_INTERVAL_MIN_S};
    int64_t shortest = SCHEDULE_INTERVAL_S;
    for (size_t i = 0; i < confs->n; i++) {
        const struct strings *windows = &confs->v[i].deploy.window;
        for (size_t k = 0; k < windows->n; k++)
            if (length_s(windows->v[k]) < shortest)
                shortest = length_s(windows->v[k]);
    }
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        if (steps[i] <= shortest)
            return steps[i];
    return SCHEDULE_INTERVAL_MIN_S;
}

/* Stop and start, forward and back, once more with `escalate`; the proof of each. */
static int64_t longest_ms(const struct conf *c)
{
    int64_t ms = c->dns.propagation.timeout_ms + c->dns.propagation.settle_ms;
    if (c->deploy.target != CONF_TARGET_RRAS)
        return ms;
    int64_t turns = c->deploy.restart.escalate ? 4 : 2;
    return ms + turns * (2 * c->deploy.restart.timeout_ms + c->deploy.verify.timeout_ms);
}

int64_t schedule_limit_s(const struct conf_set *confs)
{
    int64_t ms = (int64_t)HOUR_S * 1000; /* the CA, and whatever else */
    for (size_t i = 0; i < confs->n; i++)
        ms += longest_ms(&confs->v[i]);
    int64_t hours = (ms / 1000 + HOUR_S - 1) / HOUR_S;
    if (hours < LIMIT_MIN_HOURS)
        hours = LIMIT_MIN_HOURS;
    return (hours > LIMIT_MAX_HOURS ? LIMIT_MAX_HOURS : hours) * HOUR_S;
}

/* Where in its interval this machine begins: the same each time, another for every name, so that
 * a thousand gateways do not ask the CA in the same second. */
static int64_t offset_s(const struct schedule_plan *plan, enum schedule_id id, int64_t interval_s)
{
    uint8_t hash[SHA256_BYTES];
    uint32_t n = 0;
    crypto_sha256(plan->machine, strlen(plan->machine), hash);
    for (size_t i = 0; i < sizeof(n); i++)
        n = n << 8 | hash[i + (id == SCHEDULE_WATCHDOG ? sizeof(n) : 0)];
    return n % interval_s;
}

static int64_t interval_of(const struct schedule_plan *plan, enum schedule_id id)
{
    return id == SCHEDULE_WATCHDOG ? SCHEDULE_WATCHDOG_INTERVAL_S : plan->interval_s;
}

/* ---- the command ---- */

static void add_option(struct buf *out, const char *option, const char *value)
{
    if (value == NULL)
        return;
    buf_puts(out, option);
    text_quote_argument(out, value);
}

static void add_arguments(const struct schedule_plan *plan, enum schedule_id id, struct buf *out)
{
    buf_puts(out, id == SCHEDULE_WATCHDOG ? "watchdog" : "run");
    add_option(out, " --config ", plan->config_dir);
    add_option(out, " --state ", plan->state_dir);
    add_option(out, " --log-file ", plan->log_file);
}

int schedule_command(const struct schedule_plan *plan, enum schedule_id id, struct buf *out,
                     struct err *err)
{
    text_quote_argument(out, plan->program);
    buf_putc(out, ' ');
    add_arguments(plan, id, out);
    return buf_check(out, "scheduled task: its command line", err);
}

int schedule_cron(const struct schedule_plan *plan, struct buf *out, struct err *err)
{
    for (enum schedule_id id = SCHEDULE_RUN; id < SCHEDULE_COUNT; id++) {
        int64_t interval = interval_of(plan, id), at = offset_s(plan, id, interval);
        int minute = (int)(at / MINUTE_S % 60), every_min = (int)(interval / MINUTE_S);
        if (interval < HOUR_S)
            buf_addf(out, "%d-59/%d * * * * ", minute % every_min, every_min);
        else if (interval == HOUR_S)
            buf_addf(out, "%d * * * * ", minute);
        else
            buf_addf(out, "%d %d-23/%d * * * ", minute, (int)(at / HOUR_S),
                     (int)(interval / HOUR_S));
        if (schedule_command(plan, id, out, err) != 0)
            return -1;
        buf_putc(out, '\n');
    }
    return buf_check(out, "crontab", err);
}

/* ---- the XML ---- */

static void put_escaped(struct buf *out, const char *s, size_t len)
{
    bool fit;
    for (size_t i = 0, n; i < len; i += n) {
        n = text_foreign(s + i, len - i, &fit);
        if (s[i] == '&')
            buf_puts(out, "&amp;");
        else if (s[i] == '<')
            buf_puts(out, "&lt;");
        else if (s[i] == '>')
            buf_puts(out, "&gt;");
        else if (s[i] == '"')
            buf_puts(out, "&quot;");
        else
            buf_put_foreign(out, s + i, n);
    }
}

static void put_triggers(const struct schedule_plan *plan, enum schedule_id id, struct buf *out)
{
    int64_t interval = interval_of(plan, id), at = offset_s(plan, id, interval);
    buf_addf(out,
             "  <Triggers>\n"
             "    <CalendarTrigger>\n"
             "      <Repetition>\n"
             "        <Interval>PT%dM</Interval>\n"
             "        <StopAtDurationEnd>false</StopAtDurationEnd>\n"
             "      </Repetition>\n"
             "      <StartBoundary>2026-01-01T%02d:%02d:%02d</StartBoundary>\n"
             "      <Enabled>true</Enabled>\n"
             "      <ScheduleByDay>\n"
             "        <DaysInterval>1</DaysInterval>\n"
             "      </ScheduleByDay>\n"
             "    </CalendarTrigger>\n",
             (int)(interval / MINUTE_S), (int)(at / HOUR_S), (int)(at / MINUTE_S % 60),
             (int)(at % MINUTE_S));
    if (id == SCHEDULE_RUN) /* a deploy that a power cut has broken off is settled soon */
        buf_puts(out, "    <BootTrigger>\n"
                      "      <Enabled>true</Enabled>\n"
                      "      <Delay>PT2M</Delay>\n"
                      "    </BootTrigger>\n");
    buf_puts(out, "  </Triggers>\n");
}

/* LogonType is not in the schema for service accounts: it goes with the call that registers. */
static void put_principal(struct buf *out)
{
    buf_puts(out, "  <Principals>\n"
                  "    <Principal id=\"Author\">\n"
                  "      <UserId>S-1-5-18</UserId>\n"
                  "      <RunLevel>HighestAvailable</RunLevel>\n"
                  "    </Principal>\n"
                  "  </Principals>\n");
}

/* Priority 7, the default, is a background job's: restarting a service would be slow under load. */
static void put_settings(const struct schedule_plan *plan, enum schedule_id id, struct buf *out)
{
    int64_t limit_min = id == SCHEDULE_WATCHDOG ? 10 : plan->limit_s / MINUTE_S;
    buf_addf(out,
             "  <Settings>\n"
             "    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>\n"
             "    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>\n"
             "    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>\n"
             "    <AllowHardTerminate>true</AllowHardTerminate>\n"
             "    <StartWhenAvailable>true</StartWhenAvailable>\n"
             "    <RunOnlyIfNetworkAvailable>false</RunOnlyIfNetworkAvailable>\n"
             "    <IdleSettings>\n"
             "      <StopOnIdleEnd>false</StopOnIdleEnd>\n"
             "      <RestartOnIdle>false</RestartOnIdle>\n"
             "    </IdleSettings>\n"
             "    <AllowStartOnDemand>true</AllowStartOnDemand>\n"
             "    <Enabled>true</Enabled>\n"
             "    <Hidden>false</Hidden>\n"
             "    <RunOnlyIfIdle>false</RunOnlyIfIdle>\n"
             "    <WakeToRun>false</WakeToRun>\n"
             "    <ExecutionTimeLimit>PT%dM</ExecutionTimeLimit>\n"
             "    <Priority>5</Priority>\n"
             "  </Settings>\n",
             (int)limit_min);
}

static void put_action(const struct schedule_plan *plan, enum schedule_id id, struct buf *out)
{
    struct buf arguments = BUF_INIT(SCHEDULE_MAX_XML_BYTES);
    add_arguments(plan, id, &arguments);
    buf_puts(out, "  <Actions Context=\"Author\">\n"
                  "    <Exec>\n"
                  "      <Command>");
    put_escaped(out, plan->program, strlen(plan->program));
    buf_puts(out, "</Command>\n"
                  "      <Arguments>");
    put_escaped(out, buf_str(&arguments), strlen(buf_str(&arguments)));
    buf_puts(out, "</Arguments>\n"
                  "    </Exec>\n"
                  "  </Actions>\n");
    out->failed = out->failed || arguments.failed;
    buf_clear(&arguments);
}

int schedule_xml(const struct schedule_plan *plan, enum schedule_id id, struct buf *out,
                 struct err *err)
{
    static const char *const description[] = {
        [SCHEDULE_RUN] = "Renews certificates that are due and deploys them into RRAS.",
        [SCHEDULE_WATCHDOG] = "Raises the alarm when rras-acme has not run, or a certificate in "
                              "use nears its end.",
    };
    buf_puts(out, "<?xml version=\"1.0\"?>\n"
                  "<Task version=\"1.2\" "
                  "xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\">\n"
                  "  <RegistrationInfo>\n"
                  "    <Author>rras-acme</Author>\n");
    buf_addf(out,
             "    <Description>%s</Description>\n"
             "  </RegistrationInfo>\n",
             description[id]);
    put_triggers(plan, id, out);
    put_principal(out);
    put_settings(plan, id, out);
    put_action(plan, id, out);
    buf_puts(out, "</Task>\n");
    return buf_check(out, "scheduled task: its XML", err);
}
