/* SPDX-License-Identifier: Apache-2.0 */
/* look_host: what the operating system tells, and what lies in files. */
#include "doctor/look_host_os.h"

#include "os.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IIS_MAX_BYTES = 8 * 1024 * 1024, TASK_DEPTH = 3 };

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

/* ---- other ACME clients ---- */

/* Names of their tasks and services begin with or contain one of these. */
static const char *const clients[] = {"win-acme",  "simple-acme", "certkit", "certify",
                                      "posh-acme", "certbot",     "lego",    "acme.sh"};
static const char *const client_services[] = {"CertKitAgent", "certkit-agent", "Certify.Service",
                                              "CertifyManager"};

static void add_tool(struct doctor_host *out, const char *kind, const char *name)
{
    if (out->tools.n >= TOOL_MAX)
        return;
    snprintf(out->tools.of[out->tools.n], sizeof out->tools.of[0], "%.31s%.63s", kind, name);
    out->tools.n++;
}

static bool is_client(const char *name)
{
    char lower[128];

    text_copy(lower, sizeof lower, name);
    text_lower(lower);
    for (size_t i = 0; i < sizeof clients / sizeof *clients; i++)
        if (strstr(lower, clients[i]))
            return true;
    return false;
}

struct task_walk {
    struct doctor_host *out;
    const char *folder;
    int depth;
};

static void walk_tasks(struct task_walk *w);

static int see_task(void *user, const char *name)
{
    struct task_walk *w = user;
    struct err ignored = {0};
    char *path = NULL;

    if (is_client(name)) {
        add_tool(w->out, "task ", name);
        return w->out->tools.n == TOOL_MAX;
    }
    if (w->depth > 1 && os_path_join(&path, w->folder, name, &ignored) == 0) {
        struct task_walk below = {w->out, path, w->depth - 1};
        walk_tasks(&below);
        free(path);
    }
    return w->out->tools.n == TOOL_MAX;
}

/* What is no folder cannot be listed: that is all there is to tell them apart. */
static void walk_tasks(struct task_walk *w)
{
    struct err ignored = {0};

    if (os_list_dir(w->folder, see_task, w, &ignored) != 0)
        return;
}

/* The Task Scheduler keeps each task as a file; administrators may list them. */
static void look_tools(struct doctor_host *out)
{
    char *tasks = windows_file("System32\\Tasks");

    if (!tasks) {
        not_read(&out->tools.seen, "only on Windows");
        return;
    }
    struct task_walk w = {out, tasks, TASK_DEPTH};
    walk_tasks(&w);
    for (size_t i = 0; i < sizeof client_services / sizeof *client_services; i++)
        if (host_has_service(client_services[i]))
            add_tool(out, "service ", client_services[i]);
    out->tools.seen.ok = true;
    free(tasks);
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
    look_tools(out);
}
