/* SPDX-License-Identifier: Apache-2.0 */
/* fake_https.h - an API that answers by a script, and complains of what it did not expect. */
#ifndef RRAS_FAKE_HTTPS_H
#define RRAS_FAKE_HTTPS_H

#include "https.h"
#include "os.h"
#include "test.h"

struct fake_exchange {
    const char *method, *url;  /* expected, whole */
    const char *sent;          /* must be in the body; NULL = there must be none */
    const char *header;        /* one whole line that must be there; NULL = not looked at */
    int status;                /* 0 = no answer: ERR_NET */
    const char *answer;        /* NULL = empty */
    const char *answer_header; /* one line, NULL = none */
};

struct fake_https {
    struct test *t;
    const struct fake_exchange *script;
    size_t count, at;
    int64_t slept_ms, now_s;
    struct https https;
    struct clock clock; /* sleeping takes no time */
};
void fake_https_init(struct fake_https *f, struct test *t, const struct fake_exchange *script,
                     size_t count);
/* A private file of the test, as conf_secret wants it; lives as long as the test. */
char *fake_secret(struct test *t, const char *name, const char *text);
/* All exchanges of the script have taken place. */
void fake_https_done(struct fake_https *f);

#endif
