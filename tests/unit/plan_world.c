/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan is made of, for the plan suites: a machine, its certificates, what the wire shows. */
#include "plan_world.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

void plan_hashes(char letter, uint8_t sha1[SHA1_BYTES], uint8_t sha256[SHA256_BYTES])
{
    memset(sha1, letter, SHA1_BYTES);
    memset(sha256, letter + 32, SHA256_BYTES);
}

void plan_add_cert(struct observed *o, char letter, bool has_key, int64_t not_after)
{
    struct store_cert *c = &o->cert[o->cert_count++];

    plan_hashes(letter, c->sha1, c->sha256);
    c->has_key = has_key;
    c->not_after = not_after;
}

void plan_bind(struct observed *o, enum family f, char letter)
{
    struct binding none = {.present = false};
    uint8_t sha1[SHA1_BYTES], sha256[SHA256_BYTES];

    plan_hashes(letter, sha1, sha256);
    o->binding[f] = plan_binding(&none, sha1, false);
    o->binding[f].check_mode = 0x1000;
}

void plan_hash(struct observed *o, char letter)
{
    uint8_t sha1[SHA1_BYTES], sha256[SHA256_BYTES];

    plan_hashes(letter, sha1, sha256);
    o->value[VALUE_SHA256] = raw_binary(sha256, SHA256_BYTES);
    o->value[VALUE_SHA1] = raw_binary(sha1, SHA1_BYTES);
}

void plan_machine(struct observed *o)
{
    memset(o, 0, sizeof *o);
    o->elevated = true;
    o->cert = calloc(8, sizeof *o->cert);
    for (int i = 0; i < SERVICE_COUNT; i++)
        o->service[i] = (struct service){
            .exists = true, .state = SERVICE_IS_RUNNING, .start_type = SERVICE_START_AUTOMATIC};
    plan_add_cert(o, 'A', true, NOW + 1000);
    plan_bind(o, FAMILY_V4, 'A');
    plan_bind(o, FAMILY_V6, 'A');
    plan_hash(o, 'A');
}

void plan_wire_shows(struct wire_view *v, char v4, char v6)
{
    uint8_t sha1[SHA1_BYTES];

    memset(v, 0, sizeof *v);
    for (int i = 0; i < 2; i++) {
        v->point[i].with_name = true;
        v->point[i].called = true;
        v->point[i].look = (struct wire_look){
            .tls = true, .get_status = 401, .post_status = 200, .call = true, .hash_mask = 2};
        plan_hashes(i ? v6 : v4, sha1, v->point[i].look.leaf_sha256);
        v->point[i].look.unreachable = (i ? v6 : v4) == '-';
    }
    v->n = 2;
}

struct wanted plan_want(char letter)
{
    struct wanted w = {.port = PLAN_PORT, .service = "RemoteAccess", .running = true, .now = NOW};

    plan_hashes(letter, w.sha1, w.sha256);
    return w;
}

const char *plan_text(struct test *t, const struct plan *p)
{
    const char *s = "";

    for (size_t i = 0; i < p->n; i++)
        s = test_text(t, "%s%s%s", s, *s ? ", " : "", p->step[i].object);
    return s;
}

void plan_give_to(struct binding *b, const char *app_id)
{
    text_copy(b->app_id, sizeof b->app_id, app_id);
    b->check_mode = 0;
    b->flags = 0x20;
}
