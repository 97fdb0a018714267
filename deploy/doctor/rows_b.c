/* SPDX-License-Identifier: Apache-2.0 */
/* Rows B: SstpSvc's registry values. */
#include "doctor/doctor.h"

#include "doctor/look_host.h"
#include "doctor/values.h"
#include "rras/names.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

#define KEY_PATH   "HKLM\\" NAME_SSTP_PARAMETERS
#define STORE_PATH "HKLM\\" NAME_CONFIG_STORE

static const char restart_cure[] = "net stop " NAME_REMOTEACCESS " & net start " NAME_REMOTEACCESS;

/* ---- the key ---- */

static void judge_key(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct doctor_key *k = &s->host->parameters;

    if (k->seen.ok && k->present) {
        finding_ok(f, "%s opens", KEY_PATH);
    } else if (s->machine && !s->machine->service[SERVICE_SSTPSVC].exists) {
        finding_skip(f, "SstpSvc is not installed (A2)");
    } else if (k->seen.ok) {
        finding_fail(f, "%s is not there (RasSstp event 17)", KEY_PATH);
        finding_cure(f, "repair the role: remove and add the Remote Access role service");
    } else if (!k->seen.why[0]) {
        finding_skip(f, "not looked at");
    } else {
        finding_fail(f, "%s does not open (RasSstp event 17): %s", KEY_PATH, k->seen.why);
        finding_cure(f, "in Registry Editor, Permissions of that key, give SYSTEM and "
                        "Administrators Full Control and LOCAL SERVICE Read");
    }
}

/* What a key's DACL keeps from the two accounts that work with it; "" = nothing. */
static const char *rights_trouble(const struct acl *a)
{
    const uint32_t both = ACL_KEY_READ | ACL_KEY_WRITE;

    if ((acl_granted(a, ACL_SYSTEM) & ACL_KEY_READ) != ACL_KEY_READ)
        return "SYSTEM may not read it";
    if ((acl_granted(a, ACL_SYSTEM) & both) != both)
        return "SYSTEM may not write to it";
    /* SstpSvc runs as LocalService; that it reads the key under that name is not documented. */
    if ((acl_granted(a, ACL_LOCAL_SERVICE) & ACL_KEY_READ) != ACL_KEY_READ)
        return "LOCAL SERVICE, which SstpSvc runs as, may not read it";
    return "";
}

static void judge_key_rights(const struct doctor_key *k, const char *path, struct doctor_finding *f)
{
    const char *trouble;

    if (!finding_readable(f, &k->acl_seen))
        return;
    trouble = rights_trouble(&k->acl);
    if (!trouble[0]) {
        finding_ok(f, "SYSTEM may read and write, SstpSvc may read");
        return;
    }
    finding_fail(f, "%s: %s", path, trouble);
    finding_cure(f, "in Registry Editor, Permissions of that key, give SYSTEM and Administrators "
                    "Full Control and LOCAL SERVICE Read; Advanced, Enable inheritance");
}

static void judge_rights(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct doctor_key *k = &s->host->parameters;

    if (!k->seen.ok || !k->present)
        finding_skip(f, "the key does not open (B1)");
    else
        judge_key_rights(k, KEY_PATH, f);
}

/* ---- the hashes ---- */

static bool hash_is_enabled(const struct observed *o, enum value_id id)
{
    return id == VALUE_SHA256 ? raw_number(&o->value[VALUE_SHA256_ENABLED], 1) != 0
                              : raw_number(&o->value[VALUE_SHA1_ENABLED], 0) != 0;
}

static void judge_absent_hash(const struct doctor_seen *s, enum value_id id,
                              struct doctor_finding *f)
{
    const struct observed *o = s->machine;
    bool admin = raw_number(&o->value[VALUE_FLAG], 0) != 0;

    if (!hash_is_enabled(o, id)) {
        finding_ok(f, "absent, and not needed");
    } else if (!observed_https(o)) {
        finding_fail(f, "%s is absent: with TLS offload RRAS does not start without it",
                     value_name(id));
        finding_cure(f, "write the hash of the certificate that the balancer serves (rras-acme "
                        "deploy, deploy.mode \"offload\")");
    } else if (admin && id == VALUE_SHA256) {
        finding_fail(f,
                     "%s is absent while " NAME_VALUE_FLAG " is 1: RRAS will not start (event 25)",
                     value_name(id));
        finding_cure(f, "deploy a certificate, or delete " NAME_VALUE_FLAG
                        " so that RRAS takes the bound one at its next start");
    } else {
        finding_warn(f, "%s is absent: RRAS records it from the binding at its next start",
                     value_name(id));
        finding_cure(f, "%s", restart_cure);
    }
}

static void judge_hash(const struct doctor_seen *s, enum value_id id, struct doctor_finding *f)
{
    const struct raw_value *v = &s->machine->value[id];
    unsigned want = id == VALUE_SHA256 ? (unsigned)SHA256_BYTES : (unsigned)SHA1_BYTES;
    int event = id == VALUE_SHA256 ? 18 : 19;
    char shown[128], literal[16];

    if (!v->present) {
        judge_absent_hash(s, id, f);
        return;
    }
    raw_text(v, shown, sizeof shown);
    if (value_is_hash(v, want)) {
        finding_ok(f, "%u bytes: %.16s..", want, shown);
        return;
    }
    if (value_is_typed_length(v, literal))
        finding_fail(f,
                     "%s is \"%s\": somebody followed a \"type %s\" text literally. That number is "
                     "the length in bytes; the value has to be the certificate's hash (event %d)",
                     value_name(id), literal, literal, event);
    else
        finding_fail(f, "%s is no hash of %u bytes (it is: %s): RasSstp event %d", value_name(id),
                     want, shown, event);
    if (!hash_is_enabled(s->machine, id))
        f->level = CHECK_WARN; /* RRAS reads only what is enabled; not documented */
    finding_cure(f, "rras-acme doctor --fix writes it from the bound certificate; or delete the "
                    "value and " NAME_VALUE_FLAG ", then restart RemoteAccess");
}

static void judge_sha256(const struct doctor_seen *s, struct doctor_finding *f)
{
    judge_hash(s, VALUE_SHA256, f);
}

static void judge_sha1(const struct doctor_seen *s, struct doctor_finding *f)
{
    judge_hash(s, VALUE_SHA1, f);
}

static void judge_one_certificate(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct observed *o = s->machine;
    const struct raw_value *sha256 = &o->value[VALUE_SHA256], *sha1 = &o->value[VALUE_SHA1];
    const struct store_cert *a, *b;

    if (!value_is_hash(sha256, SHA256_BYTES) || !value_is_hash(sha1, SHA1_BYTES)) {
        finding_skip(f, sha1->present && sha256->present ? "one of them is no hash (B3, B4)"
                                                         : "there is one hash only, or none");
        return;
    }
    a = observed_by_sha256(o, sha256->bytes);
    b = observed_by_sha1(o, sha1->bytes);
    if (!a && !b) {
        finding_skip(f, "neither's certificate is in LocalMachine\\MY");
        return;
    }
    if (a == b) {
        finding_ok(f, "both are of %s", a->subject[0] ? a->subject : "the same certificate");
        return;
    }
    finding_fail(f, "they are of different certificates: clients that bind with %s will be refused",
                 a && b ? "one of them" : "SHA-1 or SHA-256");
    if (!hash_is_enabled(o, VALUE_SHA1))
        f->level = CHECK_WARN;
    finding_cure(f, "rras-acme doctor --fix writes both from the bound certificate");
}

static void judge_stored_certificate(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct observed *o = s->machine;
    const struct raw_value *hash = &o->value[VALUE_SHA256];
    const struct store_cert *c;
    bool admin = raw_number(&o->value[VALUE_FLAG], 0) != 0;

    if (!value_is_hash(hash, SHA256_BYTES)) {
        finding_skip(f, "there is no hash to look for (B3)");
        return;
    }
    c = observed_by_sha256(o, hash->bytes);
    if (!observed_https(o)) {
        finding_ok(f, "with TLS offload it need not be here");
    } else if (c && c->has_key) {
        finding_ok(f, "%s is in LocalMachine\\MY, with a key",
                   c->subject[0] ? c->subject : "the certificate");
    } else {
        finding_fail(f, "the certificate of " NAME_VALUE_SHA256 " is %s%s",
                     c ? "in LocalMachine\\MY without a private key" : "not in LocalMachine\\MY",
                     admin ? ": RRAS will not start (event 25)" : "");
        if (!admin)
            f->level = CHECK_WARN;
        finding_cure(f, admin ? "import it again with its key, or deploy another one"
                              : "RRAS records the bound one at its next start; or deploy");
    }
}

/* ---- who is the authority ---- */

static void judge_flag(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct observed *o = s->machine;
    const struct raw_value *flag = &o->value[VALUE_FLAG];
    bool admin = raw_number(flag, 0) != 0;
    char shown[128];

    raw_text(flag, shown, sizeof shown);
    if (flag->present && (flag->type != NAME_REG_DWORD || flag->len != 4)) {
        finding_warn(f, NAME_VALUE_FLAG " is no number (it is: %s)", shown);
        finding_cure(f, "delete the value: RRAS takes the bound certificate then");
    } else if (!observed_https(o) && !admin) {
        finding_warn(f,
                     NAME_VALUE_FLAG " is %s: with TLS offload the hash has to be the "
                                     "authority, or RRAS may write over it",
                     shown);
        finding_cure(f, "rras-acme deploy with deploy.mode \"offload\"; or set it to 1");
    } else if (!admin) {
        finding_ok(f, "the binding: at its next start RRAS takes the bound certificate's hashes");
    } else {
        finding_ok(f, "the stored hash: at its next start RRAS binds that certificate");
    }
}

static void judge_algorithms(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct observed *o = s->machine;
    bool sha256 = hash_is_enabled(o, VALUE_SHA256), sha1 = hash_is_enabled(o, VALUE_SHA1);

    if (!sha256 && !sha1) {
        finding_fail(f, NAME_VALUE_SHA256_ENABLED " is 0 and " NAME_VALUE_SHA1_ENABLED
                                                  " is not set: no hash is left for calls to "
                                                  "agree on");
        finding_cure(f, "delete " NAME_VALUE_SHA256_ENABLED " below %s, then: %s", KEY_PATH,
                     restart_cure);
    } else if (sha256 && sha1 && o->value[VALUE_SHA256].present != o->value[VALUE_SHA1].present) {
        finding_fail(f, "SHA-1 and SHA-256 are both enabled, and only one hash is there: RRAS ends "
                        "with 87 when it starts");
        finding_cure(f, "rras-acme doctor --fix writes the other; or set " NAME_VALUE_SHA1_ENABLED
                        " to 0");
    } else if (!sha256) {
        finding_warn(f, "only SHA-1 is enabled: current clients want SHA-256");
        finding_cure(f, "delete " NAME_VALUE_SHA256_ENABLED " below %s, then: %s", KEY_PATH,
                     restart_cure);
    } else {
        finding_ok(f, sha1 ? "SHA-256 and SHA-1, and both hashes are there" : "SHA-256");
    }
}

static bool is_number_or_absent(const struct raw_value *v)
{
    return !v->present || (v->type == NAME_REG_DWORD && v->len == 4);
}

static void judge_mode(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct doctor_wanted *w = doctor_wanted_of(s);
    const struct observed *o = s->machine;
    bool https = observed_https(o), wants_offload = w->mode == CONF_OFFLOAD;

    if (!is_number_or_absent(&o->value[VALUE_USE_HTTPS]) ||
        !is_number_or_absent(&o->value[VALUE_LISTENER_PORT])) {
        finding_warn(f, NAME_VALUE_USE_HTTPS " or " NAME_VALUE_LISTENER_PORT
                                             " is no number: RRAS goes by its default");
        finding_cure(f, "delete the value, or make it a REG_DWORD, below %s", KEY_PATH);
    } else if (w->configured && wants_offload == https) {
        finding_fail(f, "TLS ends %s, and deploy.mode is \"%s\"",
                     https ? "at RRAS" : "at a balancer", wants_offload ? "offload" : "terminate");
        finding_cure(f,
                     "set " NAME_VALUE_USE_HTTPS " to %d and restart RemoteAccess, or "
                     "deploy.mode to \"%s\"",
                     wants_offload ? 0 : 1, https ? "terminate" : "offload");
    } else if (w->port != 0 && w->port != observed_port(o)) {
        finding_fail(f, "SstpSvc listens on port %d, and deploy.port is %d", observed_port(o),
                     w->port);
        finding_cure(f, "set deploy.port to %d", observed_port(o));
    } else if (!https && !w->configured) {
        finding_note(f, "TLS ends at a balancer (TLS offload), RRAS listens on port %d without",
                     observed_port(o));
    } else {
        finding_ok(f, "%s, port %d", https ? "RRAS ends TLS" : "a balancer ends TLS",
                   observed_port(o));
    }
}

/* ---- ConfigStore ---- */

static void judge_store(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct config_store *c = &s->machine->config;
    const struct doctor_key *k = &s->host->config_store;
    bool runs = s->machine->service[SERVICE_REMOTEACCESS].state == SERVICE_IS_RUNNING;

    if (!c->seen.ok) {
        finding_fail(f, "%s cannot be read (RasSstp event 7): %s", STORE_PATH,
                     seen_trouble(&c->seen));
        finding_cure(f,
                     "in Registry Editor, Permissions of that key, give SYSTEM and "
                     "Administrators Full Control; then: %s",
                     restart_cure);
    } else if (!c->present && !runs) {
        finding_note(f, "ConfigStore is not there; RRAS makes it at its next start");
    } else if (!c->present) {
        finding_warn(f, "ConfigStore is not there though RRAS runs: it goes by its defaults "
                        "(RasSstp event 7)");
        finding_cure(f, "%s: RRAS makes it anew", restart_cure);
    } else if (!is_number_or_absent(&c->use_https) || !is_number_or_absent(&c->listener_port)) {
        finding_fail(f,
                     "%s is damaged: " NAME_VALUE_USE_HTTPS " or " NAME_VALUE_LISTENER_PORT
                     " there is no number",
                     STORE_PATH);
        finding_cure(f, "delete the key ConfigStore, then: %s", restart_cure);
    } else if (k->acl_seen.ok) {
        judge_key_rights(k, STORE_PATH, f);
        if (f->level == CHECK_OK)
            finding_ok(f, "there, and SYSTEM may read and write it");
    } else {
        finding_ok(f, "there; its permissions were not read");
    }
}

static void judge_applied(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct observed *o = s->machine;
    const struct config_store *c = &o->config;
    uint32_t https = raw_number(&o->value[VALUE_USE_HTTPS], 1);
    uint32_t was_https = raw_number(&c->use_https, 1), port = raw_number(&c->listener_port, 0);

    if (!c->seen.ok || !c->present) {
        finding_skip(f, "there is no ConfigStore to compare with (B10)");
        return;
    }
    if (port == 0)
        port = was_https != 0 ? NAME_DEFAULT_PORT : NAME_DEFAULT_PLAIN_PORT;
    if ((was_https != 0) == (https != 0) && (int)port == observed_port(o)) {
        finding_ok(f, "port and UseHttps are what RRAS runs with");
        return;
    }
    finding_warn(f,
                 "RRAS runs with port %lu, UseHttps %lu, and is set to port %d, UseHttps %lu: it "
                 "takes that at its next start",
                 (unsigned long)port, (unsigned long)was_https, observed_port(o),
                 (unsigned long)https);
    finding_cure(f, "%s", restart_cure);
}

/* "https://HOST/sra_{...}/" */
static bool is_server_url(const char *url)
{
    static const char scheme[] = "https://";
    const char *path;

    if (strlen(url) <= strlen(scheme) || !text_starts(url, scheme))
        return false;
    path = strchr(url + strlen(scheme), '/');
    return path && path != url + strlen(scheme) && text_equal_nocase(path, NAME_SSTP_URL);
}

static void judge_server_url(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct doctor_text *uri = &s->host->server_uri, *url = &s->host->server_url;

    if (!s->host->parameters.seen.ok) {
        finding_skip(f, "the key does not open (B1)");
    } else if (uri->present &&
               (uri->type != NAME_REG_SZ || !text_equal_nocase(uri->text, NAME_SSTP_URL))) {
        finding_fail(f, "ServerURI is %s, and clients ask for " NAME_SSTP_URL,
                     uri->type == NAME_REG_SZ ? uri->text : "no text");
        finding_cure(f, "set ServerURI below %s to " NAME_SSTP_URL ", then: %s", KEY_PATH,
                     restart_cure);
    } else if (url->present && (url->type != NAME_REG_SZ || !is_server_url(url->text))) {
        finding_warn(f, "ServerURL is %s; it ought to be https://NAME" NAME_SSTP_URL,
                     url->type == NAME_REG_SZ ? url->text : "no text");
        finding_cure(f, "set ServerURL below %s to https://NAME" NAME_SSTP_URL ", then: %s",
                     STORE_PATH, restart_cure);
    } else if (!uri->present) {
        finding_note(f, "ServerURI is not there; RRAS goes by its default");
    } else {
        /* Windows Server 2008 R2 knew ServerURL; later ones do without. */
        finding_ok(f, url->present ? "both are what clients ask for"
                                   : "ServerURI is what clients ask for; there is no ServerURL");
    }
}

static void judge_proxy(const struct doctor_seen *s, struct doctor_finding *f)
{
    if (raw_number(&s->machine->value[VALUE_PROXY_ENABLED], 0) == 0) {
        finding_ok(f, "off");
        return;
    }
    finding_warn(f, NAME_VALUE_PROXY_ENABLED " is set: a multi-tenant SSTP proxy, which this "
                                             "program does not know");
    finding_cure(f, "manage the certificate with Set-RemoteAccess and Add-VpnSstpProxyRule");
}

const struct doctor_row doctor_rows_b[] = {
    {"B1", "registry key", "event 8", NEEDS_HOST, judge_key},
    {"B2", "rights on the key", "event 8", NEEDS_HOST, judge_rights},
    {"B3", "SHA256CertificateHash", "blog event 8 13", NEEDS_MACHINE, judge_sha256},
    {"B4", "SHA1CertificateHash", "event 8", NEEDS_MACHINE, judge_sha1},
    {"B5", "hashes of one certificate", "event 8", NEEDS_MACHINE, judge_one_certificate},
    {"B6", "certificate of the hash", "blog", NEEDS_MACHINE, judge_stored_certificate},
    {"B7", "who wins at the next start", "", NEEDS_MACHINE, judge_flag},
    {"B8", "hash algorithms", "", NEEDS_MACHINE, judge_algorithms},
    {"B9", "UseHttps, ListenerPort", "event 8", NEEDS_MACHINE, judge_mode},
    {"B10", "ConfigStore", "event 8", NEEDS_MACHINE | NEEDS_HOST, judge_store},
    {"B11", "ConfigStore and settings", "event 8", NEEDS_MACHINE, judge_applied},
    {"B12", "ServerURL, ServerURI", "event 8", NEEDS_HOST, judge_server_url},
    {"B13", "ProxyEnabled", "", NEEDS_MACHINE, judge_proxy},
    {NULL, NULL, NULL, 0, NULL},
};
