/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/look_tool.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

void doctor_tool_journal(struct doctor_tool *t, struct doctor_held *held, const struct records *r)
{
    struct journal *j = calloc(1, sizeof *j);
    struct err e = {0};

    if (!j || journal_load(j, r, held->name, &e) != 0) {
        text_copy(held->journal.seen.why, sizeof held->journal.seen.why,
                  err_is_set(&e) ? e.text : "out of memory");
        free(j);
        return;
    }
    held->journal.seen.ok = true;
    held->journal.unfinished = journal_unfinished(j);
    text_copy(held->journal.phase, sizeof held->journal.phase, journal_phase_name(j->phase));
    if (j->proven_write_ms > t->proven_write_ms)
        t->proven_write_ms = j->proven_write_ms;
    for (size_t i = 0; i < j->import_count && t->import_count < TOOL_IMPORTS_MAX; i++) {
        memcpy(t->import[t->import_count].sha1, j->import[i].sha1, SHA1_BYTES);
        t->import[t->import_count].current =
            memcmp(j->import[i].sha256, j->sha256, SHA256_BYTES) == 0;
        t->import_count++;
    }
    free(j);
}
