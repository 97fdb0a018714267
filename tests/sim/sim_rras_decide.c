/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_rras_decide.h"

#include <string.h>

enum { ERROR_DATA = 13, ERROR_PARAMETER = 87, ERROR_NOT_THERE = 1168 };
enum {
    EVENT_NO_CERTIFICATE = 11,
    EVENT_BAD_SHA256 = 18,
    EVENT_BAD_SHA1 = 19,
    EVENT_FAMILIES_DIFFER = 24,
    EVENT_HASH_UNKNOWN = 25,
    EVENT_OTHERS_BINDING = 32
};

static void add(struct rras_plan *plan, enum rras_action_kind kind, enum rras_family family,
                const uint8_t *sha1)
{
    struct rras_action *a = &plan->action[plan->actions++];
    *a = (struct rras_action){.kind = kind, .family = family};
    if (sha1)
        memcpy(a->sha1, sha1, RRAS_SHA1_BYTES);
}

static void stop(struct rras_plan *plan, uint32_t error, int event)
{
    plan->error = error;
    plan->event = event;
}

static bool same(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, RRAS_SHA1_BYTES) == 0;
}

static enum rras_family other(enum rras_family f)
{
    return f == RRAS_V4 ? RRAS_V6 : RRAS_V4;
}

/* The stored hashes alone; true when the start goes on. */
static bool judge_hashes(const struct rras_seen *s, struct rras_plan *out)
{
    if (s->sha256_enabled && s->sha256 == RRAS_HASH_BAD)
        return stop(out, ERROR_DATA, EVENT_BAD_SHA256), false;
    if (s->sha1_enabled && s->sha1 == RRAS_HASH_BAD)
        return stop(out, ERROR_DATA, EVENT_BAD_SHA1), false;
    bool have256 = s->sha256_enabled && s->sha256 == RRAS_HASH_GOOD;
    bool have1 = s->sha1_enabled && s->sha1 == RRAS_HASH_GOOD;
    if (s->sha256_enabled && s->sha1_enabled && have256 != have1)
        return stop(out, ERROR_PARAMETER, 0), false;
    /* behind a balancer the hash cannot be had from a binding; that the error is 13 and has no
     * event is a guess */
    if (!s->use_https && !have256 && !have1)
        return stop(out, ERROR_DATA, 0), false;
    return true;
}

/* Flag 1: each family is made to fit the hash's certificate. */
static void follow_hash(const struct rras_seen *s, const struct rras_binding *b,
                        struct rras_plan *out)
{
    if (!s->hash_cert.found) {
        stop(out, ERROR_NOT_THERE, EVENT_HASH_UNKNOWN); /* the event is sure, the number a guess */
        return;
    }
    for (int f = RRAS_V4; f < RRAS_FAMILIES; f++) {
        if (b[f].bound && same(b[f].sha1, s->hash_cert.sha1))
            continue;
        if (b[f].bound && !b[f].sstp_app_id) {
            stop(out, ERROR_DATA, EVENT_OTHERS_BINDING);
            return;
        }
        if (b[f].bound)
            add(out, RRAS_UNBIND, (enum rras_family)f, b[f].sha1);
        add(out, RRAS_BIND, (enum rras_family)f, s->hash_cert.sha1);
    }
}

/* Flag 0, nothing bound: a certificate is picked, without a look at its name or dates. */
static void configure_itself(const struct rras_seen *s, struct rras_plan *out)
{
    if (!s->choice.found) {
        stop(out, ERROR_NOT_THERE, EVENT_NO_CERTIFICATE);
        return;
    }
    add(out, RRAS_BIND, RRAS_V4, s->choice.sha1);
    add(out, RRAS_BIND, RRAS_V6, s->choice.sha1);
    add(out, RRAS_STORE_HASHES, RRAS_V4, s->choice.sha1);
}

/* Flag 0: the bindings are made to agree, and the hashes follow. */
static void follow_bindings(const struct rras_seen *s, const struct rras_binding *b,
                            struct rras_plan *out)
{
    enum rras_family truth = RRAS_V4;
    if (!b[RRAS_V4].bound && !b[RRAS_V6].bound) {
        configure_itself(s, out);
        return;
    }
    if (!b[RRAS_V4].bound || !b[RRAS_V6].bound) {
        truth = b[RRAS_V4].bound ? RRAS_V4 : RRAS_V6;
        add(out, RRAS_BIND, other(truth), b[truth].sha1);
    } else if (!same(b[RRAS_V4].sha1, b[RRAS_V6].sha1)) {
        if (b[RRAS_V4].sstp_app_id == b[RRAS_V6].sstp_app_id) {
            stop(out, ERROR_DATA, EVENT_FAMILIES_DIFFER);
            return;
        }
        truth = b[RRAS_V4].sstp_app_id ? RRAS_V6 : RRAS_V4;
        add(out, RRAS_UNBIND, other(truth), b[other(truth)].sha1);
        add(out, RRAS_BIND, other(truth), b[truth].sha1);
    }
    add(out, RRAS_STORE_HASHES, truth, b[truth].sha1);
}

void rras_decide(const struct rras_seen *seen, struct rras_plan *out)
{
    struct rras_binding binding[RRAS_FAMILIES];
    *out = (struct rras_plan){0};
    memcpy(binding, seen->binding, sizeof binding);
    if (!judge_hashes(seen, out) || !seen->use_https)
        return;
    for (int f = RRAS_V4; f < RRAS_FAMILIES; f++) {
        if (!binding[f].bound || binding[f].cert_in_store)
            continue;
        add(out, RRAS_UNBIND, (enum rras_family)f, binding[f].sha1);
        binding[f].bound = false;
    }
    if (seen->flag)
        follow_hash(seen, binding, out);
    else
        follow_bindings(seen, binding, out);
}
