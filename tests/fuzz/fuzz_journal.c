/* SPDX-License-Identifier: Apache-2.0 */
/* The notes of a deploy and of a selftest, as a crash, a full disk or a hand may have left them. */
#include "fuzz.h"

#include "journal.h"
#include "selftest/journal.h"

#include <string.h>

enum { JOURNAL_TEXT_BYTES = 256 * 1024 };

static void check_binding(struct fuzz *f, const struct binding *b)
{
    FUZZ_HOLDS(b->hash_len <= BINDING_HASH_BYTES);
    FUZZ_HOLDS(memchr(b->app_id, '\0', sizeof b->app_id) &&
               memchr(b->store, '\0', sizeof b->store));
}

static void check_journal(struct fuzz *f, const struct journal *j)
{
    FUZZ_HOLDS(j->phase >= JOURNAL_NONE && j->phase <= JOURNAL_ROLLED_BACK);
    FUZZ_HOLDS(j->port >= 1 && j->port <= 65535 && j->trial_port >= 0 && j->trial_port <= 65535);
    FUZZ_HOLDS(j->import_count <= JOURNAL_MAX_IMPORTS && j->running.n <= SERVICE_MAX_LIST);
    FUZZ_HOLDS(j->public_key.len <= PUBLIC_KEY_MAX_BYTES);
    for (int i = 0; i < VALUE_WRITTEN; i++)
        FUZZ_HOLDS(j->old_value[i].len <= RAW_MAX_BYTES);
    check_binding(f, &j->old_binding[FAMILY_V4]);
    check_binding(f, &j->old_binding[FAMILY_V6]);
}

/* What is understood is written so that it is understood again, as the same. */
static void check_again(struct fuzz *f, const struct journal *j)
{
    struct buf text = BUF_INIT(JOURNAL_TEXT_BYTES), more = BUF_INIT(JOURNAL_TEXT_BYTES);
    struct journal again = {0};
    struct err err = {0};

    FUZZ_HOLDS(journal_to_text(j, &text, &err) == 0);
    FUZZ_HOLDS(journal_from_text(&again, buf_str(&text), text.len, &err) == 0);
    FUZZ_HOLDS(journal_to_text(&again, &more, &err) == 0);
    FUZZ_HOLDS(text.len == more.len && memcmp(buf_str(&text), buf_str(&more), text.len) == 0);
    buf_clear(&text);
    buf_clear(&more);
}

static void read_object(struct fuzz *f, const char *line)
{
    struct selftest_object o = {0}, again = {0};
    struct buf text = BUF_INIT(8192);

    if (selftest_object_parse(&o, line)) {
        FUZZ_HOLDS(o.kind < SELFTEST_OBJECT_KINDS && o.key.len <= PUBLIC_KEY_MAX_BYTES);
        selftest_object_line(&o, &text);
        FUZZ_HOLDS(selftest_object_parse(&again, buf_str(&text)));
    }
    buf_clear(&text);
}

void fuzz_journal(struct fuzz *f, const uint8_t *p, size_t len)
{
    struct journal j = {0};
    struct err err = {0};
    int result = journal_from_text(&j, (const char *)p, len, &err);

    FUZZ_ERR(result, &err);
    if (result == 0) {
        check_journal(f, &j);
        check_again(f, &j);
    }
    fuzz_lines(f, p, len, read_object);
}
