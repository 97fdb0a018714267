/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/look_cert.h"

#include <string.h>

void look_cert_clear(struct doctor_cert *c)
{
    cert_info_clear(&c->info);
    memset(c, 0, sizeof *c);
}
