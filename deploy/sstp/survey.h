/* SPDX-License-Identifier: Apache-2.0 */
/*
 * survey.h - is the VPN there? Every address of a name, with and without SNI, and what the running
 * service holds; judged, and told as what exactly was proved.
 */
#ifndef RRAS_SSTP_SURVEY_H
#define RRAS_SSTP_SURVEY_H

#include "held.h"
#include "judge.h"

enum { SURVEY_MAX_ADDRESSES = 8, SURVEY_MAX_LOOKS = 2 * SURVEY_MAX_ADDRESSES };

struct survey_options {
    const struct clock *clock;
    const char *host; /* a name (A-labels) or an address as text */
    uint16_t port;
    const struct net_addr
        *address; /* dial this one (port 0: `port`) instead of asking for `host` */
    bool no_sni;
    int64_t timeout_ms; /* of each connection */
    int64_t stage_ms;   /* of each of its stages up to `sstp`; 0 = no limit of their own */
    int64_t grace_ms;   /* 0 = SSTP_GRACE_MS */
    const char *ca_pem; /* NULL = the system's roots */
    size_t ca_len;
    const uint8_t *expect_sha256;      /* NULL = none */
    const struct ppp_account *account; /* NULL = none */
    bool early;                        /* the early-binding experiment also without an account */
    const struct sstp_claim *claim;
    size_t claim_count;
    bool (*interrupted)(void);
    /* Called before what may take long; text is one line. NULL = nobody watches. */
    void (*progress)(void *user, const char *text);
    void *user;
};

struct survey_look {
    struct net_addr addr;
    bool with_name; /* SNI was sent */
    bool beside;    /* the second look at an address, without SNI: a note, no failure */
    struct sstp_probe_result probe;
    struct sstp_cert_judgement cert; /* when probe.has_leaf */
    int get_status, head_status;     /* of the SSTP URL; 0 = no answer or not asked */
};

/* What was proved; bits. */
enum survey_proof {
    PROVED_LISTENER = 1, /* TLS is answered */
    PROVED_CALLS = 2,    /* a Call Connect Ack came: SSTP answers */
    PROVED_ACCOUNT = 4,  /* the account was accepted by a server that knows its password */
    PROVED_HASH = 8,     /* the running service holds the hash of what it serves; a wrong one was
                            refused */
};

struct survey { /* survey_clear frees */
    struct sstp_stage_result dns;
    struct survey_look look[SURVEY_MAX_LOOKS];
    size_t looks;
    size_t main; /* the look that got furthest; the account is used there */
    bool held_asked;
    struct held held;
    bool withheld; /* there was an account, but the certificate did not pass */
    unsigned proved;
    bool failed;
    char trouble[24]; /* code of the first failure; "" = none */
    char verdict[900];
};

/* Never fails: what went wrong is part of what was seen. */
void survey_run(struct survey *out, const struct survey_options *o);
void survey_clear(struct survey *s);

/* Pure, of what was seen: `proved`, `failed`, `trouble` and `verdict`. */
void survey_judge(struct survey *s, const struct survey_options *o);
const char *survey_proof_name(enum survey_proof p); /* "listener" "sstp" "account" "hash" */

#endif
