/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_session - one connection of the simulated SSTP server, from the request's head to the end of
 * the call.
 */
#ifndef SIM_SESSION_H
#define SIM_SESSION_H

#include "sim_line.h"
#include "sim_sstp.h"

#include <stdatomic.h>

/* How far a connection came. */
struct sim_session_report {
    int status; /* of the HTTP answer; 0: none */
    bool acked, accepted, disconnected;
    enum sim_auth auth; /* what the peer proved itself by */
    int attempts;       /* authentications tried */
};
enum { SIM_SESSION_TEXT = 128 };
/* "status=200 ack=1 auth=pap attempts=1 accepted=1 disconnect=1" */
void sim_session_text(const struct sim_session_report *r, char out[SIM_SESSION_TEXT]);

/* Until either side ends it; closing is the caller's. `calls` counts the calls that are under way.
 */
void sim_session(const struct sim_line *line, const char *uri,
                 const struct sim_sstp_settings *settings, atomic_uint *calls,
                 struct sim_session_report *report);

#endif
