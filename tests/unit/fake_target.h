/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_target.h - a machine in memory: certificate store, keys, http.sys records, SstpSvc values,
 * services with RRAS's start decisions, a listener that caches the hash when it opens, and what a
 * client sees of all that. Time is its own. Every call can fail, lie (success without effect), or
 * be the one in which the program dies (before or after its effect): from then on nothing works.
 */
#ifndef RRAS_TEST_FAKE_TARGET_H
#define RRAS_TEST_FAKE_TARGET_H

#include "deploy/drive.h"

enum fake_fault_kind { FAKE_NONE, FAKE_FAIL, FAKE_LIE, FAKE_DIE_BEFORE, FAKE_DIE_AFTER };
struct fake_fault {
    enum fake_fault_kind kind;
    int at;        /* number of the call, from 1 */
    bool for_good; /* that call and all after it */
};

enum { FAKE_CERTS = 8, FAKE_KEYS = 32, FAKE_SERVICES = 4, FAKE_FAULTS = 2 };
enum { FAKE_EPOCH_S = 1800000000 };
/* Beside the three of SSTP one that depends on RemoteAccess. */
#define FAKE_DEPENDENT "WatchRras"

/* 198.51.100.1 is a balancer before the machine, 198.51.100.2 another part of it. */
enum { FAKE_BALANCER_IP0 = 198, FAKE_BALANCERS = 2 };

struct fake_cert { /* every certificate that the test knows; in_my says where it is */
    struct store_cert info;
    bool in_my;
    int key; /* index, -1 = none */
};
struct fake_service {
    char name[SERVICE_NAME_CHARS];
    struct service now;
    enum service_state next; /* when a change is under way */
    int64_t changes_at_ms;
    int depends_on; /* index, -1 */
};
struct fake {
    /* How the test configures the program. */
    enum conf_mode asks_mode;
    enum conf_binding asks_binding;
    bool asks_escalation;
    bool asks_account; /* deploy.verify.account: what a logon comes to is what the listener holds */
    bool asks_balancer; /* deploy.verify.probe names the balancer */

    bool elevated;
    bool refuses_binding; /* http.sys cannot use the key, whatever the store says */
    bool no_ports;        /* RRAS has none for SSTP */
    bool no_v6;           /* no IPv6 address, and http.sys makes no [::] record */
    bool has_v6_address;  /* ... but there is an address all the same */
    bool sees_little;     /* whatever has a struct seen cannot be read */
    bool refuses_aes;     /* as Server 2016: a modern PFX looks like a wrong password */
    int port;
    struct fake_cert cert[FAKE_CERTS];
    size_t certs;
    struct {
        bool exists;
        char name[32];
        uint8_t sha1[SHA1_BYTES]; /* of the certificate it was imported with */
    } key[FAKE_KEYS];
    int keys;
    struct raw_value value[VALUE_COUNT];
    struct binding binding[FAMILY_COUNT];
    int taken_port, trial_port; /* other records on 127.0.0.1: somebody's, and what a trial left */
    int elsewhere;              /* a certificate that a record on another port shows; -1 = none */
    struct http_record record;  /* present when where is not empty */
    struct fake_service service[FAKE_SERVICES];
    uint32_t sessions;                    /* calls that are connected */
    int64_t written_at_ms, started_at_ms; /* of SstpSvc\Parameters and RemoteAccess; Unix */
    bool listening;
    uint8_t cached_sha256[SHA256_BYTES];
    bool gets_stuck, is_stuck; /* from RRAS's start on no call begins, until SstpSvc stops */
    int balancer;              /* the certificate that a balancer before it serves */
    const struct cert_chain *sends[FAKE_BALANCERS]; /* what each sends; NULL = it is not there */
    uint32_t start_fails;                       /* error of the next start of RemoteAccess, once */
    bool has_intermediate, loses_intermediates; /* what add_intermediate put there; or not */
    bool shadowed; /* 192.0.2.10, an address of this machine, shows certificate 0 whatever is bound
                    */
    struct log_events log;
    uint32_t start_event; /* of RasSstp, with every start; 0 = none */
    bool calls_fail;      /* the listener answers GET but begins no call */
    enum wire_hash logon; /* what a logon with the test account comes to */
    int logons;
    int64_t now_ms; /* since FAKE_EPOCH_S */
    char journal[64 * 1024];
    size_t journal_len;    /* 0 = none */
    int calls, full_looks; /* full_looks: observations of everything */
    struct fake_fault fault[FAKE_FAULTS];
    bool dead;
    char last_call[48]; /* the one the first fault hit */
};

/* RRAS runs on certificate 0 with the given flag (-1 = absent), all consistent. */
void fake_init(struct fake *f, int port, int flag);
/* Adds a certificate that the machine may get to see; returns its index. */
int fake_add_cert(struct fake *f, const struct cert_info *leaf, bool in_my, bool with_key);
void fake_show(struct fake *f, int cert); /* bindings, hashes, listener */
void fake_stop_rras(struct fake *f);
/* Windows starts again: services that are automatic start, RRAS decides. */
void fake_reboot(struct fake *f);
/* The seams onto it. */
struct fake_ports {
    struct target target;
    struct wire wire;
    struct records records;
    struct deploy_ports ports;
    struct clock clock;
};
void fake_open_ports(struct fake *f, struct fake_ports *out);

/* The certificate that clients get *and* whose hash the listener expects; -1 = VPN does not work.
 */
int fake_serves(const struct fake *f);
bool fake_has_orphan_key(const struct fake *f);
/* Unix time of the model, in ms. */
int64_t fake_unix_ms(const struct fake *f);
/* All services that were running at fake_init run (or run no more because RRAS was stopped). */
bool fake_all_run(const struct fake *f);

#endif
