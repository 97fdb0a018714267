/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an unfinished journal comes to when somebody has put another certificate in place since:
 * the facts that decide (test_recover_machine.c: the machine).
 */
#include "deploy_world.h"

#include <stdlib.h>
#include <string.h>

/* Certificates are one letter: A was there, B was to be deployed, C is somebody else's. */
static void hashes(char letter, uint8_t sha1[SHA1_BYTES], uint8_t sha256[SHA256_BYTES])
{
    memset(sha1, letter, SHA1_BYTES);
    memset(sha256, letter + 32, SHA256_BYTES);
}

static void put_hash(struct observed *o, char sha256, char sha1)
{
    uint8_t a[SHA1_BYTES], b[SHA256_BYTES];

    hashes(sha256, a, b);
    o->value[VALUE_SHA256] = raw_binary(b, sizeof b);
    hashes(sha1, a, b);
    o->value[VALUE_SHA1] = raw_binary(a, sizeof a);
    o->value[VALUE_SHA1].present = sha1 != '-';
}

static void put_binding(struct binding *out, char letter)
{
    struct binding none = {.present = false};
    uint8_t a[SHA1_BYTES], b[SHA256_BYTES];

    hashes(letter, a, b);
    *out = plan_binding(&none, a, false);
    if (letter == '-')
        *out = none;
}

static void put_cert(struct observed *o, char letter)
{
    struct store_cert *c = &o->cert[o->cert_count++];

    hashes(letter, c->sha1, c->sha256);
    c->has_key = true;
    c->not_before = NOW - DAY;
    c->not_after = NOW + DAY;
}

/* What is there; '-' is absent. old_*: what the journal remembers of before. */
struct facts {
    const char *name;
    char v4, v6, sha256, sha1, old_bound, old_hash;
    uint32_t flag;
    void (*change)(struct journal *j, struct observed *o);
    bool want;
};

static void see(const struct facts *f, struct journal *j, struct observed *o)
{
    memset(o, 0, sizeof *o);
    memset(j, 0, sizeof *j);
    o->cert = calloc(4, sizeof *o->cert);
    for (const char *c = "ABC"; *c; c++)
        put_cert(o, *c);
    put_hash(o, f->old_hash, f->old_hash);
    put_binding(&o->binding[FAMILY_V4], f->old_bound);
    put_binding(&o->binding[FAMILY_V6], f->old_bound);
    memcpy(j->old_value, o->value, sizeof j->old_value);
    memcpy(j->old_binding, o->binding, sizeof j->old_binding);
    j->phase = JOURNAL_BIND;
    j->old.health = OLD_HEALTHY;
    hashes('B', j->sha1, j->sha256);
    put_hash(o, f->sha256, f->sha1);
    o->value[VALUE_FLAG] = raw_dword(f->flag);
    put_binding(&o->binding[FAMILY_V4], f->v4);
    put_binding(&o->binding[FAMILY_V6], f->v6);
    if (f->change)
        f->change(j, o);
}

static void expired(struct journal *j, struct observed *o)
{
    (void)j;
    o->cert[2].not_after = NOW;
}

static void not_yet(struct journal *j, struct observed *o)
{
    (void)j;
    o->cert[2].not_before = NOW + 1;
}

static void keyless(struct journal *j, struct observed *o)
{
    (void)j;
    o->cert[2].has_key = false;
}

static void no_ipv6(struct journal *j, struct observed *o)
{
    (void)j;
    o->local.seen.ok = true;
}

/* The old certificate was not in MY, but is known from elsewhere. */
static void was_old(struct journal *j, struct observed *o)
{
    (void)o;
    j->old.known = true;
    hashes('C', j->old.sha1, j->old.sha256);
}

static void offload(struct journal *j, struct observed *o)
{
    j->offload = true;
    o->value[VALUE_USE_HTTPS] = raw_dword(0);
}

static void offload_since(struct journal *j, struct observed *o)
{
    offload(j, o);
    j->offload = false;
}

static void offload_expired(struct journal *j, struct observed *o)
{
    offload(j, o);
    expired(j, o);
}

static void a_certificate_of_somebody_else_is_told_from_ours(struct test *t)
{
    static const struct facts cases[] = {
        {"flag 0", 'C', 'C', 'C', 'C', 'A', 'A', 0, NULL, true},
        {"flag 1", 'C', 'C', 'C', 'C', 'A', 'A', 1, NULL, true},
        {"no SHA-1", 'C', 'C', 'C', '-', 'A', 'A', 1, NULL, true},
        {"the old one", 'A', 'A', 'A', 'A', 'A', 'A', 1, NULL, false},
        {"the new one", 'B', 'B', 'B', 'B', 'A', 'A', 1, NULL, false},
        {"the old one bound", 'A', 'C', 'C', 'C', 'A', 'A', 1, NULL, false},
        {"the new one bound", 'C', 'B', 'C', 'C', 'A', 'A', 1, NULL, false},
        {"the old hash", 'C', 'C', 'A', 'A', 'A', 'A', 0, NULL, false},
        {"the new hash", 'C', 'C', 'B', 'B', 'A', 'A', 0, NULL, false},
        {"the new SHA-1", 'C', 'C', 'C', 'B', 'A', 'A', 0, NULL, false},
        {"no hash", 'C', 'C', '-', '-', 'A', 'A', 0, NULL, false},
        {"IPv4 alone", 'C', '-', 'C', 'C', 'A', 'A', 1, NULL, false},
        {"IPv4 alone, no IPv6", 'C', '-', 'C', 'C', 'A', 'A', 1, no_ipv6, true},
        {"bound before", 'C', 'C', 'C', 'C', 'C', 'A', 1, NULL, false},
        {"its hash was there before", 'C', 'C', 'C', 'C', 'A', 'C', 1, NULL, false},
        {"known of before", 'C', 'C', 'C', 'C', 'A', 'A', 1, was_old, false},
        {"expired", 'C', 'C', 'C', 'C', 'A', 'A', 1, expired, false},
        {"not valid yet", 'C', 'C', 'C', 'C', 'A', 'A', 1, not_yet, false},
        {"without its key", 'C', 'C', 'C', 'C', 'A', 'A', 1, keyless, false},
        {"nothing bound before", 'C', 'C', 'C', 'C', '-', 'A', 1, NULL, true},
        {"nothing bound before: RRAS's choice", 'C', 'C', 'C', 'C', '-', 'A', 0, NULL, false},
        {"offload", '-', '-', 'C', 'C', 'A', 'A', 1, offload, true},
        {"offload, no SHA-1", 'A', 'A', 'C', '-', 'A', 'A', 1, offload, true},
        {"offload, the old SHA-1", '-', '-', 'C', 'A', 'A', 'A', 1, offload, false},
        {"offload, the new one", '-', '-', 'B', 'B', 'A', 'A', 1, offload, false},
        {"offload, not on this machine", '-', '-', 'X', 'X', 'A', 'A', 1, offload, true},
        {"offload, expired", '-', '-', 'C', 'C', 'A', 'A', 1, offload_expired, false},
        {"offload since", 'C', 'C', 'C', 'C', 'A', 'A', 1, offload_since, false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t sha256[SHA256_BYTES] = {0};
        struct observed o;
        struct journal j;
        bool found;
        see(&cases[i], &j, &o);
        found = recover_finds_other(&j, &o, NOW, sha256);
        if (!CHECK_INT(found, cases[i].want) ||
            (found && !CHECK_INT(sha256[0], cases[i].sha256 + 32)))
            CHECK_STR(cases[i].name, "");
        observed_clear(&o);
    }
}

/* Found and proven it stays, however far the deploy had come; found alone means nothing. */
static void what_serves_is_left(struct test *t)
{
    static const struct facts other = {"", 'C', 'C', 'C', 'C', 'A', 'A', 1, NULL, true};

    for (int p = JOURNAL_SNAPSHOT; p < JOURNAL_COMMITTED; p++) {
        enum recovery serves = p < JOURNAL_ARM ? RECOVER_UNDO_IMPORT : RECOVER_LEAVE;
        enum recovery fails = p < JOURNAL_ARM ? RECOVER_UNDO_IMPORT : RECOVER_BACK;
        struct observed o;
        struct journal j;
        see(&other, &j, &o);
        j.phase = (enum journal_phase)p;
        CHECK_INT(recover_decide(&j, &o, true), serves);
        CHECK_INT(recover_decide(&j, &o, false), fails);
        observed_clear(&o);
    }
}

const struct test_case suite_recover[] = {
    {"a_certificate_of_somebody_else_is_told_from_ours",
     a_certificate_of_somebody_else_is_told_from_ours},
    {"what_serves_is_left", what_serves_is_left},
    {NULL, NULL},
};
