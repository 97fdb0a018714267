/* SPDX-License-Identifier: Apache-2.0 */
#include "conf.h"
#include "test.h"

#include <string.h>

static struct conf conf_of(const char *directory, const char *name, const char *staging)
{
    return (struct conf){.name = (char *)"vpn",
                         .file = (char *)"vpn.json",
                         .acme = {.directory = (char *)directory,
                                  .directory_name = (char *)name,
                                  .staging_directory = (char *)staging},
                         .deploy = {.target = CONF_TARGET_RRAS}};
}

#define LE         "https://acme-v02.api.letsencrypt.org/directory"
#define LE_STAGING "https://acme-staging-v02.api.letsencrypt.org/directory"
#define GOOGLE     "https://dv.acme-v02.api.pki.goog/directory"
#define OWN        "https://ca.example.com/dir"

static void a_rehearsal_is_the_same_elsewhere(struct test *t)
{
    static const struct {
        const char *directory, *name, *staging, *url, *url_name;
    } cases[] = {
        {LE, "letsencrypt", NULL, LE_STAGING, "letsencrypt-staging"},
        {LE, LE, NULL, LE_STAGING, "letsencrypt-staging"}, /* the preset's URL, written out */
        {GOOGLE, "google", NULL, "https://dv.acme-v02.test-api.pki.goog/directory",
         "google-staging"},
        {OWN, OWN, OWN "?try", OWN "?try", OWN "?try"},
        {LE, "letsencrypt", OWN, OWN, OWN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct conf c = conf_of(cases[i].directory, cases[i].name, cases[i].staging);
        struct conf_rehearsal r;
        struct err err = {0};
        REQUIRE(conf_rehearse(&c, &r, &err) == 0);
        CHECK_STR(r.conf.acme.directory, cases[i].url);
        CHECK_STR(r.conf.acme.directory_name, cases[i].url_name);
        CHECK_STR(r.conf.name, "vpn@staging");
        CHECK_INT(r.conf.deploy.target, CONF_TARGET_NONE);
        CHECK(conf_is_staging(&c, r.conf.acme.directory));
        CHECK(!conf_is_staging(&c, c.acme.directory));
        CHECK(conf_name_check(r.conf.name, &err) != 0); /* nobody can configure it */
    }
}

static void without_a_staging_directory_there_is_no_rehearsal(struct test *t)
{
    static const struct {
        const char *directory, *name, *staging, *text;
    } cases[] = {
        {"https://acme.zerossl.com/v2/DV90", "zerossl", NULL,
         "no staging directory of zerossl is known; the presets that have one are letsencrypt, "
         "google"},
        {OWN, OWN, NULL, "no staging directory of " OWN},
        {LE_STAGING, "letsencrypt-staging", NULL, "letsencrypt-staging is a staging directory"},
        {OWN, OWN, OWN, OWN " is a staging directory already"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct conf c = conf_of(cases[i].directory, cases[i].name, cases[i].staging);
        struct conf_rehearsal r;
        struct err err = {0};
        REQUIRE(conf_rehearse(&c, &r, &err) != 0);
        CHECK_INT(err.code, ERR_USAGE);
        if (!CHECK(strstr(err.text, cases[i].text) != NULL))
            CHECK_STR(err.text, cases[i].text);
        CHECK(err.hint[0] != '\0');
    }
}

const struct test_case suite_conf_staging[] = {
    {"a_rehearsal_is_the_same_elsewhere", a_rehearsal_is_the_same_elsewhere},
    {"without_a_staging_directory_there_is_no_rehearsal",
     without_a_staging_directory_there_is_no_rehearsal},
    {NULL, NULL},
};
