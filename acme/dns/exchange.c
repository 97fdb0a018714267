/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/exchange.h"

#include "os.h"

#include <string.h>

enum { HEADER_BYTES = 12, FLAG_TC = 0x02 };

/* A live server answers in well under a second; the second try covers one lost packet, TCP the
 * firewalls that drop UDP or large answers. */
const struct dns_limits dns_limits_default = {
    .udp_first_ms = 1500, .udp_second_ms = 2500, .tcp_ms = 4000};

const char *dns_outcome_text(enum dns_outcome o)
{
    switch (o) {
    case DNS_ANSWERED:
        return "answered";
    case DNS_TIMED_OUT:
        return "no answer in time (UDP and TCP)";
    case DNS_NOT_LISTENING:
        return "nothing listens there";
    case DNS_NO_ROUTE:
        return "no route from this machine";
    case DNS_BROKEN:
        return "broken answer";
    case DNS_OTHER:
        return "connection failed";
    }
    return "?";
}

static enum dns_outcome outcome_of(const struct err *err)
{
    if (err->code == ERR_TIMEOUT)
        return DNS_TIMED_OUT;
    if (net_is_refused(err))
        return DNS_NOT_LISTENING;
    if (net_is_unreachable(err))
        return DNS_NO_ROUTE;
    return DNS_OTHER;
}

/* One datagram there; the first one back with our ID. */
static enum dns_outcome udp_once(const struct net_addr *to, const void *msg, size_t len,
                                 int64_t limit_ms, struct buf *answer)
{
    int64_t deadline = clock_ms(&os_clock) + limit_ms;
    struct net_socket *s = NULL;
    struct err err = {0};
    uint8_t in[4096]; /* more than EDNS allows a server to send */
    size_t got = 0;

    int rc = net_udp_connect(&s, to, &err);
    if (rc == 0)
        rc = net_send(s, msg, len, deadline, &err);
    while (rc == 0) {
        rc = net_recv(s, in, sizeof in, &got, deadline, &err);
        if (rc == 0 && got >= HEADER_BYTES && memcmp(in, msg, 2) == 0)
            break;
    }
    net_close(s);
    if (rc)
        return outcome_of(&err);
    buf_add(answer, in, got);
    return answer->failed ? DNS_OTHER : DNS_ANSWERED;
}

static int recv_all(struct net_socket *s, uint8_t *p, size_t len, int64_t deadline, struct err *err)
{
    while (len > 0) {
        size_t got = 0;
        if (net_recv(s, p, len, &got, deadline, err))
            return -1;
        if (got == 0)
            return err_set(err, ERR_NET, "name server: connection closed early");
        p += got;
        len -= got;
    }
    return 0;
}

/* RFC 1035 4.2.2: two octets of length before each message. */
static int tcp_talk(struct net_socket *s, const void *msg, size_t len, int64_t deadline,
                    struct buf *answer, struct err *err)
{
    uint8_t head[2] = {(uint8_t)(len >> 8), (uint8_t)len};
    struct buf out = BUF_INIT(DNS_MAX_MESSAGE_BYTES + 2);
    uint8_t part[2048];
    int rc = -1;

    buf_add(&out, head, 2);
    buf_add(&out, msg, len);
    if (buf_check(&out, "DNS message", err) || net_send(s, out.p, out.len, deadline, err) ||
        recv_all(s, head, 2, deadline, err))
        goto done;
    for (size_t left = (size_t)(head[0] << 8 | head[1]); left > 0;) {
        size_t n = left < sizeof part ? left : sizeof part;
        if (recv_all(s, part, n, deadline, err))
            goto done;
        buf_add(answer, part, n);
        left -= n;
    }
    rc = buf_check(answer, "DNS answer", err);
done:
    buf_clear(&out);
    return rc;
}

static enum dns_outcome tcp_once(const struct net_addr *to, const void *msg, size_t len,
                                 int64_t limit_ms, struct buf *answer)
{
    int64_t deadline = clock_ms(&os_clock) + limit_ms;
    struct net_socket *s = NULL;
    struct err err = {0};

    int rc = net_tcp_connect(&s, to, deadline, &err);
    if (rc == 0)
        rc = tcp_talk(s, msg, len, deadline, answer, &err);
    net_close(s);
    if (rc)
        return outcome_of(&err);
    /* Cut short even here (RFC 2181 9): what is missing may be the very record we asked for. */
    if (answer->len < HEADER_BYTES || memcmp(answer->p, msg, 2) != 0 || (answer->p[2] & FLAG_TC))
        return DNS_BROKEN;
    return DNS_ANSWERED;
}

enum dns_outcome dns_exchange_bytes(const struct net_addr *to, const void *msg, size_t len,
                                    bool tcp_only, struct buf *answer)
{
    const struct dns_limits *limit = &dns_limits_default;
    enum dns_outcome udp = DNS_TIMED_OUT, tcp;

    if (!tcp_only) {
        udp = udp_once(to, msg, len, limit->udp_first_ms, answer);
        if (udp == DNS_TIMED_OUT)
            udp = udp_once(to, msg, len, limit->udp_second_ms, answer);
        if (udp == DNS_ANSWERED && !(answer->p[2] & FLAG_TC))
            return udp;
        if (udp == DNS_NO_ROUTE)
            return udp;
        buf_reset(answer);
    }
    tcp = tcp_once(to, msg, len, limit->tcp_ms, answer);
    if (tcp != DNS_ANSWERED && udp == DNS_NOT_LISTENING)
        return udp;
    return tcp;
}

/* A question with a fresh ID. */
static enum dns_outcome ask_by(const struct net_addr *to, const struct dns_question *q, bool edns,
                               bool tcp_only, struct dns_message *out)
{
    struct buf answer = BUF_INIT(DNS_MAX_MESSAGE_BYTES);
    uint8_t msg[DNS_MAX_QUERY_BYTES], id[2];
    struct err err = {0};
    enum dns_outcome o = DNS_OTHER;
    size_t len = 0;

    if (os_random(id, sizeof id, &err))
        return o;
    uint16_t id16 = (uint16_t)(id[0] << 8 | id[1]);
    if (dns_message_write(msg, &len, id16, q, edns, &err))
        return o;
    o = dns_exchange_bytes(to, msg, len, tcp_only, &answer);
    if (o == DNS_ANSWERED &&
        dns_message_read(out, (const uint8_t *)answer.p, answer.len, id16, q, &err))
        o = DNS_BROKEN;
    buf_clear(&answer);
    return o;
}

/* A datagram that answers something else may be forged, its ID guessed: TCP has the last word. */
static enum dns_outcome ask_once(const struct net_addr *to, const struct dns_question *q, bool edns,
                                 struct dns_message *out)
{
    enum dns_outcome o = ask_by(to, q, edns, false, out);
    return o == DNS_BROKEN ? ask_by(to, q, edns, true, out) : o;
}

static enum dns_outcome net_exchange(void *user, const struct net_addr *to,
                                     const struct dns_question *q, struct dns_message *out)
{
    (void)user;
    enum dns_outcome o = ask_once(to, q, true, out);
    if (o == DNS_ANSWERED && (out->rcode == DNS_FORMERR || out->rcode == DNS_NOTIMP)) {
        dns_message_clear(out); /* RFC 6891 7: a server without EDNS */
        o = ask_once(to, q, false, out);
    }
    return o;
}

const struct dns_io dns_io_net = {.exchange = net_exchange, .user = NULL};
