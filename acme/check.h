/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.h - acme_check with the DNS side as a parameter, for tests.
 */
#ifndef RRAS_ACME_CHECK_H
#define RRAS_ACME_CHECK_H

#include "acme.h"
#include "dns_seam.h"

struct check_task {
    const struct acme_env *env; /* store may be NULL: no account is looked at */
    const struct acme_dns *dns;
    const struct conf *conf;
    bool delegation_only; /* as acme_check_delegation */
};
int check_run(const struct check_task *task, struct checks *out, struct err *err) MUST_CHECK;

#endif
