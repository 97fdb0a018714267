/* SPDX-License-Identifier: Apache-2.0 */
/* The http stage: the door of SSTP, and what stands in it. */
#include "sstp/call.h"

#include "rras/names.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { GUID_CHARS = 37 };
#define ENDLESS "18446744073709551615" /* 2^64 - 1 */

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

/* The value of a header field, "" without one; what is no ASCII ends it. */
static void take_field(const char *head, const char *name, char *out, size_t size)
{
    size_t n = 0;

    for (const char *p = head; *p; p++) {
        char window[32];
        snprintf(window, sizeof window, "%.*s", (int)strlen(name), p);
        if (!text_equal_nocase(window, name))
            continue;
        p += strlen(name);
        p += strspn(p, " \t");
        while (n + 1 < size && *p >= ' ' && *p < 0x7f)
            out[n++] = *p++;
        break;
    }
    out[n] = '\0';
}

/* MS-SSTP 4.1: the answer has the length of the request, and no end. A web server that says 200 to
 * everything has the length of its page, or sends it in pieces. */
static bool is_a_page(const char *head)
{
    char length[32], pieces[32];

    take_field(head, "\r\ncontent-length:", length, sizeof length);
    take_field(head, "\r\ntransfer-encoding:", pieces, sizeof pieces);
    return pieces[0] || (length[0] && strcmp(length, ENDLESS) != 0);
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
    take_field(head, "\r\nserver:", server, 64);
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

static int send_request(struct sstp_call *c, struct err *err)
{
    char request[768], host[72], id[GUID_CHARS];
    int len;

    net_addr_text(&c->o->addr, host);
    if (correlation_id(id, err) != 0)
        return -1;
    if (c->o->method != SSTP_DUPLEX_POST)
        len = snprintf(request, sizeof request,
                       "%s " NAME_SSTP_URL " HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
                       c->o->method == SSTP_GET ? "GET" : "HEAD", c->o->host ? c->o->host : host);
    else /* MS-SSTP 3.2.4.1: the body never ends */
        len = snprintf(request, sizeof request,
                       "SSTP_DUPLEX_POST " NAME_SSTP_URL " HTTP/1.1\r\nHost: %s\r\n"
                       "Content-Length: " ENDLESS "\r\nSSTPCORRELATIONID: {%s}\r\n\r\n",
                       c->o->host ? c->o->host : host, id);
    if (len < 0 || (size_t)len >= sizeof request)
        return err_set(err, ERR_FAIL, "host name: too long");
    return sstp_call_write(c, request, (size_t)len, err);
}

/* What came, up to the blank line. The end of the head, or NULL. */
static char *read_head(struct sstp_call *c, struct sstp_stage_result *s)
{
    struct err err = {0};
    char *end;

    for (;;) {
        c->in[c->have] = '\0';
        end = strstr((char *)c->in, "\r\n\r\n");
        if (end)
            return end;
        if (sstp_call_more(c, c->deadline_ms, &err) != 0) {
            sstp_stage_fail(c, s, "no HTTP answer", &err);
            return NULL;
        }
    }
}

void sstp_stage_http(struct sstp_call *c, struct sstp_stage_result *s)
{
    struct err err = {0};
    bool look = c->o->method != SSTP_DUPLEX_POST;
    char *end;
    int minor = 0, status;
    bool page;

    if (send_request(c, &err) != 0) {
        sstp_stage_fail(c, s, "request", &err);
        return;
    }
    end = read_head(c, s);
    if (!end)
        return;
    *end = '\0';
    status = sstp_http_head((const char *)c->in, &minor, c->r->server);
    c->r->http_minor = minor;
    c->r->http_status = status;
    page = status == 200 && !look && is_a_page((const char *)c->in);
    sstp_call_drop(c, (size_t)(end + 4 - (char *)c->in));
    if (status == 0) {
        sstp_stage_say(c, s, "garbage", "the answer is not HTTP/1.x");
        return;
    }
    s->ok = status == (look ? 401 : 200) && minor == 1 && !page;
    if (!s->ok && minor != 1)
        snprintf(s->code, sizeof s->code, "http-version");
    else if (page)
        snprintf(s->code, sizeof s->code, "http-other");
    else if (!s->ok)
        snprintf(s->code, sizeof s->code, "http-%d", status);
    snprintf(s->detail, sizeof s->detail, "HTTP/1.%d %d (%s): %s", minor, status,
             *c->r->server ? c->r->server : "no server name",
             look && status == 401 ? "the SSTP listener is up"
             : page                ? "a page and no call: another web server answers here"
                                   : sstp_http_meaning(status));
}
