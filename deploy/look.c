/* SPDX-License-Identifier: Apache-2.0 */
/* look.c - the places that must show one certificate, and whether they do; nothing is changed. */
#include "drive.h"

#include "rras/names.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN_CHARS = 16 };

const char *deploy_place_name(enum deploy_place p)
{
    static const char *const names[] = {"store", "hash", "v4", "v6", "wire"};
    return names[p];
}

const char *place_state_name(enum place_state s)
{
    static const char *const names[] = {"unseen", "agrees", "differs"};
    return names[s];
}

static void put(struct deploy_seen *out, enum deploy_place p, enum place_state state,
                const char *shows)
{
    out->place[p].state = state;
    text_copy(out->place[p].shows, sizeof out->place[p].shows, shows);
}

static void put_cert(struct deploy_seen *out, enum deploy_place p, enum place_state state,
                     const uint8_t sha256[SHA256_BYTES])
{
    char hex[2 * SHA256_BYTES + 1];

    text_hex(sha256, SHA256_BYTES, hex);
    hex[SHOWN_CHARS] = '\0';
    put(out, p, state, hex);
}

static void look_at_store(struct deploy_seen *out, const struct observed *o,
                          const struct cert_info *leaf)
{
    const struct store_cert *cert = observed_by_sha256(o, leaf->sha256);

    if (!cert)
        put(out, PLACE_STORE, PLACE_DIFFERS, "not there");
    else if (!cert->has_key)
        put(out, PLACE_STORE, PLACE_DIFFERS, "without its private key");
    else
        put_cert(out, PLACE_STORE, PLACE_AGREES, leaf->sha256);
}

static void look_at_hashes(struct deploy_seen *out, const struct observed *o,
                           const struct cert_info *leaf, bool offload)
{
    struct raw_value sha256 = raw_binary(leaf->sha256, SHA256_BYTES);
    struct raw_value sha1 = raw_binary(leaf->sha1, SHA1_BYTES);
    const struct raw_value *has256 = &o->value[VALUE_SHA256], *has1 = &o->value[VALUE_SHA1];
    bool sha1_agrees = raw_equal(has1, &sha1) || (offload && !has1->present);
    char text[128], shows[160];

    if (raw_equal(has256, &sha256) && sha1_agrees) {
        put_cert(out, PLACE_HASH, PLACE_AGREES, leaf->sha256);
    } else if (!raw_equal(has256, &sha256)) {
        raw_text(has256, text, sizeof text);
        if (has256->present && has256->type == NAME_REG_BINARY && has256->len == SHA256_BYTES)
            text[SHOWN_CHARS] = '\0'; /* as the hashes beside it */
        put(out, PLACE_HASH, PLACE_DIFFERS, text);
    } else {
        raw_text(has1, text, sizeof text);
        snprintf(shows, sizeof shows, NAME_VALUE_SHA1 " is %.100s", text);
        put(out, PLACE_HASH, PLACE_DIFFERS, shows);
    }
}

/* A record names a certificate by its SHA-1; people compare SHA-256. */
static void look_at_binding(struct deploy_seen *out, enum deploy_place p, const struct observed *o,
                            const struct cert_info *leaf)
{
    const struct binding *b = &o->binding[p == PLACE_V4 ? FAMILY_V4 : FAMILY_V6];
    const struct store_cert *cert = NULL;
    char hex[2 * BINDING_HASH_BYTES + 1], shows[64];

    if (p == PLACE_V6 && observed_without_v6(o)) {
        put(out, p, PLACE_UNSEEN, "this machine has no IPv6 address");
        return;
    }
    if (binding_shows(b, leaf->sha1)) {
        put_cert(out, p, PLACE_AGREES, leaf->sha256);
        return;
    }
    if (b->present && b->hash_len == SHA1_BYTES)
        cert = observed_by_sha1(o, b->hash);
    if (!b->present || b->hash_len == 0) {
        put(out, p, PLACE_DIFFERS, b->present ? "a record without a certificate" : "no record");
    } else if (cert) {
        put_cert(out, p, PLACE_DIFFERS, cert->sha256);
    } else {
        text_hex(b->hash, b->hash_len, hex);
        snprintf(shows, sizeof shows, "no such certificate (SHA-1 %.16s..)", hex);
        put(out, p, PLACE_DIFFERS, shows);
    }
}

static void look_at_wire(struct deploy_seen *out, const struct wire_view *v,
                         const struct cert_info *leaf, bool stale)
{
    char trouble[400];

    if (!v) {
        put(out, PLACE_WIRE, PLACE_UNSEEN, NAME_REMOTEACCESS " is stopped");
    } else if (!view_shows(v, leaf->sha256)) {
        view_trouble(v, leaf->sha256, trouble, sizeof trouble);
        put(out, PLACE_WIRE, PLACE_DIFFERS, trouble);
    } else if (stale) {
        put(out, PLACE_WIRE, PLACE_DIFFERS,
            "the listener has not read the hashes since they were "
            "written");
    } else {
        put_cert(out, PLACE_WIRE, PLACE_AGREES, leaf->sha256);
    }
}

void look_judge(struct deploy_seen *out, const struct observed *o, const struct wire_view *v,
                const struct cert_info *leaf, bool offload, bool stale)
{
    static const char beside[] = "TLS ends at the balancer";

    *out = (struct deploy_seen){.state = DEPLOYED_CURRENT};
    look_at_hashes(out, o, leaf, offload);
    look_at_wire(out, v, leaf, stale);
    if (offload) { /* the certificate need not be on this machine */
        put(out, PLACE_STORE, PLACE_UNSEEN, beside);
        put(out, PLACE_V4, PLACE_UNSEEN, beside);
        put(out, PLACE_V6, PLACE_UNSEEN, beside);
    } else {
        look_at_store(out, o, leaf);
        look_at_binding(out, PLACE_V4, o, leaf);
        look_at_binding(out, PLACE_V6, o, leaf);
    }
    for (int p = 0; p < PLACE_COUNT; p++)
        if (out->place[p].state == PLACE_DIFFERS)
            out->state = DEPLOYED_DRIFT;
    if (stale)
        out->state = DEPLOYED_DRIFT;
}

int drive_look(const struct deploy_env *env, const struct conf *conf,
               const struct deploy_ports *ports, const struct cert_info *leaf,
               struct deploy_seen *out, struct err *err)
{
    struct session s = {.env = env, .conf = conf, .ports = ports};
    struct observed o = {0};
    struct wire_view v;
    bool runs, stale = false;
    int rc = -1;

    s.journal.port = conf->deploy.port;
    s.journal.offload = conf->deploy.mode == CONF_OFFLOAD;
    if (session_observe(&s, LOOK_ALL, &o, err) != 0 || session_recall(&s, &o, &stale, err) != 0)
        goto done;
    session_remember(&s, &o);
    runs = o.service[SERVICE_REMOTEACCESS].state != SERVICE_IS_STOPPED;
    if (runs)
        prove_look(&s, &v, false);
    look_judge(out, &o, runs ? &v : NULL, leaf, s.journal.offload, stale);
    rc = 0;
done:
    observed_clear(&o);
    return rc;
}
