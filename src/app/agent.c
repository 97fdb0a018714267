/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/agent.h"

#include "https.h"
#include "os.h"
#include "version.h"

#include <stdio.h>

void agent_name(char *out, size_t size)
{
    char system[96];
    os_describe(system, sizeof(system));
    snprintf(out, size, "rras-acme/%s (%s) %s", RRAS_ACME_VERSION, system,
             https_library_versions());
}
