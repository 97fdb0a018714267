/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.h - talks SSTP to a listener, stage by stage, and tells how far it got (MS-SSTP 3.2.4.1,
 * 4.1). No account is needed: it ends after the Call Connect Ack, politely, with
 * CALL_DISCONNECT. The certificate is reported, not judged.
 */
#ifndef RRAS_SSTP_PROBE_H
#define RRAS_SSTP_PROBE_H

#include "crypto.h"
#include "net.h"
#include "os.h"

enum sstp_stage { SSTP_STAGE_TCP, SSTP_STAGE_TLS, SSTP_STAGE_HTTP, SSTP_STAGE_SSTP, SSTP_STAGES };
const char *sstp_stage_name(enum sstp_stage s); /* "tcp" "tls" "http" "sstp" */

struct sstp_stage_result {
    bool tried, ok;
    int64_t ms;
    char detail[256];
};

struct sstp_probe_options {
    const struct clock *clock;
    struct net_addr addr;
    const char *server_name; /* SNI; NULL = none */
    const char *host;        /* Host header; NULL = the address */
    int64_t timeout_ms;      /* for everything together */
    enum sstp_stage last;    /* the stage to end after */
    bool plain;              /* no TLS (SSTP behind a balancer): the tls stage is not tried */
    bool get;                /* GET the URL in the http stage instead of SSTP_DUPLEX_POST: 401 is
                                the healthy answer, and nothing comes after it */
};

/* Zero is empty; sstp_probe_clear frees. */
struct sstp_probe_result {
    struct sstp_stage_result stage[SSTP_STAGES];
    bool unreachable; /* no route or no such address family on this machine */
    bool refused;     /* nothing listens there */
    bool has_leaf;
    struct cert_info leaf; /* owned */
    size_t chain_count;    /* certificates sent, with the leaf */
    bool issuer_sent;      /* the leaf's issuer is one of them */
    char tls_version[16];
    int http_status;   /* 0 = no answer */
    char server[64];   /* the Server header */
    uint8_t hash_mask; /* of the Call Connect Ack: SSTP_HASH_*; 0 = no ack */
};

void sstp_probe(struct sstp_probe_result *out, const struct sstp_probe_options *o);
void sstp_probe_clear(struct sstp_probe_result *r);
/* The first stage that was tried and failed, or NULL. */
const struct sstp_stage_result *sstp_probe_failed(const struct sstp_probe_result *r);

/* What an HTTP status means on the SSTP URL; for SSTP_DUPLEX_POST. Never NULL. */
const char *sstp_http_meaning(int status);

/* Pure: the status and Server header of an HTTP/1.x head (NUL-terminated); 0 when it is none.
 * *minor gets the version's second digit. */
int sstp_http_head(const char *head, int *minor, char server[64]);

#endif
