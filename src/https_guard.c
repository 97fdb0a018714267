/* SPDX-License-Identifier: Apache-2.0 */
#include "https_guard.h"

#include "text.h"

#include <string.h>

/* The host of a URL, lower case, brackets and port cut. */
static bool host_of(const char *url, char out[HTTPS_GUARD_HOST])
{
    const char *host = strstr(url, "://");
    if (host == NULL)
        return false;
    host += strlen("://");
    bool literal = *host == '[';
    size_t n = literal ? strcspn(++host, "]/?#") : strcspn(host, ":/?#");
    if (n == 0 || n >= HTTPS_GUARD_HOST)
        return false;
    memcpy(out, host, n);
    out[n] = '\0';
    text_lower(out);
    return true;
}

int https_guard_init(struct https_guard *g, const char *directory_url, struct err *err)
{
    *g = (struct https_guard){.settled = false};
    if (directory_url != NULL && !host_of(directory_url, g->home))
        return err_set(err, ERR_USAGE, "URL %.300s: bad host or port", directory_url);
    return 0;
}

bool https_guard_is_home(const struct https_guard *g, const char *url)
{
    char host[HTTPS_GUARD_HOST];
    return host_of(url, host) && strcmp(host, g->home) == 0;
}

/* Where clouds tell their machines secrets: of use to nobody's CA. */
static bool is_metadata(const struct net_addr *a)
{
    static const uint8_t v4[4] = {169, 254, 169, 254};
    static const uint8_t mapped[16] = {[10] = 0xff, 0xff, 169, 254, 169, 254};
    static const uint8_t v6[16] = {0xfd, 0, 0x0e, 0xc2, [14] = 0x02, 0x54};
    if (a->family == 6)
        return memcmp(a->ip, mapped, 16) == 0 || memcmp(a->ip, v6, 16) == 0;
    return memcmp(a->ip, v4, 4) == 0;
}

bool https_guard_allows(struct https_guard *g, bool to_home, const struct net_addr *to)
{
    enum net_scope scope = net_addr_scope(to);
    unsigned bit = 1U << scope;
    if (g->home[0] == '\0' || scope == NET_PUBLIC) {
        if (to_home && !g->settled)
            g->found |= bit;
        return true;
    }
    if (scope == NET_NOBODY || is_metadata(to))
        return false;
    if (to_home && !g->settled) {
        g->found |= bit;
        return true;
    }
    return g->settled && (g->found & bit) != 0;
}
