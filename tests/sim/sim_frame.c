/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_frame.h"

#include <string.h>

void sim_frame_put(struct sim_frame *f, const void *bytes, size_t n)
{
    if (n > sizeof f->p - f->n)
        n = sizeof f->p - f->n;
    if (n)
        memcpy(f->p + f->n, bytes, n);
    f->n += n;
}

void sim_frame_put8(struct sim_frame *f, unsigned v)
{
    const uint8_t b = (uint8_t)v;
    sim_frame_put(f, &b, 1);
}

void sim_frame_put16(struct sim_frame *f, unsigned v)
{
    sim_frame_put8(f, v >> 8);
    sim_frame_put8(f, v & 0xff);
}

/* Where the PPP packet begins: behind the SSTP header, FF 03 and the protocol. */
enum { PACKET_AT = 8 };

void sim_frame_begin(struct sim_frame *f, unsigned protocol, unsigned code, unsigned id)
{
    f->n = 0;
    sim_frame_put(f, "\x10\0\0\0\xff\x03", 6);
    sim_frame_put16(f, protocol);
    sim_frame_put8(f, code);
    sim_frame_put8(f, id);
    sim_frame_put16(f, 0);
}

void sim_frame_send(struct sim_frame *f, struct sim_out *out)
{
    size_t packet = f->n - PACKET_AT;
    f->p[2] = (uint8_t)(f->n >> 8);
    f->p[3] = (uint8_t)f->n;
    f->p[PACKET_AT + 2] = (uint8_t)(packet >> 8);
    f->p[PACKET_AT + 3] = (uint8_t)packet;
    if (f->n <= sizeof out->p - out->n) {
        memcpy(out->p + out->n, f->p, f->n);
        out->n += f->n;
    }
}

void sim_frame_answer(unsigned protocol, unsigned code, unsigned id, const void *bytes, size_t n,
                      struct sim_out *out)
{
    struct sim_frame f;
    sim_frame_begin(&f, protocol, code, id);
    sim_frame_put(&f, bytes, n);
    sim_frame_send(&f, out);
}

unsigned sim_ppp_protocol(const uint8_t *frame, size_t n, size_t *skip)
{
    *skip = n >= 2 && frame[0] == 0xff && frame[1] == 3 ? 2 : 0;
    if (n >= *skip + 1 && frame[*skip] & 1) { /* RFC 1661 6.5: compressed to one byte */
        *skip += 1;
        return frame[*skip - 1];
    }
    if (n < *skip + 2)
        return 0;
    *skip += 2;
    return (unsigned)frame[*skip - 2] << 8 | frame[*skip - 1];
}

bool sim_packet_read(const uint8_t *frame, size_t n, struct sim_packet *out)
{
    size_t skip;
    out->protocol = sim_ppp_protocol(frame, n, &skip);
    const uint8_t *p = frame + skip;
    if (!out->protocol || n - skip < 4)
        return false;
    size_t length = (size_t)p[2] << 8 | p[3];
    if (length < 4 || length > n - skip) /* what is behind it is padding */
        return false;
    out->code = p[0];
    out->id = p[1];
    out->data = p + 4;
    out->n = length - 4;
    return true;
}

bool sim_packet_option(const struct sim_packet *in, size_t *at, const uint8_t **option, bool *bad)
{
    if (*at == in->n)
        return false;
    const uint8_t *o = in->data + *at;
    if (in->n - *at < 2 || o[1] < 2 || o[1] > in->n - *at) {
        *bad = true;
        return false;
    }
    *option = o;
    *at += o[1];
    return true;
}
