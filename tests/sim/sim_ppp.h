/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_ppp - the server's side of PPP, from the link to the addresses: LCP (RFC 1661), EAP up to the
 * first question (RFC 3748), MS-CHAPv2 (RFC 2759), PAP (RFC 1334), a little IPCP (RFC 1332). Pure:
 * frames in, frames out; compiles everywhere.
 *
 * The first LCP request is the one that a Windows Server 2016 was seen to send: identifier 0, MRU
 * 4091, authentication, magic number, callback (13) = 6, MRRU (17) = 1614, endpoint discriminator
 * (19). Not as on a real server: nothing is sent again (the line below loses nothing), no callback,
 * no multilink, no compression, one account, no methods inside EAP.
 */
#ifndef SIM_PPP_H
#define SIM_PPP_H

#include "sim_frame.h"
#include "sim_sstp_settings.h"

enum { SIM_PPP_RANDOM_BYTES = 20, SIM_PPP_CHALLENGE_BYTES = 16, SIM_PPP_KEY_BYTES = 32 };

enum sim_ppp_phase {
    SIM_PPP_DEAD,
    SIM_PPP_LINK,
    SIM_PPP_AUTH,
    SIM_PPP_NETWORK,
    SIM_PPP_TERMINATED
};

/* The options of our LCP request that are still asked for; 0: given up. */
struct sim_lcp_wanted {
    unsigned mru, mrru;
    bool magic, callback, discriminator;
};

struct sim_ppp {
    const struct sim_sstp_settings *settings;
    enum sim_ppp_phase phase;
    struct sim_lcp_wanted want;
    uint8_t id; /* of our last LCP request */
    bool ours_acked, theirs_acked;
    int offer; /* index into settings->auth */
    int naks;  /* of our offers of an authentication */
    uint8_t magic[4];
    uint8_t challenge[SIM_PPP_CHALLENGE_BYTES];
    enum sim_auth done;             /* what the peer proved itself by */
    int attempts;                   /* authentications tried */
    uint8_t key[SIM_PPP_KEY_BYTES]; /* HLAK (MS-SSTP 3.2.5.2); zeros after PAP */
    bool close;                     /* a fault: drop the line without a word */
};

/* The lower layer is up: our first request goes out. */
void sim_ppp_up(struct sim_ppp *p, const struct sim_sstp_settings *settings,
                const uint8_t random[SIM_PPP_RANDOM_BYTES], struct sim_out *out);
/* A frame, with FF 03 in front or without. What is to be sent is appended as SSTP data packets. */
void sim_ppp_take(struct sim_ppp *p, const uint8_t *frame, size_t n, struct sim_out *out);
/* Ends the link by a Terminate-Request. */
void sim_ppp_terminate(struct sim_ppp *p, struct sim_out *out);
/* The peer has proved itself: addresses are next. */
void sim_ppp_network(struct sim_ppp *p, struct sim_out *out);

#endif
