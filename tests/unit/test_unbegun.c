/* SPDX-License-Identifier: Apache-2.0 */
#include "os.h"
#include "src/app/unbegun.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#define MAIL                                                                                       \
    "{\"smtp\": \"smtp://mail.example.com\", \"from\": \"a@example.com\", \"to\": "                \
    "[\"b@example.com\"]}"

static void notify_is_read_by_itself(struct test *t)
{
    static const struct {
        const char *what, *text;
        bool good;
    } cases[] = {
        {"all is well", "{\"notify\": [" MAIL "]}", true},
        {"another key is wrong",
         "{\"keyy\": 1, \"acme\": {\"agree_tos\": 7}, \"notify\": [" MAIL "]}", true},
        {"another key comes twice",
         "{\"key\": \"ec256\", \"key\": \"ec256\", \"notify\": [" MAIL "]}", true},
        {"one of two has an unknown key", "{\"notify\": [" MAIL ", {\"hook\": 1}]}", false},
        {"one has no way", "{\"notify\": [{\"on\": [\"failure\"]}]}", false},
        {"a secret that is not there", "{\"notify\": [{\"webhook_file\": \"nowhere/hook\"}]}",
         false},
        {"no list", "{\"notify\": true}", false},
        {"nobody", "{\"notify\": []}", false},
        {"not there", "{}", false},
        {"no JSON", "{\"notify\": [" MAIL "],", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct conf_set set = {0};
        test_write(t, "rras-acme.json", cases[i].text, strlen(cases[i].text));
        const char *path = test_path(t, "rras-acme.json");
        bool good = CHECK_INT(conf_salvage(&set, path, path), cases[i].good);
        good = CHECK_INT(set.notify_count, cases[i].good ? 1 : 0) && good;
        if (!good)
            CHECK_STR("", cases[i].what);
        conf_set_clear(&set);
    }
}

/* A site with a file, which is broken later, and the copy of when it was not. */
static void a_copy_stands_in_for_a_broken_file(struct test *t)
{
    static const char good[] = "{\"notify\": [" MAIL "], \"log\": {\"level\": \"debug\"}}";
    struct err err = {0};
    struct app app = {.config_dir = (char *)(size_t)test_dir(t),
                      .state_dir = (char *)(size_t)test_path(t, "state")};
    CHECK_INT(os_make_dir(app.state_dir, &err), 0);
    test_write(t, "rras-acme.json", good, strlen(good));
    unbegun_salvage(&app);
    CHECK_INT(app.confs.notify_count, 1);
    unbegun_keep_copy(&app);
    conf_set_clear(&app.confs);

    test_write(t, "rras-acme.json", "{,", 2);
    unbegun_salvage(&app);
    if (CHECK_INT(app.confs.notify_count, 1))
        CHECK_STR(app.confs.notify[0].smtp, "smtp://mail.example.com");
    CHECK_INT(app.confs.log_level, LOG_DEBUG);
    conf_set_clear(&app.confs);

    unbegun_keep_copy(&app); /* read without error, and nobody is named any more */
    CHECK(!os_exists(test_path(t, "state/" UNBEGUN_COPY_FILE)));
    unbegun_salvage(&app);
    CHECK_INT(app.confs.notify_count, 0);
}

static void the_same_trouble_has_one_class(struct test *t)
{
    char class[ALERT_CLASS_BYTES];
    struct err e = {0};
    err_set(&e, ERR_USAGE, "conf.d/vpn.json:7:5: keyy: unknown key");
    unbegun_class(&e, class);
    CHECK_STR(class, "usage conf.d/vpn.json:7:5: keyy: unknown key");
    err_clear(&e);
    err_set(&e, ERR_USAGE, "%s\xc3\xa4%s", "a long folder before it: ",
            "0123456789012345678901234567890123456789012345678901234567890123456789"
            "01234567890123456789012345678");
    unbegun_class(&e, class); /* cut inside of a letter: the whole letter goes */
    CHECK_STR(class, "usage 0123456789012345678901234567890123456789012345678901234567890123456789"
                     "01234567890123456789012345678");
    err_clear(&e);
    err_set(&e, ERR_FAIL, "disk full: 17 bytes free");
    unbegun_class(&e, class);
    CHECK_STR(class, "fail");
}

static void without_notes_four_times_a_day(struct test *t)
{
    int hours = 0;
    for (int64_t h = 0; h < 24; h++)
        hours += unbegun_blind_hour(INT64_C(1795334400) + h * 3600 + 1234) ? 1 : 0;
    CHECK_INT(hours, 4);
}

const struct test_case suite_unbegun[] = {
    {"notify_is_read_by_itself", notify_is_read_by_itself},
    {"a_copy_stands_in_for_a_broken_file", a_copy_stands_in_for_a_broken_file},
    {"the_same_trouble_has_one_class", the_same_trouble_has_one_class},
    {"without_notes_four_times_a_day", without_notes_four_times_a_day},
    {NULL, NULL},
};
