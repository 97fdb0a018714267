/* SPDX-License-Identifier: Apache-2.0 */
/* conf_staging.c - the staging directories: which they are, and a configuration to rehearse with.
 */
#include "conf_table.h"

#include "text.h"

#include <stdio.h>
#include <string.h>

static const char SUFFIX[] = "-staging";

static const struct conf_preset *preset_of_url(const char *url)
{
    for (const struct conf_preset *p = conf_presets; p->name; p++)
        if (strcmp(p->url, url) == 0)
            return p;
    return NULL;
}

static const struct conf_preset *staging_of(const struct conf_preset *p)
{
    size_t len = strlen(p->name);

    for (const struct conf_preset *s = conf_presets; s->name; s++)
        if (strncmp(s->name, p->name, len) == 0 && strcmp(s->name + len, SUFFIX) == 0)
            return s;
    return NULL;
}

bool conf_is_preset(const char *directory_url)
{
    return preset_of_url(directory_url) != NULL;
}

bool conf_is_staging(const struct conf *c, const char *directory_url)
{
    const struct conf_preset *p = preset_of_url(directory_url);

    if (c->acme.staging_directory && strcmp(c->acme.staging_directory, directory_url) == 0)
        return true;
    return p && strstr(p->name, SUFFIX);
}

void conf_rehearsal_name(const char *name, char out[CONF_REHEARSAL_BYTES])
{
    snprintf(out, CONF_REHEARSAL_BYTES, "%s@staging", name);
}

static int no_staging(const struct conf *c, struct err *err)
{
    struct buf known = BUF_INIT(512);

    for (const struct conf_preset *p = conf_presets; p->name; p++)
        if (staging_of(p))
            buf_addf(&known, "%s%s", known.len ? ", " : "", p->name);
    err_set(err, ERR_USAGE,
            "acme.directory: no staging directory of %.300s is known; the presets that have one "
            "are %s",
            c->acme.directory_name, buf_str(&known));
    buf_clear(&known);
    return err_hint(err, "if the CA has one, give its URL as acme.staging_directory in %s",
                    c->file);
}

int conf_rehearse(const struct conf *c, struct conf_rehearsal *out, struct err *err)
{
    const struct conf_preset *own = preset_of_url(c->acme.directory);
    const struct conf_preset *staging = own ? staging_of(own) : NULL;
    const char *url = c->acme.staging_directory ? c->acme.staging_directory
                      : staging                 ? staging->url
                                                : NULL;

    if (conf_is_staging(c, c->acme.directory)) {
        err_set(err, ERR_USAGE, "acme.directory: %.300s is a staging directory already",
                c->acme.directory_name);
        return err_hint(err, "without --staging it is a rehearsal, too: rras-acme issue %s",
                        c->name);
    }
    if (!url)
        return no_staging(c, err);
    out->conf = *c;
    conf_rehearsal_name(c->name, out->name);
    text_copy(out->directory, sizeof out->directory, url);
    text_copy(out->directory_name, sizeof out->directory_name,
              c->acme.staging_directory ? url : staging->name);
    out->conf.name = out->name;
    out->conf.acme.directory = out->directory;
    out->conf.acme.directory_name = out->directory_name;
    out->conf.deploy.target = CONF_TARGET_NONE;
    return 0;
}
