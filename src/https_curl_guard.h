/* SPDX-License-Identifier: Apache-2.0 */
/* https_curl_guard.h - https_guard.h at work: between libcurl and its sockets. */
#ifndef RRAS_HTTPS_CURL_GUARD_H
#define RRAS_HTTPS_CURL_GUARD_H

#include "https_guard.h"

/* Of one request; outlives it. */
struct https_way {
    struct https_guard *guard;
    void *easy; /* libcurl's handle, CURL * */
    bool to_home;
    bool refused; /* a connection was not made */
    struct net_addr refused_to;
};

/* Begins a request: sets the handle up, and refuses at once an address that stands in the URL
 * itself, which a proxy would be asked for. False when the handle cannot be set up. */
bool https_way_begin(struct https_way *w, struct https_guard *guard, void *easy, const char *url);
/* After it: an answer from the directory's host settles where that is. */
void https_way_end(struct https_way *w, bool answered);
/* ERR_NET when the way was refused: -1; else 0 and err is not touched. */
int https_way_check(const struct https_way *w, const char *host, struct err *err) MUST_CHECK;

#endif
