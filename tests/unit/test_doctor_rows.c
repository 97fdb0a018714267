/* SPDX-License-Identifier: Apache-2.0 */
/* Rows A, B and H: a healthy gateway is healthy, and each thing that breaks has its name. */
#include "doctor_world.h"
#include "rras/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPECT(id, level, says) doctor_world_expect(t, &w, id, level, says)
#define HEALTHY()               doctor_world_healthy(&w)

static void a_healthy_gateway_is_healthy(struct test *t)
{
    struct doctor_world w = {0};
    struct doctor_report *r = calloc(1, sizeof *r);

    REQUIRE(r != NULL);
    HEALTHY();
    doctor_report_make(&w.seen, r);
    for (size_t i = 0; i < r->n; i++) {
        enum check_level level = r->finding[i].level;
        if (strchr("EFG", r->row[i]->id[0]))
            continue;
        if (!CHECK_INT(level, CHECK_OK))
            printf("  %s: %s\n", r->row[i]->id, r->finding[i].text);
        CHECK(r->finding[i].cure[0] == '\0');
    }
    CHECK_INT(r->cause, DOCTOR_NO_CAUSE);
    free(r);
}

static void what_cannot_be_seen_without_rights_is_not_judged(struct test *t)
{
    struct doctor_world w = {0};

    HEALTHY();
    memset(&w.machine, 0, sizeof w.machine);
    EXPECT("A1", CHECK_FAIL, "not elevated");
    EXPECT("A2", CHECK_SKIP, "administrator rights");
    EXPECT("B3", CHECK_SKIP, "administrator rights");
    EXPECT("C1", CHECK_SKIP, "administrator rights");
}

static void services(struct test *t)
{
    struct doctor_world w = {0};
    struct service *ra = &w.machine.service[SERVICE_REMOTEACCESS];

    HEALTHY();
    w.machine.service[SERVICE_RASMAN].exists = false;
    EXPECT("A2", CHECK_FAIL, "RasMan");
    HEALTHY();
    ra->start_type = SERVICE_START_DISABLED;
    EXPECT("A3", CHECK_FAIL, "disabled, though it still runs");
    ra->state = SERVICE_IS_STOPPED;
    EXPECT("A3", CHECK_FAIL, "disabled: RRAS");
    HEALTHY();
    ra->state = SERVICE_IS_STOPPED;
    EXPECT("A3", CHECK_FAIL, "is stopped");
    ra->exit_code = 1066;
    ra->specific_code = 13;
    EXPECT("A3", CHECK_FAIL, "failed with 13: RRAS found its certificate state damaged");
    HEALTHY();
    ra->state = SERVICE_IS_STOPPING;
    EXPECT("A3", CHECK_WARN, "stopping");
    HEALTHY();
    ra->start_type = 3;
    EXPECT("A3", CHECK_WARN, "by itself");
    HEALTHY();
    w.host.chain.of[2].now.start_type = SERVICE_START_DISABLED;
    EXPECT("A4", CHECK_FAIL, "BFE, which RemoteAccess needs, is disabled");
    w.host.chain.of[2].now.exists = false;
    EXPECT("A4", CHECK_FAIL, "not there");
    HEALTHY();
    w.host.chain.of[3].now.state = SERVICE_IS_STOPPED;
    EXPECT("A4", CHECK_FAIL, "RasMan, which RemoteAccess needs, is stopped");
    ra->state = SERVICE_IS_STOPPED; /* it starts on demand */
    EXPECT("A4", CHECK_OK, "5 services");
    w.host.chain.of[1].now.state = SERVICE_IS_STOPPED; /* RpcSs does not */
    EXPECT("A4", CHECK_FAIL, "RpcSs");
    HEALTHY();
    w.host.chain.seen = (struct seen){.why = "denied"};
    EXPECT("A4", CHECK_SKIP, "denied");
    EXPECT("A8", CHECK_SKIP, "denied");
    HEALTHY();
    snprintf(w.host.chain.of[4].account, sizeof w.host.chain.of[4].account, "LocalSystem");
    EXPECT("A8", CHECK_FAIL, "SstpSvc runs as LocalSystem; it is made to run as NT AUTHORITY");
}

static void driver_ports_and_listener(struct test *t)
{
    struct doctor_world w = {0};

    HEALTHY();
    w.machine.http_driver.state = SERVICE_IS_STOPPED;
    EXPECT("A5", CHECK_FAIL, "http.sys is stopped");
    w.machine.http_driver.exists = false;
    EXPECT("A5", CHECK_NOTE, "not to be seen as a service");
    w.machine.listen.seen = (struct seen){.why = "HTTP Server API: 1062"};
    EXPECT("A5", CHECK_FAIL, "not to be seen");
    w.machine.http_driver = (struct service){.exists = true, .state = SERVICE_IS_RUNNING};
    EXPECT("A5", CHECK_FAIL, "does not answer: HTTP Server API");
    w.seen.records = NULL; /* and so does not tell of its records */
    snprintf(w.seen.why[DOCTOR_RECORDS], sizeof w.seen.why[0], "HTTP Server API: 1062");
    EXPECT("C1", CHECK_SKIP, "HTTP Server API: 1062");
    EXPECT("C15", CHECK_SKIP, "HTTP Server API: 1062");
    HEALTHY();
    w.machine.ports.n = 0;
    EXPECT("A6", CHECK_FAIL, "no SSTP ports");
    w.machine.ports.n = 3;
    EXPECT("A6", CHECK_WARN, "0x800704C9");
    w.machine.service[SERVICE_REMOTEACCESS].state = SERVICE_IS_STOPPED;
    EXPECT("A6", CHECK_SKIP, "does not run");
    EXPECT("A7", CHECK_SKIP, "does not run");
    HEALTHY();
    w.machine.listener.written_at_ms += 3600 * 1000;
    EXPECT("A7", CHECK_WARN, "may still use older ones");
    w.tool.proven_write_ms = w.machine.listener.written_at_ms;
    EXPECT("A7", CHECK_OK, "");
    w.machine.listener.seen = (struct seen){.why = "shares its process"};
    EXPECT("A7", CHECK_SKIP, "shares its process");
}

static void memory_and_restart(struct test *t)
{
    struct doctor_world w = {0};
    struct doctor_net net = {.skew = {.seen = {.ok = true}, .ahead_s = -400, .by = "the CA"}};

    HEALTHY();
    w.host.memory.commit_free_bytes = 150u << 20;
    EXPECT("A9", CHECK_WARN, "150 of 8192 MB");
    HEALTHY();
    w.host.reboot.update = true;
    EXPECT("A10", CHECK_WARN, "after an update");
    HEALTHY();
    w.host.reboot.rename = true;
    EXPECT("A10", CHECK_NOTE, "next restart");
    HEALTHY();
    EXPECT("A10", CHECK_OK, "not compared");
    w.seen.net = &net;
    EXPECT("A10", CHECK_FAIL, "400 s behind (the CA)");
    net.skew.ahead_s = 300;
    EXPECT("A10", CHECK_FAIL, "300 s fast");
    net.skew.ahead_s = 299;
    EXPECT("A10", CHECK_OK, "");
}

static void the_keys_and_their_rights(struct test *t)
{
    struct doctor_world w = {0};

    HEALTHY();
    w.host.parameters.seen = (struct seen){.why = "access was denied"};
    EXPECT("B1", CHECK_FAIL, "event 17): access was denied");
    EXPECT("B2", CHECK_SKIP, "B1");
    EXPECT("B12", CHECK_SKIP, "B1");
    w.seen.machine = NULL; /* it cannot be looked at then, and the reason is still named */
    EXPECT("B1", CHECK_FAIL, "access was denied");
    HEALTHY();
    w.host.parameters.present = false;
    EXPECT("B1", CHECK_FAIL, "is not there");
    w.machine.service[SERVICE_SSTPSVC].exists = false;
    EXPECT("B1", CHECK_SKIP, "A2");
    HEALTHY();
    w.host.parameters.acl.of[0].mask = 0x20019;
    w.host.parameters.acl.of[1].mask = 0x20019;
    EXPECT("B2", CHECK_FAIL, "SYSTEM may not write");
    w.host.parameters.acl.n = 0; /* an empty DACL lets nobody in */
    EXPECT("B2", CHECK_FAIL, "SYSTEM may not read");
    HEALTHY();
    w.host.parameters.acl.n = 2;
    EXPECT("B2", CHECK_FAIL, "LOCAL SERVICE");
    HEALTHY();
    w.host.config_store.acl.of[0].deny = true;
    EXPECT("B10", CHECK_FAIL, "SYSTEM may not");
}

static void a_dacl_is_read_in_order(struct test *t)
{
    static const struct {
        struct acl acl;
        uint32_t system;
    } cases[] = {
        {{.everything = true}, ~0u},
        {{.n = 1, .of = {{.mask = 0x3f, .sid = "S-1-5-18"}}}, 0x3f},
        {{.n = 1, .of = {{.mask = 0x3f, .sid = "S-1-5-19"}}}, 0},
        {{.n = 1, .of = {{.mask = 0x3f, .sid = "S-1-5-18", .inherit_only = true}}}, 0},
        {{.n = 2,
          .of = {{.mask = 6, .sid = "S-1-5-18", .deny = true},
                 {.mask = 0x3f, .sid = "S-1-5-32-544"}}},
         0x39},
        {{.n = 2,
          .of = {{.mask = 0x3f, .sid = "S-1-1-0"}, {.mask = 6, .sid = "S-1-5-18", .deny = true}}},
         0x3f},
        {{.n = 1, .of = {{.mask = 0x80000000, .sid = "S-1-5-18"}}}, 0x80000000 | ACL_KEY_READ},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_INT(acl_granted(&cases[i].acl, ACL_SYSTEM), cases[i].system);
}

static void the_hashes(struct test *t)
{
    struct doctor_world w = {0};
    static const uint8_t typed32[] = {0x32}, typed20[] = {0x20}, short_one[] = {1, 2, 3};
    struct raw_value *sha256 = &w.machine.value[VALUE_SHA256];
    struct raw_value *sha1 = &w.machine.value[VALUE_SHA1];

    HEALTHY();
    *sha256 = raw_binary(typed32, 1);
    EXPECT("B3", CHECK_FAIL, "\"type 32\" text literally");
    *sha256 = raw_binary(typed20, 1);
    EXPECT("B3", CHECK_FAIL, "\"type 20\"");
    *sha256 = raw_dword(32);
    EXPECT("B3", CHECK_FAIL, "\"type 32\"");
    *sha256 = (struct raw_value){true, NAME_REG_SZ, 6, {'3', 0, '2', 0, 0, 0}};
    EXPECT("B3", CHECK_FAIL, "\"type 32\"");
    *sha256 = raw_binary(short_one, 3);
    EXPECT("B3", CHECK_FAIL, "no hash of 32 bytes (it is: 010203): RasSstp event 18");
    *sha256 = (struct raw_value){true, NAME_REG_SZ, SHA256_BYTES, {0}};
    EXPECT("B3", CHECK_FAIL, "type 1");
    EXPECT("B5", CHECK_SKIP, "");
    EXPECT("B6", CHECK_SKIP, "B3");
    EXPECT("C4", CHECK_OK, ""); /* the other hash still names the certificate */
    HEALTHY();
    sha256->present = false;
    EXPECT("B3", CHECK_WARN, "at its next start");
    w.machine.value[VALUE_FLAG] = raw_dword(1);
    EXPECT("B3", CHECK_FAIL, "event 25");
    w.machine.value[VALUE_USE_HTTPS] = raw_dword(0);
    EXPECT("B3", CHECK_FAIL, "offload");
    HEALTHY();
    *sha1 = raw_binary(typed20, 1);
    EXPECT("B4", CHECK_WARN, "\"type 20\""); /* SHA-1 is off */
    w.machine.value[VALUE_SHA1_ENABLED] = raw_dword(1);
    EXPECT("B4", CHECK_FAIL, "event 19");
    HEALTHY();
    sha1->present = false;
    EXPECT("B4", CHECK_OK, "not needed");
    HEALTHY();
    *sha1 = raw_binary(w.store[1].sha1, SHA1_BYTES);
    EXPECT("B5", CHECK_WARN, "different certificates");
    w.machine.value[VALUE_SHA1_ENABLED] = raw_dword(1);
    EXPECT("B5", CHECK_FAIL, "different certificates");
}

static void the_certificate_of_the_hash(struct test *t)
{
    struct doctor_world w = {0};

    HEALTHY();
    w.store[0].has_key = false;
    EXPECT("B6", CHECK_WARN, "without a private key");
    w.machine.value[VALUE_FLAG] = raw_dword(1);
    EXPECT("B6", CHECK_FAIL, "event 25");
    memset(w.store[0].sha256, 0xee, SHA256_BYTES);
    EXPECT("B6", CHECK_FAIL, "not in LocalMachine\\MY: RRAS will not start");
    w.machine.value[VALUE_USE_HTTPS] = raw_dword(0);
    EXPECT("B6", CHECK_OK, "need not");
}

static void settings(struct test *t)
{
    struct doctor_world w = {0};
    struct raw_value *v = w.machine.value;

    HEALTHY();
    v[VALUE_FLAG] = raw_binary(w.store[0].sha1, 3);
    EXPECT("B7", CHECK_WARN, "no number");
    v[VALUE_FLAG] = raw_dword(1);
    EXPECT("B7", CHECK_OK, "stored hash");
    HEALTHY();
    v[VALUE_SHA256_ENABLED] = raw_dword(0);
    EXPECT("B8", CHECK_FAIL, "no hash is left");
    v[VALUE_SHA1_ENABLED] = raw_dword(1);
    EXPECT("B8", CHECK_WARN, "only SHA-1");
    v[VALUE_SHA256_ENABLED].present = false;
    EXPECT("B8", CHECK_OK, "SHA-1");
    v[VALUE_SHA1].present = false;
    EXPECT("B8", CHECK_FAIL, "87");
    HEALTHY();
    v[VALUE_USE_HTTPS] = raw_dword(0);
    EXPECT("B9", CHECK_FAIL, "deploy.mode");
    EXPECT("B7", CHECK_WARN, "offload");
    w.wanted.configured = false;
    w.wanted.port = 0;
    EXPECT("B9", CHECK_NOTE, "port 80");
    HEALTHY();
    v[VALUE_LISTENER_PORT] = raw_dword(4443);
    EXPECT("B9", CHECK_FAIL, "deploy.port is 443");
    EXPECT("B11", CHECK_WARN, "port 443, UseHttps 1, and is set to port 4443");
    v[VALUE_LISTENER_PORT].type = NAME_REG_SZ;
    EXPECT("B9", CHECK_WARN, "no number");
    HEALTHY();
    v[VALUE_PROXY_ENABLED] = raw_dword(1);
    EXPECT("B13", CHECK_WARN, "multi-tenant");
}

static void config_store_and_urls(struct test *t)
{
    struct doctor_world w = {0};

    HEALTHY();
    w.machine.config.seen = (struct seen){.why = "access was denied"};
    EXPECT("B10", CHECK_FAIL, "event 7): access was denied");
    EXPECT("B11", CHECK_SKIP, "B10");
    HEALTHY();
    w.machine.config.present = false;
    EXPECT("B10", CHECK_WARN, "though RRAS runs");
    w.machine.service[SERVICE_REMOTEACCESS].state = SERVICE_IS_STOPPED;
    EXPECT("B10", CHECK_NOTE, "next start");
    HEALTHY();
    w.machine.config.use_https = raw_binary(w.store[0].sha1, 5);
    EXPECT("B10", CHECK_FAIL, "damaged");
    HEALTHY();
    snprintf(w.host.server_uri.text, sizeof w.host.server_uri.text, "/vpn/");
    EXPECT("B12", CHECK_FAIL, "/vpn/");
    w.host.server_uri.present = false;
    EXPECT("B12", CHECK_NOTE, "default");
    HEALTHY();
    w.host.server_url =
        (struct doctor_text){true, NAME_REG_SZ, "https://vpn.example.com" NAME_SSTP_URL};
    EXPECT("B12", CHECK_OK, "both");
    for (size_t i = 0; i < 4; i++) {
        static const char *const bad[] = {"https:///sra_{BA195980}/", ("http://vpn" NAME_SSTP_URL),
                                          "https://vpn", ""};
        snprintf(w.host.server_url.text, sizeof w.host.server_url.text, "%s", bad[i]);
        EXPECT("B12", CHECK_WARN, "ServerURL");
    }
}

static void this_program(struct test *t)
{
    struct doctor_world w = {0};

    HEALTHY();
    w.held[0].journal.unfinished = true;
    EXPECT("H1", CHECK_FAIL, "vpn was cut off");
    w.tool.fix.journal.unfinished = true;
    EXPECT("H1", CHECK_FAIL, "doctor --fix was cut off");
    HEALTHY();
    w.tool.task.registered = false;
    EXPECT("H2", CHECK_WARN, "none");
    HEALTHY();
    w.tool.task.disabled = true;
    EXPECT("H2", CHECK_WARN, "disabled");
    HEALTHY();
    w.tool.task.last_result = 7;
    EXPECT("H2", CHECK_WARN, "ended with 7");
    w.tool.task.last_result = 0;
    w.tool.task.last_run -= 5 * 86400;
    EXPECT("H2", CHECK_WARN, "last ran at");
    w.tool.task.last_run = 0;
    EXPECT("H2", CHECK_NOTE, "not run yet");
    HEALTHY();
    w.tool.state.seen = (struct seen){.why = "others may write"};
    EXPECT("H3", CHECK_FAIL, "others may write");
    w.held[0].account.seen = (struct seen){.why = "account.key: not there"};
    EXPECT("H4", CHECK_FAIL, "account.key");
    w.held[0].account.needed = false;
    EXPECT("H4", CHECK_SKIP, "account.key");
    HEALTHY();
    w.held[0].renewal.renew_at = WORLD_NOW - 5;
    EXPECT("H5", CHECK_NOTE, "due since");
    w.held[0].renewal.renew_at = 0;
    EXPECT("H5", CHECK_NOTE, "nothing");
    HEALTHY();
    w.held[0].deploy.verified_at = 0;
    EXPECT("H6", CHECK_WARN, "never proven");
    w.held[0].deploy.deployed = false;
    EXPECT("H6", CHECK_NOTE, "nothing");
    w.held[0].deploy.failed = true;
    EXPECT("H6", CHECK_WARN, "failed");
    HEALTHY();
    w.tool.event_source.registered = false;
    EXPECT("H7", CHECK_NOTE, "not registered");
    HEALTHY();
}

static void several_certificates(struct test *t)
{
    struct doctor_world w;

    doctor_world_healthy(&w);
    w.tool.held_count = WORLD_HELD;
    EXPECT("H1", CHECK_OK, "vpn: no deploy is unfinished; 2 more are well");
    w.held[2].journal.unfinished = true;
    EXPECT("H1", CHECK_FAIL, "vpn-c: a deploy of vpn-c was cut off");
    w.held[0].renewal.renew_at = 0;
    w.held[1].renewal.seen = (struct seen){.why = "damaged"};
    EXPECT("H5", CHECK_NOTE, "vpn: nothing was issued yet");
    w.held[1].deploy.failed = w.held[2].deploy.failed = true;
    snprintf(w.held[1].deploy.text, sizeof w.held[1].deploy.text, "no proof");
    EXPECT("H6", CHECK_WARN, "vpn-b: the last run failed: no proof; 1 more are like it");
    w.held[1].account.seen = (struct seen){.why = "account.key: damaged"};
    EXPECT("H4", CHECK_FAIL, "vpn-b: account.key: damaged");
    memset(w.held[1].deploy.text, 'x', sizeof w.held[1].deploy.text - 1);
    EXPECT("H6", CHECK_WARN, "xxx; 1 more are like it");
    for (size_t i = 0; i < WORLD_HELD; i++) {
        w.held[i].account.needed = false;
        w.held[i].account.seen = (struct seen){.ok = false};
    }
    EXPECT("H4", CHECK_SKIP, "no account");
    w.tool.held_count = 0;
    EXPECT("H4", CHECK_SKIP, "nothing is configured");
}

static void another_client(struct test *t)
{
    static const struct service on = {.exists = true, .state = SERVICE_IS_RUNNING, .start_type = 3};
    struct doctor_world w;

    doctor_world_healthy(&w);
    EXPECT("H8", CHECK_OK, "no active");
    rivals_add_task(&w.rivals, "\\win-acme renew (ca.example)", true, "");
    rivals_add_service(&w.rivals, "Certify.Service", "Certify", &on);
    EXPECT("H8", CHECK_WARN,
           "scheduled task \"\\win-acme renew (ca.example)\" (win-acme), service "
           "\"Certify.Service\" (Certify The Web, running), and this program's "
           "task is on as well: no harm");
    w.rivals.of[0].ours = true;
    EXPECT("H8", CHECK_WARN, "(win-acme, for our name), service");
    EXPECT("H8", CHECK_WARN, "both renew it");
    w.rivals.of[0].ours = false;
    w.tool.task.disabled = true;
    EXPECT("H8", CHECK_WARN, "undo each other's work");
    memset(w.machine.binding[FAMILY_V4].hash, 0x22, SHA1_BYTES); /* the second in the store */
    EXPECT("H8", CHECK_FAIL, "it was replaced");
    w.tool.task.disabled = false;
    EXPECT("H8", CHECK_FAIL, "it was replaced");
    w.tool.task.disabled = true;
    w.held[0].deploy.deployed = false;
    EXPECT("H8", CHECK_WARN, "undo each other's work");
    w.seen.tool = NULL;
    w.wanted.configured = false;
    EXPECT("H8", CHECK_NOTE, "win-acme");
}

const struct test_case suite_doctor_rows[] = {
    {"a_healthy_gateway_is_healthy", a_healthy_gateway_is_healthy},
    {"what_cannot_be_seen_without_rights_is_not_judged",
     what_cannot_be_seen_without_rights_is_not_judged},
    {"services", services},
    {"driver_ports_and_listener", driver_ports_and_listener},
    {"memory_and_restart", memory_and_restart},
    {"the_keys_and_their_rights", the_keys_and_their_rights},
    {"a_dacl_is_read_in_order", a_dacl_is_read_in_order},
    {"the_hashes", the_hashes},
    {"the_certificate_of_the_hash", the_certificate_of_the_hash},
    {"settings", settings},
    {"config_store_and_urls", config_store_and_urls},
    {"this_program", this_program},
    {"several_certificates", several_certificates},
    {"another_client", another_client},
    {NULL, NULL},
};
