/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_network - the simulated machine's surroundings: HKLM\SOFTWARE\sim\Network, read whenever
 * somebody asks. Lists are REG_MULTI_SZ.
 */
#ifndef SIM_NETWORK_H
#define SIM_NETWORK_H

#include "sim_windows.h"
#include <stdbool.h>

#define NETWORK_ADAPTER_DOWN       L"AdapterDown" /* 1: no adapter but loopback is up */
#define NETWORK_GATEWAYS           L"Gateways"    /* addresses */
#define NETWORK_NAME_SERVERS       L"NameServers" /* addresses, as the adapter lists them */
#define NETWORK_SILENT             L"Silent"      /* addresses that do not answer ping */
#define NETWORK_NO_ARP             L"NoArp"       /* ... nor ARP */
#define NETWORK_DOMAIN             L"Domain"      /* the domain joined; absent: none */
#define NETWORK_CONTROLLER         L"Controller"  /* its controller's name; absent: none is found */
#define NETWORK_CONTROLLER_ADDRESS L"ControllerAddress" /* and address */

enum { NETWORK_LIST_CHARS = 2048 };
/* An empty list when it is absent. */
void network_list(const WCHAR *value, WCHAR out[NETWORK_LIST_CHARS]);
bool network_text(const WCHAR *value, WCHAR *out, DWORD chars);
bool network_switch(const WCHAR *value);
/* Is the text one of the list? */
bool network_lists(const WCHAR *value, const WCHAR *text);
/* "192.0.2.1", "::1"; port and scope are left out. */
void network_address_text(const SOCKADDR *address, WCHAR out[64]);
/* False for what is no address. */
bool network_address(const WCHAR *text, SOCKADDR_STORAGE *out, int *bytes);

#endif
