/* SPDX-License-Identifier: Apache-2.0 */
#include "sstp/probe.h"

#include "rras/names.h"
#include "sstp/message.h"
#include "text.h"
#include "tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_HEAD_BYTES = 8 * 1024,
    IN_BYTES = MAX_HEAD_BYTES + SSTP_MAX_PACKET_BYTES,
    GOODBYE_MS = 2000, /* how long the disconnect's ack is waited for */
    GUID_CHARS = 37,
    MAX_SKIPPED_PACKETS = 64,
};

/* A probe under way. */
struct call {
    const struct sstp_probe_options *o;
    struct sstp_probe_result *r;
    struct tls *tls;
    struct net_socket *socket; /* instead of tls when plain */
    int64_t deadline_ms;
    uint8_t in[IN_BYTES + 1]; /* plaintext not used yet; a byte spare for a NUL */
    size_t have;
};

const char *sstp_stage_name(enum sstp_stage s)
{
    static const char *const names[SSTP_STAGES] = {"tcp", "tls", "http", "sstp"};
    return names[s];
}

const struct sstp_stage_result *sstp_probe_failed(const struct sstp_probe_result *r)
{
    for (int i = 0; i < SSTP_STAGES; i++)
        if (r->stage[i].tried && !r->stage[i].ok)
            return &r->stage[i];
    return NULL;
}

void sstp_probe_clear(struct sstp_probe_result *r)
{
    cert_info_clear(&r->leaf);
    memset(r, 0, sizeof *r);
}

static void fail(struct sstp_stage_result *s, const char *what, const struct err *e)
{
    snprintf(s->detail, sizeof s->detail, "%s%s%.180s", what, *what ? ": " : "", e->text);
}

/* ---- tcp ---- */

static void stage_tcp(struct call *c, struct sstp_stage_result *s)
{
    struct net_socket *socket = NULL;
    struct err err = {0};

    if (net_tcp_connect(&socket, &c->o->addr, c->deadline_ms, &err) != 0) {
        c->r->refused = net_is_refused(&err);
        c->r->unreachable = net_is_unreachable(&err);
        fail(s, "", &err);
        return;
    }
    if (c->o->plain)
        c->socket = socket;
    else
        net_close(socket); /* TLS makes its own: this one is to tell the two apart */
    s->ok = true;
    snprintf(s->detail, sizeof s->detail, "connected");
}

/* ---- tls ---- */

/* By name: whether it is the one that signed is the client's to judge. */
static bool has_issuer(struct call *c)
{
    bool found = false;

    for (size_t i = 1; i < c->r->chain_count && !found; i++) {
        struct cert_info info = {0};
        struct err ignored = {0};
        size_t len = 0;
        const uint8_t *der = tls_peer_cert(c->tls, i, &len);
        if (der && cert_info_read(&info, der, len, &ignored) == 0)
            found = strcmp(info.subject, c->r->leaf.issuer) == 0;
        cert_info_clear(&info);
    }
    return found;
}

static void stage_tls(struct call *c, struct sstp_stage_result *s)
{
    struct tls_target target = {c->o->addr, c->o->server_name, c->deadline_ms};
    struct err err = {0};
    const uint8_t *der;
    size_t len = 0;

    if (tls_open(&c->tls, &target, &err) != 0) {
        /* http.sys resets when no certificate is bound or its key cannot be used. */
        fail(s, "", &err);
        return;
    }
    text_copy(c->r->tls_version, sizeof c->r->tls_version, tls_version(c->tls));
    while (tls_peer_cert(c->tls, c->r->chain_count, &len))
        c->r->chain_count++;
    der = tls_peer_cert(c->tls, 0, &len);
    if (!der || cert_info_read(&c->r->leaf, der, len, &err) != 0) {
        fail(s, "the listener's certificate cannot be read", &err);
        return;
    }
    c->r->has_leaf = true;
    c->r->issuer_sent = has_issuer(c);
    s->ok = true;
    snprintf(s->detail, sizeof s->detail, "%s, %.100s", c->r->tls_version, c->r->leaf.subject);
}

/* ---- with TLS or without ---- */

static int call_write(struct call *c, const void *p, size_t len, struct err *err)
{
    return c->socket ? net_send(c->socket, p, len, c->deadline_ms, err)
                     : tls_write(c->tls, p, len, c->deadline_ms, err);
}

static int call_read(struct call *c, size_t *got, struct err *err)
{
    uint8_t *to = c->in + c->have;
    size_t room = IN_BYTES - c->have;

    return c->socket ? net_recv(c->socket, to, room, got, c->deadline_ms, err)
                     : tls_read(c->tls, to, room, got, c->deadline_ms, err);
}

/* ---- http ---- */

/* Waits for more bytes; false at the end of the stream, of the time, or of the room. */
static bool more(struct call *c, const char *what, struct sstp_stage_result *s)
{
    struct err err = {0};
    size_t got = 0;

    if (c->have == IN_BYTES) {
        snprintf(s->detail, sizeof s->detail, "%s: too long", what);
        return false;
    }
    if (call_read(c, &got, &err) != 0) {
        fail(s, what, &err);
        return false;
    }
    if (got == 0)
        snprintf(s->detail, sizeof s->detail, "%s: the connection was closed", what);
    c->have += got;
    return got > 0;
}

static void drop(struct call *c, size_t len)
{
    memmove(c->in, c->in + len, c->have - len);
    c->have -= len;
}

const char *sstp_http_meaning(int status)
{
    switch (status) {
    case 200:
        return "an SSTP call begins";
    case 400:
        return "the server did not like the request, or a filter in front of it";
    case 401:
        return "the listener is up, but the method did not reach SSTP";
    case 403:
        return "a proxy or filter forbids SSTP";
    case 404:
        return "TLS works but nobody owns the SSTP URL: RemoteAccess is not running, there are no "
               "SSTP ports, or another site answers here";
    case 405:
    case 501:
        return "a web server that does not know SSTP answers here";
    case 407:
        return "a proxy wants credentials, and SSTP has none to give";
    case 500:
    case 502:
    case 504:
        return "a reverse proxy does not reach the RRAS server behind it";
    case 503:
        return "the URL is there but not served: SstpSvc hangs or starts, or no SSTP port is free";
    default:
        return "not an answer of SSTP";
    }
}

static void take_server(const char *head, char server[64])
{
    static const char name[] = "\r\nserver:";
    char out[64] = "";
    size_t n = 0;

    for (const char *p = head; *p; p++) {
        char window[sizeof name];
        snprintf(window, sizeof window, "%s", p);
        if (!text_equal_nocase(window, name))
            continue;
        p += sizeof name - 1;
        p += strspn(p, " \t");
        while (n + 1 < sizeof out && *p >= ' ' && *p < 0x7f)
            out[n++] = *p++;
        break;
    }
    out[n] = '\0';
    memcpy(server, out, sizeof out);
}

int sstp_http_head(const char *head, int *minor, char server[64])
{
    static const char start[] = "HTTP/1.";
    const char *p = head + sizeof start - 1;
    int status = 0;

    if (strncmp(head, start, sizeof start - 1) != 0 || p[0] < '0' || p[0] > '9' || p[1] != ' ')
        return 0;
    for (int i = 2; i < 5; i++) {
        if (p[i] < '0' || p[i] > '9')
            return 0;
        status = status * 10 + (p[i] - '0');
    }
    if (p[5] != ' ' && p[5] != '\r')
        return 0;
    *minor = p[0] - '0';
    take_server(head, server);
    return status;
}

/* RRAS writes it to its log: an administrator finds our probes there. */
static int correlation_id(char out[GUID_CHARS], struct err *err)
{
    uint8_t b[16];
    char hex[33];

    if (os_random(b, sizeof b, err) != 0)
        return -1;
    b[6] = (uint8_t)((b[6] & 0x0f) | 0x40); /* RFC 9562 5.4 */
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    text_hex(b, sizeof b, hex);
    snprintf(out, GUID_CHARS, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
             hex + 20);
    return 0;
}

static int send_request(struct call *c, struct err *err)
{
    char request[768], host[72], id[GUID_CHARS];
    int len;

    net_addr_text(&c->o->addr, host);
    if (correlation_id(id, err) != 0)
        return -1;
    if (c->o->get)
        len = snprintf(request, sizeof request,
                       "GET " NAME_SSTP_URL " HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
                       c->o->host ? c->o->host : host);
    else /* MS-SSTP 3.2.4.1: the length is 2^64 - 1, the body never ends */
        len = snprintf(request, sizeof request,
                       "SSTP_DUPLEX_POST " NAME_SSTP_URL " HTTP/1.1\r\nHost: %s\r\n"
                       "Content-Length: 18446744073709551615\r\nSSTPCORRELATIONID: {%s}\r\n\r\n",
                       c->o->host ? c->o->host : host, id);
    if (len < 0 || (size_t)len >= sizeof request)
        return err_set(err, ERR_FAIL, "host name: too long");
    return call_write(c, request, (size_t)len, err);
}

static void stage_http(struct call *c, struct sstp_stage_result *s)
{
    struct err err = {0};
    char *end;
    int minor = 0;

    if (send_request(c, &err) != 0) {
        fail(s, "request", &err);
        return;
    }
    for (;;) {
        c->in[c->have] = '\0';
        end = strstr((char *)c->in, "\r\n\r\n");
        if (end)
            break;
        if (!more(c, "no HTTP answer", s))
            return;
    }
    *end = '\0';
    c->r->http_status = sstp_http_head((const char *)c->in, &minor, c->r->server);
    drop(c, (size_t)(end + 4 - (char *)c->in));
    if (c->r->http_status == 0) {
        snprintf(s->detail, sizeof s->detail, "the answer is not HTTP/1.x");
        return;
    }
    s->ok = c->r->http_status == (c->o->get ? 401 : 200) && minor == 1;
    snprintf(s->detail, sizeof s->detail, "HTTP/1.%d %d (%s): %s", minor, c->r->http_status,
             *c->r->server ? c->r->server : "no server name",
             c->o->get && c->r->http_status == 401 ? "the SSTP listener is up"
                                                   : sstp_http_meaning(c->r->http_status));
}

/* ---- sstp ---- */

static bool next_packet(struct call *c, struct sstp_packet *p, struct sstp_stage_result *s)
{
    for (;;) {
        switch (sstp_decode(c->in, c->have, p)) {
        case SSTP_DECODED:
            return true;
        case SSTP_NOT_SSTP:
            snprintf(s->detail, sizeof s->detail, "what came is not SSTP");
            return false;
        case SSTP_NEED_MORE:
            if (!more(c, "no SSTP answer", s))
                return false;
        }
    }
}

/* Frees the server's port at once (MS-SSTP 3.1.6.1). Whether it answers is not our concern. */
static void say_goodbye(struct call *c)
{
    struct sstp_stage_result ignored = {0};
    struct sstp_packet p;
    struct err err = {0};
    uint8_t out[SSTP_STATUS_BYTES];
    size_t len = sstp_with_status(out, SSTP_CALL_DISCONNECT, SSTP_ATTRIBUTE_NONE, 0);
    int64_t limit_ms = clock_ms(c->o->clock) + GOODBYE_MS;

    if (c->deadline_ms > limit_ms)
        c->deadline_ms = limit_ms;
    if (call_write(c, out, len, &err) != 0)
        return;
    for (int i = 0; i < MAX_SKIPPED_PACKETS && next_packet(c, &p, &ignored); i++) {
        unsigned type = p.type;
        drop(c, p.len);
        if (type == SSTP_CALL_DISCONNECT_ACK || type == SSTP_CALL_ABORT)
            return;
    }
}

static void stage_sstp(struct call *c, struct sstp_stage_result *s)
{
    struct sstp_packet p = {0};
    struct err err = {0};
    uint8_t out[SSTP_CONNECT_REQUEST_BYTES];

    if (call_write(c, out, sstp_connect_request(out), &err) != 0) {
        fail(s, "call connect request", &err);
        return;
    }
    if (!next_packet(c, &p, s))
        return;
    if (p.type == SSTP_CALL_CONNECT_ACK && p.has_binding_request && p.hash_mask) {
        c->r->hash_mask = p.hash_mask;
        s->ok = true;
        snprintf(s->detail, sizeof s->detail, "call accepted; certificate hashes:%s%s",
                 p.hash_mask & SSTP_HASH_SHA256 ? " SHA-256" : "",
                 p.hash_mask & SSTP_HASH_SHA1 ? " SHA-1" : "");
    } else if (p.type == SSTP_CALL_CONNECT_ACK) {
        snprintf(s->detail, sizeof s->detail, "call accepted without any certificate hash");
    } else {
        snprintf(s->detail, sizeof s->detail, "%s%s%s instead of CALL_CONNECT_ACK",
                 sstp_type_name(p.type), p.has_status ? " " : "",
                 p.has_status ? sstp_status_name(p.status) : "");
    }
    drop(c, p.len);
    say_goodbye(c);
}

/* ---- all ---- */

static bool run_stage(struct call *c, enum sstp_stage stage,
                      void (*run)(struct call *, struct sstp_stage_result *))
{
    struct sstp_stage_result *s = &c->r->stage[stage];
    int64_t begun_ms = clock_ms(c->o->clock);

    s->tried = true;
    run(c, s);
    s->ms = clock_ms(c->o->clock) - begun_ms;
    return s->ok && c->o->last > stage;
}

void sstp_probe(struct sstp_probe_result *out, const struct sstp_probe_options *o)
{
    struct call *c = calloc(1, sizeof *c);

    memset(out, 0, sizeof *out);
    if (!c) {
        out->stage[SSTP_STAGE_TCP].tried = true;
        snprintf(out->stage[SSTP_STAGE_TCP].detail, sizeof out->stage[0].detail, "out of memory");
        return;
    }
    c->o = o;
    c->r = out;
    c->deadline_ms = clock_ms(o->clock) + o->timeout_ms;
    if (run_stage(c, SSTP_STAGE_TCP, stage_tcp) &&
        (o->plain ? o->last > SSTP_STAGE_TLS : run_stage(c, SSTP_STAGE_TLS, stage_tls)) &&
        run_stage(c, SSTP_STAGE_HTTP, stage_http) && !o->get)
        run_stage(c, SSTP_STAGE_SSTP, stage_sstp);
    tls_close(c->tls);
    net_close(c->socket);
    free(c);
}
