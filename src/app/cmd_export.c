/* SPDX-License-Identifier: Apache-2.0 */
/* `export`: the certificate with key and chain as a PFX, for use elsewhere. */
#include "src/app/app.h"
#include "src/app/doc.h"
#include "src/app/password.h"
#include "src/app/renewal.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* What is to be in place: the held certificate, the live one when there is none or it was rolled
 * back. */
static int load(const struct app *app, const struct conf *conf, struct bundle *out, struct err *err)
{
    struct store *store = NULL;
    struct name_state state = {0};
    struct err e = {0};
    int rc = -1;
    if (store_open(&store, app->state_dir, STORE_READ, &app->log, &e) != 0)
        goto done;
    if (store_state_load(store, conf->name, &state, &e) != 0)
        goto done;
    rc = store_load(store, conf->name, STORE_HELD, out, &e);
    if (rc == 0 ? renewal_rejected(&state, &out->leaf) : e.code == ERR_NOT_FOUND) {
        bundle_clear(out);
        err_clear(&e);
        rc = store_load(store, conf->name, STORE_LIVE, out, &e);
    }
done:
    store_close(store);
    if (rc != 0 && e.code == ERR_NOT_FOUND)
        return err_set(err, ERR_USAGE, "%s: no certificate is held or in place", conf->name);
    return rc != 0 ? err_set(err, e.code, "%s", e.text) : 0;
}

static int check_key(const struct conf *conf, const struct bundle *b, struct err *err)
{
    if (key_container(b->key) == NULL)
        return 0;
    err_set(err, ERR_USAGE,
            "%s: cannot be exported: its key was made in the machine's key provider and does not "
            "leave it (container %s)",
            conf->name, key_container(b->key));
    return err_hint(err, "set key to \"rsa2048\" in %s, then: rras-acme issue %s", conf->file,
                    conf->name);
}

static int write_file(const struct app *app, const struct buf *pfx, struct err *err)
{
    const char *path = app->args->pfx;
    struct err e = {0};
    int rc = app->args->yes ? os_write_file(path, buf_str(pfx), pfx->len, &e)
                            : os_create_file(path, buf_str(pfx), pfx->len, &e);
    if (rc == 0)
        return 0;
    if (e.code != ERR_EXISTS)
        return err_set(err, e.code, "option --pfx: %s", e.text);
    err_set(err, ERR_USAGE, "option --pfx: %s is there already", path);
    return err_hint(err, "--yes overwrites it");
}

/* As whoever gets the file would: read, decrypted, compared. */
static int read_back(const char *path, const char *password, const struct bundle *b,
                     struct err *err)
{
    struct buf file = BUF_INIT(PFX_FILE_MAX_BYTES);
    struct cert_chain chain = {0};
    struct key *key = NULL;
    int rc = -1;
    if (os_read_file(path, &file, err) != 0 ||
        pfx_read(buf_str(&file), file.len, password, &key, &chain, err) != 0)
        goto done;
    if (!key_same_public(key, b->key) || chain.count == 0 ||
        chain.cert[0].len != b->chain.cert[0].len ||
        memcmp(chain.cert[0].der, b->chain.cert[0].der, chain.cert[0].len) != 0) {
        err_set(err, ERR_FAIL, "%s: read back, it is not what was written", path);
        goto done;
    }
    rc = 0;
done:
    key_free(key);
    cert_chain_clear(&chain);
    buf_wipe(&file);
    return rc;
}

static int export_it(const struct app *app, const struct conf *conf, struct bundle *b,
                     struct err *err)
{
    struct buf password = BUF_INIT(PASSWORD_MAX_BYTES), pfx = BUF_INIT(PFX_FILE_MAX_BYTES);
    enum pfx_style style = app->args->legacy ? PFX_LEGACY : PFX_MODERN;
    int rc = -1;
    if (password_read(app->args->password_file, &password, err) != 0 ||
        load(app, conf, b, err) != 0 || check_key(conf, b, err) != 0 ||
        pfx_make(b->key, &b->chain, conf->name, buf_str(&password), style, &pfx, err) != 0 ||
        write_file(app, &pfx, err) != 0)
        goto done;
    rc = read_back(app->args->pfx, buf_str(&password), b, err);
done:
    buf_wipe(&password);
    buf_wipe(&pfx);
    return rc;
}

static struct json *doc_exported(const struct app *app, const struct conf *conf,
                                 const struct cert_info *leaf)
{
    struct json *o = json_new_object(), *names = json_new_array();
    char hex[2 * SHA256_BYTES + 1];
    text_hex(leaf->sha256, SHA256_BYTES, hex);
    for (size_t i = 0; i < leaf->name_count; i++)
        json_append_string(names, leaf->names[i]);
    json_put_string(o, "name", conf->name);
    json_put_string(o, "file", app->args->pfx);
    json_put_string(o, "sha256", hex);
    json_put(o, "names", names);
    json_put_time(o, "not_after", leaf->not_after);
    json_put_bool(o, "legacy", app->args->legacy);
    return o;
}

static int check_options(const struct app *app, struct err *err)
{
    if (app->args->pfx == NULL)
        return err_set(err, ERR_USAGE, "command export: --pfx FILE is missing");
    if (app->args->password_file != NULL)
        return 0;
    err_set(err, ERR_USAGE, "command export: --password-file is missing");
    return err_hint(err, "give a file, env:NAME, or - for the first line of standard input");
}

int cmd_export(struct app *app)
{
    struct err err = {0};
    const struct conf **list = NULL;
    size_t count = 0;
    struct bundle b = {0};
    struct json *doc;
    bool done = check_options(app, &err) == 0 && app_select(app, &list, &count, &err) == 0 &&
                export_it(app, list[0], &b, &err) == 0;
    int code = done ? 0 : err_exit_code(&err);
    if (done)
        show_text(&app->out, "%s: certificate %s with key and chain written to %s\n", list[0]->name,
                  b.leaf.serial, app->args->pfx);
    else
        show_error(&app->out, NULL, &err);
    if (app->args->json) {
        doc = doc_new(app->args->command->name, code, done ? NULL : &err);
        if (done)
            json_put(doc, "exported", doc_exported(app, list[0], &b.leaf));
        doc_print(doc);
    }
    bundle_clear(&b);
    free(list);
    return code;
}
