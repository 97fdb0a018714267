/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.h - the state folder: accounts, certificates, what was done and when.
 *
 *     lock
 *     version                       layout number, "1"
 *     accounts/ID/                  ID = host of the directory URL, '_', first 8 hex of its SHA-256
 *     certs/NAME/live/              the deployed certificate: chain.pem, key.pem, bundle.json; of a
 *                                   key in the machine's provider key.json instead of key.pem
 *     certs/NAME/held/              issued, not deployed yet
 *     certs/NAME/archive/SHA256/    earlier ones (first 16 hex digits)
 *     certs/NAME/state.json         struct name_state
 *     certs/NAME/history.json       struct history
 *     certs/NAME@staging/           the same of its rehearsals
 *     certs/NAME/order.json         an order under way, with order.key (secret) and order.csr
 *     certs/NAME/keys.json          containers of the machine's key provider that are ours
 *     journal/                      deploy journals, DNS journal
 *
 * Every file is replaced whole. A folder of a slot is made beside it and renamed in; a crash
 * between the renames is mended when the store is opened, and its temporary files are removed.
 * Secrets (key.pem, order.key, account keys) go through os_protect. Foreign folders in the way are
 * never followed as links.
 */
#ifndef RRAS_STORE_H
#define RRAS_STORE_H

#include "bundle.h"
#include "log.h"
#include "machine_key.h"
#include "os.h"

/* The one file that is written without the lock; who writes it removes what a crash has left of it.
 */
#define STORE_UNLOCKED "watchdog.json"

struct store; /* opaque */

enum store_mode {
    STORE_READ,  /* status: no lock, nothing is created; ERR_NOT_FOUND if there is no folder */
    STORE_WRITE, /* takes the lock (ERR_BUSY), makes the folder private, checks it, mends slots */
};
int store_open(struct store **out, const char *dir, enum store_mode mode, const struct log *log,
               struct err *err) MUST_CHECK;
void store_close(struct store *s);
const char *store_dir(const struct store *s);

/* ---- plain and secret records by relative path with '/' ("accounts/x/account.json") ---- */
enum { STORE_MAX_RECORD_BYTES = 1024 * 1024 };
/* ERR_NOT_FOUND if it is not there. out's cap is the limit. */
int store_get(struct store *s, const char *rel, struct buf *out, struct err *err) MUST_CHECK;
int store_put(struct store *s, const char *rel, const void *p, size_t len,
              struct err *err) MUST_CHECK;
int store_get_secret(struct store *s, const char *rel, struct buf *out, struct err *err) MUST_CHECK;
int store_put_secret(struct store *s, const char *rel, const void *p, size_t len,
                     struct err *err) MUST_CHECK;
/* Not there = success. */
int store_remove(struct store *s, const char *rel, struct err *err) MUST_CHECK;
bool store_has(struct store *s, const char *rel);
/* Absolute path; caller frees. */
int store_path(struct store *s, const char *rel, char **out, struct err *err) MUST_CHECK;
/* A probe before the CA is asked: writes, reads back and removes a record; free space. */
int store_check(struct store *s, struct err *err) MUST_CHECK;

/* "accounts/ID" for a directory URL, into out. */
void store_account_dir(const char *directory_url, char out[128]);

/* ---- certificates ---- */
enum store_slot { STORE_LIVE, STORE_HELD };
/* ERR_NOT_FOUND if the slot is empty. */
int store_load(struct store *s, const char *name, enum store_slot slot, struct bundle *out,
               struct err *err) MUST_CHECK;
/* What is known of the slot's leaf, without reading key or chain where bundle.json says it: all but
 * spki_sha256, subject, issuer_cn, server_auth and self_signed can be counted on. As store_load it
 * fails when the files are not there, or not as long as they were; whether their bytes still make a
 * certificate and its key only store_load tells. The caller clears *out. */
int store_load_leaf(struct store *s, const char *name, enum store_slot slot, struct cert_info *out,
                    struct err *err) MUST_CHECK;
/* A new certificate into held; what was there goes to the archive. */
int store_hold(struct store *s, const char *name, const struct bundle *b,
               struct err *err) MUST_CHECK;
/* held becomes live (after a proven deploy, or with target none); old live goes to the archive. */
int store_promote(struct store *s, const char *name, struct err *err) MUST_CHECK;
/* A certificate into live that was never held, or not lately; old live goes to the archive. */
int store_replace_live(struct store *s, const char *name, const struct bundle *b,
                       struct err *err) MUST_CHECK;
/* Keeps the newest `keep` of the archive. */
int store_prune(struct store *s, const char *name, int keep, struct err *err) MUST_CHECK;
/* The archived certificate of this SHA-256, ERR_NOT_FOUND. */
int store_load_archived(struct store *s, const char *name, const uint8_t sha256[SHA256_BYTES],
                        struct bundle *out, struct err *err) MUST_CHECK;

/* The container of the slot's private key (machine_key.h); "" = it is in key.pem. ERR_NOT_FOUND if
 * the slot is empty. */
int store_load_container(struct store *s, const char *name, enum store_slot slot,
                         char out[MACHINE_KEY_NAME_BYTES], struct err *err) MUST_CHECK;

struct strings; /* conf.h */
/* ---- keys.json: keys in the machine's provider ---- */
/* Writes down that the container is ours, before it is made. */
int store_key_note(struct store *s, const char *name, const char *container,
                   struct err *err) MUST_CHECK;
/* Adds the containers that any certificate of this folder, configured or not, has written down. */
int store_keys_noted(struct store *s, struct strings *out, struct err *err) MUST_CHECK;
/* Gives each container of ours that neither the order under way nor a certificate in this folder
 * names to `drop`, which tells whether it is gone: then it is forgotten. One that is still needed
 * elsewhere, or could not be removed, stays for the next sweep; the first failure is reported. */
typedef int store_drop_key(void *user, const char *container, bool *gone, struct err *err);
int store_keys_sweep(struct store *s, const char *name, store_drop_key *drop, void *user,
                     struct err *err) MUST_CHECK;

/* ---- state.json ---- */
enum deployed_state {
    DEPLOYED_NONE,
    DEPLOYED_CURRENT,
    DEPLOYED_DRIFT,
    DEPLOYED_HELD,
    DEPLOYED_FAILED,
    DEPLOYED_ROLLED_BACK
};
const char *deployed_state_name(enum deployed_state s);
enum { STATE_MAX_EVENTS = 16, STATE_MAX_FAILED = 32 };
/* Times of the failed validations of one name, newest first, 0 = empty. The name is "" in the state
 * of a version that did not note it. */
struct failed_name {
    char name[256];
    int64_t at[STATE_MAX_EVENTS];
};
/* What the CA said about the renewal of one certificate (RFC 9773); all zero: nothing yet. */
struct ari_state {
    char id[128];       /* certID of the certificate it is about */
    int64_t start, end; /* the suggested window; 0 = none */
    int64_t renew_at;   /* the instant chosen in it; 0 = none */
    int64_t next_look;  /* the CA is not asked before; 0 = never asked */
    char explanation_url[256];
};
struct name_state {
    char directory[512];      /* where the newest certificate, held or live, comes from */
    char live_directory[512]; /* where the live one comes from; "" = not noted */
    char held_reason[256];
    int64_t held_since, held_until;
    enum deployed_state deployed;
    uint8_t deployed_sha256[SHA256_BYTES];
    int64_t deployed_at, verified_at;
    int64_t last_at;
    char last_result[32]; /* an action name of --json */
    char last_message[512];
    int failures;         /* in a row */
    int64_t not_before_s; /* no try before this time (back-off, Retry-After); 0 = none */
    struct ari_state ari;
    /* Certificates, zero = none: one that must be replaced, the one that was in place before the
     * present one, one that was rolled back, which no run puts in place again by itself, and one
     * that no CA of ours issued. */
    uint8_t revoked_sha256[SHA256_BYTES];
    uint8_t previous_sha256[SHA256_BYTES];
    uint8_t rejected_sha256[SHA256_BYTES];
    uint8_t elsewhere_sha256[SHA256_BYTES];
    /* The books of what CAs ration (budget.h), and what they are about, as a hash: at another CA,
     * or for other names, the count begins anew. */
    struct failed_name failed[STATE_MAX_FAILED];
    char failed_for[2 * SHA256_BYTES + 1];
    int64_t ordered_at[STATE_MAX_EVENTS]; /* orders placed, newest first, 0 = empty */
    char ordered_for[2 * SHA256_BYTES + 1];
};
/* A missing file gives an all-zero state, and so does a damaged one, after a warning: a certificate
 * has to be renewed all the same. STORE_WRITE keeps the damaged one as state.json.damaged. Unknown
 * members are kept on save, and nothing is written when nothing has changed. */
int store_state_load(struct store *s, const char *name, struct name_state *out,
                     struct err *err) MUST_CHECK;
int store_state_save(struct store *s, const char *name, const struct name_state *st,
                     struct err *err) MUST_CHECK;

/* ---- history.json: what the last jobs came to ---- */
enum { HISTORY_MAX = 50 };
struct past {
    int64_t at;
    char action[32]; /* an action name of --json */
    bool ok;
    bool restarted;
    int64_t outage_ms; /* -1 = not measured */
    char message[160];
};
struct history {
    struct past v[HISTORY_MAX]; /* newest first */
    size_t n;
};
/* A missing file gives an empty one; so does a damaged one, as nothing is decided by it. */
void store_history_load(struct store *s, const char *name, struct history *out);
/* Puts it in front. The oldest goes when there are more than HISTORY_MAX, but never the newest
 * success. */
int store_history_add(struct store *s, const char *name, const struct past *p,
                      struct err *err) MUST_CHECK;
/* The pure part of it. */
void history_put(struct history *h, const struct past *p);

#endif
