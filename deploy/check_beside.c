/* SPDX-License-Identifier: Apache-2.0 */
/* `check`: what lies beside a deploy. Nothing of it stops one. */
#include "drive.h"

#include "doctor/doctor.h"
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

/* What the doctor finds is said in its words. Nothing of it stops a deploy, so nothing fails. */
static void add_row(const struct doctor_seen *seen, const char *row, const char *id,
                    const char *title, struct checks *out)
{
    struct doctor_finding f;

    doctor_judge(doctor_row_find(row), seen, &f);
    if (f.level == CHECK_FAIL)
        f.level = CHECK_WARN;
    else if (f.level == CHECK_SKIP)
        f.level = CHECK_NOTE;
    checks_add(out, id, title, f.level, f.text, f.cure[0] ? f.cure : NULL);
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
    const struct doctor_seen seen = {.machine = o};

    add_row(&seen, "C13", "deploy.url", "URL reservation of SSTP", out);
    add_row(&seen, "C12", "deploy.listen", "IP listen list", out);
    add_row(&seen, "B11", "deploy.applied", "configuration that RRAS applied", out);
    check_listener(&o->listener, stale, out);
    add_row(&seen, "A5", "deploy.http", "http.sys", out);
    check_sessions(o, out);
    check_direct_access(&o->direct_access, out);
}
