/* SPDX-License-Identifier: Apache-2.0 */
/* check_look.h - the halves of `check`, for init, which looks again. */
#ifndef RRAS_APP_CHECK_LOOK_H
#define RRAS_APP_CHECK_LOOK_H

#include "src/app/app.h"

/* All that `check` looks at, of the names that the arguments give; shown as it is found. */
int check_look(struct app *app, struct checks *out, struct err *err) MUST_CHECK;
/* Of it only the delegation, and nothing is shown: asks no CA, writes nothing into DNS. */
int check_look_delegation(struct app *app, struct checks *out, struct err *err) MUST_CHECK;
/* The verdict, and the document. `err`: what ended it, NULL = it came to its end. The exit code. */
int check_report(struct app *app, const struct checks *checks, const struct err *err);

#endif
