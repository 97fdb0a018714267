/* SPDX-License-Identifier: Apache-2.0 */
#include "sstp/ppp.h"

#include "crypto.h"
#include "secret.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* Protocols (RFC 1661, 1334, 1994, 3748). */
enum { PROTO_LCP = 0xc021, PROTO_PAP = 0xc023, PROTO_CHAP = 0xc223, PROTO_EAP = 0xc227 };
/* LCP codes (RFC 1661 5). */
enum {
    CONFIGURE_REQUEST = 1,
    CONFIGURE_ACK,
    CONFIGURE_NAK,
    CONFIGURE_REJECT,
    TERMINATE_REQUEST,
    TERMINATE_ACK,
    ECHO_REQUEST = 9,
    ECHO_REPLY
};
/* LCP options (RFC 1661 6, RFC 1662 7). */
enum { OPT_MRU = 1, OPT_ACCM = 2, OPT_AUTH = 3, OPT_MAGIC = 5, OPT_PFC = 7, OPT_ACFC = 8 };
enum { CHAP_CHALLENGE = 1, CHAP_RESPONSE, CHAP_SUCCESS, CHAP_FAILURE };
enum { PAP_REQUEST = 1, PAP_ACK, PAP_NAK };
enum {
    FRAME_HEAD_BYTES = 4,  /* FF 03 and the protocol */
    PACKET_HEAD_BYTES = 4, /* code, id, length */
    MAX_DATA_BYTES = PPP_MAX_FRAME_BYTES - FRAME_HEAD_BYTES - PACKET_HEAD_BYTES,
    CHAP_ALGORITHM_MSCHAP2 = 0x81,
    CHAP_VALUE_BYTES = 49, /* RFC 2759 4: peer challenge, eight zeros, response, flags */
    MAX_REQUESTS = 10,     /* two stubborn peers would go on for ever */
    MAX_ANSWERS = 40,
    MAX_NAKS = 4,
    OUR_MRU = 4091, /* as Windows clients: an SSTP packet without its header */
};

/* A packet inside a frame; data points into the frame. */
struct packet {
    unsigned protocol;
    uint8_t code, id;
    const uint8_t *data;
    size_t len;
};

static bool read_packet(const uint8_t *f, size_t len, struct packet *out)
{
    size_t total;

    if (len > PPP_MAX_FRAME_BYTES)
        return false;
    if (len >= 2 && f[0] == 0xff && f[1] == 0x03) {
        f += 2;
        len -= 2;
    }
    if (len < 2 + PACKET_HEAD_BYTES)
        return false;
    total = (size_t)f[4] << 8 | f[5];
    if (total < PACKET_HEAD_BYTES || total > len - 2)
        return false;
    *out = (struct packet){(unsigned)f[0] << 8 | f[1], f[2], f[3], f + 2 + PACKET_HEAD_BYTES,
                           total - PACKET_HEAD_BYTES};
    return true;
}

static void put(struct ppp_frames *out, const struct packet *p)
{
    uint8_t *f;
    size_t total = p->len + PACKET_HEAD_BYTES;

    if (out->n == PPP_MAX_FRAMES_OUT || p->len > MAX_DATA_BYTES)
        return;
    f = out->frame[out->n].bytes;
    f[0] = 0xff;
    f[1] = 0x03;
    f[2] = (uint8_t)(p->protocol >> 8);
    f[3] = (uint8_t)p->protocol;
    f[4] = p->code;
    f[5] = p->id;
    f[6] = (uint8_t)(total >> 8);
    f[7] = (uint8_t)total;
    if (p->len > 0)
        memcpy(f + FRAME_HEAD_BYTES + PACKET_HEAD_BYTES, p->data, p->len);
    out->frame[out->n++].len = FRAME_HEAD_BYTES + total;
}

static void fail(struct ppp *p, const char *code, const char *why)
{
    p->state = PPP_FAILED;
    snprintf(p->code, sizeof p->code, "%s", code);
    snprintf(p->why, sizeof p->why, "%s", why);
}

/* ---- LCP ---- */

static void send_request(struct ppp *p, struct ppp_frames *out)
{
    uint8_t options[10];
    size_t n = 0;

    if (p->requests++ == MAX_REQUESTS) {
        fail(p, "lcp-loop", "LCP does not come to an end: the server refuses whatever is offered");
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
    put(out, &(struct packet){PROTO_LCP, CONFIGURE_REQUEST, ++p->id, options, n});
}

/* Length of the option at the start of what is left; 0 = none, or nonsense. */
static size_t option_len(const uint8_t *o, size_t left)
{
    return left >= 2 && o[1] >= 2 && o[1] <= left ? o[1] : 0;
}

/* The peer refuses or corrects options of ours: obeyed, and asked again. */
static void take_refusal(struct ppp *p, const struct packet *in, struct ppp_frames *out)
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
    send_request(p, out);
}

static enum ppp_method method_of(const uint8_t *o, size_t len)
{
    unsigned protocol = len >= 4 ? (unsigned)o[2] << 8 | o[3] : 0;

    if (protocol == PROTO_CHAP && len == 5 && o[4] == CHAP_ALGORITHM_MSCHAP2)
        return PPP_MSCHAP2;
    return protocol == PROTO_PAP && len == 4 ? PPP_PAP : PPP_NO_METHOD;
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
    uint8_t reject[MAX_DATA_BYTES], nak[5];
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

    if (method == PPP_MSCHAP2 || (method == PPP_PAP && p->account.pap)) {
        a->method = method;
        return;
    }
    if (p->naks++ == MAX_NAKS) {
        snprintf(why, sizeof why, "the server insists on %s", asked_for(o, len));
        fail(p, "auth-method", why);
        return;
    }
    /* The better way first; a server that has only the other one hears of it then. */
    a->nak_len = p->account.pap && p->naks > 2 ? sizeof pap : sizeof mschap2;
    memcpy(a->nak, a->nak_len == sizeof pap ? pap : mschap2, a->nak_len);
}

static bool judge_options(struct ppp *p, const struct packet *in, struct answer *a)
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

static void take_request(struct ppp *p, const struct packet *in, struct ppp_frames *out)
{
    struct answer a = {0};
    struct packet reply = {PROTO_LCP, CONFIGURE_ACK, in->id, in->data, in->len};

    if (!judge_options(p, in, &a))
        return;
    if (a.reject_len > 0) { /* RFC 1661 5.4: refusals go first */
        reply = (struct packet){PROTO_LCP, CONFIGURE_REJECT, in->id, a.reject, a.reject_len};
    } else if (a.nak_len > 0) {
        reply = (struct packet){PROTO_LCP, CONFIGURE_NAK, in->id, a.nak, a.nak_len};
    } else {
        p->method = a.method;
        p->theirs_acked = true;
    }
    put(out, &reply);
}

static void terminated(struct ppp *p, const struct packet *in, struct ppp_frames *out)
{
    bool logging_on = p->state == PPP_AUTHENTICATING;

    put(out, &(struct packet){PROTO_LCP, TERMINATE_ACK, in->id, NULL, 0});
    fail(p, logging_on ? "auth-ended" : "lcp-ended",
         "the server ended PPP before the logon was done: look at its policies (NPS) and at the "
         "RemoteAccess events");
}

static void take_lcp(struct ppp *p, const struct packet *in, struct ppp_frames *out)
{
    switch (in->code) {
    case CONFIGURE_REQUEST:
        if (p->state == PPP_NEGOTIATING || !p->account_used)
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
    case TERMINATE_REQUEST:
        terminated(p, in, out);
        break;
    case ECHO_REQUEST: /* RFC 1661 5.8: our magic number, zero if there is none */
        put(out, &(struct packet){PROTO_LCP, ECHO_REPLY, in->id,
                                  p->ask_magic ? p->magic : (const uint8_t[4]){0}, 4});
        break;
    default:
        break;
    }
}

/* ---- the logon ---- */

static size_t user_len(const struct ppp *p)
{
    return strlen(p->account.user);
}

static void send_pap(struct ppp *p, struct ppp_frames *out)
{
    uint8_t data[2 + 2 * PPP_PAP_MAX_BYTES];
    size_t user = user_len(p), password = strlen(p->account.password);

    data[0] = (uint8_t)user;
    memcpy(data + 1, p->account.user, user);
    data[1 + user] = (uint8_t)password;
    memcpy(data + 2 + user, p->account.password, password);
    p->account_used = true;
    put(out, &(struct packet){PROTO_PAP, PAP_REQUEST, ++p->id, data, 2 + user + password});
    secret_wipe(data, sizeof data);
}

static void answer_challenge(struct ppp *p, const struct packet *in, struct ppp_frames *out)
{
    uint8_t data[1 + CHAP_VALUE_BYTES + PPP_PAP_MAX_BYTES] = {CHAP_VALUE_BYTES};
    struct mschap2 *m = &p->mschap2;
    bool again = p->account_used;

    if (in->len < 1 + MSCHAP2_CHALLENGE_BYTES || in->data[0] != MSCHAP2_CHALLENGE_BYTES) {
        fail(p, "auth-garbage", "the server's challenge has not the form of MS-CHAPv2");
        return;
    }
    /* A second logon is not ours to make: it counts towards the account's lock-out. */
    if (again && (in->id != p->challenge_id ||
                  memcmp(m->authenticator_challenge, in->data + 1, MSCHAP2_CHALLENGE_BYTES) != 0)) {
        fail(p, "auth-again", "the server sent a second challenge; only one is answered");
        return;
    }
    memcpy(m->authenticator_challenge, in->data + 1, MSCHAP2_CHALLENGE_BYTES);
    p->challenge_id = in->id;
    mschap2_response(m, p->response);
    memcpy(data + 1, m->peer_challenge, MSCHAP2_CHALLENGE_BYTES);
    memcpy(data + 1 + MSCHAP2_CHALLENGE_BYTES + 8, p->response, MSCHAP2_RESPONSE_BYTES);
    memcpy(data + 1 + CHAP_VALUE_BYTES, p->account.user, user_len(p));
    p->account_used = true;
    put(out, &(struct packet){PROTO_CHAP, CHAP_RESPONSE, in->id, data,
                              1 + CHAP_VALUE_BYTES + user_len(p)});
}

static void take_success(struct ppp *p, const struct packet *in)
{
    char proof[MSCHAP2_PROOF_CHARS + 1];

    mschap2_proof(&p->mschap2, p->response, proof);
    if (in->len < MSCHAP2_PROOF_CHARS || !crypto_equal(in->data, proof, MSCHAP2_PROOF_CHARS)) {
        fail(p, "auth-server-proof",
             "the server says yes, but does not know the password: it is not the one it seems");
        return;
    }
    mschap2_keys(&p->mschap2, p->response, p->keys);
    p->state = PPP_AUTHENTICATED;
}

/* "E=691 R=1 C=... V=3 M=...": 0 when there is no number. */
static unsigned failure_number(const char *text)
{
    const char *e = strstr(text, "E=");
    unsigned n = 0;

    for (const char *c = e ? e + 2 : ""; *c >= '0' && *c <= '9' && n < 100000; c++)
        n = n * 10 + (unsigned)(*c - '0');
    return n;
}

static void take_failure(struct ppp *p, const struct packet *in)
{
    char text[96], code[24] = "auth-refused", why[256];
    size_t len = in->len < sizeof text ? in->len : sizeof text - 1;
    unsigned number;

    if (len > 0)
        memcpy(text, in->data, len);
    text[len] = '\0';
    text_scrub(text);
    number = failure_number(text);
    if (number > 0)
        snprintf(code, sizeof code, "auth-%u", number);
    snprintf(why, sizeof why, "%s (the server says: %s)", mschap2_failure_meaning(number), text);
    fail(p, code, why);
}

static void take_chap(struct ppp *p, const struct packet *in, struct ppp_frames *out)
{
    if (in->code == CHAP_CHALLENGE)
        answer_challenge(p, in, out);
    else if (!p->account_used || in->id != p->challenge_id)
        return; /* an answer to nothing */
    else if (in->code == CHAP_SUCCESS)
        take_success(p, in);
    else if (in->code == CHAP_FAILURE)
        take_failure(p, in);
}

static void take_pap(struct ppp *p, const struct packet *in)
{
    if (in->id != p->id)
        return;
    if (in->code == PAP_ACK)
        p->state = PPP_AUTHENTICATED; /* PAP makes no keys: they are zeros (MS-SSTP 3.2.5.2.2) */
    else if (in->code == PAP_NAK)
        fail(p, "auth-refused", "PAP: user name or password wrong, or a policy refuses it");
}

/* ---- all ---- */

static void open_if_agreed(struct ppp *p, struct ppp_frames *out)
{
    if (p->state != PPP_NEGOTIATING || !p->ours_acked || !p->theirs_acked)
        return;
    p->state = p->method == PPP_NO_METHOD ? PPP_AUTHENTICATED : PPP_AUTHENTICATING;
    if (p->method == PPP_PAP)
        send_pap(p, out);
}

int ppp_account_check(const struct ppp_account *a, struct err *err)
{
    uint8_t hash[MSCHAP2_PASSWORD_HASH_BYTES];
    int rc;

    if (a->user[0] == '\0' || strlen(a->user) > PPP_PAP_MAX_BYTES)
        return err_set(err, ERR_USAGE, "user name: empty, or longer than %d bytes",
                       PPP_PAP_MAX_BYTES);
    if (a->pap && strlen(a->password) > PPP_PAP_MAX_BYTES)
        return err_set(err, ERR_USAGE, "password: longer than the %d bytes that PAP can send",
                       PPP_PAP_MAX_BYTES);
    rc = mschap2_password_hash(a->password, hash, err);
    secret_wipe(hash, sizeof hash);
    return rc;
}

int ppp_start(struct ppp *p, const struct ppp_account *account,
              const uint8_t random[PPP_RANDOM_BYTES], struct ppp_frames *out, struct err *err)
{
    struct ppp fresh = {.account = *account, .mru = OUR_MRU, .ask_mru = true, .ask_magic = true};

    if (ppp_account_check(account, err) != 0 ||
        mschap2_password_hash(account->password, fresh.mschap2.password_hash, err) != 0)
        return -1;
    fresh.mschap2.user = account->user;
    memcpy(fresh.mschap2.peer_challenge, random, MSCHAP2_CHALLENGE_BYTES);
    memcpy(fresh.magic, random + MSCHAP2_CHALLENGE_BYTES, sizeof fresh.magic);
    *p = fresh;
    ppp_clear(&fresh);
    out->n = 0;
    send_request(p, out);
    return 0;
}

void ppp_take(struct ppp *p, const uint8_t *frame, size_t len, struct ppp_frames *out)
{
    struct packet in;

    out->n = 0;
    if (p->state == PPP_FAILED || !read_packet(frame, len, &in))
        return;
    if (p->answers++ == MAX_ANSWERS) {
        fail(p, p->state == PPP_NEGOTIATING ? "lcp-loop" : "auth-loop",
             "the server sends frame after frame, and the logon does not come to an end");
        return;
    }
    if (in.protocol == PROTO_LCP)
        take_lcp(p, &in, out);
    else if (in.protocol == PROTO_CHAP && p->method == PPP_MSCHAP2 &&
             p->state == PPP_AUTHENTICATING)
        take_chap(p, &in, out);
    else if (in.protocol == PROTO_PAP && p->method == PPP_PAP && p->state == PPP_AUTHENTICATING)
        take_pap(p, &in);
    open_if_agreed(p, out);
}

void ppp_again(struct ppp *p, struct ppp_frames *out)
{
    out->n = 0;
    if (p->state == PPP_NEGOTIATING && !p->ours_acked)
        send_request(p, out);
}

bool ppp_is_terminate(const uint8_t *frame, size_t len)
{
    struct packet in;

    return read_packet(frame, len, &in) && in.protocol == PROTO_LCP && in.code == TERMINATE_REQUEST;
}

void ppp_clear(struct ppp *p)
{
    secret_wipe(p, sizeof *p);
}

const char *ppp_method_name(enum ppp_method m)
{
    static const char *const names[] = {"no authentication", "MS-CHAPv2", "PAP"};
    return names[m];
}
