/* SPDX-License-Identifier: Apache-2.0 */
/* conf_explain.c - what each key amounts to, and which file and line says so. */
#include "conf_parts.h"

#include "os.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { VALUE_MAX_BYTES = CONF_MAX_FILE_BYTES };

struct source {
    char *path; /* owned */
    struct buf text;
    struct conf_doc doc; /* no nodes: the file is not there */
};

static int open_source(struct source *s, unsigned order, struct err *err)
{
    struct conf_errors errors = {0};
    int rc = 0;

    if (!os_exists(s->path))
        return 0;
    if (os_read_file(s->path, &s->text, err) != 0)
        return -1;
    struct conf_text in = {s->path, buf_str(&s->text), s->text.len};
    if (conf_doc_open(&s->doc, &in, order, &errors) != 0) {
        conf_doc_clear(&s->doc);
        s->doc = (struct conf_doc){0};
        rc = conf_errors_tell(&errors, NULL, err);
    }
    conf_errors_clear(&errors);
    return rc;
}

static void close_source(struct source *s)
{
    conf_doc_clear(&s->doc);
    buf_clear(&s->text);
    free(s->path);
}

/* A provider's settings that this certificate does not use, and that nobody wrote down. */
static bool is_idle(const struct conf_key *k, const char *provider)
{
    size_t len = strlen(provider);

    if (!text_starts(k->path, "dns.") || !strchr(k->path + 4, '.') ||
        text_starts(k->path, "dns.propagation."))
        return false;
    return strncmp(k->path + 4, provider, len) != 0 || k->path[4 + len] != '.';
}

static const char *provider_of(const struct conf *c)
{
    const struct conf_key *k = conf_key_find("dns.provider");

    for (const struct conf_word *w = k->words; w->word; w++)
        if (w->value == (int)c->dns.provider)
            return w->word;
    return "";
}

/* As it stands in the file, in one line and without comments. */
static bool written(const struct source *s, const struct conf_key *k, struct buf *value,
                    unsigned *line)
{
    size_t at = s->doc.nodes > 0 ? conf_doc_find(&s->doc, k->path) : 0;
    const struct json *j = s->doc.root;
    char part[64];
    struct err e = {0};

    if (at == 0)
        return false;
    *line = conf_doc_place(&s->doc, s->doc.node[at].at).line;
    for (const char *p = k->path; j && *p;) {
        size_t len = strcspn(p, ".");
        if (len >= sizeof part)
            return false;
        memcpy(part, p, len);
        part[len] = '\0';
        j = json_get(j, part);
        p += len + (p[len] == '.');
    }
    if (!j) /* a member that is null reads as NULL */
        buf_puts(value, "null");
    else if (json_text(j, JSON_COMPACT, value, &e))
        return false;
    return true;
}

static void explain_key(const struct conf_key *k, const struct source source[2],
                        const char *provider,
                        void (*each)(void *user, const struct conf_setting *s), void *user)
{
    struct buf value = BUF_INIT(VALUE_MAX_BYTES);
    struct conf_setting s = {.key = k->path};

    for (int i = 0; i < 2 && !s.value; i++) {
        if (!written(&source[i], k, &value, &s.line))
            continue;
        s.value = buf_str(&value);
        s.file = source[i].path;
    }
    if (!s.value && !is_idle(k, provider))
        s.value = k->otherwise;
    if (s.value)
        each(user, &s);
    buf_clear(&value);
}

int conf_explain(const char *dir, const struct conf *c,
                 void (*each)(void *user, const struct conf_setting *s), void *user,
                 struct err *err)
{
    struct source source[2] = {{.text = BUF_INIT(CONF_MAX_FILE_BYTES + 1)},
                               {.text = BUF_INIT(CONF_MAX_FILE_BYTES + 1)}};
    int rc = -1;

    if (text_dup(&source[0].path, c->file, err) || conf_shared_path(dir, &source[1].path, err) ||
        open_source(&source[0], 1, err) || open_source(&source[1], 0, err))
        goto done;
    for (const struct conf_key *k = conf_keys; k->path; k++)
        if (k->type != CONF_T_OBJECT && k->type != CONF_T_IGNORED)
            explain_key(k, source, provider_of(c), each, user);
    rc = 0;
done:
    close_source(&source[0]);
    close_source(&source[1]);
    return rc;
}
