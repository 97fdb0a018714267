/* SPDX-License-Identifier: Apache-2.0 */
#include "ari.h"

#include "client.h"
#include "retry.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* ---- the decider ---- */

static int read_time(const struct json *window, const char *key, int64_t *out, struct err *err)
{
    struct err ignored = {0};
    const char *text = json_get_string(window, key);
    if (!text || text_time_parse(text, out, &ignored))
        return err_set(err, ERR_CA, "renewal information: suggestedWindow.%s is no time", key);
    return 0;
}

int ari_window_read(struct ari_window *out, const struct json *j, struct err *err)
{
    struct ari_window w = {0};
    const struct json *window = json_get(j, "suggestedWindow");
    if (!json_is_object(window))
        return err_set(err, ERR_CA, "renewal information: suggestedWindow is missing");
    if (read_time(window, "start", &w.start, err) || read_time(window, "end", &w.end, err))
        return -1;
    if (w.end <= w.start)
        return err_set(err, ERR_CA, "renewal information: the window ends before it starts");
    const char *url = json_get_string(j, "explanationURL");
    if (url)
        problem_foreign(w.explanation_url, sizeof w.explanation_url, url);
    *out = w;
    return 0;
}

int64_t ari_choose(const struct ari_window *w, uint64_t random)
{
    return w->start + (int64_t)(random % (uint64_t)(w->end - w->start));
}

int64_t ari_next_look(int64_t after_s, int64_t now)
{
    if (after_s == RETRY_AFTER_NONE)
        return now + ARI_LOOK_AGAIN_S;
    if (after_s < ARI_LOOK_MIN_S)
        after_s = ARI_LOOK_MIN_S;
    return now + (after_s > ARI_LOOK_MAX_S ? ARI_LOOK_MAX_S : after_s);
}

bool acme_ari_wanted(const struct cert_info *leaf, const struct ari_state *st, int64_t now)
{
    if (!leaf || !leaf->ari_id[0] || now >= leaf->not_after)
        return false;
    if (strcmp(st->id, leaf->ari_id) != 0)
        return true;
    /* A time further away than we ever set was noted by a clock that has been put back since. */
    return now >= st->next_look || st->next_look > now + ARI_LOOK_MAX_S;
}

void ari_take(struct ari_state *st, const struct ari_window *w, uint64_t random)
{
    if (st->renew_at == 0 || st->start != w->start || st->end != w->end)
        st->renew_at = ari_choose(w, random);
    st->start = w->start;
    st->end = w->end;
    text_copy(st->explanation_url, sizeof st->explanation_url, w->explanation_url);
}

/* ---- the driver ---- */

/* RFC 9773 4.1: a GET, not signed. *after_s is how long the answer holds. */
static int look(struct client *c, const char *url, struct ari_window *out, int64_t *after_s,
                struct err *err)
{
    struct client_answer answer = {0};
    struct client_post get = {
        .what = "renewal information", .url = url, .unsigned_get = true, .hasty = true};
    if (client_post(c, &get, &answer, err))
        return -1;
    int rc = ari_window_read(out, answer.json, err);
    if (!rc)
        *after_s = answer.retry_after_s;
    client_answer_clear(&answer);
    return rc;
}

/* *after_s is ARI_LOOK_MAX_S when the CA does not offer it. */
static int ask(struct client *c, const struct cert_info *leaf, struct ari_state *st,
               int64_t *after_s, struct err *err)
{
    const struct msg_directory *d = NULL;
    struct ari_window w = {0};
    uint64_t random = 0;
    char *url = NULL;
    if (client_directory(c, &d, err))
        return -1;
    if (!d->renewal_info) {
        *after_s = ARI_LOOK_MAX_S;
        return 0;
    }
    size_t n = strlen(d->renewal_info);
    bool slash = n > 0 && d->renewal_info[n - 1] == '/';
    int rc = text_fmt(&url, err, "%s%s%s", d->renewal_info, slash ? "" : "/", leaf->ari_id);
    if (!rc)
        rc = look(c, url, &w, after_s, err);
    if (!rc)
        rc = os_random(&random, sizeof random, err);
    if (!rc)
        ari_take(st, &w, random);
    free(url);
    return rc;
}

int acme_ari(const struct acme_env *env, const struct conf *conf, const struct cert_info *leaf,
             struct ari_state *st, struct err *err)
{
    struct client *c = NULL;
    int64_t now = clock_now(env->clock), after_s = RETRY_AFTER_NONE;
    if (!acme_ari_wanted(leaf, st, now))
        return 0;
    if (strcmp(st->id, leaf->ari_id) != 0) {
        *st = (struct ari_state){0};
        text_copy(st->id, sizeof st->id, leaf->ari_id);
    }
    int rc = client_open(&c, env, conf->acme.directory, err);
    if (!rc)
        rc = ask(c, leaf, st, &after_s, err);
    client_close(c);
    st->next_look = ari_next_look(after_s, now);
    return rc;
}
