/* SPDX-License-Identifier: Apache-2.0 */
/* fake_selftest_int.h - between the files of fake_selftest.h. */
#ifndef RRAS_TEST_FAKE_SELFTEST_INT_H
#define RRAS_TEST_FAKE_SELFTEST_INT_H

#include "fake_selftest.h"

/* Counts the call; whether it has its effect. */
bool fake_win_enters(struct fake_win *w, struct err *err);
/* To be returned by a call that has had its effect. */
int fake_win_leaves(struct fake_win *w, struct err *err);
/* -1 with this Windows number. */
int fake_win_refuse(struct err *err, uint32_t number);
/* Its place, or -1. */
int fake_win_find_cert(const struct fake_win *w, const uint8_t sha1[SHA1_BYTES]);
int fake_win_add_cert(struct fake_win *w, const uint8_t *der, size_t len);

/* Its place, or -1. */
int fake_win_find_container(const struct fake_win *w, const char *container);

struct target fake_win_target(struct fake_win *w);

#endif
