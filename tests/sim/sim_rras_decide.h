/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_rras_decide - what RRAS does with the SSTP certificate when it starts. Pure: no I/O, compiles
 * everywhere.
 *
 * This is the table of hypotheses that the whole program is built on (undocumented behaviour of
 * RRAS, put together from event texts, documents about single cases and what administrators
 * report). The simulation is as right as this table, and no righter: it proves that the program
 * copes with such a machine, not that Windows is one.
 *
 * isHashConfiguredByAdmin decides who is believed: 0 the http.sys bindings, 1 the stored hash.
 *
 *   found                          flag 0                                      flag 1
 *   -----------------------------  ------------------------------------------
 * ------------------------------------------- no binding                     picks a certificate,
 * binds v4 and v6,       binds v4 and v6 to the hash's certificate records its hashes; none: event
 * 11 one family bound               binds the other to it, records the hashes   binds the missing
 * one from the hash both, same certificate         records its hashes right: nothing; wrong: next
 * line binding is not the hash's      (the hash is overwritten)                   SSTP's own:
 * rebound; another's: event 32 both, different ones           the one that is SSTP's own gives way,
 * each family for itself if exactly one is; else event 24 hash's certificate is gone     (does not
 * matter)                           event 25
 *
 * Before that: a binding whose certificate is gone is deleted; a hash of wrong type or length stops
 * the start (events 18 and 19, error 13); with both algorithms on and one hash missing it stops
 * with 87. Only algorithms that are switched on matter (SHA-256 by default).
 */
#ifndef SIM_RRAS_DECIDE_H
#define SIM_RRAS_DECIDE_H

#include <stdbool.h>
#include <stdint.h>

enum { RRAS_SHA1_BYTES = 20, RRAS_SHA256_BYTES = 32 };
enum rras_family { RRAS_V4, RRAS_V6, RRAS_FAMILIES };

enum rras_hash_state { RRAS_HASH_ABSENT, RRAS_HASH_GOOD, RRAS_HASH_BAD };

/* A certificate in LocalMachine\MY; sha1 is how bindings name it. */
struct rras_cert {
    bool found;
    uint8_t sha1[RRAS_SHA1_BYTES];
};

struct rras_binding {
    bool bound;
    bool cert_in_store; /* its certificate is still in the store that it names */
    bool sstp_app_id;   /* made by RRAS or in its name */
    uint8_t sha1[RRAS_SHA1_BYTES];
};

struct rras_seen {
    bool use_https;
    bool sha256_enabled, sha1_enabled;
    enum rras_hash_state sha256, sha1;
    uint32_t flag;              /* isHashConfiguredByAdmin */
    struct rras_cert hash_cert; /* the certificate that the stored hash names */
    struct rras_cert choice;    /* what self-configuration would pick */
    struct rras_binding binding[RRAS_FAMILIES];
};

enum rras_action_kind {
    RRAS_UNBIND,      /* remove the family's binding */
    RRAS_BIND,        /* bind the family to sha1, in SSTP's name */
    RRAS_STORE_HASHES /* write both hashes of sha1 and flag 0 */
};
struct rras_action {
    enum rras_action_kind kind;
    enum rras_family family;
    uint8_t sha1[RRAS_SHA1_BYTES];
};

enum { RRAS_ACTIONS_MAX = 8 };
struct rras_plan {
    struct rras_action action[RRAS_ACTIONS_MAX];
    int actions;
    uint32_t error; /* Win32; 0: the start goes on after the actions. The actions before it are done
                       in any case */
    int event;      /* RasSstp event id, 0: none */
};

void rras_decide(const struct rras_seen *seen, struct rras_plan *out);

#endif
