/* SPDX-License-Identifier: Apache-2.0 */
/* See sim_sstp_side.c. */
#include "tests/sim/sim_frame.c"
#include "tests/sim/sim_ppp.c"
#include "tests/sim/sim_ppp_auth.c"
#include "tests/sim/sim_sstp_settings.c"
