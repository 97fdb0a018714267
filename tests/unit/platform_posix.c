/* SPDX-License-Identifier: Apache-2.0 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform.h"

void platform_init(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
}

int platform_make_dir(char *out, size_t size)
{
    const char *tmp = getenv("TMPDIR");
    int n = snprintf(out, size, "%s/rras-unit-XXXXXX", tmp && *tmp ? tmp : "/tmp");

    return n > 0 && (size_t)n < size && mkdtemp(out) ? 0 : -1;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *place)
{
    (void)st;
    (void)type;
    (void)place;
    return remove(path);
}

int platform_remove_dir(const char *path)
{
    enum { OPEN_DIRS_MAX = 16 };
    return nftw(path, remove_entry, OPEN_DIRS_MAX, FTW_DEPTH | FTW_PHYS);
}
