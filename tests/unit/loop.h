/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop.h - servers on 127.0.0.1 or ::1 for tests of clients that wait: each runs in a thread of
 * its own and serves one peer after the other. What cannot be set up ends the program.
 */
#ifndef RRAS_TEST_LOOP_H
#define RRAS_TEST_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;

/* Serves one TCP connection (blocking; closed afterwards), or one datagram's arrival. */
typedef void loop_serve(void *user, intptr_t fd);

struct loop_spec {
    bool udp, six;
    loop_serve *serve;
    void *user;
};
struct loop *loop_start(const struct loop_spec *spec);
uint16_t loop_port(const struct loop *l);
/* Ends the thread. Not to be called while a client of ours holds a connection open. */
void loop_stop(struct loop *l);

/* A port of 127.0.0.1 that is taken but where nothing listens, until loop_closed_free. */
intptr_t loop_closed(uint16_t *port);
void loop_closed_free(intptr_t fd);
/* A port of 127.0.0.1 that listens but where nobody ever accepts or answers. */
intptr_t loop_deaf(uint16_t *port);

/* Blocking; false when the peer is gone. */
bool loop_send(intptr_t fd, const void *p, size_t len);
bool loop_recv(intptr_t fd, void *p, size_t size, size_t *got);
/* UDP: receives one datagram and sends it back `times` times. */
void loop_udp_echo(intptr_t fd, int times);
/* UDP: receives one datagram of at most 1024 bytes, lets `answer` change it in place (twice the
 * room) and sends that back; length 0 = nothing. */
void loop_udp_answer(intptr_t fd, size_t (*answer)(uint8_t *msg, size_t len));
/* The next close is a reset (RST). */
void loop_reset(intptr_t fd);

#endif
