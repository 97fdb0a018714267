/* SPDX-License-Identifier: Apache-2.0 */
/*
 * msg.h - the CA's JSON as structs: directory, account, order, authorization, challenge
 * (RFC 8555 7.1, RFC 9773 3, draft-ietf-acme-profiles). Pure.
 *
 * Lenient to what is unknown (members, statuses, challenge and identifier types), strict with what
 * is used: every URL is https (https_check_url), lists have caps, tokens are base64url, text for
 * people has no control characters. Errors are ERR_CA and name the member. Structs are valid when
 * zero and emptied by msg_..._clear; the read functions fill an empty one.
 */
#ifndef RRAS_MSG_H
#define RRAS_MSG_H

#include "conf.h"
#include "json.h"
#include "problem.h"

enum {
    MSG_MAX_NAMES = 100,
    MSG_MAX_CHALLENGES = 16,
    MSG_MAX_PROFILES = 16,
    MSG_MAX_TOKEN = 256,
};

enum msg_status {
    MSG_UNKNOWN, /* absent or not of RFC 8555 7.1.6 */
    MSG_PENDING,
    MSG_READY,
    MSG_PROCESSING,
    MSG_VALID,
    MSG_INVALID,
    MSG_DEACTIVATED,
    MSG_EXPIRED,
    MSG_REVOKED
};
enum msg_status msg_status_of(const char *s); /* NULL allowed */

struct msg_profile {
    char name[64], text[256];
};
/* What a CA says of itself for dns-persist-01, in its directory or in a challenge. */
struct msg_persist {
    struct strings issuers; /* its domain names, 1 to 10; none: not said, or not usable */
    char *hash_prefix;      /* NULL: the form of before -02, see persist.h */
};

struct msg_directory {
    char *new_nonce, *new_account, *new_order;     /* always there */
    char *revoke_cert, *key_change, *renewal_info; /* NULL = not offered */
    char *terms;                                   /* may be a data: URL; to be shown only */
    bool external_account_required;
    struct strings caa_identities;
    struct msg_persist persist;
    struct msg_profile profile[MSG_MAX_PROFILES];
    size_t profile_count;
};
int msg_directory_read(struct msg_directory *out, const struct json *j, struct err *err) MUST_CHECK;
void msg_directory_clear(struct msg_directory *d);
bool msg_directory_has_profile(const struct msg_directory *d, const char *name);

struct msg_order {
    enum msg_status status;
    char status_text[24];
    int64_t expires;               /* 0 = not said */
    struct strings names;          /* dns identifiers as they stand */
    struct strings authorizations; /* URLs, at least one */
    char *finalize;                /* always there */
    char *certificate;             /* NULL until valid */
    struct problem error;
    int64_t retry_after_s; /* not of the JSON: from the answer's header; RETRY_AFTER_NONE */
};
int msg_order_read(struct msg_order *out, const struct json *j, struct err *err) MUST_CHECK;
void msg_order_clear(struct msg_order *o);

struct msg_challenge {
    char type[32];
    char *url; /* NULL: of no use */
    enum msg_status status;
    char token[MSG_MAX_TOKEN + 1]; /* "" = none, or not one that may be used */
    struct problem *error;         /* NULL = none */
    struct msg_persist persist;    /* of dns-persist-01 */
};
int msg_challenge_read(struct msg_challenge *out, const struct json *j, struct err *err) MUST_CHECK;
void msg_challenge_clear(struct msg_challenge *c);

struct msg_authz {
    char *url; /* not of the JSON: where it was fetched; owned, may be NULL */
    enum msg_status status;
    char status_text[24];
    char name[256]; /* without "*." */
    bool wildcard;
    struct msg_challenge challenge[MSG_MAX_CHALLENGES];
    size_t challenge_count;
    int64_t retry_after_s; /* as in msg_order */
};
int msg_authz_read(struct msg_authz *out, const struct json *j, struct err *err) MUST_CHECK;
void msg_authz_clear(struct msg_authz *a);
/* The challenge of this type, or NULL. */
const struct msg_challenge *msg_authz_find(const struct msg_authz *a, const char *type);

/* A reference in a Location or Link header to an absolute URL (RFC 3986 5.2, absolute URLs and
 * absolute paths only), checked. *out is the caller's. */
int msg_resolve_url(char **out, const char *base, const char *ref, struct err *err) MUST_CHECK;

#endif
