/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_talk.h"

#include "sstp/binding.h"
#include "sstp/mschap2.h"

#include <stdio.h>
#include <string.h>

void talk_begin(struct talk *k, struct test *t, const char *words)
{
    uint8_t random[SIM_SSTP_RANDOM_BYTES];
    char bad[64] = "";
    *k = (struct talk){.t = t, .now_ms = 1000};
    for (size_t i = 0; i < sizeof random; i++)
        random[i] = (uint8_t)(i + 1);
    sim_sstp_settings_default(&k->settings);
    k->settings.hash_mask = SIM_SSTP_SHA256;
    memset(k->settings.sha256, 0xaa, sizeof k->settings.sha256);
    memset(k->settings.sha1, 0xbb, sizeof k->settings.sha1);
    CHECK(sim_sstp_settings_parse(&k->settings, words, bad));
    CHECK_STR(bad, "");
    sim_sstp_open(&k->call, &k->settings, random, k->now_ms);
}

/* ---- what the server said ---- */

static unsigned get16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static void add(struct talk *k, const char *word)
{
    size_t n = strlen(k->said);
    snprintf(k->said + n, sizeof k->said - n, "%s%s", n ? " " : "", word);
}

static void tell_control(struct talk *k, const uint8_t *p)
{
    static const char *const names[] = {"?",         "REQUEST", "ACK",        "NAK",
                                        "CONNECTED", "ABORT",   "DISCONNECT", "DISCONNECT_ACK",
                                        "ECHO",      "ECHOED"};
    char word[200];
    int n = snprintf(word, sizeof word, "%s", names[get16(p + 4) % 10]);
    const uint8_t *a = p + 8;
    for (unsigned i = get16(p + 6); i > 0; i--, a += get16(a + 2))
        if (a[1] == SSTP_STATUS_INFO)
            n += snprintf(word + n, sizeof word - (size_t)n, "(%u:%u)", a[7], a[11]);
    add(k, word);
}

static void tell_frame(struct talk *k, const uint8_t *p)
{
    char word[32];
    unsigned protocol = get16(p + 6);
    const char *name = protocol == PPP_LCP    ? "LCP"
                       : protocol == PPP_CHAP ? "CHAP"
                       : protocol == PPP_PAP  ? "PAP"
                       : protocol == PPP_EAP  ? "EAP"
                       : protocol == PPP_IPCP ? "IPCP"
                                              : "?";
    snprintf(word, sizeof word, "%s%u", name, p[8]);
    add(k, word);
}

static const char *tell(struct talk *k)
{
    for (size_t at = 0; at < k->out.n; at += get16(k->out.p + at + 2) & 0xfff) {
        if (k->out.p[at] != SSTP_VERSION) {
            add(k, "garbage");
            break;
        }
        if (k->out.p[at + 1] & 1)
            tell_control(k, k->out.p + at);
        else
            tell_frame(k, k->out.p + at);
    }
    if (k->call.state == SIM_SSTP_CLOSED)
        add(k, "closed");
    return k->said;
}

/* ---- what the client says ---- */

static size_t bytes_of(const char *hex, uint8_t *out)
{
    size_t n = 0;
    for (unsigned v; sscanf(hex, " %2x", &v) == 1; hex += strspn(hex, " ") + 2)
        out[n++] = (uint8_t)v;
    return n;
}

static const char *give(struct talk *k, const uint8_t *p, size_t n)
{
    k->said[0] = 0;
    k->out.n = 0;
    for (size_t took; n > 0 && k->call.state != SIM_SSTP_CLOSED; p += took, n -= took) {
        took = sim_sstp_take(&k->call, k->now_ms, p, n, &k->out);
        if (!took)
            break;
    }
    return tell(k);
}

const char *talk_send(struct talk *k, const char *hex)
{
    uint8_t in[512];
    return give(k, in, bytes_of(hex, in));
}

const char *talk_ppp(struct talk *k, const char *hex)
{
    uint8_t in[512] = {SSTP_VERSION, 0, 0, 0, 0xff, 3};
    size_t n = 6 + bytes_of(hex, in + 6);
    in[2] = (uint8_t)(n >> 8);
    in[3] = (uint8_t)n;
    return give(k, in, n);
}

const char *talk_wait(struct talk *k, int64_t ms)
{
    k->now_ms += ms;
    k->said[0] = 0;
    k->out.n = 0;
    sim_sstp_tick(&k->call, k->now_ms, &k->out);
    return tell(k);
}

void talk_link(struct talk *k, const char *wanted)
{
    struct test *t = k->t;
    bool pap = strcmp(wanted, "pap") == 0;
    const char *ack = "c021 02 01 0004";
    CHECK_STR(talk_send(k, TALK_REQUEST), "ACK LCP1");
    CHECK_STR(talk_ppp(k, TALK_LCP_REJECT("00")), "LCP1");
    if (k->settings.auth[0] == SIM_AUTH_EAP) {
        const char *wish = pap ? "c021 03 01 0008 0304c023" : "c021 03 01 0009 0305c22381";
        CHECK_STR(talk_ppp(k, wish), "LCP1");
        ack = "c021 02 02 0004";
    }
    CHECK_STR(talk_ppp(k, "c021 01 01 000a 05060badcafe"), "LCP2");
    CHECK_STR(talk_ppp(k, ack), pap ? "" : "CHAP1");
}

const char *talk_chap(struct talk *k, const char *user, const char *password)
{
    struct test *t = k->t;
    struct mschap2 m = {.user = user};
    struct err err = {0};
    uint8_t in[400] = {SSTP_VERSION, 0, 0, 0, 0xff, 3, 0xc2, 0x23, 2, 7, 0, 0, 49};
    size_t n = 13 + 49 + strlen(user);
    memcpy(m.authenticator_challenge, k->call.ppp.challenge, sizeof m.authenticator_challenge);
    memset(m.peer_challenge, 0x77, sizeof m.peer_challenge);
    CHECK(mschap2_password_hash(password, m.password_hash, &err) == 0);
    memcpy(in + 13, m.peer_challenge, sizeof m.peer_challenge);
    mschap2_response(&m, in + 13 + 24);
    for (size_t i = 0; user[i]; i++)
        in[13 + 49 + i] = (uint8_t)user[i];
    in[3] = (uint8_t)n;
    in[11] = (uint8_t)(n - 8);
    return give(k, in, n);
}

void talk_authenticate(struct talk *k, const char *wanted)
{
    struct test *t = k->t;
    talk_link(k, wanted);
    if (strcmp(wanted, "pap") == 0)
        CHECK_STR(talk_ppp(k, "c023 01 01 0011 0570726f6265 06736563726574"), "PAP2 IPCP1");
    else
        CHECK_STR(talk_chap(k, "probe", "secret"), "CHAP3 IPCP1");
}

const char *talk_connected(struct talk *k, size_t at, uint8_t change)
{
    struct test *t = k->t;
    struct err err = {0};
    uint8_t packet[SSTP_CONNECTED_BYTES];
    struct sstp_binding b = {.hash_type = k->settings.hash_mask & SIM_SSTP_SHA256 ? SIM_SSTP_SHA256
                                                                                  : SIM_SSTP_SHA1};
    memcpy(b.nonce, k->call.nonce, sizeof b.nonce);
    memset(b.certificate_hash, b.hash_type == SIM_SSTP_SHA256 ? 0xaa : 0xbb,
           b.hash_type == SIM_SSTP_SHA256 ? 32 : 20);
    CHECK(sstp_connected(&b, k->call.ppp.key, packet, &err) == 0);
    if (at)
        packet[at] ^= change;
    return give(k, packet, sizeof packet);
}
