/* SPDX-License-Identifier: Apache-2.0 */
/* look_host: what the operating system tells, and what lies in files. */
#include "doctor/look_host_os.h"

#include "os.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IIS_MAX_BYTES = 8 * 1024 * 1024 };

/* The folder of Windows, as UTF-8; NULL where there is none. */
static char *windows_file(const char *rel)
{
    char *root = os_getenv("SystemRoot"), *path = NULL;
    struct err ignored = {0};

    if (root && os_path_join(&path, root, rel, &ignored) != 0)
        path = NULL;
    free(root);
    return path;
}

static void not_read(struct seen *s, const char *why)
{
    s->ok = false;
    text_copy(s->why, sizeof s->why, why);
}

/* ---- IIS ---- */

static void look_iis(struct doctor_host *out)
{
    char *path = windows_file("System32\\inetsrv\\config\\applicationHost.config");
    struct buf text = BUF_INIT(IIS_MAX_BYTES);
    struct err e = {0};

    if (!path) {
        not_read(&out->iis.seen, "only on Windows");
        return;
    }
    if (os_read_file(path, &text, &e) == 0) {
        out->iis.seen.ok = out->iis.installed = true;
        out->iis.legacy_certificate = strstr(buf_str(&text), "<property id=\"5506\"") != NULL ||
                                      strstr(buf_str(&text), "<property id=\"5511\"") != NULL;
    } else if (e.code == ERR_NOT_FOUND) {
        out->iis.seen.ok = true;
    } else {
        not_read(&out->iis.seen, e.text);
    }
    buf_clear(&text);
    free(path);
}

void look_host(const struct doctor_env *env, int port, struct doctor_host *out)
{
    (void)env;
    memset(out, 0, sizeof *out);
    host_look_services(out);
    host_look_keys(out);
    host_look_listener(port, out);
    host_look_http(port, out);
    look_iis(out);
}
