/* SPDX-License-Identifier: Apache-2.0 */
/*
 * call.h - a probe under way: one connection, and what its stages (probe.c, http.c, logon.c) share.
 * Internal to deploy/sstp.
 */
#ifndef RRAS_SSTP_CALL_H
#define RRAS_SSTP_CALL_H

#include "sstp/message.h"
#include "sstp/probe.h"

#include "tls.h"

enum {
    SSTP_MAX_HEAD_BYTES = 8 * 1024,
    SSTP_IN_BYTES = SSTP_MAX_HEAD_BYTES + SSTP_MAX_PACKET_BYTES,
    SSTP_GOODBYE_MS = 2000, /* how long the disconnect's ack is waited for */
};

/* How the call stands, for the goodbye. */
enum sstp_call_end { SSTP_CALL_NONE, SSTP_CALL_OPEN, SSTP_CALL_ABORTED, SSTP_CALL_ENDED };

struct sstp_call {
    const struct sstp_probe_options *o;
    struct sstp_probe_result *r;
    struct tls *tls;
    struct net_socket *socket; /* instead of tls when plain */
    int64_t deadline_ms;       /* of the stage under way */
    int64_t end_ms;            /* of all */
    enum sstp_call_end end;
    uint8_t nonce[SSTP_NONCE_BYTES];
    struct ppp ppp;
    size_t have;
    size_t used;                   /* of `in`: the packet that was handed out last */
    uint8_t in[SSTP_IN_BYTES + 1]; /* plaintext not used yet; a byte spare for a NUL */
};

/* A stage failed: its code is the stage's name and a word for the err. */
void sstp_stage_fail(struct sstp_call *c, struct sstp_stage_result *s, const char *what,
                     const struct err *e);
/* The same with a word and a sentence. */
void sstp_stage_say(struct sstp_call *c, struct sstp_stage_result *s, const char *word,
                    const char *sentence);

int sstp_call_write(struct sstp_call *c, const void *p, size_t len, struct err *err) MUST_CHECK;
/* Waits for more bytes, at most until `until_ms`. ERR_TIMEOUT; ERR_NET at the end of the stream,
 * and when they are more than fit. */
int sstp_call_more(struct sstp_call *c, int64_t until_ms, struct err *err) MUST_CHECK;
void sstp_call_drop(struct sstp_call *c, size_t len);
/* The next packet, valid until the next call of this function. ERR_CHECK when it is not SSTP. */
int sstp_call_packet(struct sstp_call *c, int64_t until_ms, struct sstp_packet *out,
                     struct err *err) MUST_CHECK;
/* Ends the call in order, so that the server's port is free at once (MS-SSTP 3.1.6.1). */
void sstp_call_goodbye(struct sstp_call *c);
/* "CALL_ABORT VALUE_NOT_SUPPORTED on CRYPTO_BINDING" */
void sstp_packet_text(const struct sstp_packet *p, char *out, size_t size);

/* Stages. */
void sstp_stage_http(struct sstp_call *c, struct sstp_stage_result *s);
void sstp_stage_lcp(struct sstp_call *c, struct sstp_stage_result *s);
void sstp_stage_auth(struct sstp_call *c, struct sstp_stage_result *s);
void sstp_stage_binding(struct sstp_call *c, struct sstp_stage_result *s);

#endif
