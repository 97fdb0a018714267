/* SPDX-License-Identifier: Apache-2.0 */
#include "https_curl_guard.h"

#include "net_sys.h"
#include "text.h"

#include <curl/curl.h>

#include <string.h>

static void refuse(struct https_way *w, const struct net_addr *to)
{
    w->refused = true;
    w->refused_to = *to;
}

/* CURLOPT_OPENSOCKETFUNCTION: the address is known, and nothing was sent to it yet. */
static curl_socket_t on_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct https_way *w = user;
    struct net_addr to;
    long by_proxy = 0;
    (void)purpose; /* CURLSOCKTYPE_IPCXN, the only one */
    net_sys_addr(&to, &address->addr, address->addrlen);
    /* The administrator has named the proxy, and it looks names up by itself. */
    if (curl_easy_getinfo(w->easy, CURLINFO_USED_PROXY, &by_proxy) != CURLE_OK)
        by_proxy = 0;
    if (!by_proxy && !https_guard_allows(w->guard, w->to_home, &to)) {
        refuse(w, &to);
        return CURL_SOCKET_BAD;
    }
    return (curl_socket_t)net_sys_socket(address->family, address->socktype, address->protocol);
}

static bool literal_address(const char *url, struct net_addr *out)
{
    const char *host = strstr(url, "://");
    struct err ignored = {0};
    char text[80];
    size_t n = host != NULL ? strcspn(host + 3, "/?#") : sizeof text;
    if (n >= sizeof text)
        return false;
    memcpy(text, host + 3, n);
    text[n] = '\0';
    return net_addr_parse(out, text, 443, &ignored) == 0;
}

bool https_way_begin(struct https_way *w, struct https_guard *guard, void *easy, const char *url)
{
    struct net_addr to;
    *w = (struct https_way){.guard = guard, .easy = easy};
    if (guard->home[0] == '\0')
        return true;
    w->to_home = https_guard_is_home(guard, url);
    if (!w->to_home && literal_address(url, &to) && !https_guard_allows(guard, false, &to))
        refuse(w, &to);
    return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, (void *)w) == CURLE_OK;
}

void https_way_end(struct https_way *w, bool answered)
{
    if (answered && w->to_home)
        w->guard->settled = true;
    if (answered)
        w->refused = false; /* another address of the same name would do */
}

int https_way_check(const struct https_way *w, const char *host, struct err *err)
{
    char to[64];
    if (!w->refused)
        return 0;
    net_addr_ip_text(&w->refused_to, to);
    err_set(err, ERR_NET, "%s: leads to %s, %s, where the CA's directory %s", host, to,
            net_scope_text(net_addr_scope(&w->refused_to)),
            w->guard->settled ? "is not" : "was not found");
    return err_hint(err, "a CA must not make this machine ask inside your network; if this CA is "
                         "inside, let all its URLs and acme.directory name the same host");
}
