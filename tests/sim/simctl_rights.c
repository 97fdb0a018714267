/* SPDX-License-Identifier: Apache-2.0 */
/* Who may do what with a registry key. Wine keeps what is set but gives a new key the rights of its
 * maker alone, where Windows lets it inherit. */
#include "simctl.h"

#include <sddl.h>
#include <stdio.h>

/* SDDL without the owner: "D:(A;;KA;;;SY)...". */
int registry_rights(const WCHAR *path, const WCHAR *sddl)
{
    PSECURITY_DESCRIPTOR sd = NULL;
    HKEY key = NULL;
    DWORD e = 0;
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl, SDDL_REVISION_1, &sd, NULL))
        e = GetLastError();
    if (!e)
        e = (DWORD)RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, WRITE_DAC, NULL, &key,
                                   NULL);
    if (!e)
        e = (DWORD)RegSetKeySecurity(key, DACL_SECURITY_INFORMATION, sd);
    if (key)
        RegCloseKey(key);
    if (sd)
        LocalFree(sd);
    if (e)
        return simctl_fail("RegSetKeySecurity", e);
    printf("{}\n");
    return 0;
}
