/* SPDX-License-Identifier: Apache-2.0 */
#include "sstp/held.h"

#include <stdio.h>
#include <string.h>

/* The served certificate's own hashes, for a claim that is spoilt or not. */
static struct sstp_claim of_leaf(const struct cert_info *leaf, bool wrong)
{
    struct sstp_claim c = {.has_sha256 = true, .has_sha1 = true};

    memcpy(c.sha256, leaf->sha256, sizeof c.sha256);
    memcpy(c.sha1, leaf->sha1, sizeof c.sha1);
    if (wrong) {
        c.sha256[0] ^= 1;
        c.sha1[0] ^= 1;
    }
    return c;
}

/* A trouble that is not the answer to our claim. */
static void note(struct held *h, const char *what, const struct sstp_probe_result *r)
{
    const struct sstp_stage_result *s = sstp_probe_failed(r);

    if (s && !h->note[0])
        snprintf(h->note, sizeof h->note, "%s: %s %.180s", what, s->code, s->detail);
}

static bool goes_on(const struct held_question *q)
{
    return !q->interrupted || !q->interrupted();
}

/* *took_ms gets how long the server took to answer. */
static enum sstp_answer call_early(struct held *h, const struct held_question *q,
                                   const struct sstp_claim *claim, int64_t grace_ms,
                                   int64_t *took_ms)
{
    struct sstp_probe_options o = *q->call;
    struct sstp_probe_result r = {0};
    enum sstp_answer answer;

    o.early = true;
    o.account = NULL;
    o.last = SSTP_STAGE_BINDING;
    o.claim = claim;
    o.grace_ms = grace_ms;
    q->probe(q->user, &r, &o);
    answer = r.answer;
    *took_ms = r.stage[SSTP_STAGE_BINDING].ms;
    if (answer == SSTP_NOT_ASKED)
        note(h, "early call", &r);
    sstp_probe_clear(&r);
    return answer;
}

/*
 * True when the early calls have told. The wrong hash goes first: unless it is refused, by an abort
 * and nothing less, there is nothing to learn; and how long that took says for how long the silence
 * after another one has to last to mean something.
 */
static bool try_early(struct held *h, const struct held_question *q)
{
    enum { PATIENCE = 4 };
    struct sstp_claim right = of_leaf(q->leaf, false), wrong = of_leaf(q->leaf, true);
    int64_t grace_ms = q->call->grace_ms > 0 ? q->call->grace_ms : SSTP_GRACE_MS, took_ms = 0;

    h->early_wrong = call_early(h, q, &wrong, grace_ms, &took_ms);
    if (h->early_wrong != SSTP_REFUSED || !goes_on(q))
        return false;
    if (grace_ms < PATIENCE * took_ms)
        grace_ms = PATIENCE * took_ms;
    h->early_right = call_early(h, q, &right, grace_ms, &took_ms);
    if (h->early_right == SSTP_ACCEPTED) {
        h->verdict = HELD_SERVED;
        return true;
    }
    if (h->early_right != SSTP_REFUSED)
        return false;
    for (size_t i = 0; i < q->claim_count && i < HELD_MAX_CLAIMS && goes_on(q); i++) {
        if (call_early(h, q, &q->claim[i], grace_ms, &took_ms) != SSTP_ACCEPTED)
            continue;
        h->verdict = HELD_OTHER;
        h->which = i;
        return true;
    }
    return false;
}

static void call_with_account(struct held *h, const struct held_question *q,
                              const struct sstp_claim *claim, struct sstp_probe_result *out)
{
    struct sstp_probe_options o = *q->call;

    o.early = false;
    o.last = SSTP_STAGE_BINDING;
    o.claim = claim;
    q->probe(q->user, out, &o);
    h->logons += out->logged_on;
}

/* The negative control; true when a wrong hash was refused. */
static void make_control(struct held *h, const struct held_question *q)
{
    struct sstp_claim wrong = of_leaf(q->leaf, true);
    struct sstp_probe_result r = {0};

    call_with_account(h, q, &wrong, &r);
    h->control = r.answer;
    if (r.answer == SSTP_REFUSED) {
        h->verdict = HELD_SERVED;
    } else if (r.answer == SSTP_ACCEPTED) {
        h->verdict = HELD_ANY;
    } else {
        h->verdict = HELD_ACCEPTED;
        note(h, "control", &r);
    }
    sstp_probe_clear(&r);
}

static void try_claims(struct held *h, const struct held_question *q)
{
    h->verdict = HELD_NOT_THIS;
    for (size_t i = 0; i < q->claim_count && i < HELD_MAX_CLAIMS && goes_on(q); i++) {
        struct sstp_probe_result r = {0};
        bool logged_on, accepted;
        call_with_account(h, q, &q->claim[i], &r);
        logged_on = r.stage[SSTP_STAGE_AUTH].ok;
        accepted = r.answer == SSTP_ACCEPTED;
        if (!logged_on)
            note(h, "claim", &r);
        sstp_probe_clear(&r);
        if (accepted) {
            h->verdict = HELD_OTHER;
            h->which = i;
        }
        if (accepted || !logged_on)
            return;
    }
}

static void try_account(struct held *h, const struct held_question *q, bool told)
{
    call_with_account(h, q, NULL, &h->logon);
    if (!h->logon.stage[SSTP_STAGE_AUTH].ok) {
        if (!told)
            h->verdict = HELD_NO_LOGON;
        return;
    }
    h->without_logon = false;
    switch (h->logon.answer) {
    case SSTP_ACCEPTED:
        if (told && h->verdict == HELD_SERVED)
            return;
        h->verdict = HELD_ACCEPTED;
        if (goes_on(q))
            make_control(h, q);
        return;
    case SSTP_REFUSED:
        if (!told || h->verdict != HELD_OTHER)
            try_claims(h, q);
        return;
    case SSTP_ENDED:
    case SSTP_UNPROVEN:
    case SSTP_NOT_ASKED:
        h->verdict = HELD_UNKNOWN;
    }
}

void held_find(struct held *out, const struct held_question *q)
{
    bool told;

    memset(out, 0, sizeof *out);
    told = try_early(out, q);
    out->without_logon = told;
    if (q->call->account && goes_on(q))
        try_account(out, q, told);
}

void held_clear(struct held *h)
{
    sstp_probe_clear(&h->logon);
    memset(h, 0, sizeof *h);
}
