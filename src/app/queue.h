/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue.h - the certificates of one unattended run: the most urgent first, and what its CAs may
 * still be asked for (spread.h).
 */
#ifndef RRAS_APP_QUEUE_H
#define RRAS_APP_QUEUE_H

#include "conf.h"
#include "log.h"
#include "src/app/spread.h"
#include "store.h"

/* All zero: nothing is spread. */
struct queue {
    struct queue_ca {
        const char *directory; /* borrowed from a conf */
        struct spread_ca ca;
    } * v;
    size_t n;
};

/* Sorts the list by what the state folder knows of each. What cannot be read of one is no error
 * here: its job will tell. */
int queue_open(struct queue *out, struct store *store, const struct conf **list, size_t count,
               int64_t now, struct err *err) MUST_CHECK;
void queue_close(struct queue *q);

/* The CA of a directory URL; NULL: nothing is spread. */
struct spread_ca *queue_ca(const struct queue *q, const char *directory);

/* One line for each CA at which some were held back. */
void queue_tell(const struct queue *q, const struct log *log);

#endif
