/* SPDX-License-Identifier: Apache-2.0 */
/*
 * issue.h - acme_issue with the DNS side as a parameter, for tests.
 */
#ifndef RRAS_ISSUE_H
#define RRAS_ISSUE_H

#include "acme.h"
#include "dns_seam.h"

struct issue_task {
    const struct acme_env *env;
    const struct acme_dns *dns;
    const struct conf *conf;
    const struct cert_info *replaces; /* may be NULL */
};
int issue_run(const struct issue_task *task, struct bundle *out, struct err *err) MUST_CHECK;

#endif
