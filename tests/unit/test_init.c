/* SPDX-License-Identifier: Apache-2.0 */
/* What `init` writes, suggests and finds. How it talks, the end-to-end tests look at. */
#include "deploy/drive.h"
#include "src/app/init.h"
#include "src/app/init_wait.h"
#include "test.h"
#include "text.h"

#include <string.h>

enum { MAX_BYTES = 64 * 1024 };

static char *names[] = {"vpn.example.com", "*.example.com"};
static const struct strings NAMES = {names, 2};

static void what_is_composed_is_read_again(struct test *t)
{
    static const struct conf_given given[] = {
        {"deploy.keep", "2"},
        {"deploy.restart.max_sessions", "null"},
        {"acme.agree_tos", "true"},
        {"dns.provider", "rfc2136"},
        {"dns.provider", "builtin"},
        {"dns.builtin.zone", "acme.example"},
        {"key", "ec256"},
        {"dns.builtin.ns", "a.example,  b.example"},
        {"deploy.target", "none"},
        {"dns.builtin.listen", "127.0.0.1:53"},
        {"acme.profile", "a \"b\""},
    };
    struct buf text = BUF_INIT(MAX_BYTES), errors = BUF_INIT(MAX_BYTES);
    struct conf conf = {0};
    struct err err = {0};
    CHECK_INT(conf_compose(&NAMES, given, sizeof given / sizeof *given, &text, &err), 0);
    struct conf_text own = {test_path(t, "vpn.json"), buf_str(&text), text.len};
    if (!CHECK_INT(conf_read(&conf, "vpn", NULL, &own, &errors, &err), 0))
        CHECK_STR(buf_str(&errors), buf_str(&text));
    CHECK_INT(conf.names.n, 2);
    CHECK_INT(conf.dns.provider, CONF_BUILTIN);
    REQUIRE(conf.dns.builtin.ns.n == 2);
    CHECK_STR(conf.dns.builtin.ns.v[1], "b.example");
    CHECK_INT(conf.deploy.keep, 2);
    CHECK_INT(conf.deploy.restart.max_sessions, -1);
    CHECK_STR(conf.acme.profile, "a \"b\"");
    conf_clear(&conf);
    buf_clear(&text);
    buf_clear(&errors);
}

static void what_no_key_takes_is_refused(struct test *t)
{
    static const struct {
        struct conf_given given;
        const char *text;
    } rows[] = {
        {{"dns.nothing", "x"}, "setting dns.nothing: there is no such key"},
        {{"dns", "x"}, "setting dns: there is no such key"},
        {{"log.level", "debug"}, "setting log.level: there is no such key"},
        {{"names", "x"}, "setting names: they are given without --set"},
        {{"deploy.port", "44x"}, "setting deploy.port: 44x is no whole number"},
        {{"acme.agree_tos", "yes"}, "setting acme.agree_tos: yes is no true or false"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf text = BUF_INIT(MAX_BYTES);
        struct err err = {0};
        CHECK_INT(conf_compose(&NAMES, &rows[i].given, 1, &text, &err), -1);
        CHECK_INT(err.code, ERR_USAGE);
        CHECK_STR(err.text, rows[i].text);
        buf_clear(&text);
    }
}

static void suggests_the_cas_own_domain(struct test *t)
{
    static const struct {
        const char *directory, *name, *record;
    } rows[] = {
        {NULL, "a.example", "a.example. CAA 0 issue \"letsencrypt.org\""},
        {"letsencrypt-staging", "*.a.example", "a.example. CAA 0 issuewild \"letsencrypt.org\""},
        {"https://dv.acme-v02.api.pki.goog/directory", "a.example",
         "a.example. CAA 0 issue \"pki.goog\""},
        {"zerossl", "a.example", "a.example. CAA 0 issue \"sectigo.com\""},
        {"https://ca.corp.example/acme", "a.example", ""},
    };
    char out[512];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        init_caa(rows[i].directory, rows[i].name, out, sizeof out);
        CHECK_STR(out, rows[i].record);
    }
}

static void finds_mode_port_and_whose_binding_it_is(struct test *t)
{
    struct observed o = {0};
    struct store_cert cert = {.subject = "CN=vpn.example.com"};
    struct deploy_found found;
    find_judge(&found, &o);
    CHECK(!found.rras && !found.offload && found.port == 443 && found.foreign[0] == '\0');
    o.service[SERVICE_REMOTEACCESS].exists = o.service[SERVICE_SSTPSVC].exists = true;
    o.value[VALUE_LISTENER_PORT] = raw_dword(8443);
    o.cert = &cert;
    o.cert_count = 1;
    o.binding[FAMILY_V4] = (struct binding){.present = true, .hash_len = SHA1_BYTES};
    text_copy(o.binding[FAMILY_V4].app_id, sizeof o.binding[0].app_id,
              "{4dc3e181-e14b-4a21-b022-59fc669b0914}");
    find_judge(&found, &o);
    CHECK(found.rras && !found.offload);
    CHECK_INT(found.port, 8443);
    CHECK_STR(found.subject, "CN=vpn.example.com");
    CHECK(found.foreign[0] != '\0');
    o.value[VALUE_USE_HTTPS] = raw_dword(0);
    find_judge(&found, &o);
    CHECK(found.offload);
}

static void errors_name_settings_and_no_file(struct test *t)
{
    static const char *const rows[][2] = {
        {"C:\\a.json:3:5: dns.provider: missing", "setting dns.provider: missing"},
        {"C:\\a.json:3:5: key: wrong\nrras-acme.json:1:1: dns: odd\n",
         "setting key: wrong\nrras-acme.json:1:1: dns: odd\n"},
        {"C:\\a.json: key: wrong (and 2 more)", "setting key: wrong (and 2 more)"},
        {"C:\\a.jsonc:3:5: x", "C:\\a.jsonc:3:5: x"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out = BUF_INIT(MAX_BYTES);
        init_reword("C:\\a.json", rows[i][0], &out);
        CHECK_STR(buf_str(&out), rows[i][1]);
        buf_clear(&out);
    }
}

/* Each case: checks as "idL", L the level (o, w, f), or "a" for a failure that is awaited. */
static void what_is_worth_waiting_for(struct test *t)
{
    static const struct {
        const char *checks;
        enum init_wait_state state;
        bool delegation_only;
        const char *what;
    } cases[] = {
        {"conf o, dns.zone w", INIT_WAIT_OVER, true, ""},
        {"conf o, dns.chain a", INIT_WAIT_FOR, true, "dns.chain"},
        {"dns.chain a, dns.chain a, dns.zone w", INIT_WAIT_FOR, true, "dns.chain, dns.chain"},
        {"dns.chain a, dns.write a, dns.server a", INIT_WAIT_FOR, false,
         "dns.chain, dns.write, dns.server"},
        {"dns.chain a, dns.write f", INIT_WAIT_VAIN, false, "dns.write"},
        {"ca.directory f, dns.chain a", INIT_WAIT_VAIN, false, "ca.directory"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct checks list = {0};
        struct init_wait got;
        char text[128];
        text_copy(text, sizeof text, cases[i].checks);
        for (char *p = text, *end; *p; p = *end ? end + 2 : end) {
            end = p + strcspn(p, ",");
            bool more = *end != '\0';
            *end = '\0';
            char kind = end[-1];
            end[-2] = '\0';
            checks_add(&list, p, p,
                       kind == 'o'   ? CHECK_OK
                       : kind == 'w' ? CHECK_WARN
                                     : CHECK_FAIL,
                       "x", NULL);
            if (kind == 'a')
                checks_await(&list, 100 * (int64_t)list.n);
            if (more)
                *end = ',';
        }
        init_wait_judge(&list, &got);
        CHECK_INT(got.state, cases[i].state);
        CHECK_STR(got.what, cases[i].what);
        if (got.state != INIT_WAIT_OVER)
            CHECK_INT(got.delegation_only, cases[i].delegation_only);
        if (i == 2)
            CHECK_INT(got.remembered_s, 200);
        checks_clear(&list);
    }
}

const struct test_case suite_init[] = {
    {"errors_name_settings_and_no_file", errors_name_settings_and_no_file},
    {"what_is_composed_is_read_again", what_is_composed_is_read_again},
    {"what_no_key_takes_is_refused", what_no_key_takes_is_refused},
    {"suggests_the_cas_own_domain", suggests_the_cas_own_domain},
    {"finds_mode_port_and_whose_binding_it_is", finds_mode_port_and_whose_binding_it_is},
    {"what_is_worth_waiting_for", what_is_worth_waiting_for},
    {NULL, NULL},
};
