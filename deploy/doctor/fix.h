/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fix.h - what the doctor can mend by itself: hashes, bindings and the listener, so that all of
 * them are of the certificate that is bound already. It is a deploy of that certificate: journal,
 * restart, proof from the wire, everything back if it is not proven.
 */
#ifndef RRAS_DOCTOR_FIX_H
#define RRAS_DOCTOR_FIX_H

#include "deploy.h"
#include "doctor/doctor.h"
#include "journal.h"

/* The name of its journal; no certificate can be configured under it. */
#define DOCTOR_FIX_NAME "gateway@doctor"

struct doctor_fix {
    bool possible;
    char why[200];     /* why not */
    char ids[80];      /* the findings that it is for: "B3 C2" */
    bool restarts;     /* sessions will be disconnected */
    uint32_t sessions; /* how many, as far as that is known */
    char subject[128];
    uint8_t sha1[SHA1_BYTES], sha256[SHA256_BYTES]; /* the certificate that stays */
};
/* Pure. Not possible: nothing of the kind failed, or no certificate is here that could stay. */
void doctor_fix_choose(const struct doctor_seen *s, const struct doctor_report *r,
                       struct doctor_fix *out);

/* Settles an unfinished fix, then does this one. base: the configuration of this gateway, NULL =
 * none. Errors as of deploy_run. */
int doctor_fix_run(const struct deploy_env *env, const struct conf *base,
                   const struct doctor_seen *s, const struct doctor_fix *fix,
                   struct deploy_result *out, struct err *err) MUST_CHECK;

#endif
