/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_ppp_auth.h"

#include "sstp/mschap2.h"

#include <stdio.h>
#include <string.h>

enum {
    CHAP_CHALLENGE = 1,
    CHAP_RESPONSE,
    CHAP_SUCCESS,
    CHAP_FAILURE,
    CHAP_VALUE_BYTES = 49,
    CHAP_ID = 7
};
enum { PAP_REQUEST = 1, PAP_ACK, PAP_NAK };
enum { EAP_REQUEST = 1, EAP_RESPONSE, EAP_FAILURE = 4, EAP_IDENTITY = 1, EAP_PEAP = 25 };
enum { ERROR_AUTHENTICATION = 691 };

void sim_auth_start(struct sim_ppp *p, struct sim_out *out)
{
    static const char name[] = "SIM-RRAS";
    static const uint8_t identity = EAP_IDENTITY;
    struct sim_frame f;
    p->phase = SIM_PPP_AUTH;
    switch (p->settings->auth[p->offer]) {
    case SIM_AUTH_MSCHAP2:
        sim_frame_begin(&f, PPP_CHAP, CHAP_CHALLENGE, CHAP_ID);
        sim_frame_put8(&f, sizeof p->challenge);
        sim_frame_put(&f, p->challenge, sizeof p->challenge);
        sim_frame_put(&f, name, sizeof name - 1);
        sim_frame_send(&f, out);
        break;
    case SIM_AUTH_EAP:
        sim_frame_answer(PPP_EAP, EAP_REQUEST, 0, &identity, 1, out);
        break;
    default: /* PAP: the peer begins */
        break;
    }
}

/* The user names of Windows: no case, and a domain in front is not the account's. */
static bool is_user(const struct sim_ppp *p, const uint8_t *name, size_t n)
{
    const char *user = p->settings->user;
    for (size_t i = 0; i < n; i++)
        if (name[i] == '\\') {
            name += i + 1;
            n -= i + 1;
            break;
        }
    if (n != strlen(user))
        return false;
    for (size_t i = 0; i < n; i++) {
        unsigned a = name[i], b = (uint8_t)user[i];
        if (a >= 'A' && a <= 'Z')
            a += 32;
        if (b >= 'A' && b <= 'Z')
            b += 32;
        if (a != b)
            return false;
    }
    return true;
}

static void chap_failure(struct sim_ppp *p, unsigned id, unsigned error, struct sim_out *out)
{
    struct sim_frame f;
    char text[80];
    int n = snprintf(text, sizeof text, "E=%u R=0 C=", error);
    sim_frame_begin(&f, PPP_CHAP, CHAP_FAILURE, id);
    sim_frame_put(&f, text, (size_t)n);
    for (size_t i = 0; i < sizeof p->challenge; i++) {
        snprintf(text, sizeof text, "%02X", p->challenge[i]);
        sim_frame_put(&f, text, 2);
    }
    sim_frame_put(&f, " V=3 M=No", 9);
    sim_frame_send(&f, out);
    sim_ppp_terminate(p, out);
}

static void chap_success(struct sim_ppp *p, const struct mschap2 *m, const struct sim_packet *in,
                         struct sim_out *out)
{
    const uint8_t *response = in->data + 25;
    char proof[MSCHAP2_PROOF_CHARS + 1];
    struct sim_frame f;
    mschap2_proof(m, response, proof);
    mschap2_keys(m, response, p->key);
    if (p->settings->fault == SIM_FAULT_CHAP_PROOF)
        proof[MSCHAP2_PROOF_CHARS - 1] = proof[MSCHAP2_PROOF_CHARS - 1] == '0' ? '1' : '0';
    sim_frame_begin(&f, PPP_CHAP, CHAP_SUCCESS, in->id);
    sim_frame_put(&f, proof, MSCHAP2_PROOF_CHARS);
    sim_frame_put(&f, " M=OK", 5);
    sim_frame_send(&f, out);
    p->done = SIM_AUTH_MSCHAP2;
    sim_ppp_network(p, out);
}

/* RFC 2759 4: value size 49, peer challenge (16), reserved (8), response (24), flags, name. */
static void on_chap(struct sim_ppp *p, const struct sim_packet *in, struct sim_out *out)
{
    struct mschap2 m;
    struct err err = {0};
    char name[SIM_USER_SIZE * 2] = "";
    uint8_t wanted[MSCHAP2_RESPONSE_BYTES];
    if (in->code != CHAP_RESPONSE || in->id != CHAP_ID || in->n < 1 + CHAP_VALUE_BYTES ||
        in->data[0] != CHAP_VALUE_BYTES || p->settings->auth[p->offer] != SIM_AUTH_MSCHAP2)
        return;
    const uint8_t *user = in->data + 1 + CHAP_VALUE_BYTES;
    size_t user_n = in->n - 1 - CHAP_VALUE_BYTES;
    p->attempts++;
    if (p->settings->fault == SIM_FAULT_CHAP_FAILURE) {
        chap_failure(p, in->id, p->settings->number, out);
        return;
    }
    memcpy(m.authenticator_challenge, p->challenge, sizeof m.authenticator_challenge);
    memcpy(m.peer_challenge, in->data + 1, sizeof m.peer_challenge);
    if (user_n < sizeof name)
        memcpy(name, user, user_n);
    m.user = name;
    bool known = user_n < sizeof name && is_user(p, user, user_n) &&
                 mschap2_password_hash(p->settings->password, m.password_hash, &err) == 0;
    if (known)
        mschap2_response(&m, wanted);
    if (known && memcmp(wanted, in->data + 25, sizeof wanted) == 0)
        chap_success(p, &m, in, out);
    else
        chap_failure(p, in->id, ERROR_AUTHENTICATION, out);
}

static void on_pap(struct sim_ppp *p, const struct sim_packet *in, struct sim_out *out)
{
    static const uint8_t no_text = 0;
    size_t password = strlen(p->settings->password);
    if (in->code != PAP_REQUEST || in->n < 1 || p->settings->auth[p->offer] != SIM_AUTH_PAP)
        return;
    size_t user = in->data[0];
    if (in->n < 2 + user || in->n < 2 + user + in->data[1 + user])
        return;
    p->attempts++;
    if (is_user(p, in->data + 1, user) && in->data[1 + user] == password &&
        memcmp(in->data + 2 + user, p->settings->password, password) == 0) {
        sim_frame_answer(PPP_PAP, PAP_ACK, in->id, &no_text, 1, out);
        p->done = SIM_AUTH_PAP;
        sim_ppp_network(p, out);
    } else {
        sim_frame_answer(PPP_PAP, PAP_NAK, in->id, &no_text, 1, out);
        sim_ppp_terminate(p, out);
    }
}

/* After the identity PEAP is proposed; there it ends, whatever the peer says. */
static void on_eap(struct sim_ppp *p, const struct sim_packet *in, struct sim_out *out)
{
    static const uint8_t peap[] = {EAP_PEAP, 0x20};
    if (in->code != EAP_RESPONSE || in->n < 1)
        return;
    if (in->id == 0 && in->data[0] == EAP_IDENTITY) {
        p->attempts++;
        sim_frame_answer(PPP_EAP, EAP_REQUEST, 1, peap, sizeof peap, out);
        return;
    }
    sim_frame_answer(PPP_EAP, EAP_FAILURE, in->id, NULL, 0, out);
    sim_ppp_terminate(p, out);
}

void sim_auth_take(struct sim_ppp *p, const struct sim_packet *in, struct sim_out *out)
{
    if (p->settings->fault == SIM_FAULT_AUTH_MUTE) {
        p->attempts++;
    } else if (p->settings->fault == SIM_FAULT_AUTH_CLOSE) {
        p->attempts++;
        p->close = true;
    } else if (in->protocol == PPP_CHAP) {
        on_chap(p, in, out);
    } else if (in->protocol == PPP_PAP) {
        on_pap(p, in, out);
    } else {
        on_eap(p, in, out);
    }
}
