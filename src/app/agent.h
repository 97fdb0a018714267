/* SPDX-License-Identifier: Apache-2.0 */
/* agent.h - the User-Agent that CAs see (RFC 8555 6.1): program, system, HTTP library. */
#ifndef RRAS_APP_AGENT_H
#define RRAS_APP_AGENT_H

#include <stddef.h>

void agent_name(char *out, size_t size);

#endif
