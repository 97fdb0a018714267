/* SPDX-License-Identifier: Apache-2.0 */
/* LCP (RFC 1661): what both sides offer, refuse and agree on. */
#include "sstp/ppp_int.h"

#include <stdio.h>
#include <string.h>

/* LCP codes (RFC 1661 5). */
enum {
    CONFIGURE_REQUEST = 1,
    CONFIGURE_ACK,
    CONFIGURE_NAK,
    CONFIGURE_REJECT,
    TERMINATE_ACK = 6,
    ECHO_REQUEST = 9,
    ECHO_REPLY
};
/* LCP options (RFC 1661 6, RFC 1662 7). */
enum { OPT_MRU = 1, OPT_ACCM = 2, OPT_AUTH = 3, OPT_MAGIC = 5, OPT_PFC = 7, OPT_ACFC = 8 };
enum {
    CHAP_ALGORITHM_MSCHAP2 = 0x81,
    MAX_REQUESTS = 10, /* two stubborn peers would go on for ever */
    MAX_NAKS = 4,
};

void ppp_send_request(struct ppp *p, struct ppp_frames *out)
{
    uint8_t options[10];
    size_t n = 0;

    if (p->requests++ == MAX_REQUESTS) {
        ppp_fail(p, "lcp-loop",
                 "LCP does not come to an end: the server refuses whatever is offered");
        return;
    }
    if (p->ask_mru) {
        options[n++] = OPT_MRU;
        options[n++] = 4;
        options[n++] = (uint8_t)(p->mru >> 8);
        options[n++] = (uint8_t)p->mru;
    }
    if (p->ask_magic) {
        options[n++] = OPT_MAGIC;
        options[n++] = 6;
        memcpy(options + n, p->magic, sizeof p->magic);
        n += sizeof p->magic;
    }
    ppp_put(out, &(struct ppp_packet){PROTO_LCP, CONFIGURE_REQUEST, ++p->id, options, n});
}

/* Length of the option at the start of what is left; 0 = none, or nonsense. */
static size_t option_len(const uint8_t *o, size_t left)
{
    return left >= 2 && o[1] >= 2 && o[1] <= left ? o[1] : 0;
}

/* The peer refuses or corrects options of ours: obeyed, and asked again. */
static void take_refusal(struct ppp *p, const struct ppp_packet *in, struct ppp_frames *out)
{
    bool reject = in->code == CONFIGURE_REJECT;
    const uint8_t *o = in->data;
    size_t left = in->len, len;

    for (; (len = option_len(o, left)) > 0; o += len, left -= len) {
        if (o[0] == OPT_MRU && !reject && len == 4)
            p->mru = (unsigned)o[2] << 8 | o[3];
        else if (o[0] == OPT_MRU)
            p->ask_mru = false;
        else if (o[0] == OPT_MAGIC && reject)
            p->ask_magic = false;
        else if (o[0] == OPT_MAGIC)
            p->magic[3]++; /* any other number will do */
    }
    ppp_send_request(p, out);
}

static enum ppp_method method_of(const uint8_t *o, size_t len)
{
    unsigned protocol = len >= 4 ? (unsigned)o[2] << 8 | o[3] : 0;

    if (protocol == PROTO_CHAP && len == 5 && o[4] == CHAP_ALGORITHM_MSCHAP2)
        return PPP_METHOD_MSCHAP2;
    return protocol == PROTO_PAP && len == 4 ? PPP_METHOD_PAP : PPP_METHOD_NONE;
}

static const char *asked_for(const uint8_t *o, size_t len)
{
    unsigned protocol = len >= 4 ? (unsigned)o[2] << 8 | o[3] : 0;

    if (protocol == PROTO_EAP)
        return "EAP";
    if (protocol == PROTO_PAP)
        return "PAP, the password in clear, which --pap would allow";
    if (protocol == PROTO_CHAP)
        return "a CHAP other than MS-CHAPv2";
    return "an authentication that this program does not speak";
}

/* What becomes of the server's list: refused are those we do not know, corrected the method. */
struct answer {
    uint8_t reject[PPP_MAX_DATA_BYTES], nak[5];
    size_t reject_len, nak_len;
    enum ppp_method method;
};

static void judge_method(struct ppp *p, const uint8_t *o, size_t len, struct answer *a)
{
    static const uint8_t mschap2[] = {OPT_AUTH, 5, PROTO_CHAP >> 8, PROTO_CHAP & 0xff,
                                      CHAP_ALGORITHM_MSCHAP2};
    static const uint8_t pap[] = {OPT_AUTH, 4, PROTO_PAP >> 8, PROTO_PAP & 0xff};
    enum ppp_method method = method_of(o, len);
    char why[160];

    if (method == PPP_METHOD_MSCHAP2 || (method == PPP_METHOD_PAP && p->account.pap)) {
        a->method = method;
        return;
    }
    if (p->naks++ == MAX_NAKS) {
        snprintf(why, sizeof why, "the server insists on %s", asked_for(o, len));
        ppp_fail(p, "auth-method", why);
        return;
    }
    /* The better way first; a server that has only the other one hears of it then. */
    a->nak_len = p->account.pap && p->naks > 2 ? sizeof pap : sizeof mschap2;
    memcpy(a->nak, a->nak_len == sizeof pap ? pap : mschap2, a->nak_len);
}

static bool judge_options(struct ppp *p, const struct ppp_packet *in, struct answer *a)
{
    const uint8_t *o = in->data;
    size_t left = in->len, len;

    for (; (len = option_len(o, left)) > 0; o += len, left -= len) {
        switch (o[0]) {
        case OPT_MRU:
        case OPT_ACCM:
        case OPT_MAGIC:
        case OPT_PFC:
        case OPT_ACFC:
            break;
        case OPT_AUTH:
            judge_method(p, o, len, a);
            break;
        default: /* callback (13), MRRU (17), endpoint discriminator (19) of a Windows server */
            memcpy(a->reject + a->reject_len, o, len);
            a->reject_len += len;
        }
    }
    return left == 0 && p->state != PPP_FAILED;
}

static void take_request(struct ppp *p, const struct ppp_packet *in, struct ppp_frames *out)
{
    struct answer a = {0};
    struct ppp_packet reply = {PROTO_LCP, CONFIGURE_ACK, in->id, in->data, in->len};

    if (!judge_options(p, in, &a))
        return;
    if (a.reject_len > 0) { /* RFC 1661 5.4: refusals go first */
        reply = (struct ppp_packet){PROTO_LCP, CONFIGURE_REJECT, in->id, a.reject, a.reject_len};
    } else if (a.nak_len > 0) {
        reply = (struct ppp_packet){PROTO_LCP, CONFIGURE_NAK, in->id, a.nak, a.nak_len};
    } else {
        p->method = a.method;
        p->theirs_acked = true;
    }
    ppp_put(out, &reply);
}

static void terminated(struct ppp *p, const struct ppp_packet *in, struct ppp_frames *out)
{
    bool logging_on = p->state == PPP_AUTHENTICATING;

    ppp_put(out, &(struct ppp_packet){PROTO_LCP, TERMINATE_ACK, in->id, NULL, 0});
    ppp_fail(
        p, logging_on ? "auth-ended" : "lcp-ended",
        "the server ended PPP before the logon was done: look at its policies (NPS) and at the "
        "RemoteAccess events");
}

void ppp_take_lcp(struct ppp *p, const struct ppp_packet *in, struct ppp_frames *out)
{
    switch (in->code) {
    case CONFIGURE_REQUEST:
        if (p->state == PPP_AUTHENTICATED || p->account_used)
            break;                  /* too late for other terms */
        p->state = PPP_NEGOTIATING; /* RFC 1661 4.3: an open link is negotiated anew */
        p->theirs_acked = false;
        take_request(p, in, out);
        break;
    case CONFIGURE_ACK:
        if (in->id == p->id)
            p->ours_acked = true;
        break;
    case CONFIGURE_NAK:
    case CONFIGURE_REJECT:
        if (in->id == p->id && !p->ours_acked)
            take_refusal(p, in, out);
        break;
    case LCP_TERMINATE_REQUEST:
        terminated(p, in, out);
        break;
    case ECHO_REQUEST: /* RFC 1661 5.8: our magic number, zero if there is none */
        ppp_put(out, &(struct ppp_packet){PROTO_LCP, ECHO_REPLY, in->id,
                                          p->ask_magic ? p->magic : (const uint8_t[4]){0}, 4});
        break;
    default:
        break;
    }
}
