/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_machine.h"
#include "sim_settings.h"

DWORD machine_number(const WCHAR *value, DWORD otherwise)
{
    DWORD out, bytes = sizeof out;
    if (RegGetValueW(HKEY_LOCAL_MACHINE, SSTP_PARAMETERS, value, RRF_RT_REG_DWORD, NULL, &out,
                     &bytes))
        return otherwise;
    return out;
}

DWORD machine_sstp_ports(void)
{
    DWORD out, bytes = sizeof out;
    if (RegGetValueW(HKEY_LOCAL_MACHINE, SIM_SETTINGS L"\\RemoteAccess", SIM_SSTP_PORTS,
                     RRF_RT_REG_DWORD, NULL, &out, &bytes))
        return 128;
    return out;
}

unsigned short machine_port(bool *https)
{
    DWORD port = machine_number(L"ListenerPort", 0);
    *https = machine_number(L"UseHttps", 1) != 0;
    if (port == 0 || port > 65535)
        port = *https ? 443 : 80;
    return (unsigned short)port;
}
