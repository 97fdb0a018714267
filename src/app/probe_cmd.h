/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe_cmd.h - the pieces of `probe`: what it is asked for, what people are shown, its document.
 */
#ifndef RRAS_APP_PROBE_CMD_H
#define RRAS_APP_PROBE_CMD_H

#include "deploy/sstp/survey.h"
#include "deploy/sstp/watch.h"
#include "src/app/app.h"

/* Everything that the command line names, read. probe_input_clear wipes and frees. */
struct probe_input {
    char host[256]; /* A-labels, or an address as text */
    uint16_t port;
    bool has_address;
    struct net_addr address; /* of --address */
    struct buf ca_pem;
    bool has_expected;
    uint8_t expected[SHA256_BYTES];
    struct buf password;
    struct ppp_account account;
    struct sstp_claim claim[HELD_MAX_CLAIMS];
    size_t claim_count;
};
/* ERR_USAGE names the option. Nothing is contacted. */
int probe_input_read(struct probe_input *in, const struct args *a, struct err *err) MUST_CHECK;
void probe_input_clear(struct probe_input *in);
/* Pure: "HOST", "HOST:PORT", "1.2.3.4", "[::1]:444", "::1"; port 443 unless given. */
int probe_target(const char *text, char host[256], uint16_t *port, struct err *err) MUST_CHECK;

void probe_show(const struct show *out, const struct survey *s, const struct survey_options *o);
struct json *probe_doc(const struct survey *s, const struct survey_options *o, int exit_code,
                       const struct err *err);

/* --watch, from the first question to the summary. Returns the exit code. */
int probe_watch(struct app *app, const struct probe_input *in, const struct survey_options *o);

#endif
