/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/azure_arc.h"

#include "text.h"

int azure_arc_folder(char **out, struct err *err)
{
    return text_dup(out, "/var/opt/azcmagent/tokens", err);
}
