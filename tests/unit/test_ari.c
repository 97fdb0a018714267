/* SPDX-License-Identifier: Apache-2.0 */
#include "ari.h"
#include "fake_ca.h"
#include "retry.h"
#include "test.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { HOUR = 3600, DAY = 24 * HOUR };

/* ---- the decider ---- */

static void reads_windows(struct test *t)
{
    static const struct {
        const char *text;
        const char *error; /* NULL = it is a window */
    } cases[] = {
        {"{\"suggestedWindow\":{\"start\":\"2026-01-01T00:00:00Z\",\"end\":\"2026-01-01T00:00:"
         "01Z\"}}",
         NULL},
        {"{\"suggestedWindow\":{\"start\":\"2026-01-01T02:00:00.5+02:00\","
         "\"end\":\"2026-01-03T00:00:00Z\"},\"explanationURL\":\"https://ca.test/"
         "why\",\"more\":[]}",
         NULL},
        {"{\"suggestedWindow\":{\"start\":\"2026-01-01T00:00:00Z\",\"end\":\"2026-01-01T00:00:"
         "00Z\"}}",
         "ends before it starts"},
        {"{\"suggestedWindow\":{\"start\":\"2026-01-02T00:00:00Z\",\"end\":\"2026-01-01T00:00:"
         "00Z\"}}",
         "ends before it starts"},
        {"{\"suggestedWindow\":{\"start\":\"tomorrow\",\"end\":\"2026-01-01T00:00:00Z\"}}",
         "suggestedWindow.start"},
        {"{\"suggestedWindow\":{\"start\":\"2026-01-01T00:00:00Z\"}}", "suggestedWindow.end"},
        {"{\"suggestedWindow\":{\"start\":\"2026-01-01T00:00:00Z\",\"end\":1}}",
         "suggestedWindow.end"},
        {"{\"suggestedWindow\":[]}", "suggestedWindow is missing"},
        {"{}", "suggestedWindow is missing"},
        {"[]", "suggestedWindow is missing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ari_window w = {.start = 7};
        struct json *j = NULL;
        struct err err = {0};
        REQUIRE(json_parse(&j, cases[i].text, strlen(cases[i].text), "test", &err) == 0);
        CHECK_INT(ari_window_read(&w, j, &err), cases[i].error ? -1 : 0);
        if (cases[i].error) {
            CHECK(strstr(err.text, cases[i].error) != NULL);
            CHECK_INT(w.start, 7);
        } else {
            CHECK_INT(w.start, text_civil(2026, 1, 1, 0, 0, 0));
        }
        json_free(j);
    }
}

static void chooses_within_the_window(struct test *t)
{
    const struct ari_window w = {.start = 1000, .end = 1010};
    CHECK_INT(ari_choose(&w, 0), 1000);
    CHECK_INT(ari_choose(&w, 9), 1009);
    CHECK_INT(ari_choose(&w, 10), 1000);
    CHECK_INT(ari_choose(&w, UINT64_MAX), 1005);
    CHECK_INT(ari_choose(&(struct ari_window){.start = 5, .end = 6}, 12345), 5);
}

static void looks_again_within_bounds(struct test *t)
{
    CHECK_INT(ari_next_look(0, 100), 100 + 60);
    CHECK_INT(ari_next_look(59, 100), 100 + 60);
    CHECK_INT(ari_next_look(6 * HOUR, 100), 100 + 6 * HOUR);
    CHECK_INT(ari_next_look(400 * DAY, 100), 100 + DAY);
    CHECK_INT(ari_next_look(RETRY_AFTER_NONE, 100), 100 + 6 * HOUR);
}

static void asks_when_it_makes_sense(struct test *t)
{
    struct cert_info leaf = {.not_after = 90 * DAY, .ari_id = "a.b"};
    struct ari_state st = {.id = "a.b", .next_look = 10 * DAY};
    CHECK(!acme_ari_wanted(&leaf, &st, 10 * DAY - 1));
    CHECK(acme_ari_wanted(&leaf, &st, 10 * DAY));
    CHECK(acme_ari_wanted(&leaf, &st, 8 * DAY)); /* the clock was put back */
    CHECK(!acme_ari_wanted(&leaf, &st, 90 * DAY));
    CHECK(!acme_ari_wanted(NULL, &st, 11 * DAY));
    CHECK(acme_ari_wanted(&leaf, &(struct ari_state){0}, 0));
    text_copy(st.id, sizeof st.id, "a.c");
    CHECK(acme_ari_wanted(&leaf, &st, 10 * DAY - 1));
    leaf.ari_id[0] = '\0';
    CHECK(!acme_ari_wanted(&leaf, &st, 11 * DAY));
}

static void keeps_its_choice_while_the_window_stands(struct test *t)
{
    struct ari_state st = {0};
    struct ari_window w = {.start = 1000, .end = 2000, .explanation_url = "https://ca.test/why"};
    ari_take(&st, &w, 7);
    CHECK_INT(st.renew_at, 1007);
    CHECK_STR(st.explanation_url, "https://ca.test/why");
    w.explanation_url[0] = '\0';
    ari_take(&st, &w, 8);
    CHECK_INT(st.renew_at, 1007);
    CHECK_STR(st.explanation_url, "");
    w.end = 2001;
    ari_take(&st, &w, 8);
    CHECK_INT(st.renew_at, 1008);
}

/* ---- the driver ---- */

struct looker {
    struct fake_ca *ca;
    struct conf conf;
    struct store *store;
    struct acme_env env;
    struct cert_info leaf;
    struct ari_state st;
    struct err err;
};

static void looker_open(struct looker *l, struct test *t)
{
    struct err err = {0};
    *l = (struct looker){.ca = calloc(1, sizeof *l->ca)};
    if (!l->ca || text_dup(&l->conf.acme.directory, "https://ca.test/dir", &err) ||
        store_open(&l->store, test_path(t, "state"), STORE_WRITE, NULL, &err))
        abort();
    fake_ca_init(l->ca);
    int64_t now = fake_ca_now(l->ca);
    l->ca->offers_ari = true;
    l->ca->ari_start = now + 10 * DAY;
    l->ca->ari_end = now + 12 * DAY;
    l->ca->ari_retry_after = "21600";
    l->leaf.not_after = now + 90 * DAY;
    text_copy(l->leaf.ari_id, sizeof l->leaf.ari_id, "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE");
    l->env = (struct acme_env){
        .https = &l->ca->https, .clock = &l->ca->clock, .store = l->store, .log = NULL};
}

static void looker_close(struct looker *l)
{
    store_close(l->store);
    conf_clear(&l->conf);
    fake_ca_clear(l->ca);
    free(l->ca);
}

static int look(struct looker *l)
{
    err_clear(&l->err);
    l->ca->requests = 0;
    l->ca->trace[0] = '\0';
    return acme_ari(&l->env, &l->conf, &l->leaf, &l->st, &l->err);
}

static void one_request_then_none(struct test *t)
{
    struct looker l;
    looker_open(&l, t);
    int64_t now = fake_ca_now(l.ca);
    l.ca->ari_page = "https://ca.test/why\n";
    CHECK_INT(look(&l), 0);
    CHECK_STR(l.ca->trace, "GET /dir 200\nGET /ari/aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE 200\n");
    CHECK(l.st.renew_at >= l.ca->ari_start && l.st.renew_at < l.ca->ari_end);
    CHECK_INT(l.st.next_look, now + 6 * HOUR);
    CHECK_STR(l.st.explanation_url, "https://ca.test/why?");
    int64_t chosen = l.st.renew_at;
    CHECK_INT(look(&l), 0);
    CHECK_INT(l.ca->requests, 0);
    l.ca->now_ms += 6LL * HOUR * 1000;
    CHECK_INT(look(&l), 0);
    CHECK_INT(l.ca->requests, 1); /* the directory is known */
    CHECK_INT(l.st.renew_at, chosen);
    l.ca->ari_start = 1; /* "renew now" after an incident */
    l.ca->ari_end = 2;
    l.ca->now_ms += 6LL * HOUR * 1000;
    CHECK_INT(look(&l), 0);
    CHECK_INT(l.st.renew_at, 1);
    looker_close(&l);
}

static void honours_retry_after_within_bounds(struct test *t)
{
    static const struct {
        const char *value;
        int64_t wait_s;
    } cases[] = {{"0", 60},          {"30", 60},       {"7200", 7200},  {"99999999999", DAY},
                 {"soon", 6 * HOUR}, {"-5", 6 * HOUR}, {NULL, 6 * HOUR}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct looker l;
        looker_open(&l, t);
        l.ca->ari_retry_after = cases[i].value;
        CHECK_INT(look(&l), 0);
        CHECK_INT(l.st.next_look, fake_ca_now(l.ca) + cases[i].wait_s);
        CHECK(l.st.renew_at != 0);
        looker_close(&l);
    }
}

/* Any failure: what was known stands, and the next look is six hours away. */
static void survives_what_goes_wrong(struct test *t)
{
    for (int fault = FAKE_NONE; fault < FAKE_FAULTS; fault++) {
        struct looker l;
        looker_open(&l, t);
        l.ca->ari_text = fault == FAKE_NONE ? "{\"suggestedWindow\":{}}" : NULL;
        text_copy(l.st.id, sizeof l.st.id, l.leaf.ari_id);
        l.st.renew_at = 77;
        l.st.start = 70;
        l.st.end = 80;
        l.ca->fault = (enum fake_fault)fault;
        l.ca->fault_at = 1;
        int64_t now = fake_ca_now(l.ca);
        if (look(&l)) {
            CHECK_INT(l.st.renew_at, 77);
            CHECK(l.err.text[0] != '\0');
        }
        CHECK_INT(l.st.next_look, now + 6 * HOUR);
        CHECK(l.ca->now_ms / 1000 - now < 60); /* it is no reason to wait */
        looker_close(&l);
    }
}

static void another_cas_certificate(struct test *t)
{
    struct looker l;
    looker_open(&l, t);
    l.ca->ari_status = 404;
    l.ca->ari_text = "{\"type\":\"urn:ietf:params:acme:error:malformed\",\"detail\":\"unknown\"}";
    text_copy(l.st.id, sizeof l.st.id, "of.another");
    l.st.renew_at = 77;
    CHECK_INT(look(&l), -1);
    CHECK_INT(l.ca->requests, 2);
    CHECK_INT(l.st.renew_at, 0); /* was another certificate's */
    CHECK_INT(l.st.next_look, fake_ca_now(l.ca) + 6 * HOUR);
    looker_close(&l);
}

static void a_ca_without_it_is_asked_once_a_day(struct test *t)
{
    struct looker l;
    looker_open(&l, t);
    l.ca->offers_ari = false;
    CHECK_INT(look(&l), 0);
    CHECK_INT(l.ca->requests, 1);
    CHECK_INT(l.st.renew_at, 0);
    CHECK_INT(l.st.next_look, fake_ca_now(l.ca) + DAY);
    looker_close(&l);
}

const struct test_case suite_ari[] = {
    {"reads_windows", reads_windows},
    {"chooses_within_the_window", chooses_within_the_window},
    {"looks_again_within_bounds", looks_again_within_bounds},
    {"asks_when_it_makes_sense", asks_when_it_makes_sense},
    {"keeps_its_choice_while_the_window_stands", keeps_its_choice_while_the_window_stands},
    {"one_request_then_none", one_request_then_none},
    {"honours_retry_after_within_bounds", honours_retry_after_within_bounds},
    {"survives_what_goes_wrong", survives_what_goes_wrong},
    {"another_cas_certificate", another_cas_certificate},
    {"a_ca_without_it_is_asked_once_a_day", a_ca_without_it_is_asked_once_a_day},
    {NULL, NULL},
};
