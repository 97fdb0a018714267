/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_code.h - the Windows error that an event's text tells of, and what it points to. RasSstp
 * writes the error's text, in the language of the system, or its number. Pure, but for asking the
 * system for its texts.
 */
#ifndef RRAS_DOCTOR_EVENT_CODE_H
#define RRAS_DOCTOR_EVENT_CODE_H

#include <stdint.h>

struct event_code {
    uint32_t number;
    const char *means, *rows;
};
/* NULL when it tells of none that is known. */
const struct event_code *event_code_find(const char *text);

#endif
