/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caa.h - whether a name's CAA records let our CA issue to our account by our challenge
 * (RFC 8659 4, RFC 8657). The decider is pure; caa_look finds the records and asks it.
 */
#ifndef RRAS_CAA_H
#define RRAS_CAA_H

#include "acme.h"
#include "dns_seam.h"

enum caa_verdict {
    CAA_ALLOWED,
    CAA_UNSURE,   /* it depends on what we do not know */
    CAA_FORBIDDEN /* no CA that keeps to RFC 8659 issues */
};
enum caa_reason {
    CAA_NO_RECORDS, /* none at the name or above */
    CAA_NO_LIMITS,  /* none of the records is about issuance */
    CAA_NAMES_US,
    /* The rest in the order of nearness: of several records, the one that comes closest to us is
     * told. */
    CAA_CRITICAL,      /* a property with the critical flag that nobody knows */
    CAA_OTHER_CA,      /* or nobody at all */
    CAA_MALFORMED,     /* such a record lets nobody issue */
    CAA_OTHER_ACCOUNT, /* accounturi */
    CAA_OTHER_METHOD,  /* validationmethods */
    CAA_NO_ACCOUNT,    /* accounturi, and we have no account yet */
    CAA_NO_IDENTITY,   /* the CA does not say which domain stands for it in CAA records */
};
struct caa_finding {
    enum caa_verdict verdict;
    enum caa_reason reason;
    size_t record; /* of the set: the one that decides; set->n = none */
};

/* Who wants to issue what. */
struct caa_wanted {
    const char *name;                 /* of the certificate, with "*." */
    const struct strings *identities; /* caaIdentities of the directory */
    const char *account;              /* account URL; NULL = none yet */
    const char *method;               /* challenge type, "dns-01" */
};
struct caa_finding caa_judge(const struct caa_set *set, const struct caa_wanted *w);
/* For people: which record says what. */
void caa_text(const struct caa_set *set, const struct caa_wanted *w, const struct caa_finding *f,
              struct buf *out);
/* The record that lets this account alone issue, by this method alone:
 *     vpn.example.com. CAA 0 issue "ca.example; accounturi=https://...; validationmethods=dns-01"
 * False when the account or the CA's identity is not known. */
bool caa_suggest(const struct caa_set *set, const struct caa_wanted *w, struct buf *out);

/* Adds the check "dns.caa". What cannot be looked up is a warning. */
void caa_check(const struct acme_dns *dns, const struct delegation_env *env,
               const struct caa_wanted *w, struct checks *out);
/* Before an order: ERR_DNS only when the records surely forbid it; a failed look-up is logged. */
int caa_preflight(const struct acme_dns *dns, const struct delegation_env *env,
                  const struct caa_wanted *w, struct err *err) MUST_CHECK;

#endif
