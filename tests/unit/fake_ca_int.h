/* SPDX-License-Identifier: Apache-2.0 */
/* fake_ca_int.h - what the files of fake_ca share. */
#ifndef RRAS_TEST_FAKE_CA_INT_H
#define RRAS_TEST_FAKE_CA_INT_H

#include "fake_ca.h"
#include "json.h"

bool fake_txt_has(const struct fake_ca *ca, const char *name, const char *value);
void fake_dns_table(struct fake_ca *ca);

/* A request after its signature was checked. */
struct fake_request {
    const struct https_request *http;
    const char *path;     /* "/order" */
    struct json *payload; /* NULL = POST-as-GET */
    char *payload_text;
    char *jwk_text; /* NULL when signed by kid */
    size_t account; /* when signed by kid */
};
/* An answer under way. */
struct fake_answer_to {
    int status;
    struct json *body; /* owned; NULL = none */
    const char *pem;
    char location[128];
    char header[2][128]; /* more lines */
};

/* Fills *out; -1 with a problem in *answer. */
int fake_check_request(struct fake_ca *ca, const struct https_request *http,
                       struct fake_request *out, struct fake_answer_to *answer);
void fake_request_clear(struct fake_request *r);
int fake_problem(struct fake_answer_to *answer, int status, const char *type, const char *detail);
/* All that is behind a signature. */
void fake_serve(struct fake_ca *ca, const struct fake_request *r, struct fake_answer_to *answer);

#endif
