/* SPDX-License-Identifier: Apache-2.0 */
/* https_world.h - a client of https.h and the server that it asks, with a root of their own. */
#ifndef RRAS_TEST_HTTPS_WORLD_H
#define RRAS_TEST_HTTPS_WORLD_H

#include "https.h"
#include "test.h"
#include "tls_server.h"

/* A server that says `answer` to every request of a connection, and remembers the last one. */
struct https_world {
    struct key *key, *ca;
    struct cert_chain chain, root;
    struct tls_server *server;
    const char *answer;
    size_t answer_len;
    bool close; /* after each answer */
    struct buf request;
    struct buf log;
    struct log log_to;
    struct https https;
    struct test *t;
};

/* The root's subject is ca_name; the server's certificate is for localhost, ca.test and
 * orders.test. */
void https_world_make_named(struct https_world *w, struct test *t, const char *ca_name);
void https_world_make(struct https_world *w, struct test *t);
/* Closes the client and ends the server, whichever there is. */
void https_world_clear(struct https_world *w);
/* Path of a file with the root. */
const char *https_world_ca_file(struct https_world *w);
/* Serves; `answer` outlives it. */
void https_world_start(struct https_world *w, const char *answer);
/* The client, with roots of this file; NULL = the system's. Checks that it opens. */
bool https_world_open(struct https_world *w, const char *ca);
/* At the server, by the name localhost. */
const char *https_world_url(struct https_world *w, const char *path);
int https_world_get(struct https_world *w, const char *path, struct https_response *r,
                    struct err *err);

#endif
