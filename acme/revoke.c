/* SPDX-License-Identifier: Apache-2.0 */
/* revoke.c - RFC 8555 7.6. */
#include "account.h"

#include "text.h"

#include <string.h>

enum { REVOKE_MAX_BYTES = 256 * 1024 };

static int revocation_text(const struct bundle *b, int reason, struct buf *out, struct err *err)
{
    buf_puts(out, "{\"certificate\":\"");
    text_base64url(out, b->chain.cert[0].der, b->chain.cert[0].len);
    buf_addf(out, "\",\"reason\":%d}", reason);
    return buf_check(out, "revocation", err);
}

/* alreadyRevoked is what we want. */
static int ask(struct client *c, struct client_post *p, struct err *err)
{
    struct client_answer answer = {0};
    struct err e = {0};
    int rc = client_post(c, p, &answer, &e);
    client_answer_clear(&answer);
    if (rc && problem_reaction(e.problem, 0) != REACT_DONE) {
        *err = e;
        return -1;
    }
    return 0;
}

int acme_revoke(const struct acme_env *env, const struct conf *conf, const struct bundle *b,
                int reason, struct err *err)
{
    struct buf text = BUF_INIT(REVOKE_MAX_BYTES);
    struct account account = {0};
    struct client *c = NULL;
    struct err e = {0};
    struct client_post p = {.what = "revocation", .endpoint = CLIENT_REVOKE};
    int rc = -1;
    if (client_open(&c, env, conf->acme.directory, err) || revocation_text(b, reason, &text, err) ||
        account_heal(c, err) || account_load(c, &account, err))
        goto done;
    p.payload = buf_str(&text);
    if (account.url) {
        client_sign_as(c, account.key, account.url);
        rc = ask(c, &p, &e);
        if (rc == 0 || e.code != ERR_CA)
            goto done;
        log_info(env->log, "%s; trying with the certificate's own key", e.text);
    }
    if (b->key && !key_container(b->key)) {
        struct err second = {0};
        client_sign_as(c, b->key, NULL);
        p.with_jwk = true;
        rc = ask(c, &p, &second);
        if (!err_is_set(&e))
            e = second;
    }
    if (rc && !err_is_set(&e))
        err_set(&e, ERR_USAGE, "%s: neither the account nor the certificate's key is here",
                conf->name); /* one in the machine's provider is not asked: it signs no JWS */
done:
    if (rc && err_is_set(&e))
        *err = e;
    client_close(c);
    account_clear(&account);
    buf_clear(&text);
    return rc;
}
