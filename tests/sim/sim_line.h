/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_line - a connection of the simulated server, whoever has it: sim_front in the simulated host,
 * tests/tools/sstp_server on Linux. What speaks on it knows of no sockets and no TLS.
 */
#ifndef SIM_LINE_H
#define SIM_LINE_H

#include "sim_http.h"

#include <stdint.h>

struct sim_line {
    void *user;
    /* Some bytes; 0: the peer is gone; -1: nothing came within wait_ms. */
    int (*receive)(void *user, void *buf, size_t size, int64_t wait_ms);
    bool (*transmit)(void *user, const void *bytes, size_t n);
    int64_t (*now_ms)(void *user); /* never goes back */
};

enum { SIM_LINE_HEAD_MS = 60000, SIM_LINE_INPUT = SIM_HTTP_HEAD_MAX + 4096 };

/* What came and was not used yet. */
struct sim_input {
    char p[SIM_LINE_INPUT + 1]; /* one more for a NUL */
    size_t n;
};

/* The bytes of the request's head, which begins `in`; 0: there is none. */
size_t sim_line_head(const struct sim_line *line, struct sim_input *in);

/* A whole connection to a URL that nobody serves: one request, http.sys's own answer. */
void sim_line_nobody(const struct sim_line *line);

#endif
