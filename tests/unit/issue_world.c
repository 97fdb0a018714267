/* SPDX-License-Identifier: Apache-2.0 */
#include "issue_world.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void remember(void *user, enum log_level level, const char *text)
{
    struct issue_world *w = user;
    size_t n = strlen(w->warned);
    if (level <= LOG_WARN)
        snprintf(w->warned + n, sizeof w->warned - n, "%s\n", text);
}

static const struct log *world_log(struct issue_world *w, struct log *log)
{
    *log = (struct log){LOG_WARN, remember, w};
    return log;
}

void issue_dup(char **out, const char *s)
{
    struct err err = {0};
    free(*out);
    *out = NULL;
    if (s && text_dup(out, s, &err))
        abort();
}

void issue_set_names(struct issue_world *w, const char *a, const char *b)
{
    struct err err = {0};
    strings_clear(&w->conf.names);
    if (strings_add(&w->conf.names, a, &err) || (b && strings_add(&w->conf.names, b, &err)))
        abort();
}

static void issue_open_store(struct issue_world *w, const char *folder)
{
    struct err err = {0};
    struct test *t = w->t;
    if (!CHECK_INT(store_open(&w->store, test_path(w->t, folder), STORE_WRITE, NULL, &err), 0))
        CHECK_STR(err.text, "");
}

void issue_world_open(struct issue_world *w, struct test *t, const char *folder)
{
    *w = (struct issue_world){.t = t, .ca = calloc(1, sizeof *w->ca)};
    if (!w->ca)
        abort();
    fake_ca_init(w->ca);
    issue_dup(&w->conf.name, "vpn");
    issue_dup(&w->conf.acme.directory, "https://ca.test/dir");
    issue_dup(&w->conf.acme.email, "ops@a.test");
    w->conf.acme.agree_tos = true;
    w->conf.key = KEY_EC256;
    issue_set_names(w, "vpn.a.test", NULL);
    issue_open_store(w, folder);
    w->env = (struct acme_env){
        .https = &w->ca->https, .clock = &w->ca->clock, .store = w->store, .steps = &w->steps};
}

void issue_world_close(struct issue_world *w)
{
    bundle_clear(&w->got);
    steps_clear(&w->steps);
    store_close(w->store);
    conf_clear(&w->conf);
    fake_ca_clear(w->ca);
    free(w->ca);
}

/* One run of the program. */
int issue_run_once(struct issue_world *w, const struct cert_info *replaces)
{
    struct log log;
    struct acme_env env = w->env;
    env.log = world_log(w, &log);
    struct issue_task task = {&env, &w->ca->dns, &w->conf, replaces};
    bundle_clear(&w->got);
    err_clear(&w->err);
    w->warned[0] = '\0';
    return issue_run(&task, &w->got, &w->err);
}

/* As run, followed by what the program does with the bundle. */
int issue_run_and_store(struct issue_world *w, const struct cert_info *replaces)
{
    struct err err = {0};
    int rc = issue_run_once(w, replaces);
    if (rc)
        return rc;
    return store_hold(w->store, "vpn", &w->got, &err) || acme_issue_done(&w->env, &w->conf, &err);
}

const char *issue_record(struct issue_world *w, const char *rel)
{
    struct buf b = BUF_INIT(64 * 1024);
    struct err err = {0};
    const char *text = store_get(w->store, rel, &b, &err) ? "" : test_text(w->t, "%s", buf_str(&b));
    buf_clear(&b);
    return text;
}

/* Nothing of ours is left in DNS or in the journal, and the CA had nothing to complain about. */
void issue_check_clean(struct issue_world *w)
{
    struct test *t = w->t;
    CHECK_INT(w->ca->txt_count, 0);
    CHECK(strstr(issue_record(w, "journal/dns.json"), "vpn") == NULL);
    CHECK_STR(w->ca->complaint, "");
}

void issue_check_bundle(struct issue_world *w)
{
    struct test *t = w->t;
    if (!CHECK_STR(w->err.text, ""))
        return;
    CHECK(w->got.key != NULL);
    CHECK_INT(w->got.chain.count, 2);
    CHECK_INT(w->got.leaf.name_count, w->conf.names.n);
}
