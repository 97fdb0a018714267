/* SPDX-License-Identifier: Apache-2.0 */
/*
 * try.h - the rows' functions, between the files of this folder. Each tries one row, journals what
 * it makes before it makes it, sets figures, and returns -1 with err where the row's question is
 * answered "no". A function that finds that it cannot ask sets o->skip.
 */
#ifndef RRAS_DEPLOY_SELFTEST_TRY_H
#define RRAS_DEPLOY_SELFTEST_TRY_H

#include "bundle.h"
#include "selftest/host.h"
#include "selftest/journal.h"
#include "selftest/selftest.h"
#include "wire.h"

enum selftest_kind { SELFTEST_RSA, SELFTEST_EC, SELFTEST_MACHINE, SELFTEST_KINDS };

struct selftest {
    const struct selftest_env *env;
    struct selftest_report *out;
    struct err folder;                    /* why the folder cannot be used; unset = it can */
    struct bundle bundle[SELFTEST_KINDS]; /* owned */
    struct key *machine_key;              /* owned; until its bundle has it */
    int port;                             /* of the records; 0 = none found yet */
    struct binding record[FAMILY_COUNT];  /* as written last */
    enum selftest_kind bound;             /* whose certificate the IPv4 record names */
    char event[64];                       /* the text of the event written */
    char *sealed;                         /* owned; hex of the DPAPI blob */
};

static inline const struct selftest_host *selftest_host(const struct selftest *s)
{
    return s->env->host;
}
/* A row whose ground is there. */
static inline bool selftest_stands(const struct selftest *s, enum selftest_row_id row)
{
    return s->out->outcome[row].stands;
}
/* Journals an object that is about to be made. */
int selftest_note(const struct selftest *s, const struct selftest_object *o,
                  struct err *err) MUST_CHECK;

/* ---- try_machine.c ---- */
int try_windows(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_elevated(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_folder(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_sweep(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_export_update(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_export_sessions(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_local_time(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_acl(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_dpapi(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_registry(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_event_write(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_event_read(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_service(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_dependents(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_sessions(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_system(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_system_dpapi(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_cleanup(struct selftest *s, struct selftest_outcome *o, struct err *err);
/* Starts the service with a verb; a failure that it reports becomes err. */
int selftest_as_system(const struct selftest *s, const char *verb, const char *argument,
                       struct err *err) MUST_CHECK;

/* ---- try_cert.c ---- */
int try_rsa_aes(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_rsa_3des(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_rsa_container(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_rsa_key(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_rsa_system(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_ec_aes(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_ec_3des(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_ec_container(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_ec_key(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_ec_system(struct selftest *s, struct selftest_outcome *o, struct err *err);
/* A key that was made in the machine's provider. */
int try_machine_make(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_machine_put(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_machine_container(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_machine_key(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_machine_system(struct selftest *s, struct selftest_outcome *o, struct err *err);
/* A self-signed certificate for selftest.invalid. */
int selftest_bundle(const struct selftest *s, enum key_type type, struct bundle *out,
                    struct err *err) MUST_CHECK;
int selftest_note_cert(const struct selftest *s, const struct bundle *b,
                       struct err *err) MUST_CHECK;

/* ---- try_record.c ---- */
int try_listen_v4(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_bind_v4(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_fields_v4(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_served_v4(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_listen_v6(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_bind_v6(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_fields_v6(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_served_v6(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_twice(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_update(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_replace(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_keyless(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_machine_bind(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_machine_served(struct selftest *s, struct selftest_outcome *o, struct err *err);
int try_delete(struct selftest *s, struct selftest_outcome *o, struct err *err);

#endif
