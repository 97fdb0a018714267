/* SPDX-License-Identifier: Apache-2.0 */
/* beside.h - looks that run side by side, so that what is silent costs its time once. */
#ifndef RRAS_DOCTOR_BESIDE_H
#define RRAS_DOCTOR_BESIDE_H

#include "os.h"

enum { BESIDE_MAX = 32 };
struct beside {
    struct os_thread *thread[BESIDE_MAX];
    size_t n;
};
void beside_begin(struct beside *b);
/* Starts work(user) now; where no thread can be had it is done at once. Two jobs must not write to
 * the same place. */
void beside_add(struct beside *b, void (*work)(void *user), void *user);
/* Waits for all of them. */
void beside_end(struct beside *b);

#endif
