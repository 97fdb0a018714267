/* SPDX-License-Identifier: Apache-2.0 */
#include "status_world.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY = 24 * 3600 };
static const int64_t NOW = STATUS_NOW;

static char *const dns_names[STATUS_COUNT][2] = {
    {"vpn.example.com", "sstp.example.com"},
    {"xn--bcher-kva.example", NULL},
    {"held.example.com", NULL},
    {"new.example.com", NULL},
    {"failing.example.com", NULL},
    {"gone.example.com", NULL},
    {"followed.example.com", NULL},
    {"mean.example.com", NULL},
};

static void make_leaf(struct cert_info *c, int byte, int64_t from, int64_t to)
{
    memset(c->sha256, byte, SHA256_BYTES);
    memset(c->sha1, byte, SHA1_BYTES);
    c->not_before = from;
    c->not_after = to;
    snprintf(c->serial, sizeof c->serial, "03ab%02x", (unsigned)byte);
    text_copy(c->issuer, sizeof c->issuer, "CN=R11, O=Let's Encrypt, C=US");
    text_copy(c->key, sizeof c->key, "rsa2048");
    text_copy(c->ari_id, sizeof c->ari_id, "a.b");
}

static void in_place(struct status_view *v, int byte, int64_t from_days, int64_t life_days)
{
    make_leaf(&v->live, byte, NOW - from_days * DAY, NOW + (life_days - from_days) * DAY);
    v->have_live = true;
    v->live.names = v->conf->names.v; /* never cleared: the world owns them */
    v->live.name_count = v->conf->names.n;
    v->state.deployed = DEPLOYED_CURRENT;
    v->state.deployed_at = v->state.verified_at = NOW - from_days * DAY + 3600;
    v->state.last_at = v->state.deployed_at;
    text_copy(v->state.last_result, sizeof v->state.last_result, "renewed");
    text_copy(v->state.directory, sizeof v->state.directory, v->conf->acme.directory);
    v->looked = true;
    for (int p = 0; p < PLACE_COUNT; p++) {
        v->seen.place[p].state = PLACE_AGREES;
        memset(v->seen.place[p].shows, "0123456789abcdef"[byte & 15], 16);
    }
}

static void add_past(struct history *h, int64_t at, const char *action, int64_t outage_ms,
                     const char *message)
{
    struct past p = {.at = at, .ok = strcmp(action, "failed") != 0, .outage_ms = outage_ms};
    p.restarted = outage_ms >= 0;
    text_copy(p.action, sizeof p.action, action);
    text_copy(p.message, sizeof p.message, message);
    history_put(h, &p);
}

static void fail(struct status_view *v, int times, const char *message)
{
    v->state.failures = times;
    v->state.last_at = NOW - 600;
    v->state.not_before_s = NOW + 5400;
    text_copy(v->state.last_result, sizeof v->state.last_result, "failed");
    text_copy(v->state.last_message, sizeof v->state.last_message, message);
    for (int i = times; i > 0; i--)
        add_past(v->history, NOW - 600 * i * i, "failed", -1, message);
}

static void make_good(struct status_view *v)
{
    in_place(v, 0xa, 31, 90);
    v->state.ari = (struct ari_state){.id = "a.b",
                                      .start = NOW + 26 * DAY,
                                      .end = NOW + 29 * DAY,
                                      .renew_at = NOW + 27 * DAY + 14700};
    for (int i = 9; i > 0; i--) {
        add_past(v->history, NOW - (i * 60 - 29) * DAY, "renewed", 180 + 7 * i, "");
        if (i == 4)
            add_past(v->history, NOW - (i * 60 - 30) * DAY, "failed", -1,
                     "newOrder at acme-v02.api.letsencrypt.org: HTTP status 503; tried 3 times");
    }
}

static void make_held(struct status_view *v)
{
    in_place(v, 0xb, 61, 90);
    make_leaf(&v->held, 0xc, NOW - DAY, NOW + 89 * DAY);
    v->held.names = v->conf->names.v;
    v->held.name_count = v->conf->names.n;
    v->have_held = true;
    v->state.deployed = DEPLOYED_HELD;
    v->state.held_since = NOW - DAY;
    v->state.held_until = NOW + 4 * DAY;
    text_copy(v->state.held_reason, sizeof v->state.held_reason,
              "outside of the window Sun 02:00-04:00");
    add_past(v->history, NOW - 61 * DAY, "issued", 212, "");
    add_past(v->history, NOW - DAY, "held", -1, "outside of the window Sun 02:00-04:00");
}

static void make_drifted(struct status_view *v)
{
    in_place(v, 0xd, 12, 47);
    v->state.deployed = v->seen.state = DEPLOYED_DRIFT;
    v->seen.place[PLACE_V6].state = v->seen.place[PLACE_WIRE].state = PLACE_DIFFERS;
    text_copy(v->seen.place[PLACE_V6].shows, sizeof v->seen.place[0].shows, "4f0c77b1e2a95d30");
    text_copy(v->seen.place[PLACE_WIRE].shows, sizeof v->seen.place[0].shows,
              "[::1]:443: serves certificate 4f0c77b1e2a95d30.. instead of dddddddddddddddd..");
    add_past(v->history, NOW - 12 * DAY, "issued", 1240, "");
}

static void make_mean(struct status_view *v)
{
    in_place(v, 0xe, 70, 90);
    text_copy(v->live.issuer, sizeof v->live.issuer, STATUS_HOSTILE);
    text_copy(v->seen.place[PLACE_HASH].shows, sizeof v->seen.place[0].shows, STATUS_HOSTILE);
    fail(v, 3, STATUS_HOSTILE);
}

static void make_one(struct status_world *w, int i)
{
    struct status_view *v = &w->v[i];
    struct conf *c = &w->conf[i];
    memcpy(w->names[i], dns_names[i], sizeof w->names[i]);
    c->name = dns_names[i][0];
    c->names.v = w->names[i];
    c->names.n = dns_names[i][1] ? 2 : 1;
    c->acme.directory = "https://acme-v02.api.letsencrypt.org/directory";
    c->acme.directory_name = i == STATUS_MEAN ? STATUS_HOSTILE : "letsencrypt";
    c->renew.automatic = true;
    c->deploy.target = i == STATUS_NEW ? CONF_TARGET_NONE : CONF_TARGET_RRAS;
    v->conf = c;
    v->history = &w->history[i];
    v->now = NOW;
}

struct status_world *status_world_new(void)
{
    struct status_world *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    for (int i = 0; i < STATUS_COUNT; i++)
        make_one(w, i);
    make_good(&w->v[STATUS_GOOD]);
    text_copy(w->v[STATUS_DRIFTED].container, sizeof w->v[0].container, "rras-acme-vpn-1");
    make_drifted(&w->v[STATUS_DRIFTED]);
    make_held(&w->v[STATUS_IS_HELD]);
    in_place(&w->v[STATUS_FAILING], 0xf, 82, 90);
    w->v[STATUS_FAILING].looked = false;
    fail(&w->v[STATUS_FAILING], 3,
         "_acme-challenge.failing.example.com: the CNAME leads to failing.acme.example, which no "
         "name server of acme.example knows");
    in_place(&w->v[STATUS_GONE], 0x9, 95, 90);
    in_place(&w->v[STATUS_FOLLOWED], 0x8, 20, 90);
    w->conf[STATUS_FOLLOWED].deploy.source = CONF_SOURCE_BALANCER;
    make_mean(&w->v[STATUS_MEAN]);
    for (int i = 0; i < STATUS_COUNT; i++)
        view_judge(&w->v[i]);
    return w;
}
