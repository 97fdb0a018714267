/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deploy.h - puts a certificate in place, proves it, or puts everything back. What src/app sees
 * of this folder.
 */
#ifndef RRAS_DEPLOY_H
#define RRAS_DEPLOY_H

#include "bundle.h"
#include "conf.h"
#include "log.h"
#include "os.h"
#include "report.h"
#include "store.h"

struct deploy_env {
    const struct clock *clock;
    const struct log *log;
    struct store *store;       /* for the journal */
    struct steps *steps;       /* may be NULL */
    bool (*interrupted)(void); /* asked only where stopping is safe; may be NULL */
    bool restart;              /* deploy_run restarts what runs, also when nothing differs */
};

/* What a deploy came to. */
struct deploy_result {
    bool changed; /* something on the machine was changed */
    bool restarted;
    bool proven;
    int64_t outage_ms; /* new connections refused, as seen from a probe beside the restart; -1
                          when it was not measured */
    uint8_t sha256[SHA256_BYTES]; /* what serves now */
};

/* Can this host be deployed to at all: elevated, services there and not disabled, state read?
 * Nothing is changed. ERR_USAGE with the cure. Asked before an order is placed. */
int deploy_preflight(const struct deploy_env *env, const struct conf *conf,
                     struct err *err) MUST_CHECK;

/* Removes a container of the machine's key provider (machine_key.h), unless a certificate of the
 * machine names it: *gone = it is not there any more. */
int deploy_drop_key(const char *container, bool *gone, struct err *err) MUST_CHECK;

/* Settles an unfinished journal of an earlier run from facts: finishes or undoes. Nothing to do =
 * success. ERR_STRANDED when neither is possible. */
int deploy_recover(const struct deploy_env *env, const struct conf *conf,
                   struct err *err) MUST_CHECK;

/* Observe, plan, act, prove; an empty plan changes nothing. On failure after the first change
 * everything is put back and proven: ERR_ROLLED_BACK, or ERR_STRANDED with the exact manual
 * commands in the hint. Failures before the first change: ERR_ROLLED_BACK, too, "nothing was
 * changed" in the text (the VPN serves what it served). */
/* A certificate that is in LocalMachine\MY with its key needs no key in *b. */
int deploy_run(const struct deploy_env *env, const struct conf *conf, const struct bundle *b,
               struct deploy_result *out, struct err *err) MUST_CHECK;

/* What putting it in place would mean to those who are connected. Changes nothing. */
struct deploy_survey {
    bool interrupts;      /* the service would be restarted: all sessions drop */
    bool broken;          /* what is there refuses clients now */
    char why[160];        /* the reason for `broken` */
    int64_t served_until; /* notAfter of what serves; 0 = nothing, or it cannot be told */
    int64_t served_from;  /* its notBefore */
    bool sessions_known;
    uint32_t sessions;                   /* of every VPN type */
    char sessions_why[160];              /* why they are not known */
    uint8_t served_sha256[SHA256_BYTES]; /* zero: not known */
};
int deploy_survey(const struct deploy_env *env, const struct conf *conf, const struct bundle *b,
                  struct deploy_survey *out, struct err *err) MUST_CHECK;
/* What serves now, whoever has put it there: served_until, served_from and served_sha256 alone. For
 * when there is no certificate of ours yet. */
int deploy_serves(const struct deploy_env *env, const struct conf *conf, struct deploy_survey *out,
                  struct err *err) MUST_CHECK;

/* --dry-run: what deploy_run would do, as steps with before and after; changes nothing. */
int deploy_dry_run(const struct deploy_env *env, const struct conf *conf, const struct bundle *b,
                   struct err *err) MUST_CHECK;

/* What the balancer before RRAS serves (deploy.verify.probe), as it sends it, leaf first: the same
 * on each of its addresses, but not judged. ERR_USAGE: no address is the balancer's; ERR_NET,
 * ERR_TIMEOUT: one does not answer; ERR_POSTPONED: they differ, as while it is being changed. */
int deploy_served(const struct deploy_env *env, const struct conf *conf, struct cert_chain *out,
                  struct err *err) MUST_CHECK;

/* The five that must agree. */
enum deploy_place {
    PLACE_STORE, /* LocalMachine\MY, with its key */
    PLACE_HASH,  /* the hashes of SstpSvc */
    PLACE_V4,    /* the record of http.sys for 0.0.0.0:PORT */
    PLACE_V6,    /* ... for [::]:PORT */
    PLACE_WIRE,  /* what clients are served */
    PLACE_COUNT
};
const char *deploy_place_name(enum deploy_place p); /* "store" "hash" "v4" "v6" "wire" */
enum place_state {
    PLACE_UNSEEN, /* not looked at, or it has no say here: `shows` tells why */
    PLACE_AGREES,
    PLACE_DIFFERS
};
const char *place_state_name(enum place_state s); /* "unseen" "agrees" "differs" */
struct deploy_seen {
    enum deployed_state state; /* of DEPLOYED_CURRENT and DEPLOYED_DRIFT; NONE = nothing to see */
    struct {
        enum place_state state;
        char shows[160]; /* the beginning of a certificate's SHA-256, or what is there instead */
    } place[PLACE_COUNT];
};
/* For status: does the machine show this leaf everywhere? */
int deploy_look(const struct deploy_env *env, const struct conf *conf, const struct cert_info *leaf,
                struct deploy_seen *out, struct err *err) MUST_CHECK;

/* For `init`: what is here already. ERR_DENIED, ERR_FAIL, ERR_USAGE (no such machine): nothing can
 * be told. */
struct deploy_found {
    bool rras;         /* its services are installed */
    bool offload;      /* TLS ends at a balancer before it */
    int port;          /* that it listens on */
    char foreign[128]; /* the program whose binding is on that port; "" = RRAS's own, or none */
    char subject[128]; /* of the certificate that is bound; "" = none that is known */
};
int deploy_find(int port, struct deploy_found *out, struct err *err) MUST_CHECK;

/* `check`: the deploy side's findings. */
int deploy_check(const struct deploy_env *env, const struct conf *conf, struct checks *out,
                 struct err *err) MUST_CHECK;

#endif
