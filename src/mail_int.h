/* SPDX-License-Identifier: Apache-2.0 */
/* mail_int.h - between mail.c and smtp_curl.c. */
#ifndef RRAS_MAIL_INT_H
#define RRAS_MAIL_INT_H

#include "err.h"

/* Plain ASCII that needs no quoting and cannot end the place where it stands. ERR_USAGE. */
int mail_check_address(const char *address, struct err *err) MUST_CHECK;

#endif
