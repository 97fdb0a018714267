/* SPDX-License-Identifier: Apache-2.0 */
/* There is no Windows here. */
#include "selftest/selftest.h"

int selftest_host_open(struct selftest_host **out, struct err *err)
{
    (void)out;
    err_set(err, ERR_USAGE, "selftest: tries Windows' own calls; this is no Windows");
    return err_hint(err, "run it on the Windows Server, in an elevated command prompt");
}

void selftest_host_close(struct selftest_host *h)
{
    (void)h;
}

bool selftest_service(int argc, char **argv, int *exit_code)
{
    (void)argc, (void)argv, (void)exit_code;
    return false;
}
