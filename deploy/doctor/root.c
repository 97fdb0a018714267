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

/* The deepest first: the first that failed is the cause. What is below another's is left out there:
 * a driver that is not loaded stops RRAS, and a stopped RRAS answers nobody. */
static const struct cause causes[] = {
    {"A1", "A* B* C* D* F* G* H*"},
    {"A2", "A* B* C* D* F* G* H6"},
    {"B1", "A* B* C* D* F* G* H6"},
    {"A5", "A3 A4 A6 A7 B10 B11 C1 C2 C3 C4 C13 C14 C15 F* G* H6"},
    {"A8", "A3 A4 B10 C13 C14 F* G* H6"},
    {"B2", "A3 B3 B4 B5 B10 C14 F* G* H6"},
    {"A4", "A3 A6 A7 B10 C13 C14 F* G* H6"},
    {"C7", "A3 B5 B6 C3 C4 C13 C14 F* G5 G8 G9 H6"},
    {"C5", "A3 B6 C4 D* F1 F2 F3 F4 F6 F9 G2 G3 G5 G6 G7 G8 G9 H6"},
    {"D4", "A3 D5 F* G2 G3 G6 G7 G8 G9 H6"},
    {"D5", "D4 F* G2 G3 G6 G7 H6"},
    {"D1", "A3 C1 C2 F1 F2 F3 G2 G3 G5 G8 G9 H6"},
    {"B8", "A3 B4 B5 C13 C14 F* G* H6"},
    {"B3", "A3 B5 B6 C4 C13 C14 F* G4 G5 G8 G9 H6"},
    {"B4", "A3 B5 F9 F10 F12 G4 G8 G9 H6"},
    {"B6", "A3 B5 C4 C13 C14 F* G5 G8 G9 H6"},
    {"C3", "A3 B5 C4 C13 C14 F* G5 G8 G9 H6"},
    {"B10", "B11 C13 F* G1 G4 H6"},
    {"B9", "C1 C2 C13 C14 F* H6 E7"},
    {"A6", "C13 C14 F* G4 H6"},
    {"B12", "C13 F6 F8 F9 F11 F12 H6"},
    {"C13", "C14 F6 F8 F9 F10 F11 F12 G4 H6"},
    {"C14", "A3 F* G1 G4 G6 G8 G9 H6"}, /* somebody else holds the port */
    {"A3", "A6 A7 B11 C13 C14 F* G8 G9 H6"},
    {"C9", "F2 F3 F6 F9 H6"},
    {"C10", "F1 F2 F3 F6 F9 H6"},
    {"C4", "B5 B6 F12 G4 G5 H6"},
    {"C8", "F* H6"},
    {"C1", "C3 C4 F* G3 H6"},
    {"C2", "C3 F1 F2 F3 F6 F9 G2 H6"},
    {"E1", "E* F3 D7"},
    {"E2", "E* F* D7"},
    {"E3", "E4 E5 E6 E10 F3 D7"},
    {"E4", "E5 E6 E10 F3 D7"},
    {"E7", "F3"},
    {"F3", "F7 F8"}, /* what stands before RRAS */
    {"F6", "F7 F8 F9"},
    {"F7", "F8 F9"},
    {"A10", "D3"}, /* a clock that is wrong */
    {"B5", "F12"},
    {"D6", "F4"},
    {"E6", "F3"},
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
    static const struct cause itself = {"", ""};
    const struct cause *found = NULL;

    r->cause = DOCTOR_NO_CAUSE;
    for (size_t i = 0; i < sizeof causes / sizeof *causes && r->cause == DOCTOR_NO_CAUSE; i++) {
        found = &causes[i];
        r->cause = failed_row(r, found->id);
    }
    /* What explains nothing else stands for itself. */
    for (size_t i = 0; i < r->n && r->cause == DOCTOR_NO_CAUSE; i++) {
        found = &itself;
        r->cause = r->finding[i].level == CHECK_FAIL ? (int)i : DOCTOR_NO_CAUSE;
    }
    for (size_t i = 0; i < r->n; i++) {
        enum check_level level = r->finding[i].level;
        r->explained[i] = r->cause != DOCTOR_NO_CAUSE && (int)i != r->cause &&
                          (level == CHECK_WARN || level == CHECK_FAIL) &&
                          names(found->explains, r->row[i]->id);
    }
}
