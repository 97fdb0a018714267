/* SPDX-License-Identifier: Apache-2.0 */
/* list.h - several things in one line of a finding: "a; b; c". */
#ifndef RRAS_DOCTOR_LIST_H
#define RRAS_DOCTOR_LIST_H

#include "net.h"

enum { LIST_BYTES = 448 };
struct list { /* all zero = empty */
    char text[LIST_BYTES];
    size_t n;
};
/* What does not fit any more is left out, and "..." stands for it. */
void list_add(struct list *l, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The address without its port, in a buffer of the caller's. */
const char *list_ip(const struct net_addr *a, char out[64]);

#endif
