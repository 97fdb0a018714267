/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca_clock.h - the CA's clock, as the Date header of its answers tells it, against this machine's.
 */
#ifndef RRAS_ACME_CA_CLOCK_H
#define RRAS_ACME_CA_CLOCK_H

#include "client.h"

enum {
    CA_CLOCK_WARN_S = 300,         /* worth a warning: TSIG signatures hold no longer */
    CA_CLOCK_BELIEVE_S = 24 * 3600 /* from here on the CA's time is believed, not ours */
};

/* Seconds that the CA's clock is ahead, when that is so much that this machine's cannot be right
 * for judging what a certificate's times mean; else 0. Pure. */
int64_t ca_clock_correction_s(int64_t offset_s);
/* The time to judge a certificate by. */
int64_t ca_clock_now(const struct client *c);
/* Logs a difference that somebody should mend. */
void ca_clock_warn(const struct client *c);

#endif
