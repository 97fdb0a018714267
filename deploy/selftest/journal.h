/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal.h - what a selftest has made, or was about to make. A file of lines, one an object, each
 * on the disk before its object is:
 *
 *     record v4 50123
 *     cert <SHA-1> <SubjectPublicKeyInfo>      hex; with its key container
 *     key <container>                          of the machine's key provider
 *     service
 *     registry
 *     folder
 */
#ifndef RRAS_DEPLOY_SELFTEST_JOURNAL_H
#define RRAS_DEPLOY_SELFTEST_JOURNAL_H

#include "selftest/host.h"

enum selftest_object_kind {
    SELFTEST_OBJECT_RECORD,
    SELFTEST_OBJECT_CERT,
    SELFTEST_OBJECT_KEY,
    SELFTEST_OBJECT_SERVICE,
    SELFTEST_OBJECT_REGISTRY,
    SELFTEST_OBJECT_FOLDER,
    SELFTEST_OBJECT_KINDS
};
struct selftest_object {
    enum selftest_object_kind kind;
    enum family family; /* of a record */
    int port;
    uint8_t sha1[SHA1_BYTES]; /* of a certificate */
    struct public_key key;
    char container[MACHINE_KEY_NAME_BYTES]; /* of a key */
};

/* Appends the line, flushed. */
int selftest_journal_add(const char *dir, const struct selftest_object *o,
                         struct err *err) MUST_CHECK;
/* One line without its end. Pure. */
void selftest_object_line(const struct selftest_object *o, struct buf *out);
bool selftest_object_parse(struct selftest_object *out, const char *line);

/* What is left after a removal. */
struct selftest_left {
    int found, left;
    uint32_t number; /* of the first failure */
    struct buf text; /* for people: what is left, and the command that removes it */
};
/* Removes every object of the journal, the last made first, and then the journal. -1 when something
 * is left (*out tells what) or the journal cannot be read. out->text is the caller's, always. */
int selftest_journal_sweep(const char *dir, const struct selftest_host *host,
                           struct selftest_left *out, struct err *err) MUST_CHECK;

/* The folder that the row "acl" makes. *out is the caller's. */
int selftest_acl_folder(char **out, const char *dir, struct err *err) MUST_CHECK;

#endif
