/* SPDX-License-Identifier: Apache-2.0 */
/* The log's file: form of its lines, and what becomes of it when it has grown. */
#include "json.h"
#include "src/app/logsink.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

static struct logsink sink_of(const char *file)
{
    return (struct logsink){
        .file = file, .console_level = LOG_ERROR, .file_level = LOG_DEBUG, .clock = &os_clock};
}

static void a_line_is_one_object_whatever_it_says(struct test *t)
{
    struct logsink s = sink_of(test_path(t, "a.log"));
    struct log log = logsink_log(&s);
    struct json *j = NULL;
    struct err err = {0};
    size_t len = 0;
    s.json = true;
    log_warn(&log, "%s", "x\"}\n{\"level\":\"error\"}\\ \x1b[2J \xff");
    const char *text = test_read(t, s.file, &len);
    REQUIRE(len > 2 && strchr(text, '\n') == text + len - 1); /* one line */
    REQUIRE(json_parse(&j, text, len, "log", &err) == 0);
    CHECK_STR(json_get_string(j, "level"), "warn");
    CHECK_STR(json_get_string(j, "message"), "x\"}?{\"level\":\"error\"}\\ ?[2J ?");
    CHECK_INT(strlen(json_get_string(j, "time")), 20);
    CHECK_INT(json_get_integer(j, "pid", 0), os_pid());
    json_free(j);
}

static void a_line_of_text_begins_with_time_and_level(struct test *t)
{
    struct logsink s = sink_of(test_path(t, "a.log"));
    struct log log = logsink_log(&s);
    size_t len = 0;
    log_info(&log, "%s", "one\nerror: two");
    const char *text = test_read(t, s.file, &len);
    CHECK(len > 21 && text[10] == 'T' && text[19] == 'Z');
    CHECK_STR(text + len - strlen(" info one?error: two\n"), " info one?error: two\n");
    CHECK(strchr(text, '\n') == text + len - 1);
}

static void a_file_that_has_grown_is_put_aside(struct test *t)
{
    struct logsink s = sink_of(test_path(t, "a.log"));
    struct log log = logsink_log(&s);
    s.max_bytes = 100; /* two lines */
    s.keep = 2;
    for (int i = 1; i <= 9; i++)
        log_info(&log, "line %d", i);
    CHECK(strstr(test_read(t, s.file, NULL), "line 9\n"));
    CHECK(os_file_bytes(test_path(t, "a.log.1")) > 0 && os_file_bytes(test_path(t, "a.log.2")) > 0);
    CHECK(os_file_bytes(s.file) <= 100 && os_file_bytes(test_path(t, "a.log.1")) <= 100);
    CHECK_INT(os_file_bytes(test_path(t, "a.log.3")), -1);
    CHECK(!strstr(test_read(t, test_path(t, "a.log.2"), NULL), "line 1\n"));
    CHECK(!s.file_failed);
}

const struct test_case suite_logsink[] = {
    {"a_line_is_one_object_whatever_it_says", a_line_is_one_object_whatever_it_says},
    {"a_line_of_text_begins_with_time_and_level", a_line_of_text_begins_with_time_and_level},
    {"a_file_that_has_grown_is_put_aside", a_file_that_has_grown_is_put_aside},
    {NULL, NULL},
};
