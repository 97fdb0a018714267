/* SPDX-License-Identifier: Apache-2.0 */
/* Records of the state folder as crashes, other versions or hands may have left them. */
#include "fuzz.h"

#include "store_int.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { STATE_TEXT_BYTES = 256 * 1024 };

static char *state_text(struct fuzz *f, const struct name_state *st)
{
    struct json *j = json_new_object();
    struct buf text = BUF_INIT(STATE_TEXT_BYTES);
    struct err err = {0};
    char *out = NULL;

    store_state_to(st, j);
    FUZZ_HOLDS(json_text(j, JSON_COMPACT, &text, &err) == 0);
    FUZZ_HOLDS(text_dup(&out, buf_str(&text), &err) == 0);
    json_free(j);
    buf_clear(&text);
    return out;
}

/* What was understood is written so that it says the same again. */
static void read_state(struct fuzz *f, const struct json *j)
{
    struct name_state st = {0}, again = {0};
    struct json *written = NULL;
    struct err err = {0};

    store_state_of(j, &st);
    FUZZ_HOLDS(st.failures >= 0 && st.deployed <= DEPLOYED_ROLLED_BACK);
    char *text = state_text(f, &st), *more = NULL;
    if (text && json_parse(&written, text, strlen(text), "state", &err) == 0)
        store_state_of(written, &again);
    more = state_text(f, &again);
    FUZZ_HOLDS(text && more && strcmp(text, more) == 0);
    json_free(written);
    free(text);
    free(more);
}

static void read_history(struct fuzz *f, const struct json *j)
{
    struct history *h = calloc(1, sizeof *h);
    struct past now = {.action = "none"};

    if (!h)
        return;
    store_history_of(j, h);
    for (size_t i = 0; i < HISTORY_MAX + 2; i++) {
        history_put(h, &now);
        FUZZ_HOLDS(h->n <= HISTORY_MAX);
    }
    free(h);
}

static void read_leaf(struct fuzz *f, const struct json *j)
{
    struct cert_info leaf = {0};

    if (store_leaf_of(j, &leaf))
        FUZZ_HOLDS(leaf.name_count > 0);
    cert_info_clear(&leaf);
}

void fuzz_records(struct fuzz *f, const uint8_t *p, size_t len)
{
    struct json *j = NULL;
    struct err err = {0};
    int result = json_parse(&j, (const char *)p, len, "state.json", &err);

    FUZZ_ERR(result, &err);
    if (result == 0) {
        read_state(f, j);
        read_history(f, j);
        read_leaf(f, j);
    }
    json_free(j);
}
