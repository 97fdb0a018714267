/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trial binding: http.sys judges the certificate before the live port is touched. Error 1312
 * (a key that the machine cannot use) is documented for setting a record; that an unused loopback
 * port gives it as well is to be seen on a real server. Where it does not, nothing is lost: the
 * live record is read back, and the wire decides.
 */
#include "drive.h"

#include "rras/codes.h"
/* A record opens no socket, so any port will do that has no record yet. */
enum { FIRST_PORT = 61443, PORTS = 16, DROP_TRIES = 4, DROP_PAUSE_MS = 200 };

static bool is_taken(const struct err *e)
{
    return e->source == ERR_SRC_WIN32 && e->number == CODE_ERROR_ALREADY_EXISTS;
}

int act_drop_trial(struct session *s, struct err *err)
{
    const struct target *t = s->ports->target;
    struct err e = {0};

    for (int i = 0; i < DROP_TRIES; i++) {
        struct observed o = {0};
        int left, rc;
        if (i > 0)
            session_wait(s, DROP_PAUSE_MS);
        err_clear(&e);
        rc = session_observe(s, LOOK_RECORDS, &o, &e);
        left = o.trial_port;
        observed_clear(&o);
        if (rc != 0)
            continue;
        if (left == 0) {
            s->journal.trial_port = 0;
            return 0;
        }
        if (t->drop_trial(t->self, left, &e) == 0)
            err_set(&e, ERR_FAIL, "trial binding 127.0.0.1:%d: still there after its removal",
                    left);
    }
    *err = e;
    return -1;
}

static int try_ports(struct session *s, struct err *err)
{
    const struct target *t = s->ports->target;
    struct err e = {0};

    for (int port = FIRST_PORT; port < FIRST_PORT + PORTS; port++) {
        if (port == s->journal.port)
            continue;
        s->journal.trial_port = port;
        if (session_phase(s, s->journal.phase, err) != 0)
            return -1;
        err_clear(&e);
        if (t->try_binding(t->self, port, s->journal.sha1, &e) == 0)
            return act_drop_trial(s, err);
        if (!is_taken(&e))
            break;
        s->journal.trial_port = 0;
    }
    *err = e;
    return -1;
}

int act_try_binding(struct session *s, struct err *err)
{
    struct step_mark step = session_step(s, "try binding");
    int rc = try_ports(s, err);

    session_step_end(s, &step, rc == 0, "", rc == 0 ? "http.sys takes it" : "");
    return rc;
}
