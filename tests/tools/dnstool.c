/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnstool - the delegation, publication and propagation code by hand, for tests against real name
 * servers.
 *
 *     dnstool CONF walk NAME              the chain, the zone, its servers
 *     dnstool CONF record NAME            the CNAME to create
 *     dnstool CONF publish NAME VALUE...  walks, then adds the values at the target
 *     dnstool CONF cleanup NAME VALUE...  walks, then removes them
 *     dnstool CONF wait NAME VALUE...     walks, then waits until all servers show them
 *     dnstool CONF look NAME VALUE...     walks, then asks each server once
 *
 * CONF is a certificate's configuration file. One fact a line on stdout; on failure a last line
 * "error CODE TEXT" and the exit code the product would have. Logs go to stderr.
 */
#include "dns/delegation.h"
#include "publish/publish.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

struct tool {
    struct conf conf;
    struct log log;
    struct delegation_env env;
    const char *command, *name;
    char **values;
    size_t value_count;
};

static void log_line(void *user, enum log_level level, const char *text)
{
    (void)user;
    fprintf(stderr, "%s: %s\n", log_level_name(level), text);
}

static void show(const struct delegation *d)
{
    char addr[72];

    for (size_t i = 0; i < d->hop_count; i++) {
        const struct delegation_hop *h = &d->hop[i];
        net_addr_text(&h->answered_by, addr);
        printf("hop %s zone %s target %s ttl %u by %s%s\n", h->name, h->zone,
               *h->target ? h->target : "-", (unsigned)h->ttl_s, addr,
               h->wildcard ? " wildcard" : "");
    }
    printf("delegated %s\ntarget %s\nzone %s\nprimary %s\nnegative_ttl %u\n",
           d->delegated ? "yes" : "no", d->target, d->zone, d->primary,
           (unsigned)d->negative_ttl_s);
    for (size_t i = 0; i < d->server_count; i++) {
        net_addr_text(&d->server[i].addr, addr);
        printf("server %s %s\n", d->server[i].name, addr);
    }
}

/* The address of the primary, if it is one of the zone's servers; else of the first of them. */
static const struct net_addr *primary_of(const struct delegation *d)
{
    for (size_t i = 0; i < d->server_count; i++)
        if (strcmp(d->server[i].name, d->primary) == 0)
            return &d->server[i].addr;
    return &d->server[0].addr;
}

static int publish(const struct tool *tool, const struct delegation *d, struct err *err)
{
    const struct publish_env env = {
        .conf = &tool->conf, .clock = &os_clock, .log = &tool->log, .https = NULL};
    struct publisher p = {.name = NULL};
    int rc = publisher_open(&p, &env, err);

    for (size_t i = 0; rc == 0 && i < tool->value_count; i++) {
        struct publish_record r = {
            .fqdn = d->target, .zone = d->zone, .value = tool->values[i], .primary = primary_of(d)};
        if (strcmp(tool->command, "publish") == 0)
            rc = publisher_present(&p, &r, err);
        else
            rc = publisher_cleanup(&p, &r, err);
    }
    publisher_close(&p);
    return rc;
}

static int look(const struct tool *tool, const struct delegation *d,
                const struct propagation_wanted *w, struct err *err)
{
    struct checks checks = {.v = NULL};
    int rc = propagation_look(&tool->env, d, w, &checks, err);

    for (size_t i = 0; i < checks.n; i++)
        printf("check %s %s\n", check_level_name(checks.v[i].level), checks.v[i].finding);
    checks_clear(&checks);
    return rc;
}

static int run(const struct tool *tool, struct err *err)
{
    struct propagation_wanted w = {.value_count = 0};
    struct delegation d;
    char line[1024];

    if (strcmp(tool->command, "record") == 0) {
        delegation_record(&tool->env, tool->name, line, sizeof line);
        printf("%s\n", line);
        return 0;
    }
    if (delegation_find(&tool->env, tool->name, &d, err))
        return -1;
    for (; w.value_count < tool->value_count && w.value_count < DELEGATION_MAX_VALUES;
         w.value_count++)
        w.values[w.value_count] = tool->values[w.value_count];
    if (strcmp(tool->command, "walk") == 0)
        show(&d);
    else if (strcmp(tool->command, "wait") == 0)
        return propagation_wait(&tool->env, &d, &w, err);
    else if (strcmp(tool->command, "look") == 0)
        return look(tool, &d, &w, err);
    else
        return publish(tool, &d, err);
    return 0;
}

static int read_conf(struct tool *tool, const char *path, struct err *err)
{
    struct buf text = BUF_INIT(64 * 1024), errors = BUF_INIT(64 * 1024);
    int rc = os_read_file(path, &text, err);

    if (rc == 0) {
        struct conf_text own = {.file = path, .text = buf_str(&text), .len = text.len};
        rc = conf_read(&tool->conf, "dnstool", NULL, &own, &errors, err);
    }
    buf_clear(&text);
    buf_clear(&errors);
    return rc;
}

int main(int argc, char **argv)
{
    struct tool tool = {.log = {LOG_DEBUG, log_line, NULL}};
    struct err err = {0};

    if (argc < 4) {
        fprintf(stderr,
                "usage: dnstool CONF walk|record|publish|cleanup|wait|look NAME VALUE...\n");
        return 2;
    }
    tool.command = argv[2];
    tool.name = argv[3];
    tool.values = argv + 4;
    tool.value_count = (size_t)(argc - 4);
    tool.env = (struct delegation_env){&tool.conf, &os_clock, &tool.log, NULL, NULL, false};
    int rc = net_start(&err);
    if (rc == 0 && (rc = read_conf(&tool, argv[1], &err)) == 0) {
        rc = run(&tool, &err);
        conf_clear(&tool.conf);
    }
    net_stop();
    if (rc)
        printf("error %s %s\nhint %s\n", err_code_name(err.code), err.text, err.hint);
    return rc ? err_exit_code(&err) : 0;
}
