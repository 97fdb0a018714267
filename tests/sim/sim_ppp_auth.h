/* SPDX-License-Identifier: Apache-2.0 */
/* sim_ppp_auth - the authentication inside sim_ppp: MS-CHAPv2, PAP, EAP up to the method. */
#ifndef SIM_PPP_AUTH_H
#define SIM_PPP_AUTH_H

#include "sim_ppp.h"

/* The link is open: what the server says first. */
void sim_auth_start(struct sim_ppp *p, struct sim_out *out);
/* A packet of one of the three. After a success the network phase begins (sim_ppp_network). */
void sim_auth_take(struct sim_ppp *p, const struct sim_packet *in, struct sim_out *out);

#endif
