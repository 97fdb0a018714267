/* SPDX-License-Identifier: Apache-2.0 */
#include "event.h"

#include "text.h"

#include <stdio.h>
#include <string.h>

enum { STRING_MAX_BYTES = 4096 }; /* Windows takes 31,839 characters in one string */

const struct event_info event_table[] = {
    {EVENT_ISSUED, EVENT_INFORMATION, "issued"},
    {EVENT_DEPLOYED, EVENT_INFORMATION, "deployed"},
    {EVENT_HELD, EVENT_INFORMATION, "held"},
    {EVENT_RECOVERED, EVENT_INFORMATION, "recovered"},
    {EVENT_ROLLED_BACK_BY_HAND, EVENT_INFORMATION, "rolled_back_by_hand"},
    {EVENT_SCHEDULE_INSTALLED, EVENT_INFORMATION, "schedule_installed"},
    {EVENT_SCHEDULE_REMOVED, EVENT_INFORMATION, "schedule_removed"},
    {EVENT_SELFTEST, EVENT_INFORMATION, "selftest"},
    {EVENT_POSTPONED, EVENT_WARNING, "postponed"},
    {EVENT_EXPIRY_THIRD, EVENT_WARNING, "expiry_third"},
    {EVENT_EXPIRY_FIFTH, EVENT_WARNING, "expiry_fifth"},
    {EVENT_NOTIFY_FAILED, EVENT_WARNING, "notify_failed"},
    {EVENT_UNSAFE, EVENT_WARNING, "unsafe"},
    {EVENT_FAILED, EVENT_ERROR, "failed"},
    {EVENT_ROLLED_BACK, EVENT_ERROR, "rolled_back"},
    {EVENT_STRANDED, EVENT_ERROR, "stranded"},
    {EVENT_EXPIRY_TENTH, EVENT_ERROR, "expiry_tenth"},
    {EVENT_EXPIRED, EVENT_ERROR, "expired"},
    {EVENT_NOT_RUN, EVENT_ERROR, "not_run"},
    {EVENT_SCHEDULE_BROKEN, EVENT_ERROR, "schedule_broken"},
    {EVENT_NONE, EVENT_INFORMATION, NULL},
};

const struct event_info *event_find(enum event_id id)
{
    for (const struct event_info *e = event_table; e->id != EVENT_NONE; e++)
        if (e->id == id)
            return e;
    return NULL;
}

/* One line, and neither "%1" nor "%%1": the Event Viewer replaces these in what it is given, too.
 */
static void add_string(struct buf *all, size_t at[], size_t *n, const char *s)
{
    bool fit;
    size_t len = strlen(s);
    at[(*n)++] = all->len;
    for (size_t i = 0, unit; i < len && i < STRING_MAX_BYTES; i += unit) {
        unit = text_foreign(s + i, len - i, &fit);
        bool marker = s[i] == '%' && (s[i + 1] == '%' || (s[i + 1] >= '0' && s[i + 1] <= '9'));
        if (marker)
            buf_puts(all, "\xef\xbc\x85"); /* U+FF05, the fullwidth percent sign */
        else
            buf_put_foreign(all, s + i, unit);
    }
    buf_add(all, "", 1);
}

void event_write(const struct event *e, const struct log *log)
{
    const struct event_info *info = event_find(e->id);
    struct buf all = BUF_INIT((EVENT_MAX_STRINGS + 1) * (STRING_MAX_BYTES + 1) * 3);
    const char *strings[EVENT_MAX_STRINGS + 1];
    size_t at[EVENT_MAX_STRINGS + 1], n = 0;
    struct err err = {0};
    if (info == NULL)
        return;
    add_string(&all, at, &n, e->text);
    for (size_t i = 0; i < e->pairs && i < EVENT_MAX_STRINGS; i++)
        add_string(&all, at, &n, e->pair[i]);
    for (size_t i = 0; i < n; i++)
        strings[i] = all.failed ? e->text : all.p + at[i];
    if (event_report(info->type, e->id, strings, n, &err) != 0)
        log_warn(log, "%s", err.text);
    buf_clear(&all);
}
