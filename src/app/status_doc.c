/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/status_out.h"

#include "idn.h"
#include "src/app/follow.h"
#include "src/app/ration.h"
#include "text.h"

static void put_hex(struct json *o, const char *key, const uint8_t *p, size_t len)
{
    char hex[2 * SHA256_BYTES + 1];
    text_hex(p, len, hex);
    json_put_string(o, key, hex);
}

static void put_text(struct json *o, const char *key, const char *text)
{
    json_put_string(o, key, text[0] != '\0' ? text : NULL);
}

/* The same names as people read them. */
static struct json *doc_names_unicode(const struct strings *names)
{
    struct json *list = json_new_array();
    char shown[1024];
    for (size_t i = 0; i < names->n; i++)
        json_append_string(list,
                           idn_to_unicode(names->v[i], shown, sizeof(shown)) ? shown : names->v[i]);
    return list;
}

static struct json *doc_names(char *const *v, size_t n)
{
    struct json *a = json_new_array();
    for (size_t i = 0; i < n; i++)
        json_append_string(a, v[i]);
    return a;
}

static void put_leaf(struct json *o, const struct status_view *v)
{
    static const char *const absent[] = {"serial",    "sha256",    "sha1", "not_before",
                                         "not_after", "days_left", "key",  "issuer"};
    const struct cert_info *leaf = view_leaf(v);
    if (leaf == NULL) {
        for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
            json_put_null(o, absent[i]);
        return;
    }
    json_put_string(o, "serial", leaf->serial);
    put_hex(o, "sha256", leaf->sha256, SHA256_BYTES);
    put_hex(o, "sha1", leaf->sha1, SHA1_BYTES);
    json_put_time(o, "not_before", leaf->not_before);
    json_put_time(o, "not_after", leaf->not_after);
    json_put_integer(o, "days_left", v->days_left);
    json_put_string(o, "key", leaf->key);
    json_put_string(o, "issuer", leaf->issuer);
}

static struct json *doc_held(const struct status_view *v)
{
    struct json *o = json_new_object();
    put_hex(o, "sha256", v->held.sha256, SHA256_BYTES);
    json_put_time(o, "since", v->state.held_since);
    put_text(o, "reason", v->state.held_reason);
    json_put_time(o, "until", v->state.held_until);
    return o;
}

static struct json *doc_deployed(const struct name_state *s)
{
    struct json *o = json_new_object();
    json_put_string(o, "state", deployed_state_name(s->deployed));
    if (s->deployed_at != 0)
        put_hex(o, "sha256", s->deployed_sha256, SHA256_BYTES);
    else
        json_put_null(o, "sha256");
    json_put_time(o, "at", s->deployed_at);
    json_put_time(o, "verified_at", s->verified_at);
    return o;
}

static struct json *doc_last(int64_t at, const char *result, const char *message)
{
    struct json *o = json_new_object();
    json_put_time(o, "at", at);
    put_text(o, "result", result);
    put_text(o, "message", message);
    return o;
}

static struct json *doc_ari(const struct ari_state *a)
{
    struct json *o = json_new_object();
    json_put_time(o, "start", a->start);
    json_put_time(o, "end", a->end);
    put_text(o, "explanation_url", a->explanation_url);
    return o;
}

static struct json *doc_places(const struct deploy_seen *seen)
{
    struct json *list = json_new_array();
    for (int p = 0; p < PLACE_COUNT; p++) {
        struct json *o = json_new_object();
        json_put_string(o, "place", deploy_place_name((enum deploy_place)p));
        json_put_string(o, "state", place_state_name(seen->place[p].state));
        put_text(o, "shows", seen->place[p].shows);
        json_append(list, o);
    }
    return list;
}

static struct json *doc_history(const struct history *h)
{
    struct json *list = json_new_array();
    for (size_t i = 0; h != NULL && i < h->n; i++) {
        const struct past *p = &h->v[i];
        struct json *o = doc_last(p->at, p->action, p->message);
        json_put_bool(o, "ok", p->ok);
        json_put_bool(o, "restarted", p->restarted);
        if (p->outage_ms >= 0)
            json_put_integer(o, "outage_ms", p->outage_ms);
        else
            json_put_null(o, "outage_ms");
        json_append(list, o);
    }
    return list;
}

static void put_or_null(struct json *o, const char *key, struct json *value)
{
    if (value != NULL)
        json_put(o, key, value);
    else
        json_put_null(o, key);
}

struct json *status_doc(const struct status_view *v)
{
    const struct cert_info *leaf = view_leaf(v);
    const struct past *r = &v->rehearsal;
    bool followed = follow_wanted(v->conf);
    int64_t life_s = leaf != NULL ? leaf->not_after - leaf->not_before : 0;
    struct json *o = json_new_object(), *next = json_new_array();
    json_put_string(o, "name", v->conf->name);
    json_put(o, "names", doc_names(v->conf->names.v, v->conf->names.n));
    json_put(o, "names_unicode", doc_names_unicode(&v->conf->names));
    json_put_string(o, "source", followed ? "balancer" : "acme");
    json_put_string(o, "directory", followed ? NULL : v->conf->acme.directory);
    put_leaf(o, v);
    put_text(o, "key_container", v->container);
    json_put_time(o, "renew_at", leaf != NULL ? v->renew.at : 0);
    put_or_null(o, "ari", view_knows_window(v) ? doc_ari(&v->state.ari) : NULL);
    json_put_string(o, "state", view_state_name(v->word));
    put_or_null(o, "held", v->have_held ? doc_held(v) : NULL);
    json_put(o, "deployed", doc_deployed(&v->state));
    put_or_null(o, "places", v->looked ? doc_places(&v->seen) : NULL);
    json_put(o, "last", doc_last(v->state.last_at, v->state.last_result, v->state.last_message));
    put_or_null(o, "rehearsal", r->at != 0 ? doc_last(r->at, r->action, r->message) : NULL);
    json_put_integer(o, "failures", v->state.failures);
    json_put(o, "budget", ration_doc(&v->state, v->conf, life_s, v->now));
    for (size_t i = 0; i < v->next_count; i++)
        json_append_string(next, v->next[i].text);
    json_put(o, "next", next);
    json_put(o, "history", doc_history(v->history));
    return o;
}
