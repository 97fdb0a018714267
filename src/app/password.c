/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/password.h"

#include "conf.h"
#include "os.h"
#include "secret.h"

#include <string.h>

static const char WHAT[] = "option --password-file";

static int from_stdin(struct buf *out, struct err *err)
{
    char line[1024];
    size_t len;
    int rc = -1;
    if (os_is_terminal(0)) {
        err_set(err, ERR_USAGE, "%s: standard input is a terminal, where it would be seen", WHAT);
        return err_hint(err, "give a file, env:NAME, or pipe it in");
    }
    if (!os_read_line(line, sizeof(line)))
        return err_set(err, ERR_USAGE, "%s: standard input holds nothing", WHAT);
    len = strcspn(line, "\r\n");
    if (len == 0) {
        err_set(err, ERR_USAGE, "%s: the line from standard input is empty", WHAT);
    } else if (line[len] == '\0' && len == sizeof(line) - 1) {
        err_set(err, ERR_USAGE, "%s: the line from standard input is too long", WHAT);
    } else {
        buf_add(out, line, len);
        rc = buf_check(out, WHAT, err);
    }
    secret_wipe(line, sizeof(line));
    return rc;
}

int password_read(const char *ref, struct buf *out, struct err *err)
{
    if (strcmp(ref, "-") == 0)
        return from_stdin(out, err);
    return conf_secret(ref, WHAT, out, err);
}
