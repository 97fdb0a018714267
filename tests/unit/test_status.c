/* SPDX-License-Identifier: Apache-2.0 */
/* The judgement of `status`, and its four forms. How the page parses as HTML, and the metrics in
 * their format, the end-to-end tests look at. */
#include "src/app/schedule_view.h"
#include "src/app/status_out.h"
#include "status_world.h"
#include "test.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_BYTES = 1024 * 1024 };

static void judges_each_condition(struct test *t)
{
    static const struct {
        int which;
        enum view_state word;
        enum view_level level;
        const char *next; /* a part of one of them */
    } rows[] = {
        {STATUS_GOOD, VIEW_VALID, VIEW_GOOD, "Renews by itself from 2026-12-19 12:05 UTC"},
        {STATUS_DRIFTED, VIEW_VALID, VIEW_WARN, "rras-acme deploy xn--bcher-kva.example"},
        {STATUS_IS_HELD, VIEW_VALID, VIEW_NOTE, "rras-acme deploy held.example.com --now"},
        {STATUS_NEW, VIEW_NONE, VIEW_NOTE, "rras-acme issue new.example.com"},
        {STATUS_FAILING, VIEW_DUE, VIEW_BAD, "It failed 3 times in a row: _acme-challenge"},
        {STATUS_GONE, VIEW_EXPIRED, VIEW_BAD, "Clients are refused"},
        {STATUS_FOLLOWED, VIEW_VALID, VIEW_GOOD, "each run follows"},
        {STATUS_MEAN, VIEW_DUE, VIEW_WARN, "tries again"},
    };
    struct status_world *w = status_world_new();
    REQUIRE(w != NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct status_view *v = &w->v[rows[i].which];
        bool found = false;
        CHECK_STR(view_state_name(v->word), view_state_name(rows[i].word));
        CHECK_INT(v->level, rows[i].level);
        for (size_t k = 0; k < v->next_count; k++)
            found = found || strstr(v->next[k].text, rows[i].next);
        if (!CHECK(found))
            CHECK_STR(v->next_count ? v->next[0].text : "", rows[i].next);
    }
    CHECK_INT(w->v[STATUS_GOOD].days_left, 59);
    CHECK_INT(w->v[STATUS_GOOD].left_permille, 655);
    CHECK_INT(view_last_success(&w->v[STATUS_GOOD]), STATUS_NOW - 31 * 24 * 3600);
    CHECK_INT(view_last_success(&w->v[STATUS_FAILING]), 0);
    free(w);
}

static void nothing_renews_by_itself_without_a_task(struct test *t)
{
    static const struct {
        int which;
        const char *next;
    } rows[] = {
        {STATUS_GOOD, "Due from 2026-12-19 12:05 UTC; no scheduled task renews it: "
                      "rras-acme schedule install"},
        {STATUS_FOLLOWED, "Whatever the balancer serves, each run follows"},
    };
    struct status_world *w = status_world_new();
    REQUIRE(w != NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct status_view *v = &w->v[rows[i].which];
        v->by_hand = true;
        view_judge(v);
        CHECK_STR(v->next[v->next_count - 1].text, rows[i].next);
    }
    struct status_view *due = &w->v[STATUS_GOOD];
    due->now = due->renew.at + 24 * 3600;
    view_judge(due);
    CHECK_STR(due->next[0].text,
              "The next run renews it; no scheduled task starts one: rras-acme schedule install");
    due->by_hand = false;
    view_judge(due);
    CHECK_STR(due->next[0].text, "The next run renews it");
    free(w);
}

/* On the card, in the index and in the table alike. */
static void the_expired_one_has_no_days_left(struct test *t)
{
    struct buf b = BUF_INIT(MAX_BYTES);
    struct status_world *w = status_world_new();
    REQUIRE(w != NULL);
    CHECK_INT(w->v[STATUS_GONE].days_left, 0);
    status_html(w->v, STATUS_COUNT, STATUS_NOW, "", &b);
    CHECK(strstr(buf_str(&b), "<p class=\"days bad\"><b>0</b> days left</p>"));
    CHECK(!strstr(buf_str(&b), "<td class=\"num\">-"));
    buf_clear(&b);
    free(w);
}

static const char *table_of(struct test *t, const struct status_view *v, size_t n,
                            struct table_style style)
{
    struct buf b = BUF_INIT(MAX_BYTES);
    status_table(v, n, &style, &b);
    const char *text = test_text(t, "%s", buf_str(&b));
    buf_clear(&b);
    return text;
}

static void the_table_fits_its_terminal(struct test *t)
{
    static const struct {
        struct table_style style;
        const char *head, *line;
    } rows[] = {
        {{0, false, false},
         "NAME             STATE  LIFE LEFT      DAYS  EXPIRES     RENEWS      DEPLOYED  CA\n",
         "vpn.example.com  valid  ########----     59  2027-01-20  2026-12-19  current   "
         "letsencrypt\n"},
        {{80, false, false},
         "NAME             STATE  LIFE LEFT      DAYS  EXPIRES     RENEWS      DEPLOYED\n",
         "vpn.example.com  valid  ########----     59  2027-01-20  2026-12-19  current\n"},
        {{60, false, false},
         "NAME             STATE   DAYS  EXPIRES     DEPLOYED\n",
         "vpn.example.com  valid     59  2027-01-20  current\n"},
        {{28, false, false}, "NAME            STATE   DAYS\n", "vpn.example...  valid     59\n"},
    };
    struct status_world *w = status_world_new();
    REQUIRE(w != NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_STR(table_of(t, w->v, 1, rows[i].style),
                  test_text(t, "%s%s", rows[i].head, rows[i].line));
    const char *shown = table_of(t, w->v, 1, (struct table_style){0, true, true});
    CHECK(strstr(shown, "\033[1mvpn.example.com\033[0m  \033[32mvalid\033[0m"));
    CHECK(strstr(shown, "\xe2\x96\x88\xe2\x96\x88\xe2\x96\x91"));
    free(w);
}

static void the_table_tells_what_is_wrong_and_is_not_misled(struct test *t)
{
    struct status_world *w = status_world_new();
    REQUIRE(w != NULL);
    const char *shown = table_of(t, w->v, STATUS_COUNT, (struct table_style){0});
    CHECK(strstr(shown, "  xn--bcher-kva.example is b\xc3\xbc"
                        "cher.example\n"));
    CHECK(strstr(shown, "  v6: 4f0c77b1e2a95d30\n"));
    CHECK(strstr(shown, "  key in the machine's key provider: rras-acme-vpn-1\n"));
    CHECK(strstr(shown, "  2027-01-31  -           current   from the balancer\n"));
    CHECK(strstr(shown, "  held: outside of the window Sun 02:00-04:00, until 2026-11-26T08:00"));
    CHECK(strstr(shown, "  3 failures, tried again by the next run after 2026-"));
    CHECK(strstr(shown, "Z: _acme-challenge.failing"));
    CHECK(strstr(shown, "alert(1)"));
    CHECK(!strchr(shown, '\033') && !strstr(shown, "\xff"));
    for (const char *p = shown; *p != '\0'; p++) /* a line of ours, not of a peer */
        CHECK(*p != '\n' || p[1] != '\x1b');
    free(w);
}

/* Nothing differs, and yet nobody is answered. */
static void a_stopped_service_is_told_of(struct test *t)
{
    struct status_world *w = status_world_new();
    REQUIRE(w != NULL);
    struct status_view *v = &w->v[STATUS_GOOD];
    v->seen.place[PLACE_WIRE].state = PLACE_UNSEEN;
    text_copy(v->seen.place[PLACE_WIRE].shows, sizeof v->seen.place[PLACE_WIRE].shows,
              "RemoteAccess is stopped");
    view_judge(v);
    CHECK_INT(v->level, VIEW_WARN);
    CHECK_STR(v->next[0].text, "RemoteAccess is stopped: no client is answered. To see what is "
                               "wrong: rras-acme doctor");
    CHECK(strstr(table_of(t, v, 1, (struct table_style){0}),
                 "  wire: RemoteAccess is stopped: no client is answered; rras-acme doctor\n"));
    text_copy(v->state.last_result, sizeof v->state.last_result, "failed"); /* counts no failure */
    text_copy(v->state.last_message, sizeof v->state.last_message, "service X: disabled");
    view_judge(v);
    CHECK_STR(v->next[0].text, "The last try failed: service X: disabled");
    CHECK(strstr(table_of(t, v, 1, (struct table_style){0}),
                 "  the last try failed: service X: disabled\n"));
    v->state.last_result[0] = '\0';
    v->looked = false; /* by somebody who may not look */
    view_judge(v);
    CHECK_INT(v->level, VIEW_GOOD);
    free(w);
}

static void the_page_escapes_and_orders(struct test *t)
{
    struct buf b = BUF_INIT(MAX_BYTES);
    struct status_world *w = status_world_new();
    REQUIRE(w != NULL);
    status_html(w->v, STATUS_COUNT, STATUS_NOW, "a <task>", &b);
    const char *page = buf_str(&b);
    CHECK(strstr(page, "<h1>2 of 8 certificates need action now</h1>"));
    CHECK(!strstr(page, "<script") && !strchr(page, '\033') && !strstr(page, "\xff"));
    CHECK(strstr(page, "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt; &quot;x&quot; "
                       "&#39;y&#39; &amp; \\ ??[31m ?"));
    CHECK(strstr(page, "2 of the five places show something else."));
    CHECK(strstr(page, "<code>rras-acme-vpn-1</code>") && strstr(page, "<br>from the balancer"));
    const char *gone = strstr(page, "<h2>gone"), *good = strstr(page, "<h2>vpn");
    CHECK(gone != NULL && good != NULL && gone < good);
    CHECK(strstr(page, "<footer><p class=\"soft\">a &lt;task&gt;</p></footer>"));
    buf_reset(&b);
    status_html(w->v, 0, STATUS_NOW, "", &b);
    CHECK(strstr(buf_str(&b), "</html>"));
    buf_clear(&b);
    free(w);
}

static void metrics_are_as_documented(struct test *t)
{
    static const char *const lines[] = {
        "# TYPE rras_acme_certificate_not_after_timestamp_seconds gauge\n",
        "rras_acme_certificate_not_after_timestamp_seconds{name=\"vpn.example.com\"} 1800432000\n",
        "rras_acme_certificate_state{name=\"gone.example.com\",state=\"expired\"} 1\n",
        "rras_acme_certificate_state{name=\"gone.example.com\",state=\"valid\"} 0\n",
        "rras_acme_deployed_state{name=\"held.example.com\",state=\"held\"} 1\n",
        "rras_acme_place_agrees{name=\"xn--bcher-kva.example\",place=\"v6\"} 0\n",
        "rras_acme_place_agrees{name=\"vpn.example.com\",place=\"wire\"} 1\n",
        "rras_acme_last_outage_seconds{name=\"vpn.example.com\"} 0.187\n",
        "rras_acme_failures_in_a_row{name=\"failing.example.com\"} 3\n",
        "issuer=\"</script><script>alert(1)</script> \\\"x\\\" 'y' & \\\\ \\n?[31m ?\",key=",
    };
    struct buf b = BUF_INIT(MAX_BYTES);
    struct status_world *w = status_world_new();
    REQUIRE(w != NULL);
    status_metrics(w->v, STATUS_COUNT, STATUS_NOW, &b);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (!CHECK(strstr(buf_str(&b), lines[i])))
            CHECK_STR(buf_str(&b), lines[i]);
    CHECK(!strstr(buf_str(&b), "not_after_timestamp_seconds{name=\"new.example.com\"}"));
    CHECK(!strstr(buf_str(&b), "place_agrees{name=\"failing"));
    CHECK(!strstr(buf_str(&b), "renewal_timestamp_seconds{name=\"followed"));
    buf_clear(&b);
    free(w);
}

static void metrics_of_run(struct test *t)
{
    static const struct {
        const char *what;
        struct schedule_view task;
        int64_t ended;
        const char *samples; /* without HELP and TYPE */
    } cases[] = {
        {"no scheduler, never run", {0}, 0, ""},
        {"cron", {0}, STATUS_NOW, "rras_acme_run_ended_timestamp_seconds 1795334400\n"},
        {"not registered", {.known = true}, 0, "rras_acme_task_registered 0\n"},
        {"new",
         {.known = true, .run = {.registered = true, .enabled = true, .next_run = 1795338000}},
         0,
         "rras_acme_task_registered 1\nrras_acme_task_enabled 1\n"
         "rras_acme_task_next_run_timestamp_seconds 1795338000\n"},
        {"disabled after a failure",
         {.known = true,
          .run = {.registered = true,
                  .last_run = 1795330800,
                  .has_result = true,
                  .last_result = 0x80041301}},
         0,
         "rras_acme_task_registered 1\nrras_acme_task_enabled 0\n"
         "rras_acme_task_last_run_timestamp_seconds 1795330800\n"
         "rras_acme_task_last_result 2147750657\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf all = BUF_INIT(MAX_BYTES), samples = BUF_INIT(MAX_BYTES);
        status_metrics_run(&cases[i].task, cases[i].ended, &all);
        for (const char *p = buf_str(&all); *p != '\0'; p += strcspn(p, "\n") + 1)
            if (*p != '#')
                buf_add(&samples, p, strcspn(p, "\n") + 1);
        if (!CHECK_STR(buf_str(&samples), cases[i].samples))
            CHECK_STR("", cases[i].what);
        buf_clear(&all);
        buf_clear(&samples);
    }
}

static void the_document_has_places_next_and_history(struct test *t)
{
    struct status_world *w = status_world_new();
    REQUIRE(w != NULL);
    struct json *o = status_doc(&w->v[STATUS_DRIFTED]);
    CHECK_STR(json_get_string(json_at(json_get(o, "places"), PLACE_V6), "place"), "v6");
    CHECK_STR(json_get_string(json_at(json_get(o, "places"), PLACE_V6), "state"), "differs");
    CHECK_INT(json_count(json_get(o, "next")), 2);
    CHECK_INT(json_get_integer(json_at(json_get(o, "history"), 0), "outage_ms", 0), 1240);
    CHECK_STR(json_get_string(o, "key_container"), "rras-acme-vpn-1");
    json_free(o);
    o = status_doc(&w->v[STATUS_NEW]);
    CHECK(json_get(o, "places") == NULL && json_get(o, "sha256") == NULL);
    CHECK_STR(json_get_string(o, "state"), "none");
    CHECK_STR(json_get_string(o, "source"), "acme");
    json_free(o);
    o = status_doc(&w->v[STATUS_FOLLOWED]);
    CHECK_STR(json_get_string(o, "source"), "balancer");
    CHECK(json_get(o, "directory") == NULL && json_get(o, "renew_at") == NULL);
    CHECK(json_get(o, "key_container") == NULL);
    json_free(o);
    free(w);
}

static void the_task_is_told_in_one_line(struct test *t)
{
    static const struct {
        struct schedule_view v;
        bool well;
        const char *text;
    } rows[] = {
        {{.known = false}, true, ""},
        {{.known = true},
         false,
         "scheduled task: there is none: nothing is renewed by itself; rras-acme schedule install"},
        {{.known = true, .run = {.registered = true}},
         false,
         "scheduled task: it is disabled: nothing is renewed by itself; rras-acme schedule "
         "install"},
        {{.known = true, .run = {.registered = true, .enabled = true, .next_run = STATUS_NOW}},
         true,
         "scheduled task: last run never, next run 2026-11-22T08:00:00Z"},
        {{.known = true,
          .run = {.registered = true,
                  .enabled = true,
                  .has_result = true,
                  .last_result = 10,
                  .last_run = STATUS_NOW},
          .source_known = true},
         false,
         "scheduled task: last run 2026-11-22T08:00:00Z: 10 (postponed), next run -; its event "
         "source is not registered: rras-acme schedule install"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[SCHEDULE_VIEW_BYTES];
        CHECK_INT(schedule_view_text(&rows[i].v, out), rows[i].well);
        CHECK_STR(out, rows[i].text);
    }
    struct json *o = schedule_view_doc(&rows[4].v);
    CHECK_INT(json_get_integer(o, "last_result", 0), 10);
    CHECK(json_get(o, "next_run") == NULL);
    json_free(o);
    CHECK(schedule_view_doc(&rows[0].v) == NULL);
}

static void the_page_is_not_in_order_while_something_is_missing(struct test *t)
{
    static const int order[] = {STATUS_NEW, STATUS_GOOD};
    static const struct {
        size_t from, n;
        const char *verdict;
    } rows[] = {
        {0, 1, "<h1>Nothing was issued yet</h1>"},
        {0, 2, "<h1>1 of 2 certificates is not issued yet</h1>"},
        {1, 1, "<h1>The certificate is in order</h1>"},
    };
    struct status_world *w = status_world_new();
    REQUIRE(w != NULL);
    struct status_view v[] = {w->v[order[0]], w->v[order[1]]}; /* all in them is w's */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = BUF_INIT(MAX_BYTES);
        status_html(v + rows[i].from, rows[i].n, STATUS_NOW, "", &b);
        CHECK(strstr(buf_str(&b), rows[i].verdict));
        buf_clear(&b);
    }
    free(w);
}

const struct test_case suite_status[] = {
    {"the_task_is_told_in_one_line", the_task_is_told_in_one_line},
    {"judges_each_condition", judges_each_condition},
    {"nothing_renews_by_itself_without_a_task", nothing_renews_by_itself_without_a_task},
    {"the_expired_one_has_no_days_left", the_expired_one_has_no_days_left},
    {"the_table_fits_its_terminal", the_table_fits_its_terminal},
    {"the_table_tells_what_is_wrong_and_is_not_misled",
     the_table_tells_what_is_wrong_and_is_not_misled},
    {"a_stopped_service_is_told_of", a_stopped_service_is_told_of},
    {"the_page_escapes_and_orders", the_page_escapes_and_orders},
    {"metrics_are_as_documented", metrics_are_as_documented},
    {"metrics_of_run", metrics_of_run},
    {"the_document_has_places_next_and_history", the_document_has_places_next_and_history},
    {"the_page_is_not_in_order_while_something_is_missing",
     the_page_is_not_in_order_while_something_is_missing},
    {NULL, NULL},
};
