/* SPDX-License-Identifier: Apache-2.0 */
/* The doctor's rows as a whole: none left out, and a machine that nobody looked at is no fault. */
#include "doctor/doctor.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

static void no_row_is_left_out(struct test *t)
{
    static const struct {
        char letter;
        int count;
    } groups[] = {{'A', 10}, {'B', 13}, {'C', 17}, {'D', 13}, {'E', 10}, {'F', 12}, {'G', 9}};
    const struct doctor_row *row[DOCTOR_MAX_ROWS];
    size_t n = doctor_list(row);

    for (size_t g = 0; g < sizeof groups / sizeof *groups; g++)
        for (int i = 1; i <= groups[g].count; i++) {
            const char *id = test_text(t, "%c%d", groups[g].letter, i);
            size_t times = 0;
            for (size_t k = 0; k < n; k++)
                times += strcmp(row[k]->id, id) == 0;
            CHECK_INT(times, 1);
        }
    CHECK(doctor_row_find("H1") != NULL);
    CHECK(n < DOCTOR_MAX_ROWS);
    CHECK(doctor_row_find("A99") == NULL);
}

static void every_row_is_told_apart(struct test *t)
{
    const struct doctor_row *row[DOCTOR_MAX_ROWS];
    size_t n = doctor_list(row);

    for (size_t i = 0; i < n; i++) {
        REQUIRE(row[i]->title && row[i]->seed && row[i]->judge);
        CHECK(strlen(row[i]->title) <= 26); /* the report's column */
        CHECK(strlen(row[i]->seed) < sizeof((struct check *)0)->seed);
        for (size_t k = 0; k < i; k++)
            CHECK(strcmp(row[i]->title, row[k]->title) != 0);
    }
}

static void what_nobody_looked_at_is_no_fault(struct test *t)
{
    struct doctor_report *r = calloc(1, sizeof *r);
    struct doctor_seen nothing = {.why = {[DOCTOR_WIRE] = "no network here"}};

    REQUIRE(r != NULL);
    doctor_report_make(&nothing, r);
    for (size_t i = 0; i < r->n; i++) {
        if (r->row[i]->needs == 0)
            continue;
        CHECK_INT(r->finding[i].level, CHECK_SKIP);
        if (r->row[i]->needs == NEEDS_WIRE)
            CHECK_STR(r->finding[i].text, "no network here");
    }
    CHECK_INT(r->cause, DOCTOR_NO_CAUSE);
    CHECK_INT(doctor_count(r, CHECK_FAIL), 0);
    free(r);
}

const struct test_case suite_doctor[] = {
    {"no_row_is_left_out", no_row_is_left_out},
    {"every_row_is_told_apart", every_row_is_told_apart},
    {"what_nobody_looked_at_is_no_fault", what_nobody_looked_at_is_no_fault},
    {NULL, NULL},
};
