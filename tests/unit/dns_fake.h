/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_fake.h - scripted name servers behind dns_io, a clock that moves only when it is slept on,
 * and a log that remembers.
 *
 * A server's answer is one line of text:
 *
 *     "AA NOERROR; an a.test 60 CNAME b.test; ns test 60 NS ns1.test; ar ns1.test 60 A 192.0.2.1"
 *
 * (owner "@": the name that was asked for; "AD" in the place of "AA") or "TIMEOUT", "CLOSED",
 * "NOROUTE", "BROKEN". Types: A AAAA NS CNAME DNAME TXT SOA (its data is "MNAME MINIMUM") CAA
 * ("FLAGS TAG VALUE").
 */
#ifndef RRAS_TEST_DNS_FAKE_H
#define RRAS_TEST_DNS_FAKE_H

#include "dns/walk.h"

struct fake_answer {
    const char *server; /* "192.0.2.1" */
    const char *name;   /* "*" = every name; "*." at its begin = every name below */
    const char *types;  /* "TXT SOA"; "SOA+CD": asked with CD; "*" = every type */
    const char *answer;
    int64_t from_ms; /* answers so from this time on; the last line that fits counts */
};

struct dns_fake {
    const struct fake_answer *answers; /* ended by one without server */
    int64_t now_ms;
    int64_t each_ms; /* that each question takes */
    unsigned asked;
    bool interrupted;
    char asked_names[4096]; /* "name/type@server " of each */
    char warned[4096];      /* warnings, each with a newline */
    struct conf conf;
    struct clock clock;
    struct log log;
    struct dns_io io;
    struct delegation_env env;
    char *root[1];
};

/* Ready to use, with dns.root = 192.0.2.1:5300 and the default propagation settings. */
void dns_fake_init(struct dns_fake *f, const struct fake_answer *answers);
/* Makes a message of such a text; false when the text is no answer but an outcome. */
bool dns_fake_message(struct dns_message *out, const char *text, enum dns_outcome *outcome);

#endif
