/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/ration.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

enum { HOUR = 3600, NOW = 1700000000 };

struct books {
    char *names[2];
    struct conf conf;
    struct name_state state;
};

static void open_books(struct books *b)
{
    memset(b, 0, sizeof(*b));
    b->names[0] = "*.a.example";
    b->names[1] = "b.example";
    b->conf.names.v = b->names;
    b->conf.names.n = 2;
    b->conf.acme.directory = "https://ca.example/directory";
    ration_begin(&b->state, &b->conf);
}

static void fail(struct books *b, const char *name, int times)
{
    for (int i = 0; i < times; i++)
        ration_note_failed(&b->state, name, NOW - 30 + i);
}

static void each_name_has_its_own_count(struct test *t)
{
    struct books b;
    const char *name = "";
    open_books(&b);
    fail(&b, "a.example", 2);
    fail(&b, "b.example", 2);
    CHECK_INT(ration_validate_at(&b.state, &b.conf, NOW, &name), 0);
    fail(&b, "*.A.example", 1); /* the same name to the CA */
    CHECK_INT(ration_validate_at(&b.state, &b.conf, NOW, &name), NOW - 30 + HOUR);
    CHECK_STR(name, "a.example");
    b.conf.names.v = &b.names[1]; /* the name that is used up is not asked for any more */
    b.conf.names.n = 1;
    CHECK_INT(ration_validate_at(&b.state, &b.conf, NOW, &name), 0);
}

static void old_books_count_for_every_name(struct test *t)
{
    struct books b;
    const char *name = "";
    open_books(&b);
    fail(&b, "", 3);
    CHECK_INT(ration_validate_at(&b.state, &b.conf, NOW, &name), NOW - 30 + HOUR);
}

static void another_ca_begins_anew(struct test *t)
{
    struct books b;
    const char *name = "";
    open_books(&b);
    fail(&b, "b.example", 3);
    b.state.ordered_at[0] = NOW;
    ration_begin(&b.state, &b.conf);
    CHECK(ration_validate_at(&b.state, &b.conf, NOW, &name) != 0);
    CHECK_INT(b.state.ordered_at[0], NOW);
    b.conf.names.n = 1; /* other names: only the orders */
    ration_begin(&b.state, &b.conf);
    CHECK_INT(b.state.ordered_at[0], 0);
    b.conf.names.n = 2;
    CHECK(ration_validate_at(&b.state, &b.conf, NOW, &name) != 0);
    b.conf.acme.directory = "https://other.example/directory";
    ration_begin(&b.state, &b.conf);
    CHECK_INT(ration_validate_at(&b.state, &b.conf, NOW, &name), 0);
}

/* More names than there is room for: those that failed last are kept. */
static void the_oldest_name_makes_room(struct test *t)
{
    struct books b;
    const char *name = "";
    char other[32];
    open_books(&b);
    ration_note_failed(&b.state, "old.example", NOW - 100);
    for (int i = 0; i < STATE_MAX_FAILED - 1; i++) {
        snprintf(other, sizeof(other), "n%d.example", i);
        ration_note_failed(&b.state, other, NOW - 50);
    }
    fail(&b, "b.example", 3);
    CHECK(ration_validate_at(&b.state, &b.conf, NOW, &name) != 0);
    for (size_t i = 0; i < STATE_MAX_FAILED; i++)
        CHECK(strcmp(b.state.failed[i].name, "old.example") != 0);
}

static void what_is_used_up_is_told(struct test *t)
{
    struct books b;
    char text[200];
    open_books(&b);
    ration_text(&b.state, &b.conf, NOW, text, sizeof(text));
    CHECK_STR(text, "");
    fail(&b, "b.example", 2);
    fail(&b, "not.ours.example", 3);
    ration_text(&b.state, &b.conf, NOW, text, sizeof(text));
    CHECK_STR(text, "b.example: 2 of 3 failed validations within an hour are used up");
    fail(&b, "a.example", 1);
    ration_text(&b.state, &b.conf, NOW, text, sizeof(text));
    CHECK_STR(text, "b.example: 2 of 3 failed validations within an hour are used up, and of other "
                    "names");
    struct json *doc = ration_doc(&b.state, &b.conf, 0, NOW);
    const struct json *names = json_get(json_get(doc, "failed_validations"), "names");
    CHECK_INT(json_count(names), 2);
    CHECK_STR(json_get_string(json_at(names, 0), "name"), "b.example");
    CHECK_INT(json_get_integer(json_at(names, 0), "used", -1), 2);
    CHECK_INT(json_get_integer(json_get(doc, "orders"), "used", -1), 0);
    json_free(doc);
}

const struct test_case suite_ration[] = {
    {"each_name_has_its_own_count", each_name_has_its_own_count},
    {"old_books_count_for_every_name", old_books_count_for_every_name},
    {"another_ca_begins_anew", another_ca_begins_anew},
    {"the_oldest_name_makes_room", the_oldest_name_makes_room},
    {"what_is_used_up_is_told", what_is_used_up_is_told},
    {NULL, NULL},
};
