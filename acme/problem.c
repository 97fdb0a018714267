/* SPDX-License-Identifier: Apache-2.0 */
#include "problem.h"

#include "text.h"

#include <string.h>

static const char acme_urn[] = "urn:ietf:params:acme:error:";

void problem_foreign(char *out, size_t size, const char *s)
{
    struct buf clean;
    out[0] = '\0';
    if (!s)
        return;
    size_t len = strlen(s);
    /* Nothing longer than the array is looked at, so a megabyte of detail costs nothing. */
    if (len > size - 1) {
        len = size - 1;
        while (len > 0 && ((unsigned char)s[len] & 0xC0) == 0x80) /* not inside a character */
            len--;
    }
    buf_init(&clean, 4 * size);
    buf_put_foreign(&clean, s, len);
    text_copy(out, size, buf_str(&clean));
    buf_clear(&clean);
}

static void read_type(char *out, size_t size, const struct json *j)
{
    const char *type = json_get_string(j, "type");
    if (type && text_starts(type, acme_urn))
        type += sizeof acme_urn - 1;
    if (type && strcmp(type, "about:blank") == 0) /* RFC 7807 4.2: says no more than the status */
        type = NULL;
    problem_foreign(out, size, type);
}

void problem_read(struct problem *out, const struct json *j)
{
    *out = (struct problem){0};
    if (!json_is_object(j))
        return;
    read_type(out->type, sizeof out->type, j);
    int64_t status = json_get_integer(j, "status", 0);
    if (status >= 100 && status <= 599)
        out->status = (int)status;
    problem_foreign(out->detail, sizeof out->detail, json_get_string(j, "detail"));
    if (!out->detail[0])
        problem_foreign(out->detail, sizeof out->detail, json_get_string(j, "title"));
    problem_foreign(out->instance, sizeof out->instance, json_get_string(j, "instance"));
    const struct json *subs = json_get(j, "subproblems");
    for (size_t i = 0; i < json_count(subs) && out->sub_count < PROBLEM_MAX_SUBS; i++) {
        const struct json *s = json_at(subs, i);
        if (!json_is_object(s))
            continue;
        size_t n = out->sub_count++;
        read_type(out->sub[n].type, sizeof out->sub[n].type, s);
        problem_foreign(out->sub[n].detail, sizeof out->sub[n].detail,
                        json_get_string(s, "detail"));
        problem_foreign(out->sub[n].name, sizeof out->sub[n].name,
                        json_get_string(json_get(s, "identifier"), "value"));
    }
}

/* RFC 8555 6.7, RFC 9773 7.4, draft-ietf-acme-profiles; agreementRequired is what older test
 * servers say for userActionRequired. */
static const struct {
    const char *type;
    enum problem_reaction reaction;
    enum err_code code;
    const char *meaning, *hint;
} known[] = {
    {"accountDoesNotExist", REACT_REGISTER, ERR_CA, "the CA does not know the account", NULL},
    {"agreementRequired", REACT_HUMAN, ERR_CA, "the CA's terms of service were not agreed to",
     "read the CA's terms of service and set acme.agree_tos to true"},
    {"alreadyReplaced", REACT_WITHOUT_REPLACES, ERR_CA,
     "another certificate has replaced the one that the order named", NULL},
    {"alreadyRevoked", REACT_DONE, ERR_CA, "the certificate was revoked before", NULL},
    {"badCSR", REACT_REFUSED, ERR_CA, "the CA does not accept the certificate request",
     "look at \"key\" and \"names\"; some CAs also say this when acme.email is missing"},
    {"badNonce", REACT_NONCE, ERR_CA,
     "the CA did not accept the anti-replay nonce; it is tried again by itself", NULL},
    {"badPublicKey", REACT_REFUSED, ERR_CA, "the CA does not accept this kind of key",
     "choose another \"key\", such as rsa2048 or ec256"},
    {"badRevocationReason", REACT_REFUSED, ERR_CA,
     "the CA does not accept this reason for a revocation", NULL},
    {"badSignatureAlgorithm", REACT_REFUSED, ERR_CA,
     "the CA does not accept the account key's algorithm",
     "the CA does not take ES256 signatures of account keys"},
    {"caa", REACT_REFUSED, ERR_CA, "CAA records forbid this CA to issue",
     "allow this CA in the CAA records of the certificate's name or the nearest parent with one"},
    {"connection", REACT_CHALLENGE, ERR_DNS, "the CA could not connect to what it wanted to check",
     NULL},
    {"dns", REACT_CHALLENGE, ERR_DNS, "the CA's look-up of the name failed",
     "the CA's resolvers must reach every name server of the zones on the way"},
    {"externalAccountRequired", REACT_EAB, ERR_USAGE,
     "the CA wants accounts that are bound to a customer",
     "get a key identifier and HMAC key from the CA and set acme.eab"},
    {"incorrectResponse", REACT_CHALLENGE, ERR_DNS,
     "the CA found another value than the one expected", NULL},
    {"invalidProfile", REACT_REFUSED, ERR_USAGE, "the CA has no such certificate profile",
     "choose another acme.profile or leave it out"},
    {"orderNotReady", REACT_LOOK, ERR_CA, "the order is not ready to be finalized", NULL},
    {"rateLimited", REACT_RATE, ERR_POSTPONED,
     "the CA's limit of requests, orders or failures was reached", NULL},
    {"rejectedIdentifier", REACT_REFUSED, ERR_CA, "the CA will not issue for this name",
     "the CA does not issue for a name in \"names\""},
    {"serverInternal", REACT_SERVER, ERR_CA, "the CA has a failure of its own", NULL},
    {"tls", REACT_CHALLENGE, ERR_DNS, "the CA could not make a TLS connection for its check", NULL},
    {"unauthorized", REACT_REFUSED, ERR_CA,
     "the CA does not allow it: not this account, or the check of the name failed",
     "if the account was deactivated at the CA, move its folder in accounts/ away"},
    {"unsupportedContact", REACT_REFUSED, ERR_CA,
     "the CA does not accept this kind of contact address", "look at acme.email"},
    {"invalidContact", REACT_REFUSED, ERR_CA, "the contact address is not valid",
     "look at acme.email"},
    {"unsupportedIdentifier", REACT_REFUSED, ERR_CA, "the CA does not issue for this kind of name",
     NULL},
    {"userActionRequired", REACT_HUMAN, ERR_CA, "somebody has to visit a page of the CA", NULL},
};
enum { KNOWN = sizeof known / sizeof known[0] };

static size_t find_type(const char *type)
{
    size_t i = 0;
    while (i < KNOWN && strcmp(known[i].type, type) != 0)
        i++;
    return i;
}

const char *problem_meaning(const char *type, const char **hint)
{
    static const char urn[] = "urn:ietf:params:acme:error:";
    size_t i = find_type(text_starts(type, urn) ? type + strlen(urn) : type);
    if (i == KNOWN)
        return NULL;
    *hint = known[i].hint;
    return known[i].meaning;
}

enum problem_reaction problem_reaction(const char *type, int status)
{
    size_t i = find_type(type);
    if (i < KNOWN)
        return known[i].reaction;
    if (status == 429)
        return REACT_RATE;
    return status >= 500 ? REACT_SERVER : REACT_REFUSED;
}

void problem_text(const struct problem *p, struct buf *out)
{
    buf_puts(out, p->type);
    if (p->type[0] && p->detail[0])
        buf_puts(out, ": ");
    buf_puts(out, p->detail);
    for (size_t i = 0; i < p->sub_count; i++) {
        buf_puts(out, i == 0 ? " (" : "; ");
        if (p->sub[i].name[0])
            buf_addf(out, "%s: ", p->sub[i].name);
        if (p->sub[i].type[0])
            buf_addf(out, "%s: ", p->sub[i].type);
        buf_puts(out, p->sub[i].detail);
    }
    if (p->sub_count > 0)
        buf_putc(out, ')');
}

static enum err_code code_of(const struct problem *p)
{
    size_t i = find_type(p->type);
    if (i < KNOWN)
        return known[i].code;
    if (p->status == 429)
        return ERR_POSTPONED;
    if (p->status >= 500 && !problem_is_set(p))
        return ERR_NET; /* a gateway's error page: the CA itself was not reached */
    return ERR_CA;
}

int problem_err(const struct problem *p, const char *what, struct err *err)
{
    if (err_is_set(err))
        return -1;
    struct buf text;
    buf_init(&text, 8 * 1024);
    problem_text(p, &text);
    if (problem_is_set(p))
        err_set(err, code_of(p), "%s: %s", what, buf_str(&text));
    else
        err_set(err, code_of(p), "%s: HTTP status %d without an explanation", what, p->status);
    buf_clear(&text);
    err->source = ERR_SRC_HTTP;
    err->number = (uint32_t)p->status;
    text_copy(err->problem, sizeof err->problem, p->type);
    size_t i = find_type(p->type);
    if (p->instance[0])
        err_hint(err, "visit %s", p->instance);
    else if (i < KNOWN && known[i].hint)
        err_hint(err, "%s", known[i].hint);
    return -1;
}
