/* SPDX-License-Identifier: Apache-2.0 */
/* sim_windows - the Windows headers, in the order that they need. */
#ifndef SIM_WINDOWS_H
#define SIM_WINDOWS_H

/* clang-format off */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <wincrypt.h>
#include <bcrypt.h>
#include <ncrypt.h>
#include <winsvc.h>
/* clang-format on */

#endif
