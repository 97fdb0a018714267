/* SPDX-License-Identifier: Apache-2.0 */
/* rows_e.h - the rows E that judge settings (rows_e_rules.c); those that judge answers and the
 * table are in rows_e.c. */
#ifndef RRAS_DOCTOR_ROWS_E_H
#define RRAS_DOCTOR_ROWS_E_H

#include "doctor/doctor.h"

void judge_firewall(const struct doctor_seen *s, struct doctor_finding *f);
void judge_ipsec(const struct doctor_seen *s, struct doctor_finding *f);
void judge_proxy(const struct doctor_seen *s, struct doctor_finding *f);
void judge_ca(const struct doctor_seen *s, struct doctor_finding *f);

#endif
