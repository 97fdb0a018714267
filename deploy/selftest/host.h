/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host.h - the machine of a selftest: what it does beyond the deploy target's operations. The third
 * seam; a test plays it.
 *
 * Objects have fixed names of ours, so that what is left of a dead selftest can be found.
 */
#ifndef RRAS_DEPLOY_SELFTEST_HOST_H
#define RRAS_DEPLOY_SELFTEST_HOST_H

#include "machine_key.h"
#include "target.h"

#define SELFTEST_NAME         "rras-acme-selftest"       /* service, friendly name */
#define SELFTEST_REGISTRY_KEY "SOFTWARE\\" SELFTEST_NAME /* below HKEY_LOCAL_MACHINE */
/* AppId of our records: nothing else is ever changed or removed. */
#define SELFTEST_APP_ID "{8f1d3c52-6a0e-4b7d-9c35-27e4d1b6a908}"

/* The key container of an imported certificate. */
struct selftest_container {
    bool cng;        /* in the Microsoft Software Key Storage Provider */
    bool machine;    /* the machine's, not a user's */
    bool exportable; /* in any way */
    bool named;      /* the certificate has the friendly name that was given */
    int bits;
};

enum selftest_write {
    SELFTEST_WRITE_SET,    /* 183 when there is a record */
    SELFTEST_WRITE_UPDATE, /* in place; 127 where Windows has no such call */
    SELFTEST_WRITE_REPLACE /* delete, then set */
};

/* New connections while a record changed. */
struct selftest_gap {
    int64_t probes, failed;
    int64_t gap_us;  /* from the first that failed to the first that succeeded again; 0 = none */
    int64_t seen_us; /* from the end of the change until the new certificate was served */
};
/* What is done while the probes go on. */
struct selftest_change {
    int (*make)(void *user, struct err *err);
    void *user;
    int port;
    uint8_t wanted[SHA256_BYTES]; /* the leaf that is served afterwards */
};

struct selftest_host {
    const struct target *target; /* imports, proofs, removals, services: the deploy's own code */
    const struct machine_keys *keys; /* keys made where they stay */

    int (*new_key)(void *self, enum key_type type, struct key **out, struct err *err);
    /* A function of a system DLL. *there = false is no error. */
    int (*export_there)(void *self, const char *dll, const char *function, bool *there,
                        struct err *err);
    /* UTC to local time and back, winter and summer of a year, is the same again. */
    int (*local_time)(void *self, struct err *err);
    /* What the folder's access list says, read back: *is_protected = nothing is inherited;
     * *entries = how many there are. */
    int (*read_acl)(void *self, const char *path, bool *is_protected, int *entries,
                    struct err *err);
    /* Makes SELFTEST_REGISTRY_KEY; a REG_BINARY and a REG_DWORD in it read back byte for byte. */
    int (*registry_try)(void *self, struct err *err);
    int (*registry_remove)(void *self, struct err *err); /* absent = success */
    /* EVENT_SELFTEST (event.h) with this text, and the search for it. */
    int (*event_write)(void *self, const char *text, struct err *err);
    int (*event_find)(void *self, const char *text, bool *found, struct err *err);
    /* VPN sessions of this server. */
    int (*sessions)(void *self, uint32_t *out, struct err *err);

    /* A service that runs our own program as SYSTEM: made, started with arguments and waited for,
     * removed (absent = success). *result is 0, or the Windows number with which it failed. */
    int (*system_open)(void *self, struct err *err);
    int (*system_run)(void *self, const char *verb, const char *argument, uint32_t *result,
                      struct err *err);
    int (*system_remove)(void *self, struct err *err);

    int (*look_container)(void *self, const uint8_t sha1[SHA1_BYTES], const char *friendly_name,
                          struct selftest_container *out, struct err *err);
    /* Into LocalMachine\MY, without a key. */
    int (*add_keyless)(void *self, const uint8_t *der, size_t len, struct err *err);

    /* A TCP port that is free on the loopback addresses, never 443. */
    int (*free_port)(void *self, int *out, struct err *err);
    /* http.sys listens for a URL on the loopback address, until listen_end. */
    int (*listen)(void *self, enum family f, int port, struct err *err);
    void (*listen_end)(void *self);
    /* The certificate record of the loopback address. */
    int (*record_write)(void *self, enum family f, int port, const struct binding *b,
                        enum selftest_write how, struct err *err);
    int (*record_read)(void *self, enum family f, int port, struct binding *out, struct err *err);
    /* Only one with our AppId; absent = success. */
    int (*record_remove)(void *self, enum family f, int port, struct err *err);
    /* Connects to 127.0.0.1 as fast as it can before, during and after the change. */
    int (*measure)(void *self, const struct selftest_change *c, struct selftest_gap *out,
                   struct err *err);
    void *self;
};

#endif
