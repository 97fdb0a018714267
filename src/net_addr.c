/* SPDX-License-Identifier: Apache-2.0 */
/* net_addr.c - addresses as text: reading (RFC 4291 2.2) and writing (RFC 5952). */
#include "net.h"

#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { GROUPS = 8, HOST_SIZE = 64, MAX_PORT = 65535 };

/* ---- reading: each function takes what it understands from *s and moves it on ---- */

/* No leading zeros: some programs take "010" for octal. */
static bool read_decimal(const char **s, uint32_t limit, uint32_t *out)
{
    const char *p = *s;
    uint64_t v = 0;
    for (; *p >= '0' && *p <= '9' && v <= limit; p++)
        v = v * 10 + (uint64_t)(*p - '0');
    if (p == *s || v > limit || (**s == '0' && p - *s > 1))
        return false;
    *s = p;
    *out = (uint32_t)v;
    return true;
}

static bool read_v4(const char **s, uint8_t out[4])
{
    const char *p = *s;
    for (int i = 0; i < 4; i++) {
        uint32_t v;
        if ((i > 0 && *p++ != '.') || !read_decimal(&p, 255, &v))
            return false;
        out[i] = (uint8_t)v;
    }
    *s = p;
    return true;
}

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef";
    if (c >= 'A' && c <= 'F')
        c = (char)(c - 'A' + 'a');
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

static bool read_group(const char **s, uint8_t out[2])
{
    unsigned v = 0;
    int digits = 0;
    for (; hex_value(**s) >= 0; (*s)++, digits++) {
        if (digits == 4)
            return false;
        v = v * 16 + (unsigned)hex_value(**s);
    }
    out[0] = (uint8_t)(v >> 8);
    out[1] = (uint8_t)v;
    return digits > 0;
}

/* The groups before and behind "::" (*gap, -1 if there is none), *n of them in all. */
static bool read_groups(const char **s, uint8_t ip[16], int *n, int *gap)
{
    const char *p = *s;
    *n = 0;
    *gap = -1;
    if (p[0] == ':' && p[1] == ':') {
        *gap = 0;
        p += 2;
    }
    while (*n < GROUPS && hex_value(*p) >= 0) {
        const char *dotted = p;
        if (*n <= GROUPS - 2 && p[strspn(p, "0123456789")] == '.' &&
            read_v4(&dotted, ip + 2 * *n)) {
            p = dotted;
            *n += 2;
            break; /* only at the end */
        }
        if (!read_group(&p, ip + 2 * *n))
            return false;
        (*n)++;
        if (p[0] == ':' && p[1] == ':' && *gap < 0) {
            *gap = *n;
            p += 2;
        } else if (p[0] == ':' && hex_value(p[1]) >= 0 && *n < GROUPS) {
            p++;
        } else {
            break;
        }
    }
    *s = p;
    return true;
}

static bool read_v6(const char **s, struct net_addr *a)
{
    const char *p = *s;
    uint8_t ip[16] = {0};
    int n, gap;
    if (!read_groups(&p, ip, &n, &gap) || (gap < 0 ? n != GROUPS : n >= GROUPS))
        return false;
    if (gap >= 0) {
        size_t behind = (size_t)(n - gap) * 2;
        memmove(ip + 16 - behind, ip + 2 * gap, behind);
        memset(ip + 2 * gap, 0, 16 - behind - (size_t)gap * 2);
    }
    if (*p == '%' && (p++, !read_decimal(&p, UINT32_MAX, &a->scope)))
        return false;
    memcpy(a->ip, ip, sizeof ip);
    a->family = 6;
    *s = p;
    return true;
}

/* ":53" and nothing behind it */
static bool read_port(const char *s, uint16_t *out)
{
    uint32_t v;
    if (*s++ != ':' || !read_decimal(&s, MAX_PORT, &v) || v == 0 || *s != '\0')
        return false;
    *out = (uint16_t)v;
    return true;
}

int net_addr_parse(struct net_addr *out, const char *s, uint16_t default_port, struct err *err)
{
    struct net_addr a = {.port = default_port};
    const char *p = s;
    bool ok;
    if (*p == '[') {
        p++;
        ok = read_v6(&p, &a) && *p++ == ']' && (*p == '\0' || read_port(p, &a.port));
    } else if (strchr(s, ':') != strrchr(s, ':')) {
        ok = read_v6(&p, &a) && *p == '\0';
    } else {
        a.family = 4;
        ok = read_v4(&p, a.ip) && (*p == '\0' || read_port(p, &a.port));
    }
    if (!ok)
        return err_set(err, ERR_USAGE,
                       "address \"%s\": not an IP address (192.0.2.1, 192.0.2.1:53, 2001:db8::1 or "
                       "[2001:db8::1]:53)",
                       s);
    *out = a;
    return 0;
}

/* ---- writing ---- */

static unsigned group(const struct net_addr *a, int i)
{
    return (unsigned)a->ip[2 * i] << 8 | a->ip[2 * i + 1];
}

/* RFC 5952 4.2: the longest run of at least two zero groups, the first of equals. */
static int longest_zeros(const struct net_addr *a, int *len)
{
    int best = -1;
    *len = 1;
    for (int i = 0; i < GROUPS; i++) {
        int n = 0;
        while (i + n < GROUPS && group(a, i + n) == 0)
            n++;
        if (n > *len) {
            best = i;
            *len = n;
        }
    }
    return best;
}

static void v6_text(const struct net_addr *a, char out[HOST_SIZE])
{
    int zeros_len, zeros = longest_zeros(a, &zeros_len);
    int at = 0;
    for (int i = 0; i < GROUPS; i++) {
        if (i == zeros) {
            at += snprintf(out + at, HOST_SIZE - (size_t)at, "::");
            i += zeros_len - 1;
            continue;
        }
        bool colon = i > 0 && i != zeros + zeros_len;
        at += snprintf(out + at, HOST_SIZE - (size_t)at, "%s%x", colon ? ":" : "", group(a, i));
    }
    if (a->scope != 0)
        snprintf(out + at, HOST_SIZE - (size_t)at, "%%%" PRIu32, a->scope);
}

void net_addr_ip_text(const struct net_addr *a, char out[64])
{
    if (a->family == 6)
        v6_text(a, out);
    else if (a->family == 4)
        snprintf(out, HOST_SIZE, "%u.%u.%u.%u", a->ip[0], a->ip[1], a->ip[2], a->ip[3]);
    else
        text_copy(out, HOST_SIZE, "no address");
}

void net_addr_text(const struct net_addr *a, char out[72])
{
    char host[HOST_SIZE];
    net_addr_ip_text(a, host);
    snprintf(out, 72, a->family == 6 ? "[%s]:%u" : "%s:%u", host, (unsigned)a->port);
}

bool net_addr_equal(const struct net_addr *a, const struct net_addr *b)
{
    return a->family == b->family && a->port == b->port &&
           memcmp(a->ip, b->ip, a->family == 6 ? 16 : 4) == 0;
}

/* ---- scope ---- */

struct prefix {
    uint8_t ip[16];
    uint8_t bits;
    enum net_scope scope;
};

/* The first that fits counts. */
static enum net_scope look_up(const struct prefix *table, size_t n, const uint8_t *ip)
{
    for (size_t i = 0; i < n; i++) {
        size_t bytes = table[i].bits / 8;
        unsigned rest = table[i].bits % 8, mask = 0xffU << (8 - rest) & 0xffU;
        if (memcmp(ip, table[i].ip, bytes) == 0 &&
            (rest == 0 || (ip[bytes] & mask) == table[i].ip[bytes]))
            return table[i].scope;
    }
    return NET_PUBLIC;
}

static enum net_scope scope_v4(const uint8_t *ip)
{
    static const struct prefix table[] = {
        {{0}, 8, NET_NOBODY},
        {{10}, 8, NET_PRIVATE},
        {{100, 64}, 10, NET_PRIVATE},
        {{127}, 8, NET_LOOPBACK},
        {{169, 254}, 16, NET_LINK_LOCAL},
        {{172, 16}, 12, NET_PRIVATE},
        {{192, 168}, 16, NET_PRIVATE},
        {{198, 18}, 15, NET_PRIVATE},
        {{224}, 3, NET_NOBODY}, /* multicast, reserved, broadcast */
    };
    return look_up(table, sizeof table / sizeof table[0], ip);
}

static enum net_scope scope_v6(const uint8_t *ip)
{
    static const struct prefix table[] = {
        {{[15] = 1}, 128, NET_LOOPBACK},    {{0}, 128, NET_NOBODY},
        {{0xfe, 0x80}, 10, NET_LINK_LOCAL}, {{0xfe, 0xc0}, 10, NET_PRIVATE},
        {{0xfc}, 7, NET_PRIVATE},           {{0xff}, 8, NET_NOBODY},
    };
    static const struct {
        uint8_t ip[12], bytes, at; /* where the IPv4 address stands behind the prefix */
    } carriers[] = {
        {{[10] = 0xff, 0xff}, 12, 12},   /* mapped, RFC 4291 2.5.5.2 */
        {{0, 0x64, 0xff, 0x9b}, 12, 12}, /* NAT64, RFC 6052 */
        {{0x20, 0x02}, 2, 2},            /* 6to4, RFC 3056 */
        {{0}, 12, 12},                   /* compatible, RFC 4291 2.5.5.1 */
    };
    enum net_scope own = look_up(table, sizeof table / sizeof table[0], ip);
    if (own != NET_PUBLIC)
        return own;
    for (size_t i = 0; i < sizeof carriers / sizeof carriers[0]; i++) {
        if (memcmp(ip, carriers[i].ip, carriers[i].bytes) == 0)
            return scope_v4(ip + carriers[i].at);
    }
    return NET_PUBLIC;
}

enum net_scope net_addr_scope(const struct net_addr *a)
{
    if (a->family == 6)
        return scope_v6(a->ip);
    return a->family == 4 ? scope_v4(a->ip) : NET_NOBODY;
}

const char *net_scope_text(enum net_scope s)
{
    switch (s) {
    case NET_PUBLIC:
        return "a public address";
    case NET_PRIVATE:
        return "a private address";
    case NET_LINK_LOCAL:
        return "a link-local address";
    case NET_LOOPBACK:
        return "this machine itself";
    case NET_NOBODY:
        break;
    }
    return "an address of nobody";
}
