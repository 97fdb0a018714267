/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_sstp - the server's side of an SSTP call, strictly by MS-SSTP 3.1 and 3.3, with a PPP server
 * (sim_ppp) inside: connect request, authentication, crypto binding with its compound MAC, echo,
 * disconnect, abort, all timers. Pure: bytes and the time in, bytes out; compiles everywhere.
 *
 * What the standard leaves open and how it is here:
 * - a CALL_CONNECTED before the authentication is refused like one with a wrong MAC (there is no
 * key yet), or judged as far as it can be and kept (settings, judge_early); what a real RRAS does
 * is not known;
 * - IPCP begins right after the authentication, before the binding, as PPP control frames may;
 * - the status of an abort that the standard does not name one for is UNACCEPTED_FRAME (a message
 *   that the state does not allow), INVALID_FRAME (one that cannot be read), NEGOTIATION_TIMEOUT.
 */
#ifndef SIM_SSTP_H
#define SIM_SSTP_H

#include "sim_ppp.h"

enum { SIM_SSTP_PACKET_MAX = 4095, SIM_SSTP_NONCE_BYTES = 32 };
enum { SIM_SSTP_RANDOM_BYTES = SIM_SSTP_NONCE_BYTES + SIM_PPP_RANDOM_BYTES };

/* MS-SSTP 3.1.1.1, 3.3.1.1 */
enum sim_sstp_state {
    SIM_SSTP_REQUEST_PENDING,
    SIM_SSTP_CONNECTED_PENDING,
    SIM_SSTP_CONNECTED,
    SIM_SSTP_ABORT_PENDING,              /* we aborted: the peer's abort is awaited */
    SIM_SSTP_ABORT_TIMEOUT_PENDING,      /* both did: a moment for it to arrive */
    SIM_SSTP_DISCONNECT_ACK_PENDING,     /* we disconnected */
    SIM_SSTP_DISCONNECT_TIMEOUT_PENDING, /* the peer did */
    SIM_SSTP_CLOSED                      /* close the connection after the answer */
};

struct sim_sstp {
    const struct sim_sstp_settings *settings;
    enum sim_sstp_state state;
    uint8_t nonce[SIM_SSTP_NONCE_BYTES];
    uint8_t random[SIM_PPP_RANDOM_BYTES]; /* for PPP when it begins */
    struct sim_ppp ppp;
    int naks;
    int64_t due_ms;       /* when the state's timer expires */
    bool echo_sent;       /* the hello timer has expired once */
    bool accepted;        /* the binding was */
    bool disconnected;    /* the peer said CALL_DISCONNECT */
    bool kept;            /* a binding that waits for the authentication (judge_early): */
    uint8_t binding[112]; /* its message */
};

/* A new connection: HTTP was answered with 200. `settings` is used until the end. */
void sim_sstp_open(struct sim_sstp *call, const struct sim_sstp_settings *settings,
                   const uint8_t random[SIM_SSTP_RANDOM_BYTES], int64_t now_ms);

/*
 * Takes at most one packet from `in`; returns the bytes it took, 0 when more are needed. What is to
 * be sent is appended to `out`. What is not SSTP at all closes without an answer (3.1.5.1).
 */
size_t sim_sstp_take(struct sim_sstp *call, int64_t now_ms, const uint8_t *in, size_t n,
                     struct sim_out *out);

/* What a timer does, when it is due. */
void sim_sstp_tick(struct sim_sstp *call, int64_t now_ms, struct sim_out *out);

#endif
