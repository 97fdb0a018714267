/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_event - the simulated event log: C:\sim\events.jsonl, one JSON object a line:
 *     {"time":"2026-01-02T03:04:05.678Z","source":"RasSstp","type":1,"category":0,"id":25,"strings":["..."]}
 * `type` is that of ReportEvent: 1 error, 2 warning, 4 information. Not shown to anything that
 * reads the real log.
 */
#ifndef SIM_EVENT_H
#define SIM_EVENT_H

#include "sim_windows.h"

struct sim_event {
    const WCHAR *source;
    WORD type, category;
    DWORD id;
    const WCHAR *const *string; /* `strings` of them */
    WORD strings;
};

void sim_event_write(const struct sim_event *event);

/* Appends `text` as a JSON string to the buffer at *used; cuts what does not fit. */
void sim_json_text(char *buf, size_t size, size_t *used, const WCHAR *text);

#endif
