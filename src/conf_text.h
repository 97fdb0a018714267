/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_text.h - one configuration file as text: JSON with comments, and where in it everything
 * stands.
 *
 * Values come from the JSON library (`root`), places from a scan of our own (`node`): a node for
 * every value, node 0 is the whole. Keys are written without backslashes, so a node's key is a
 * slice of the text.
 */
#ifndef RRAS_CONF_TEXT_H
#define RRAS_CONF_TEXT_H

#include "conf.h"
#include "conf_errors.h"
#include "json.h"

enum { CONF_MAX_FILE_BYTES = 64 * 1024 };

struct conf_node {
    size_t key, key_bytes; /* the member's name, without quotes; none in lists */
    size_t at;             /* the value's first byte */
    size_t parent;         /* index */
    size_t child, next;    /* indexes of the first child and the next sibling; 0 = none */
};

struct conf_doc {
    const char *file; /* borrowed from the conf_text */
    unsigned order;   /* of the file, see conf_errors.h */
    char *text;       /* as read, after the byte order mark */
    char *plain;      /* the same length, comments and repeated members made blank */
    size_t len;
    struct conf_node *node;
    size_t nodes, cap;
    struct json *root;
};

/* Reads text; on failure -1, and what is wrong is in errors. A repeated key is told in errors,
 * too, but the rest can be read. */
int conf_doc_open(struct conf_doc *out, const struct conf_text *in, unsigned order,
                  struct conf_errors *errors) MUST_CHECK;
void conf_doc_clear(struct conf_doc *d);
/* Where the byte stands. */
struct conf_place conf_doc_place(const struct conf_doc *d, size_t at);
/* Appends the dotted path of the member. */
void conf_doc_path(const struct conf_doc *d, const struct conf_node *n, struct buf *out);
/* The node of a dotted path; 0 if it is not there. */
size_t conf_doc_find(const struct conf_doc *d, const char *path);

/* conf_scan.c: fills node (plain must be there). -1: *fault_at and fault say what is wrong. */
struct conf_fault {
    size_t at;
    char text[160];
};
int conf_scan(struct conf_doc *d, struct conf_errors *errors, struct conf_fault *fault) MUST_CHECK;

#endif
