/* SPDX-License-Identifier: Apache-2.0 */
/* rows_c.h - between rows_c.c and rows_c_beside.c. */
#ifndef RRAS_DOCTOR_ROWS_C_H
#define RRAS_DOCTOR_ROWS_C_H

#include "doctor/doctor.h"

/* True, and the finding a skip, when TLS ends at a balancer. */
bool c_is_offloaded(const struct doctor_seen *s, struct doctor_finding *f);

/* Records that stand before the wildcards, and where http.sys listens. */
void c_judge_host_names(const struct doctor_seen *s, struct doctor_finding *f);
void c_judge_addresses(const struct doctor_seen *s, struct doctor_finding *f);
void c_judge_central(const struct doctor_seen *s, struct doctor_finding *f);
void c_judge_listen_list(const struct doctor_seen *s, struct doctor_finding *f);

#endif
