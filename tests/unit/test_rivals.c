/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/rivals.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static void words_are_whole_words(struct test *t)
{
    static const struct {
        const char *text, *client;
    } cases[] = {
        {"\\win-acme renew (acme-v02.api.letsencrypt.org)", "win-acme"},
        {"\\simple-acme renew (acme-v02.api.letsencrypt.org)", "simple-acme"},
        {"<Command>C:\\tools\\wacs.exe</Command><Arguments>--renew</Arguments>", "win-acme"},
        {"<Command>C:\\simple-acme\\wacs.exe</Command>", "simple-acme"},
        {"-Command \"Submit-Renewal -AllOrders\"", "Posh-ACME"},
        {"-Command Import-Module Posh-ACME; ./renew.ps1", "Posh-ACME"},
        {"<Command>C:\\lego\\LEGO.EXE</Command>", "lego"},
        {"<Command>certbot</Command><Arguments>renew -q</Arguments>", "certbot"},
        {"Certify.Service", "Certify The Web"},
        {"Certify The Web - Management Service", "Certify The Web"},
        {"CertKitAgent", "CertKit"},
        {"CertKit Agent", "CertKit"},
        {"certify the backups", NULL},
        {"C:\\legoland\\run.exe allegory", NULL},
        {"rras-acme", NULL},
        {"rras-acme watchdog", NULL},
        {"Macmillan acme supplies", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (cases[i].client)
            CHECK_STR(rival_client(cases[i].text), cases[i].client);
        else
            CHECK(rival_client(cases[i].text) == NULL);
}

static void a_word_is_found_wherever_it_stands_in_a_long_text(struct test *t)
{
    char text[9000];

    for (int at = 4000; at < 4200; at++) {
        snprintf(text, sizeof text, "%*s%*s", at, "certbot", 4000, "");
        if (!CHECK_STR(rival_client(text), "certbot"))
            return;
    }
}

static void only_what_is_active_counts(struct test *t)
{
    static const struct {
        enum service_state state;
        uint32_t start;
        bool counts;
    } cases[] = {{SERVICE_IS_RUNNING, 3, true},
                 {SERVICE_IS_STOPPED, SERVICE_START_AUTOMATIC, true},
                 {SERVICE_IS_STOPPED, 3, false},
                 {SERVICE_IS_STOPPED, SERVICE_START_DISABLED, false},
                 {SERVICE_IS_RUNNING, SERVICE_START_DISABLED, true}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct service now = {
            .exists = true, .state = cases[i].state, .start_type = cases[i].start};
        struct rivals r = {.n = 0};
        rivals_add_service(&r, "x", "Certify The Web", &now);
        CHECK_INT(r.n, cases[i].counts);
    }
    struct rivals r = {.n = 0};
    rivals_add_task(&r, "\\win-acme renew", false, "wacs.exe");
    rivals_add_task(&r, "\\backup", true, "robocopy.exe");
    CHECK_INT(r.n, 0);
}

static void many_are_told_once_each_and_cut(struct test *t)
{
    char name[] = "\\x0 certbot", text[RIVALS_TEXT_BYTES];
    struct rivals r = {.n = 0};

    for (int i = 0; i < 24; i++) {
        name[2] = (char)('a' + i / 2);
        rivals_add_task(&r, name, true, "");
    }
    CHECK_INT(r.n, RIVALS_MAX);
    CHECK_STR(r.of[1].name, "\\xb certbot");
    for (size_t i = 0; i < r.n; i++) {
        memset(r.of[i].name, 'n', RIVAL_NAME_BYTES - 1);
        r.of[i].name[RIVAL_NAME_BYTES - 1] = '\0';
    }
    rivals_text(&r, text);
    CHECK_INT(strlen(text), RIVALS_TEXT_BYTES - 1);
    rivals_cure(&r, text);
    CHECK(strstr(text, "schtasks /change /disable /tn \"nnn") != NULL);
    CHECK(strstr(text, "docs/migrate.md") != NULL);
}

static void a_task_is_for_our_names_when_its_arguments_hold_one(struct test *t)
{
    static const char *const names[] = {"vpn.example.com", "*.corp.example"};
    static const struct {
        const char *arguments;
        bool ours;
    } cases[] = {{"--domains=VPN.example.com renew", true},
                 {"<Arguments>--host www.example.com,vpn.example.com</Arguments>", true},
                 {"-d *.corp.example", true},
                 {"--renew --baseuri https://ca.example/", false},
                 {"--domains www.vpn.example.com", false},
                 {"--domains vpn.example.com.test", false},
                 {"--domains my-vpn.example.com", false},
                 {"--domains corp.example", false}};
    char cure[RIVALS_TEXT_BYTES];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rivals r = {.names = names, .name_count = 2};
        rivals_add_task(&r, "\\a certbot", true, "");
        rivals_add_task(&r, "\\b lego", true, cases[i].arguments);
        CHECK_INT(r.n, 2);
        if (!CHECK_INT(rivals_ours(&r), cases[i].ours))
            printf("of %s\n", cases[i].arguments);
        rivals_cure(&r, cure);
        CHECK(strstr(cure, cases[i].ours ? "\\b lego" : "\\a certbot") != NULL);
    }
}

const struct test_case suite_rivals[] = {
    {"words_are_whole_words", words_are_whole_words},
    {"a_word_is_found_wherever_it_stands_in_a_long_text",
     a_word_is_found_wherever_it_stands_in_a_long_text},
    {"only_what_is_active_counts", only_what_is_active_counts},
    {"a_task_is_for_our_names_when_its_arguments_hold_one",
     a_task_is_for_our_names_when_its_arguments_hold_one},
    {"many_are_told_once_each_and_cut", many_are_told_once_each_and_cut},
    {NULL, NULL},
};
