/* SPDX-License-Identifier: Apache-2.0 */
/*
 * look_wire.h - what clients see of the listener, at each address, with and without a name. Each
 * look is one connection (after one that only knocks), and several rows judge it: the first address
 * is called as a client calls, asked for the URL as a browser asks, and shown every name.
 */
#ifndef RRAS_DOCTOR_LOOK_WIRE_H
#define RRAS_DOCTOR_LOOK_WIRE_H

#include "crypto.h"
#include "target.h"
#include "wire.h"

struct doctor_env;
struct doctor_seen;

enum point_kind {
    POINT_PROBE,  /* deploy.verify.probe, else loopback */
    POINT_OWN,    /* another address of this machine */
    POINT_PUBLIC, /* where the name leads; from the inside it may not be reachable */
};
enum point_depth { DEPTH_TLS, DEPTH_GET, DEPTH_CALL };

struct doctor_point {
    enum point_kind kind;
    enum point_depth depth; /* how far the look was to go */
    struct net_addr addr;
    char name[256]; /* sent as SNI; "" = none */
    bool plain;     /* without TLS: the listener behind a balancer */
    /* what came of it */
    bool unreachable, refused; /* no such address or family here; nobody listens there */
    bool connected, tls;
    char tls_version[16];
    uint8_t sha256[SHA256_BYTES]; /* of the leaf, when tls */
    char subject[128];
    int64_t not_after;
    bool self_signed, issuer_sent, root_sent;
    int status, minor; /* of the HTTP answer; 0 = none came, or it is no HTTP/1.x */
    char server[64];
    bool call; /* a Call Connect Ack came */
    uint8_t hash_mask;
    char trouble[256]; /* the first thing that went wrong, with its stage; "" = nothing */
    /* After the ack, of a call: what PPP offers for a logon. Nobody logs on. */
    bool authenticates;       /* MS-CHAPv2, or nothing at all, was agreed on */
    char auth_code[24];       /* "lcp-ok", "auth-method", ...; "" = not asked */
    char authentication[256]; /* a sentence */
};

enum { POINTS_MAX = 24 };
struct doctor_wire { /* all zero = nothing was looked at */
    bool looked;
    struct doctor_point point[POINTS_MAX];
    size_t n;
    /* With the test account of deploy.verify.account, on the connection that is called. */
    struct {
        bool tried;
        struct wire_logged came; /* when tried */
        char why[256];           /* why not */
    } login;
};
/* The first look of this depth at the listener itself; NULL = there was none. */
const struct doctor_point *point_first(const struct doctor_wire *w, enum point_depth depth);
/* "127.0.0.1:443", "[::1]:443 with the name vpn.example.com" */
void point_text(const struct doctor_point *p, char out[352]);

/* Fills all of it; nothing of it fails. `before` holds all but wire, log and tool. Side by side: 5
 * s at most. Then, where an account is wanted, one logon at the address that was called, if it
 * shows the certificate that is bound: some seconds more. */
void look_wire(const struct doctor_env *env, const struct doctor_seen *before,
               struct doctor_wire *out);

#endif
