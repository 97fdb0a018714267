/* SPDX-License-Identifier: Apache-2.0 */
/*
 * look_cert.h - the certificate that clients get, tried as the machine would use it, and its rivals
 * in LocalMachine\MY.
 */
#ifndef RRAS_DOCTOR_LOOK_CERT_H
#define RRAS_DOCTOR_LOOK_CERT_H

#include "target.h"

struct doctor_env;

/* Of CERT_TRUST_STATUS.dwErrorStatus, as far as a row tells them apart. */
enum {
    CHAIN_NOT_TIME_VALID = 0x1,
    CHAIN_REVOKED = 0x4,
    CHAIN_UNTRUSTED_ROOT = 0x20,
    CHAIN_PARTIAL = 0x10000,
};

enum { RIVAL_MAX = 16 };
/* Another certificate with a key in LocalMachine\MY. */
struct doctor_rival {
    uint8_t sha1[SHA1_BYTES];
    char subject[128], issuer[128];
    int64_t not_before, not_after;
    bool server_auth;      /* or any purpose, or no restriction */
    bool same_name;        /* has a name of the bound certificate */
    bool ike_intermediate; /* EKU 1.3.6.1.5.5.8.2.2 */
};

struct doctor_cert { /* all zero = nothing was looked at; look_cert_clear frees */
    bool found;      /* the certificate in question is in LocalMachine\MY */
    struct cert_info info;
    struct seen key; /* ok: the key signed for the machine and the certificate verified */
    struct {
        struct seen seen;
        bool machine;       /* not a user's */
        char provider[128]; /* "Microsoft Software Key Storage Provider" */
        bool cng;
    } provider;
    struct {
        struct seen seen;
        uint32_t errors; /* CHAIN_*; 0 = to a trusted root */
        size_t length;
        bool intermediates_in_ca; /* each certificate between leaf and root is in a machine store */
    } chain;
    struct {
        struct seen seen; /* ok: an address was asked, and answered with a list that is valid */
        bool named;       /* the certificate names an address */
        char url[256];
    } revocation;
    struct doctor_rival rival[RIVAL_MAX];
    size_t rival_count;
};
void look_cert_clear(struct doctor_cert *c);
/* `machine` was looked at before. */
void look_cert(const struct doctor_env *env, const struct observed *machine,
               struct doctor_cert *out);

#endif
