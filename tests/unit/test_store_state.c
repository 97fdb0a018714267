/* SPDX-License-Identifier: Apache-2.0 */
/* The state folder: state.json and the history of a name. */
#include "store_world.h"

#include "json.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

static const char NAME[] = STORE_WORLD_NAME;
static const int64_t NOW = STORE_WORLD_NOW;

/* ---- state.json ---- */

static void fill_state(struct name_state *st)
{
    *st = (struct name_state){
        .directory = "https://ca.example.com/directory",
        .held_reason = "window",
        .held_since = NOW,
        .held_until = NOW + 1,
        .deployed = DEPLOYED_ROLLED_BACK,
        .revoked_sha256 = {1, 2},
        .previous_sha256 = {3, 4},
        .rejected_sha256 = {5, 6},
        .elsewhere_sha256 = {7, 8},
        .deployed_at = NOW + 2,
        .verified_at = NOW + 3,
        .last_at = NOW + 4,
        .last_result = "renewed",
        .last_message = "\"quoted\"",
        .failures = 3,
        .not_before_s = NOW + 5,
        .ari = {.id = "aYhb.AIdl",
                .start = NOW + 5,
                .end = NOW + 7,
                .renew_at = NOW + 6,
                .next_look = NOW + 8,
                .explanation_url = "https://ca.test/why"},
        .failed = {{"vpn.example.com", {NOW + 8, NOW + 7}}, {"", {NOW + 1}}},
        .ordered_at = {NOW + 9},
    };
    memset(st->deployed_sha256, 0xA5, sizeof st->deployed_sha256);
}

static void state_is_read_as_it_was_saved(struct test *t)
{
    struct store *s = store_world_open(t, "s", STORE_WRITE);
    struct name_state st, back = {0};
    struct err e = {0};

    REQUIRE(s);
    fill_state(&st);
    CHECK_INT(store_state_save(s, NAME, &st, &e), 0);
    CHECK_INT(store_state_load(s, NAME, &back, &e), 0);
    CHECK_STR(back.directory, st.directory);
    CHECK_STR(back.held_reason, st.held_reason);
    CHECK_INT(back.held_since, st.held_since);
    CHECK_INT(back.held_until, st.held_until);
    CHECK_INT(back.deployed, st.deployed);
    CHECK_MEM(back.deployed_sha256, SHA256_BYTES, st.deployed_sha256, SHA256_BYTES);
    CHECK_MEM(back.revoked_sha256, SHA256_BYTES, st.revoked_sha256, SHA256_BYTES);
    CHECK_MEM(back.previous_sha256, SHA256_BYTES, st.previous_sha256, SHA256_BYTES);
    CHECK_MEM(back.rejected_sha256, SHA256_BYTES, st.rejected_sha256, SHA256_BYTES);
    CHECK_MEM(back.elsewhere_sha256, SHA256_BYTES, st.elsewhere_sha256, SHA256_BYTES);
    CHECK_INT(back.deployed_at, st.deployed_at);
    CHECK_INT(back.verified_at, st.verified_at);
    CHECK_INT(back.last_at, st.last_at);
    CHECK_STR(back.last_result, st.last_result);
    CHECK_STR(back.last_message, st.last_message);
    CHECK_INT(back.failures, st.failures);
    CHECK_INT(back.not_before_s, st.not_before_s);
    CHECK_STR(back.ari.id, st.ari.id);
    CHECK_INT(back.ari.start, st.ari.start);
    CHECK_INT(back.ari.end, st.ari.end);
    CHECK_INT(back.ari.renew_at, st.ari.renew_at);
    CHECK_INT(back.ari.next_look, st.ari.next_look);
    CHECK_STR(back.ari.explanation_url, st.ari.explanation_url);
    CHECK_MEM(back.failed, sizeof back.failed, st.failed, sizeof st.failed);
    CHECK_MEM(back.ordered_at, sizeof back.ordered_at, st.ordered_at, sizeof st.ordered_at);
    store_close(s);
}

static void a_missing_state_is_all_zero(struct test *t)
{
    struct store *s = store_world_open(t, "s", STORE_WRITE);
    struct name_state st, zero = {0};
    struct err e = {0};

    REQUIRE(s);
    fill_state(&st);
    CHECK_INT(store_state_load(s, NAME, &st, &e), 0);
    CHECK_INT(st.failures, 0);
    CHECK_INT(st.deployed, DEPLOYED_NONE);
    CHECK_STR(st.directory, "");
    CHECK_MEM(st.failed, sizeof st.failed, zero.failed, sizeof zero.failed);
    store_close(s);
}

static void an_earlier_versions_failures_count_for_all_names(struct test *t)
{
    static const char text[] = "{\"failed_at\": [\"2023-11-14T22:13:20Z\"]}";
    struct store *s = store_world_open(t, "s", STORE_WRITE);
    struct name_state st = {0};
    struct err e = {0};

    REQUIRE(s);
    CHECK_INT(store_put(s, test_text(t, "certs/%s/state.json", NAME), text, sizeof text - 1, &e),
              0);
    CHECK_INT(store_state_load(s, NAME, &st, &e), 0);
    CHECK_STR(st.failed[0].name, "");
    CHECK_INT(st.failed[0].at[0], 1700000000);
    st.failed[0].at[0] = 0;
    CHECK_INT(store_state_save(s, NAME, &st, &e), 0);
    CHECK_INT(store_state_load(s, NAME, &st, &e), 0);
    CHECK_INT(st.failed[0].at[0], 0); /* the old member does not come back */
    store_close(s);
}

static void unknown_members_of_the_state_are_kept(struct test *t)
{
    static const char text[] = "{\"of_a_newer_version\": {\"x\": [1]}, \"failures\": 1}";
    struct store *s = store_world_open(t, "s", STORE_WRITE);
    struct buf out = BUF_INIT(STORE_MAX_RECORD_BYTES);
    const char *rel = test_text(t, "certs/%s/state.json", NAME);
    struct name_state st = {0};
    struct json *j = NULL;
    struct err e = {0};

    REQUIRE(s);
    CHECK_INT(store_put(s, rel, text, sizeof text - 1, &e), 0);
    CHECK_INT(store_state_load(s, NAME, &st, &e), 0);
    CHECK_INT(st.failures, 1);
    st.failures = 2;
    CHECK_INT(store_state_save(s, NAME, &st, &e), 0);
    CHECK_INT(store_get(s, rel, &out, &e), 0);
    REQUIRE(json_parse(&j, buf_str(&out), out.len, "state", &e) == 0);
    CHECK_INT(json_count(json_get(json_get(j, "of_a_newer_version"), "x")), 1);
    CHECK_INT(json_get_integer(j, "failures", 0), 2);
    json_free(j);
    buf_clear(&out);
    store_close(s);
}

/* A reader may not write: it succeeds where there is nothing to write. */
static void an_unchanged_state_is_not_written(struct test *t)
{
    struct store *w = store_world_open(t, "s", STORE_WRITE),
                 *r = store_world_open(t, "s", STORE_READ);
    struct name_state st = {.failures = 1, .last_at = 1700000000};
    struct err e = {0};

    REQUIRE(w && r);
    CHECK_INT(store_state_save(w, NAME, &st, &e), 0);
    CHECK_INT(store_state_save(r, NAME, &st, &e), 0);
    st.failures = 2;
    CHECK_INT(store_state_save(r, NAME, &st, &e), -1);
    store_close(r);
    store_close(w);
}

struct warned {
    int warnings;
    char last[512];
};

static void take_line(void *user, enum log_level level, const char *text)
{
    struct warned *told = user;

    told->warnings += level <= LOG_WARN;
    snprintf(told->last, sizeof told->last, "%s", text);
}

static void damage_once(struct test *t, const char *folder, const char *text)
{
    const char *rel = test_text(t, "certs/%s/state.json", NAME);
    const char *aside = test_text(t, "%s.damaged", rel);
    struct buf kept = BUF_INIT(STORE_MAX_RECORD_BYTES);
    struct warned told = {0};
    struct log log = {.level = LOG_INFO, .line = take_line, .user = &told};
    struct name_state st = {.failures = 1};
    struct store *s = NULL;
    struct err e = {0};

    REQUIRE(store_open(&s, test_path(t, folder), STORE_WRITE, &log, &e) == 0);
    CHECK_INT(store_put(s, rel, text, strlen(text), &e), 0);
    CHECK_INT(store_state_load(s, NAME, &st, &e), 0);
    CHECK_INT(st.failures, 0);
    CHECK_INT(told.warnings, 1);
    CHECK(strstr(told.last, "state.json"));
    CHECK_INT(store_state_load(s, NAME, &st, &e), 0);
    CHECK_INT(told.warnings, 1); /* told once */
    st.failures = 4;
    CHECK_INT(store_state_save(s, NAME, &st, &e), 0);
    CHECK_INT(store_state_load(s, NAME, &st, &e), 0);
    CHECK_INT(st.failures, 4);
    CHECK_INT(told.warnings, 1);
    CHECK(store_has(s, aside) == (text[0] != 0));
    if (text[0] && CHECK_INT(store_get(s, aside, &kept, &e), 0))
        CHECK_STR(buf_str(&kept), text);
    buf_clear(&kept);
    store_close(s);
}

/* ---- history ---- */

static void the_history_is_bounded_and_keeps_the_newest_success(struct test *t)
{
    struct history h = {.n = 0};
    struct past p = {.at = NOW, .ok = true, .outage_ms = -1, .action = "issued"};

    history_put(&h, &p);
    for (int i = 1; i <= 2 * HISTORY_MAX; i++) {
        p = (struct past){.at = NOW + i, .outage_ms = -1, .action = "failed"};
        history_put(&h, &p);
    }
    CHECK_INT(h.n, HISTORY_MAX);
    CHECK_INT(h.v[0].at, NOW + 2 * HISTORY_MAX);
    CHECK(h.v[HISTORY_MAX - 1].ok && h.v[HISTORY_MAX - 1].at == NOW);
    p = (struct past){.at = NOW + 1000, .ok = true, .outage_ms = -1, .action = "renewed"};
    history_put(&h, &p);
    p.at++;
    history_put(&h, &p);
    CHECK_INT(h.n, HISTORY_MAX);
    CHECK(!h.v[HISTORY_MAX - 1].ok); /* an older success may go */
}

static void history_is_read_as_it_was_added(struct test *t)
{
    struct store *s = store_world_open(t, "s", STORE_WRITE);
    struct past p = {.at = NOW, .ok = true, .restarted = true, .outage_ms = 212};
    struct history h = {.n = 1};
    struct err e = {0};

    REQUIRE(s);
    store_history_load(s, NAME, &h);
    CHECK_INT(h.n, 0);
    text_copy(p.action, sizeof p.action, "deployed");
    CHECK_INT(store_history_add(s, NAME, &p, &e), 0);
    p = (struct past){.at = NOW + 9, .outage_ms = -1, .action = "failed", .message = "a \"b\" <c>"};
    CHECK_INT(store_history_add(s, NAME, &p, &e), 0);
    store_history_load(s, NAME, &h);
    REQUIRE(h.n == 2);
    CHECK_STR(h.v[0].message, "a \"b\" <c>");
    CHECK(!h.v[0].ok && h.v[0].outage_ms == -1 && h.v[0].at == NOW + 9);
    CHECK(h.v[1].ok && h.v[1].restarted);
    CHECK_INT(h.v[1].outage_ms, 212);
    CHECK_STR(h.v[1].action, "deployed");
    CHECK_INT(store_put(s, "certs/vpn.example.com/history.json", "{\"history\": [{", 14, &e), 0);
    store_history_load(s, NAME, &h);
    CHECK_INT(h.n, 0); /* damaged: nothing is known, and nothing stops */
    CHECK_INT(store_history_add(s, NAME, &p, &e), 0);
    store_history_load(s, NAME, &h);
    CHECK_INT(h.n, 1);
    store_close(s);
}

/* As after a power cut on a disk that lies about having written. */
static void a_damaged_state_is_told_kept_and_replaced(struct test *t)
{
    static const char *const texts[] = {"", "{\"failures\"", "[1]", "\x01\x02"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        damage_once(t, test_text(t, "s%zu", i), texts[i]);
}

const struct test_case suite_store_state[] = {
    {"the_history_is_bounded_and_keeps_the_newest_success",
     the_history_is_bounded_and_keeps_the_newest_success},
    {"history_is_read_as_it_was_added", history_is_read_as_it_was_added},
    {"state_is_read_as_it_was_saved", state_is_read_as_it_was_saved},
    {"a_missing_state_is_all_zero", a_missing_state_is_all_zero},
    {"an_earlier_versions_failures_count_for_all_names",
     an_earlier_versions_failures_count_for_all_names},
    {"unknown_members_of_the_state_are_kept", unknown_members_of_the_state_are_kept},
    {"an_unchanged_state_is_not_written", an_unchanged_state_is_not_written},
    {"a_damaged_state_is_told_kept_and_replaced", a_damaged_state_is_told_kept_and_replaced},
    {NULL, NULL},
};
