/* SPDX-License-Identifier: Apache-2.0 */
/*
 * problem.h - what the CA says when it refuses (RFC 7807, RFC 8555 6.7), and what we do then.
 * Pure. Foreign text is freed of control characters and cut to the fields' sizes.
 */
#ifndef RRAS_PROBLEM_H
#define RRAS_PROBLEM_H

#include "err.h"
#include "json.h"

#include <stddef.h>

enum { PROBLEM_MAX_SUBS = 8 };

struct problem {
    char type[96]; /* without "urn:ietf:params:acme:error:"; "" = not said */
    int status;    /* HTTP status; 0 = not said */
    char detail[512];
    char instance[512]; /* URL for the human; "" = none */
    struct {
        char type[64];
        char name[256]; /* the identifier it is about; "" = not said */
        char detail[256];
    } sub[PROBLEM_MAX_SUBS];
    size_t sub_count;
};

/* Never fails: what is missing or odd stays empty. j may be NULL. */
void problem_read(struct problem *out, const struct json *j);
static inline bool problem_is_set(const struct problem *p)
{
    return p->type[0] != '\0' || p->detail[0] != '\0';
}

enum problem_reaction {
    REACT_REFUSED,          /* stop; a human or a later run */
    REACT_NONCE,            /* the same once more, with the nonce of this answer */
    REACT_SERVER,           /* the same after a pause */
    REACT_RATE,             /* wait as told */
    REACT_REGISTER,         /* the CA does not know the account: register the same key again */
    REACT_HUMAN,            /* terms changed, account paused: a human must visit a page */
    REACT_EAB,              /* external account binding is required */
    REACT_LOOK,             /* orderNotReady: fetch the order and see */
    REACT_DONE,             /* alreadyRevoked: as good as done */
    REACT_WITHOUT_REPLACES, /* alreadyReplaced: order without `replaces` */
    REACT_CHALLENGE,        /* the CA did not find what it looked for in DNS */
};
/* By the type, or where that is unknown by the class of the HTTP status. Types without a meaning
 * of their own ("compound", "malformed" with 404 or 5xx) go by the status, too. */
enum problem_reaction problem_reaction(const char *type, int status);

/* What a type means, with or without its urn prefix, in a few words; NULL when it is none that we
 * know. *hint: what to do, or NULL. */
const char *problem_meaning(const char *type, const char **hint);

/* "rejectedIdentifier: detail (vpn.example.com: caa: detail; ...)" appended to out. */
void problem_text(const struct problem *p, struct buf *out);

/* Sets err from the problem: code by reaction, problem type, HTTP status, text "WHAT: ...", hint.
 * Returns -1. ERR_CA, ERR_DNS (REACT_CHALLENGE), ERR_USAGE (REACT_EAB, invalidProfile),
 * ERR_POSTPONED (REACT_RATE), ERR_NET (5xx without a problem document). */
int problem_err(const struct problem *p, const char *what, struct err *err);

/* Copies foreign text into a fixed array: control characters become '?', cut at a character. */
void problem_foreign(char *out, size_t size, const char *s);

#endif
