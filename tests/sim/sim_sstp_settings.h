/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_sstp_settings - how the simulated SSTP server is set up, and what is wrong with it. Pure.
 *
 * A test gives it as a text of words "name=value" between blanks, which holds for the connections
 * that come after it:
 *
 *   fault=NAME           one of the faults below (README.md tells what each does)
 *   auth=A,B,...         eap, mschap2, pap: what is offered, the first one first
 *   account=USER:PASS    the one account
 *   early=judge|refuse   a crypto binding before the authentication: hash, nonce and type are
 * judged at once and the MAC when the keys are there, or it is refused always ports=N so many calls
 * at a time timers=N             all timers of MS-SSTP at N percent sha256=HEX           hold this
 * hash, whatever certificate is there
 */
#ifndef SIM_SSTP_SETTINGS_H
#define SIM_SSTP_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sim_fault {
    SIM_FAULT_NONE,
    /* before TLS and HTTP */
    SIM_FAULT_TLS_RESET,
    SIM_FAULT_TLS_CLOSE,
    SIM_FAULT_TLS_MUTE,
    SIM_FAULT_HTTP_MUTE,
    SIM_FAULT_HTTP_CLOSE,
    SIM_FAULT_HTTP_STATUS, /* "http-403": the number is in `number` */
    SIM_FAULT_HTTP_10,
    SIM_FAULT_HTTP_EMPTY,
    SIM_FAULT_HTTP_GARBAGE,
    SIM_FAULT_NO_PORT,
    /* the call */
    SIM_FAULT_ACK_MUTE,
    SIM_FAULT_ACK_WRONG,
    SIM_FAULT_ACK_GARBAGE,
    SIM_FAULT_ACK_CLOSE,
    SIM_FAULT_NAK,
    SIM_FAULT_ABORT,
    SIM_FAULT_MASK_0,
    SIM_FAULT_MASK_SHA1,
    /* PPP */
    SIM_FAULT_LCP_MUTE,
    SIM_FAULT_LCP_NAK,
    SIM_FAULT_LCP_TERMINATE,
    SIM_FAULT_EAP_ONLY,
    SIM_FAULT_AUTH_MUTE,
    SIM_FAULT_AUTH_CLOSE,
    SIM_FAULT_CHAP_FAILURE, /* "chap-647" */
    SIM_FAULT_CHAP_PROOF,
    /* crypto binding and after */
    SIM_FAULT_HASH_STALE,
    SIM_FAULT_BINDING_MUTE,
    SIM_FAULT_BINDING_CLOSE,
    SIM_FAULT_BINDING_DISCONNECT,
    SIM_FAULT_BINDING_TERMINATE,
    SIM_FAULT_VERIFY_NOTHING,
    SIM_FAULT_DISCONNECT_MUTE,
    SIM_FAULTS
};

enum { SIM_SSTP_SHA1 = 1, SIM_SSTP_SHA256 = 2 };
enum sim_auth { SIM_AUTH_NONE, SIM_AUTH_EAP, SIM_AUTH_MSCHAP2, SIM_AUTH_PAP, SIM_AUTHS };
enum { SIM_USER_SIZE = 128, SIM_PASSWORD_SIZE = 512, SIM_PORTS = 128 };

struct sim_sstp_settings {
    enum sim_fault fault;
    unsigned number;    /* of http-NNN and chap-NNN */
    uint8_t hash_mask;  /* offered: SIM_SSTP_SHA1, SIM_SSTP_SHA256 or both */
    uint8_t sha256[32]; /* what the running service holds, whatever is served */
    uint8_t sha1[20];
    enum sim_auth auth[SIM_AUTHS]; /* in the order of offers; SIM_AUTH_NONE ends them */
    char user[SIM_USER_SIZE], password[SIM_PASSWORD_SIZE]; /* UTF-8 */
    bool judge_early;
    unsigned ports;
    unsigned timers_percent;
};

/* A healthy server: EAP, MS-CHAPv2 and PAP in this order, the account probe:secret, 128 ports; the
 * hashes are the caller's to fill in. (Windows has PAP switched off at first; with it a client
 * needs neither MD4 nor DES.) */
void sim_sstp_settings_default(struct sim_sstp_settings *s);

/* Takes `text` over what is there. False at the first word that it does not know; `bad` is it. */
bool sim_sstp_settings_parse(struct sim_sstp_settings *s, const char *text, char bad[64]);

/* "mschap2" */
const char *sim_auth_name(enum sim_auth a);

#endif
