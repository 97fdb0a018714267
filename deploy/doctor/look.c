/* SPDX-License-Identifier: Apache-2.0 */
/* One look at everything. */
#include "doctor/doctor.h"

#include "doctor/look_cert.h"
#include "doctor/look_host.h"
#include "doctor/look_log.h"
#include "doctor/look_net.h"
#include "doctor/look_wire.h"
#include "text.h"

#include <stdlib.h>

struct doctor_look {
    struct observed machine;
    struct doctor_host host;
    struct doctor_cert cert;
    struct doctor_net net;
    struct doctor_wire wire;
    struct doctor_log log;
};

int doctor_look_open(struct doctor_look **out, struct err *err)
{
    struct doctor_look *l = calloc(1, sizeof *l);

    if (!l)
        return err_set(err, ERR_FAIL, "doctor: out of memory");
    *out = l;
    return 0;
}

void doctor_look_close(struct doctor_look *l)
{
    if (!l)
        return;
    observed_clear(&l->machine);
    look_cert_clear(&l->cert);
    free(l);
}

static void look_at_machine(struct doctor_look *l, const struct doctor_env *env,
                            struct doctor_seen *out)
{
    const struct target *t = env->target;
    struct err e = {0};

    int port = doctor_port(out);
    int rc = t->observe(t->self, port, LOOK_ALL, &l->machine, &e);

    /* Only the machine can tell which port it listens on. */
    if (rc == 0 && doctor_wanted_of(out)->port == 0 && observed_port(&l->machine) != port) {
        port = observed_port(&l->machine);
        observed_clear(&l->machine);
        rc = t->observe(t->self, port, LOOK_ALL, &l->machine, &e);
    }
    if (rc == 0)
        out->records = l->machine.binding;
    else
        text_copy(out->why[DOCTOR_RECORDS], sizeof out->why[0], e.text);
    /* A http.sys that does not answer is a finding (A5) and hides its records, nothing else. */
    err_clear(&e);
    if (rc != 0)
        rc = t->observe(t->self, port, LOOK_ALL & ~(unsigned)LOOK_RECORDS, &l->machine, &e);
    if (rc == 0)
        out->machine = &l->machine;
    else
        text_copy(out->why[DOCTOR_MACHINE], sizeof out->why[0], e.text);
}

void doctor_look_all(struct doctor_look *l, const struct doctor_env *env,
                     const struct doctor_wanted *wanted, struct doctor_seen *out)
{
    *out = (struct doctor_seen){.now = clock_now(env->clock), .wanted = wanted};
    look_at_machine(l, env, out);
    look_host(env, doctor_port(out), &l->host);
    out->host = &l->host;
    if (out->machine) {
        look_cert(env, out->machine, &l->cert);
        out->cert = &l->cert;
    } else {
        text_copy(out->why[DOCTOR_CERT], sizeof out->why[0], out->why[DOCTOR_MACHINE]);
    }
    look_net(env, out, &l->net);
    out->net = &l->net;
    look_wire(env, out, &l->wire);
    out->wire = &l->wire;
    look_log(env, out, &l->log);
    out->log = &l->log;
}
