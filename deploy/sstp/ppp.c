/* SPDX-License-Identifier: Apache-2.0 */
#include "sstp/ppp_int.h"

#include "crypto.h"
#include "secret.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { CHAP_CHALLENGE = 1, CHAP_RESPONSE, CHAP_SUCCESS, CHAP_FAILURE };
enum { PAP_REQUEST = 1, PAP_ACK, PAP_NAK };
enum {
    CHAP_VALUE_BYTES = 49, /* RFC 2759 4: peer challenge, eight zeros, response, flags */
    MAX_ANSWERS = 40,
    OUR_MRU = 4091, /* as Windows clients: an SSTP packet without its header */
};

static bool read_packet(const uint8_t *f, size_t len, struct ppp_packet *out)
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
    *out = (struct ppp_packet){(unsigned)f[0] << 8 | f[1], f[2], f[3], f + 2 + PACKET_HEAD_BYTES,
                               total - PACKET_HEAD_BYTES};
    return true;
}

void ppp_put(struct ppp_frames *out, const struct ppp_packet *p)
{
    uint8_t *f;
    size_t total = p->len + PACKET_HEAD_BYTES;

    if (out->n == PPP_MAX_FRAMES_OUT || p->len > PPP_MAX_DATA_BYTES)
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

void ppp_fail(struct ppp *p, const char *code, const char *why)
{
    p->state = PPP_FAILED;
    snprintf(p->code, sizeof p->code, "%s", code);
    snprintf(p->why, sizeof p->why, "%s", why);
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
    ppp_put(out, &(struct ppp_packet){PROTO_PAP, PAP_REQUEST, ++p->id, data, 2 + user + password});
    secret_wipe(data, sizeof data);
}

static void answer_challenge(struct ppp *p, const struct ppp_packet *in, struct ppp_frames *out)
{
    uint8_t data[1 + CHAP_VALUE_BYTES + PPP_PAP_MAX_BYTES] = {CHAP_VALUE_BYTES};
    struct mschap2 *m = &p->mschap2;
    bool again = p->account_used;

    if (in->len < 1 + MSCHAP2_CHALLENGE_BYTES || in->data[0] != MSCHAP2_CHALLENGE_BYTES) {
        ppp_fail(p, "auth-garbage", "the server's challenge has not the form of MS-CHAPv2");
        return;
    }
    /* A second logon is not ours to make: it counts towards the account's lock-out. */
    if (again && (in->id != p->challenge_id ||
                  memcmp(m->authenticator_challenge, in->data + 1, MSCHAP2_CHALLENGE_BYTES) != 0)) {
        ppp_fail(p, "auth-again", "the server sent a second challenge; only one is answered");
        return;
    }
    memcpy(m->authenticator_challenge, in->data + 1, MSCHAP2_CHALLENGE_BYTES);
    p->challenge_id = in->id;
    mschap2_response(m, p->response);
    memcpy(data + 1, m->peer_challenge, MSCHAP2_CHALLENGE_BYTES);
    memcpy(data + 1 + MSCHAP2_CHALLENGE_BYTES + 8, p->response, MSCHAP2_RESPONSE_BYTES);
    memcpy(data + 1 + CHAP_VALUE_BYTES, p->account.user, user_len(p));
    p->account_used = true;
    ppp_put(out, &(struct ppp_packet){PROTO_CHAP, CHAP_RESPONSE, in->id, data,
                                      1 + CHAP_VALUE_BYTES + user_len(p)});
}

static void take_success(struct ppp *p, const struct ppp_packet *in)
{
    char proof[MSCHAP2_PROOF_CHARS + 1];

    mschap2_proof(&p->mschap2, p->response, proof);
    if (in->len < MSCHAP2_PROOF_CHARS || !crypto_equal(in->data, proof, MSCHAP2_PROOF_CHARS)) {
        ppp_fail(p, "auth-server-proof",
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

static void take_failure(struct ppp *p, const struct ppp_packet *in)
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
    ppp_fail(p, code, why);
}

static void take_chap(struct ppp *p, const struct ppp_packet *in, struct ppp_frames *out)
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

static void take_pap(struct ppp *p, const struct ppp_packet *in)
{
    if (in->id != p->id)
        return;
    if (in->code == PAP_ACK)
        p->state = PPP_AUTHENTICATED; /* PAP makes no keys: they are zeros (MS-SSTP 3.2.5.2.2) */
    else if (in->code == PAP_NAK)
        ppp_fail(p, "auth-refused", "PAP: user name or password wrong, or a policy refuses it");
}

/* ---- all ---- */

static void open_if_agreed(struct ppp *p, struct ppp_frames *out)
{
    if (p->state != PPP_NEGOTIATING || !p->ours_acked || !p->theirs_acked)
        return;
    p->state = p->method == PPP_METHOD_NONE ? PPP_AUTHENTICATED : PPP_AUTHENTICATING;
    if (p->method == PPP_METHOD_PAP)
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
    ppp_send_request(p, out);
    return 0;
}

void ppp_take(struct ppp *p, const uint8_t *frame, size_t len, struct ppp_frames *out)
{
    struct ppp_packet in;

    out->n = 0;
    if (p->state == PPP_FAILED || !read_packet(frame, len, &in))
        return;
    if (p->answers++ == MAX_ANSWERS) {
        ppp_fail(p, p->state == PPP_NEGOTIATING ? "lcp-loop" : "auth-loop",
                 "the server sends frame after frame, and the logon does not come to an end");
        return;
    }
    if (in.protocol == PROTO_LCP)
        ppp_take_lcp(p, &in, out);
    else if (in.protocol == PROTO_CHAP && p->method == PPP_METHOD_MSCHAP2 &&
             p->state == PPP_AUTHENTICATING)
        take_chap(p, &in, out);
    else if (in.protocol == PROTO_PAP && p->method == PPP_METHOD_PAP &&
             p->state == PPP_AUTHENTICATING)
        take_pap(p, &in);
    open_if_agreed(p, out);
}

void ppp_again(struct ppp *p, struct ppp_frames *out)
{
    out->n = 0;
    if (p->state == PPP_NEGOTIATING && !p->ours_acked)
        ppp_send_request(p, out);
}

bool ppp_is_terminate(const uint8_t *frame, size_t len)
{
    struct ppp_packet in;

    return read_packet(frame, len, &in) && in.protocol == PROTO_LCP &&
           in.code == LCP_TERMINATE_REQUEST;
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
