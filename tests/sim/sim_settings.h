/* SPDX-License-Identifier: Apache-2.0 */
/* sim_settings - how a test makes a simulated service behave: HKLM\SOFTWARE\sim\<service>,
 * REG_DWORD but for SIM_SSTP. */
#ifndef SIM_SETTINGS_H
#define SIM_SETTINGS_H

#define SIM_SETTINGS L"SOFTWARE\\sim"
#define SIM_START_MS L"StartMs" /* how long a start takes */
#define SIM_STOP_MS  L"StopMs"  /* how long a stop takes */
#define SIM_MODE     L"Mode"    /* enum sim_mode, at the next start */
#define SIM_MODE_COUNT                                                                             \
    L"Count"                  /* for so many starts or stops, then it is well again; 0: for ever */
#define SIM_NO_IPV6 L"NoIPv6" /* of SIM_SETTINGS itself: 1 = this Windows is without IPv6 */
#define SIM_SSTP_PORTS                                                                             \
    L"SstpPorts" /* of RemoteAccess: how many WAN Miniport (SSTP) ports; absent: 128 */
#define SIM_SSTP                                                                                   \
    L"Sstp" /* of RemoteAccess, REG_SZ: how its SSTP server is set up (sim_sstp_settings.h) */
#define SIM_LISTENING L"Listening" /* of RemoteAccess: 1 while it has the port open */
#define SIM_SESSIONS  L"Sessions"  /* how many are connected; there while it runs */

enum sim_mode {
    SIM_MODE_OK,
    SIM_MODE_FAIL_START, /* the start fails with 1066 and the service's own code 20205 */
    SIM_MODE_HANG_START, /* START_PENDING for ever, the checkpoint stands still */
    SIM_MODE_HANG_STOP,  /* STOP_PENDING for ever */
    SIM_MODE_DIE,        /* the process ends while it starts */
    SIM_MODE_DEAF,       /* runs, but never opens the listener (RemoteAccess; event 22) */
    SIM_MODE_COMPLAIN,   /* works, but logs an error (RemoteAccess; event 20) */
    SIM_MODES
};

#endif
