/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_ppp_auth.h"

#include <string.h>

enum {
    CONFIGURE_REQUEST = 1,
    CONFIGURE_ACK,
    CONFIGURE_NAK,
    CONFIGURE_REJECT,
    TERMINATE_REQUEST,
    TERMINATE_ACK,
    CODE_REJECT,
    PROTOCOL_REJECT,
    ECHO_REQUEST,
    ECHO_REPLY,
    DISCARD_REQUEST
};
enum {
    OPTION_MRU = 1,
    OPTION_ACCM = 2,
    OPTION_AUTH = 3,
    OPTION_MAGIC = 5,
    OPTION_PFC = 7,
    OPTION_ACFC = 8,
    OPTION_CALLBACK = 13,
    OPTION_MRRU = 17,
    OPTION_DISCRIMINATOR = 19,
    IPCP_ADDRESS = 3
};
enum {
    OURS_MRU = 4091,
    OURS_MRRU = 1614,
    CALLBACK_BY_POLICY = 6,
    AUTH_NAKS_MAX = 5,
    MSCHAP2_ALGORITHM = 0x81
};

static const uint8_t our_address[] = {192, 0, 2, 1}, their_address[] = {192, 0, 2, 2};

/* ---- LCP: our side ---- */

static void put_auth(struct sim_frame *f, enum sim_auth a)
{
    sim_frame_put8(f, OPTION_AUTH);
    sim_frame_put8(f, a == SIM_AUTH_MSCHAP2 ? 5 : 4);
    sim_frame_put16(f, a == SIM_AUTH_MSCHAP2 ? PPP_CHAP : a == SIM_AUTH_PAP ? PPP_PAP : PPP_EAP);
    if (a == SIM_AUTH_MSCHAP2)
        sim_frame_put8(f, MSCHAP2_ALGORITHM);
}

static void send_request(struct sim_ppp *p, struct sim_out *out)
{
    static const uint8_t discriminator[] = {OPTION_DISCRIMINATOR, 9, 3, 2, 0, 0, 0, 0, 1};
    struct sim_frame f;
    sim_frame_begin(&f, PPP_LCP, CONFIGURE_REQUEST, p->id);
    if (p->want.mru) {
        sim_frame_put16(&f, OPTION_MRU << 8 | 4);
        sim_frame_put16(&f, p->want.mru);
    }
    put_auth(&f, p->settings->auth[p->offer]);
    if (p->want.magic) {
        sim_frame_put16(&f, OPTION_MAGIC << 8 | 6);
        sim_frame_put(&f, p->magic, sizeof p->magic);
    }
    if (p->want.callback) {
        sim_frame_put16(&f, OPTION_CALLBACK << 8 | 3);
        sim_frame_put8(&f, CALLBACK_BY_POLICY);
    }
    if (p->want.mrru) {
        sim_frame_put16(&f, OPTION_MRRU << 8 | 4);
        sim_frame_put16(&f, p->want.mrru);
    }
    if (p->want.discriminator)
        sim_frame_put(&f, discriminator, sizeof discriminator);
    sim_frame_send(&f, out);
    p->ours_acked = false;
}

void sim_ppp_up(struct sim_ppp *p, const struct sim_sstp_settings *settings,
                const uint8_t random[SIM_PPP_RANDOM_BYTES], struct sim_out *out)
{
    *p = (struct sim_ppp){.settings = settings,
                          .phase = SIM_PPP_LINK,
                          .want = {OURS_MRU, OURS_MRRU, true, true, true}};
    memcpy(p->challenge, random, sizeof p->challenge);
    memcpy(p->magic, random + sizeof p->challenge, sizeof p->magic);
    if (settings->fault != SIM_FAULT_LCP_MUTE)
        send_request(p, out);
}

void sim_ppp_terminate(struct sim_ppp *p, struct sim_out *out)
{
    sim_frame_answer(PPP_LCP, TERMINATE_REQUEST, ++p->id, NULL, 0, out);
    p->phase = SIM_PPP_TERMINATED;
}

/* Which of our offers a suggestion names; -1: none. */
static int find_offer(const struct sim_ppp *p, const uint8_t *option)
{
    for (int i = 0; p->settings->auth[i]; i++) {
        struct sim_frame f = {.n = 0};
        put_auth(&f, p->settings->auth[i]);
        if (f.n == option[1] && memcmp(f.p, option, f.n) == 0)
            return i;
    }
    return -1;
}

/* The peer wants another authentication: the one it names if we know it, else our next one; the
 * last is asked for again and again, until we give up. */
static void on_auth_nak(struct sim_ppp *p, const uint8_t *option)
{
    int named = find_offer(p, option);
    if (named >= 0 && named != p->offer)
        p->offer = named;
    else if (p->settings->auth[p->offer + 1])
        p->offer++;
    p->naks++;
}

static void on_nak(struct sim_ppp *p, const struct sim_packet *in, bool reject, struct sim_out *out)
{
    const uint8_t *o;
    size_t at = 0;
    bool bad = false, refused = false;
    while (sim_packet_option(in, &at, &o, &bad)) {
        unsigned value = o[1] == 4 ? (unsigned)o[2] << 8 | o[3] : 0;
        if (o[0] == OPTION_AUTH && reject)
            refused = true; /* without one nobody comes in */
        else if (o[0] == OPTION_AUTH)
            on_auth_nak(p, o);
        else if (o[0] == OPTION_MRU)
            p->want.mru = reject ? 0 : value;
        else if (o[0] == OPTION_MRRU)
            p->want.mrru = reject ? 0 : value;
        else if (o[0] == OPTION_MAGIC)
            p->want.magic = false;
        else if (o[0] == OPTION_CALLBACK)
            p->want.callback = false;
        else if (o[0] == OPTION_DISCRIMINATOR)
            p->want.discriminator = false;
    }
    if (bad)
        return;
    p->id++;
    if (refused || p->naks > AUTH_NAKS_MAX)
        sim_ppp_terminate(p, out);
    else
        send_request(p, out);
}

/* ---- what the peer asks for ---- */

void sim_ppp_network(struct sim_ppp *p, struct sim_out *out)
{
    struct sim_frame f;
    p->phase = SIM_PPP_NETWORK;
    sim_frame_begin(&f, PPP_IPCP, CONFIGURE_REQUEST, 1);
    sim_frame_put16(&f, IPCP_ADDRESS << 8 | 6);
    sim_frame_put(&f, our_address, sizeof our_address);
    sim_frame_send(&f, out);
}

static bool takes_option(const struct sim_ppp *p, unsigned protocol, const uint8_t *o)
{
    if (protocol == PPP_IPCP)
        return o[0] == IPCP_ADDRESS && o[1] == 6;
    switch (o[0]) {
    case OPTION_MRU:
        return o[1] == 4;
    case OPTION_ACCM:
        return o[1] == 6;
    case OPTION_MAGIC: /* our own one would mean a loop */
        return o[1] == 6 && memcmp(o + 2, p->magic, sizeof p->magic) != 0;
    case OPTION_PFC:
    case OPTION_ACFC:
        return o[1] == 2;
    default:
        return false;
    }
}

/* An address that is not the one we give is Nak'ed with it. */
static bool wrong_address(unsigned protocol, const uint8_t *o)
{
    return protocol == PPP_IPCP && memcmp(o + 2, their_address, sizeof their_address) != 0;
}

/* A Configure-Request of LCP or IPCP (RFC 1661 5.1): acknowledged whole, or what cannot be had is
 * rejected, or what has another value is named. True when it was acknowledged. */
static bool on_request(const struct sim_ppp *p, const struct sim_packet *in, struct sim_out *out)
{
    struct sim_frame rejected, other;
    const uint8_t *o;
    size_t at = 0;
    bool bad = false;
    sim_frame_begin(&rejected, in->protocol, CONFIGURE_REJECT, in->id);
    sim_frame_begin(&other, in->protocol, CONFIGURE_NAK, in->id);
    size_t none = rejected.n;
    while (sim_packet_option(in, &at, &o, &bad)) {
        if (!takes_option(p, in->protocol, o)) {
            sim_frame_put(&rejected, o, o[1]);
        } else if (wrong_address(in->protocol, o)) {
            sim_frame_put(&other, o, 2);
            sim_frame_put(&other, their_address, sizeof their_address);
        }
    }
    if (bad)
        return false;
    if (in->protocol == PPP_LCP && p->settings->fault == SIM_FAULT_LCP_NAK)
        sim_frame_put(&other, "\1\4\5\170", 4); /* an MRU of 1400, whatever is asked for */
    if (rejected.n > none)
        sim_frame_send(&rejected, out);
    else if (other.n > none)
        sim_frame_send(&other, out);
    else
        sim_frame_answer(in->protocol, CONFIGURE_ACK, in->id, in->data, in->n, out);
    return rejected.n == none && other.n == none;
}

static void on_lcp(struct sim_ppp *p, const struct sim_packet *in, struct sim_out *out)
{
    switch (in->code) {
    case CONFIGURE_REQUEST:
        p->theirs_acked = on_request(p, in, out);
        break;
    case CONFIGURE_ACK:
        if (in->id == p->id)
            p->ours_acked = true;
        break;
    case CONFIGURE_NAK:
    case CONFIGURE_REJECT:
        if (in->id == p->id)
            on_nak(p, in, in->code == CONFIGURE_REJECT, out);
        break;
    case TERMINATE_REQUEST:
        sim_frame_answer(PPP_LCP, TERMINATE_ACK, in->id, in->data, in->n, out);
        p->phase = SIM_PPP_DEAD;
        break;
    case TERMINATE_ACK:
        if (p->phase == SIM_PPP_TERMINATED)
            p->phase = SIM_PPP_DEAD;
        break;
    case ECHO_REQUEST:
        if (p->phase >= SIM_PPP_AUTH && in->n >= 4)
            sim_frame_answer(PPP_LCP, ECHO_REPLY, in->id, p->magic, sizeof p->magic, out);
        break;
    case CODE_REJECT:
    case PROTOCOL_REJECT:
    case ECHO_REPLY:
    case DISCARD_REQUEST:
        break;
    default:
        sim_frame_answer(PPP_LCP, CODE_REJECT, ++p->id, in->data - 4, in->n + 4, out);
        break;
    }
}

void sim_ppp_take(struct sim_ppp *p, const uint8_t *frame, size_t n, struct sim_out *out)
{
    struct sim_packet in;
    if (p->settings->fault == SIM_FAULT_LCP_MUTE || p->phase == SIM_PPP_DEAD ||
        !sim_packet_read(frame, n, &in))
        return;
    if (in.protocol == PPP_LCP)
        on_lcp(p, &in, out);
    else if (p->phase == SIM_PPP_AUTH &&
             (in.protocol == PPP_CHAP || in.protocol == PPP_PAP || in.protocol == PPP_EAP))
        sim_auth_take(p, &in, out);
    else if (p->phase == SIM_PPP_NETWORK && in.protocol == PPP_IPCP && in.code == CONFIGURE_REQUEST)
        on_request(p, &in, out);
    else if (p->phase == SIM_PPP_NETWORK && in.protocol >= 0x8000 && in.protocol < 0xc000 &&
             in.protocol != PPP_IPCP) /* RFC 1661 5.7: what is not spoken here, whole */
        sim_frame_answer(PPP_LCP, PROTOCOL_REJECT, ++p->id, in.data - 6, in.n + 6, out);
    if (p->phase == SIM_PPP_LINK && p->ours_acked && p->theirs_acked) {
        if (p->settings->fault == SIM_FAULT_LCP_TERMINATE)
            sim_ppp_terminate(p, out);
        else
            sim_auth_start(p, out);
    }
}
