/* SPDX-License-Identifier: Apache-2.0 */
/* Rows C: http.sys. The records that stand beside the wildcards are judged in rows_c_beside.c. */
#include "doctor/rows_c.h"

#include "doctor/look_host.h"
#include "doctor/values.h"
#include "rras/names.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* HTTP_SERVICE_CONFIG_SSL_FLAG_REJECT_CONNECTION: not in every header; seen in records. */
enum { BINDING_REJECT = 8 };

bool c_is_offloaded(const struct doctor_seen *s, struct doctor_finding *f)
{
    if (doctor_offload(s))
        finding_skip(f, "TLS ends at a balancer: http.sys shows no certificate for SSTP");
    return doctor_offload(s);
}

static const struct binding *bound(const struct doctor_seen *s, enum family f)
{
    return &s->machine->binding[f];
}

/* NULL when the binding's certificate is not in LocalMachine\MY. */
static const struct store_cert *cert_of(const struct doctor_seen *s, enum family f)
{
    const struct binding *b = bound(s, f);

    return b->present && b->hash_len == SHA1_BYTES ? observed_by_sha1(s->machine, b->hash) : NULL;
}

static bool flag_is_admin(const struct doctor_seen *s)
{
    return raw_number(&s->machine->value[VALUE_FLAG], 0) != 0;
}

/* "0.0.0.0:443 and [::]:443" of those that are marked. */
static void places(const struct doctor_seen *s, const bool of[FAMILY_COUNT], char out[64])
{
    char where[24];

    out[0] = '\0';
    for (int f = 0; f < FAMILY_COUNT; f++) {
        size_t used = strlen(out);
        if (!of[f])
            continue;
        binding_where((enum family)f, doctor_port(s), where);
        snprintf(out + used, 64 - used, "%s%s", used ? " and " : "", where);
    }
}

/* ---- there, and the same ---- */

static void judge_presence(const struct doctor_seen *s, enum family family,
                           struct doctor_finding *f)
{
    const struct binding *b = bound(s, family);
    char where[24], sha1[2 * BINDING_HASH_BYTES + 1];

    if (c_is_offloaded(s, f))
        return;
    binding_where(family, doctor_port(s), where);
    if (b->present) {
        text_hex(b->hash, b->hash_len <= BINDING_HASH_BYTES ? b->hash_len : 0, sha1);
        finding_ok(f, "%s shows %.16s..", where, sha1);
    } else if (family == FAMILY_V6 && observed_lacks_v6(s->machine)) {
        finding_note(f, "nothing is bound to %s, and this machine has no IPv6 address", where);
    } else {
        finding_fail(f, "no certificate is bound to %s: clients are cut off in the TLS handshake%s",
                     where, family == FAMILY_V6 ? " (RasSstp event 13)" : " (event 12)");
        finding_cure(f,
                     "rras-acme deploy NAME or doctor --fix binds it; by hand: netsh http add "
                     "sslcert ipport=%s certhash=SHA1 appid=" NAME_SSTP_APP_ID " certstorename=MY",
                     where);
    }
}

static void judge_v4(const struct doctor_seen *s, struct doctor_finding *f)
{
    judge_presence(s, FAMILY_V4, f);
}

static void judge_v6(const struct doctor_seen *s, struct doctor_finding *f)
{
    judge_presence(s, FAMILY_V6, f);
}

static void judge_same(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct binding *v4 = bound(s, FAMILY_V4), *v6 = bound(s, FAMILY_V6);

    if (c_is_offloaded(s, f))
        return;
    if (!v4->present || !v6->present) {
        finding_skip(f, "not both are bound (C1, C2)");
    } else if (v4->hash_len == v6->hash_len && memcmp(v4->hash, v6->hash, v4->hash_len) == 0) {
        finding_ok(f, "0.0.0.0 and [::] show the same certificate");
    } else {
        finding_fail(f,
                     "0.0.0.0 and [::] show different certificates: clients of one family are "
                     "refused%s",
                     flag_is_admin(s) ? "" : ", and RRAS may end with event 24 when it starts");
        finding_cure(f, "rras-acme deploy NAME; do not restart RemoteAccess before");
    }
}

static void judge_hash(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct store_cert *c =
        cert_of(s, FAMILY_V4) ? cert_of(s, FAMILY_V4) : cert_of(s, FAMILY_V6);
    const struct raw_value *sha256 = &s->machine->value[VALUE_SHA256];

    if (c_is_offloaded(s, f))
        return;
    if (!c) {
        finding_skip(f, "no bound certificate is in LocalMachine\\MY (C1, C5)");
    } else if (!value_is_hash(sha256, SHA256_BYTES) &&
               !value_is_hash(&s->machine->value[VALUE_SHA1], SHA1_BYTES)) {
        finding_skip(f, "there is no hash to compare with (B3)");
    } else if (values_name(s->machine, c)) {
        finding_ok(f, NAME_VALUE_SHA256 " is the bound certificate's");
    } else {
        finding_fail(f,
                     "the bound certificate is not the one of " NAME_VALUE_SHA256
                     ": TLS looks right, and every call is refused (crypto binding, client event "
                     "6). At its next start RRAS %s",
                     flag_is_admin(s) ? "binds the certificate of the hash"
                                      : "takes the bound certificate's hash");
        finding_cure(f, flag_is_admin(s)
                            ? "rras-acme deploy NAME, or doctor --fix to keep the bound one"
                            : "net stop " NAME_REMOTEACCESS " & net start " NAME_REMOTEACCESS
                              ", or rras-acme doctor --fix");
    }
}

/* ---- whether http.sys can use it ---- */

static void judge_in_store(const struct doctor_seen *s, struct doctor_finding *f)
{
    bool missing[FAMILY_COUNT] = {false}, keyless[FAMILY_COUNT] = {false};
    bool any = false, gone = false, bare = false;
    char where[64];

    if (c_is_offloaded(s, f))
        return;
    for (int i = 0; i < FAMILY_COUNT; i++) {
        const struct binding *b = bound(s, (enum family)i);
        const struct store_cert *c = cert_of(s, (enum family)i);
        if (!b->present || !binding_is_in_my(b))
            continue;
        any = true;
        gone |= missing[i] = !c;
        bare |= keyless[i] = c && !c->has_key;
    }
    if (!any) {
        finding_skip(f, "nothing is bound in MY (C1, C2, C6)");
    } else if (gone) {
        places(s, missing, where);
        finding_fail(f,
                     "the certificate bound to %s is not in LocalMachine\\MY: TLS fails, and RRAS "
                     "deletes the binding when it starts",
                     where);
        finding_cure(f, "import it again with its key, or deploy another one");
    } else if (bare) {
        places(s, keyless, where);
        finding_fail(f, "the certificate bound to %s has no private key here (http.sys error 1312)",
                     where);
        finding_cure(f, "import the PFX into LocalMachine\\MY, or deploy another one");
    } else {
        finding_ok(f, "in LocalMachine\\MY, with a key");
    }
}

static void judge_store(const struct doctor_seen *s, struct doctor_finding *f)
{
    bool odd[FAMILY_COUNT] = {false}, any = false;
    const struct binding *b = NULL;
    char where[64];

    if (c_is_offloaded(s, f))
        return;
    for (int i = 0; i < FAMILY_COUNT; i++) {
        const struct binding *one = bound(s, (enum family)i);
        any |= one->present;
        odd[i] = one->present && !binding_is_in_my(one);
        b = odd[i] ? one : b;
    }
    if (!any) {
        finding_skip(f, "nothing is bound (C1, C2)");
    } else if (!b) {
        finding_ok(f, "MY");
    } else {
        places(s, odd, where);
        finding_warn(f, "%s takes its certificate from the store %s; RRAS looks in MY", where,
                     b->store);
        finding_cure(f, "rras-acme deploy NAME binds one from MY");
    }
}

/* ---- whose it is ---- */

static void judge_owner(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct binding *b = NULL;
    const struct store_cert *c;
    const char *owner;
    bool agrees;

    if (c_is_offloaded(s, f))
        return;
    for (int i = 0; i < FAMILY_COUNT && !b; i++)
        if (binding_is_foreign(bound(s, (enum family)i)))
            b = bound(s, (enum family)i);
    if (!b) {
        if (bound(s, FAMILY_V4)->present || bound(s, FAMILY_V6)->present)
            finding_ok(f, "SSTP");
        else
            finding_skip(f, "nothing is bound (C1, C2)");
        return;
    }
    owner = names_app_id_owner(b->app_id);
    c = b->hash_len == SHA1_BYTES ? observed_by_sha1(s->machine, b->hash) : NULL;
    agrees = c && values_name(s->machine, c);
    if (agrees) {
        finding_note(f, "%s (AppId %s) shares its certificate with SSTP",
                     owner ? owner : "another program", b->app_id);
        return;
    }
    if (flag_is_admin(s))
        finding_fail(f,
                     "the port is bound by %s (AppId %s) to another certificate than the stored "
                     "hash's: RRAS will not start (event 32)",
                     owner ? owner : "another program", b->app_id);
    else
        finding_warn(f, "the port is bound by %s (AppId %s), not by SSTP",
                     owner ? owner : "another program", b->app_id);
    finding_cure(f,
                 "let both use one certificate (deploy.binding \"share\"), or free the port in "
                 "%s",
                 owner ? owner : "that program");
}

static void judge_flags(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct binding *odd = NULL;
    const char *what = NULL;
    bool any = false;

    if (c_is_offloaded(s, f))
        return;
    for (int i = 0; i < FAMILY_COUNT && !odd; i++) {
        const struct binding *b = bound(s, (enum family)i);
        any |= b->present;
        what = !b->present                                ? NULL
               : b->flags & BINDING_REJECT                ? "rejects all connections"
               : b->flags & BINDING_NEGOTIATE_CLIENT_CERT ? "asks clients for a certificate"
               : b->flags & BINDING_DS_MAPPER             ? "maps client certificates to accounts"
               : b->ctl_store[0] || b->ctl_identifier[0]  ? "names a list of trusted issuers"
                                                          : NULL;
        odd = what ? b : NULL;
    }
    if (!any) {
        finding_skip(f, "nothing is bound (C1, C2)");
    } else if (!odd) {
        finding_ok(f, "none that SSTP does not use");
    } else {
        finding_warn(f, "the binding %s: it is made for another role%s", what,
                     odd->flags & BINDING_REJECT ? ", and no client gets through" : "");
        if (odd->flags & BINDING_REJECT)
            f->level = CHECK_FAIL;
        finding_cure(f, "see netsh http show sslcert; where the port is SSTP's alone: delete the "
                        "binding and deploy");
    }
}

/* ---- the rest of http.sys ---- */

static void judge_url(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct url_reservation *u = &s->machine->url;

    if (!finding_readable(f, &u->seen))
        return;
    if (u->present && u->grants_sstp) {
        finding_ok(f, "%s is SstpSvc's", u->url);
        return;
    }
    if (u->present) {
        finding_fail(f, "%s is reserved, but not for SstpSvc (%s)", u->url, u->sddl);
        finding_cure(f,
                     "netsh http delete urlacl url=%s, then net stop " NAME_REMOTEACCESS
                     " & net start " NAME_REMOTEACCESS ": RRAS makes it anew",
                     u->url);
        return;
    }
    finding_fail(f, "%s is not reserved: SstpSvc cannot listen", u->url);
    finding_cure(f,
                 "net stop " NAME_REMOTEACCESS " & net start " NAME_REMOTEACCESS
                 ": RRAS makes it anew; by hand: netsh http add urlacl url=%s "
                 "sddl=D:(A;;GA;;;" NAME_SSTPSVC_SID ")(A;;GA;;;BA)(A;;GA;;;SY)",
                 u->url);
}

static void judge_listener(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct doctor_host *h = s->host;
    bool runs = s->machine->service[SERVICE_REMOTEACCESS].state == SERVICE_IS_RUNNING;
    enum { SYSTEM_PID = 4 }; /* http.sys is a driver */

    if (!finding_readable(f, &h->listener.seen))
        return;
    for (size_t i = 0; i < h->listener.n; i++)
        if (h->listener.of[i].pid != SYSTEM_PID) {
            finding_fail(f, "port %d (IPv%u) is held by %s (process %lu), not by http.sys",
                         doctor_port(s), h->listener.of[i].family,
                         h->listener.of[i].name[0] ? h->listener.of[i].name : "a program",
                         (unsigned long)h->listener.of[i].pid);
            finding_cure(f, "stop that program or give it another port, then restart RemoteAccess");
            return;
        }
    if (h->listener.n > 0) {
        finding_ok(f, "http.sys listens on port %d", doctor_port(s));
    } else if (!runs) {
        finding_skip(f, "nobody listens: " NAME_REMOTEACCESS " does not run");
    } else {
        finding_fail(f, "nobody listens on port %d, though " NAME_REMOTEACCESS " runs",
                     doctor_port(s));
        finding_cure(f, "see RasSstp event 22 and the URL reservation (C13), then restart "
                        "RemoteAccess");
    }
}

static void judge_written(const struct doctor_seen *s, struct doctor_finding *f)
{
    if (c_is_offloaded(s, f))
        return;
    for (int i = 0; i < FAMILY_COUNT; i++) {
        const struct binding *b = bound(s, (enum family)i);
        char where[24];
        if (!finding_readable(f, &s->host->written[i].seen))
            return;
        if (s->host->written[i].present == b->present &&
            (!b->present || (s->host->written[i].hash_len == b->hash_len &&
                             memcmp(s->host->written[i].hash, b->hash, b->hash_len) == 0)))
            continue;
        binding_where((enum family)i, doctor_port(s), where);
        finding_warn(f, "%s: what http.sys wrote down for its next start is %s", where,
                     !s->host->written[i].present ? "no record"
                     : b->present                 ? "another certificate"
                                                  : "a record that it does not use");
        finding_cure(f, "bind it anew (rras-acme deploy NAME); a restart of Windows would show "
                        "the one written down");
        return;
    }
    finding_ok(f, "the same as it uses");
}

static void judge_iis(const struct doctor_seen *s, struct doctor_finding *f)
{
    if (!finding_readable(f, &s->host->iis.seen))
        return;
    if (!s->host->iis.installed) {
        finding_ok(f, "IIS is not installed");
    } else if (!s->host->iis.legacy_certificate) {
        finding_ok(f, "none in applicationHost.config");
    } else {
        finding_warn(f, "applicationHost.config has customMetadata 5506 or 5511: IIS puts its own "
                        "certificate back whenever it likes (HttpEvent 15300, 15301)");
        finding_cure(f, "remove these properties from %%windir%%\\System32\\inetsrv\\config\\"
                        "applicationHost.config and set the certificate in IIS Manager");
    }
}

static void judge_update_call(const struct doctor_seen *s, struct doctor_finding *f)
{
    if (!finding_readable(f, &s->host->update_call.seen))
        return;
    if (s->host->update_call.there)
        finding_ok(f, "bindings can be changed in place");
    else
        finding_note(f, "this Windows changes a binding by delete and add: for a moment of a "
                        "deploy there is none");
}

const struct doctor_row doctor_rows_c[] = {
    {"C1", "binding 0.0.0.0", "blog event 8 13", NEEDS_RECORDS, judge_v4},
    {"C2", "binding [::]", "blog event 8 13", NEEDS_RECORDS, judge_v6},
    {"C3", "one certificate for both", "blog", NEEDS_RECORDS, judge_same},
    {"C4", "binding and hash", "blog event 8", NEEDS_RECORDS, judge_hash},
    {"C5", "certificate of the binding", "blog", NEEDS_RECORDS, judge_in_store},
    {"C6", "store of the binding", "blog", NEEDS_RECORDS, judge_store},
    {"C7", "owner of the binding", "blog", NEEDS_RECORDS, judge_owner},
    {"C8", "flags of the binding", "", NEEDS_RECORDS, judge_flags},
    {"C9", "host name records", "blog", NEEDS_RECORDS, c_judge_host_names},
    {"C10", "address records", "blog", NEEDS_RECORDS, c_judge_addresses},
    {"C11", "central certificate store", "", NEEDS_RECORDS, c_judge_central},
    {"C12", "IP listen list", "", NEEDS_MACHINE, c_judge_listen_list},
    {"C13", "URL reservation", "event 8", NEEDS_MACHINE, judge_url},
    {"C14", "who listens", "", NEEDS_MACHINE | NEEDS_HOST, judge_listener},
    {"C15", "what http.sys wrote down", "", NEEDS_RECORDS | NEEDS_HOST, judge_written},
    {"C16", "IIS certificate property", "", NEEDS_HOST, judge_iis},
    {"C17", "update call", "", NEEDS_HOST, judge_update_call},
    {NULL, NULL, NULL, 0, NULL},
};
