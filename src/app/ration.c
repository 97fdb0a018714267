/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/ration.h"

#include "budget.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* The hash of a directory and, unless NULL, of a set of names in whatever order. */
static void hash_of(const char *directory, const struct strings *names,
                    char out[2 * SHA256_BYTES + 1])
{
    uint8_t sum[SHA256_BYTES], one[SHA256_BYTES];
    crypto_sha256(directory, strlen(directory), sum);
    for (size_t i = 0; names != NULL && i < names->n; i++) {
        crypto_sha256(names->v[i], strlen(names->v[i]), one);
        for (size_t k = 0; k < sizeof(sum); k++)
            sum[k] ^= one[k];
    }
    text_hex(sum, sizeof(sum), out);
}

void ration_begin(struct name_state *state, const struct conf *conf)
{
    char directory[2 * SHA256_BYTES + 1], names[2 * SHA256_BYTES + 1];
    hash_of(conf->acme.directory, NULL, directory);
    hash_of(conf->acme.directory, &conf->names, names);
    if (strcmp(state->failed_for, directory) != 0)
        memset(state->failed, 0, sizeof(state->failed));
    if (strcmp(state->ordered_for, names) != 0)
        memset(state->ordered_at, 0, sizeof(state->ordered_at));
    text_copy(state->failed_for, sizeof(state->failed_for), directory);
    text_copy(state->ordered_for, sizeof(state->ordered_for), names);
}

static const char *base_of(const char *name)
{
    return text_starts(name, "*.") ? name + 2 : name;
}

/* The name's own entry, else a free one, else the one whose last failure is longest ago. */
static struct failed_name *entry_for(struct name_state *state, const char *name)
{
    struct failed_name *best = &state->failed[0];
    for (size_t i = 0; i < STATE_MAX_FAILED; i++) {
        struct failed_name *f = &state->failed[i];
        if (f->at[0] != 0 && text_equal_nocase(f->name, name))
            return f;
        if (f->at[0] < best->at[0])
            best = f;
    }
    memset(best, 0, sizeof(*best));
    text_copy(best->name, sizeof(best->name), name);
    return best;
}

void ration_note_failed(struct name_state *state, const char *name, int64_t now)
{
    budget_note(entry_for(state, base_of(name))->at, now);
}

/* An entry without a name is of a version that counted for all names together. */
static bool is_about(const struct failed_name *f, const char *name)
{
    return f->at[0] != 0 && (f->name[0] == '\0' || text_equal_nocase(f->name, base_of(name)));
}

static int64_t free_at(const struct failed_name *f, int64_t now)
{
    return budget_free_at(f->at, BUDGET_FAILED, BUDGET_FAILED_S, now);
}

int64_t ration_validate_at(const struct name_state *state, const struct conf *conf, int64_t now,
                           const char **name)
{
    int64_t latest = 0;
    for (size_t i = 0; i < STATE_MAX_FAILED; i++) {
        for (size_t k = 0; k < conf->names.n; k++) {
            if (!is_about(&state->failed[i], conf->names.v[k]))
                continue;
            int64_t at = free_at(&state->failed[i], now);
            if (at > latest) {
                latest = at;
                *name = base_of(conf->names.v[k]);
            }
        }
    }
    return latest;
}

int64_t ration_order_at(const struct name_state *state, int64_t life_s, int64_t now)
{
    return budget_free_at(state->ordered_at, BUDGET_ORDERS, budget_orders_s(life_s), now);
}

/* ---- showing ---- */

static bool counts(const struct failed_name *f, const struct conf *conf)
{
    bool about = false;
    for (size_t k = 0; k < conf->names.n; k++)
        about = about || is_about(f, conf->names.v[k]);
    return about;
}

static struct json *doc_names(const struct name_state *state, const struct conf *conf, int64_t now)
{
    struct json *list = json_new_array();
    for (size_t i = 0; i < STATE_MAX_FAILED; i++) {
        const struct failed_name *f = &state->failed[i];
        int used = budget_used(f->at, BUDGET_FAILED_S, now);
        if (used == 0 || !counts(f, conf))
            continue;
        struct json *o = json_new_object();
        json_put_string(o, "name", f->name[0] != '\0' ? f->name : NULL);
        json_put_integer(o, "used", used);
        json_put_time(o, "free_at", free_at(f, now));
        json_append(list, o);
    }
    return list;
}

struct json *ration_doc(const struct name_state *state, const struct conf *conf, int64_t life_s,
                        int64_t now)
{
    struct json *all = json_new_object(), *failed = json_new_object(), *orders = json_new_object();
    json_put_integer(failed, "limit", BUDGET_FAILED);
    json_put_integer(failed, "window_s", BUDGET_FAILED_S);
    json_put(failed, "names", doc_names(state, conf, now));
    json_put(all, "failed_validations", failed);
    json_put_integer(orders, "limit", BUDGET_ORDERS);
    json_put_integer(orders, "window_s", budget_orders_s(life_s));
    json_put_integer(orders, "used", budget_used(state->ordered_at, budget_orders_s(life_s), now));
    json_put_time(orders, "free_at", ration_order_at(state, life_s, now));
    json_put(all, "orders", orders);
    return all;
}

void ration_text(const struct name_state *state, const struct conf *conf, int64_t now, char *out,
                 size_t size)
{
    const char *worst = "";
    int most = 0, others = 0;
    for (size_t i = 0; i < STATE_MAX_FAILED; i++) {
        int used = budget_used(state->failed[i].at, BUDGET_FAILED_S, now);
        if (used == 0 || !counts(&state->failed[i], conf))
            continue;
        others++;
        if (used > most) {
            most = used;
            worst = state->failed[i].name;
        }
    }
    out[0] = '\0';
    if (most > 0)
        snprintf(out, size, "%s%s%d of %d failed validations within an hour are used up%s", worst,
                 worst[0] != '\0' ? ": " : "", most < BUDGET_FAILED ? most : BUDGET_FAILED,
                 BUDGET_FAILED, others > 1 ? ", and of other names" : "");
}
