/* SPDX-License-Identifier: Apache-2.0 */
/* An RRAS server is a Windows: elsewhere there is nothing to look at. */
#include "doctor/look_net.h"

#include "text.h"

static void only_on_windows(struct seen *s)
{
    text_copy(s->why, sizeof s->why, "only on Windows");
}

void look_adapters(struct doctor_net *out)
{
    only_on_windows(&out->adapters.seen);
}

void look_ping(struct net_ping *p, bool gateway)
{
    (void)gateway;
    p->echo = NET_ECHO_UNABLE;
    text_copy(p->problem, sizeof p->problem, "only on Windows");
}

void look_domain(struct net_domain *out)
{
    only_on_windows(&out->seen);
}

void look_firewall(int port, struct firewall *out)
{
    (void)port;
    only_on_windows(&out->seen);
    only_on_windows(&out->ipsec_seen);
}

void look_proxy(struct net_proxy *out)
{
    only_on_windows(&out->seen);
}
