/* SPDX-License-Identifier: Apache-2.0 */
/* What a CA may send as JSON: every reader gets every document. */
#include "fuzz.h"

#include "https.h"
#include "msg.h"

#include <string.h>

static void read_messages(struct fuzz *f, const struct json *j)
{
    struct msg_directory directory = {0};
    struct msg_order order = {0};
    struct msg_authz authz = {0};
    struct msg_challenge challenge = {0};
    struct err err[5] = {0};

    FUZZ_ERR(msg_directory_read(&directory, j, &err[0]), &err[0]);
    if (!err_is_set(&err[0]))
        FUZZ_HOLDS(https_check_url(directory.new_nonce, &err[4]) == 0 &&
                   https_check_url(directory.new_order, &err[4]) == 0);
    FUZZ_ERR(msg_order_read(&order, j, &err[1]), &err[1]);
    if (!err_is_set(&err[1]))
        FUZZ_HOLDS(order.authorizations.n >= 1 && order.finalize);
    FUZZ_ERR(msg_authz_read(&authz, j, &err[2]), &err[2]);
    for (size_t i = 0; i < authz.challenge_count; i++)
        FUZZ_HOLDS(strlen(authz.challenge[i].token) <= MSG_MAX_TOKEN);
    FUZZ_ERR(msg_challenge_read(&challenge, j, &err[3]), &err[3]);
    msg_directory_clear(&directory);
    msg_order_clear(&order);
    msg_authz_clear(&authz);
    msg_challenge_clear(&challenge);
}

static void read_problem(struct fuzz *f, const struct json *j)
{
    struct problem problem = {0};
    struct buf text = BUF_INIT(16 * 1024);
    struct err err = {0};
    problem_read(&problem, j);
    problem_text(&problem, &text);
    FUZZ_HOLDS(fuzz_text_fit(buf_str(&text)) && fuzz_text_fit(problem.instance));
    FUZZ_ERR(problem_err(&problem, "new order", &err), &err);
    FUZZ_HOLDS(fuzz_text_fit(err.problem));
    buf_clear(&text);
}

void fuzz_acme_json(struct fuzz *f, const uint8_t *p, size_t len)
{
    struct json *j = NULL, *again = NULL;
    struct buf text = BUF_INIT(1024 * 1024);
    struct err err = {0};
    int result = json_parse(&j, (const char *)p, len, "answer", &err);
    FUZZ_ERR(result, &err);
    if (result == 0) {
        read_messages(f, j);
        read_problem(f, j);
        /* What we write, we can read. */
        FUZZ_HOLDS(json_text(j, JSON_COMPACT, &text, &err) == 0);
        FUZZ_HOLDS(json_parse(&again, text.p, text.len, "copy", &err) == 0);
    }
    json_free(again);
    json_free(j);
    buf_clear(&text);
}
