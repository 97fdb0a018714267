/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_session.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sim_session_text(const struct sim_session_report *r, char out[SIM_SESSION_TEXT])
{
    snprintf(out, SIM_SESSION_TEXT,
             "status=%d ack=%d auth=%s attempts=%d accepted=%d disconnect=%d", r->status, r->acked,
             sim_auth_name(r->auth), r->attempts, r->accepted, r->disconnected);
}

/* Reads and forgets, until the peer goes. */
static void be_mute(const struct sim_line *line)
{
    char rest[512];
    while (line->receive(line->user, rest, sizeof rest, SIM_LINE_HEAD_MS) > 0)
        continue;
}

/* ---- the call ---- */

/* False when the line is gone, or the call is over and said so. */
static bool flush(const struct sim_line *line, const struct sim_sstp *call, struct sim_out *out)
{
    bool ok = out->n == 0 || line->transmit(line->user, out->p, out->n);
    out->n = 0;
    return ok && call->state != SIM_SSTP_CLOSED;
}

/* More bytes, or a timer's work; false at the end. */
static bool wait_for_peer(const struct sim_line *line, struct sim_sstp *call, struct sim_input *in,
                          struct sim_out *out)
{
    int64_t wait_ms = call->due_ms - line->now_ms(line->user);
    int got = in->n == SIM_LINE_INPUT
                  ? 0
                  : line->receive(line->user, in->p + in->n, SIM_LINE_INPUT - in->n,
                                  wait_ms > 0 ? wait_ms : 0);
    if (got > 0)
        in->n += (size_t)got;
    else if (got < 0)
        sim_sstp_tick(call, line->now_ms(line->user), out);
    return got != 0;
}

static void serve_call(const struct sim_line *line, const struct sim_sstp_settings *settings,
                       struct sim_input *in, struct sim_session_report *report)
{
    struct sim_sstp call;
    struct sim_out out = {.n = 0};
    uint8_t random[SIM_SSTP_RANDOM_BYTES];
    if (RAND_bytes(random, sizeof random) != 1)
        return;
    sim_sstp_open(&call, settings, random, line->now_ms(line->user));
    for (bool on = true; on;) {
        size_t took = in->n ? sim_sstp_take(&call, line->now_ms(line->user), (const uint8_t *)in->p,
                                            in->n, &out)
                            : 0;
        memmove(in->p, in->p + took, in->n -= took);
        on = (took || wait_for_peer(line, &call, in, &out)) && flush(line, &call, &out);
    }
    report->acked = call.ppp.settings != NULL;
    report->auth = call.ppp.done;
    report->attempts = call.ppp.attempts;
    report->accepted = call.accepted;
    report->disconnected = call.disconnected;
}

/* ---- HTTP ---- */

/* The faults that answer in the service's place; false: none is set. */
static bool answer_instead(const struct sim_line *line, const struct sim_sstp_settings *s,
                           struct sim_session_report *report)
{
    char answer[SIM_HTTP_ANSWER_MAX] = "";
    switch (s->fault) {
    case SIM_FAULT_HTTP_CLOSE:
        return true;
    case SIM_FAULT_HTTP_MUTE:
        be_mute(line);
        return true;
    case SIM_FAULT_HTTP_STATUS:
        report->status = (int)s->number;
        sim_http_write(report->status, answer);
        break;
    case SIM_FAULT_HTTP_EMPTY:
        report->status = 200;
        snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        break;
    case SIM_FAULT_HTTP_GARBAGE:
        snprintf(answer, sizeof answer, "220 mail.example.test ready\r\n\r\n");
        break;
    default:
        return false;
    }
    line->transmit(line->user, answer, strlen(answer));
    return true;
}

static void answer_request(const struct sim_line *line, int status,
                           const struct sim_sstp_settings *settings,
                           struct sim_session_report *report)
{
    char answer[SIM_HTTP_ANSWER_MAX];
    sim_http_write(status, answer);
    if (settings->fault == SIM_FAULT_HTTP_10)
        answer[strlen("HTTP/1.")] = '0';
    report->status = line->transmit(line->user, answer, strlen(answer)) ? status : 0;
}

void sim_session(const struct sim_line *line, const char *uri,
                 const struct sim_sstp_settings *settings, atomic_uint *calls,
                 struct sim_session_report *report)
{
    struct sim_input *in = calloc(1, sizeof *in);
    size_t head = in ? sim_line_head(line, in) : 0;
    *report = (struct sim_session_report){0};
    if (head && !answer_instead(line, settings, report)) {
        char kept = in->p[head];
        in->p[head] = 0;
        int status = sim_http_judge(in->p, uri);
        in->p[head] = kept;
        memmove(in->p, in->p + head, in->n -= head);
        bool counted = status == 200;
        if (counted && atomic_fetch_add(calls, 1) >= settings->ports)
            status = SIM_HTTP_NO_PORT;
        answer_request(line, status, settings, report);
        if (report->status == 200)
            serve_call(line, settings, in, report);
        if (counted)
            atomic_fetch_sub(calls, 1);
    }
    free(in);
}
