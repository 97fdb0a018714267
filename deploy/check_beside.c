/* SPDX-License-Identifier: Apache-2.0 */
/* `check`: what lies beside a deploy. Nothing of it stops one. */
#include "drive.h"

#include "rras/names.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* True when the piece was read; else the finding is that it was not. */
static bool readable(const struct seen *s, struct checks *out, const char *id, const char *title)
{
    if (!s->ok)
        checks_add(out, id, title, CHECK_NOTE, seen_trouble(s), NULL);
    return s->ok;
}

static void check_url(const struct url_reservation *u, struct checks *out)
{
    static const char id[] = "deploy.url", title[] = "URL reservation of SSTP";
    static const char cure[] = "net stop RemoteAccess & net start RemoteAccess: RRAS makes it anew";

    if (!readable(&u->seen, out, id, title))
        return;
    if (!u->present)
        checks_addf(out, id, title, CHECK_WARN, "%s is not reserved: SstpSvc cannot listen",
                    u->url);
    else if (!u->grants_sstp)
        checks_addf(out, id, title, CHECK_WARN, "%s is reserved, but not for SstpSvc (%s)", u->url,
                    u->sddl);
    else {
        checks_addf(out, id, title, CHECK_OK, "%s is SstpSvc's", u->url);
        return;
    }
    checks_cure(out, "%s", cure);
}

static void check_listen(const struct listen_list *l, struct checks *out)
{
    static const char id[] = "deploy.listen", title[] = "IP listen list";
    char list[256] = "", one[64];

    if (!readable(&l->seen, out, id, title))
        return;
    for (size_t i = 0; i < l->n; i++) {
        size_t used = strlen(list);
        net_addr_ip_text(&l->addr[i], one);
        snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", one);
    }
    if (l->n == 0)
        checks_add(out, id, title, CHECK_OK, "empty: http.sys listens on all addresses", NULL);
    else
        checks_addf(out, id, title, CHECK_NOTE, "http.sys listens on %s only", list);
}

static void check_store(const struct observed *o, struct checks *out)
{
    static const char id[] = "deploy.applied", title[] = "configuration that RRAS applied";
    const struct config_store *c = &o->config;
    uint32_t https = raw_number(&o->value[VALUE_USE_HTTPS], 1);
    uint32_t port = raw_number(&c->listener_port, 0);

    if (!readable(&c->seen, out, id, title))
        return;
    if (port == 0)
        port = raw_number(&c->use_https, 1) != 0 ? NAME_DEFAULT_PORT : NAME_DEFAULT_PLAIN_PORT;
    if (!c->present)
        checks_add(out, id, title, CHECK_NOTE,
                   "ConfigStore is not there; RRAS makes it at its next start", NULL);
    else if (raw_number(&c->use_https, 1) != https || (int)port != observed_port(o))
        checks_addf(out, id, title, CHECK_WARN,
                    "RRAS runs with port %lu, UseHttps %lu, and is set to port %d, UseHttps %lu: "
                    "it takes that at its next start",
                    (unsigned long)port, (unsigned long)raw_number(&c->use_https, 1),
                    observed_port(o), (unsigned long)https);
    else
        checks_add(out, id, title, CHECK_OK, "port and UseHttps are what RRAS runs with", NULL);
}

static void check_driver(const struct service *s, struct checks *out)
{
    static const char id[] = "deploy.http", title[] = "http.sys";

    if (s->exists && s->state == SERVICE_IS_RUNNING)
        checks_add(out, id, title, CHECK_OK, "the driver is loaded", NULL);
    else
        checks_addf(out, id, title, CHECK_NOTE, "the driver is %s",
                    s->exists ? service_state_name(s->state) : "not to be seen");
}

/* Whom a deploy would disturb. */
static void check_sessions(const struct observed *o, struct checks *out)
{
    static const char id[] = "deploy.sessions", title[] = "who a restart would disturb";
    const struct dependents *d = &o->dependents;
    char names[256] = "";

    for (size_t i = 0; i < d->n; i++) {
        size_t used = strlen(names);
        if (d->of[i].now.state != SERVICE_IS_STOPPED)
            snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", d->of[i].name);
    }
    if (!readable(&o->sessions.seen, out, id, title))
        return;
    checks_addf(out, id, title, CHECK_OK, "%lu connected; services that depend on RemoteAccess: %s",
                (unsigned long)o->sessions.n,
                !d->seen.ok ? seen_trouble(&d->seen)
                : names[0]  ? names
                            : "none");
}

static void check_direct_access(const struct direct_access *d, struct checks *out)
{
    static const char id[] = "deploy.directaccess", title[] = "DirectAccess";

    if (d->bound)
        checks_add(out, id, title, CHECK_NOTE,
                   "IP-HTTPS has a certificate record of its own here; it is left alone", NULL);
    else if (!readable(&d->seen, out, id, title))
        return;
    else if (d->configured)
        checks_add(out, id, title, CHECK_NOTE, "this machine looks like an IP-HTTPS server", NULL);
    else
        checks_add(out, id, title, CHECK_OK, "not set up here", NULL);
}

static void check_listener(const struct listener_age *l, bool stale, struct checks *out)
{
    static const char id[] = "deploy.listener", title[] = "listener and hashes";
    char written[21], started[21];

    if (!readable(&l->seen, out, id, title))
        return;
    text_time(l->written_at_ms / 1000, written);
    text_time(l->started_at_ms / 1000, started);
    if (l->started_at_ms == 0) {
        checks_add(out, id, title, CHECK_SKIP, NAME_REMOTEACCESS " does not run", NULL);
    } else if (stale) {
        checks_addf(out, id, title, CHECK_WARN,
                    "the hashes were written at %s, RRAS has been running since %s: it may still "
                    "use older ones",
                    written, started);
        checks_cure(out, "rras-acme deploy NAME restarts it");
    } else {
        checks_addf(out, id, title, CHECK_OK, "values written at %s, RRAS started at %s", written,
                    started);
    }
}

void check_beside(const struct observed *o, bool stale, struct checks *out)
{
    check_url(&o->url, out);
    check_listen(&o->listen, out);
    check_store(o, out);
    check_listener(&o->listener, stale, out);
    check_driver(&o->http_driver, out);
    check_sessions(o, out);
    check_direct_access(&o->direct_access, out);
}
