/* SPDX-License-Identifier: Apache-2.0 */
/* What a journal remembers, and what is told to people when things go wrong. */
#include "deploy/drive.h"
#include "deploy/rras/sentence.h"
#include "test.h"
#include "text.h"

#include <string.h>

enum { PORT = 443, NOW = 1800000000 };

/* A certificate is in place, the flag is absent. */
static void seen(struct observed *o)
{
    struct binding none = {.present = false};
    uint8_t sha1[SHA1_BYTES], sha256[SHA256_BYTES];

    memset(o, 0, sizeof *o);
    memset(sha1, 'A', sizeof sha1);
    memset(sha256, 'a', sizeof sha256);
    o->value[VALUE_SHA256] = raw_binary(sha256, sizeof sha256);
    o->value[VALUE_SHA1] = raw_binary(sha1, sizeof sha1);
    o->binding[FAMILY_V4] = o->binding[FAMILY_V6] = plan_binding(&none, sha1, false);
}

static void the_journal_survives_its_text(struct test *t)
{
    struct journal j = {.phase = JOURNAL_BIND, .port = PORT, .disturbed = true}, back;
    struct buf text = BUF_INIT(256 * 1024), again = BUF_INIT(256 * 1024);
    struct observed o;
    struct err err = {0};

    seen(&o);
    text_copy(j.name, sizeof j.name, "vpn");
    text_copy(j.service, sizeof j.service, "RemoteAccess");
    memcpy(j.old_value, o.value, sizeof j.old_value);
    memcpy(j.old_binding, o.binding, sizeof j.old_binding);
    j.old.health = OLD_HEALTHY;
    memset(j.sha1, 'B', sizeof j.sha1);
    memset(j.sha256, 'b', sizeof j.sha256);
    memset(j.public_key.der, 0x30, 550);
    j.public_key.len = 550;
    text_copy(j.key.container, sizeof j.key.container, "{1}");
    j.import_ours = true;
    j.offload = j.takeover = j.escalated = j.v6_refused = true;
    j.trial_port = 61443;
    j.proven_write_ms = (int64_t)NOW * 1000;
    text_copy(j.running.name[j.running.n++], SERVICE_NAME_CHARS, "RemoteAccess");
    for (int i = 0; i < JOURNAL_MAX_IMPORTS + 3; i++)
        journal_note_import(&j, NOW + i);
    CHECK_INT(j.import_count, JOURNAL_MAX_IMPORTS);
    CHECK_INT(j.import[0].at, NOW + JOURNAL_MAX_IMPORTS + 2);
    REQUIRE(journal_to_text(&j, &text, &err) == 0);
    if (CHECK_INT(journal_from_text(&back, buf_str(&text), text.len, &err), 0)) {
        CHECK_INT(journal_to_text(&back, &again, &err), 0);
        CHECK_STR(buf_str(&again), buf_str(&text));
        CHECK(raw_equal(&back.old_value[VALUE_SHA256], &j.old_value[VALUE_SHA256]));
        CHECK(!back.old_value[VALUE_FLAG].present);
        CHECK_INT(back.trial_port, j.trial_port);
        CHECK(back.offload && back.takeover && back.escalated && back.v6_refused);
        CHECK_INT(back.proven_write_ms, j.proven_write_ms);
        CHECK(binding_equal(&back.old_binding[1], &j.old_binding[1]));
    }
    text.p[text.len / 2] = '\x01'; /* damaged: refused, never half believed */
    CHECK_INT(journal_from_text(&back, buf_str(&text), text.len, &err), -1);
    buf_clear(&text);
    buf_clear(&again);
}

static void numbers_become_sentences(struct test *t)
{
    struct err err = {0}, plain = {0}, denied = {0};

    sentence_err(&err, SENTENCE_BINDING, 1312, "binding %s", "[::]:443");
    CHECK(strstr(err.text, "binding [::]:443: HTTP.SYS cannot use"));
    CHECK_INT(err.number, 1312);
    CHECK_INT(err.source, ERR_SRC_WIN32);
    sentence_err(&plain, SENTENCE_BINDING, 31, "binding");
    CHECK(strstr(plain.text, "win32 31"));
    sentence_err(&denied, SENTENCE_REGISTRY, 5, "SstpSvc SHA1CertificateHash");
    CHECK_INT(denied.code, ERR_DENIED);
    CHECK(sentence_of(SENTENCE_SERVICE, 1312) == NULL);
}

static void manual_commands_lead_back(struct test *t)
{
    struct journal j = {.port = PORT, .old.health = OLD_HEALTHY};
    struct buf all = BUF_INIT(4096), rest = BUF_INIT(4096);
    struct observed o;

    seen(&o);
    text_copy(j.service, sizeof j.service, "RemoteAccess");
    text_copy(j.running.name[j.running.n++], SERVICE_NAME_CHARS, "RemoteAccess");
    text_copy(j.running.name[j.running.n++], SERVICE_NAME_CHARS, "Watch");
    memcpy(j.old_value, o.value, sizeof j.old_value);
    memcpy(j.old_binding, o.binding, sizeof j.old_binding);
    manual_commands(&j, true, NULL, &all);
    CHECK(strstr(buf_str(&all), "/v SHA256CertificateHash /t REG_BINARY /d 6161"));
    CHECK(strstr(buf_str(&all), "netsh http add sslcert ipport=[::]:443 certhash=4141"));
    CHECK(strstr(buf_str(&all), "reg delete") &&
          strstr(buf_str(&all), "/v isHashConfiguredByAdmin"));
    CHECK(all.len < sizeof((struct err *)0)->hint - 40); /* the whole line fits a hint */
    manual_commands(&j, true, &o, &rest);
    CHECK_STR(buf_str(&rest),
              "net stop RemoteAccess /y & net start RemoteAccess & net start Watch");
    buf_clear(&all);
    buf_clear(&rest);
}

const struct test_case suite_deploy_journal[] = {
    {"the_journal_survives_its_text", the_journal_survives_its_text},
    {"numbers_become_sentences", numbers_become_sentences},
    {"manual_commands_lead_back", manual_commands_lead_back},
    {NULL, NULL},
};
