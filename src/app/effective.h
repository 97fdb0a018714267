/* SPDX-License-Identifier: Apache-2.0 */
/* effective.h - `status --effective`: what each key amounts to, and where that is said. */
#ifndef RRAS_APP_EFFECTIVE_H
#define RRAS_APP_EFFECTIVE_H

#include "src/app/app.h"

int status_effective(struct app *app);

#endif
