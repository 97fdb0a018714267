/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ari.h - ACME Renewal Information (RFC 9773): what the CA suggests, as a pure decider. The driver
 * is acme_ari (acme.h).
 *
 * The instant is chosen once, uniformly within the window, and kept as long as the CA suggests the
 * same window: a choice at every look would drift towards its beginning.
 */
#ifndef RRAS_ARI_H
#define RRAS_ARI_H

#include "acme.h"
#include "json.h"

enum {
    ARI_LOOK_MIN_S = 60,         /* bounds of Retry-After, RFC 9773 4.3 */
    ARI_LOOK_MAX_S = 24 * 3600,  /* also how long "not offered" is believed */
    ARI_LOOK_AGAIN_S = 6 * 3600, /* after an error, RFC 9773 4.3.3 */
};

struct ari_window {
    int64_t start, end;
    char explanation_url[256]; /* to be shown only; "" = none */
};
/* ERR_CA: no object, a time missing or unreadable, end not after start (RFC 9773 4.2). */
int ari_window_read(struct ari_window *out, const struct json *j, struct err *err) MUST_CHECK;

/* start <= result < end, uniform for a uniform `random`. */
int64_t ari_choose(const struct ari_window *w, uint64_t random);

/* When to look again: retry_after_s as retry_after_s() (retry.h) gives it, within the bounds;
 * RETRY_AFTER_NONE counts as an error. */
int64_t ari_next_look(int64_t retry_after_s, int64_t now);

/* Takes an answer into st. */
void ari_take(struct ari_state *st, const struct ari_window *w, uint64_t random);

#endif
