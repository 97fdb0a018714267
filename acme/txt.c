/* SPDX-License-Identifier: Apache-2.0 */
#include "txt.h"

#include "json.h"
#include "text.h"

#include <string.h>

static const char journal[] = "journal/dns.json";

void txt_init(struct txt *t, const struct acme_env *env, const struct conf *conf,
              const struct acme_dns *dns)
{
    *t = (struct txt){.env = env, .conf = conf, .dns = dns};
}

void txt_close(struct txt *t)
{
    if (t->is_open)
        publisher_close(&t->publisher);
    t->is_open = false;
}

bool txt_is_here(const struct txt *t)
{
    return t->is_open && t->publisher.here;
}

struct publish_env txt_publish_env(const struct acme_env *env, const struct conf *conf)
{
    return (struct publish_env){.conf = conf,
                                .clock = env->clock,
                                .log = env->log,
                                .store = env->store,
                                .interrupted = env->interrupted,
                                .responders = env->responders,
                                .console = env->console};
}

int txt_open(struct txt *t, struct err *err)
{
    const struct publish_env env = txt_publish_env(t->env, t->conf);
    if (t->is_open)
        return 0;
    if (t->dns->open(t->dns->self, &t->publisher, &env, err))
        return -1;
    t->is_open = true;
    return 0;
}

/* ---- the journal: {"records": [{...}, ...]} ---- */

/* Damage is told of once, and kept for whoever looks after those records. */
static void set_aside(const struct txt *t, const struct buf *text)
{
    struct err e = {0};
    if ((text->len > 0 &&
         store_put(t->env->store, "journal/dns.json.damaged", text->p, text->len, &e) != 0) ||
        store_remove(t->env->store, journal, &e) != 0)
        log_info(t->env->log, "%s", e.text);
}

/* The records as a new array; an empty one if there is no journal, or if it cannot be read. */
static struct json *load(const struct txt *t)
{
    struct buf text = BUF_INIT(STORE_MAX_RECORD_BYTES);
    struct json *root = NULL;
    struct json *list = NULL;
    struct err e = {0};
    bool got = store_get(t->env->store, journal, &text, &e) == 0;
    if (got && json_parse(&root, buf_str(&text), text.len, journal, &e) == 0 &&
        json_is_array(json_get(root, "records")))
        list = json_copy_of(json_get(root, "records"));
    else if (e.code != ERR_NOT_FOUND)
        log_warn(t->env->log, "%s: %s; TXT records of earlier runs may be left in DNS", journal,
                 err_is_set(&e) ? e.text : "not of the expected form");
    if (got && !list)
        set_aside(t, &text);
    json_free(root);
    buf_clear(&text);
    return list ? list : json_new_array();
}

/* Takes the list over. */
static int save(const struct txt *t, struct json *list, struct err *err)
{
    struct buf text = BUF_INIT(STORE_MAX_RECORD_BYTES);
    struct json *root = json_new_object();
    json_put(root, "records", list);
    int rc = json_text(root, JSON_PRETTY, &text, err);
    if (!rc)
        rc = store_put(t->env->store, journal, buf_str(&text), text.len, err);
    json_free(root);
    buf_clear(&text);
    return rc;
}

static bool has(const struct json *record, const char *key, const char *value)
{
    const char *s = json_get_string(record, key);
    return s && strcmp(s, value) == 0;
}

static bool is_it(const struct json *record, const struct publish_record *r, const char *conf)
{
    return has(record, "name", r->fqdn) && has(record, "value", r->value) &&
           has(record, "conf", conf);
}

static const char *provider_name(const struct txt *t)
{
    return t->is_open && t->publisher.name ? t->publisher.name : "";
}

static int add_record(const struct txt *t, const struct publish_record *r, struct err *err)
{
    char primary[72] = "";
    struct json *list = load(t);
    for (size_t i = 0; i < json_count(list); i++) {
        if (is_it(json_at(list, i), r, t->conf->name)) {
            json_free(list);
            return 0;
        }
    }
    if (r->primary)
        net_addr_text(r->primary, primary);
    struct json *record = json_new_object();
    json_put_string(record, "name", r->fqdn);
    json_put_string(record, "zone", r->zone);
    json_put_string(record, "value", r->value);
    json_put_string(record, "provider", provider_name(t));
    json_put_string(record, "conf", t->conf->name);
    json_put_string(record, "primary", primary);
    json_put_time(record, "time", clock_now(t->env->clock));
    json_append(list, record);
    return save(t, list, err);
}

static int drop_record(const struct txt *t, const struct json *gone, struct err *err)
{
    const struct publish_record r = {.fqdn = json_get_string(gone, "name"),
                                     .value = json_get_string(gone, "value")};
    struct json *list = load(t);
    struct json *kept = json_new_array();
    for (size_t i = 0; i < json_count(list); i++) {
        if (!is_it(json_at(list, i), &r, json_get_string(gone, "conf")))
            json_append(kept, json_copy_of(json_at(list, i)));
    }
    json_free(list);
    return save(t, kept, err);
}

/* The journal is one file for all configurations. */
static int write_down(const struct txt *t, const struct publish_record *r, struct err *err)
{
    os_mutex_lock(shared_records(t->env->shared));
    int rc = add_record(t, r, err);
    os_mutex_unlock(shared_records(t->env->shared));
    return rc;
}

static int strike(const struct txt *t, const struct json *gone, struct err *err)
{
    os_mutex_lock(shared_records(t->env->shared));
    int rc = drop_record(t, gone, err);
    os_mutex_unlock(shared_records(t->env->shared));
    return rc;
}

/* ---- putting and removing ---- */

static const struct net_addr *primary_of(const struct delegation *d)
{
    for (size_t i = 0; i < d->server_count; i++) {
        if (text_equal_nocase(d->server[i].name, d->primary))
            return &d->server[i].addr;
    }
    return d->server_count ? &d->server[0].addr : NULL;
}

int txt_put(struct txt *t, const struct delegation *d, const char *value, struct err *err)
{
    struct publish_record r = {d->target, d->zone, value, primary_of(d)};
    if (txt_open(t, err) || write_down(t, &r, err))
        return -1;
    struct os_mutex *turn = shared_publishing(t->env->shared, t->conf, r.fqdn);
    os_mutex_lock(turn);
    int rc = publisher_present(&t->publisher, &r, err);
    os_mutex_unlock(turn);
    return rc;
}

static int unpublish(struct txt *t, const struct publish_record *r, struct err *err)
{
    struct os_mutex *turn = shared_publishing(t->env->shared, t->conf, r->fqdn);
    os_mutex_lock(turn);
    int rc = publisher_cleanup(&t->publisher, r, err);
    os_mutex_unlock(turn);
    return rc;
}

static void remove_one(struct txt *t, const struct json *record)
{
    struct net_addr primary = {0};
    struct err e = {0};
    const char *address = json_get_string(record, "primary");
    const char *zone = json_get_string(record, "zone");
    struct publish_record r = {.fqdn = json_get_string(record, "name"),
                               .zone = zone ? zone : "",
                               .value = json_get_string(record, "value")};
    if (!r.fqdn || !r.value)
        return;
    if (address && *address && net_addr_parse(&primary, address, 53, &e) == 0)
        r.primary = &primary;
    e = (struct err){0};
    if (txt_open(t, &e))
        goto failed;
    if (!has(record, "provider", provider_name(t))) {
        log_warn(t->env->log, "%s: TXT \"%s\" was published by another back end; remove it by hand",
                 r.fqdn, r.value);
    } else if (unpublish(t, &r, &e)) {
        goto failed;
    }
    if (strike(t, record, &e) == 0)
        return;
failed:
    log_warn(t->env->log, "%s: TXT \"%s\" is not removed yet: %s", r.fqdn, r.value, e.text);
}

static struct json *look_up(const struct txt *t)
{
    os_mutex_lock(shared_records(t->env->shared));
    struct json *list = load(t);
    os_mutex_unlock(shared_records(t->env->shared));
    return list;
}

/* Those of a rehearsal that never came to its end, too: nobody may ever rehearse again. */
void txt_sweep(struct txt *t)
{
    char rehearsal[CONF_REHEARSAL_BYTES];
    struct json *list = look_up(t);
    conf_rehearsal_name(t->conf->name, rehearsal);
    for (size_t i = 0; i < json_count(list); i++) {
        if (has(json_at(list, i), "conf", t->conf->name) ||
            has(json_at(list, i), "conf", rehearsal))
            remove_one(t, json_at(list, i));
    }
    json_free(list);
}

void txt_drop(struct txt *t, const struct delegation *d, const char *value)
{
    const struct publish_record r = {.fqdn = d->target, .value = value};
    struct json *list = look_up(t);
    for (size_t i = 0; i < json_count(list); i++) {
        if (is_it(json_at(list, i), &r, t->conf->name))
            remove_one(t, json_at(list, i));
    }
    json_free(list);
}
