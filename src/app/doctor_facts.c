/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/doctor_facts.h"

#include "deploy/doctor/fix.h"
#include "src/app/agent.h"
#include "src/app/renewal.h"
#include "src/app/rivals_look.h"
#include "src/app/schedule_view.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- configuration ---- */

static bool counts(const struct conf *c)
{
    return c->deploy.target == CONF_TARGET_RRAS;
}

/* What all certificates of one gateway have in common; the first one's. (What stays of earlier ones
 * adds up.) */
static void take_first(struct app *app, const struct conf *c, struct doctor_facts *out)
{
    struct doctor_wanted *w = &out->wanted;
    agent_name(out->agent, sizeof(out->agent));
    w->configured = true;
    w->port = c->deploy.port;
    w->mode = c->deploy.mode;
    w->keep = c->deploy.keep;
    w->probe = (const char *const *)c->deploy.verify.probe.v;
    w->probe_count = c->deploy.verify.probe.n;
    w->account_user = c->deploy.verify.account.user;
    w->account_password_file = c->deploy.verify.account.password_file;
    w->directory = c->acme.directory;
    w->ca_file = c->acme.ca_file;
    w->user_agent = out->agent;
    (void)app;
}

static int read_wanted(struct app *app, const struct conf *const *list, size_t count,
                       struct doctor_facts *out, struct err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += counts(list[i]) ? list[i]->names.n : 0;
    if (n == 0)
        return 0;
    out->names = calloc(n, sizeof(*out->names));
    if (out->names == NULL)
        return err_set(err, ERR_FAIL, "doctor: out of memory");
    for (size_t i = 0; i < count; i++) {
        if (!counts(list[i]))
            continue;
        if (!out->wanted.configured)
            take_first(app, list[i], out);
        else
            out->wanted.keep += list[i]->deploy.keep;
        for (size_t k = 0; k < list[i]->names.n; k++)
            out->names[out->wanted.name_count++] = list[i]->names.v[k];
    }
    out->wanted.names = out->names;
    return 0;
}

/* ---- state ---- */

static int get_record(void *self, const char *rel, struct buf *out, struct err *err)
{
    return store_get(self, rel, out, err);
}

static int put_nothing(void *self, const char *rel, const void *p, size_t len, struct err *err)
{
    (void)self, (void)p, (void)len;
    return err_set(err, ERR_FAIL, "%s: the doctor writes nothing", rel);
}

static void mark(struct seen *s, const struct err *err)
{
    s->ok = !err_is_set(err);
    text_copy(s->why, sizeof(s->why), s->ok ? "" : err->text);
}

static void read_account(struct store *store, const struct conf *conf, struct doctor_held *t)
{
    char folder[128], rel[160];
    struct buf key = BUF_INIT(STORE_MAX_RECORD_BYTES);
    struct err err = {0};
    store_account_dir(conf->acme.directory, folder);
    snprintf(rel, sizeof(rel), "%s/account.key", folder);
    text_copy(t->account.path, sizeof(t->account.path), rel);
    snprintf(rel, sizeof(rel), "%s/account.json", folder);
    t->account.needed = store_has(store, rel);
    if (store_get_secret(store, t->account.path, &key, &err) != 0 && err.code == ERR_NOT_FOUND &&
        !t->account.needed)
        text_copy(t->account.seen.why, sizeof(t->account.seen.why), "no account was made yet");
    else
        mark(&t->account.seen, &err);
    buf_wipe(&key);
}

static void read_renewal(const struct app *app, struct store *store, const struct conf *conf,
                         struct doctor_held *t, const struct name_state *state)
{
    struct cert_info leaf = {0};
    struct renew_decision decision = {0};
    struct err err = {0};
    bool have = store_load_leaf(store, conf->name, STORE_HELD, &leaf, &err) == 0;
    if (!have && err.code == ERR_NOT_FOUND) {
        err_clear(&err);
        have = store_load_leaf(store, conf->name, STORE_LIVE, &leaf, &err) == 0;
    }
    if (!have && err.code == ERR_NOT_FOUND)
        err_clear(&err);
    mark(&t->renewal.seen, &err);
    if (!have)
        return;
    struct renew_facts f = renewal_facts(conf, state, &leaf, clock_now(app->clock));
    renew_decide(&f, &decision);
    t->renewal.renew_at = decision.at;
    t->renewal.not_after = leaf.not_after;
    if (state->ari.start != 0 && renewal_knows_window(state, &leaf)) {
        char start[21], end[21];
        text_time(state->ari.start, start);
        text_time(state->ari.end, end);
        snprintf(t->renewal.window, sizeof(t->renewal.window), "%s to %s", start, end);
    }
    cert_info_clear(&leaf);
}

static void read_name(const struct app *app, struct store *store, const struct conf *conf,
                      struct doctor_tool *tool)
{
    struct name_state *state = calloc(1, sizeof(*state));
    struct records records = {get_record, put_nothing, store};
    struct doctor_held *h = &tool->held[tool->held_count++];
    struct err err = {0};
    text_copy(h->name, sizeof(h->name), conf->name);
    if (state == NULL)
        return;
    doctor_tool_journal(tool, h, &records);
    if (store_state_load(store, conf->name, state, &err) == 0) {
        h->deploy.deployed = state->deployed_at != 0;
        h->deploy.verified_at = state->verified_at;
        h->deploy.failed = state->deployed == DEPLOYED_FAILED || state->failures > 0;
        text_copy(h->deploy.text, sizeof(h->deploy.text), state->last_message);
        read_renewal(app, store, conf, h, state);
    }
    mark(&h->deploy.seen, &err);
    read_account(store, conf, h);
    free(state);
}

static void read_names(const struct app *app, struct store *store, const struct conf *const *list,
                       size_t count, struct doctor_facts *out)
{
    struct doctor_tool *t = &out->tool;
    t->held = count > 0 ? calloc(count, sizeof(*t->held)) : NULL;
    for (size_t i = 0; t->held != NULL && i < count; i++)
        if (counts(list[i]))
            read_name(app, store, list[i], t);
    if (t->held != NULL && t->held_count > 0)
        out->wanted.renew_at = t->held[0].renewal.renew_at;
}

/* What the state folder has written down is needed, or the next run removes it. */
static void read_orphans(struct store *store, struct orphans *out)
{
    struct strings needed = {0};
    struct err err = {0};
    if (store != NULL && store_keys_noted(store, &needed, &err) != 0)
        mark(&out->seen, &err);
    else
        orphans_look(out, &needed);
    strings_clear(&needed);
}

static void read_tool(const struct app *app, const struct conf *const *list, size_t count,
                      struct doctor_facts *out)
{
    struct store *store = NULL;
    struct err err = {0};
    text_copy(out->tool.state.path, sizeof(out->tool.state.path), app->state_dir);
    text_copy(out->tool.fix.name, sizeof(out->tool.fix.name), DOCTOR_FIX_NAME);
    if (!os_exists(app->state_dir)) {
        read_orphans(NULL, &out->tool.orphans);
        return;
    }
    if (os_check_private(app->state_dir, &err) == 0 &&
        store_open(&store, app->state_dir, STORE_READ, &app->log, &err) == 0)
        read_names(app, store, list, count, out);
    if (store != NULL) {
        doctor_tool_journal(&out->tool, &out->tool.fix,
                            &(struct records){get_record, put_nothing, store});
        read_orphans(store, &out->tool.orphans);
    } else {
        mark(&out->tool.orphans.seen, &err);
    }
    mark(&out->tool.state.seen, &err);
    store_close(store);
}

/* Also where there is no state folder yet. */
static void read_schedule(struct doctor_tool *t)
{
    enum { TASK_RUNNING = 0x41301 }; /* SCHED_S_TASK_RUNNING: no result yet */
    struct schedule_view v;
    schedule_view_read(&v);
    mark(&t->task.seen, &v.trouble);
    t->task.registered = v.run.registered;
    t->task.disabled = v.run.registered && !v.run.enabled;
    t->task.last_run = v.run.last_run;
    t->task.next_run = v.run.next_run;
    t->task.last_result = v.run.has_result ? v.run.last_result : TASK_RUNNING;
    mark(&t->event_source.seen, &v.source_trouble);
    t->event_source.registered = v.event_source;
}

int doctor_facts_read(struct app *app, const struct conf *const *list, size_t count,
                      struct doctor_facts *out, struct err *err)
{
    memset(out, 0, sizeof(*out));
    if (read_wanted(app, list, count, out, err) != 0)
        return -1;
    read_tool(app, list, count, out);
    read_schedule(&out->tool);
    rivals_look(out->wanted.names, out->wanted.name_count, &out->rivals);
    return 0;
}

void doctor_facts_clear(struct doctor_facts *f)
{
    free(f->names);
    free(f->tool.held);
    memset(f, 0, sizeof(*f));
}
