/* SPDX-License-Identifier: Apache-2.0 */
/* tiding.h - one thing to tell somebody. */
#ifndef RRAS_APP_TIDING_H
#define RRAS_APP_TIDING_H

#include "event.h"

/* What conf_notify.on names. */
enum tiding_kind {
    TIDING_SILENT = 0, /* event log only */
    TIDING_FAILURE = 1,
    TIDING_RECOVERY = 2,
    TIDING_EXPIRY = 4,
    TIDING_DEPLOY = 8,
};

enum { TIDING_TEXT_BYTES = 2400, TIDING_NAME_BYTES = 160, ALERT_KEY_BYTES = 192 };
struct tiding {
    enum tiding_kind kind;
    enum event_id id;
    char name[TIDING_NAME_BYTES]; /* of the certificate, or "schedule" */
    char text[TIDING_TEXT_BYTES]; /* one line for people */
    char key[ALERT_KEY_BYTES];    /* of the alert that it belongs to; "" = a fact */
    int64_t since;                /* of a trouble told again; 0 = it is new */
    /* While it is being delivered (outbox.h). */
    int64_t at;        /* when it could not be delivered first; 0 = not tried yet */
    unsigned channels; /* who has not got it: bit i = notify[i] */
    bool again;        /* raised anew, while an earlier one waits in the outbox */
};

#endif
