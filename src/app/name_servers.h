/* SPDX-License-Identifier: Apache-2.0 */
/* name_servers.h - lends the doctor, which knows no DNS messages, the resolver's. */
#ifndef RRAS_APP_NAME_SERVERS_H
#define RRAS_APP_NAME_SERVERS_H

#include "deploy/doctor/dns.h"

extern const struct doctor_dns name_servers;

#endif
