/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ration.h - what a certificate has used up of what CAs ration, by the books in its state
 * (budget.h). Pure: nothing is saved here.
 */
#ifndef RRAS_APP_RATION_H
#define RRAS_APP_RATION_H

#include "conf.h"
#include "json.h"
#include "store.h"

/* Forgets what was noted at another CA or, of orders, for other names. Before all others. */
void ration_begin(struct name_state *state, const struct conf *conf);

/* "*.example.com" is validated as "example.com". */
void ration_note_failed(struct name_state *state, const char *name, int64_t now);

/* When another validation may be tried; 0 = now, else *name is the one that keeps it. */
int64_t ration_validate_at(const struct name_state *state, const struct conf *conf, int64_t now,
                           const char **name);

/* life_s of the certificate in hand, 0 = there is none. 0 = now. */
int64_t ration_order_at(const struct name_state *state, int64_t life_s, int64_t now);

/* {"failed_validations": {"limit", "window_s", "names": [{"name", "used", "free_at"}]},
 *  "orders": {"limit", "window_s", "used", "free_at"}}: only names that have used some. */
struct json *ration_doc(const struct name_state *state, const struct conf *conf, int64_t life_s,
                        int64_t now);
/* "vpn.example.com: 2 of 3 failed validations within an hour; ..." for people; "" = nothing. */
void ration_text(const struct name_state *state, const struct conf *conf, int64_t now, char *out,
                 size_t size);

#endif
