/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_https.h"

#include "publish/azure_arc.h"

#include <stdlib.h>
#include <string.h>

#define PATH     "/metadata/identity/oauth2/token"
#define AGENT    "http://127.0.0.1:40342" PATH
#define ASKED    AGENT "?api-version=2020-06-01&resource=https%3A%2F%2Fmanagement.azure.com%2F"
#define COUNT(a) (sizeof(a) / sizeof *(a))

static void only_loopback_is_an_agent(struct test *t)
{
    static const struct {
        const char *identity, *imds, *want; /* NULL = refused */
    } cases[] = {
        {NULL, NULL, ""},
        {AGENT, NULL, ""}, /* somebody else's variable */
        {NULL, "http://localhost:40342", ""},
        {AGENT, "http://127.0.0.1:40342", AGENT},
        {"http://localhost:40342" PATH, "http://localhost:40342", AGENT},
        {"http://[::1]:40342" PATH, "http://[::1]:40342", "http://[::1]:40342" PATH},
        {"http://localhost.evil.test:40342" PATH, "http://localhost:40342", NULL},
        {"http://localhost@evil.test" PATH, "http://localhost:40342", NULL},
        {"http://169.254.169.254" PATH, "http://localhost:40342", NULL},
        {"http://10.0.0.1:40342" PATH, "http://localhost:40342", NULL},
        {AGENT, "http://10.0.0.1:40342", NULL},
        {"https://127.0.0.1:40342" PATH, "http://localhost:40342", NULL},
        {AGENT "?x=y", "http://localhost:40342", NULL},
        {AGENT "#x", "http://localhost:40342", NULL},
        {"", "", NULL},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        char url[AZURE_ARC_URL_SIZE] = "?";
        int rc = azure_arc_url(cases[i].identity, cases[i].imds, url);
        CHECK_STR(test_text(t, "%zu: %s", i, rc ? "refused" : url),
                  test_text(t, "%zu: %s", i, cases[i].want ? cases[i].want : "refused"));
    }
}

static void only_a_key_of_its_folder_is_read(struct test *t)
{
#define WINDOWS "C:\\ProgramData\\AzureConnectedMachineAgent\\Tokens"
#define LINUX   "/var/opt/azcmagent/tokens"
    static const struct {
        const char *header, *folder, *want;
    } cases[] = {
        {"Basic realm=" LINUX "/abc-1_2.key", LINUX, "abc-1_2.key"},
        {"Basic realm=" WINDOWS "\\0a1b.key", WINDOWS, "0a1b.key"},
        {"basic realm=c:\\programdata\\azureconnectedmachineagent\\tokens\\x.key", WINDOWS,
         "x.key"},
        {NULL, LINUX, NULL},
        {"", LINUX, NULL},
        {"Bearer realm=" LINUX "/a.key", LINUX, NULL},
        {"Basic realm=" LINUX "/a.txt", LINUX, NULL},
        {"Basic realm=" LINUX "/.key", LINUX, NULL},
        {"Basic realm=" LINUX "/a.key.txt", LINUX, NULL},
        {"Basic realm=" LINUX "/../../etc/a.key", LINUX, NULL},
        {"Basic realm=" LINUX "/sub/a.key", LINUX, NULL},
        {"Basic realm=" LINUX "a.key", LINUX, NULL},
        {"Basic realm=" LINUX "2/a.key", LINUX, NULL},
        {"Basic realm=/etc/a.key", LINUX, NULL},
        {"Basic realm=" LINUX, LINUX, NULL},
        {"Basic realm=" LINUX "/", LINUX, NULL},
        {"Basic realm=" WINDOWS "\\..\\a.key", WINDOWS, NULL},
        {"Basic realm=" WINDOWS "\\a.key:stream", WINDOWS, NULL},
        {"Basic realm=" WINDOWS "\\a.key ", WINDOWS, NULL},
        {"Basic realm=\\\\server\\share\\a.key", WINDOWS, NULL},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        char name[AZURE_ARC_FILE_SIZE] = "?";
        bool ok = azure_arc_file(cases[i].header, cases[i].folder, name);
        CHECK_STR(test_text(t, "%zu: %s", i, ok ? name : "refused"),
                  test_text(t, "%zu: %s", i, cases[i].want ? cases[i].want : "refused"));
    }
}

struct world {
    struct fake_https fake;
    struct api api;
    struct azure_arc arc;
    struct https_response resp;
};

static void ask(struct test *t, struct world *w, const struct fake_exchange *script, size_t count,
                struct err *err)
{
    *w = (struct world){.arc = {.url = AGENT}};
    fake_https_init(&w->fake, t, script, count);
    w->api =
        (struct api){.name = "azure", .env = {.clock = &w->fake.clock, .https = &w->fake.https}};
    w->arc.folder = (char *)(uintptr_t)test_dir(t); /* only read */
    err_clear(err);
    int rc = azure_arc_ask(&w->api, &w->arc, "https://management.azure.com/", &w->resp, err);
    CHECK_INT(rc, err_is_set(err) ? -1 : 0);
    fake_https_done(&w->fake);
}

static void the_key_is_shown_to_the_agent(struct test *t)
{
    struct fake_exchange script[] = {
        {"GET", ASKED, NULL, "Metadata: true", 401, "{}", NULL},
        {"GET", ASKED, NULL, "Authorization: Basic t0k-3n", 200, "{\"access_token\":\"x\"}", NULL},
    };
    struct world w;
    struct err err = {0};

    (void)fake_secret(t, "one.key", "t0k-3n");
    script[0].answer_header = test_text(t, "WWW-Authenticate: Basic realm=%s/one.key", test_dir(t));
    ask(t, &w, script, COUNT(script), &err);
    CHECK_STR(err.text, "");
    CHECK_INT(w.resp.status, 200);
    https_response_clear(&w.resp);
}

static void nothing_is_read_for_another_question(struct test *t)
{
    struct fake_exchange elsewhere[] = {
        {"GET", ASKED, NULL, NULL, 401, "{}", "WWW-Authenticate: Basic realm=/etc/one.key"}};
    struct fake_exchange absent[] = {{"GET", ASKED, NULL, NULL, 401, "{}", NULL}};
    struct fake_exchange refused[] = {{"GET", ASKED, NULL, NULL, 403, "{}", NULL}};
    struct world w;
    struct err err = {0};

    ask(t, &w, elsewhere, 1, &err);
    CHECK_INT(err.code, ERR_DNS);
    CHECK(strstr(err.text, "no key of its folder") != NULL);
    https_response_clear(&w.resp);
    absent[0].answer_header =
        test_text(t, "WWW-Authenticate: Basic realm=%s/none.key", test_dir(t));
    ask(t, &w, absent, 1, &err);
    CHECK_INT(err.code, ERR_DNS);
    CHECK(strstr(err.hint, "himds") != NULL);
    https_response_clear(&w.resp);
    ask(t, &w, refused, 1, &err);
    CHECK_STR(err.text, "");
    CHECK_INT(w.resp.status, 403); /* told by who asked */
    https_response_clear(&w.resp);
}

static void a_key_that_is_none_is_not_shown(struct test *t)
{
    static const char two_lines[] = "t0k-3n\r\nX-Evil: 1";
    struct fake_exchange script[] = {{"GET", ASKED, NULL, NULL, 401, "{}", NULL}};
    struct world w;
    struct err err = {0};
    char large[5000];

    memset(large, 'a', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    script[0].answer_header = test_text(t, "WWW-Authenticate: Basic realm=%s/one.key", test_dir(t));
    for (int i = 0; i < 2; i++) {
        (void)fake_secret(t, "one.key", i ? large : two_lines);
        ask(t, &w, script, 1, &err);
        CHECK_INT(err.code, ERR_DNS);
        CHECK(strstr(err.text, "t0k-3n") == NULL && strstr(err.text, "aaaa") == NULL);
        https_response_clear(&w.resp);
    }
}

const struct test_case suite_azure_arc[] = {
    {"only_loopback_is_an_agent", only_loopback_is_an_agent},
    {"only_a_key_of_its_folder_is_read", only_a_key_of_its_folder_is_read},
    {"the_key_is_shown_to_the_agent", the_key_is_shown_to_the_agent},
    {"nothing_is_read_for_another_question", nothing_is_read_for_another_question},
    {"a_key_that_is_none_is_not_shown", a_key_that_is_none_is_not_shown},
    {NULL, NULL},
};
