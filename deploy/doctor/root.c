/* SPDX-License-Identifier: Apache-2.0 */
/* Which one finding explains the others. Pure. */
#include "doctor/doctor.h"

#include <string.h>

/* One cause: when the row `id` fails, what the list names is its consequence and not another fault.
 * "F*" is every row of the letter. */
struct cause {
    const char *id;
    const char *explains;
};

/* The deepest first: the first that failed is the cause. */
static const struct cause causes[] = {
    {"A1", "A* B* C* D* E* F* G* H*"},
};

/* Does the list name this id? */
static bool names(const char *list, const char *id)
{
    while (*list) {
        size_t n = strcspn(list, " ");
        if (n == 2 && list[1] == '*' && list[0] == id[0])
            return true;
        if (strlen(id) == n && strncmp(list, id, n) == 0)
            return true;
        list += n + (list[n] == ' ');
    }
    return false;
}

static int failed_row(const struct doctor_report *r, const char *id)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->row[i]->id, id) == 0)
            return r->finding[i].level == CHECK_FAIL ? (int)i : DOCTOR_NO_CAUSE;
    return DOCTOR_NO_CAUSE;
}

void doctor_find_cause(struct doctor_report *r)
{
    const struct cause *found = NULL;

    r->cause = DOCTOR_NO_CAUSE;
    for (size_t i = 0; i < sizeof causes / sizeof *causes && r->cause == DOCTOR_NO_CAUSE; i++) {
        found = &causes[i];
        r->cause = failed_row(r, found->id);
    }
    for (size_t i = 0; i < r->n; i++) {
        enum check_level level = r->finding[i].level;
        r->explained[i] = r->cause != DOCTOR_NO_CAUSE && (int)i != r->cause &&
                          (level == CHECK_WARN || level == CHECK_FAIL) &&
                          names(found->explains, r->row[i]->id);
    }
}
