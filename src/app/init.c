/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/init.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void init_clear(struct init *in)
{
    for (size_t i = 0; i < in->n; i++) {
        free(in->set[i].key);
        free(in->set[i].value);
    }
    strings_clear(&in->names);
    free(in->name);
    memset(in, 0, sizeof(*in));
}

int init_set(struct init *in, const char *key, const char *value, struct err *err)
{
    if (in->n == INIT_MAX_SETTINGS)
        return err_set(err, ERR_USAGE, "init: more than %d settings", INIT_MAX_SETTINGS);
    if (text_dup(&in->set[in->n].key, key, err) != 0)
        return -1;
    if (text_dup(&in->set[in->n].value, value, err) != 0) {
        free(in->set[in->n].key);
        return -1;
    }
    in->n++;
    return 0;
}

const char *init_get(const struct init *in, const char *key)
{
    for (size_t i = in->n; i > 0; i--)
        if (strcmp(in->set[i - 1].key, key) == 0)
            return in->set[i - 1].value;
    return NULL;
}

/* The file is named after the first name; of a wildcard after what follows. */
static int take_names(struct init *in, const struct args *a, struct err *err)
{
    for (size_t i = 0; i < a->name_count; i++)
        if (strings_add(&in->names, a->names[i], err) != 0)
            return -1;
    const char *first = in->names.v[0];
    if (text_starts(first, "*."))
        first += 2;
    if (text_dup(&in->name, first, err) != 0)
        return -1;
    text_lower(in->name);
    if (conf_name_check(in->name, err) == 0)
        return 0;
    return err_hint(err, "begin with a name in ASCII, in its form in DNS");
}

static int take_setting(struct init *in, const char *setting, struct err *err)
{
    char key[128];
    size_t len = strcspn(setting, "=");
    if (len >= sizeof(key))
        return err_set(err, ERR_USAGE, "option --set: %.80s: there is no such key", setting);
    memcpy(key, setting, len);
    key[len] = '\0';
    return init_set(in, key, setting + len + 1, err);
}

int init_take(struct init *in, const struct args *a, struct err *err)
{
    const struct {
        const char *key, *value;
    } plain[] = {{"acme.directory", a->directory},
                 {"acme.email", a->email},
                 {"acme.agree_tos", a->agree_tos ? "true" : NULL},
                 {"dns.provider", a->provider},
                 {"deploy.target", a->target}};
    if (take_names(in, a, err) != 0)
        return -1;
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        if (plain[i].value != NULL && init_set(in, plain[i].key, plain[i].value, err) != 0)
            return -1;
    for (size_t i = 0; i < a->setting_count; i++)
        if (take_setting(in, a->settings[i], err) != 0)
            return -1;
    return 0;
}

/* How long "PATH:LINE:COLUMN: " at the beginning is; 0 = something else is there. */
static size_t place_len(const char *path, const char *text)
{
    size_t at = strlen(path);
    if (!text_starts(text, path))
        return 0;
    for (int i = 0; i < 2 && text[at] == ':' && text[at + 1] >= '0' && text[at + 1] <= '9'; i++)
        at += 1 + strspn(text + at + 1, "0123456789");
    return text_starts(text + at, ": ") ? at + 2 : 0;
}

void init_reword(const char *path, const char *text, struct buf *out)
{
    while (*text != '\0') {
        size_t place = place_len(path, text), len;
        text += place;
        len = strcspn(text, "\n");
        buf_puts(out, place > 0 ? "setting " : "");
        buf_add(out, text, len);
        text += len;
        if (*text == '\n') {
            buf_putc(out, '\n');
            text++;
        }
    }
}

void init_caa(const char *directory, const char *name, char *out, size_t size)
{
    static const struct {
        const char *part, *domain; /* RFC 8659: the CA's Issuer Domain Name, as it documents it */
    } cas[] = {{"letsencrypt", "letsencrypt.org"},
               {"zerossl", "sectigo.com"},
               {"sectigo", "sectigo.com"},
               {"google", "pki.goog"},
               {"goog/", "pki.goog"},
               {"sslcom", "ssl.com"},
               {"actalis", "actalis.it"}};
    const char *of = directory != NULL ? directory : "letsencrypt";
    bool wild = text_starts(name, "*.");
    out[0] = '\0';
    for (size_t i = 0; i < sizeof(cas) / sizeof(cas[0]) && out[0] == '\0'; i++)
        if (strstr(of, cas[i].part) != NULL)
            snprintf(out, size, "%s. CAA 0 %s \"%s\"", wild ? name + 2 : name,
                     wild ? "issuewild" : "issue", cas[i].domain);
}
