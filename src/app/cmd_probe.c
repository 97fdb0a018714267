/* SPDX-License-Identifier: Apache-2.0 */
/* `probe`: needs neither configuration nor state folder. */
#include "src/app/doc.h"
#include "src/app/probe_cmd.h"

#include <stdlib.h>
#include <string.h>

/* A slow line or a busy server takes some seconds for a stage; who says nothing is not waited for.
 */
enum { TIMEOUT_MS = 15 * 1000, STAGE_MS = 6 * 1000 };

/* On a terminal: what is being done, gone again when it is. */
static void draw_progress(void *user, const char *text)
{
    (void)user;
    os_write(2, "\r\033[K", 4);
    os_write(2, text, strlen(text));
}

static struct survey_options options(const struct app *app, const struct probe_input *in)
{
    const struct args *a = app->args;
    struct survey_options o = {.clock = &os_clock,
                               .host = in->host,
                               .port = in->port,
                               .address = in->has_address ? &in->address : NULL,
                               .no_sni = a->no_sni,
                               .timeout_ms = TIMEOUT_MS,
                               .stage_ms = STAGE_MS,
                               .ca_pem = in->ca_pem.len > 0 ? in->ca_pem.p : NULL,
                               .ca_len = in->ca_pem.len,
                               .expect_sha256 = in->has_expected ? in->expected : NULL,
                               .account = a->user != NULL ? &in->account : NULL,
                               .early = a->early_binding,
                               .claim = in->claim,
                               .claim_count = in->claim_count,
                               .interrupted = os_interrupted};
    if (!app->out.silent && os_is_terminal(1) && os_is_terminal(2))
        o.progress = draw_progress;
    return o;
}

static int survey(struct app *app, const struct survey_options *o, struct err *err)
{
    struct survey *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return err_set(err, ERR_FAIL, "probe: out of memory");
    survey_run(s, o);
    if (o->progress != NULL)
        o->progress(o->user, "");
    struct err verdict = {0};
    if (s->failed)
        err_set(&verdict, ERR_CHECK, "%s: %s", o->host, s->trouble);
    else if (os_interrupted())
        err_set(&verdict, ERR_FAIL, "%s: interrupted before all was asked", o->host);
    int code = err_is_set(&verdict) ? err_exit_code(&verdict) : 0;
    probe_show(&app->out, s, o);
    if (app->args->json)
        doc_print(probe_doc(s, o, code, &verdict));
    else if (verdict.code == ERR_FAIL)
        show_error(&app->out, NULL, &verdict);
    survey_clear(s);
    free(s);
    return code;
}

int cmd_probe(struct app *app)
{
    struct probe_input in = {.has_address = false};
    struct err err = {0};
    int code = -1;
    os_catch_interrupt();
    if (probe_input_read(&in, app->args, &err) == 0) {
        struct survey_options o = options(app, &in);
        code = app->args->watch_ms > 0 ? probe_watch(app, &in, &o) : survey(app, &o, &err);
    }
    if (err_is_set(&err)) {
        code = err_exit_code(&err);
        show_error(&app->out, NULL, &err);
        if (app->args->json)
            doc_print(doc_new("probe", code, &err));
    }
    probe_input_clear(&in);
    return code;
}
