/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_keys.c - certs/NAME/keys.json: the containers of the machine's key provider that are ours.
 *
 * A container is written down before it is made and forgotten after it is gone, so at every moment
 * it has an owner. Whether it is needed is not written down but looked up: whatever names it, the
 * order under way or a certificate's folder, says so itself.
 */
#include "store_int.h"

#include "conf.h"

#include <string.h>

struct naming {
    struct store *s;
    const char *name;
    struct strings *out;
    struct err *err;
};

static bool has(const struct strings *list, const char *v)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->v[i], v) == 0)
            return true;
    return false;
}

/* ---- the record ---- */

static int read_all(struct store *s, const char *name, struct strings *out, struct err *err)
{
    char rel[STORE_REL_BYTES], dir[STORE_REL_BYTES];
    const struct json *list;
    struct json *j = NULL;
    int result = 0;

    store_rel(dir, "certs/%s", name);
    store_rel(rel, "%s/keys.json", dir);
    if (!store_has(s, rel))
        return 0;
    if (store_dir_json(s, dir, "keys.json", &j, err))
        return -1;
    list = json_get(j, "containers");
    for (size_t i = 0; i < json_count(list) && !result; i++) {
        const char *v = json_string_of(json_at(list, i));
        result = v ? strings_add(out, v, err) : err_set(err, ERR_FAIL, "%s: not a name", rel);
    }
    json_free(j);
    return result;
}

static int write_all(struct store *s, const char *name, const struct strings *all, struct err *err)
{
    struct json *j, *list;
    char rel[STORE_REL_BYTES], dir[STORE_REL_BYTES];
    int result;

    store_rel(dir, "certs/%s", name);
    store_rel(rel, "%s/keys.json", dir);
    if (all->n == 0)
        return store_remove(s, rel, err);
    j = json_new_object();
    list = json_new_array();
    for (size_t i = 0; i < all->n; i++)
        json_append_string(list, all->v[i]);
    json_put(j, "containers", list);
    result = store_dir_put_json(s, dir, "keys.json", j, err);
    json_free(j);
    return result;
}

int store_key_note(struct store *s, const char *name, const char *container, struct err *err)
{
    struct strings all = {0};
    int result = -1;

    if (read_all(s, name, &all, err) == 0 && strings_add(&all, container, err) == 0)
        result = write_all(s, name, &all, err);
    strings_clear(&all);
    return result;
}

static int noted_by(void *user, const char *name)
{
    struct naming *n = user;
    return *name == '.' ? 0 : read_all(n->s, name, n->out, n->err);
}

int store_keys_noted(struct store *s, struct strings *out, struct err *err)
{
    struct naming n = {s, NULL, out, err};
    /* As below: a listing that was ended by us says so itself. */
    return store_list(s, "certs", noted_by, &n, err) || err_is_set(err) ? -1 : 0;
}

/* ---- who names them ---- */

static int dir_names(struct naming *n, const char *dir)
{
    char container[MACHINE_KEY_NAME_BYTES];

    if (store_dir_container(n->s, dir, container, n->err))
        return -1;
    return container[0] ? strings_add(n->out, container, n->err) : 0;
}

static int archived_names(void *user, const char *id)
{
    struct naming *n = user;
    char dir[STORE_REL_BYTES];

    store_rel(dir, "certs/%s/archive/%s", n->name, id);
    return *id == '.' ? 0 : dir_names(n, dir);
}

static int order_names(struct naming *n)
{
    char rel[STORE_REL_BYTES], dir[STORE_REL_BYTES];
    struct json *j = NULL;
    const char *container;
    int result = 0;

    store_rel(dir, "certs/%s", n->name);
    store_rel(rel, "%s/order.json", dir);
    if (!store_has(n->s, rel))
        return 0;
    if (store_dir_json(n->s, dir, "order.json", &j, n->err))
        return -1;
    container = json_get_string(j, "container");
    if (container)
        result = strings_add(n->out, container, n->err);
    json_free(j);
    return result;
}

static int needed(struct naming *n)
{
    static const char *const slots[] = {"live", "live.new", "held", "held.new"};
    char dir[STORE_REL_BYTES];

    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) {
        store_rel(dir, "certs/%s/%s", n->name, slots[i]);
        if (dir_names(n, dir))
            return -1;
    }
    store_rel(dir, "certs/%s/archive", n->name);
    /* A listing that was ended by us says so itself; the first cause stands. */
    if (order_names(n) || store_list(n->s, dir, archived_names, n, n->err) || err_is_set(n->err))
        return -1;
    return 0;
}

/* ---- sweeping ---- */

int store_keys_sweep(struct store *s, const char *name, store_drop_key *drop, void *user,
                     struct err *err)
{
    struct strings all = {0}, kept = {0}, used = {0};
    struct naming n = {s, name, &used, err};
    int result = -1;

    if (read_all(s, name, &all, err))
        goto done;
    /* What cannot be read may name a key: nothing is removed then. */
    if (all.n > 0 && needed(&n))
        goto done;
    result = 0;
    for (size_t i = 0; i < all.n; i++) {
        bool gone = false;
        if (!has(&used, all.v[i]) && drop(user, all.v[i], &gone, err))
            result = -1;
        if (!gone && strings_add(&kept, all.v[i], err)) {
            result = -1;
            goto done;
        }
    }
    if (kept.n < all.n && write_all(s, name, &kept, err))
        result = -1;
done:
    strings_clear(&all);
    strings_clear(&kept);
    strings_clear(&used);
    return result;
}
