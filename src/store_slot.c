/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_slot.c - the certificates of a name: live, held, and the archive.
 *
 * How a slot S is filled anew. The program may end after any of these steps:
 *
 *     1. S.new is made: chain.pem, key.pem and at last bundle.json, which makes it complete.
 *        (Promoting: held is renamed to live.new, which is complete at once.)
 *     2. archived.json, with the next number, is written into S.
 *     3. An earlier archive/ID of the same certificate is removed.
 *     4. S is renamed to archive/ID. (If S is the same certificate as S.new it is removed.)
 *     5. S.new is renamed to S.
 *
 * So an S.new without bundle.json is rubbish, and one with it is what S is to be: store_mend goes
 * on with step 2, and a reader takes S.new for S. A folder is removed bundle.json first, for the
 * same reason.
 */
#include "store_int.h"

#include "conf.h"
#include "json.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { ID_DIGITS = 16 };

/* The archive's name for a folder whose bundle.json cannot be read. */
static const char DAMAGED[] = "damaged";

static const char *slot_name(enum store_slot slot)
{
    return slot == STORE_LIVE ? "live" : "held";
}

/* ---- archive ---- */

/* The archive's name for what is in dir: the beginning of its hash; "" if nothing complete is
 * there, DAMAGED if it cannot be told. */
static void id_of(struct store *s, const char *dir, char id[ID_DIGITS + 1])
{
    struct json *j = NULL;
    struct err e = {0};
    const char *hex = NULL;
    uint8_t hash[SHA256_BYTES];

    id[0] = 0;
    if (!store_dir_complete(s, dir))
        return;
    if (store_dir_json(s, dir, "bundle.json", &j, &e) == 0)
        hex = json_get_string(j, "sha256");
    text_copy(id, ID_DIGITS + 1, hex && text_hex_decode(hex, hash, sizeof hash) ? hex : DAMAGED);
    text_lower(id);
    json_free(j);
}

struct archived {
    char id[ID_DIGITS + 1];
    int64_t number; /* greater = later; -1 = not complete */
};
struct archive {
    struct store *s;
    const char *name;
    struct archived *v;
    size_t n;
};

static bool is_id(const char *s)
{
    return strcmp(s, DAMAGED) == 0 ||
           (strlen(s) == ID_DIGITS && strspn(s, "0123456789abcdef") == ID_DIGITS);
}

static int64_t number_of(struct store *s, const char *dir)
{
    struct json *j = NULL;
    struct err e = {0};
    int64_t number = -1;

    if (store_dir_complete(s, dir))
        number =
            store_dir_json(s, dir, "archived.json", &j, &e) ? 0 : json_get_integer(j, "number", 0);
    json_free(j);
    return number;
}

static int archive_add(void *user, const char *id)
{
    struct archive *a = user;
    struct archived *grown;
    char dir[STORE_REL_BYTES];

    if (!is_id(id))
        return 0;
    grown = realloc(a->v, (a->n + 1) * sizeof *grown);
    if (!grown)
        return 1;
    store_rel(dir, "certs/%s/archive/%s", a->name, id);
    text_copy(grown[a->n].id, sizeof grown->id, id);
    grown[a->n].number = number_of(a->s, dir);
    a->v = grown;
    a->n++;
    return 0;
}

static int later_first(const void *a, const void *b)
{
    const struct archived *x = a, *y = b;

    if (x->number != y->number)
        return x->number > y->number ? -1 : 1;
    return strcmp(x->id, y->id);
}

/* Fills a->v, later ones first; the caller frees it. */
static int archive_read(struct archive *a, struct err *err)
{
    char dir[STORE_REL_BYTES];

    store_rel(dir, "certs/%s/archive", a->name);
    if (store_list(a->s, dir, archive_add, a, err))
        return -1;
    if (a->n)
        qsort(a->v, a->n, sizeof *a->v, later_first);
    return 0;
}

/* Step 2: the next number into dir; a try before may have died at it. */
static int number_it(struct store *s, const char *name, const char *dir, struct err *err)
{
    struct archive a = {s, name, NULL, 0};
    struct json *j = json_new_object();
    int result = -1;

    store_sweep(s, dir);
    if (archive_read(&a, err))
        goto done;
    json_put_integer(j, "number", a.n && a.v[0].number > 0 ? a.v[0].number + 1 : 1);
    result = store_dir_put_json(s, dir, "archived.json", j, err);
done:
    json_free(j);
    free(a.v);
    return result;
}

int store_prune(struct store *s, const char *name, int keep, struct err *err)
{
    struct archive a = {s, name, NULL, 0};
    int result = -1;

    if (archive_read(&a, err))
        goto done;
    for (size_t i = 0; i < a.n; i++) {
        char dir[STORE_REL_BYTES];
        if (a.v[i].number >= 0 && keep-- > 0)
            continue;
        store_rel(dir, "certs/%s/archive/%s", name, a.v[i].id);
        log_info(s->log, "%s: removed", dir);
        if (store_dir_drop(s, dir, err))
            goto done;
    }
    result = 0;
done:
    free(a.v);
    return result;
}

/* ---- slots ---- */

/* Steps 2 to 4: empties the slot. */
static int retire(struct store *s, const char *name, const char *slot, const char *fresh,
                  struct err *err)
{
    char id[ID_DIGITS + 1], fresh_id[ID_DIGITS + 1], to[STORE_REL_BYTES], dir[STORE_REL_BYTES];

    id_of(s, slot, id);
    id_of(s, fresh, fresh_id);
    if (!id[0] || strcmp(id, fresh_id) == 0)
        return store_dir_drop(s, slot, err);
    store_rel(dir, "certs/%s/archive", name);
    store_rel(to, "certs/%s/archive/%s", name, id);
    return number_it(s, name, slot, err) || store_make_dir(s, dir, err) ||
                   store_dir_drop(s, to, err) || store_rename(s, slot, to, err)
               ? -1
               : 0;
}

/* Steps 2 to 5 for a complete S.new, or its removal. */
static int mend_slot(struct store *s, const char *name, enum store_slot slot, struct err *err)
{
    char dir[STORE_REL_BYTES], fresh[STORE_REL_BYTES];

    store_rel(dir, "certs/%s/%s", name, slot_name(slot));
    store_rel(fresh, "certs/%s/%s.new", name, slot_name(slot));
    if (!store_has(s, fresh))
        return 0;
    if (!store_dir_complete(s, fresh))
        return store_dir_drop(s, fresh, err);
    if (store_has(s, dir) && retire(s, name, dir, fresh, err))
        return -1;
    return store_rename(s, fresh, dir, err);
}

static int mend_name(struct store *s, const char *name, struct err *err)
{
    return mend_slot(s, name, STORE_LIVE, err) || mend_slot(s, name, STORE_HELD, err) ? -1 : 0;
}

/* What is in the folder of a name. */
struct found {
    bool unfinished; /* a slot that was to be filled */
    bool leftovers;
};

static int look_at(void *user, const char *file)
{
    struct found *f = user;

    f->unfinished = f->unfinished || strcmp(file, "live.new") == 0 || strcmp(file, "held.new") == 0;
    f->leftovers = f->leftovers || os_is_leftover(file, NULL, NULL);
    return 0;
}

static int mend_all_of(struct store *s, const char *name, struct err *err)
{
    struct found f = {0};
    char dir[STORE_REL_BYTES];

    store_rel(dir, "certs/%s", name);
    if (store_check_dir(s, dir, err) || store_list(s, dir, look_at, &f, err))
        return -1;
    if (f.leftovers)
        store_sweep(s, dir);
    return f.unfinished ? mend_name(s, name, err) : 0;
}

static int add_name(void *user, const char *name)
{
    struct err e = {0};

    return *name != '.' && strings_add(user, name, &e);
}

int store_mend(struct store *s, struct err *err)
{
    struct strings names = {0};
    int result = store_list(s, "certs", add_name, &names, err);

    for (size_t i = 0; i < names.n && !result; i++)
        result = mend_all_of(s, names.v[i], err);
    strings_clear(&names);
    return result;
}

static int fill_slot(struct store *s, const char *name, enum store_slot slot,
                     const struct bundle *b, struct err *err)
{
    char fresh[STORE_REL_BYTES];

    store_rel(fresh, "certs/%s/%s.new", name, slot_name(slot));
    if (store_need_write(s, err) || mend_name(s, name, err) || store_dir_write(s, fresh, b, err))
        return -1;
    return mend_slot(s, name, slot, err);
}

int store_hold(struct store *s, const char *name, const struct bundle *b, struct err *err)
{
    return fill_slot(s, name, STORE_HELD, b, err);
}

int store_replace_live(struct store *s, const char *name, const struct bundle *b, struct err *err)
{
    return fill_slot(s, name, STORE_LIVE, b, err);
}

int store_promote(struct store *s, const char *name, struct err *err)
{
    char held[STORE_REL_BYTES], fresh[STORE_REL_BYTES];

    store_rel(held, "certs/%s/held", name);
    store_rel(fresh, "certs/%s/live.new", name);
    if (store_need_write(s, err) || mend_name(s, name, err))
        return -1;
    if (!store_dir_complete(s, held))
        return err_set(err, ERR_NOT_FOUND, "%s: no certificate is held", name);
    if (store_rename(s, held, fresh, err))
        return -1;
    return mend_slot(s, name, STORE_LIVE, err);
}

/* ---- loading ---- */

/* The folder that is, or is to be, the slot; false if it is empty. */
static bool find_slot(struct store *s, const char *name, enum store_slot slot,
                      char out[STORE_REL_BYTES])
{
    store_rel(out, "certs/%s/%s.new", name, slot_name(slot));
    if (store_dir_complete(s, out))
        return true;
    store_rel(out, "certs/%s/%s", name, slot_name(slot));
    return store_dir_complete(s, out);
}

/* Reads the slot as a bundle, or only what is known of its leaf. */
static int load(struct store *s, const char *name, enum store_slot slot, struct bundle *out,
                struct cert_info *leaf, struct err *err)
{
    enum { TRIES = 3 }; /* a reader without the lock may see the folder renamed under it */
    char dir[STORE_REL_BYTES];
    struct err e = {0};

    for (int i = 0; i < TRIES; i++) {
        if (!find_slot(s, name, slot, dir))
            return err_set(err, ERR_NOT_FOUND, "%s: no certificate is %s", name, slot_name(slot));
        err_clear(&e);
        if ((out ? store_dir_read(s, dir, out, &e) : store_dir_leaf(s, dir, leaf, &e)) == 0)
            return 0;
        if (e.code != ERR_NOT_FOUND)
            break;
    }
    /* A file that lacks is damage: ERR_NOT_FOUND would mean that there is no certificate. */
    return err_set(err, e.code == ERR_NOT_FOUND ? ERR_FAIL : e.code, "%s", e.text);
}

int store_load(struct store *s, const char *name, enum store_slot slot, struct bundle *out,
               struct err *err)
{
    return load(s, name, slot, out, NULL, err);
}

int store_load_leaf(struct store *s, const char *name, enum store_slot slot, struct cert_info *out,
                    struct err *err)
{
    return load(s, name, slot, NULL, out, err);
}

int store_load_container(struct store *s, const char *name, enum store_slot slot,
                         char out[MACHINE_KEY_NAME_BYTES], struct err *err)
{
    char dir[STORE_REL_BYTES];

    if (!find_slot(s, name, slot, dir))
        return err_set(err, ERR_NOT_FOUND, "%s: no certificate is %s", name, slot_name(slot));
    return store_dir_container(s, dir, out, err);
}

int store_load_archived(struct store *s, const char *name, const uint8_t sha256[SHA256_BYTES],
                        struct bundle *out, struct err *err)
{
    char dir[STORE_REL_BYTES], hex[2 * SHA256_BYTES + 1];
    struct bundle b = {0};

    text_hex(sha256, SHA256_BYTES, hex);
    store_rel(dir, "certs/%s/archive/%.*s", name, ID_DIGITS, hex);
    if (!store_dir_complete(s, dir))
        return err_set(err, ERR_NOT_FOUND, "%s: certificate %.*s is not in the archive", name,
                       ID_DIGITS, hex);
    if (store_dir_read(s, dir, &b, err))
        return -1;
    if (memcmp(b.leaf.sha256, sha256, SHA256_BYTES) != 0) {
        bundle_clear(&b);
        return err_set(err, ERR_NOT_FOUND, "%s: certificate %s is not in the archive", name, hex);
    }
    *out = b;
    return 0;
}
