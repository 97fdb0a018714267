/* SPDX-License-Identifier: Apache-2.0 */
/* host_win32.h - the Windows files of struct selftest_host, among themselves. */
#ifndef RRAS_DEPLOY_SELFTEST_HOST_WIN32_H
#define RRAS_DEPLOY_SELFTEST_HOST_WIN32_H

#include "selftest/host.h"

/* ---- event_win32.c ---- */
int selftest_event_write(void *self, const char *text, struct err *err) MUST_CHECK;
int selftest_event_find(void *self, const char *text, bool *found, struct err *err) MUST_CHECK;

/* ---- system_win32.c ---- */
int selftest_system_open(void *self, struct err *err) MUST_CHECK;
int selftest_system_run(void *self, const char *verb, const char *argument, uint32_t *result,
                        struct err *err) MUST_CHECK;
int selftest_system_remove(void *self, struct err *err) MUST_CHECK;

/* ---- cert_win32.c ---- */
int selftest_look_container(void *self, const uint8_t sha1[SHA1_BYTES], const char *friendly_name,
                            struct selftest_container *out, struct err *err) MUST_CHECK;
int selftest_add_keyless(void *self, const uint8_t *der, size_t len, struct err *err) MUST_CHECK;

/* ---- listen_win32.c ---- */
struct selftest_listener; /* opaque */
int selftest_listener_open(struct selftest_listener **out, struct err *err) MUST_CHECK;
int selftest_listener_add(struct selftest_listener *l, enum family f, int port,
                          struct err *err) MUST_CHECK;
void selftest_listener_close(struct selftest_listener *l);
int selftest_free_port(void *self, int *out, struct err *err) MUST_CHECK;

/* ---- measure_win32.c ---- */
int selftest_measure(void *self, const struct selftest_change *c, struct selftest_gap *out,
                     struct err *err) MUST_CHECK;

#endif
