/* SPDX-License-Identifier: Apache-2.0 */
/* The model of tests/unit decides at RRAS's start as the simulated host does: one table for both.
 */
#include "tests/sim/sim_rras_decide.c"
