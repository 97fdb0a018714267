/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal.h - what was there before a deploy, and how far the deploy got: written and flushed
 * before the first change and at each phase, so that a run that dies can be settled by the next.
 * It holds no secret. The last journal of a name stays: it tells which keys we made.
 */
#ifndef RRAS_DEPLOY_JOURNAL_H
#define RRAS_DEPLOY_JOURNAL_H

#include "plan.h"

/* Where journals are kept; the store in life, memory in tests. */
struct records {
    int (*get)(void *self, const char *rel, struct buf *out, struct err *err); /* ERR_NOT_FOUND */
    int (*put)(void *self, const char *rel, const void *p, size_t len, struct err *err);
    void *self;
};

enum journal_phase { /* in the order of a deploy */
                     JOURNAL_NONE,
                     JOURNAL_SNAPSHOT, /* the machine is untouched */
                     JOURNAL_IMPORT,   /* certificate and key may be in the store */
                     JOURNAL_READY,    /* they are, and the key works; a trial binding may be there;
                                          nothing live was touched */
                     JOURNAL_ARM,      /* registry values are being written */
                     JOURNAL_BIND,     /* bindings are being written */
                     JOURNAL_RESTART,  /* services are being restarted */
                     JOURNAL_PROVE,    /* they run again with the new certificate */
                     JOURNAL_ESCALATE, /* so they did not prove: the whole chain is restarted */
                     JOURNAL_COMMIT,   /* proven; only the flag is to be put back */
                     JOURNAL_ROLLBACK, /* everything is being put back */
                     JOURNAL_COMMITTED,   /* the end: the new certificate serves */
                     JOURNAL_ROLLED_BACK, /* the end: what was there is back, or what somebody else
                                             put in its place meanwhile was left there */
};
const char *journal_phase_name(enum journal_phase p);

/* A certificate that we put into LocalMachine\MY, with the key we made for it. */
struct journal_import {
    uint8_t sha1[SHA1_BYTES], sha256[SHA256_BYTES];
    struct key_ref key;
    int64_t at;
};

enum { JOURNAL_MAX_IMPORTS = 16 };
struct journal {
    enum journal_phase phase;
    char name[128];
    int64_t started_at, changed_at;
    int port;
    char service[SERVICE_NAME_CHARS]; /* the one that is restarted */
    bool escalated;                   /* the whole chain was restarted, or may have been */
    bool disturbed; /* a service may have been stopped or started since the snapshot */
    struct old_state old;
    struct raw_value old_value[VALUE_WRITTEN];
    struct binding old_binding[FAMILY_COUNT];
    bool offload;    /* TLS ends at a balancer: only the hashes are ours */
    bool v6_refused; /* http.sys made no [::] record, and the machine had no IPv6 address */
    bool takeover;   /* deploy.binding: records of another program become SSTP's */
    struct service_list running; /* service and dependents that ran, in the order to start them */
    uint8_t sha1[SHA1_BYTES], sha256[SHA256_BYTES]; /* of the new certificate */
    struct public_key public_key; /* empty: the key is not the import's (offload, machine_key.h) */
    bool has_issuer;    /* it came with its issuer's certificate, which clients then have to get */
    int trial_port;     /* a trial record may be on 127.0.0.1 and this port; 0 = none */
    bool import_ours;   /* it was not in MY before: ours to remove */
    struct key_ref key; /* known from JOURNAL_READY on */
    struct journal_import import[JOURNAL_MAX_IMPORTS]; /* newest first, of earlier deploys, too */
    size_t import_count;
    /* When SstpSvc's values had last been written when the certificate was proven: the listener
     * has read that. Unix ms, 0 = not known. */
    int64_t proven_write_ms;
};
static inline bool journal_unfinished(const struct journal *j)
{
    return j->phase != JOURNAL_NONE && j->phase < JOURNAL_COMMITTED;
}

/* A wildcard was another program's: RRAS mends nothing there while bindings and hashes differ. */
bool journal_has_foreign(const struct journal *j);

/* No journal = phase JOURNAL_NONE. ERR_FAIL when it cannot be understood, ERR_USAGE when another
 * version of this program wrote it. */
int journal_load(struct journal *out, const struct records *r, const char *name,
                 struct err *err) MUST_CHECK;
int journal_save(const struct journal *j, const struct records *r, struct err *err) MUST_CHECK;
/* Keeps a damaged journal as deploy-NAME.json.damaged, and writes an empty one (name, service,
 * port) in its place. ERR_FAIL, and nothing is done, when it is not damaged. */
int journal_set_aside(const struct records *r, const struct journal *empty,
                      struct err *err) MUST_CHECK;
/* Pure. */
int journal_to_text(const struct journal *j, struct buf *out, struct err *err) MUST_CHECK;
int journal_from_text(struct journal *out, const char *text, size_t len,
                      struct err *err) MUST_CHECK;
/* Puts the new certificate in front of the imports. */
void journal_note_import(struct journal *j, int64_t now);

#endif
