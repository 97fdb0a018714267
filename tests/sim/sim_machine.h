/* SPDX-License-Identifier: Apache-2.0 */
/* sim_machine - where SstpSvc's configuration is, and the numbers in it. */
#ifndef SIM_MACHINE_H
#define SIM_MACHINE_H

#include "sim_windows.h"
#include <stdbool.h>

#define SSTP_PARAMETERS L"SYSTEM\\CurrentControlSet\\Services\\SstpSvc\\Parameters"
#define SSTP_URI        L"/sra_{BA195980-CD49-458b-9E23-C84EE0ADCD75}/"

/* A REG_DWORD of SstpSvc\Parameters; anything else counts as `otherwise`. */
DWORD machine_number(const WCHAR *value, DWORD otherwise);

/* RRAS's ports for SSTP (SIM_SSTP_PORTS). */
DWORD machine_sstp_ports(void);

/* The port the machine is set up for: ListenerPort, or 443 / 80. */
unsigned short machine_port(bool *https);

#endif
