/* SPDX-License-Identifier: Apache-2.0 */
/* store_int.h - what the files of the store share. */
#ifndef RRAS_STORE_INT_H
#define RRAS_STORE_INT_H

#include "json.h"
#include "machine_key.h"
#include "store.h"

enum { STORE_REL_BYTES = 256 };

struct store {
    char *dir;
    enum store_mode mode;
    const struct log *log;
    struct os_lock *lock; /* NULL in STORE_READ */
};

/* A relative path; one that is too long is cut, and then refused for not being there. */
void store_rel(char out[STORE_REL_BYTES], const char *fmt, ...) PRINTF_LIKE(2, 3);
/* ERR_FAIL in STORE_READ. */
int store_need_write(const struct store *s, struct err *err) MUST_CHECK;
/* Folders, by relative path. */
int store_make_dir(struct store *s, const char *rel, struct err *err) MUST_CHECK;
/* That nobody else can change what is in one that is there. */
int store_check_dir(struct store *s, const char *rel, struct err *err) MUST_CHECK;
int store_rename(struct store *s, const char *from, const char *to, struct err *err) MUST_CHECK;
int store_remove_tree(struct store *s, const char *rel, struct err *err) MUST_CHECK;
/* So that a power cut does not bring back what was removed from it. */
int store_flush(struct store *s, const char *rel, struct err *err) MUST_CHECK;
/* Calls each for every entry; a folder that is not there has none. */
int store_list(struct store *s, const char *rel, int (*each)(void *user, const char *name),
               void *user, struct err *err) MUST_CHECK;

/* store_bundle.c: the folder of one certificate, by its relative path. It is complete once it has a
 * bundle.json, which is written last and removed first. */
bool store_dir_complete(struct store *s, const char *dir);
int store_dir_drop(struct store *s, const char *dir, struct err *err) MUST_CHECK;
int store_dir_write(struct store *s, const char *dir, const struct bundle *b,
                    struct err *err) MUST_CHECK;
int store_dir_read(struct store *s, const char *dir, struct bundle *out,
                   struct err *err) MUST_CHECK;
/* What bundle.json says of the leaf, where that is enough; otherwise from the certificate. */
int store_dir_leaf(struct store *s, const char *dir, struct cert_info *out,
                   struct err *err) MUST_CHECK;
/* Where its private key is; "" = in key.pem. */
int store_dir_container(struct store *s, const char *dir, char out[MACHINE_KEY_NAME_BYTES],
                        struct err *err) MUST_CHECK;
/* One JSON file in it. *out is the caller's; ERR_NOT_FOUND. */
int store_dir_json(struct store *s, const char *dir, const char *file, struct json **out,
                   struct err *err) MUST_CHECK;
int store_dir_put_json(struct store *s, const char *dir, const char *file, const struct json *j,
                       struct err *err) MUST_CHECK;

/* The pure part of reading. A member that is missing or makes no sense counts as not noted. */
void store_state_of(const struct json *j, struct name_state *st); /* *st: zero */
void store_state_to(const struct name_state *st, struct json *j);
void store_history_of(const struct json *j, struct history *out);
/* False if bundle.json does not say all that is asked, as those of earlier versions do not; what
 * was read is the caller's all the same. */
bool store_leaf_of(const struct json *j, struct cert_info *out);

/* Removes what writers who were killed have left in a folder; nothing waits for that. */
void store_sweep(struct store *s, const char *rel);

/* store_slot.c: finishes or removes what a crash has left of every certificate's slots. */
int store_mend(struct store *s, struct err *err) MUST_CHECK;

#endif
