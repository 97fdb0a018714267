/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_http.h"

#include <stdio.h>
#include <string.h>

#define SSTP_METHOD "SSTP_DUPLEX_POST"
#define SSTP_LENGTH "18446744073709551615"

enum { METHOD_MAX = 64, URI_MAX = 512 };

size_t sim_http_head(const char *bytes, size_t n)
{
    for (size_t i = 4; i <= n; i++)
        if (memcmp(bytes + i - 4, "\r\n\r\n", 4) == 0)
            return i;
    return 0;
}

static bool same_text(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char x = a[i], y = b[i];
        if (x >= 'A' && x <= 'Z')
            x = (char)(x + 32);
        if (y >= 'A' && y <= 'Z')
            y = (char)(y + 32);
        if (x != y || x == 0)
            return x == y;
    }
    return true;
}

/* The value of a header field, NULL without one; *n is its length. */
static const char *field(const char *head, const char *name, size_t *n)
{
    size_t name_bytes = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line && line[2] != '\r';
         line = strstr(line + 2, "\r\n")) {
        const char *p = line + 2;
        if (!same_text(p, name, name_bytes) || p[name_bytes] != ':')
            continue;
        p += name_bytes + 1;
        p += strspn(p, " \t");
        *n = strcspn(p, "\r\n");
        while (*n > 0 && p[*n - 1] == ' ')
            --*n;
        return p;
    }
    return NULL;
}

int sim_http_judge(const char *head, const char *uri)
{
    char method[METHOD_MAX], target[URI_MAX], version[16];
    size_t n;
    if (sscanf(head, "%63[^ \r\n] %511[^ \r\n] %15[^ \r\n]", method, target, version) != 3)
        return 400;
    if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
        return 505;
    if (strcmp(version, "HTTP/1.1") == 0 && !field(head, "Host", &n))
        return 400;
    if (!uri || !same_text(target, uri, strlen(uri)))
        return 404; /* http.sys matches prefixes without case */
    if (strcmp(method, SSTP_METHOD) != 0)
        return 401;
    const char *length = field(head, "Content-Length", &n);
    if (!length)
        return 411;
    return n == strlen(SSTP_LENGTH) && memcmp(length, SSTP_LENGTH, n) == 0 ? 200 : 400;
}

static const char *reason(int status)
{
    static const struct {
        int status;
        const char *text;
    } known[] = {
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {407, "Proxy Authentication Required"},
        {411, "Length Required"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version not supported"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].status == status)
            return known[i].text;
    return "Unknown";
}

void sim_http_write(int status, char answer[SIM_HTTP_ANSWER_MAX])
{
    if (status == 200)
        snprintf(answer, SIM_HTTP_ANSWER_MAX,
                 "HTTP/1.1 200\r\nContent-Length: " SSTP_LENGTH
                 "\r\nServer: Microsoft-HTTPAPI/2.0\r\n\r\n");
    else
        snprintf(answer, SIM_HTTP_ANSWER_MAX,
                 "HTTP/1.1 %d %s\r\nContent-Length: 0\r\nServer: "
                 "Microsoft-HTTPAPI/2.0\r\nConnection: close\r\n\r\n",
                 status, reason(status));
}
