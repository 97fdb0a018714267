/* SPDX-License-Identifier: Apache-2.0 */
/* sim_frame - PPP packets in SSTP data packets (RFC 1661 5, MS-SSTP 2.2.3), coding and decoding.
 * Pure. */
#ifndef SIM_FRAME_H
#define SIM_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PPP_IP = 0x0021,
    PPP_IPCP = 0x8021,
    PPP_LCP = 0xc021,
    PPP_PAP = 0xc023,
    PPP_CHAP = 0xc223,
    PPP_EAP = 0xc227
};

/* What is to be sent, packet behind packet. Whoever appends checks that there is room. */
struct sim_out {
    uint8_t p[4096];
    size_t n;
};

/* One frame under way; what does not fit is cut off. */
struct sim_frame {
    uint8_t p[600];
    size_t n;
};
void sim_frame_begin(struct sim_frame *f, unsigned protocol, unsigned code, unsigned id);
void sim_frame_put(struct sim_frame *f, const void *bytes, size_t n);
void sim_frame_put8(struct sim_frame *f, unsigned v);
void sim_frame_put16(struct sim_frame *f, unsigned v);
/* Fills the lengths in and appends it to `out`. */
void sim_frame_send(struct sim_frame *f, struct sim_out *out);
/* All of it at once. */
void sim_frame_answer(unsigned protocol, unsigned code, unsigned id, const void *bytes, size_t n,
                      struct sim_out *out);

/* A packet of LCP, IPCP, CHAP, PAP or EAP; the data is into the frame. */
struct sim_packet {
    unsigned protocol, code, id;
    const uint8_t *data;
    size_t n;
};
/* False when it is none. The frame may have FF 03 in front. */
bool sim_packet_read(const uint8_t *frame, size_t n, struct sim_packet *out);
/* The next option of a list; false at the end, and *bad when one is cut off. */
bool sim_packet_option(const struct sim_packet *in, size_t *at, const uint8_t **option, bool *bad);
/* The protocol of a frame; 0 when it has none. *skip gets the bytes in front of what it carries. */
unsigned sim_ppp_protocol(const uint8_t *frame, size_t n, size_t *skip);

#endif
