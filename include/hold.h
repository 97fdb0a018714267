/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hold.h - whether a certificate is put in place now, or held until it may interrupt. Pure.
 *
 * Windows and the limit of sessions protect those who are connected. They do not protect a VPN that
 * refuses its clients, serves an expired or revoked certificate, or is about to expire.
 */
#ifndef RRAS_HOLD_H
#define RRAS_HOLD_H

#include "window.h"

struct hold_facts {
    bool at_once;         /* the administrator said so */
    bool interrupts;      /* putting it in place drops the VPN's sessions */
    bool broken;          /* clients are refused as it is */
    bool served_revoked;  /* the certificate that serves must not go on doing so */
    int64_t served_until; /* its notAfter; 0 = nothing serves */
    int64_t override_s;   /* this long before served_until nothing holds back any more */
    struct window_state window;
    bool sessions_known;
    int64_t sessions;
    int64_t max_sessions; /* -1 = any number */
    int64_t now;
};

enum hold_answer { HOLD_GO, HOLD_WINDOW, HOLD_SESSIONS };
struct hold_decision {
    enum hold_answer answer;
    int64_t until;    /* it is held at most until then; 0 when it goes */
    char reason[128]; /* for people; "" when it goes */
};
void hold_decide(const struct hold_facts *f, struct hold_decision *out);

#endif
