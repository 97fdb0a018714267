/* SPDX-License-Identifier: Apache-2.0 */
#include "event.h"
#include "src/app/tidings.h"
#include "test.h"

#include <ctype.h>
#include <string.h>

static const char *const type_words[] = {"information", "warning", "error"};
static const char *const severities[] = {"Informational", "Warning", "Error"};

static int count(const char *text, const char *what)
{
    int n = 0;
    for (const char *p = text; (p = strstr(p, what)) != NULL; p += strlen(what))
        n++;
    return n;
}

/* The table in docs/, the message table for Windows and the program's own say the same. */
static void the_three_tables_agree(struct test *t)
{
    const char *doc = test_read(t, test_data(t, "../../docs/events.md"), NULL);
    const char *mc = test_read(t, test_data(t, "../../res/messages.mc"), NULL);
    int n = 0;
    for (const struct event_info *e = event_table; e->id != EVENT_NONE; e++, n++) {
        char upper[64] = "";
        for (size_t i = 0; i < sizeof(upper) - 1 && e->word[i] != '\0'; i++)
            upper[i] = (char)toupper((unsigned char)e->word[i]);
        const char *row =
            test_text(t, "\n| %d | `%s` | %s | ", (int)e->id, e->word, type_words[e->type]);
        const char *message = test_text(
            t,
            "\nMessageId=%d\nSeverity=%s\nSymbolicName=RRAS_EVENT_%s\nLanguage=English\n%%1\n.\n",
            (int)e->id, severities[e->type], upper);
        if (!CHECK(strstr(doc, row) != NULL))
            CHECK_STR("docs/events.md", row);
        if (!CHECK(strstr(mc, message) != NULL))
            CHECK_STR("res/messages.mc", message);
        CHECK(event_find(e->id) == e);
        CHECK(n == 0 || e[-1].id < e->id);
    }
    CHECK_INT(count(doc, "\n| ") - 1, n); /* without the head */
    CHECK_INT(count(mc, "\nMessageId="), n);
    CHECK(event_find(EVENT_NONE) == NULL);
}

static void failures_have_events_and_classes(struct test *t)
{
    static const struct {
        enum err_code code;
        const char *problem;
        enum event_id id;
        const char *class;
    } cases[] = {
        {ERR_CA, "rateLimited", EVENT_FAILED, "ca/rateLimited"},
        {ERR_NET, "", EVENT_FAILED, "net"},
        {ERR_POSTPONED, "", EVENT_POSTPONED, "postponed"},
        {ERR_ROLLED_BACK, "", EVENT_ROLLED_BACK, "rolled_back"},
        {ERR_STRANDED, "", EVENT_STRANDED, "stranded"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct err e = {0};
        char class[ALERT_CLASS_BYTES];
        err_set(&e, cases[i].code, "certificate %zu: text that changes", i);
        memcpy(e.problem, cases[i].problem, strlen(cases[i].problem) + 1);
        CHECK_INT(outcome_failure_event(&e), cases[i].id);
        outcome_class(&e, class);
        CHECK_STR(class, cases[i].class);
    }
}

const struct test_case suite_event[] = {
    {"the_three_tables_agree", the_three_tables_agree},
    {"failures_have_events_and_classes", failures_have_events_and_classes},
    {NULL, NULL},
};
