/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_ca.h - an ACME server in memory behind struct https, a DNS zone behind struct acme_dns, and
 * a clock that moves only when it is slept on.
 *
 * The server verifies every signature, nonce and URL, looks for the TXT values in the fake zone
 * and signs real certificates. What it finds wrong with a request it answers with 400 malformed
 * and notes in `complaint`. A fault befalls one request, counted from 0.
 */
#ifndef RRAS_TEST_FAKE_CA_H
#define RRAS_TEST_FAKE_CA_H

#include "acme.h"
#include "dns_seam.h"

enum fake_fault {
    FAKE_NONE,
    FAKE_REFUSED,   /* no connection; the server never sees the request */
    FAKE_LOST,      /* the server does it, the answer is lost */
    FAKE_500,       /* serverInternal */
    FAKE_502,       /* an error page of a gateway */
    FAKE_503,       /* with Retry-After: 7200 */
    FAKE_429,       /* rateLimited with Retry-After: 3600 */
    FAKE_404,       /* not known yet */
    FAKE_BAD_NONCE, /* POST only */
    FAKE_GARBAGE,   /* done, but the answer is no JSON */
    FAKE_DIES,      /* no connection, from this request on */
    FAKE_DIES_DONE, /* as FAKE_LOST, and no connection from then on */
    FAKE_FAULTS
};

enum { FAKE_MAX_ORDERS = 8, FAKE_MAX_AUTHZ = 8, FAKE_MAX_TXT = 16, FAKE_MAX_ACCOUNTS = 4 };

struct fake_authz {
    char name[256];
    bool wildcard;
    char token[64];
    char status[16], problem[48];
    int polls; /* so often it is still pending after the answer to the challenge */
    unsigned answers;
};

struct fake_order {
    char names[1024]; /* "a.test,b.test," */
    char status[16], problem[48];
    struct fake_authz authz[FAKE_MAX_AUTHZ];
    size_t authz_count, account;
    int polls; /* so often it is still processing after finalize */
    char *pem, *pem_other;
    char replaces[128], profile[64];
};

struct fake_txt {
    char name[256], value[64];
};

struct fake_ca {
    struct https https;
    struct acme_dns dns;
    struct clock clock;
    int64_t now_ms;

    /* ---- script ---- */
    enum fake_fault fault;
    size_t fault_at;
    bool dead;
    bool wants_terms, wants_eab, offers_ari, offers_profiles, same_token, moved;
    const char *refuse_replaces; /* problem type of newOrder with `replaces`; NULL = takes it */
    int refuse_replaces_status;
    const char *refuse_order;    /* of newOrder at all */
    const char *refuse_lookup;   /* of an account that it does not know; NULL = says so */
    const char *fail_validation; /* problem type; NULL = looks for the TXT value */
    const char *pem_prefix;      /* goes before the certificates */
    int slow_validation, slow_order;
    int64_t ari_start, ari_end; /* of the suggested window */
    const char *ari_text;       /* stands for the whole answer; NULL = the window */
    const char *ari_retry_after, *ari_page;
    int ari_status;            /* 0 = 200 */
    const char *refuse_revoke; /* problem type of a revocation by the account key */
    int64_t clock_offset_s;    /* of the Date header */
    bool not_delegated, fail_find, fail_present, fail_cleanup, fail_wait;
    bool here;                /* the publisher's values are gone when it is closed */
    const char *challenge;    /* type that is offered; NULL = dns-01 */
    const char *caa;          /* value of the CAA record of each name; NULL = none */
    const char *caa_identity; /* that the directory tells; NULL = none */
    bool fail_caa;
    const char *bogus_zone;
    bool interrupted;

    /* ---- what happened ---- */
    size_t requests, new_orders, orders_answered, new_accounts, finalizes, finds, waits;
    size_t revocations, key_changes;
    int reason;           /* of the last revocation */
    bool revoked_by_cert; /* and whether the certificate key signed it */
    size_t max_values;    /* that one propagation wait asked for */
    char complaint[512];
    char trace[8192]; /* "POST /order 201\n" */
    struct fake_txt txt[FAKE_MAX_TXT];
    size_t txt_count;

    /* ---- state ---- */
    struct fake_order order[FAKE_MAX_ORDERS];
    size_t order_count;
    char *account_jwk[FAKE_MAX_ACCOUNTS];
    bool account_off[FAKE_MAX_ACCOUNTS]; /* deactivated */
    char account_payload[FAKE_MAX_ACCOUNTS][2048];
    size_t account_count;
    size_t nonces;
    bool nonce_used[1024];
    struct key *root_key, *other_key, *mid_key;
};

void fake_ca_init(struct fake_ca *ca);
void fake_ca_clear(struct fake_ca *ca);
/* The CA was set up anew: accounts and orders are gone. */
void fake_ca_forget(struct fake_ca *ca);
int64_t fake_ca_now(const struct fake_ca *ca);

#endif
