/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/queue.h"

#include "src/app/follow.h"

#include <stdlib.h>
#include <string.h>

struct place {
    const struct conf *conf;
    int64_t rank;
    size_t at; /* in the list as it came */
};

static int compare(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

struct spread_ca *queue_ca(const struct queue *q, const char *directory)
{
    for (size_t i = 0; i < q->n; i++)
        if (strcmp(q->v[i].directory, directory) == 0)
            return &q->v[i].ca;
    return NULL;
}

/* There is room for as many as there are certificates. */
static struct spread_ca *ca_of(struct queue *q, const char *directory)
{
    struct spread_ca *ca = queue_ca(q, directory);
    if (ca != NULL)
        return ca;
    q->v[q->n].directory = directory;
    return &q->v[q->n++].ca;
}

/* Of the certificate that a job would judge: the held one, else the live one. */
static int64_t rank_of(struct store *store, const struct conf *conf, const struct name_state *st)
{
    struct cert_info leaf = {0};
    struct spread_facts f = {0};
    struct err ignored = {0};
    if (store_load_leaf(store, conf->name, STORE_HELD, &leaf, &ignored) == 0 ||
        (err_clear(&ignored), store_load_leaf(store, conf->name, STORE_LIVE, &leaf, &ignored)) == 0)
        f = (struct spread_facts){.revoked =
                                      memcmp(st->revoked_sha256, leaf.sha256, SHA256_BYTES) == 0,
                                  .not_before = leaf.not_before,
                                  .not_after = leaf.not_after};
    cert_info_clear(&leaf);
    return spread_rank(&f);
}

static void look_at(struct queue *q, struct store *store, struct place *p, int64_t now)
{
    struct name_state state = {0};
    struct err ignored = {0};
    p->rank = INT64_MAX;
    if (follow_wanted(p->conf)) /* nobody here orders it */
        return;
    struct spread_ca *ca = ca_of(q, p->conf->acme.directory);
    if (store_state_load(store, p->conf->name, &state, &ignored) == 0 &&
        (state.directory[0] == '\0' || strcmp(state.directory, p->conf->acme.directory) == 0))
        ca->before += spread_count(state.ordered_at, STATE_MAX_EVENTS, now);
    p->rank = rank_of(store, p->conf, &state);
}

int queue_open(struct queue *out, struct store *store, const struct conf **list, size_t count,
               int64_t now, struct err *err)
{
    struct place *places = calloc(count > 0 ? count : 1, sizeof(*places));
    struct queue q = {.v = calloc(count > 0 ? count : 1, sizeof(*q.v))};
    if (places == NULL || q.v == NULL) {
        free(places);
        free(q.v);
        return err_set(err, ERR_FAIL, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        places[i] = (struct place){.conf = list[i], .at = i};
        look_at(&q, store, &places[i], now);
    }
    qsort(places, count, sizeof(*places), compare);
    for (size_t i = 0; i < count; i++)
        list[i] = places[i].conf;
    free(places);
    *out = q;
    return 0;
}

void queue_close(struct queue *q)
{
    free(q->v);
    *q = (struct queue){0};
}

void queue_tell(const struct queue *q, const struct log *log)
{
    for (size_t i = 0; i < q->n; i++)
        if (q->v[i].ca.held_back > 0)
            log_warn(
                log,
                "%s: %d due certificates wait for the next runs, as no more than %d are "
                "ordered in one run and %d in three hours; rras-acme run --all-due does it now",
                q->v[i].directory, q->v[i].ca.held_back, SPREAD_RUN, SPREAD_WINDOW);
}
