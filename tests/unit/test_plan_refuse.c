/* SPDX-License-Identifier: Apache-2.0 */
/* What a deploy refuses before it touches anything. */
#include "plan_world.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static void add_record(struct observed *o, enum record_kind kind, const char *host)
{
    o->record = calloc(1, sizeof *o->record);
    o->record_count = 1;
    o->record->kind = kind;
    text_copy(o->record->host, sizeof o->record->host, host);
    text_copy(o->record->where, sizeof o->record->where, *host ? host : "203.0.113.5:443");
    text_copy(o->record->app_id, sizeof o->record->app_id, IIS);
    memset(o->record->hash, 'I', SHA1_BYTES);
    o->record->hash_len = SHA1_BYTES;
}

static void sni_for_us(struct observed *o)
{
    add_record(o, RECORD_SNI, "VPN.example.test");
}

static void sni_wildcard(struct observed *o)
{
    add_record(o, RECORD_SNI, "*.example.test");
}

static void sni_for_others(struct observed *o)
{
    add_record(o, RECORD_SNI, "www.example.test");
}

static void sni_same_certificate(struct observed *o)
{
    add_record(o, RECORD_SNI, "vpn.example.test");
    memset(o->record->hash, 'B', SHA1_BYTES);
}

static void sni_with_what_serves(struct observed *o)
{
    sni_for_us(o);
    memset(o->record->hash, 'A', SHA1_BYTES);
}

static void an_address(struct observed *o)
{
    add_record(o, RECORD_IP, "");
}

static void central_store(struct observed *o)
{
    add_record(o, RECORD_CCS, "");
}

static void of_iis(struct observed *o)
{
    text_copy(o->binding[1].app_id, sizeof o->binding[1].app_id,
              "{4DC3E181-E14B-4A21-B022-59FC669B0914}");
}

static void of_somebody(struct observed *o)
{
    text_copy(o->binding[0].app_id, sizeof o->binding[0].app_id,
              "{12345678-0000-0000-0000-000000000001}");
}

static void asks_for_client_certificates(struct observed *o)
{
    plan_give_to(&o->binding[0], IIS);
    o->binding[0].flags = BINDING_NEGOTIATE_CLIENT_CERT;
}

static void has_a_trust_list(struct observed *o)
{
    plan_give_to(&o->binding[0], "{5d89a20c-beab-4389-9447-324788eb944a}");
    text_copy(o->binding[0].ctl_store, sizeof o->binding[0].ctl_store, "AdfsTrustedDevices");
}

static void ip_https(struct observed *o)
{
    plan_give_to(&o->binding[0], "{5d8e2743-ef20-4d38-8751-7e400f200e65}");
    o->direct_access.bound = true;
    memset(o->direct_access.sha1, 'A', SHA1_BYTES);
    text_copy(o->cert[0].subject, sizeof o->cert[0].subject, "O=Contoso, CN=VPN.example.test");
}

static void ip_https_of_another_name(struct observed *o)
{
    ip_https(o);
    text_copy(o->cert[0].subject, sizeof o->cert[0].subject, "CN=da.example.test");
}

static void ip_https_beside(struct observed *o)
{
    ip_https(o);
    plan_bind(o, FAMILY_V4, 'A');
    o->direct_access.bound = false;
    o->direct_access.configured = true;
}

static void offload(struct observed *o)
{
    o->value[VALUE_USE_HTTPS] = raw_dword(0);
}

static void proxy(struct observed *o)
{
    o->value[VALUE_PROXY_ENABLED] = raw_dword(1);
}

static void other_port(struct observed *o)
{
    o->value[VALUE_LISTENER_PORT] = raw_dword(8443);
}

static void port_zero(struct observed *o)
{
    o->value[VALUE_LISTENER_PORT] = raw_dword(0);
}

static void not_installed(struct observed *o)
{
    o->service[SERVICE_SSTPSVC].exists = false;
}

static void disabled(struct observed *o)
{
    o->service[SERVICE_REMOTEACCESS].start_type = SERVICE_START_DISABLED;
}

static void not_elevated(struct observed *o)
{
    o->elevated = false;
}

static void long_value(struct observed *o)
{
    o->value[VALUE_SHA1].present = true;
    o->value[VALUE_SHA1].len = 5000;
}

static void no_ports(struct observed *o)
{
    o->ports.seen.ok = true;
}

static void ports_not_known(struct observed *o)
{
    o->ports.seen.ok = false;
    o->ports.n = 0;
}

static void refuses_what_it_cannot_do_safely(struct test *t)
{
    static const struct {
        void (*change)(struct observed *o);
        const char *text; /* part of the error; NULL = not refused */
        enum conf_binding binding;
    } cases[] = {
        {sni_for_us, "host name record VPN.example.test of IIS", CONF_BINDING_REFUSE},
        {sni_wildcard, "host name record *.example.test", CONF_BINDING_REFUSE},
        {sni_for_others, NULL, CONF_BINDING_REFUSE},
        {sni_same_certificate, NULL, CONF_BINDING_REFUSE},
        {sni_with_what_serves, "the same certificate now but not with the next",
         CONF_BINDING_SHARE},
        {an_address, "address record 203.0.113.5:443", CONF_BINDING_REFUSE},
        {central_store, "central certificate store record", CONF_BINDING_REFUSE},
        {of_iis, "binding [::]:443: belongs to IIS", CONF_BINDING_REFUSE},
        {of_somebody, "binding 0.0.0.0:443: belongs to another program", CONF_BINDING_REFUSE},
        {of_iis, NULL, CONF_BINDING_SHARE},
        {of_iis, NULL, CONF_BINDING_TAKEOVER},
        {asks_for_client_certificates, "belongs to IIS", CONF_BINDING_REFUSE},
        {asks_for_client_certificates, NULL, CONF_BINDING_SHARE},
        {asks_for_client_certificates, "IIS asks for client certificates", CONF_BINDING_TAKEOVER},
        {has_a_trust_list, NULL, CONF_BINDING_SHARE},
        {has_a_trust_list, "AD FS has a trust list", CONF_BINDING_TAKEOVER},
        {ip_https, "DirectAccess: IP-HTTPS", CONF_BINDING_REFUSE},
        {ip_https, "DirectAccess: IP-HTTPS", CONF_BINDING_TAKEOVER},
        {ip_https, NULL, CONF_BINDING_SHARE},
        {ip_https_of_another_name, "common name", CONF_BINDING_SHARE},
        {ip_https_beside, "DirectAccess: IP-HTTPS", CONF_BINDING_REFUSE},
        {ip_https_beside, NULL, CONF_BINDING_SHARE},
        {sni_for_us, "certificate 4949494949494949", CONF_BINDING_SHARE},
        {offload, "UseHttps", CONF_BINDING_REFUSE},
        {proxy, "ProxyEnabled", CONF_BINDING_REFUSE},
        {other_port, "SstpSvc listens on port 8443", CONF_BINDING_REFUSE},
        {port_zero, NULL, CONF_BINDING_REFUSE},
        {not_installed, "service SstpSvc: not installed", CONF_BINDING_REFUSE},
        {disabled, "service RemoteAccess: disabled", CONF_BINDING_REFUSE},
        {no_ports, "no SSTP ports", CONF_BINDING_REFUSE},
        {ports_not_known, NULL, CONF_BINDING_REFUSE},
        {not_elevated, "administrator rights", CONF_BINDING_REFUSE},
        {long_value, "SHA1CertificateHash: 5000 bytes", CONF_BINDING_REFUSE},
    };
    char name_text[] = "vpn.example.test", *name = name_text;
    struct conf conf = {.names = {&name, 1}, .deploy.port = PLAN_PORT};
    struct cert_info leaf = {.subject = "CN=vpn.example.test"};

    plan_hashes('B', leaf.sha1, leaf.sha256);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = {0};
        struct observed o;
        plan_machine(&o);
        cases[i].change(&o);
        conf.deploy.binding = cases[i].binding;
        CHECK_INT(plan_check_host(&o, &conf, &leaf, &err), cases[i].text ? -1 : 0);
        if (o.record_count && cases[i].text)
            CHECK(strstr(err.hint, "netsh http delete sslcert ") != NULL);
        if (cases[i].text) {
            CHECK_INT(err.code, ERR_USAGE);
            CHECK(err.hint[0]);
            if (!strstr(err.text, cases[i].text))
                CHECK_STR(err.text, cases[i].text);
        } else {
            CHECK_STR(err.text, "");
        }
        observed_clear(&o);
    }
}

const struct test_case suite_plan_refuse[] = {
    {"refuses_what_it_cannot_do_safely", refuses_what_it_cannot_do_safely},
    {NULL, NULL},
};
