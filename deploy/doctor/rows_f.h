/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rows_f.h - judges of the wire that stand in a file of their own (rows_f_login.c). As those of
 * struct doctor_row: pure.
 */
#ifndef RRAS_DOCTOR_ROWS_F_H
#define RRAS_DOCTOR_ROWS_F_H

struct doctor_seen;
struct doctor_finding;

void judge_authentication(const struct doctor_seen *s, struct doctor_finding *f); /* F11 */
void judge_login(const struct doctor_seen *s, struct doctor_finding *f);          /* F12 */

#endif
