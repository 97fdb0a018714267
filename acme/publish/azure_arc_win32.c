/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/azure_arc.h"

#include "os.h"

#include <stdlib.h>

/* Beside our own folder in %ProgramData%, which os.h asks Windows for: the variable of that name
 * may have been set by anybody. */
int azure_arc_folder(char **out, struct err *err)
{
    char *own = NULL, *program_data = NULL;
    int rc = -1;

    if (os_default_config_dir(&own, err) == 0 && os_path_dir(&program_data, own, err) == 0)
        rc = os_path_join(out, program_data, "AzureConnectedMachineAgent\\Tokens", err);
    free(own);
    free(program_data);
    return rc;
}
