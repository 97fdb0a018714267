/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire.h - what a client sees: the second seam. A look never fails; what went wrong is part of
 * what was seen.
 */
#ifndef RRAS_DEPLOY_WIRE_H
#define RRAS_DEPLOY_WIRE_H

#include "crypto.h"
#include "net.h"
#include "os.h"

struct wire_question {
    struct net_addr addr;
    const char *server_name; /* SNI; NULL = none */
    const char *host;        /* for the Host header */
    int64_t timeout_ms;      /* for each connection */
    bool call;               /* also GET the SSTP URL and begin a call */
    bool plain;              /* no TLS: the listener behind a balancer */
};

struct wire_look {
    bool unreachable; /* this machine has no such address */
    bool connected;   /* a TCP connection was taken */
    bool plain;       /* looked at without TLS: there is no certificate to see */
    bool tls;         /* the handshake was done; leaf_* are set */
    bool issuer_sent; /* with the leaf came the certificate of its issuer */
    uint8_t leaf_sha256[SHA256_BYTES];
    int64_t leaf_not_after;
    int get_status;    /* GET of the SSTP URL: 401 is a healthy listener; 0 = no answer */
    int post_status;   /* SSTP_DUPLEX_POST; 0 = no answer */
    bool call;         /* a Call Connect Ack came */
    uint8_t hash_mask; /* of the ack: 1 SHA-1, 2 SHA-256 */
    char trouble[256]; /* the first thing that went wrong; "" = nothing */
};

/* A logon with a test account, through to the crypto binding. */
struct wire_logon {
    struct net_addr addr;
    const char *server_name, *host;
    int64_t timeout_ms;    /* of each connection */
    const uint8_t *sha256; /* the certificate that has to show there: no other sees the account */
    const char *user, *password;
};
enum wire_hash {
    WIRE_HASH_OPEN,     /* nobody could log on, or nothing was learnt */
    WIRE_HASH_ACCEPTED, /* and a wrong one refused */
    WIRE_HASH_REFUSED,  /* the running service holds another certificate's */
};
struct wire_logged {
    enum wire_hash hash;
    unsigned logons;
    char finding[256]; /* a sentence */
};

struct wire {
    void (*look)(void *self, const struct wire_question *q, struct wire_look *out);
    /* A new connection is taken, within so many ms. */
    bool (*knock)(void *self, const struct net_addr *addr, int64_t patience_ms);
    /* The certificates that a TLS server sends, leaf first, unjudged. ERR_NET, ERR_TIMEOUT. */
    int (*chain)(void *self, const struct wire_question *q, struct cert_chain *out,
                 struct err *err);
    void (*log_on)(void *self, const struct wire_logon *q, struct wire_logged *out);
    void *self;
};

/* The real one; `clock` must outlive it. */
struct wire wire_real(const struct clock *clock);

#endif
