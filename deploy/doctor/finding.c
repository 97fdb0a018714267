/* SPDX-License-Identifier: Apache-2.0 */
/* What a row says. */
#include "doctor/doctor.h"

#include "text.h"

#include <stdio.h>
#include <string.h>

static void say(struct doctor_finding *f, enum check_level level, const char *fmt, va_list ap)
    PRINTF_LIKE(3, 0);
static void say(struct doctor_finding *f, enum check_level level, const char *fmt, va_list ap)
{
    f->level = level;
    if (vsnprintf(f->text, sizeof f->text, fmt, ap) < 0)
        f->text[0] = '\0';
    text_scrub(f->text); /* names and messages of others may be in it */
}

#define SAY(f, level, fmt)                                                                         \
    do {                                                                                           \
        va_list ap;                                                                                \
        va_start(ap, fmt);                                                                         \
        say(f, level, fmt, ap);                                                                    \
        va_end(ap);                                                                                \
    } while (0)

void finding_ok(struct doctor_finding *f, const char *fmt, ...)
{
    SAY(f, CHECK_OK, fmt);
}

void finding_note(struct doctor_finding *f, const char *fmt, ...)
{
    SAY(f, CHECK_NOTE, fmt);
}

void finding_warn(struct doctor_finding *f, const char *fmt, ...)
{
    SAY(f, CHECK_WARN, fmt);
}

void finding_fail(struct doctor_finding *f, const char *fmt, ...)
{
    SAY(f, CHECK_FAIL, fmt);
}

void finding_skip(struct doctor_finding *f, const char *fmt, ...)
{
    SAY(f, CHECK_SKIP, fmt);
}

void finding_cure(struct doctor_finding *f, const char *fmt, ...)
{
    va_list ap;

    if (f->level == CHECK_OK)
        return;
    va_start(ap, fmt);
    if (vsnprintf(f->cure, sizeof f->cure, fmt, ap) < 0)
        f->cure[0] = '\0';
    va_end(ap);
    text_scrub(f->cure);
}

bool finding_readable(struct doctor_finding *f, const struct seen *s)
{
    if (!s->ok)
        finding_skip(f, "%s", seen_trouble(s));
    return s->ok;
}
