/* SPDX-License-Identifier: Apache-2.0 */
/* `doctor`: what is wrong with this gateway; configuration or not. */
#include "deploy/doctor/doctor.h"
#include "deploy/wire.h"
#include "src/app/app.h"
#include "src/app/doc.h"
#include "src/app/doctor_facts.h"
#include "src/app/name_servers.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- people ---- */

/* Adds one row to a list that is shown; the id stands before the title. */
static void add_row(struct checks *list, const struct doctor_report *r, size_t i)
{
    const struct doctor_finding *f = &r->finding[i];
    char title[64];
    snprintf(title, sizeof(title), "%-3s %s", r->row[i]->id, r->row[i]->title);
    checks_add(list, r->row[i]->id, title, f->level, f->text, f->cure[0] != '\0' ? f->cure : NULL);
}

static void show_rows(const struct show *s, const struct doctor_report *r,
                      bool (*wanted)(const struct doctor_report *r, size_t i))
{
    struct checks list = {0};
    for (size_t i = 0; i < r->n; i++)
        if (wanted(r, i))
            add_row(&list, r, i);
    show_checks(s, &list);
    checks_clear(&list);
}

static bool is_every(const struct doctor_report *r, size_t i)
{
    (void)r, (void)i;
    return true;
}

static bool is_fail(const struct doctor_report *r, size_t i)
{
    return r->finding[i].level == CHECK_FAIL && !r->explained[i] && r->cause != (int)i;
}

static bool is_warning(const struct doctor_report *r, size_t i)
{
    return r->finding[i].level == CHECK_WARN && !r->explained[i];
}

static void show_cause(const struct show *s, const struct doctor_report *r)
{
    struct buf list = BUF_INIT(8 * 1024);
    if (r->cause == DOCTOR_NO_CAUSE)
        return;
    const struct doctor_finding *f = &r->finding[r->cause];
    for (size_t i = 0; i < r->n; i++)
        if (r->explained[i])
            buf_addf(&list, "%s%s (%s)", list.len > 0 ? ", " : "", r->row[i]->id, r->row[i]->title);
    show_styled(s, SHOW_BAD, "%s %s (%s)\n",
                list.len > 0 ? "likely cause:" : "problem:", r->row[r->cause]->title,
                r->row[r->cause]->id);
    show_text(s, "  %s\n", f->text);
    if (f->cure[0] != '\0') {
        show_styled(s, SHOW_BOLD, "  do: ");
        show_text(s, "%s\n", f->cure);
    }
    if (list.len > 0)
        show_text(s, "  explains %s\n", buf_str(&list));
    buf_clear(&list);
}

static void show_rest(const struct show *s, const struct doctor_report *r)
{
    show_text(s, "%zu checks ok, %zu notes, %zu not judged; --all shows them\n",
              doctor_count(r, CHECK_OK), doctor_count(r, CHECK_NOTE), doctor_count(r, CHECK_SKIP));
}

static void show_report(const struct app *app, const struct doctor_report *r)
{
    const struct show *s = &app->out;
    size_t failed = doctor_count(r, CHECK_FAIL), warned = doctor_count(r, CHECK_WARN);
    show_cause(s, r);
    if (app->args->all) {
        show_rows(s, r, is_every);
    } else {
        show_rows(s, r, is_fail);
        show_rows(s, r, is_warning);
        show_rest(s, r);
    }
    if (failed > 0)
        show_styled(s, SHOW_BAD, "%zu failed, %zu warnings\n", failed, warned);
    else if (warned > 0)
        show_styled(s, SHOW_WARN, "nothing failed, %zu warnings\n", warned);
    else if (doctor_count(r, CHECK_OK) == 0)
        show_styled(s, SHOW_WARN, "nothing could be judged here: this is no RRAS gateway\n");
    else
        show_styled(s, SHOW_GOOD, "nothing is wrong, as far as could be seen\n");
}

/* ---- programs ---- */

static struct json *document(const struct doctor_report *r, int code, const struct err *verdict)
{
    struct json *doc = doc_new("doctor", code, verdict);
    struct checks checks = {0};
    doctor_to_checks(r, &checks);
    if (r->cause == DOCTOR_NO_CAUSE) {
        json_put_null(doc, "cause");
    } else {
        struct json *cause = json_new_object(), *list = json_new_array();
        json_put_string(cause, "id", r->row[r->cause]->id);
        for (size_t i = 0; i < r->n; i++)
            if (r->explained[i])
                json_append_string(list, r->row[i]->id);
        json_put(cause, "explains", list);
        json_put(doc, "cause", cause);
    }
    json_put(doc, "checks", doc_checks(&checks));
    checks_clear(&checks);
    return doc;
}

/* ---- the command ---- */

static int examine(struct app *app, const struct conf *const *list, size_t count,
                   struct doctor_report *out, struct err *err)
{
    struct wire wire = wire_real(app->clock);
    struct doctor_env env = {.clock = app->clock,
                             .log = &app->log,
                             .target = &target_rras,
                             .wire = &wire,
                             .dns = &name_servers,
                             .interrupted = os_interrupted};
    struct doctor_facts *facts = calloc(1, sizeof(*facts));
    struct doctor_look *look = NULL;
    struct doctor_seen seen;
    int rc = -1;
    if (facts == NULL) {
        err_set(err, ERR_FAIL, "doctor: out of memory");
        goto done;
    }
    if (doctor_facts_read(app, list, count, facts, err) != 0 || doctor_look_open(&look, err) != 0)
        goto done;
    doctor_look_all(look, &env, &facts->wanted, &seen);
    if (facts->wanted.configured)
        seen.tool = &facts->tool;
    else
        text_copy(seen.why[DOCTOR_TOOL], sizeof(seen.why[0]), "nothing is configured here");
    doctor_report_make(&seen, out);
    rc = 0;
done:
    doctor_look_close(look);
    if (facts != NULL)
        doctor_facts_clear(facts);
    free(facts);
    return rc;
}

/* On a gateway that has never seen ACME there is nothing to choose from. */
static int choose(struct app *app, const struct conf ***list, size_t *count, struct err *err)
{
    *list = NULL;
    *count = 0;
    if (app->confs.n == 0 && app->args->name_count == 0)
        return 0;
    return app_select(app, list, count, err);
}

int cmd_doctor(struct app *app)
{
    struct doctor_report *report = calloc(1, sizeof(*report));
    const struct conf **list = NULL;
    struct err err = {0}, verdict = {0};
    size_t count = 0;
    os_catch_interrupt();
    int failed = report != NULL ? choose(app, &list, &count, &err)
                                : err_set(&err, ERR_FAIL, "doctor: out of memory");
    if (failed == 0)
        failed = examine(app, list, count, report, &err);
    if (failed == 0 && doctor_worst(report) == CHECK_FAIL)
        err_set(&verdict, ERR_CHECK, "%zu checks failed", doctor_count(report, CHECK_FAIL));
    int code = failed != 0            ? err_exit_code(&err)
               : err_is_set(&verdict) ? err_exit_code(&verdict)
                                      : 0;
    if (failed != 0)
        show_error(&app->out, NULL, &err);
    else
        show_report(app, report);
    if (app->args->json)
        doc_print(failed != 0 ? doc_new("doctor", code, &err) : document(report, code, &verdict));
    free(report);
    free(list);
    return code;
}
