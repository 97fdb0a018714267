/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated SSTP server is no library: its sources are here, in two files because some have
 * names in common. */
#include "tests/sim/sim_http.c"
#include "tests/sim/sim_line.c"
#include "tests/sim/sim_session.c"
#include "tests/sim/sim_sstp.c"
#include "tests/sim/sim_sstp_message.c"
