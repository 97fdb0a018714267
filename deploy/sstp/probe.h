/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.h - talks SSTP to one address, stage by stage, and tells how far it got (MS-SSTP 3.2.4.1,
 * 4.1). Without an account it ends after the Call Connect Ack; with one it logs on and finds out
 * whether the crypto binding is accepted. It always ends politely, with CALL_DISCONNECT. The
 * certificate is reported, not judged.
 */
#ifndef RRAS_SSTP_PROBE_H
#define RRAS_SSTP_PROBE_H

#include "crypto.h"
#include "net.h"
#include "os.h"
#include "ppp.h"

enum sstp_stage {
    SSTP_STAGE_TCP,
    SSTP_STAGE_TLS,
    SSTP_STAGE_HTTP,
    SSTP_STAGE_SSTP,
    SSTP_STAGE_LCP,
    SSTP_STAGE_AUTH,
    SSTP_STAGE_BINDING,
    SSTP_STAGES
};
const char *sstp_stage_name(enum sstp_stage s); /* "tcp" "tls" "http" "sstp" "lcp" "auth" ... */

struct sstp_stage_result {
    bool tried, ok;
    int64_t ms;
    char code[24]; /* stable: "tcp-ok", "tls-reset", "http-404", "auth-691", "binding-refused" */
    char detail[256];
};

/* The certificate that is claimed in the crypto binding. */
struct sstp_claim {
    bool has_sha256, has_sha1;
    uint8_t sha256[SHA256_BYTES], sha1[SHA1_BYTES];
    char label[200]; /* for people */
};

enum sstp_method { SSTP_DUPLEX_POST, SSTP_GET, SSTP_HEAD };
enum { SSTP_GRACE_MS = 300 };

struct sstp_probe_options {
    const struct clock *clock;
    struct net_addr addr;
    const char *server_name; /* SNI; NULL = none */
    const char *host;        /* Host header; NULL = the address */
    int64_t timeout_ms;      /* for everything together */
    int64_t stage_ms;     /* for each of the stages up to `sstp`, within timeout_ms; 0 = no limit of
                             their own. Beyond them a person may have to answer */
    enum sstp_stage last; /* the stage to end after */
    bool plain;           /* no TLS (SSTP behind a balancer): the tls stage is not tried */
    enum sstp_method method; /* GET and HEAD of the URL in the http stage: 401 is the healthy
                                answer, and nothing comes after it */

    /* For the stages after `sstp`. */
    const struct ppp_account *account; /* NULL only with early */
    const uint8_t *account_only_for;   /* SHA-256 of the leaf that was judged: the account is used
                                          on no connection that shows another one; NULL
                                          will do where LCP is the last stage */
    const struct sstp_claim *claim;    /* NULL = the leaf that is served */
    bool early;       /* CALL_CONNECTED straight after the ack, without a logon: an experiment */
    int64_t grace_ms; /* how long a refusal is waited for before the echo; 0 = SSTP_GRACE_MS */
};

/* What a CALL_CONNECTED got. */
enum sstp_answer {
    SSTP_NOT_ASKED,
    SSTP_ACCEPTED, /* an echo proves it (MS-SSTP 3.3.5.2.3); after an early one: not refused */
    SSTP_REFUSED,  /* CALL_ABORT */
    SSTP_ENDED,    /* the call was ended in order: policy, not the certificate */
    SSTP_UNPROVEN, /* closed without a word, or nothing came */
};

/* Zero is empty; sstp_probe_clear frees. */
struct sstp_probe_result {
    struct sstp_stage_result stage[SSTP_STAGES];
    bool unreachable; /* no route or no such address family on this machine */
    bool refused;     /* nothing listens there */
    bool has_leaf;
    struct cert_info leaf;   /* owned */
    struct cert_chain chain; /* as sent, leaf first, CERT_MAX_CHAIN at most; owned */
    size_t chain_count;      /* certificates sent, with the leaf */
    bool issuer_sent;        /* the leaf's issuer is one of them */
    bool root_sent;          /* so is a root, which nobody needs */
    char tls_version[16];
    int http_status;   /* 0 = no answer */
    int http_minor;    /* of HTTP/1.x */
    char server[64];   /* the Server header */
    uint8_t hash_mask; /* of the Call Connect Ack: SSTP_HASH_*; 0 = no ack */
    bool logged_on;    /* something derived from the password was sent: it counts as a logon */
    enum sstp_answer answer;
};

void sstp_probe(struct sstp_probe_result *out, const struct sstp_probe_options *o);
void sstp_probe_clear(struct sstp_probe_result *r);
/* The first stage that was tried and failed, or NULL. */
const struct sstp_stage_result *sstp_probe_failed(const struct sstp_probe_result *r);

/* ---- http.c ---- */

/* What an HTTP status means on the SSTP URL; for SSTP_DUPLEX_POST. Never NULL. */
const char *sstp_http_meaning(int status);

/* Pure: the status and Server header of an HTTP/1.x head (NUL-terminated); 0 when it is none.
 * *minor gets the version's second digit. */
int sstp_http_head(const char *head, int *minor, char server[64]);

#endif
