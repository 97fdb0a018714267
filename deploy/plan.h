/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h - what has to be done, decided from what was seen. Pure: no I/O, no clock.
 */
#ifndef RRAS_DEPLOY_PLAN_H
#define RRAS_DEPLOY_PLAN_H

#include "conf.h"
#include "target.h"
#include "wire.h"

/* ---- what was seen from the wire ---- */

enum { VIEW_MAX_POINTS = 32 };
/* One look at each probe address with the first name as SNI, and one without; also, where they take
 * a connection, at the other addresses of this machine. */
struct wire_view {
    struct {
        struct net_addr addr;
        bool with_name, called; /* called: GET, and a call was to begin */
        struct wire_look look;
    } point[VIEW_MAX_POINTS];
    size_t n;
};
/* Every reachable point, and at least one, shows this leaf. */
bool view_shows(const struct wire_view *v, const uint8_t sha256[SHA256_BYTES]);
/* At every reachable address a call began, offering one of the hashes of `mask` (0 = any), and GET
 * gave 401; at least at one. */
bool view_answers_calls(const struct wire_view *v, uint8_t mask);
/* Every reachable point that shows a leaf sends its issuer's certificate with it. */
bool view_sends_issuer(const struct wire_view *v);
/* A balancer before RRAS serves another certificate: the first such point, or "". */
void view_balancer_trouble(const struct wire_view *v, const uint8_t sha256[SHA256_BYTES], char *out,
                           size_t size);
/* The hash that a client has to be offered: SHA-256, or SHA-1 where SHA256Enabled is 0. */
uint8_t plan_hash_mask(const struct observed *o);
/* "127.0.0.1:443 without SNI: serves a1b2..; wanted c3d4..": the first point that is not right,
 * or "" if all are. */
void view_trouble(const struct wire_view *v, const uint8_t sha256[SHA256_BYTES], char *out,
                  size_t size);

/* ---- may this host be deployed to ---- */

/* ERR_USAGE with the cure: not elevated, roles not installed or disabled, RRAS without SSTP ports,
 * another port, TLS offload, proxy mode, a binding of another program that deploy.binding does not
 * allow to change, DirectAccess, a record that stands before the wildcards for our names. `leaf` is
 * the wanted one: a record that shows it shadows nothing; NULL when it is not known yet. */
int plan_check_host(const struct observed *o, const struct conf *conf, const struct cert_info *leaf,
                    struct err *err) MUST_CHECK;
/* The parts of it, for `check`. */
int plan_check_services(const struct observed *o, struct err *err) MUST_CHECK;
/* No SSTP ports, as far as that is known. */
int plan_check_ports(const struct observed *o, struct err *err) MUST_CHECK;
int plan_check_mode(const struct observed *o, const struct conf *conf, struct err *err) MUST_CHECK;
int plan_check_port(const struct observed *o, const struct conf *conf, struct err *err) MUST_CHECK;
/* Whose the wildcards are, and DirectAccess. */
int plan_check_bindings(const struct observed *o, const struct conf *conf,
                        const struct cert_info *leaf, struct err *err) MUST_CHECK;
/* What stands before them. */
int plan_check_records(const struct observed *o, const struct conf *conf,
                       const struct cert_info *leaf, struct err *err) MUST_CHECK;

/* The names are the same, or one covers the other; either may be "*.example.com". */
bool plan_names_meet(const char *a, const char *b);

/* ---- what is there now ---- */

enum old_health {
    OLD_BROKEN,  /* it does not serve: there is nothing to go back to */
    OLD_STOPPED, /* consistent, but RemoteAccess does not run: nothing can be seen */
    OLD_HEALTHY,
};
const char *old_health_name(enum old_health h);
bool old_health_parse(const char *s, enum old_health *out);

struct old_state {
    enum old_health health;
    bool expired; /* its certificate is past its end */
    bool answers; /* calls began */
    bool known;   /* its certificate is in MY: the hashes below are set */
    uint8_t sha1[SHA1_BYTES], sha256[SHA256_BYTES];
    char why[160]; /* the reason for OLD_BROKEN; "" */
};
void plan_judge_old(const struct observed *o, const struct wire_view *v, int64_t now,
                    struct old_state *out);
/* The certificate in MY, with its key, that bindings and hashes agree on; NULL when they do not.
 * Not to be asked behind a balancer. */
const struct store_cert *plan_agreed(const struct observed *o);

/* ---- has the listener read the hashes ---- */

/* The values were written after the listener had read them, as far as times tell: the registry's
 * last-write time is well after the start of RemoteAccess's process. That SstpSvc reads the hashes
 * once, when the listener opens, is not documented; nothing more than a restart follows from it.
 * `proven_write_ms` (journal): that write was proven to have been read. False when the times cannot
 * be read or cannot be. */
bool plan_listener_is_stale(const struct listener_age *age, int64_t proven_write_ms,
                            int64_t now_ms);

/* ---- what to do ---- */

enum plan_kind { PLAN_IMPORT, PLAN_STOP, PLAN_VALUE, PLAN_BINDING, PLAN_RESTART };
struct plan_step {
    enum plan_kind kind;
    enum value_id value;    /* PLAN_VALUE */
    enum family family;     /* PLAN_BINDING */
    struct raw_value raw;   /* PLAN_VALUE: to be written */
    struct binding binding; /* PLAN_BINDING: to be written */
    char object[64];        /* "set SHA256CertificateHash", "bind [::]:443", ... */
    char before[160], after[160];
};
enum { PLAN_MAX_STEPS = 8 };
struct plan {
    struct plan_step step[PLAN_MAX_STEPS]; /* in the order of acting */
    size_t n;
    struct old_state old;
};
struct wanted {
    uint8_t sha1[SHA1_BYTES], sha256[SHA256_BYTES];
    int port;
    const char *service;       /* to be restarted */
    bool running;              /* it runs now, or ought to: otherwise it stays stopped */
    bool failed;               /* it ought to run but its last start failed */
    bool stale;                /* it runs on hashes that were written over since */
    enum conf_binding binding; /* what becomes of a record of another program */
    int64_t now;
};
/* The smallest set of steps; none when nothing differs and the leaf on the wire is right. Where
 * TLS ends at a balancer the hash is all there is. */
void plan_make(struct plan *out, const struct observed *o, const struct wire_view *v,
               const struct wanted *w);
bool plan_has(const struct plan *p, enum plan_kind kind);

/* The record that shows this certificate: a clone of what is there, only the hash changed (and the
 * store, if it is not MY); a new one in SSTP's name where there is none, and for `takeover` where
 * it is another program's. RRAS-made records carry a check mode (0x1000) that is not documented, so
 * nothing but the hash is touched. */
struct binding plan_binding(const struct binding *old, const uint8_t sha1[SHA1_BYTES],
                            bool takeover);

#endif
