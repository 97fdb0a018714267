/* SPDX-License-Identifier: Apache-2.0 */
/* sim_talk.h - a call with the simulated SSTP server in which both sides are written as text. */
#ifndef RRAS_TEST_SIM_TALK_H
#define RRAS_TEST_SIM_TALK_H

#include "tests/sim/sim_sstp.h"

#include "test.h"

#define TALK_REQUEST    "1001000e 0001 0001 00010006 0001"
#define TALK_ECHO       "10010008 0008 0000"
#define TALK_DISCONNECT "10010008 0006 0000"
#define TALK_ABORT      "10010008 0005 0000"
/* Rejects what Windows asks for beside MRU, authentication and magic number. */
#define TALK_LCP_REJECT(id) "c021 04 " id " 0014 0d0306 1104064e 1309030200000000 01"

struct talk {
    struct test *t;
    struct sim_sstp_settings settings;
    struct sim_sstp call;
    struct sim_out out;
    int64_t now_ms;
    char said[512];
};

/* A fresh call; SHA-256 is held (32 times 0xaa), SHA-1, too (0xbb), but not offered. `words` as in
 * sim_sstp_settings.h. */
void talk_begin(struct talk *k, struct test *t, const char *words);
/* Whole packets in hex; what the server says to them: "ACK LCP1", "ABORT(3:4)", "" for nothing. */
const char *talk_send(struct talk *k, const char *hex);
/* One PPP packet in hex, protocol first. */
const char *talk_ppp(struct talk *k, const char *hex);
/* Lets time pass, and the timers. */
const char *talk_wait(struct talk *k, int64_t ms);
/* Up to the authentication that the client wants: "pap", "mschap2". */
void talk_link(struct talk *k, const char *wanted);
/* All of it, with the default account. */
void talk_authenticate(struct talk *k, const char *wanted);
/* A right CALL_CONNECTED, of which the byte `at` (0: none) is changed by `change`. */
const char *talk_connected(struct talk *k, size_t at, uint8_t change);
/* MS-CHAPv2's response to the challenge with this account. */
const char *talk_chap(struct talk *k, const char *user, const char *password);

#endif
