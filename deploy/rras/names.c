/* SPDX-License-Identifier: Apache-2.0 */
#include "rras/names.h"

#include "text.h"

const char *names_app_id_owner(const char *app_id)
{
    static const struct {
        const char *id, *owner;
    } known[] = {
        {NAME_SSTP_APP_ID, "RRAS (SSTP)"},
        {"{4dc3e181-e14b-4a21-b022-59fc669b0914}", "IIS"},
        {NAME_TRIAL_APP_ID, "rras-acme (a trial that was cut short)"},
        {NAME_IPHTTPS_APP_ID, "DirectAccess (IP-HTTPS)"},
        {"{5d89a20c-beab-4389-9447-324788eb944a}", "AD FS"},
        {"{f955c070-e044-456c-ac00-e9e4275b3f04}", "Web Application Proxy"},
        {"{afebb9ad-9b97-4a91-9ab5-daf4d59122f6}", "WinRM"},
        {"{00000000-0000-0000-0000-000000000000}",
         "a binding made by hand or by third-party software"},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (text_equal_nocase(app_id, known[i].id))
            return known[i].owner;
    return NULL;
}
