/* SPDX-License-Identifier: Apache-2.0 */
/* look_host_os.h - the parts of look_host that are the operating system's; each fills its own. */
#ifndef RRAS_DOCTOR_LOOK_HOST_OS_H
#define RRAS_DOCTOR_LOOK_HOST_OS_H

#include "doctor/look_host.h"

/* The services, memory, pending restart. */
void host_look_services(struct doctor_host *out);
/* Parameters, ConfigStore, and what they hold beside numbers and hashes. */
void host_look_keys(struct doctor_host *out);
/* Who listens on the port. */
void host_look_listener(int port, struct doctor_host *out);
/* http.sys's own copy of the wildcards' records, and whether it can change one in place. */
void host_look_http(int port, struct doctor_host *out);

#endif
