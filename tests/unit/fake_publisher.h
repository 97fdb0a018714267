/* SPDX-License-Identifier: Apache-2.0 */
/* fake_publisher.h - a publisher at work against an API that answers by a script. */
#ifndef RRAS_FAKE_PUBLISHER_H
#define RRAS_FAKE_PUBLISHER_H

#include "conf.h"
#include "fake_https.h"
#include "publish/publish.h"
#include "store.h"

struct fake_publisher {
    struct fake_https fake;
    struct conf conf;    /* to be filled between the two calls below */
    struct store *store; /* NULL = none; the caller's */
    struct publisher p;
};
void fake_publisher_init(struct fake_publisher *w, struct test *t,
                         const struct fake_exchange *script, size_t count);
/* As conf says. Tells the test why it cannot. */
bool fake_publisher_open(struct fake_publisher *w, struct test *t);
/* All exchanges of the script have taken place; then it is closed. */
void fake_publisher_done(struct fake_publisher *w);

#endif
