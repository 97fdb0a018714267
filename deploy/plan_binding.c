/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificate records of others: whose the port is, what stands before it, and what our own record
 * comes to beside them. Part of plan.h.
 */
#include "plan.h"

#include "rras/names.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* DefaultCertCheckMode of the records that RRAS makes itself. Not documented; guarded by reading
 * the record back and by the proof: a Windows that does not take it leads to a roll-back. */
enum { RRAS_CHECK_MODE = 0x1000 };

/* ---- our record ---- */

static struct binding sstp_record(uint32_t check_mode)
{
    struct binding b = {.present = true, .check_mode = check_mode};

    text_copy(b.app_id, sizeof b.app_id, NAME_SSTP_APP_ID);
    return b;
}

struct binding plan_binding(const struct binding *old, const uint8_t sha1[SHA1_BYTES],
                            bool takeover)
{
    struct binding b = *old;

    if (!old->present)
        b = sstp_record(0);
    else if (takeover && binding_is_foreign(old))
        b = sstp_record(RRAS_CHECK_MODE);
    if (!binding_is_in_my(&b) || !old->present)
        text_copy(b.store, sizeof b.store, NAME_STORE_MY); /* where the import puts it */
    memset(b.hash, 0, sizeof b.hash);
    memcpy(b.hash, sha1, SHA1_BYTES);
    b.hash_len = SHA1_BYTES;
    return b;
}

/* ---- the wildcards' owner ---- */

static const char *owner_of(const char *app_id, const char *otherwise)
{
    const char *owner = names_app_id_owner(app_id);
    return owner ? owner : otherwise;
}

/* RRAS starts on a record of another program only while its certificate is the stored hash's (event
 * 32; not documented beyond its text). */
static int refuse_owner(const struct binding *b, const char *where, struct err *err)
{
    err_set(err, ERR_USAGE, "binding %s: belongs to %s (AppId %s), not to SSTP", where,
            owner_of(b->app_id, "another program"), b->app_id);
    return err_hint(err,
                    "with it RRAS may refuse to start (RasSstp event 32): free the endpoint in %s "
                    "(netsh http delete sslcert ipport=%s), or let both use one certificate: "
                    "deploy.binding \"share\"",
                    owner_of(b->app_id, "that program"), where);
}

/* What the record says about client certificates is its owner's business and would be lost. */
static int check_takeover(const struct binding *b, const char *where, struct err *err)
{
    bool asks = (b->flags & (BINDING_DS_MAPPER | BINDING_NEGOTIATE_CLIENT_CERT)) != 0;

    if (!asks && !b->ctl_identifier[0] && !b->ctl_store[0])
        return 0;
    err_set(err, ERR_USAGE, "binding %s: %s %s; deploy.binding \"takeover\" would lose that", where,
            owner_of(b->app_id, "its owner"),
            asks ? "asks for client certificates with it" : "has a trust list in it");
    return err_hint(err,
                    "set deploy.binding to \"share\", or free the endpoint: netsh http show "
                    "sslcert ipport=%s",
                    where);
}

static int check_owner(const struct binding *b, enum family f, const struct conf *conf,
                       struct err *err)
{
    char where[24];

    if (!binding_is_foreign(b))
        return 0;
    binding_where(f, conf->deploy.port, where);
    switch (conf->deploy.binding) {
    case CONF_BINDING_SHARE:
        return 0;
    case CONF_BINDING_TAKEOVER:
        return check_takeover(b, where, err);
    default:
        return refuse_owner(b, where, err);
    }
}

/* ---- DirectAccess ---- */

/* The common name in a subject line: "CN=vpn.example.com", "O=Contoso, CN=vpn.example.com". */
static bool common_name(const char *subject, char out[256])
{
    const char *p = strstr(subject, "CN=");
    size_t n = p ? strcspn(p + 3, ",+") : 0;

    if (n == 0 || n >= 256)
        return false;
    memcpy(out, p + 3, n);
    out[n] = '\0';
    return true;
}

/* IP-HTTPS clients want a subject that equals the ConnectTo name; the certificate that serves them
 * now has it. An empty subject (short-lived profiles) is refused by DirectAccess. */
static bool suits_direct_access(const struct observed *o, const struct cert_info *leaf)
{
    const struct direct_access *d = &o->direct_access;
    const struct binding *v4 = &o->binding[FAMILY_V4];
    const struct store_cert *now = NULL;
    char wanted[256], offered[256];

    if (d->bound)
        now = observed_by_sha1(o, d->sha1);
    else if (v4->present && v4->hash_len == SHA1_BYTES)
        now = observed_by_sha1(o, v4->hash);
    return now && common_name(now->subject, wanted) && common_name(leaf->subject, offered) &&
           text_equal_nocase(wanted, offered);
}

static int check_direct_access(const struct observed *o, const struct conf *conf,
                               const struct cert_info *leaf, struct err *err)
{
    bool share = conf->deploy.binding == CONF_BINDING_SHARE;

    if (!o->direct_access.bound && !o->direct_access.configured)
        return 0;
    if (share && (!leaf || suits_direct_access(o, leaf)))
        return 0;
    err_set(err, ERR_USAGE, "DirectAccess: IP-HTTPS is set up on this server%s",
            share ? ", and the certificate's common name is not that of the one it uses now"
                  : " and has to get the same certificate");
    return err_hint(err, "set both with PowerShell: Set-RemoteAccess -SslCertificate; %s",
                    share ? "or order a certificate with that common name"
                          : "deploy.binding \"share\" allows a certificate whose common name is "
                            "the one that IP-HTTPS uses now");
}

/* ---- what stands before the wildcards ---- */

bool plan_names_meet(const char *a, const char *b)
{
    const char *dot_a = strchr(a, '.'), *dot_b = strchr(b, '.');

    if (text_equal_nocase(a, b))
        return true;
    if (!dot_a || !dot_b || (strncmp(a, "*.", 2) != 0 && strncmp(b, "*.", 2) != 0))
        return false;
    return text_equal_nocase(dot_a, dot_b);
}

/* Whether clients of our names can meet it. */
static bool record_concerns(const struct http_record *r, const struct conf *conf)
{
    if (r->kind != RECORD_SNI)
        return true;
    for (size_t i = 0; i < conf->names.n; i++)
        if (plan_names_meet(r->host, conf->names.v[i]))
            return true;
    return false;
}

/* It shows the certificate that the wildcards show: somebody made it to go with them. No deploy
 * changes it, so with the next certificate it would stand before them with the old one. */
static bool shows_what_serves(const struct http_record *r, const struct observed *o)
{
    return r->hash_len == SHA1_BYTES && (binding_shows(&o->binding[FAMILY_V4], r->hash) ||
                                         binding_shows(&o->binding[FAMILY_V6], r->hash));
}

/* http.sys takes the host name's record first, then the address's, then the wildcard; nothing in
 * RRAS notices, and clients see a certificate whose hash RRAS does not expect. */
static int check_shadow(const struct http_record *r, const struct observed *o,
                        const struct conf *conf, const struct cert_info *leaf, struct err *err)
{
    static const char *const kinds[] = {"address", "host name", "central certificate store"};
    static const char *const keys[] = {"ipport", "hostnameport", "ccs"};
    char sha1[2 * BINDING_HASH_BYTES + 1] = "", port[12];
    const char *where = r->where;
    bool follows = shows_what_serves(r, o);

    if (!record_concerns(r, conf))
        return 0;
    if (leaf && r->hash_len == SHA1_BYTES && memcmp(r->hash, leaf->sha1, SHA1_BYTES) == 0)
        return 0;
    if (r->hash_len <= BINDING_HASH_BYTES)
        text_hex(r->hash, r->hash_len, sha1);
    snprintf(port, sizeof port, "%d", conf->deploy.port);
    if (r->kind == RECORD_CCS) /* netsh names it by its port */
        where = port;
    err_set(err, ERR_USAGE,
            "%s record %s of %s (AppId %s, certificate %.16s): stands before the binding that SSTP "
            "uses%s",
            kinds[r->kind], r->where, owner_of(r->app_id, "another program"), r->app_id,
            sha1[0] ? sha1 : "-",
            follows ? ", with the same certificate now but not with the next one" : "");
    return err_hint(
        err,
        "clients would get its certificate and be refused%s. Look at it: netsh http "
        "show sslcert %s=%s; free it in %s, or: netsh http delete sslcert %s=%s",
        follows ? ", so no other is deployed; without it SSTP's own binding serves them" : "",
        keys[r->kind], where, owner_of(r->app_id, "that program"), keys[r->kind], where);
}

int plan_check_records(const struct observed *o, const struct conf *conf,
                       const struct cert_info *leaf, struct err *err)
{
    for (size_t i = 0; i < o->record_count; i++)
        if (check_shadow(&o->record[i], o, conf, leaf, err) != 0)
            return -1;
    return 0;
}

int plan_check_bindings(const struct observed *o, const struct conf *conf,
                        const struct cert_info *leaf, struct err *err)
{
    if (check_direct_access(o, conf, leaf, err) != 0)
        return -1;
    for (int f = 0; f < FAMILY_COUNT; f++)
        if (check_owner(&o->binding[f], (enum family)f, conf, err) != 0)
            return -1;
    return 0;
}
