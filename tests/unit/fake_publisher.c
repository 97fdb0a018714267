/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_publisher.h"

void fake_publisher_init(struct fake_publisher *w, struct test *t,
                         const struct fake_exchange *script, size_t count)
{
    *w = (struct fake_publisher){.store = NULL};
    fake_https_init(&w->fake, t, script, count);
}

bool fake_publisher_open(struct fake_publisher *w, struct test *t)
{
    struct err err = {0};
    const struct publish_env env = {
        .conf = &w->conf, .clock = &w->fake.clock, .https = &w->fake.https, .store = w->store};

    return CHECK_INT(publisher_open(&w->p, &env, &err), 0) || CHECK_STR(err.text, "");
}

void fake_publisher_done(struct fake_publisher *w)
{
    fake_https_done(&w->fake);
    publisher_close(&w->p);
}
