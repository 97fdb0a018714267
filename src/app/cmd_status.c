/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/deploy.h"
#include "idn.h"
#include "os.h"
#include "src/app/app.h"
#include "src/app/doc.h"
#include "src/app/follow.h"
#include "src/app/ration.h"
#include "src/app/renewal.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is known of one certificate: from the state folder, and from a look at the machine. */
struct status {
    const struct conf *conf;
    struct name_state state;
    struct name_state rehearsal; /* of issue --staging; last_at 0 = never */
    struct cert_info live, held;
    char container[MACHINE_KEY_NAME_BYTES]; /* of its key; "" = the state folder has the key */
    bool have_live, have_held, order_pending;
    struct renew_decision renew;
};

static void status_clear(struct status *s)
{
    cert_info_clear(&s->live);
    cert_info_clear(&s->held);
}

static const struct cert_info *leaf_of(const struct status *s)
{
    if (s->have_held)
        return &s->held;
    return s->have_live ? &s->live : NULL;
}

static int64_t life_of(const struct status *s)
{
    const struct cert_info *leaf = leaf_of(s);
    return leaf != NULL ? leaf->not_after - leaf->not_before : 0;
}

static int load_slot(struct store *store, const char *name, enum store_slot slot,
                     struct cert_info *out, bool *have, struct err *err)
{
    *have = store_load_leaf(store, name, slot, out, err) == 0;
    if (*have)
        return 0;
    if (err->code != ERR_NOT_FOUND)
        return -1;
    err_clear(err);
    return 0;
}

/* What we wrote down may not be so any more. Only administrators may look; what cannot be looked
 * at stays as it was written down. */
static void look_at_machine(const struct app *app, struct store *store, struct status *s)
{
    struct deploy_env env = {.clock = app->clock, .log = &app->log, .store = store};
    enum deployed_state *state = &s->state.deployed, seen = *state;
    struct err err = {0};

    if ((*state != DEPLOYED_CURRENT && *state != DEPLOYED_DRIFT) || !s->have_live || s->have_held ||
        s->conf->deploy.target != CONF_TARGET_RRAS || !os_elevated())
        return;
    if (deploy_look(&env, s->conf, s->live.sha256, &seen, &err) == 0)
        *state = seen;
    else
        log_info(&app->log, "%s: the machine cannot be looked at: %s", s->conf->name, err.text);
}

/* The certificates that decide: ours, or the one of the balancer that is followed. */
static int load_leaves(struct store *store, struct status *s, struct err *err)
{
    if (!follow_wanted(s->conf))
        return load_slot(store, s->conf->name, STORE_LIVE, &s->live, &s->have_live, err) != 0
                   ? -1
                   : load_slot(store, s->conf->name, STORE_HELD, &s->held, &s->have_held, err);
    s->have_live = follow_load(store, s->conf, &s->live, err) == 0;
    if (s->have_live)
        return 0;
    if (err->code != ERR_NOT_FOUND)
        return -1;
    err_clear(err);
    return 0;
}

static int read_status(const struct app *app, struct store *store, struct status *s,
                       struct err *err)
{
    char rel[300], rehearsal[CONF_REHEARSAL_BYTES];
    conf_rehearsal_name(s->conf->name, rehearsal);
    if (store != NULL) {
        snprintf(rel, sizeof(rel), "certs/%s/order.json", s->conf->name);
        s->order_pending = store_has(store, rel);
        if (store_state_load(store, s->conf->name, &s->state, err) != 0 ||
            store_state_load(store, rehearsal, &s->rehearsal, err) != 0 ||
            load_leaves(store, s, err) != 0)
            return -1;
        if (leaf_of(s) != NULL &&
            store_load_container(store, s->conf->name, s->have_held ? STORE_HELD : STORE_LIVE,
                                 s->container, err) != 0)
            return -1;
        look_at_machine(app, store, s);
    }
    if (s->state.failed[0].at[0] != 0 || s->state.ordered_at[0] != 0)
        ration_begin(&s->state, s->conf); /* another CA, other names: they start anew */
    struct renew_facts f = renewal_facts(s->conf, &s->state, leaf_of(s), clock_now(app->clock));
    if (s->have_live && s->have_held && renewal_rejected(&s->state, &s->held))
        renewal_limit(&f, s->conf, &s->state, &s->live);
    if (!follow_wanted(s->conf)) /* else nobody here renews it */
        renew_decide(&f, &s->renew);
    return 0;
}

static const char *state_word(const struct app *app, const struct status *s)
{
    const struct cert_info *leaf = leaf_of(s);
    if (leaf == NULL)
        return s->order_pending ? "pending" : "none";
    if (clock_now(app->clock) >= leaf->not_after)
        return "expired";
    return follow_wanted(s->conf) || s->renew.answer == RENEW_NOT_DUE ? "valid" : "due";
}

static void put_hex(struct json *o, const char *key, const uint8_t *p, size_t len)
{
    char hex[2 * SHA256_BYTES + 1];
    text_hex(p, len, hex);
    json_put_string(o, key, hex);
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

static void put_leaf(struct json *o, const struct app *app, const struct cert_info *leaf)
{
    static const char *const absent[] = {"serial",    "sha256",    "sha1", "not_before",
                                         "not_after", "days_left", "key",  "issuer"};
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
    json_put_integer(o, "days_left", (leaf->not_after - clock_now(app->clock)) / (24 * 3600));
    json_put_string(o, "key", leaf->key);
    json_put_string(o, "issuer", leaf->issuer);
}

static struct json *doc_held(const struct status *s)
{
    struct json *o = json_new_object();
    put_hex(o, "sha256", s->held.sha256, SHA256_BYTES);
    json_put_time(o, "since", s->state.held_since);
    json_put_string(o, "reason", s->state.held_reason[0] != '\0' ? s->state.held_reason : NULL);
    json_put_time(o, "until", s->state.held_until);
    return o;
}

static struct json *doc_deployed(const struct status *s)
{
    struct json *o = json_new_object();
    json_put_string(o, "state", deployed_state_name(s->state.deployed));
    if (s->state.deployed_at != 0)
        put_hex(o, "sha256", s->state.deployed_sha256, SHA256_BYTES);
    else
        json_put_null(o, "sha256");
    json_put_time(o, "at", s->state.deployed_at);
    json_put_time(o, "verified_at", s->state.verified_at);
    return o;
}

static struct json *doc_last(const struct name_state *s)
{
    struct json *o = json_new_object();
    json_put_time(o, "at", s->last_at);
    json_put_string(o, "result", s->last_result[0] != '\0' ? s->last_result : NULL);
    json_put_string(o, "message", s->last_message[0] != '\0' ? s->last_message : NULL);
    return o;
}

static struct json *doc_ari(const struct ari_state *a)
{
    struct json *o = json_new_object();
    json_put_time(o, "start", a->start);
    json_put_time(o, "end", a->end);
    json_put_string(o, "explanation_url",
                    a->explanation_url[0] != '\0' ? a->explanation_url : NULL);
    return o;
}

static struct json *doc_status(const struct app *app, const struct status *s)
{
    struct json *o = json_new_object();
    json_put_string(o, "name", s->conf->name);
    json_put(o, "names", doc_names(s->conf->names.v, s->conf->names.n));
    json_put(o, "names_unicode", doc_names_unicode(&s->conf->names));
    json_put_string(o, "source", follow_wanted(s->conf) ? "balancer" : "acme");
    json_put_string(o, "directory", follow_wanted(s->conf) ? NULL : s->conf->acme.directory);
    put_leaf(o, app, leaf_of(s));
    json_put_string(o, "key_container", s->container[0] != '\0' ? s->container : NULL);
    json_put_time(o, "renew_at", leaf_of(s) != NULL ? s->renew.at : 0);
    if (renewal_knows_window(&s->state, leaf_of(s)) && s->state.ari.start != 0)
        json_put(o, "ari", doc_ari(&s->state.ari));
    else
        json_put_null(o, "ari");
    json_put_string(o, "state", state_word(app, s));
    if (s->have_held)
        json_put(o, "held", doc_held(s));
    else
        json_put_null(o, "held");
    json_put(o, "deployed", doc_deployed(s));
    json_put(o, "last", doc_last(&s->state));
    if (s->rehearsal.last_at != 0)
        json_put(o, "rehearsal", doc_last(&s->rehearsal));
    else
        json_put_null(o, "rehearsal");
    json_put_integer(o, "failures", s->state.failures);
    json_put(o, "budget", ration_doc(&s->state, s->conf, life_of(s), clock_now(app->clock)));
    return o;
}

static void show_status(const struct app *app, const struct status *s)
{
    const struct cert_info *leaf = leaf_of(s);
    const char *word = state_word(app, s);
    bool bad = strcmp(word, "expired") == 0 || s->state.failures > 0;
    char until[21] = "-", renew[21] = "-", used[400], shown[1024];
    if (leaf != NULL) {
        text_time(leaf->not_after, until);
        if (s->renew.at != 0)
            text_time(s->renew.at, renew);
    }
    show_styled(&app->out, SHOW_BOLD, "%-28s", s->conf->name);
    show_styled(&app->out, bad ? SHOW_BAD : SHOW_GOOD, " %-8s", word);
    show_text(&app->out, " expires %.10s  renews %.10s  %-11s  %s\n", until, renew,
              deployed_state_name(s->state.deployed),
              follow_wanted(s->conf) ? "from the balancer" : s->conf->acme.directory_name);
    if (s->have_held && s->state.held_reason[0] != '\0') {
        char held[48] = "";
        if (s->state.held_until != 0) {
            text_time(s->state.held_until, until);
            snprintf(held, sizeof(held), ", until %s", until);
        }
        show_styled(&app->out, SHOW_WARN, "  held: %s%s\n", s->state.held_reason, held);
    }
    if (s->container[0] != '\0')
        show_text(&app->out, "  key in the machine's key provider: %s\n", s->container);
    for (size_t i = 0; i < s->conf->names.n; i++) {
        if (idn_to_unicode(s->conf->names.v[i], shown, sizeof(shown)))
            show_text(&app->out, "  %s is %s\n", s->conf->names.v[i], shown);
    }
    if (s->state.failures > 0)
        show_styled(&app->out, SHOW_WARN, "  %d failure%s: %s\n", s->state.failures,
                    s->state.failures == 1 ? "" : "s", s->state.last_message);
    ration_text(&s->state, s->conf, clock_now(app->clock), used, sizeof(used));
    if (used[0] != '\0')
        show_styled(&app->out, SHOW_WARN, "  %s\n", used);
    if (s->rehearsal.last_at != 0) {
        char at[21];
        text_time(s->rehearsal.last_at, at);
        show_styled(&app->out, s->rehearsal.failures > 0 ? SHOW_WARN : SHOW_DIM,
                    "  last rehearsal %s: %s; %s\n", at, s->rehearsal.last_result,
                    s->rehearsal.last_message);
    }
}

static int show_all(struct app *app, struct store *store, const struct conf **list, size_t count,
                    struct err *err)
{
    struct json *certs = json_new_array();
    int failed = 0;
    for (size_t i = 0; i < count && failed == 0; i++) {
        struct status s = {.conf = list[i]};
        failed = read_status(app, store, &s, err);
        if (failed == 0) {
            json_append(certs, doc_status(app, &s));
            show_status(app, &s);
        }
        status_clear(&s);
    }
    int code = failed != 0 ? err_exit_code(err) : 0;
    if (failed != 0)
        show_error(&app->out, NULL, err);
    if (app->args->json) {
        struct json *doc = doc_new("status", code, failed != 0 ? err : NULL);
        json_put(doc, "certificates", certs);
        doc_print(doc);
    } else {
        json_free(certs);
    }
    return code;
}

int cmd_status(struct app *app)
{
    struct err err = {0};
    struct store *store = NULL;
    const struct conf **list = NULL;
    size_t count = 0;
    int failed = app_select(app, &list, &count, &err);
    if (failed == 0 && store_open(&store, app->state_dir, STORE_READ, &app->log, &err) != 0) {
        failed = err.code != ERR_NOT_FOUND; /* nothing was ever issued: a status, too */
        if (failed == 0)
            err_clear(&err);
    }
    if (failed != 0)
        count = 0;
    int code = 0;
    if (failed != 0) {
        show_error(&app->out, NULL, &err);
        code = err_exit_code(&err);
        if (app->args->json)
            doc_print(doc_new("status", code, &err));
    } else {
        code = show_all(app, store, list, count, &err);
    }
    store_close(store);
    free(list);
    return code;
}
