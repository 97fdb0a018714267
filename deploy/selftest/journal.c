/* SPDX-License-Identifier: Apache-2.0 */
#include "selftest/journal.h"

#include "os.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_JOURNAL_BYTES = 64 * 1024,
    MAX_OBJECTS = 64,
    MAX_LEFT_BYTES = 8 * 1024,
    MAX_PORT = 65535
};

static const char *const kind_names[SELFTEST_OBJECT_KINDS] = {"record",  "cert",     "key",
                                                              "service", "registry", "folder"};
static const char *const family_names[FAMILY_COUNT] = {"v4", "v6"};

/* ---- lines ---- */

void selftest_object_line(const struct selftest_object *o, struct buf *out)
{
    buf_puts(out, kind_names[o->kind]);
    if (o->kind == SELFTEST_OBJECT_RECORD)
        buf_addf(out, " %s %d", family_names[o->family], o->port);
    if (o->kind == SELFTEST_OBJECT_CERT) {
        buf_putc(out, ' ');
        buf_put_hex(out, o->sha1, SHA1_BYTES);
        buf_putc(out, ' ');
        buf_put_hex(out, o->key.der, o->key.len);
    }
    if (o->kind == SELFTEST_OBJECT_KEY)
        buf_addf(out, " %s", o->container);
}

/* The rest of the line behind a word and a blank, or NULL when it begins otherwise. */
static const char *behind(const char *line, const char *word)
{
    size_t len = strlen(word);

    return strncmp(line, word, len) == 0 && line[len] == ' ' ? line + len + 1 : NULL;
}

static bool parse_record(struct selftest_object *o, const char *rest)
{
    char *end;
    long port;

    for (int f = 0; f < FAMILY_COUNT; f++) {
        const char *number = behind(rest, family_names[f]);
        if (!number || *number < '1' || *number > '9')
            continue;
        port = strtol(number, &end, 10);
        if (*end || port > MAX_PORT)
            return false;
        o->family = (enum family)f;
        o->port = (int)port;
        return true;
    }
    return false;
}

static bool parse_cert(struct selftest_object *o, const char *rest)
{
    char sha1[2 * SHA1_BYTES + 1];
    size_t len = strlen(rest), key_len;

    if (len < sizeof sha1 || rest[2 * SHA1_BYTES] != ' ')
        return false;
    memcpy(sha1, rest, 2 * SHA1_BYTES);
    sha1[2 * SHA1_BYTES] = '\0';
    rest += sizeof sha1;
    key_len = (len - sizeof sha1) / 2;
    if (key_len == 0 || key_len > PUBLIC_KEY_MAX_BYTES ||
        !text_hex_decode(sha1, o->sha1, SHA1_BYTES))
        return false;
    o->key.len = key_len;
    return text_hex_decode(rest, o->key.der, key_len);
}

bool selftest_object_parse(struct selftest_object *out, const char *line)
{
    struct selftest_object o = {.kind = SELFTEST_OBJECT_KINDS};
    const char *rest;
    bool ok = false;

    if ((rest = behind(line, kind_names[SELFTEST_OBJECT_RECORD])) != NULL) {
        o.kind = SELFTEST_OBJECT_RECORD;
        ok = parse_record(&o, rest);
    } else if ((rest = behind(line, kind_names[SELFTEST_OBJECT_CERT])) != NULL) {
        o.kind = SELFTEST_OBJECT_CERT;
        ok = parse_cert(&o, rest);
    } else if ((rest = behind(line, kind_names[SELFTEST_OBJECT_KEY])) != NULL) {
        o.kind = SELFTEST_OBJECT_KEY;
        ok = *rest && text_copy(o.container, sizeof o.container, rest);
    } else {
        for (int k = SELFTEST_OBJECT_SERVICE; k < SELFTEST_OBJECT_KINDS && !ok; k++) {
            o.kind = (enum selftest_object_kind)k;
            ok = strcmp(line, kind_names[k]) == 0;
        }
    }
    if (ok)
        *out = o;
    return ok;
}

/* ---- the file ---- */

static int journal_path(char **out, const char *dir, struct err *err)
{
    return os_path_join(out, dir, "journal", err);
}

int selftest_acl_folder(char **out, const char *dir, struct err *err)
{
    return os_path_join(out, dir, "acl", err);
}

int selftest_journal_add(const char *dir, const struct selftest_object *o, struct err *err)
{
    struct buf line = BUF_INIT(MAX_JOURNAL_BYTES);
    char *path = NULL;
    int rc = -1;

    selftest_object_line(o, &line);
    buf_putc(&line, '\n');
    if (buf_check(&line, "selftest journal", err) == 0 && journal_path(&path, dir, err) == 0)
        rc = os_append_file(path, line.p, line.len, err);
    free(path);
    buf_clear(&line);
    return rc;
}

/* A last line without an end was being written when the program died: its object was not made. */
static int read_journal(const char *path, struct selftest_object *list, int *n, struct err *err)
{
    struct buf text = BUF_INIT(MAX_JOURNAL_BYTES);
    struct err e = {0};
    char *line, *end;
    int rc = 0;

    *n = 0;
    if (os_read_file(path, &text, &e) != 0) {
        if (e.code != ERR_NOT_FOUND) {
            *err = e;
            rc = -1;
        }
        goto done;
    }
    for (line = text.p; line && (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        if (*n == MAX_OBJECTS || !selftest_object_parse(&list[*n], line)) {
            rc = err_set(err, ERR_FAIL, "selftest journal %s: line %d is none of ours", path,
                         *n + 1);
            err_hint(err, "look what it names, remove that by hand, then remove the file");
            goto done;
        }
        ++*n;
    }
done:
    buf_clear(&text);
    return rc;
}

/* ---- removal ---- */

static int remove_cert(const struct selftest_object *o, const struct target *t, struct err *err)
{
    const struct key_ref no_container = {.provider_type = 0};

    /* The container is found by its public key: what an import that died has made has no name yet.
     */
    if (t->remove_cert(t->self, o->sha1, &no_container, err) != 0)
        return -1;
    return t->sweep_keys(t->self, &o->key, err);
}

/* Its certificate was made later, and has been removed by now. */
static int remove_key(const struct selftest_object *o, const struct target *t, struct err *err)
{
    bool gone = false;

    if (t->drop_key(t->self, o->container, &gone, err) != 0)
        return -1;
    return gone ? 0
                : err_set(err, ERR_FAIL, "key container %s: a certificate names it", o->container);
}

static int remove_folder(const char *dir, struct err *err)
{
    char *path = NULL;
    int rc = selftest_acl_folder(&path, dir, err);

    if (rc == 0)
        rc = os_remove_tree(path, err);
    free(path);
    return rc;
}

static int remove_object(const struct selftest_object *o, const char *dir,
                         const struct selftest_host *h, struct err *err)
{
    switch (o->kind) {
    case SELFTEST_OBJECT_RECORD:
        return h->record_remove(h->self, o->family, o->port, err);
    case SELFTEST_OBJECT_CERT:
        return remove_cert(o, h->target, err);
    case SELFTEST_OBJECT_KEY:
        return remove_key(o, h->target, err);
    case SELFTEST_OBJECT_SERVICE:
        return h->system_remove(h->self, err);
    case SELFTEST_OBJECT_REGISTRY:
        return h->registry_remove(h->self, err);
    case SELFTEST_OBJECT_FOLDER:
        return remove_folder(dir, err);
    case SELFTEST_OBJECT_KINDS:
        break;
    }
    return 0;
}

/* What an administrator types. */
static void add_command(const struct selftest_object *o, const char *dir, struct buf *out)
{
    switch (o->kind) {
    case SELFTEST_OBJECT_RECORD:
        buf_addf(out, "netsh http delete sslcert ipport=%s:%d",
                 o->family == FAMILY_V4 ? "127.0.0.1" : "[::1]", o->port);
        break;
    case SELFTEST_OBJECT_CERT:
        buf_puts(out, "certutil -delstore MY ");
        buf_put_hex(out, o->sha1, SHA1_BYTES);
        buf_puts(out, " (its key: rras-acme selftest, once more)");
        break;
    case SELFTEST_OBJECT_KEY:
        buf_addf(out, "certutil -csp \"Microsoft Software Key Storage Provider\" -delkey %s",
                 o->container);
        break;
    case SELFTEST_OBJECT_SERVICE:
        buf_puts(out, "sc delete " SELFTEST_NAME);
        break;
    case SELFTEST_OBJECT_REGISTRY:
        buf_puts(out, "reg delete HKLM\\" SELFTEST_REGISTRY_KEY " /f");
        break;
    case SELFTEST_OBJECT_FOLDER:
        buf_addf(out, "rmdir /s /q \"%s\\acl\"", dir);
        break;
    case SELFTEST_OBJECT_KINDS:
        break;
    }
}

static void note_left(const struct selftest_object *o, const char *dir, const struct err *why,
                      struct selftest_left *out)
{
    if (out->left++ == 0)
        out->number = why->number;
    buf_addf(&out->text, "%s%s is left (%s); remove it with: ", out->text.len ? "\n" : "",
             kind_names[o->kind], why->text);
    add_command(o, dir, &out->text);
}

int selftest_journal_sweep(const char *dir, const struct selftest_host *host,
                           struct selftest_left *out, struct err *err)
{
    struct selftest_object *list = calloc(MAX_OBJECTS, sizeof *list);
    char *path = NULL;
    int n = 0, rc = -1;

    *out = (struct selftest_left){.text = BUF_INIT(MAX_LEFT_BYTES)};
    if (!list) {
        err_set(err, ERR_FAIL, "selftest journal: out of memory");
        goto done;
    }
    if (journal_path(&path, dir, err) != 0 || read_journal(path, list, &n, err) != 0)
        goto done;
    out->found = n;
    for (int i = n - 1; i >= 0; i--) {
        struct err e = {0};
        if (remove_object(&list[i], dir, host, &e) != 0)
            note_left(&list[i], dir, &e, out);
    }
    if (out->left > 0)
        err_set(err, ERR_FAIL, "%s", buf_str(&out->text));
    else
        rc = n > 0 || os_exists(path) ? os_remove_file(path, err) : 0;
done:
    free(path);
    free(list);
    return rc;
}
