/* SPDX-License-Identifier: Apache-2.0 */
/* What each of the five places is said to show. */
#include "deploy/drive.h"
#include "deploy/rras/names.h"
#include "test.h"

#include <string.h>

enum { WANTED = 0x11, OTHER = 0x22, STRANGE = 0x33 };

/* Everything shows the wanted certificate; each case spoils one thing. */
struct scene {
    struct observed o;
    struct store_cert certs[2];
    struct wire_view v;
    struct cert_info leaf;
    bool offload, stale, stopped;
};

static void set_hashes(struct scene *s, int sha256, int sha1)
{
    uint8_t p[SHA256_BYTES];
    memset(p, sha256, sizeof p);
    s->o.value[VALUE_SHA256] = raw_binary(p, SHA256_BYTES);
    memset(p, sha1, sizeof p);
    s->o.value[VALUE_SHA1] = raw_binary(p, SHA1_BYTES);
}

static void bind_to(struct binding *b, int sha1)
{
    b->present = true;
    b->hash_len = SHA1_BYTES;
    memset(b->hash, sha1, SHA1_BYTES);
}

static void make(struct scene *s)
{
    memset(s, 0, sizeof *s);
    for (int i = 0; i < 2; i++) {
        memset(s->certs[i].sha1, i ? OTHER : WANTED, SHA1_BYTES);
        memset(s->certs[i].sha256, i ? OTHER : WANTED, SHA256_BYTES);
        s->certs[i].has_key = true;
    }
    s->o.cert = s->certs;
    s->o.cert_count = 2;
    memset(s->leaf.sha1, WANTED, SHA1_BYTES);
    memset(s->leaf.sha256, WANTED, SHA256_BYTES);
    set_hashes(s, WANTED, WANTED);
    bind_to(&s->o.binding[FAMILY_V4], WANTED);
    bind_to(&s->o.binding[FAMILY_V6], WANTED);
    s->v.n = 1;
    s->v.point[0].addr = (struct net_addr){.family = 4, .ip = {127, 0, 0, 1}, .port = 443};
    s->v.point[0].look.tls = s->v.point[0].look.connected = true;
    memset(s->v.point[0].look.leaf_sha256, WANTED, SHA256_BYTES);
}

static void all_well(struct scene *s)
{
    (void)s;
}
static void not_in_store(struct scene *s)
{
    s->o.cert = &s->certs[1];
    s->o.cert_count = 1;
}
static void no_key(struct scene *s)
{
    s->certs[0].has_key = false;
}
static void other_hash(struct scene *s)
{
    set_hashes(s, OTHER, OTHER);
}
static void other_sha1(struct scene *s)
{
    set_hashes(s, WANTED, OTHER);
}
static void no_hash(struct scene *s)
{
    s->o.value[VALUE_SHA256].present = false;
}
static void other_v4(struct scene *s)
{
    bind_to(&s->o.binding[FAMILY_V4], OTHER);
}
static void strange_v6(struct scene *s)
{
    bind_to(&s->o.binding[FAMILY_V6], STRANGE);
}
static void no_v6(struct scene *s)
{
    s->o.binding[FAMILY_V6] = (struct binding){0};
}
static void no_ipv6(struct scene *s)
{
    no_v6(s);
    s->o.v6_refused = s->o.local.seen.ok = true;
}
static void other_wire(struct scene *s)
{
    memset(s->v.point[0].look.leaf_sha256, OTHER, SHA256_BYTES);
}
static void is_stale(struct scene *s)
{
    s->stale = true;
}
static void is_stopped(struct scene *s)
{
    s->stopped = true;
}
static void is_offload(struct scene *s)
{
    s->offload = true;
    s->o.cert_count = 0;
    s->o.value[VALUE_SHA1].present = false;
    s->v.point[0].look.tls = true;
}

static void tells_what_each_place_shows(struct test *t)
{
    static const char well[] = "1111111111111111";
    static const struct {
        void (*spoil)(struct scene *s);
        const char *marks; /* store hash v4 v6 wire: = agrees, ! differs, . unseen */
        enum deploy_place place;
        const char *shows;
    } rows[] = {
        {all_well, "=====", PLACE_WIRE, well},
        {not_in_store, "!====", PLACE_STORE, "not there"},
        {no_key, "!====", PLACE_STORE, "without its private key"},
        {other_hash, "=!===", PLACE_HASH, "2222222222222222"},
        {other_sha1, "=!===", PLACE_HASH, "SHA1CertificateHash is 2222222222222222222222222222"},
        {no_hash, "=!===", PLACE_HASH, "absent"},
        {other_v4, "==!==", PLACE_V4, "2222222222222222"},
        {strange_v6, "===!=", PLACE_V6, "no such certificate (SHA-1 3333333333333333..)"},
        {no_v6, "===!=", PLACE_V6, "no record"},
        {no_ipv6, "===.=", PLACE_V6, "this machine has no IPv6 address"},
        {other_wire, "====!", PLACE_WIRE, "127.0.0.1:443 without SNI: serves certificate 2222"},
        {is_stale, "====!", PLACE_WIRE, "the listener has not read the hashes"},
        {is_stopped, "====.", PLACE_WIRE, "RemoteAccess is stopped"},
        {is_offload, ".=..=", PLACE_V4, "TLS ends at the balancer"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        struct deploy_seen seen;
        char marks[PLACE_COUNT + 1] = "";
        make(&s);
        rows[i].spoil(&s);
        look_judge(&seen, &s.o, s.stopped ? NULL : &s.v, &s.leaf, s.offload, s.stale);
        for (int p = 0; p < PLACE_COUNT; p++)
            marks[p] = ".=!"[seen.place[p].state];
        CHECK_STR(marks, rows[i].marks);
        if (!CHECK(strncmp(seen.place[rows[i].place].shows, rows[i].shows, strlen(rows[i].shows)) ==
                   0))
            CHECK_STR(seen.place[rows[i].place].shows, rows[i].shows);
        CHECK_INT(seen.state, strchr(marks, '!') ? DEPLOYED_DRIFT : DEPLOYED_CURRENT);
    }
}

const struct test_case suite_look[] = {
    {"tells_what_each_place_shows", tells_what_each_place_shows},
    {NULL, NULL},
};
