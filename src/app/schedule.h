/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule.h - the two scheduled tasks: `run`, and the watchdog that tells when `run` does not.
 * What they are is decided here, purely, as XML of the Task Scheduler's schema 1.2 (MS-TSCH 2.5);
 * scheduler.h talks to the service.
 *
 * The tasks are SYSTEM's, without a password; several times a day without end, so that a start that
 * was missed is caught up (StartWhenAvailable counts for triggers that repeat without end); one
 * instance; nothing about batteries, idleness or networks stops them.
 */
#ifndef RRAS_APP_SCHEDULE_H
#define RRAS_APP_SCHEDULE_H

#include "conf.h"
#include "src/app/scheduler.h"

#include <stddef.h>

enum schedule_id { SCHEDULE_RUN, SCHEDULE_WATCHDOG, SCHEDULE_COUNT };
/* In the scheduler's root folder. */
const char *schedule_task_name(enum schedule_id id);

enum {
    SCHEDULE_INTERVAL_S = 3600, /* of `run`, unless a maintenance window is shorter */
    SCHEDULE_INTERVAL_MIN_S = 600,
    SCHEDULE_WATCHDOG_INTERVAL_S = 6 * 3600,
    SCHEDULE_MAX_XML_BYTES = 64 * 1024,
};

/* What a task is made from. All strings are borrowed. */
struct schedule_plan {
    const char *program;                           /* absolute path of this executable */
    const char *config_dir, *state_dir, *log_file; /* absolute; NULL = not named */
    const char *machine; /* its name: machines of different names start at different times */
    int64_t interval_s;  /* of `run` */
    int64_t limit_s;     /* after so long `run` is ended by force */
};

/* How often `run` must start so that it meets every maintenance window: at least once while the
 * shortest one is open, hourly at most. */
int64_t schedule_interval_s(const struct conf_set *confs);
/* Longer than all that one run may have to wait for: DNS, restart, proof, roll-back and its proof,
 * of every certificate one after another. Whole hours, from two to a day. */
int64_t schedule_limit_s(const struct conf_set *confs);

/* The task as XML, without a byte order mark and without a declared encoding. */
int schedule_xml(const struct schedule_plan *plan, enum schedule_id id, struct buf *out,
                 struct err *err) MUST_CHECK;
/* The command line of the task, and of cron on other systems. */
int schedule_command(const struct schedule_plan *plan, enum schedule_id id, struct buf *out,
                     struct err *err) MUST_CHECK;
/* Two lines for root's crontab: the same on systems without Task Scheduler. */
int schedule_cron(const struct schedule_plan *plan, struct buf *out, struct err *err) MUST_CHECK;

/* Whether the two mean the same. The service gives back what it was given in other words: defaults
 * left out or put in, elements added, durations and truth values written otherwise. False: `why`
 * names the first difference. */
enum { SCHEDULE_WHY_BYTES = 400 };
bool schedule_same(const char *wanted, const char *found, char why[SCHEDULE_WHY_BYTES]);

/* What is known of one task, for status, doctor and the watchdog. */
struct schedule_state {
    bool registered, enabled;
    bool as_wanted; /* false with the reason in why */
    char why[SCHEDULE_WHY_BYTES];
    int64_t last_run, next_run; /* 0 = never, or not known */
    bool has_result;            /* it has ended at least once */
    uint32_t last_result;       /* our exit code, or a code of the scheduler's */
};
/* Asks the service; a task that is not registered is no failure. plan NULL: as_wanted is not judged
 * (true). On systems without Task Scheduler ERR_USAGE. */
int schedule_look(const struct schedule_plan *plan, enum schedule_id id, struct schedule_state *out,
                  struct err *err) MUST_CHECK;
/* "0 (done)", "9 (a check failed)", "0x41306 (ended by force: its time limit, or somebody)". */
void schedule_result_text(uint32_t result, char *out, size_t size);

#endif
