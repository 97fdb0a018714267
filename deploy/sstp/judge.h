/* SPDX-License-Identifier: Apache-2.0 */
/*
 * judge.h - what a probe has seen, judged. Pure.
 */
#ifndef RRAS_SSTP_JUDGE_H
#define RRAS_SSTP_JUDGE_H

#include "probe.h"

/* ---- the certificate ---- */

struct sstp_cert_wanted {
    const char *host;      /* A-labels; NULL = dialled by address, there is no name to compare */
    const uint8_t *pinned; /* SHA-256; NULL = none */
    const char *untrusted; /* why the chain is not trusted; NULL = it is */
    int64_t now;
};
struct sstp_cert_judgement {
    bool ok;       /* whoever serves it may be shown an account */
    bool pinned;   /* because it is the very one that was expected */
    char code[24]; /* "cert-ok", "cert-other", "cert-time", "cert-name", "cert-eku", "cert-chain" */
    char finding[320];
    long days_left; /* negative: expired */
};
/* A pin decides alone: whoever names the certificate knows it. Otherwise dates, name, usage and
 * chain, in this order. */
void sstp_judge_cert(const struct cert_info *leaf, const struct sstp_cert_wanted *w,
                     struct sstp_cert_judgement *out);

/* ---- codes ---- */

/* What a code of a stage or of a certificate means to the administrator, and where to look; NULL
 * when the detail says it all. */
const char *sstp_code_meaning(const char *code);

#endif
