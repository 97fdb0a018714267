/* SPDX-License-Identifier: Apache-2.0 */
#include "sstp/call.h"

#include <stdio.h>
#include <string.h>

enum { MAX_SKIPPED_PACKETS = 64 };

/* ---- how a stage tells ---- */

static const char *stage_of(const struct sstp_call *c, const struct sstp_stage_result *s)
{
    return sstp_stage_name((enum sstp_stage)(s - c->r->stage));
}

static const char *word_of(const struct err *e)
{
    if (e->code == ERR_TIMEOUT)
        return "timeout";
    if (e->code == ERR_CHECK)
        return "garbage";
    if (net_is_refused(e))
        return "refused";
    if (net_is_unreachable(e))
        return "unreachable";
    if (net_is_reset(e))
        return "reset";
    if (e->code == ERR_NET && e->source == ERR_SRC_NONE)
        return "closed";
    return e->source == ERR_SRC_OPENSSL ? "alert" : "error";
}

void sstp_stage_say(struct sstp_call *c, struct sstp_stage_result *s, const char *word,
                    const char *sentence)
{
    s->ok = false;
    snprintf(s->code, sizeof s->code, "%s-%s", stage_of(c, s), word);
    snprintf(s->detail, sizeof s->detail, "%s", sentence);
}

void sstp_stage_fail(struct sstp_call *c, struct sstp_stage_result *s, const char *what,
                     const struct err *e)
{
    char text[256];

    snprintf(text, sizeof text, "%s%s%.180s", what, *what ? ": " : "", e->text);
    sstp_stage_say(c, s, word_of(e), text);
}

/* ---- bytes ---- */

int sstp_call_write(struct sstp_call *c, const void *p, size_t len, struct err *err)
{
    return c->socket ? net_send(c->socket, p, len, c->deadline_ms, err)
                     : tls_write(c->tls, p, len, c->deadline_ms, err);
}

int sstp_call_more(struct sstp_call *c, int64_t until_ms, struct err *err)
{
    uint8_t *to = c->in + c->have;
    size_t room = SSTP_IN_BYTES - c->have, got = 0;
    int rc;

    if (until_ms > c->deadline_ms)
        until_ms = c->deadline_ms;
    if (room == 0)
        return err_set(err, ERR_CHECK, "what came is too long");
    rc = c->socket ? net_recv(c->socket, to, room, &got, until_ms, err)
                   : tls_read(c->tls, to, room, &got, until_ms, err);
    if (rc != 0)
        return -1;
    if (got == 0)
        return err_set(err, ERR_NET, "the connection was closed");
    c->have += got;
    return 0;
}

void sstp_call_drop(struct sstp_call *c, size_t len)
{
    memmove(c->in, c->in + len, c->have - len);
    c->have -= len;
}

/* ---- packets ---- */

int sstp_call_packet(struct sstp_call *c, int64_t until_ms, struct sstp_packet *out,
                     struct err *err)
{
    if (c->used > 0)
        sstp_call_drop(c, c->used);
    c->used = 0;
    for (;;) {
        switch (sstp_decode(c->in, c->have, out)) {
        case SSTP_DECODED:
            c->used = out->len;
            return 0;
        case SSTP_NOT_SSTP:
            return err_set(err, ERR_CHECK, "what came is not SSTP");
        case SSTP_NEED_MORE:
            if (sstp_call_more(c, until_ms, err) != 0)
                return -1;
        }
    }
}

void sstp_call_goodbye(struct sstp_call *c)
{
    struct sstp_packet p;
    struct err err = {0};
    uint8_t out[SSTP_STATUS_BYTES];
    enum sstp_type say = SSTP_CALL_DISCONNECT;
    int64_t limit_ms = clock_ms(c->o->clock) + SSTP_GOODBYE_MS;

    if (c->end == SSTP_CALL_NONE)
        return;
    if (c->end == SSTP_CALL_ABORTED) /* 3.1.5.3: an abort is answered by one */
        say = SSTP_CALL_ABORT;
    else if (c->end == SSTP_CALL_ENDED)
        say = SSTP_CALL_DISCONNECT_ACK;
    if (c->deadline_ms > limit_ms || c->deadline_ms < clock_ms(c->o->clock))
        c->deadline_ms = limit_ms;
    if (sstp_call_write(c, out,
                        say == SSTP_CALL_DISCONNECT_ACK
                            ? sstp_plain(out, say)
                            : sstp_with_status(out, say, SSTP_ATTRIBUTE_NONE, 0),
                        &err) != 0)
        return;
    for (int i = 0; c->end == SSTP_CALL_OPEN && i < MAX_SKIPPED_PACKETS &&
                    sstp_call_packet(c, c->deadline_ms, &p, &err) == 0;
         i++)
        if (p.type == SSTP_CALL_DISCONNECT_ACK || p.type == SSTP_CALL_ABORT)
            c->end = SSTP_CALL_ENDED;
}

void sstp_packet_text(const struct sstp_packet *p, char *out, size_t size)
{
    static const char *const about[] = {"", " on ENCAPSULATED_PROTOCOL_ID", " on STATUS_INFO",
                                        " on CRYPTO_BINDING", " on CRYPTO_BINDING_REQ"};

    snprintf(out, size, "%s%s%s%s", p->control ? sstp_type_name(p->type) : "data",
             p->has_status ? " " : "", p->has_status ? sstp_status_name(p->status) : "",
             p->has_status && p->status_attribute <= SSTP_CRYPTO_BINDING_REQ
                 ? about[p->status_attribute]
                 : "");
}
