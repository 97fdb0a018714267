/* SPDX-License-Identifier: Apache-2.0 */
/* ppp_int.h - what ppp.c (frames, the logon) and ppp_lcp.c share. */
#ifndef RRAS_SSTP_PPP_INT_H
#define RRAS_SSTP_PPP_INT_H

#include "sstp/ppp.h"

/* Protocols (RFC 1661, 1334, 1994, 3748). */
enum { PROTO_LCP = 0xc021, PROTO_PAP = 0xc023, PROTO_CHAP = 0xc223, PROTO_EAP = 0xc227 };
enum {
    FRAME_HEAD_BYTES = 4,  /* FF 03 and the protocol */
    PACKET_HEAD_BYTES = 4, /* code, id, length */
    PPP_MAX_DATA_BYTES = PPP_MAX_FRAME_BYTES - FRAME_HEAD_BYTES - PACKET_HEAD_BYTES,
    LCP_TERMINATE_REQUEST = 5,
};

/* A packet inside a frame; data points into the frame. */
struct ppp_packet {
    unsigned protocol;
    uint8_t code, id;
    const uint8_t *data;
    size_t len;
};

void ppp_put(struct ppp_frames *out, const struct ppp_packet *p);
void ppp_fail(struct ppp *p, const char *code, const char *why);

void ppp_send_request(struct ppp *p, struct ppp_frames *out);
void ppp_take_lcp(struct ppp *p, const struct ppp_packet *in, struct ppp_frames *out);

#endif
