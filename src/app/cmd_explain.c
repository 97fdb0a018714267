/* SPDX-License-Identifier: Apache-2.0 */
/* `doctor --explain`: what deploy knows of Windows' numbers and acme of a CA's error types. */
#include "acme/problem.h"
#include "deploy/doctor/doctor.h"
#include "deploy/doctor/explain.h"
#include "src/app/app.h"
#include "src/app/doc.h"
#include "text.h"

#include <string.h>

enum { SYSTEM_TEXT_BYTES = 300 };

/* All that was found, in one list. */
struct answers {
    struct explanation v[EXPLAIN_MAX + 2];
    size_t n;
    char system[SYSTEM_TEXT_BYTES];
};

/* The type stands alone, or with its urn prefix in a longer text. */
static void add_acme(const char *what, struct answers *a)
{
    static const char urn[] = "urn:ietf:params:acme:error:";
    const char *at = strstr(what, urn), *hint = NULL;
    char type[64];
    text_copy(type, sizeof(type), at != NULL ? at + strlen(urn) : what);
    if (at != NULL)
        type[strspn(type, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")] = '\0';
    const char *text = problem_meaning(type, &hint);
    if (text == NULL)
        return;
    a->v[a->n] = (struct explanation){.text = text, .cure = hint, .see = ""};
    text_copy(a->v[a->n].what, sizeof(a->v[a->n].what), "ACME error type");
    a->n++;
}

/* Windows' own words, where there are any. */
static void add_system(const char *what, struct answers *a)
{
    uint32_t number;
    if (!explain_number(what, &number))
        return;
    err_system_text(ERR_SRC_WIN32, number, a->system, sizeof(a->system));
    if (a->system[0] == '\0')
        return;
    a->v[a->n] = (struct explanation){.what = "Windows says", .text = a->system, .see = ""};
    a->n++;
}

static void look_up(const char *what, struct answers *a)
{
    a->n = explain(what, a->v);
    if (a->n == 0)
        add_acme(what, a);
    add_system(what, a);
}

static void show_see(const struct show *s, const char *see)
{
    char id[8];
    for (const char *p = see; *p != '\0';) {
        size_t n = strcspn(p, " ");
        if (n < sizeof(id)) {
            memcpy(id, p, n);
            id[n] = '\0';
            const struct doctor_row *row = doctor_row_find(id);
            show_text(s, "%s%s (%s)", p == see ? "  see " : ", ", id, row ? row->title : "?");
        }
        p += n + (p[n] == ' ');
    }
    if (see[0] != '\0')
        show_text(s, "\n");
}

static void show_answers(const struct show *s, const struct answers *a)
{
    for (size_t i = 0; i < a->n; i++) {
        show_styled(s, SHOW_BOLD, "%s", a->v[i].what);
        show_text(s, "\n  %s\n", a->v[i].text);
        if (a->v[i].cure != NULL) {
            show_styled(s, SHOW_BOLD, "  do: ");
            show_text(s, "%s\n", a->v[i].cure);
        }
        show_see(s, a->v[i].see);
    }
}

static struct json *document(const struct answers *a, int code, const struct err *err)
{
    struct json *doc = doc_new("doctor", code, err), *list = json_new_array();
    for (size_t i = 0; i < a->n; i++) {
        struct json *o = json_new_object();
        json_put_string(o, "what", a->v[i].what);
        json_put_string(o, "text", a->v[i].text);
        json_put_string(o, "cure", a->v[i].cure);
        json_put_string(o, "checks", a->v[i].see[0] != '\0' ? a->v[i].see : NULL);
        json_append(list, o);
    }
    json_put(doc, "explanations", list);
    return doc;
}

int cmd_explain(struct app *app)
{
    struct answers a = {.n = 0};
    struct err err = {0};
    look_up(app->args->explain, &a);
    if (a.n == 0) {
        err_set(&err, ERR_USAGE, "option --explain: %.200s: nothing is known of it",
                app->args->explain);
        err_hint(&err, "give a number (1312, 0x80070520), \"event 8\", \"RAS 800\", an ACME error "
                       "type, or the whole message in quotes");
        show_error(&app->out, NULL, &err);
    }
    int code = a.n == 0 ? err_exit_code(&err) : 0;
    show_answers(&app->out, &a);
    if (app->args->json)
        doc_print(document(&a, code, &err));
    return code;
}
