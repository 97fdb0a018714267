/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/look_tool.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

void doctor_tool_journal(struct doctor_tool *t, const struct records *r, const char *name)
{
    bool is_told = t->journal.unfinished || t->journal.seen.why[0];
    struct journal *j = is_told ? NULL : calloc(1, sizeof *j);
    struct err e = {0};

    if (is_told) /* an earlier one that is worth a finding */
        return;
    if (!j || journal_load(j, r, name, &e) != 0) {
        text_copy(t->journal.seen.why, sizeof t->journal.seen.why,
                  err_is_set(&e) ? e.text : "out of memory");
        free(j);
        return;
    }
    t->journal.seen.ok = true;
    t->journal.unfinished = journal_unfinished(j);
    text_copy(t->journal.name, sizeof t->journal.name, name);
    text_copy(t->journal.phase, sizeof t->journal.phase, journal_phase_name(j->phase));
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
