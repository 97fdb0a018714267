/* SPDX-License-Identifier: Apache-2.0 */
/* status_world.h - certificates in all conditions that `status` may find them in. */
#ifndef RRAS_TEST_STATUS_WORLD_H
#define RRAS_TEST_STATUS_WORLD_H

#include "src/app/view.h"

enum { STATUS_NOW = 1795334400 }; /* 2026-11-22T08:00:00Z */
#define STATUS_HOSTILE "</script><script>alert(1)</script> \"x\" 'y' & \\ \n\x1b[31m \xff"

enum {
    STATUS_GOOD, /* in place, all five agree, a history with outages */
    STATUS_DRIFTED,
    STATUS_IS_HELD,
    STATUS_NEW,
    STATUS_FAILING,
    STATUS_GONE,     /* expired */
    STATUS_FOLLOWED, /* the balancer's */
    STATUS_MEAN,     /* whatever a peer may have put into it is hostile */
    STATUS_COUNT
};
struct status_world {
    struct status_view v[STATUS_COUNT]; /* judged */
    struct conf conf[STATUS_COUNT];
    struct history history[STATUS_COUNT];
    char *names[STATUS_COUNT][2];
};
/* Owned by the caller (free, nothing else); NULL when memory ran out. */
struct status_world *status_world_new(void);

#endif
