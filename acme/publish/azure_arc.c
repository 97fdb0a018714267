/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/azure_arc.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_URL "http://127.0.0.1:40342/metadata/identity/oauth2/token"

enum { KEY_FILE_BYTES = 4096 };

/* ---- pure ---- */

/* "http://localhost:40342/..." as the agent sets it: by name it could lead elsewhere. */
static bool is_loopback(const char *url, char out[AZURE_ARC_URL_SIZE])
{
    static const char by_name[] = "http://localhost";
    struct buf numeric = BUF_INIT(AZURE_ARC_URL_SIZE - 1);
    struct err ignored = {0};
    size_t n = strlen(by_name);

    if (strncmp(url, by_name, n) == 0 && strchr(":/", url[n]))
        buf_addf(&numeric, "http://127.0.0.1%s", url + n);
    else
        buf_puts(&numeric, url);
    bool ok = !numeric.failed && !strpbrk(buf_str(&numeric), "?#") &&
              text_starts(buf_str(&numeric), "http://") &&
              https_check_api_url(buf_str(&numeric), HTTPS_PLAIN_LOOPBACK, &ignored) == 0;
    if (ok)
        ok = text_copy(out, AZURE_ARC_URL_SIZE, buf_str(&numeric));
    buf_clear(&numeric);
    return ok;
}

int azure_arc_url(const char *identity, const char *imds, char out[AZURE_ARC_URL_SIZE])
{
    char ignored[AZURE_ARC_URL_SIZE];

    out[0] = '\0';
    if (!identity || !imds)
        return 0;
    return is_loopback(imds, ignored) && is_loopback(identity, out) ? 0 : -1;
}

/* Letters, digits, '-' and '_', then ".key". */
static bool is_key_file(const char *name)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t n = strspn(name, plain);

    return n > 0 && strcmp(name + n, ".key") == 0;
}

bool azure_arc_file(const char *www_authenticate, const char *folder, char out[AZURE_ARC_FILE_SIZE])
{
    static const char scheme[] = "Basic realm=";
    size_t folder_len = strlen(folder);
    char path[1024], head[sizeof path];

    if (!www_authenticate || !text_copy(path, sizeof path, www_authenticate) ||
        strlen(path) < sizeof scheme - 1 + folder_len + 2)
        return false;
    text_copy(head, sizeof head, path);
    head[sizeof scheme - 1] = '\0';
    const char *at = path + sizeof scheme - 1;
    if (!text_equal_nocase(head, scheme))
        return false;
    text_copy(head, sizeof head, at);
    head[folder_len] = '\0';
    at += folder_len;
    if (!text_equal_nocase(head, folder) || (*at != '/' && *at != '\\') || !is_key_file(at + 1))
        return false;
    return text_copy(out, AZURE_ARC_FILE_SIZE, at + 1);
}

/* ---- finding ---- */

int azure_arc_find(struct azure_arc *out, struct err *err)
{
    char *identity = os_getenv("IDENTITY_ENDPOINT"), *imds = os_getenv("IMDS_ENDPOINT");
    int rc = -1;

    *out = (struct azure_arc){.folder = NULL};
    if (azure_arc_url(identity, imds, out->url)) {
        err_set(err, ERR_USAGE,
                "azure: environment variables IDENTITY_ENDPOINT and IMDS_ENDPOINT: "
                "do not lead to this machine itself");
        goto done;
    }
    if (azure_arc_folder(&out->folder, err))
        goto done;
    if (!out->url[0] && os_exists(out->folder))
        text_copy(out->url, sizeof out->url, DEFAULT_URL);
    rc = 0;
done:
    free(identity);
    free(imds);
    return rc;
}

void azure_arc_clear(struct azure_arc *a)
{
    free(a->folder);
    *a = (struct azure_arc){.folder = NULL};
}

/* ---- asking ---- */

static int ask(const struct api *api, const char *url, const char *authorization,
               struct https_response *resp, struct err *err)
{
    const struct api_request r = {
        .method = "GET", .url = url, .headers = {"Metadata: true", authorization, NULL}};

    return api_send(api, &r, resp, err);
}

/* The file's contents as a header. */
static int read_key(const struct azure_arc *a, const char *name, struct buf *header,
                    struct err *err)
{
    struct buf key = BUF_INIT(KEY_FILE_BYTES);
    struct err e = {0};
    char *path = NULL;
    int rc = -1;

    if (os_path_join(&path, a->folder, name, err))
        goto done;
    if (os_read_file(path, &key, &e)) {
        err_set(err, ERR_DNS, "azure: key of the Azure Arc agent: %s", e.text);
        err_hint(err, "run this as SYSTEM or an administrator, or as a member of the agent's group "
                      "(himds; Hybrid agent extension applications)");
        goto done;
    }
    for (size_t i = 0; i < key.len; i++) {
        if (key.p[i] <= ' ' || key.p[i] > '~') {
            err_set(err, ERR_DNS, "azure: key of the Azure Arc agent: %s is not one word", path);
            goto done;
        }
    }
    buf_addf(header, "Authorization: Basic %s", buf_str(&key));
    rc = buf_check(header, "azure key", err);
done:
    buf_wipe(&key);
    free(path);
    return rc;
}

int azure_arc_ask(const struct api *api, const struct azure_arc *a, const char *resource,
                  struct https_response *resp, struct err *err)
{
    struct buf url = BUF_INIT(HTTPS_MAX_URL), header = BUF_INIT(API_MAX_SECRET_BYTES);
    char file[AZURE_ARC_FILE_SIZE];
    int rc = -1;

    buf_addf(&url, "%s?api-version=2020-06-01&resource=", a->url);
    api_put_escaped(&url, resource);
    if (buf_check(&url, "azure URL", err) || ask(api, buf_str(&url), NULL, resp, err))
        goto done;
    if (resp->status != 401) { /* an error that the caller tells */
        rc = 0;
    } else if (!azure_arc_file(resp->www_authenticate, a->folder, file)) {
        err_set(err, ERR_DNS,
                "azure: the Azure Arc agent at %s asks for a file that is no key of "
                "its folder %s",
                a->url, a->folder);
    } else if (read_key(a, file, &header, err) == 0) {
        rc = ask(api, buf_str(&url), buf_str(&header), resp, err);
    }
done:
    buf_clear(&url);
    buf_wipe(&header);
    return rc;
}
