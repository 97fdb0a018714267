/* SPDX-License-Identifier: Apache-2.0 */
/* store.c - the state folder: opening it, and records by name. */
#include "store_int.h"

#include "text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LAYOUT = 1, MIN_FREE_BYTES = 4 * 1024 * 1024 };

/* ---- paths ---- */

void store_rel(char out[STORE_REL_BYTES], const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(out, STORE_REL_BYTES, fmt, ap);
    va_end(ap);
}

/* Parts of letters, digits and ". _ - @", divided by '/', none of them beginning with '.': nothing
 * that leads out of the folder, and nothing that Windows reads as something else. */
static bool is_record_name(const char *rel)
{
    bool start = true;

    for (const char *p = rel; *p; p++) {
        bool plain = isalnum((unsigned char)*p) || strchr("_-@", *p);
        if (start ? !plain : !plain && *p != '.' && *p != '/')
            return false;
        start = *p == '/';
    }
    return !start && strlen(rel) < STORE_REL_BYTES - 1;
}

int store_path(struct store *s, const char *rel, char **out, struct err *err)
{
    if (!is_record_name(rel))
        return err_set(err, ERR_FAIL, "state folder %s: \"%.80s\" cannot be the name of a record",
                       s->dir, rel);
    return os_path_join(out, s->dir, rel, err);
}

const char *store_dir(const struct store *s)
{
    return s->dir;
}

int store_need_write(const struct store *s, struct err *err)
{
    if (s->mode == STORE_WRITE)
        return 0;
    return err_set(err, ERR_FAIL, "state folder %s: opened for reading only", s->dir);
}

bool store_has(struct store *s, const char *rel)
{
    struct err e = {0};
    char *path = NULL;
    bool there = store_path(s, rel, &path, &e) == 0 && os_exists(path);

    free(path);
    return there;
}

/* ---- folders ---- */

int store_make_dir(struct store *s, const char *rel, struct err *err)
{
    char *path = NULL;
    int result = store_need_write(s, err) || store_path(s, rel, &path, err) ||
                         os_make_dir(path, err) || os_check_private(path, err)
                     ? -1
                     : 0;

    free(path);
    return result;
}

int store_check_dir(struct store *s, const char *rel, struct err *err)
{
    char *path = NULL;
    int result = store_path(s, rel, &path, err) || os_check_private(path, err) ? -1 : 0;

    free(path);
    return result;
}

int store_rename(struct store *s, const char *from, const char *to, struct err *err)
{
    char *a = NULL, *b = NULL;
    int result = store_need_write(s, err) || store_path(s, from, &a, err) ||
                         store_path(s, to, &b, err) || os_rename(a, b, err)
                     ? -1
                     : 0;

    free(a);
    free(b);
    return result;
}

int store_remove_tree(struct store *s, const char *rel, struct err *err)
{
    char *path = NULL;
    int result =
        store_need_write(s, err) || store_path(s, rel, &path, err) || os_remove_tree(path, err) ? -1
                                                                                                : 0;

    free(path);
    return result;
}

int store_list(struct store *s, const char *rel, int (*each)(void *user, const char *name),
               void *user, struct err *err)
{
    char *path = NULL;
    int result = store_path(s, rel, &path, err);

    if (!result && os_exists(path))
        result = os_list_dir(path, each, user, err);
    free(path);
    return result;
}

int store_flush(struct store *s, const char *rel, struct err *err)
{
    char *path = NULL;
    int result = store_path(s, rel, &path, err) || os_flush_dir(path, err) ? -1 : 0;

    free(path);
    return result;
}

void store_sweep(struct store *s, const char *rel)
{
    struct err e = {0};
    char *path = NULL;

    if (store_path(s, rel, &path, &e) ||
        (os_sweep(path, NULL, NULL, &e) && e.code != ERR_NOT_FOUND))
        log_warn(s->log, "%s", e.text);
    free(path);
}

/* ---- records ---- */

int store_get(struct store *s, const char *rel, struct buf *out, struct err *err)
{
    char *path = NULL;
    int result = store_path(s, rel, &path, err) || os_read_file(path, out, err) ? -1 : 0;

    free(path);
    return result;
}

/* The folder of a record is made with it. */
static int make_parent(struct store *s, const char *rel, struct err *err)
{
    char dir[STORE_REL_BYTES];
    char *slash;

    store_rel(dir, "%s", rel);
    slash = strrchr(dir, '/');
    if (!slash)
        return 0;
    *slash = 0;
    return store_has(s, dir) ? 0 : store_make_dir(s, dir, err);
}

int store_put(struct store *s, const char *rel, const void *p, size_t len, struct err *err)
{
    char *path = NULL;
    int result = -1;

    if (store_need_write(s, err) || store_path(s, rel, &path, err))
        goto done;
    if (len > STORE_MAX_RECORD_BYTES) {
        err_set(err, ERR_FAIL, "%s: more than %d bytes", path, STORE_MAX_RECORD_BYTES);
        goto done;
    }
    if (make_parent(s, rel, err) == 0)
        result = os_write_file(path, p, len, err);
done:
    free(path);
    return result;
}

int store_get_secret(struct store *s, const char *rel, struct buf *out, struct err *err)
{
    struct buf raw = BUF_INIT(STORE_MAX_RECORD_BYTES);
    int result = store_get(s, rel, &raw, err);

    if (!result && os_unprotect(buf_str(&raw), raw.len, out, err)) {
        err_context(err, "%s", rel);
        result = -1;
    }
    buf_wipe(&raw);
    return result;
}

int store_put_secret(struct store *s, const char *rel, const void *p, size_t len, struct err *err)
{
    struct buf raw = BUF_INIT(STORE_MAX_RECORD_BYTES);
    int result =
        os_protect(p, len, &raw, err) || store_put(s, rel, buf_str(&raw), raw.len, err) ? -1 : 0;

    buf_wipe(&raw);
    return result;
}

int store_remove(struct store *s, const char *rel, struct err *err)
{
    struct err e = {0};
    char *path = NULL;
    int result = -1;

    if (store_need_write(s, err) || store_path(s, rel, &path, err))
        goto done;
    if (os_remove_file(path, &e) == 0 || e.code == ERR_NOT_FOUND)
        result = 0;
    else if (!err_is_set(err))
        *err = e;
done:
    free(path);
    return result;
}

/* ---- opening ---- */

/* What another version has written is not guessed at. */
static int check_version(struct store *s, struct err *err)
{
    struct buf text = BUF_INIT(64);
    struct err e = {0};
    long layout;
    int result = -1;

    if (store_get(s, "version", &text, &e)) {
        if (e.code != ERR_NOT_FOUND)
            *err = e;
        else if (s->mode == STORE_READ)
            result = 0;
        else
            result = store_put(s, "version", "1\n", 2, err);
        goto done;
    }
    bool lost = !*buf_str(&text); /* cut off, or filled with zeros, by a power failure */
    if (lost && s->mode == STORE_WRITE) {
        log_warn(s->log, "state folder %s: file version: empty; written anew", s->dir);
        result = store_put(s, "version", "1\n", 2, err);
        goto done;
    }
    layout = lost ? LAYOUT : strtol(buf_str(&text), NULL, 10);
    if (layout > LAYOUT) {
        err_set(err, ERR_USAGE,
                "state folder %s: written by a newer version of this program (layout %ld)", s->dir,
                layout);
        err_hint(err, "take that version, or put back the state folder of before from a backup");
    } else if (layout < LAYOUT)
        err_set(err, ERR_USAGE, "state folder %s: file version: not a layout number", s->dir);
    else
        result = 0;
done:
    buf_clear(&text);
    return result;
}

static int sweep_account(void *user, const char *name)
{
    char rel[STORE_REL_BYTES];

    store_rel(rel, "accounts/%s", name);
    if (*name != '.')
        store_sweep(user, rel);
    return 0;
}

/* In what is not a certificate's; those are swept as they are mended. */
static int sweep(struct store *s, struct err *err)
{
    struct err e = {0};

    if (os_sweep(s->dir, NULL, STORE_UNLOCKED, &e))
        log_warn(s->log, "%s", e.text);
    store_sweep(s, "journal");
    return store_list(s, "accounts", sweep_account, s, err);
}

static int open_for_writing(struct store *s, struct err *err)
{
    static const char *const folders[] = {"accounts", "certs", "journal"};
    char *lock = NULL;
    int result = -1;

    if (os_make_dir(s->dir, err) || os_check_private(s->dir, err) ||
        store_path(s, "lock", &lock, err) || os_lock_open(&s->lock, lock, err) ||
        check_version(s, err))
        goto done;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (store_make_dir(s, folders[i], err))
            goto done;
    result = sweep(s, err) || store_mend(s, err) ? -1 : 0;
done:
    if (result != 0)
        result = err_of_setup(err);
    free(lock);
    return result;
}

int store_open(struct store **out, const char *dir, enum store_mode mode, const struct log *log,
               struct err *err)
{
    struct store *s = calloc(1, sizeof *s);

    if (!s)
        return err_set(err, ERR_FAIL, "state folder %s: out of memory", dir);
    s->mode = mode;
    s->log = log;
    if (text_dup(&s->dir, dir, err))
        goto fail;
    if (mode == STORE_READ && !os_exists(dir)) {
        err_set(err, ERR_NOT_FOUND, "state folder %s: is not there", dir);
        goto fail;
    }
    if (mode == STORE_READ ? check_version(s, err) : open_for_writing(s, err))
        goto fail;
    *out = s;
    return 0;
fail:
    store_close(s);
    return -1;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    os_lock_close(s->lock);
    free(s->dir);
    free(s);
}

/* ---- others ---- */

int store_check(struct store *s, struct err *err)
{
    static const char text[] = "written, read and removed again by a check\n";
    struct buf back = BUF_INIT(sizeof text);
    int64_t free_bytes = 0;
    int result = -1;

    if (os_free_space(s->dir, &free_bytes, err))
        return -1;
    if (free_bytes < MIN_FREE_BYTES)
        return err_set(err, ERR_FAIL, "state folder %s: only %lld bytes are free on its volume",
                       s->dir, (long long)free_bytes);
    if (store_put(s, "check", text, sizeof text - 1, err) || store_get(s, "check", &back, err))
        goto done;
    if (strcmp(buf_str(&back), text) != 0)
        err_set(err, ERR_FAIL, "state folder %s: what was written is read differently", s->dir);
    else
        result = store_remove(s, "check", err);
done:
    buf_clear(&back);
    return result;
}

void store_account_dir(const char *directory_url, char out[128])
{
    enum { HOST_MAX_BYTES = 100, HASH_DIGITS = 8 };
    const char *scheme = strstr(directory_url, "://"), *host = scheme ? scheme + 3 : directory_url;
    size_t n = *host == '[' ? strcspn(host, "]") : strcspn(host, ":/?#");
    uint8_t hash[SHA256_BYTES];
    char hex[2 * SHA256_BYTES + 1], name[HOST_MAX_BYTES + 1] = "";

    for (size_t i = 0; i < n && i < HOST_MAX_BYTES; i++) {
        int c = tolower((unsigned char)host[i]);
        name[i] = isalnum(c) || c == '-' || (c == '.' && i > 0) ? (char)c : '_';
    }
    crypto_sha256(directory_url, strlen(directory_url), hash);
    text_hex(hash, sizeof hash, hex);
    snprintf(out, 128, "accounts/%s_%.*s", name, HASH_DIGITS, hex);
}
