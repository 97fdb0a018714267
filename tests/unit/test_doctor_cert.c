/* SPDX-License-Identifier: Apache-2.0 */
/* Rows C and D, and which finding is the cause of the others. */
#include "doctor/fix.h"
#include "doctor_world.h"
#include "rras/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPECT(id, level, says) doctor_world_expect(t, &w, id, level, says)
#define HEALTHY()               doctor_world_healthy(&w)

static const char iis[] = "{4dc3e181-e14b-4a21-b022-59fc669b0914}";

static void bindings(struct test *t)
{
    struct doctor_world w = {0};
    struct binding *v4 = &w.machine.binding[FAMILY_V4], *v6 = &w.machine.binding[FAMILY_V6];

    HEALTHY();
    *v4 = (struct binding){0};
    EXPECT("C1", CHECK_FAIL, "0.0.0.0:443");
    EXPECT("C3", CHECK_SKIP, "C1");
    EXPECT("C4", CHECK_OK, "");
    HEALTHY();
    *v6 = (struct binding){0};
    EXPECT("C2", CHECK_FAIL, "event 13");
    w.machine.local.has_v6 = false;
    EXPECT("C2", CHECK_NOTE, "no IPv6 address");
    HEALTHY();
    memcpy(v6->hash, w.store[1].sha1, SHA1_BYTES);
    EXPECT("C3", CHECK_FAIL, "event 24");
    memcpy(v4->hash, w.store[1].sha1, SHA1_BYTES);
    EXPECT("C4", CHECK_FAIL, "takes the bound certificate's hash");
    w.machine.value[VALUE_FLAG] = raw_dword(1);
    EXPECT("C4", CHECK_FAIL, "binds the certificate of the hash");
    HEALTHY();
    memset(v4->hash, 0xee, SHA1_BYTES);
    EXPECT("C5", CHECK_FAIL, "bound to 0.0.0.0:443 is not in");
    memset(v6->hash, 0xee, SHA1_BYTES);
    EXPECT("C5", CHECK_FAIL, "0.0.0.0:443 and [::]:443");
    EXPECT("C4", CHECK_SKIP, "C5");
    HEALTHY();
    w.store[0].has_key = false;
    EXPECT("C5", CHECK_FAIL, "1312");
    HEALTHY();
    snprintf(v6->store, sizeof v6->store, "WebHosting");
    EXPECT("C6", CHECK_WARN, "[::]:443 takes its certificate from the store WebHosting");
    HEALTHY();
    v4->flags = BINDING_NEGOTIATE_CLIENT_CERT;
    EXPECT("C8", CHECK_WARN, "asks clients");
    v4->flags = 8;
    EXPECT("C8", CHECK_FAIL, "rejects");
    v4->flags = 0;
    snprintf(v4->ctl_store, sizeof v4->ctl_store, "AdfsTrustedDevices");
    EXPECT("C8", CHECK_WARN, "trusted issuers");
}

static void owners(struct test *t)
{
    struct doctor_world w = {0};
    struct binding *v4 = &w.machine.binding[FAMILY_V4];

    HEALTHY();
    snprintf(v4->app_id, sizeof v4->app_id, "%s", iis);
    EXPECT("C7", CHECK_NOTE, "shares its certificate");
    memcpy(v4->hash, w.store[1].sha1, SHA1_BYTES);
    EXPECT("C7", CHECK_WARN, "IIS");
    w.machine.value[VALUE_FLAG] = raw_dword(1);
    EXPECT("C7", CHECK_FAIL, "event 32");
}

static struct http_record *add_record(struct doctor_world *w, enum record_kind kind,
                                      const char *host, const uint8_t sha1[SHA1_BYTES])
{
    struct http_record *r = &w->record[w->machine.record_count++];

    r->kind = kind;
    snprintf(r->host, sizeof r->host, "%s", host);
    snprintf(r->where, sizeof r->where, "%s:443", host);
    snprintf(r->app_id, sizeof r->app_id, "%s", iis);
    memcpy(r->hash, sha1, SHA1_BYTES);
    r->hash_len = SHA1_BYTES;
    return r;
}

static void records_before_the_wildcard(struct test *t)
{
    struct doctor_world w = {0};

    HEALTHY();
    add_record(&w, RECORD_SNI, "www.example.com", w.store[1].sha1);
    EXPECT("C9", CHECK_OK, "other names");
    add_record(&w, RECORD_SNI, "VPN.example.com", w.store[0].sha1);
    EXPECT("C9", CHECK_WARN, "VPN.example.com:443");
    add_record(&w, RECORD_SNI, "*.example.com", w.store[1].sha1);
    EXPECT("C9", CHECK_FAIL, "*.example.com:443");
    add_record(&w, RECORD_SNI, "vpn.example.com", w.store[0].sha1); /* the worse one counts */
    EXPECT("C9", CHECK_FAIL, "*.example.com:443");
    w.wanted.name_count = 0; /* then the bound certificate's names are dialled */
    EXPECT("C9", CHECK_FAIL, "*.example.com:443");
    w.cert.found = false;
    EXPECT("C9", CHECK_NOTE, "not known");
    HEALTHY();
    add_record(&w, RECORD_IP, "203.0.113.5", w.store[0].sha1);
    EXPECT("C10", CHECK_WARN, "the next one is not deployed");
    add_record(&w, RECORD_IP, "203.0.113.6", w.store[1].sha1);
    EXPECT("C10", CHECK_FAIL, "203.0.113.6:443");
    EXPECT("C11", CHECK_OK, "");
    add_record(&w, RECORD_CCS, "ccs", w.store[1].sha1);
    EXPECT("C11", CHECK_WARN, "central certificate store");
    w.machine.value[VALUE_USE_HTTPS] = raw_dword(0);
    EXPECT("C10", CHECK_SKIP, "balancer");
}

static void the_rest_of_http_sys(struct test *t)
{
    struct doctor_world w = {0};
    struct listen_list *l = &w.machine.listen;

    HEALTHY();
    l->addr[l->n++] = (struct net_addr){.family = 4, .ip = {192, 168, 7, 9}};
    EXPECT("C12", CHECK_WARN, "192.168.7.9 only, and this machine has 2001:4860::");
    l->addr[l->n++] = (struct net_addr){.family = 6}; /* [::] is all of them */
    EXPECT("C12", CHECK_NOTE, "192.168.7.9, :: only");
    HEALTHY();
    w.machine.url.grants_sstp = false;
    EXPECT("C13", CHECK_FAIL, "not for SstpSvc");
    w.machine.url.present = false;
    EXPECT("C13", CHECK_FAIL, "not reserved");
    w.machine.url.seen.ok = false;
    EXPECT("C13", CHECK_SKIP, "");
    HEALTHY();
    w.host.listener.of[1].pid = 4711;
    snprintf(w.host.listener.of[1].name, 64, "nginx.exe");
    EXPECT("C14", CHECK_FAIL, "(IPv6) is held by nginx.exe (process 4711)");
    w.host.listener.n = 0;
    EXPECT("C14", CHECK_FAIL, "nobody listens");
    w.machine.service[SERVICE_REMOTEACCESS].state = SERVICE_IS_STOPPED;
    EXPECT("C14", CHECK_SKIP, "does not run");
    HEALTHY();
    w.host.written[FAMILY_V6].hash[3] ^= 1;
    EXPECT("C15", CHECK_WARN, "[::]:443: what http.sys wrote down for its next start is another");
    w.host.written[FAMILY_V4].present = false;
    EXPECT("C15", CHECK_WARN, "no record");
    HEALTHY();
    w.host.iis.installed = true;
    EXPECT("C16", CHECK_OK, "none");
    w.host.iis.legacy_certificate = true;
    EXPECT("C16", CHECK_WARN, "5506");
    w.host.update_call.there = false;
    EXPECT("C17", CHECK_NOTE, "delete and add");
}

static void purpose_names_dates(struct test *t)
{
    struct doctor_world w = {0};
    static const char *const other[] = {"vpn.example.com", "vpn2.example.com"};

    HEALTHY();
    w.cert.found = false;
    EXPECT("D1", CHECK_SKIP, "C5");
    EXPECT("D4", CHECK_SKIP, "C5");
    HEALTHY();
    w.cert.info.server_auth = false;
    EXPECT("D1", CHECK_FAIL, "0x800B0110");
    HEALTHY();
    w.wanted.names = other;
    w.wanted.name_count = 2;
    EXPECT("D2", CHECK_FAIL, "not for vpn2.example.com");
    w.names[0] = (char[]){"*.example.com"};
    EXPECT("D2", CHECK_OK, "*.example.com");
    w.cert.info.name_count = 0;
    EXPECT("D2", CHECK_FAIL, "no DNS name");
    HEALTHY();
    w.cert.info.not_after = WORLD_NOW;
    EXPECT("D3", CHECK_FAIL, "0x800B0101");
    w.cert.info.not_after = WORLD_NOW + 86400;
    EXPECT("D3", CHECK_WARN, "in 1 days");
    w.wanted.renew_at = WORLD_NOW - 2 * 86400;
    EXPECT("D3", CHECK_WARN, "ought to have been renewed");
    w.wanted.renew_at = WORLD_NOW - 3600;
    EXPECT("D3", CHECK_OK, "");
    w.cert.info.not_before = WORLD_NOW + 1;
    EXPECT("D3", CHECK_FAIL, "is the clock right");
}

static void key_and_trust(struct test *t)
{
    struct doctor_world w = {0};

    HEALTHY();
    w.cert.key = (struct seen){.why = "the key container does not exist"};
    EXPECT("D4", CHECK_FAIL, "does not exist");
    w.cert.key = (struct seen){0};
    EXPECT("D4", CHECK_SKIP, "not tried");
    HEALTHY();
    w.cert.provider.machine = false;
    EXPECT("D5", CHECK_FAIL, "a user's");
    snprintf(w.cert.info.key, sizeof w.cert.info.key, "rsa1024");
    EXPECT("D5", CHECK_FAIL, "too short");
    snprintf(w.cert.info.key, sizeof w.cert.info.key, "rsa1536");
    EXPECT("D5", CHECK_FAIL, "too short");
    HEALTHY();
    w.cert.chain.errors = CHAIN_UNTRUSTED_ROOT;
    EXPECT("D6", CHECK_NOTE, "do the clients?");
    w.cert.chain.errors = CHAIN_PARTIAL; /* up to an intermediate whose root is not here */
    EXPECT("D6", CHECK_NOTE, "do the clients?");
    w.cert.chain.length = 1;
    EXPECT("D6", CHECK_FAIL, "incomplete");
    w.cert.chain.errors |= CHAIN_REVOKED;
    EXPECT("D6", CHECK_FAIL, "revoked");
    HEALTHY();
    w.cert.chain.intermediates_in_ca = false;
    EXPECT("D6", CHECK_FAIL, "R10) is not in LocalMachine\\CA");
    HEALTHY();
    w.cert.revocation.seen = (struct seen){.why = "no answer"};
    EXPECT("D7", CHECK_WARN, "r10.crl: no answer");
    w.cert.revocation.seen.ok = true;
    w.cert.revocation.named = false;
    EXPECT("D7", CHECK_NOTE, "0x80092012");
    HEALTHY();
    w.cert.info.self_signed = true;
    EXPECT("D8", CHECK_NOTE, "signed itself");
    HEALTHY();
    snprintf(w.cert.info.issuer, sizeof w.cert.info.issuer, "CN=(STAGING) Pseudo Plum");
    EXPECT("D8", CHECK_FAIL, "rehearsals");
}

static void others_in_the_store(struct test *t)
{
    struct doctor_world w = {0};
    struct doctor_rival *r = &w.cert.rival[0];

    HEALTHY();
    w.cert.rival_count = 1;
    r->not_after = WORLD_NOW + 1;
    snprintf(r->subject, sizeof r->subject, "CN=web");
    EXPECT("D9", CHECK_OK, "none");
    r->server_auth = true;
    EXPECT("D9", CHECK_NOTE, "CN=web");
    EXPECT("D10", CHECK_OK, "");
    r->same_name = true;
    EXPECT("D10", CHECK_NOTE, "CN=web of another CA");
    r->ike_intermediate = true;
    EXPECT("D10", CHECK_OK, "");
    memset(w.machine.binding, 0, sizeof w.machine.binding);
    EXPECT("D9", CHECK_WARN, "takes the first");
    HEALTHY();
    w.wanted.keep = 0;
    EXPECT("D11", CHECK_NOTE, "1 of ours");
    w.tool.orphans.n = 2;
    EXPECT("D12", CHECK_WARN, "2 private keys");
    w.tool.orphans.seen = (struct seen){.why = "access is denied"};
    EXPECT("D12", CHECK_SKIP, "access is denied");
    w.machine.bound_count = 1;
    w.bound[0].len = SHA1_BYTES;
    memcpy(w.bound[0].hash, w.store[0].sha1, SHA1_BYTES);
    EXPECT("D13", CHECK_OK, "");
    memcpy(w.bound[0].hash, w.store[2].sha1, SHA1_BYTES);
    EXPECT("D13", CHECK_WARN, "still bound");
}

static void an_orphan_is_ours_and_nobodys(struct test *t)
{
    static char noted[] = "rras-acme-vpn-0123456789abcdef";
    char *list[] = {noted};
    const struct strings needed = {.v = list, .n = 1};
    struct orphans o = {.n = 0};

    orphans_judge(&o, noted, &needed);
    orphans_judge(&o, "RRAS-acme-vpn-0123456789ABCDEF", &needed);
    orphans_judge(&o, "{5B5A9A30-0000-4000-8000-000000000000}", &needed);
    orphans_judge(&o, "tp-rras-acme-vpn-0123456789abcde0", &needed);
    orphans_judge(&o, "rras-acme-0123456789abcdef", &needed);
    orphans_judge(&o, "rras-acme-vpn-0123456789abcdeg", &needed);
    orphans_judge(&o, "rras-acme", &needed);
    CHECK_INT(o.n, 0);
    orphans_judge(&o, "rras-acme-vpn-0123456789abcde0", &needed);
    orphans_judge(&o, "rras-acme-vpn-b-0123456789abcde1", &needed);
    CHECK_INT(o.n, 2);
    CHECK_STR(o.first, "rras-acme-vpn-0123456789abcde0");
}

/* ---- the cause ---- */

static void expect_cause(struct test *t, const struct doctor_world *w, const char *cause,
                         const char *explained)
{
    struct doctor_report *r = calloc(1, sizeof *r);
    char got[200] = "";

    REQUIRE(r != NULL);
    doctor_report_make(&w->seen, r);
    for (size_t i = 0; i < r->n; i++)
        if (r->explained[i])
            snprintf(got + strlen(got), sizeof got - strlen(got), "%s ", r->row[i]->id);
    CHECK_STR(r->cause == DOCTOR_NO_CAUSE ? "" : r->row[r->cause]->id, cause);
    CHECK_STR(got, explained);
    free(r);
}

static void one_cause_is_named_with_what_it_explains(struct test *t)
{
    struct doctor_world w = {0};
    struct service *ra = &w.machine.service[SERVICE_REMOTEACCESS];

    HEALTHY();
    expect_cause(t, &w, "", "");
    w.machine.http_driver.state = SERVICE_IS_STOPPED;
    ra->state = SERVICE_IS_STOPPED;
    w.machine.url.present = false;
    w.store[1].has_key = false;
    expect_cause(t, &w, "A5", "A3 C13 ");
    HEALTHY();
    w.machine.value[VALUE_SHA256] = raw_binary((const uint8_t *)"2", 1);
    ra->state = SERVICE_IS_STOPPED;
    ra->exit_code = 1066;
    ra->specific_code = 13;
    expect_cause(t, &w, "B3", "A3 ");
    HEALTHY();
    memset(w.machine.binding[FAMILY_V4].hash, 0xee, SHA1_BYTES);
    w.host.written[FAMILY_V4].seen.ok = false;
    expect_cause(t, &w, "C5", "");
    HEALTHY(); /* a warning is no cause, and a failure that explains nothing stands for itself */
    w.host.memory.commit_free_bytes = 1;
    expect_cause(t, &w, "", "");
    w.machine.ports.n = 0;
    expect_cause(t, &w, "A6", "");
    HEALTHY(); /* that nobody listens follows from it */
    w.machine.ports.n = 0;
    w.host.listener.n = 0;
    expect_cause(t, &w, "A6", "C14 ");
    HEALTHY(); /* one that explains no other is still what is wrong */
    w.cert.info.not_after = WORLD_NOW - 1;
    expect_cause(t, &w, "D3", "");
    w.held[0].journal.unfinished = true;
    expect_cause(t, &w, "D3", "");
}

/* ---- what can be mended ---- */

static void expect_fix(struct test *t, const struct doctor_world *w, const char *ids,
                       const struct store_cert *keeps, const char *why)
{
    struct doctor_report *r = calloc(1, sizeof *r);
    struct doctor_fix fix;

    REQUIRE(r != NULL);
    doctor_report_make(&w->seen, r);
    doctor_fix_choose(&w->seen, r, &fix);
    CHECK_STR(fix.ids, ids);
    CHECK_INT(fix.possible, keeps != NULL);
    if (keeps)
        CHECK_MEM(fix.sha256, SHA256_BYTES, keeps->sha256, SHA256_BYTES);
    else
        CHECK(strstr(fix.why, why) != NULL);
    free(r);
}

static void what_is_bound_stays(struct test *t)
{
    struct doctor_world w = {0};
    struct binding *v4 = &w.machine.binding[FAMILY_V4], *v6 = &w.machine.binding[FAMILY_V6];

    HEALTHY();
    expect_fix(t, &w, "", NULL, "nothing is wrong");
    w.machine.value[VALUE_SHA256].len = 1;
    w.machine.url.present = false;
    expect_fix(t, &w, "B3 C13", &w.store[0], "");
    w.machine.value[VALUE_USE_HTTPS] = raw_dword(0);
    expect_fix(t, &w, "B3 C13", NULL, "balancer");
    HEALTHY(); /* RRAS leaves a reservation alone that is there */
    w.machine.url.grants_sstp = false;
    expect_fix(t, &w, "", NULL, "nothing is wrong");
    HEALTHY(); /* an unfinished deploy is for `run`, an unfinished fix for a fix */
    w.held[0].journal.unfinished = true;
    expect_fix(t, &w, "", NULL, "nothing is wrong");
    w.tool.fix.journal.unfinished = true;
    expect_fix(t, &w, "H1", &w.store[0], "");
    HEALTHY(); /* of two that are bound the one that the hash names */
    memcpy(v4->hash, w.store[1].sha1, SHA1_BYTES);
    expect_fix(t, &w, "C3 C4", &w.store[0], "");
    memcpy(v6->hash, w.store[1].sha1, SHA1_BYTES);
    expect_fix(t, &w, "C4", &w.store[1], "");
    w.store[1].not_after = WORLD_NOW;
    expect_fix(t, &w, "C4", NULL, "deploy one");
    HEALTHY();
    *v6 = (struct binding){0};
    w.store[0].has_key = false;
    expect_fix(t, &w, "C2", NULL, "deploy one");
    w.store[0].has_key = true;
    *v4 = *v6;
    expect_fix(t, &w, "C1 C2", &w.store[0], "");
    w.machine.elevated = false;
    expect_fix(t, &w, "", NULL, "A1");
}

const struct test_case suite_doctor_cert[] = {
    {"bindings", bindings},
    {"owners", owners},
    {"records_before_the_wildcard", records_before_the_wildcard},
    {"the_rest_of_http_sys", the_rest_of_http_sys},
    {"purpose_names_dates", purpose_names_dates},
    {"key_and_trust", key_and_trust},
    {"others_in_the_store", others_in_the_store},
    {"what_is_bound_stays", what_is_bound_stays},
    {"one_cause_is_named_with_what_it_explains", one_cause_is_named_with_what_it_explains},
    {"an_orphan_is_ours_and_nobodys", an_orphan_is_ours_and_nobodys},
    {NULL, NULL},
};
