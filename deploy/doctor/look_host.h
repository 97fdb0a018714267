/* SPDX-License-Identifier: Apache-2.0 */
/*
 * look_host.h - what the doctor looks at on the host beside what a deploy needs: services with
 * accounts and dependencies, rights on registry keys, memory, who listens, what http.sys wrote
 * down. Read, never written.
 */
#ifndef RRAS_DOCTOR_LOOK_HOST_H
#define RRAS_DOCTOR_LOOK_HOST_H

#include "target.h"

struct doctor_env;

/* ---- services ---- */

enum { CHAIN_MAX = 24 };
/* RemoteAccess and all that it depends on, directly or not, as the service control manager tells;
 * RemoteAccess first. */
struct doctor_chain {
    struct seen seen;
    struct {
        char name[SERVICE_NAME_CHARS];
        struct service now; /* exists = false: it is named but not there */
        char account[96];   /* "LocalSystem", "NT AUTHORITY\\LocalService"; "" of a driver */
    } of[CHAIN_MAX];
    size_t n;
};

/* ---- rights on a registry key ---- */

enum { ACL_MAX_ENTRIES = 32, SID_CHARS = 96 };
struct acl_entry {
    bool deny;
    bool inherit_only; /* counts for what is below, not for the key itself */
    uint32_t mask;
    char sid[SID_CHARS]; /* "S-1-5-18" */
};
struct acl {
    bool everything; /* no DACL at all: everybody may do anything */
    struct acl_entry of[ACL_MAX_ENTRIES];
    size_t n;
};
enum acl_account { ACL_SYSTEM, ACL_LOCAL_SERVICE };
/* Pure: what the account is granted, by itself and by the groups it is always in. */
uint32_t acl_granted(const struct acl *a, enum acl_account who);
/* KEY_READ and KEY_WRITE without the standard rights: what a service needs of the key. */
enum { ACL_KEY_READ = 0x19, ACL_KEY_WRITE = 0x06 };

struct doctor_key {
    struct seen seen; /* why it cannot be opened */
    bool present;
    struct seen acl_seen;
    struct acl acl;
};

/* A text value: absent, or of another type, or its beginning. */
struct doctor_text {
    bool present;
    uint32_t type;
    char text[300];
};

/* ---- all ---- */

enum { OWNER_MAX = 8 };
struct doctor_host { /* all zero = nothing was looked at */
    struct doctor_chain chain;
    struct {
        struct seen seen;
        uint64_t commit_limit_bytes, commit_free_bytes;
    } memory;
    struct {
        struct seen seen;
        bool servicing, update, rename; /* component servicing, Windows Update, files in use */
    } reboot;

    struct doctor_key parameters, config_store;
    struct doctor_text server_uri; /* Parameters\\ServerURI */
    struct doctor_text server_url; /* ConfigStore\\ServerURL */

    struct {
        struct seen seen;
        struct {
            uint8_t family; /* 4 or 6 */
            uint32_t pid;   /* 4 = http.sys */
            char name[64];
        } of[OWNER_MAX];
        size_t n;
    } listener; /* who listens on the port */
    struct {
        struct seen seen;
        bool present; /* the record in HTTP\\Parameters\\SslBindingInfo */
        uint8_t hash[BINDING_HASH_BYTES];
        uint32_t hash_len;
    } written[FAMILY_COUNT]; /* what http.sys will read at its next start */
    struct {
        struct seen seen;
        bool installed;          /* there is an applicationHost.config */
        bool legacy_certificate; /* customMetadata 5506 or 5511 */
    } iis;
    struct {
        struct seen seen;
        bool there; /* HttpUpdateServiceConfiguration */
    } update_call;
};

/* Fills all of it; nothing of it fails. `port` is the one that SSTP listens on. */
void look_host(const struct doctor_env *env, int port, struct doctor_host *out);

#endif
