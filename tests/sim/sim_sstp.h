/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_sstp - the server's side of an SSTP call (MS-SSTP 3.3), as far as no PPP is needed: connect
 * request, crypto binding, echo, disconnect, abort. Pure: bytes in, bytes out; compiles everywhere.
 *
 * Not as on a real server: PPP frames are taken and ignored, so there are no keys and the compound
 * MAC of the crypto binding is not looked at; and a CALL_CONNECTED is judged without an
 * authentication before it, by nonce, hash type and certificate hash alone. That a real RRAS
 * answers such an early one the same way is not known.
 */
#ifndef SIM_SSTP_H
#define SIM_SSTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIM_SSTP_PACKET_MAX = 4095, SIM_SSTP_ANSWER_MAX = 48, SIM_SSTP_NONCE_BYTES = 32 };
enum { SIM_SSTP_SHA1 = 1, SIM_SSTP_SHA256 = 2 };

enum sim_sstp_state {
    SIM_SSTP_REQUEST_PENDING,
    SIM_SSTP_CONNECTED_PENDING,
    SIM_SSTP_CONNECTED,
    SIM_SSTP_ABORTED, /* an abort was sent: the peer's is awaited, all else ignored */
    SIM_SSTP_CLOSED   /* close the connection after the answer */
};

/* Fill the first part, leave the rest zero. */
struct sim_sstp {
    uint8_t hash_mask; /* SIM_SSTP_SHA1, SIM_SSTP_SHA256 or both */
    uint8_t sha256[32], sha1[20];
    uint8_t nonce[SIM_SSTP_NONCE_BYTES];
    enum sim_sstp_state state;
    int naks;
};

/*
 * Takes at most one packet from `in`; returns the bytes it took, 0 when more are needed. What is to
 * be sent is in `out`, *out_bytes long (0: nothing). What is not SSTP at all closes without an
 * answer (MS-SSTP 3.1.5.1).
 */
size_t sim_sstp_take(struct sim_sstp *call, const uint8_t *in, size_t n,
                     uint8_t out[SIM_SSTP_ANSWER_MAX], size_t *out_bytes);

#endif
