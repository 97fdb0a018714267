/* SPDX-License-Identifier: Apache-2.0 */
/* dns.h - what the program lends the doctor, which knows no DNS messages. */
#ifndef RRAS_DOCTOR_DNS_H
#define RRAS_DOCTOR_DNS_H

#include "net.h"

enum { DNS_ADDRS = 8 };
struct doctor_dns_answer {
    char rcode[24]; /* "NOERROR", "NXDOMAIN", "REFUSED" */
    bool no_error;
    struct net_addr addr[DNS_ADDRS]; /* A and AAAA; port 0 */
    size_t n;
};
struct doctor_dns {
    /* Asks one server, recursively; "" is the root. 0 when it answered, whatever it said; ERR_DNS
     * when it did not. Called by several threads at once. */
    int (*ask)(void *self, const struct net_addr *server, const char *name,
               struct doctor_dns_answer *out, struct err *err);
    void *self;
};

#endif
