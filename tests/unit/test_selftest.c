/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The judgement in tables, the journal's lines, and the driver on a Windows in memory. The fault
 * loop lets every call fail, and be the one in which the program dies: whatever happens, the next
 * sweep leaves nothing behind.
 */
#include "test.h"
#include "deploy/selftest/journal.h"
#include "fake_selftest.h"
#include "os.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows ---- */

static void every_row_has_a_name_of_its_own(struct test *t)
{
    for (int i = 0; i < SELFTEST_ROWS; i++) {
        const struct selftest_row *row = &selftest_row_table[i];
        REQUIRE(row->name && row->title);
        CHECK(strlen(row->title) <= 42); /* the table's column */
        CHECK(row->needs < i);
        for (int k = 0; k < i; k++)
            CHECK(strcmp(row->name, selftest_row_table[k].name) != 0);
    }
}

struct verdict_case {
    enum selftest_row_id row;
    bool done;
    uint32_t number;
    const char *figure; /* with value */
    int64_t value;
    enum check_level level;
    const char *says; /* a part of the finding */
};

static void an_outcome_is_judged(struct test *t)
{
    static const struct verdict_case cases[] = {
        {SELFTEST_WINDOWS, true, 0, "build", 20348, CHECK_OK, "build 20348"},
        {SELFTEST_WINDOWS, true, 0, "build", 14393, CHECK_OK, ""},
        {SELFTEST_WINDOWS, true, 0, "build", 9600, CHECK_NOTE, "older than Windows Server 2016"},
        {SELFTEST_ELEVATED, false, 0, NULL, 0, CHECK_FAIL, "failed"},
        {SELFTEST_EXPORT_UPDATE, true, 0, "there", 1, CHECK_OK, ""},
        {SELFTEST_EXPORT_UPDATE, true, 0, "there", 0, CHECK_NOTE, "absent"},
        {SELFTEST_SESSIONS, false, 1722, NULL, 0, CHECK_NOTE, "1722"},
        {SELFTEST_SYSTEM, false, 1260, NULL, 0, CHECK_SKIP, "1260"},
        {SELFTEST_SYSTEM, true, 0, "system", 0, CHECK_NOTE, "not as SYSTEM"},
        {SELFTEST_SYSTEM, true, 0, "system", 1, CHECK_OK, ""},
        {SELFTEST_RSA_AES, false, 86, NULL, 0, CHECK_NOTE, "Server 2016"},
        {SELFTEST_EC_AES, false, 0x80070056, NULL, 0, CHECK_NOTE, "Server 2016"},
        {SELFTEST_RSA_AES, false, 5, NULL, 0, CHECK_FAIL, "denied"},
        {SELFTEST_RSA_3DES, false, 86, NULL, 0, CHECK_FAIL, "86"},
        {SELFTEST_RSA_KEY, false, 0x80090010, NULL, 0, CHECK_FAIL, "0x80090010"},
        {SELFTEST_KEYLESS, false, 1312, NULL, 0, CHECK_OK, "1312, as expected"},
        {SELFTEST_KEYLESS, false, 87, NULL, 0, CHECK_FAIL, "87"},
        {SELFTEST_KEYLESS, true, 0, NULL, 0, CHECK_FAIL, "1312 was expected"},
        {SELFTEST_TWICE, false, 183, NULL, 0, CHECK_OK, "183"},
        {SELFTEST_TWICE, true, 0, NULL, 0, CHECK_FAIL, "183 was expected"},
        {SELFTEST_UPDATE, true, 0, "failed", 0, CHECK_OK, ""},
        {SELFTEST_UPDATE, true, 0, "failed", 3, CHECK_NOTE, "connections failed"},
        {SELFTEST_REPLACE, true, 0, "failed", 3, CHECK_OK, "failed 3"},
        {SELFTEST_ACL, true, 0, "protected", 0, CHECK_NOTE, "inherits"},
        {SELFTEST_CLEANUP, false, 5, "left", 1, CHECK_FAIL, "left 1"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct verdict_case *c = &cases[i];
        struct selftest_outcome o = {.done = c->done, .number = c->number};
        struct selftest_verdict v;
        if (c->figure)
            selftest_figure(&o, c->figure, c->value);
        selftest_judge(c->row, &o, &v);
        if (!CHECK_INT(v.level, c->level) || !CHECK(strstr(v.finding, c->says)))
            printf("  case %zu, %s: %s\n", i, selftest_row_table[c->row].name, v.finding);
    }
}

/* ---- journal ---- */

static void a_line_comes_back(struct test *t)
{
    static const char *const lines[] = {"record v4 50123",
                                        "record v6 1",
                                        "cert 00112233445566778899aabbccddeeff00112233 30820122",
                                        "key rras-acme-selftest-0123456789abcdef",
                                        "service",
                                        "registry",
                                        "folder"};

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct selftest_object o;
        struct buf again = BUF_INIT(4096);
        REQUIRE(selftest_object_parse(&o, lines[i]));
        selftest_object_line(&o, &again);
        CHECK_STR(buf_str(&again), lines[i]);
        buf_clear(&again);
    }
}

static void a_foreign_line_is_refused(struct test *t)
{
    static const char long_key[] =
        "key "
        "rras-acme-selftest-0123456789abcdef-0123456789abcdef-0123456789abcdef-0123456789abcdef-"
        "0123456789abcdef-0123456789abcdef-0123456789abcdef";
    static const char *const lines[] = {
        "",
        "record",
        "record v4",
        "record v4 0",
        "record v4 65536",
        "record v4 99999999999999999999",
        "record v4 50123 ",
        "record v5 50123",
        "record v4 +5",
        "cert 0011 30",
        "cert 00112233445566778899aabbccddeeff00112233",
        "cert 00112233445566778899aabbccddeeff00112233 ",
        "cert 00112233445566778899aabbccddeeff00112233 3",
        "cert 00112233445566778899aabbccddeeff0011223x 30",
        "key",
        "key ",
        long_key,
        "service RemoteAccess",
        "registry SYSTEM",
        "folder C:\\Windows",
        "services",
    };

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct selftest_object o;
        if (!CHECK(!selftest_object_parse(&o, lines[i])))
            printf("  %s\n", lines[i]);
    }
}

/* ---- the driver ---- */

static void run(struct test *t, struct fake_win *w, struct selftest_report *r, bool elevated)
{
    struct selftest_env env = {.host = &w->host,
                               .wire = &w->wire,
                               .clock = &w->clock,
                               .dir = test_path(t, "selftest"),
                               .windows = "Windows 10.0.20348",
                               .elevated = elevated};
    struct err err = {0};

    if (!CHECK_INT(selftest_run(&env, r, &err), 0))
        printf("  %s\n", err.text);
}

static void print_failed(const struct selftest_report *r)
{
    for (int i = 0; i < SELFTEST_ROWS; i++)
        if (r->verdict[i].level == CHECK_FAIL)
            printf("  %s: %s; %s\n", selftest_row_table[i].name, r->verdict[i].finding,
                   r->outcome[i].detail);
}

static void a_sound_windows_passes(struct test *t)
{
    struct fake_win w;
    struct selftest_report *r = calloc(1, sizeof *r);

    REQUIRE(r != NULL);
    fake_win_init(&w);
    run(t, &w, r, true);
    if (!CHECK(!selftest_failed(r)))
        print_failed(r);
    for (int i = 0; i < SELFTEST_ROWS; i++) {
        enum check_level want = i == SELFTEST_RSA_3DES || i == SELFTEST_EC_3DES ? CHECK_SKIP
                                : i == SELFTEST_SESSIONS                        ? CHECK_NOTE
                                                                                : CHECK_OK;
        if (!CHECK_INT(r->verdict[i].level, want))
            printf("  %s: %s\n", selftest_row_table[i].name, r->verdict[i].finding);
    }
    CHECK_INT(fake_win_objects(&w), 0);
    CHECK(!os_exists(test_path(t, "selftest/journal")));
    CHECK(!os_exists(test_path(t, "selftest/acl")));
    free(r);
}

struct machine_case {
    const char *name;
    size_t flag; /* offset in struct fake_win */
    enum selftest_row_id row;
    enum check_level level;
    enum selftest_row_id other; /* a second row that shows it */
    enum check_level other_level;
};

static void a_different_windows_shows(struct test *t)
{
    static const struct machine_case cases[] = {
        {"no AES", offsetof(struct fake_win, no_aes), SELFTEST_RSA_AES, CHECK_NOTE,
         SELFTEST_RSA_3DES, CHECK_OK},
        {"no update", offsetof(struct fake_win, no_update), SELFTEST_UPDATE, CHECK_SKIP,
         SELFTEST_REPLACE, CHECK_OK},
        {"no service", offsetof(struct fake_win, no_service), SELFTEST_SYSTEM, CHECK_SKIP,
         SELFTEST_RSA_SYSTEM, CHECK_SKIP},
        {"no IPv6", offsetof(struct fake_win, no_v6), SELFTEST_LISTEN_V6, CHECK_NOTE,
         SELFTEST_SERVED_V6, CHECK_SKIP},
        {"keyless taken", offsetof(struct fake_win, takes_keyless), SELFTEST_KEYLESS, CHECK_FAIL,
         SELFTEST_CLEANUP, CHECK_OK},
        {"field lost", offsetof(struct fake_win, loses_field), SELFTEST_FIELDS_V4, CHECK_FAIL,
         SELFTEST_UPDATE_FIELDS, CHECK_FAIL},
        {"another served", offsetof(struct fake_win, serves_old), SELFTEST_SERVED_V4, CHECK_FAIL,
         SELFTEST_UPDATE, CHECK_SKIP},
    };
    struct selftest_report *r = calloc(1, sizeof *r);

    REQUIRE(r != NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct machine_case *c = &cases[i];
        struct fake_win w;
        bool ok;
        fake_win_init(&w);
        *(bool *)((char *)&w + c->flag) = true;
        run(t, &w, r, true);
        ok = CHECK_INT(r->verdict[c->row].level, c->level);
        ok = CHECK_INT(r->verdict[c->other].level, c->other_level) && ok;
        ok = CHECK_INT(fake_win_objects(&w), 0) && ok;
        if (!ok)
            printf("  %s\n", c->name);
    }
    free(r);
}

static void without_rights_nothing_is_touched(struct test *t)
{
    struct selftest_report *r = calloc(1, sizeof *r);
    struct fake_win w;

    REQUIRE(r != NULL);
    fake_win_init(&w);
    run(t, &w, r, false);
    CHECK_INT(r->verdict[SELFTEST_ELEVATED].level, CHECK_FAIL);
    for (int i = SELFTEST_ELEVATED + 1; i < SELFTEST_ROWS; i++)
        if (selftest_row_table[i].needs != SELFTEST_NO_NEED && i != SELFTEST_SESSIONS)
            CHECK_INT(r->verdict[i].level, CHECK_SKIP);
    CHECK(!os_exists(test_path(t, "selftest")));
    free(r);
}

static void a_failed_clean_up_names_what_is_left(struct test *t)
{
    struct selftest_report *r = calloc(1, sizeof *r);
    struct fake_win w;
    struct selftest_object o = {.kind = SELFTEST_OBJECT_RECORD, .port = 50001};
    struct err err = {0};

    REQUIRE(r != NULL);
    fake_win_init(&w);
    REQUIRE(os_make_dir(test_path(t, "selftest"), &err) == 0);
    REQUIRE(selftest_journal_add(test_path(t, "selftest"), &o, &err) == 0);
    w.record[0].b.present = true;
    w.record[0].port = o.port;
    memcpy(w.record[0].b.app_id, SELFTEST_APP_ID, sizeof SELFTEST_APP_ID);
    w.fault = FAKE_WIN_DIE_BEFORE;
    w.at = 1;
    run(t, &w, r, true);
    CHECK_INT(r->verdict[SELFTEST_SWEEP].level, CHECK_FAIL);
    CHECK(strstr(r->outcome[SELFTEST_SWEEP].detail,
                 "netsh http delete sslcert ipport=127.0.0.1:50001"));
    CHECK(!strstr(r->verdict[SELFTEST_SWEEP].finding, "50001"));
    CHECK_INT(r->verdict[SELFTEST_RSA_AES].level, CHECK_SKIP); /* nothing more is made */
    fake_win_revive(&w);
    run(t, &w, r, true);
    CHECK_INT(r->verdict[SELFTEST_SWEEP].level, CHECK_NOTE);
    CHECK_INT(fake_win_objects(&w), 0);
    free(r);
}

/* A record on the same address and port that another program has made meanwhile. */
static void a_foreign_record_stays(struct test *t)
{
    struct selftest_object o = {.kind = SELFTEST_OBJECT_RECORD, .port = 50001};
    struct selftest_report *r = calloc(1, sizeof *r);
    struct fake_win w;
    struct err err = {0};

    REQUIRE(r != NULL);
    fake_win_init(&w);
    w.next_port = 51000;
    REQUIRE(os_make_dir(test_path(t, "selftest"), &err) == 0);
    REQUIRE(selftest_journal_add(test_path(t, "selftest"), &o, &err) == 0);
    w.record[0].b.present = true;
    w.record[0].port = o.port;
    run(t, &w, r, true);
    CHECK(!selftest_failed(r));
    CHECK_INT(fake_win_objects(&w), 1);
    free(r);
}

static void a_torn_last_line_is_no_object(struct test *t)
{
    struct selftest_report *r = calloc(1, sizeof *r);
    struct fake_win w;
    struct err err = {0};

    REQUIRE(r != NULL);
    fake_win_init(&w);
    REQUIRE(os_make_dir(test_path(t, "selftest"), &err) == 0);
    REQUIRE(os_append_file(test_path(t, "selftest/journal"), "service\nrecord v4 5", 19, &err) ==
            0);
    run(t, &w, r, true);
    CHECK(!selftest_failed(r));
    CHECK_INT(selftest_figure_of(&r->outcome[SELFTEST_SWEEP], "found"), 1);
    REQUIRE(os_append_file(test_path(t, "selftest/journal"), "other\n", 6, &err) == 0);
    run(t, &w, r, true);
    CHECK_INT(r->verdict[SELFTEST_SWEEP].level, CHECK_FAIL);
    free(r);
}

static int faults_of(struct test *t, enum fake_win_fault fault, const char *rsa_pem,
                     struct selftest_report *r)
{
    const char *dir = test_path(t, "selftest");
    int at, calls = 1000;

    for (at = 1; at <= calls; at++) {
        struct selftest_left left;
        struct err err = {0};
        struct fake_win w;
        bool ok;
        fake_win_init(&w);
        w.rsa_pem = rsa_pem;
        w.fault = fault;
        w.at = at;
        run(t, &w, r, true);
        ok = fault != FAKE_WIN_FAIL ||
             CHECK(fake_win_objects(&w) == 0 || r->verdict[SELFTEST_CLEANUP].level == CHECK_FAIL);
        if (w.calls < at)
            calls = w.calls; /* every call was tried */
        fake_win_revive(&w);
        ok = CHECK_INT(selftest_journal_sweep(dir, &w.host, &left, &err), 0) && ok;
        buf_clear(&left.text);
        ok = CHECK_INT(fake_win_objects(&w), 0) && ok;
        if (!ok) {
            printf("  fault %d at call %d\n", fault, at);
            break;
        }
    }
    return at;
}

static void whatever_happens_the_next_sweep_leaves_nothing(struct test *t)
{
    struct selftest_report *r = calloc(1, sizeof *r);

    struct buf pem = BUF_INIT(8192);
    struct key *key = NULL;
    struct err err = {0};

    REQUIRE(r != NULL && key_new(&key, KEY_RSA2048, &err) == 0 && key_to_pem(key, &pem, &err) == 0);
    CHECK(faults_of(t, FAKE_WIN_FAIL, pem.p, r) > 40);
    CHECK(faults_of(t, FAKE_WIN_DIE_BEFORE, pem.p, r) > 40);
    CHECK(faults_of(t, FAKE_WIN_DIE_AFTER, pem.p, r) > 40);
    key_free(key);
    buf_clear(&pem);
    free(r);
}

const struct test_case suite_selftest[] = {
    {"every_row_has_a_name_of_its_own", every_row_has_a_name_of_its_own},
    {"an_outcome_is_judged", an_outcome_is_judged},
    {"a_line_comes_back", a_line_comes_back},
    {"a_foreign_line_is_refused", a_foreign_line_is_refused},
    {"a_sound_windows_passes", a_sound_windows_passes},
    {"a_different_windows_shows", a_different_windows_shows},
    {"without_rights_nothing_is_touched", without_rights_nothing_is_touched},
    {"a_failed_clean_up_names_what_is_left", a_failed_clean_up_names_what_is_left},
    {"a_foreign_record_stays", a_foreign_record_stays},
    {"a_torn_last_line_is_no_object", a_torn_last_line_is_no_object},
    {"whatever_happens_the_next_sweep_leaves_nothing",
     whatever_happens_the_next_sweep_leaves_nothing},
    {0},
};
