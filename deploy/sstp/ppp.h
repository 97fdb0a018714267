/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ppp.h - PPP as far as a logon needs it: LCP (RFC 1661), then MS-CHAPv2 (RFC 2759) or PAP
 * (RFC 1334). Pure: frames in, frames out; the caller owns time and randomness. Bounded: it sends a
 * limited number of frames, whatever the peer does, and answers one challenge only.
 *
 * A frame is what an SSTP data packet carries: address and control (FF 03, may be missing), the
 * protocol, the packet.
 */
#ifndef RRAS_SSTP_PPP_H
#define RRAS_SSTP_PPP_H

#include "mschap2.h"

enum {
    PPP_MAX_FRAME_BYTES = 1504, /* a packet of the initial MRU behind FF 03 and the protocol */
    PPP_MAX_FRAMES_OUT = 2,
    PPP_RANDOM_BYTES = MSCHAP2_CHALLENGE_BYTES + 4,
    PPP_PAP_MAX_BYTES = 255, /* of user and of password */
};

struct ppp_account {
    const char *user, *password; /* UTF-8; borrowed while the machine lives */
    bool pap;                    /* also where the server wants the password in clear */
};

enum ppp_state {
    PPP_NEGOTIATING,    /* LCP */
    PPP_AUTHENTICATING, /* LCP is open */
    PPP_AUTHENTICATED,  /* keys holds what MS-SSTP 3.2.5.2.2 calls HLAK */
    PPP_FAILED,         /* code and why tell */
};
enum ppp_method { PPP_METHOD_NONE, PPP_METHOD_MSCHAP2, PPP_METHOD_PAP };

/* Filled by ppp_start; read state, method, keys, code, why. ppp_clear wipes. */
struct ppp {
    enum ppp_state state;
    enum ppp_method method; /* as agreed; PPP_METHOD_NONE once LCP is open: none was asked for */
    bool account_used;      /* something derived from the password was sent */
    uint8_t keys[MSCHAP2_KEYS_BYTES];
    char code[24]; /* "lcp-loop", "auth-691", ... */
    char why[256]; /* a sentence for people; "" = nothing to say */

    struct ppp_account account;
    struct mschap2 mschap2;
    uint8_t response[MSCHAP2_RESPONSE_BYTES];
    uint8_t magic[4];
    unsigned mru;
    bool ask_mru, ask_magic;
    bool ours_acked, theirs_acked;
    uint8_t id, challenge_id;
    unsigned requests, answers, naks; /* sent so far */
};

struct ppp_frames {
    struct {
        uint8_t bytes[PPP_MAX_FRAME_BYTES];
        size_t len;
    } frame[PPP_MAX_FRAMES_OUT];
    size_t n;
};

/* ERR_USAGE when the account cannot be used for what it may have to do (lengths, no UTF-8). */
int ppp_account_check(const struct ppp_account *account, struct err *err) MUST_CHECK;
/* out gets the first frame. Errors of ppp_account_check. */
int ppp_start(struct ppp *p, const struct ppp_account *account,
              const uint8_t random[PPP_RANDOM_BYTES], struct ppp_frames *out,
              struct err *err) MUST_CHECK;
/* One frame of the peer's; out gets what is to be sent for it (frames hold secrets with PAP: wipe
 * them). What does not concern a logon is passed over. */
void ppp_take(struct ppp *p, const uint8_t *frame, size_t len, struct ppp_frames *out);
/* Nothing came for some seconds (RFC 1661 4.6: Restart timer): LCP's request once more. */
void ppp_again(struct ppp *p, struct ppp_frames *out);
/* A Terminate-Request of the peer's: after the logon it means that policy ends the call. */
bool ppp_is_terminate(const uint8_t *frame, size_t len);
void ppp_clear(struct ppp *p);

/* "MS-CHAPv2", "PAP", "no authentication" */
const char *ppp_method_name(enum ppp_method m);

#endif
