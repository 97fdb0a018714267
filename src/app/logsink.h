/* SPDX-License-Identifier: Apache-2.0 */
/* logsink.h - where log lines go: stderr, and a file when one is asked for. */
#ifndef RRAS_APP_LOGSINK_H
#define RRAS_APP_LOGSINK_H

#include "log.h"
#include "os.h"

struct logsink {
    const char *file;  /* borrowed; NULL = none */
    bool json;         /* the file's lines are objects: {"time", "pid", "level", "message"} */
    int64_t max_bytes; /* then the file becomes FILE.1, FILE.1 FILE.2 ...; 0 = never */
    int keep;          /* how many of those */
    enum log_level console_level, file_level;
    bool color;
    bool file_failed; /* told once */
    const struct clock *clock;
    struct os_mutex
        *lock; /* borrowed; a line is written whole while it is held. NULL: one thread */
};

/* A log that writes to the sink, which must outlive it. */
struct log logsink_log(struct logsink *s);

#endif
