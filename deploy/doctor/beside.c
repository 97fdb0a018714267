/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/beside.h"

#include <string.h>

void beside_begin(struct beside *b)
{
    memset(b, 0, sizeof *b);
}

void beside_add(struct beside *b, void (*work)(void *user), void *user)
{
    struct err ignored = {0};

    if (b->n == BESIDE_MAX || os_thread_start(&b->thread[b->n], work, user, &ignored) != 0) {
        work(user);
        return;
    }
    b->n++;
}

void beside_end(struct beside *b)
{
    while (b->n > 0)
        os_thread_join(b->thread[--b->n]);
}
