/* SPDX-License-Identifier: Apache-2.0 */
/*
 * target.h - the machine that is deployed to: what can be seen of it, and the few things that are
 * done to it. All Windows calls are behind `struct target`; deciding is done with plain structs.
 *
 * An operation does one thing, reports the first thing that went wrong with the object's name
 * (err->number = Windows' number), and leaves nothing half done that it can put back itself. What
 * it did is never taken on trust: the driver observes again.
 */
#ifndef RRAS_DEPLOY_TARGET_H
#define RRAS_DEPLOY_TARGET_H

#include "bundle.h"
#include "crypto.h"
#include "net.h"

/* ---- registry values of SstpSvc, raw ---- */

enum value_id {
    VALUE_SHA256, /* the first three are written, in this order (as RRAS itself does) */
    VALUE_SHA1,
    VALUE_FLAG,
    VALUE_WRITTEN,
    VALUE_USE_HTTPS = VALUE_WRITTEN,
    VALUE_LISTENER_PORT,
    VALUE_PROXY_ENABLED,
    VALUE_SHA256_ENABLED,
    VALUE_SHA1_ENABLED,
    VALUE_COUNT
};
enum { RAW_MAX_BYTES = 256 };
struct raw_value { /* all zero = absent */
    bool present;
    uint32_t type; /* NAME_REG_* or any other number */
    uint32_t len;  /* true length; bytes past RAW_MAX_BYTES were not read */
    uint8_t bytes[RAW_MAX_BYTES];
};
const char *value_name(enum value_id id);
struct raw_value raw_binary(const uint8_t *p, uint32_t len);
struct raw_value raw_dword(uint32_t v);
bool raw_equal(const struct raw_value *a, const struct raw_value *b);
/* The number, or `otherwise` when it is absent or no REG_DWORD. */
uint32_t raw_number(const struct raw_value *v, uint32_t otherwise);
/* "absent", "1", lower-case hex, or "type 1, 5 bytes: 61.."; for people. */
void raw_text(const struct raw_value *v, char *out, size_t size);

/* ---- certificate records of http.sys ---- */

enum family { FAMILY_V4, FAMILY_V6, FAMILY_COUNT };
enum { APP_ID_CHARS = 40, BINDING_HASH_BYTES = 64 };
/* Of binding.flags: HTTP_SERVICE_CONFIG_SSL_FLAG_USE_DS_MAPPER and _NEGOTIATE_CLIENT_CERT. */
enum { BINDING_DS_MAPPER = 1, BINDING_NEGOTIATE_CLIENT_CERT = 2 };
struct binding { /* all zero = absent */
    bool present;
    char app_id[APP_ID_CHARS]; /* "{...}", lower case */
    char store[64];            /* "" = not given, which means MY */
    uint8_t hash[BINDING_HASH_BYTES];
    uint32_t hash_len;
    uint32_t check_mode, revocation_freshness_s, revocation_timeout_ms, flags;
    char ctl_identifier[256], ctl_store[128];
};
bool binding_equal(const struct binding *a, const struct binding *b); /* every field */
bool binding_shows(const struct binding *b, const uint8_t sha1[SHA1_BYTES]);
bool binding_is_foreign(const struct binding *b); /* present, and not with SSTP's AppId */
bool binding_is_in_my(const struct binding *b);   /* its certificate is in LocalMachine\MY */
/* "0.0.0.0:443", "[::]:443" */
void binding_where(enum family f, int port, char out[24]);

enum record_kind { RECORD_IP, RECORD_SNI, RECORD_CCS };
/* Any other certificate record on the port, which could stand before the wildcards. */
struct http_record {
    enum record_kind kind;
    char where[320]; /* "203.0.113.5:443", "vpn.example.com:443" */
    char host[256];  /* of an SNI record */
    char app_id[APP_ID_CHARS];
    uint8_t hash[BINDING_HASH_BYTES];
    uint32_t hash_len;
};

/* The certificate that some record shows. */
struct bound_hash {
    uint8_t hash[BINDING_HASH_BYTES];
    uint32_t len;
};

/* ---- certificates in LocalMachine\MY ---- */

struct store_cert {
    uint8_t sha1[SHA1_BYTES], sha256[SHA256_BYTES];
    int64_t not_before, not_after;
    bool has_key; /* a private key is named; whether it works is prove_key's */
    char subject[128];
};

/* ---- services ---- */

enum service_state { /* as the service control manager numbers them */
                     SERVICE_IS_UNKNOWN,
                     SERVICE_IS_STOPPED,
                     SERVICE_IS_STARTING,
                     SERVICE_IS_STOPPING,
                     SERVICE_IS_RUNNING,
                     SERVICE_IS_CONTINUING,
                     SERVICE_IS_PAUSING,
                     SERVICE_IS_PAUSED
};
enum { SERVICE_START_AUTOMATIC = 2, SERVICE_START_DISABLED = 4 };
struct service {
    bool exists;
    enum service_state state;
    uint32_t start_type;               /* 2 automatic, 3 manual, 4 disabled */
    uint32_t exit_code, specific_code; /* of the last stop; specific when exit_code is 1066 */
    uint32_t checkpoint, wait_hint_ms;
    uint32_t pid;
    char display[96]; /* the name that people and the event log see */
};
const char *service_state_name(enum service_state s);
/* It ought to run but its last start failed: nobody stopped it on purpose. */
bool service_has_failed(const struct service *s);

enum service_id { SERVICE_REMOTEACCESS, SERVICE_RASMAN, SERVICE_SSTPSVC, SERVICE_COUNT };
const char *service_name(enum service_id id);

enum { SERVICE_NAME_CHARS = 64, SERVICE_MAX_LIST = 16 };
struct service_list {
    char name[SERVICE_MAX_LIST][SERVICE_NAME_CHARS];
    size_t n;
};

/* ---- what is looked at beside; no piece of it fails the look ---- */

/* Whether a piece could be read. All zero = it was not looked at. */
struct seen {
    bool ok;
    char why[160]; /* why not */
};
/* Text for people: "" when it was read, else the reason. */
const char *seen_trouble(const struct seen *s);

/* The addresses that http.sys listens on. None = all of them. */
enum { LISTEN_MAX = 32 };
struct listen_list {
    struct seen seen;
    struct net_addr addr[LISTEN_MAX]; /* port 0 */
    size_t n;
};

/* The reservation of "https://+:PORT/sra_{...}/", without which SstpSvc cannot listen. RRAS makes
 * it at each start. */
struct url_reservation {
    struct seen seen;
    bool present, grants_sstp; /* grants_sstp: the SDDL names SstpSvc's service SID */
    char url[160], sddl[512];
};

/* SstpSvc\Parameters\ConfigStore: what RRAS applied last. Read, never written. */
struct config_store {
    struct seen seen;
    bool present; /* the key */
    struct raw_value use_https, listener_port;
};

/* A service and how it starts; of those that depend on RemoteAccess also the stopped ones. */
enum { DEPENDENTS_MAX = 16 };
struct dependents {
    struct seen seen;
    struct {
        char name[SERVICE_NAME_CHARS];
        struct service now;
    } of[DEPENDENTS_MAX];
    size_t n;
};

/* Everybody whom a restart of RemoteAccess would disconnect, of every VPN type. */
struct sessions {
    struct seen seen;
    uint32_t n;
};

/* The ports (WAN Miniport (SSTP)) that RRAS has for SSTP; without one nobody registers the URL, and
 * nobody can call. Told by a RemoteAccess that runs. */
struct sstp_ports {
    struct seen seen;
    uint32_t n;
};

/* When SstpSvc\Parameters was last written and when the process of RemoteAccess began. Unix ms;
 * the listener reads the hashes once, when it is opened, so a later write has not reached it. */
struct listener_age {
    struct seen seen;
    int64_t written_at_ms, started_at_ms; /* started_at_ms 0 = it does not run */
};

/* Is DirectAccess (IP-HTTPS) set up beside the VPN? */
struct direct_access {
    struct seen seen;
    bool bound;               /* a certificate record with its AppId, on any port */
    uint8_t sha1[SHA1_BYTES]; /* the certificate of that record */
    bool
        configured; /* this machine is an IP-HTTPS server; not documented, so no more than a hint */
};

/* Unicast addresses of interfaces that are up, loopback left out; port 0. */
enum { LOCAL_MAX = 16 };
struct local_addresses {
    struct seen seen;
    bool has_v6; /* also when it is not among the first LOCAL_MAX */
    struct net_addr addr[LOCAL_MAX];
    size_t n;
};

/* ---- the System log ---- */

struct log_event {
    char provider[64];
    uint32_t id;
    char text[256]; /* one line: the message, or its strings where there is none */
};
enum { EVENTS_MAX = 16 };
struct log_events {
    struct log_event of[EVENTS_MAX]; /* the oldest first */
    size_t n;
};

/* ---- everything at once ---- */

/* What to look at. A part that was not asked for is all zero, as if nothing were there. */
enum look_part {
    LOOK_VALUES = 1,    /* value */
    LOOK_RECORDS = 2,   /* binding, record, bound, trial_port, direct_access.bound */
    LOOK_CERTS = 4,     /* cert */
    LOOK_ADDRESSES = 8, /* local */
    LOOK_SERVICES = 16, /* service */
    LOOK_LISTENER = 32, /* listener; with it comes LOOK_SERVICES */
    LOOK_BESIDE = 64,   /* everything else; with it come LOOK_VALUES and LOOK_SERVICES */
    LOOK_ALL = 127,
    /* What a deploy sets, and what says whether a missing [::] record is missed. */
    LOOK_SETTING = LOOK_VALUES | LOOK_RECORDS | LOOK_ADDRESSES,
};

struct observed { /* observed_clear frees */
    bool elevated;
    struct service service[SERVICE_COUNT];
    struct raw_value value[VALUE_COUNT];
    struct binding binding[FAMILY_COUNT]; /* the two wildcards on the port */
    struct store_cert *cert;              /* owned */
    size_t cert_count;
    struct http_record *record; /* owned */
    size_t record_count;
    struct bound_hash *bound; /* owned; of every record, on whatever port */
    size_t bound_count;

    /* Beside what a deploy needs. */
    struct listen_list listen;
    struct url_reservation url;
    struct config_store config;
    struct service http_driver; /* exists = false also when it could not be asked */
    struct dependents dependents;
    struct sessions sessions;
    struct sstp_ports ports;
    struct listener_age listener;
    struct direct_access direct_access;
    struct local_addresses local;
    int trial_port; /* a record of try_binding was left on 127.0.0.1 and this port; 0 = none */

    bool v6_refused; /* the journal's; set by the driver, never by `observe` */
};
void observed_clear(struct observed *o);
/* This machine has no IPv6 address but a loopback one. False when that cannot be told. */
bool observed_lacks_v6(const struct observed *o);
/* ... and no [::] record, as http.sys has refused to make one: there is nothing to be bound. */
bool observed_without_v6(const struct observed *o);
/* NULL when it is not there. */
const struct store_cert *observed_by_sha1(const struct observed *o, const uint8_t sha1[SHA1_BYTES]);
const struct store_cert *observed_by_sha256(const struct observed *o,
                                            const uint8_t sha256[SHA256_BYTES]);
/* TLS ends at RRAS; UseHttps 0 = at a balancer before it (TLS offload). */
bool observed_https(const struct observed *o);
/* The port that SstpSvc listens on: ListenerPort; when it is 0, missing or out of range 443, or 80
 * without TLS. */
int observed_port(const struct observed *o);

/* ---- doing ---- */

enum { KEY_NAME_BYTES = 256, PUBLIC_KEY_MAX_BYTES = 640 };
/* SubjectPublicKeyInfo, DER; of RSA 4096 it has 550 bytes. */
struct public_key {
    uint8_t der[PUBLIC_KEY_MAX_BYTES];
    size_t len;
};
/* Where a private key lives. */
struct key_ref {
    char container[KEY_NAME_BYTES];
    char provider[128];
    uint32_t provider_type; /* 0 = CNG */
};

struct import_request {
    const struct bundle *bundle;
    enum pfx_style style; /* of the file in memory that Windows is given */
    const char *friendly_name;
};

struct target {
    /* Looks at the parts (LOOK_*); changes nothing. Without administrator rights what cannot be
     * looked at is left out and `elevated` is false. What has a `struct seen` is marked there when
     * it cannot be read and fails nothing. ERR_DENIED, ERR_FAIL. */
    int (*observe)(void *self, int port, unsigned parts, struct observed *out, struct err *err);

    /* Imports the bundle's leaf, and nothing else of it, with a new machine key (not exportable)
     * into LocalMachine\MY, replacing the same certificate there. On failure neither certificate
     * nor key stays. err->number 86: this Windows does not know the style's encryption.
     * A bundle whose key is in a container of the machine (key_container) is put there naming that
     * container; out->container is "" then, as the key is not the import's, and stays. */
    int (*import_pfx)(void *self, const struct import_request *q, struct key_ref *out,
                      struct err *err);
    /* Into LocalMachine\CA, if it is not there. */
    int (*add_intermediate)(void *self, const uint8_t *der, size_t len, struct err *err);
    /* The machine can use this certificate's key: acquired silently, signs, and the certificate's
     * public key verifies. */
    int (*prove_key)(void *self, const uint8_t sha1[SHA1_BYTES], struct err *err);
    /* Removes a certificate from MY (absent = success), and the key container, unless another
     * certificate there names it. key->container "" = only the certificate. */
    int (*remove_cert)(void *self, const uint8_t sha1[SHA1_BYTES], const struct key_ref *key,
                       struct err *err);
    /* Removes machine keys with this public key that no certificate in MY names: what an import
     * that died left behind. */
    int (*sweep_keys)(void *self, const struct public_key *key, struct err *err);
    /* Removes a machine key (machine_key.h), unless a certificate in MY names it. *gone: it is not
     * there any more; not there before = success. */
    int (*drop_key)(void *self, const char *container, bool *gone, struct err *err);

    /* Writes a value raw, or removes it (!v->present; absent = success). */
    int (*set_value)(void *self, enum value_id id, const struct raw_value *v, struct err *err);
    /* Makes the wildcard's record exactly b, in place where Windows can, or removes it
     * (!b->present). If replacing fails the old record is put back. */
    int (*set_binding)(void *self, enum family f, int port, const struct binding *b,
                       struct err *err);

    /* Lets http.sys judge a certificate where nobody is served: sets a record on 127.0.0.1 and the
     * port, with an AppId of our own, and takes it away again. err->number 183: the port has a
     * record; 1312: http.sys cannot use the key. On failure the record may be left (trial_port). */
    int (*try_binding)(void *self, int port, const uint8_t sha1[SHA1_BYTES], struct err *err);
    /* Takes away what a try_binding left; a record that is not ours stays (success). */
    int (*drop_trial)(void *self, int port, struct err *err);

    /* One look, one command; nothing here waits. A service that is not there: exists = false. */
    int (*service_query)(void *self, const char *name, struct service *out, struct err *err);
    int (*service_stop)(void *self, const char *name, struct err *err);
    int (*service_start)(void *self, const char *name, struct err *err);
    /* The active services that depend on it, in the order to stop them. */
    int (*service_dependents)(void *self, const char *name, struct service_list *out,
                              struct err *err);

    /* The number of the newest event, whoever's. */
    int (*events_mark)(void *self, uint64_t *out, struct err *err);
    /* Warnings and errors that came after it, of the providers that matter (names.h). */
    int (*events_since)(void *self, uint64_t mark, struct log_events *out, struct err *err);
    void *self;
};

/* This machine. On systems other than Windows everything fails with ERR_USAGE. */
extern const struct target target_rras;

#endif
