/* SPDX-License-Identifier: Apache-2.0 */
/* conf_load.c - the configuration folder, and the secrets that it points to. */
#include "conf_parts.h"

#include "os.h"
#include "secret.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { SECRET_MAX_BYTES = 64 * 1024, MAX_CERTIFICATES = 1000 };

struct loader {
    struct conf_set set;
    const struct conf_text *shared; /* NULL = there is none */
    struct conf_errors errors;
    char *folder;         /* conf.d */
    struct strings files; /* of it, without folder */
};

static void tell_file(struct loader *l, const char *file, unsigned order, const char *text)
{
    struct conf_place place = {file, order, 0, 0};

    conf_errors_add(&l->errors, &place, "%s", text);
}

/* Appends the file to text; what is wrong is told with its name. */
static int read_text(struct loader *l, const char *path, unsigned order, struct buf *text)
{
    struct err e = {0};

    if (os_read_file(path, text, &e) == 0)
        return 0;
    tell_file(l, path, order, e.text);
    return -1;
}

/* conf.d/NAME.json: NAME, the caller's; NULL when memory ran out or it cannot be a name. */
static char *name_of(struct loader *l, const char *file, const char *path, unsigned order)
{
    struct err e = {0};
    char *name = NULL;

    if (text_fmt(&name, &e, "%.*s", (int)(strlen(file) - strlen(".json")), file) ||
        conf_name_check(name, &e)) {
        tell_file(l, path, order, e.text);
        free(name);
        return NULL;
    }
    return name;
}

static int set_add(struct conf_set *s, struct conf *c)
{
    struct conf *grown = realloc(s->v, (s->n + 1) * sizeof *grown);

    if (!grown)
        return -1;
    s->v = grown;
    s->v[s->n++] = *c;
    *c = (struct conf){0};
    return 0;
}

static void load_one(struct loader *l, const char *file, unsigned order)
{
    struct conf_build b = {0};
    struct buf text = BUF_INIT(CONF_MAX_FILE_BYTES + 1);
    struct err e = {0};

    if (os_path_join(&b.conf.file, l->folder, file, &e)) {
        tell_file(l, file, order, e.text);
        return;
    }
    b.conf.name = name_of(l, file, b.conf.file, order);
    if (read_text(l, b.conf.file, order, &text) == 0) {
        struct conf_text own = {b.conf.file, buf_str(&text), text.len};
        conf_build_read(&b, &(struct conf_source){l->shared, &own, order}, &l->errors);
        if (set_add(&l->set, &b.conf))
            tell_file(l, file, order, "out of memory");
    }
    conf_build_clear(&b);
    buf_clear(&text);
}

static int add_file(void *user, const char *file)
{
    struct loader *l = user;
    size_t len = strlen(file);
    struct err e = {0};

    if (len < strlen(".json") || !text_equal_nocase(file + len - strlen(".json"), ".json"))
        return 0;
    if (l->files.n < MAX_CERTIFICATES && strings_add(&l->files, file, &e) == 0)
        return 0;
    tell_file(l, l->folder, 1, "too many files");
    return 1;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct conf *)a)->name, ((const struct conf *)b)->name);
}

/* RRAS has one listener: two certificates for it would take turns at every run. */
static void check_targets(struct loader *l)
{
    const struct conf *first = NULL;

    for (size_t i = 0; i < l->set.n; i++) {
        const struct conf *c = &l->set.v[i];
        struct conf_place place = {c->file, (unsigned)i + 1, 0, 0};
        if (c->deploy.target != CONF_TARGET_RRAS)
            continue;
        if (first)
            conf_errors_add(&l->errors, &place,
                            "deploy.target: \"rras\" is the target of %s already, and RRAS serves "
                            "one certificate; say \"none\" in one of them",
                            first->name);
        else
            first = c;
    }
}

static void load_folder(struct loader *l)
{
    struct err e = {0};

    if (os_list_dir(l->folder, add_file, l, &e) && e.code != ERR_NOT_FOUND)
        tell_file(l, l->folder, 1, e.text);
    for (size_t i = 0; i < l->files.n; i++)
        load_one(l, l->files.v[i], (unsigned)i + 1);
    if (l->errors.n || l->errors.dropped || !l->set.n)
        return;
    qsort(l->set.v, l->set.n, sizeof *l->set.v, by_name);
    check_targets(l);
}

int conf_shared_path(const char *dir, char **out, struct err *err)
{
    return os_path_join(out, dir, "rras-acme.json", err);
}

int conf_load(struct conf_set *out, const char *dir, struct buf *errors, struct err *err)
{
    struct loader l = {0};
    struct buf text = BUF_INIT(CONF_MAX_FILE_BYTES + 1);
    struct conf_text shared;
    char *path = NULL;
    int result = -1;

    if (!os_exists(dir)) {
        err_set(err, ERR_USAGE, "configuration folder %s: is not there", dir);
        err_hint(err, "\"rras-acme init\" makes one; --config names another folder");
        goto done;
    }
    if (conf_shared_path(dir, &path, err) || os_path_join(&l.folder, dir, "conf.d", err))
        goto done;
    if (os_exists(path) && read_text(&l, path, 0, &text) == 0) {
        shared = (struct conf_text){path, buf_str(&text), text.len};
        l.shared = &shared;
    }
    conf_shared_read(&l.set, l.shared, &l.errors);
    load_folder(&l);
    if (conf_errors_tell(&l.errors, errors, err))
        goto done;
    *out = l.set;
    l.set = (struct conf_set){0};
    result = 0;
done:
    conf_set_clear(&l.set);
    conf_errors_clear(&l.errors);
    strings_clear(&l.files);
    free(l.folder);
    free(path);
    buf_clear(&text);
    return result;
}

void conf_set_clear(struct conf_set *s)
{
    for (size_t i = 0; i < s->n; i++)
        conf_clear(&s->v[i]);
    free(s->v);
    free(s->log_file);
    for (size_t i = 0; i < CONF_NOTIFY_MAX; i++)
        conf_notify_clear(&s->notify[i]);
    *s = (struct conf_set){0};
}

const struct conf *conf_find(const struct conf_set *s, const char *name)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->v[i].name, name) == 0)
            return &s->v[i];
    return NULL;
}

const char *conf_nearest(const struct conf_set *s, const char *name)
{
    const char *best = NULL;
    unsigned limit = conf_near_limit(name);

    for (size_t i = 0; i < s->n; i++) {
        unsigned d = text_distance(name, s->v[i].name, limit);
        if (d < limit) {
            limit = d;
            best = s->v[i].name;
        }
    }
    return best;
}

/* ---- secrets ---- */

static int secret_env(const char *name, const char *what, struct buf *raw, struct err *err)
{
    char *value = os_getenv(name);

    if (!value) {
        err_set(err, ERR_USAGE, "%s: environment variable %s is not set", what, name);
        return err_hint(err, "the tasks see the variables of SYSTEM and the machine, not those of "
                             "a prompt; a file for Administrators and SYSTEM only is simpler");
    }
    buf_puts(raw, value);
    secret_free(value);
    return buf_check(raw, what, err);
}

static int secret_file(const char *path, const char *what, struct buf *raw, struct err *err)
{
    struct err e = {0};

    if (os_check_secret_file(path, &e) || os_read_file(path, raw, &e)) {
        err_set(err, ERR_USAGE, "%s: %s", what, e.text);
        if (e.hint[0])
            err_hint(err, "%s", e.hint);
        return -1;
    }
    return 0;
}

int conf_secret(const char *ref, const char *what, struct buf *out, struct err *err)
{
    struct buf raw = BUF_INIT(SECRET_MAX_BYTES);
    size_t len;
    int result = -1;

    if (text_starts(ref, "env:") ? secret_env(ref + 4, what, &raw, err)
                                 : secret_file(ref, what, &raw, err))
        goto done;
    len = raw.len;
    if (len && raw.p[len - 1] == '\n')
        len--;
    if (len && raw.p[len - 1] == '\r')
        len--;
    if (!len) {
        err_set(err, ERR_USAGE, "%s: %s: holds nothing", what, ref);
        goto done;
    }
    buf_add(out, raw.p, len);
    result = buf_check(out, what, err);
done:
    buf_wipe(&raw);
    return result;
}
