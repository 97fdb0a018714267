/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_facts.h - what the doctor is told by configuration and state folder; both may be missing.
 */
#ifndef RRAS_APP_DOCTOR_FACTS_H
#define RRAS_APP_DOCTOR_FACTS_H

#include "deploy/doctor/doctor.h"
#include "deploy/doctor/look_tool.h"
#include "deploy/doctor/rivals.h"
#include "src/app/app.h"

struct doctor_facts { /* doctor_facts_clear frees */
    struct doctor_wanted wanted;
    struct doctor_tool tool;
    struct rivals rivals;
    const char **names; /* owned; what they point to is the configuration's */
    char agent[256];
};
/* list: the configurations in question. Those that are deployed elsewhere do not count; port, mode
 * and CA are the first one's. */
int doctor_facts_read(struct app *app, const struct conf *const *list, size_t count,
                      struct doctor_facts *out, struct err *err) MUST_CHECK;
void doctor_facts_clear(struct doctor_facts *f);

#endif
