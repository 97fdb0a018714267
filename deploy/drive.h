/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drive.h - the driver of a deploy, over seams: machine, wire, records, clock. deploy.c gives it
 * the real ones, tests their models. A session is one deploy (or one recovery) of one name.
 *
 *   drive.c     observe, plan, import, arm, bind, restart, prove, commit
 *   dry_run.c   the plan alone: told, or weighed against the maintenance window
 *   act.c       single changes, each read back
 *   trial.c     a binding where nobody is served, for http.sys to judge the certificate
 *   restart.c   the watched restart and the outage beside it
 *   events.c    what the System log says about it
 *   escalate.c  the whole chain of services restarted, when one restart was not enough
 *   prove.c     the looks from the wire
 *   served.c    what the balancer serves, to be followed
 *   rollback.c  everything back, proven; or forward when there is nothing to go back to
 *   recover.c   what an unfinished journal comes to
 *   look.c      the places that must agree, for `status`
 *   check*.c    what `check` wants to know
 *   cleanup.c   certificates of earlier deploys go
 *   manual.c    what a person would have to type
 */
#ifndef RRAS_DEPLOY_DRIVE_H
#define RRAS_DEPLOY_DRIVE_H

#include "deploy.h"
#include "events.h"
#include "journal.h"
#include "plan.h"

struct deploy_ports {
    const struct target *target;
    const struct wire *wire;
    const struct records *records;
};

/* New connections refused, as seen by knocking while we wait. */
struct outage {
    bool measuring;
    bool down;
    int64_t down_since_ms, total_ms;
};

struct session {
    const struct deploy_env *env;
    const struct conf *conf;
    const struct deploy_ports *ports;
    struct journal journal;
    struct outage outage;
    struct net_addr knock_at;              /* family 0 = nowhere */
    struct net_addr logon_at;              /* a call began there, through TLS; 0 = nowhere */
    struct local_addresses local;          /* looked at as well, where they take connections */
    struct service service[SERVICE_COUNT]; /* as they were */
    uint64_t event_mark;
    bool marked;       /* event_mark is that of the restart */
    uint8_t hash_mask; /* that a call has to offer */
    bool no_v6;        /* no [::] record, and no IPv6 address that could want one */
    bool touched;      /* a service was stopped or started since the snapshot, or may have been */
    bool changed, restarted, proven;
};

/* ---- drive.c ---- */
struct situation { /* observed_clear(&situation.observed) frees */
    struct observed observed;
    struct wire_view view;
    struct service_list running;
    struct plan plan;
};
/* Looks at everything and plans; changes nothing. Refusals are ERR_USAGE. */
int drive_situation(struct session *s, const struct bundle *b, struct situation *out,
                    struct err *err) MUST_CHECK;

/* ---- public API of deploy.h, with the seams as parameter ---- */
int drive_run(const struct deploy_env *env, const struct conf *conf,
              const struct deploy_ports *ports, const struct bundle *b, struct deploy_result *out,
              struct err *err) MUST_CHECK;
int drive_dry_run(const struct deploy_env *env, const struct conf *conf,
                  const struct deploy_ports *ports, const struct bundle *b,
                  struct err *err) MUST_CHECK;
int drive_survey(const struct deploy_env *env, const struct conf *conf,
                 const struct deploy_ports *ports, const struct bundle *b,
                 struct deploy_survey *out, struct err *err) MUST_CHECK;
int drive_serves(const struct deploy_env *env, const struct conf *conf,
                 const struct deploy_ports *ports, struct deploy_survey *out,
                 struct err *err) MUST_CHECK;
int drive_recover(const struct deploy_env *env, const struct conf *conf,
                  const struct deploy_ports *ports, struct err *err) MUST_CHECK;
int drive_look(const struct deploy_env *env, const struct conf *conf,
               const struct deploy_ports *ports, const struct cert_info *leaf,
               struct deploy_seen *out, struct err *err) MUST_CHECK;
int drive_served(const struct deploy_env *env, const struct conf *conf,
                 const struct deploy_ports *ports, struct cert_chain *out,
                 struct err *err) MUST_CHECK;
int drive_check(const struct deploy_env *env, const struct conf *conf,
                const struct deploy_ports *ports, struct checks *out, struct err *err) MUST_CHECK;

/* ---- look.c ---- */
/* Pure. v: what was seen from the wire; NULL when RemoteAccess does not run. stale: the listener
 * runs on older hashes (session_recall). */
void look_judge(struct deploy_seen *out, const struct observed *o, const struct wire_view *v,
                const struct cert_info *leaf, bool offload, bool stale);

/* ---- find.c ---- */
void find_judge(struct deploy_found *out, const struct observed *o); /* pure */

/* ---- check.c, check_offload.c ---- */
/* A finding that is one of the refusals of plan.h: `rc` and `e` are its, `fine` tells of none. */
void check_refusal(struct checks *out, const char *id, const char *title, int rc,
                   const struct err *e, const char *fine);
/* The hash and what the balancer serves, instead of bindings. */
void check_offload(struct session *s, const struct observed *o, struct checks *out);

/* ---- check_beside.c ---- */
/* `stale`: plan_listener_is_stale. */
void check_beside(const struct observed *o, bool stale, struct checks *out);

/* ---- session.c ---- */
int64_t session_now_ms(const struct session *s);
/* What later looks need to know of the machine. */
void session_remember(struct session *s, const struct observed *o);
/* What the last journal of this name tells about what was observed: *stale as of
 * plan_listener_is_stale, and o->v6_refused. */
int session_recall(struct session *s, struct observed *o, bool *stale, struct err *err) MUST_CHECK;
/* Sleeps. While an outage is measured it knocks now and then, within the time to be waited: a port
 * that does not answer makes no wait longer. */
void session_wait(struct session *s, int64_t ms);
/* A connection that is not taken within so many ms counts as refused: Windows tells of a closed
 * port only after seconds. The brief one is for where every ms is an ms of the outage. */
enum { KNOCK_MS = 40, KNOCK_BRIEF_MS = 5 };
void session_knock(struct session *s, int64_t patience_ms);
/* total so far, -1 when nothing was measured */
int64_t session_outage_ms(const struct session *s);
/* Saves the journal with this phase. */
int session_phase(struct session *s, enum journal_phase phase, struct err *err) MUST_CHECK;
/* LOOK_ALL to decide what to do; to read a change back, what it changed and what decides. */
int session_observe(struct session *s, unsigned parts, struct observed *out,
                    struct err *err) MUST_CHECK;
/* The same, tried a few times: where giving up would be worse. */
int session_observe_hard(struct session *s, unsigned parts, struct observed *out,
                         struct err *err) MUST_CHECK;
/* A step of the report; begins now. */
struct step_mark {
    const char *name;
    int64_t begun_ms;
};
struct step_mark session_step(struct session *s, const char *name);
void session_step_end(struct session *s, const struct step_mark *m, bool ok, const char *before,
                      const char *after);

/* ---- act.c ---- */
int act_import(struct session *s, const struct bundle *b, struct err *err) MUST_CHECK;
int act_prove_key(struct session *s, struct err *err) MUST_CHECK;
/* All PLAN_VALUE steps, read back together. */
int act_values(struct session *s, const struct plan *plan, struct err *err) MUST_CHECK;
/* All PLAN_BINDING steps, each read back. */
int act_bindings(struct session *s, const struct plan *plan, struct err *err) MUST_CHECK;
/* Removes the new certificate and its key, if they are ours. */
int act_undo_import(struct session *s, struct err *err) MUST_CHECK;
/* Puts the flag back to what it was. */
int act_restore_flag(struct session *s, struct err *err) MUST_CHECK;

/* ---- trial.c ---- */
/* http.sys takes the certificate, seen on a port that nobody is served on. */
int act_try_binding(struct session *s, struct err *err) MUST_CHECK;
/* Takes away what a trial left, read back. */
int act_drop_trial(struct session *s, struct err *err) MUST_CHECK;

/* ---- restart.c ---- */
/* Waits while the service starts or stops, as after a boot: what is seen meanwhile says nothing
 * about what it will be. Not longer than the restart's limit. */
int restart_await(struct session *s, const char *service, struct err *err) MUST_CHECK;
/* The service and the dependents that run, in the order to start them; empty when somebody stopped
 * it, as it then stays stopped. */
int restart_list(struct session *s, const char *service, struct service_list *out,
                 struct err *err) MUST_CHECK;
/* Stops what runs of the journal's list, newcomers included. Nothing is ever killed. */
int restart_stop(struct session *s, struct err *err) MUST_CHECK;
/* ... and starts all of it again. */
int restart_services(struct session *s, struct err *err) MUST_CHECK;
/* Only starts what does not run. */
int restart_missing(struct session *s, struct err *err) MUST_CHECK;
/* Pure: how long to wait for a service before the next look, after so much waiting. */
int64_t restart_poll_ms(int64_t passed_ms);

bool service_list_has(const struct service_list *l, const char *name);

/* ---- escalate.c ---- */
/* After a proof that failed (`why`): where deploy.restart.escalate allows it, once, and if the
 * service runs. True when the chain was restarted and the proof is worth another try. */
bool escalate(struct session *s, const struct err *why);

/* ---- prove.c ---- */
struct proof {
    const uint8_t *sha256; /* the leaf that every point has to show */
    bool calls;            /* calls have to begin as well */
    bool issuer;           /* its issuer's certificate has to be sent as well */
};
void prove_look(struct session *s, struct wire_view *out, bool calls);
/* The name to dial. */
const char *prove_name(const struct conf *conf, char out[256]);
/* Where to look for an entry of deploy.verify.probe, and whether without TLS. */
int prove_place(const struct session *s, const char *probe, struct wire_question *q,
                struct err *err) MUST_CHECK;
/* Repeated until it holds and the service has run for a while, or verify.timeout. */
int prove_wire(struct session *s, const struct proof *p, struct err *err) MUST_CHECK;
/* With the test account, where one is configured: -1 when the running service holds another hash.
 * A logon that fails says nothing about the certificate: it is told, and no reason to go back. */
int prove_account(struct session *s, struct err *err) MUST_CHECK;
/* Registry and bindings still say what we wrote. */
int prove_records(struct session *s, struct err *err) MUST_CHECK;
/* The new certificate: restart if it ran, prove, commit. Journal at JOURNAL_RESTART or later. */
int drive_finish(struct session *s, bool restart, struct err *err) MUST_CHECK;
int drive_commit(struct session *s, struct err *err) MUST_CHECK;

/* ---- rollback.c ---- */
/* Puts everything back. `cause` (set) becomes ERR_ROLLED_BACK or ERR_STRANDED. */
void rollback_run(struct session *s, struct err *cause);
/* Nothing to go back to: the new state by all means. 0 when it is proven after all; otherwise
 * `cause` becomes ERR_STRANDED. */
int rollback_forward(struct session *s, struct err *cause);
/* Undoes an import when nothing live was touched: `cause` becomes ERR_ROLLED_BACK. */
void rollback_unchanged(struct session *s, struct err *cause);
/* Takes away what nobody will use: a trial record, and the imported certificate with its key unless
 * something names it. What cannot go is a warning, and is left to a later deploy. */
void rollback_tidy_up(struct session *s);
/* The same before there was a journal. */
void rollback_nothing(struct err *cause);
bool rollback_worthwhile(const struct journal *j);

/* ---- recover.c ---- */
enum recovery {
    RECOVER_UNDO_IMPORT,
    RECOVER_FINISH,
    RECOVER_COMMIT,
    RECOVER_LEAVE,
    RECOVER_BACK,
    RECOVER_FORWARD
};
/* Pure: facts decide; the journal alone never does. `other_serves`: recover_finds_other, and it is
 * proven. */
enum recovery recover_decide(const struct journal *j, const struct observed *o, bool other_serves);
/* Everything that the mode uses names one certificate that the journal knows neither as the new one
 * nor anywhere in the old state: somebody put it in place since. False when it is not within its
 * dates, as far as they are known, and when RRAS may have chosen it by itself. */
bool recover_finds_other(const struct journal *j, const struct observed *o, int64_t now,
                         uint8_t sha256[SHA256_BYTES]);
/* Values and bindings are the new certificate's. */
bool recover_is_new(const struct journal *j, const struct observed *o);
/* Values and bindings are exactly what the journal remembers. */
bool recover_is_old(const struct journal *j, const struct observed *o);
/* They name the old certificate, with the same authority: RRAS writes both hashes and the flag
 * itself when it starts with flag 0, so what was absent before may be there now. */
bool recover_serves_old(const struct journal *j, const struct observed *o);

/* ---- cleanup.c ---- */
/* Pure: by any record of http.sys, on whatever port, or by SstpSvc's hashes. */
bool cleanup_is_named(const struct observed *o, const uint8_t sha1[SHA1_BYTES],
                      const uint8_t sha256[SHA256_BYTES]);
/* Pure: which of the journal's imports may go: not the one that serves, none of the `keep` before
 * it, none that a record of http.sys or a hash names. Returns how many. */
size_t cleanup_pick(const struct journal *j, const struct observed *o, int keep,
                    bool out[JOURNAL_MAX_IMPORTS]);
/* After the new certificate was proven. Failures are warnings; they stay in the journal. */
void cleanup_run(struct session *s);

/* ---- manual.c ---- */
/* One line for cmd.exe that leads to the old (or new) state, from what is there now (NULL = not
 * known). */
void manual_commands(const struct journal *j, bool to_old, const struct observed *now,
                     struct buf *out);

#endif
