/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/program.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

int program_check(const char *path, struct err *err)
{
    struct stat st;

    if (stat(path, &st))
        return err_sys(err, ERR_USAGE, ERR_SRC_ERRNO, (uint32_t)errno, "program %s", path);
    if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111))
        return err_set(err, ERR_USAGE, "program %s: not an executable file", path);
    if (st.st_uid != 0 && st.st_uid != geteuid()) {
        err_set(err, ERR_USAGE, "program %s: belongs to another user (%lu)", path,
                (unsigned long)st.st_uid);
        return err_hint(err, "chown root '%s'", path);
    }
    /* A group other than root's may be anybody's. */
    if ((st.st_mode & 0002) || ((st.st_mode & 0020) && st.st_gid != 0)) {
        err_set(err, ERR_USAGE, "program %s: others may write to it (mode %03o)", path,
                (unsigned)(st.st_mode & 0777));
        return err_hint(err, "chmod go-w '%s'", path);
    }
    return 0;
}
