/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_rras - RemoteAccess's start in the simulation: looks at the machine, lets sim_rras_decide say
 * what to do, does it, and opens the listener with the hashes as they are then. Writes RasSstp
 * events to the simulated event log.
 */
#ifndef SIM_RRAS_H
#define SIM_RRAS_H

#include "sim_machine.h"
#include "sim_windows.h"

#include "sim_front.h"

/* 0 or the Win32 error the start fails with. `deaf`: no listener (event 22), which does not stop
 * the start. */
DWORD rras_start(bool deaf, struct front **out);

/* Logs an error that stops nothing. */
void rras_complain(void);

#endif
