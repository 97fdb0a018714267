/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule_same.c - two tasks compared by what they mean.
 *
 * Both texts become lists of leaves, "Settings/Priority" and its text, in document order. What one
 * side leaves out counts as the schema's default (MS-TSCH 2.5); elements that change nothing for a
 * task of SYSTEM are passed over. The reader knows elements, attributes (dropped), comments and the
 * five entities plus numeric ones, which is all that the service writes; anything else is refused.
 */
#include "src/app/schedule.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAVES_MAX = 128, PATH_BYTES = 160, DEPTH_MAX = 12 };

struct leaf {
    char path[PATH_BYTES];
    char *value; /* trimmed; owned */
};

struct leaves {
    struct leaf of[LEAVES_MAX];
    size_t n;
};

struct reader {
    const char *p;
    char path[PATH_BYTES];
    int depth;
    struct leaves *out;
};

static void leaves_clear(struct leaves *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->of[i].value);
    l->n = 0;
}

/* ---- reading ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Past "<!-- -->", "<? ?>" and white space. */
static bool skip_misc(struct reader *r)
{
    for (;;) {
        const char *end;
        while (is_space(*r->p))
            r->p++;
        if (text_starts(r->p, "<!--"))
            end = "-->";
        else if (text_starts(r->p, "<?"))
            end = "?>";
        else
            return true;
        const char *at = strstr(r->p, end);
        if (at == NULL)
            return false;
        r->p = at + strlen(end);
    }
}

static size_t name_length(const char *s)
{
    return strcspn(s, " \t\r\n/><&\"'=");
}

/* "&#xE9;" as UTF-8; the service writes them for nothing but control characters. */
static bool put_number(struct buf *out, const char *digits, size_t len)
{
    bool hex = *digits == 'x';
    char *end = NULL;
    unsigned long c = strtoul(digits + (hex ? 1 : 0), &end, hex ? 16 : 10);
    if (end != digits + len || c == 0 || c > 0x7f)
        return false;
    buf_putc(out, (char)c);
    return true;
}

static bool put_entity(struct reader *r, struct buf *out)
{
    static const struct {
        const char *name;
        char c;
    } known[] = {
        {"amp;", '&'}, {"lt;", '<'}, {"gt;", '>'}, {"quot;", '"'}, {"apos;", '\''},
    };
    r->p++;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (text_starts(r->p, known[i].name)) {
            buf_putc(out, known[i].c);
            r->p += strlen(known[i].name);
            return true;
        }
    size_t len = strcspn(r->p, ";");
    if (*r->p != '#' || len < 2 || len > 9 || !put_number(out, r->p + 1, len - 1))
        return false;
    r->p += len + 1;
    return true;
}

/* Character data up to the next tag. */
static bool read_text(struct reader *r, char **value)
{
    struct buf b = BUF_INIT(SCHEDULE_MAX_XML_BYTES);
    bool ok = true;
    while (ok && *r->p != '\0' && *r->p != '<') {
        if (*r->p == '&')
            ok = put_entity(r, &b);
        else
            buf_putc(&b, *r->p++);
    }
    const char *s = buf_str(&b);
    while (is_space(*s))
        s++;
    size_t len = strlen(s);
    while (len > 0 && is_space(s[len - 1]))
        len--;
    *value = ok && !b.failed ? malloc(len + 1) : NULL;
    if (*value != NULL) {
        memcpy(*value, s, len);
        (*value)[len] = '\0';
    }
    buf_clear(&b);
    return *value != NULL;
}

static bool add_leaf(struct reader *r, char *value)
{
    if (r->out->n == LEAVES_MAX) {
        free(value);
        return false;
    }
    struct leaf *l = &r->out->of[r->out->n++];
    memcpy(l->path, r->path, sizeof(l->path));
    l->value = value;
    return true;
}

/* At "<Name ...": past the start tag; *empty for "<Name/>". */
static bool read_start(struct reader *r, bool *empty)
{
    size_t len = name_length(++r->p), used = strlen(r->path);
    const char *name = r->p;
    if (len == 0 || used + len + 2 > sizeof(r->path) || ++r->depth > DEPTH_MAX)
        return false;
    if (r->depth > 1) /* the root's name goes without saying */
        snprintf(r->path + used, sizeof(r->path) - used, "%s%.*s", used > 0 ? "/" : "", (int)len,
                 name);
    r->p += len;
    char quote = '\0';
    for (; *r->p != '\0' && (quote != '\0' || *r->p != '>'); r->p++) {
        if (quote != '\0' ? *r->p == quote : *r->p == '"' || *r->p == '\'')
            quote = quote != '\0' ? '\0' : *r->p;
    }
    if (*r->p == '\0')
        return false;
    *empty = r->p[-1] == '/';
    r->p++;
    return true;
}

static void leave(struct reader *r)
{
    char *slash = strrchr(r->path, '/');
    r->depth--;
    if (slash != NULL)
        *slash = '\0';
    else
        r->path[0] = '\0';
}

/* At "</Name>" of the element that is open. */
static bool read_end(struct reader *r)
{
    const char *last = strrchr(r->path, '/');
    last = last != NULL ? last + 1 : r->depth > 1 ? r->path : "Task";
    r->p += 2;
    if (name_length(r->p) != strlen(last) || strncmp(r->p, last, strlen(last)) != 0)
        return false;
    r->p += strcspn(r->p, ">");
    if (*r->p == '\0')
        return false;
    r->p++;
    leave(r);
    return true;
}

/* One element after the other, without recursion: the path is the stack. */
static bool read_task(const char *xml, struct leaves *out)
{
    struct reader r = {.p = xml, .out = out};
    bool opened = false; /* the last tag was a start tag: text may follow */
    if (text_starts(r.p, "\xef\xbb\xbf"))
        r.p += 3;
    if (!skip_misc(&r) || !text_starts(r.p, "<Task"))
        return false;
    do {
        bool empty = false;
        if (*r.p == '<' && r.p[1] == '/') {
            if (!read_end(&r))
                return false;
            opened = false;
        } else if (*r.p == '<') {
            if (!read_start(&r, &empty))
                return false;
            if (empty)
                leave(&r); /* says nothing that counts here */
            opened = !empty;
        }
        char *value = NULL;
        if (r.depth == 0)
            break;
        if (!read_text(&r, &value))
            return false;
        bool is_leaf = opened && r.p[0] == '<' && r.p[1] == '/';
        if (!is_leaf && (value[0] != '\0' || !skip_misc(&r))) {
            free(value);
            return false;
        }
        if (!is_leaf)
            free(value);
        else if (!add_leaf(&r, value))
            return false;
    } while (*r.p == '<');
    return r.depth == 0 && skip_misc(&r) && *r.p == '\0';
}

/* ---- meaning ---- */

/* What may be on either side without a difference to a task of SYSTEM that nothing idle, remote or
 * interactive has to do with. */
static bool is_passed_over(const char *path)
{
    static const char *const prefix[] = {
        "RegistrationInfo/",
        "Settings/IdleSettings/",
        "Settings/UseUnifiedSchedulingEngine",
        "Settings/DisallowStartOnRemoteAppSession",
        "Settings/Volatile",
        "Principals/Principal/RunLevel",
        "Principals/Principal/LogonType",
        "Principals/Principal/DisplayName",
    };
    for (size_t i = 0; i < sizeof(prefix) / sizeof(prefix[0]); i++)
        if (text_starts(path, prefix[i]))
            return true;
    return false;
}

static const char *default_of(const char *path)
{
    static const struct {
        const char *path, *value;
    } known[] = {
        {"Triggers/CalendarTrigger/Enabled", "true"},
        {"Triggers/CalendarTrigger/Repetition/StopAtDurationEnd", "false"},
        {"Triggers/CalendarTrigger/ScheduleByDay/DaysInterval", "1"},
        {"Triggers/BootTrigger/Enabled", "true"},
        {"Settings/MultipleInstancesPolicy", "IgnoreNew"},
        {"Settings/DisallowStartIfOnBatteries", "true"},
        {"Settings/StopIfGoingOnBatteries", "true"},
        {"Settings/AllowHardTerminate", "true"},
        {"Settings/StartWhenAvailable", "false"},
        {"Settings/RunOnlyIfNetworkAvailable", "false"},
        {"Settings/AllowStartOnDemand", "true"},
        {"Settings/Enabled", "true"},
        {"Settings/Hidden", "false"},
        {"Settings/RunOnlyIfIdle", "false"},
        {"Settings/WakeToRun", "false"},
        {"Settings/ExecutionTimeLimit", "PT72H"},
        {"Settings/Priority", "7"},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(path, known[i].path) == 0)
            return known[i].value;
    return NULL;
}

/* "P1DT2H30M" in seconds; years and months, whose length differs, are not taken. */
static bool read_duration(const char *s, int64_t *out)
{
    int64_t total = 0;
    bool time = false;
    if (*s++ != 'P' || *s == '\0')
        return false;
    while (*s != '\0') {
        if (*s == 'T') {
            time = true;
            s++;
            continue;
        }
        int64_t n = 0;
        size_t digits = strspn(s, "0123456789");
        if (digits == 0 || digits > 9)
            return false;
        for (size_t i = 0; i < digits; i++)
            n = n * 10 + (*s++ - '0');
        int64_t unit = *s == 'D' && !time  ? 24 * 3600
                       : *s == 'H' && time ? 3600
                       : *s == 'M' && time ? 60
                       : *s == 'S' && time ? 1
                                           : 0;
        if (unit == 0)
            return false;
        total += n * unit;
        s++;
    }
    *out = total;
    return true;
}

static bool read_truth(const char *s, bool *out)
{
    *out = strcmp(s, "true") == 0 || strcmp(s, "1") == 0;
    return *out || strcmp(s, "false") == 0 || strcmp(s, "0") == 0;
}

static bool is_system(const char *user)
{
    return strcmp(user, "S-1-5-18") == 0 || text_equal_nocase(user, "SYSTEM") ||
           text_equal_nocase(user, "NT AUTHORITY\\SYSTEM");
}

static bool ends_with(const char *path, const char *last)
{
    size_t n = strlen(path), k = strlen(last);
    return n >= k && strcmp(path + n - k, last) == 0;
}

/* Without the quotes that somebody may have put around it. */
static bool same_program(const char *a, const char *b)
{
    size_t na = strlen(a), nb = strlen(b);
    if (na >= 2 && a[0] == '"' && a[na - 1] == '"') {
        a++;
        na -= 2;
    }
    if (nb >= 2 && b[0] == '"' && b[nb - 1] == '"') {
        b++;
        nb -= 2;
    }
    for (size_t i = 0; na == nb && i < na; i++) {
        char one[2] = {a[i], '\0'}, two[2] = {b[i], '\0'};
        if (!text_equal_nocase(one, two))
            return false;
    }
    return na == nb;
}

static bool same_value(const char *path, const char *a, const char *b)
{
    int64_t da, db;
    bool ta, tb;
    if (strcmp(a, b) == 0)
        return true;
    if (ends_with(path, "/UserId"))
        return is_system(a) && is_system(b);
    if (ends_with(path, "/Command"))
        return same_program(a, b);
    if (ends_with(path, "/StartBoundary")) /* without fraction and zone */
        return strlen(a) >= 19 && strncmp(a, b, 19) == 0;
    if (read_duration(a, &da) && read_duration(b, &db))
        return da == db;
    return read_truth(a, &ta) && read_truth(b, &tb) && ta == tb;
}

/* The value of the path's n-th leaf, or its default, or NULL. */
static const char *nth(const struct leaves *l, const char *path, size_t n)
{
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->of[i].path, path) == 0 && n-- == 0)
            return l->of[i].value;
    return default_of(path);
}

static size_t which(const struct leaves *l, size_t at)
{
    size_t n = 0;
    for (size_t i = 0; i < at; i++)
        if (strcmp(l->of[i].path, l->of[at].path) == 0)
            n++;
    return n;
}

/* Each leaf of `a` against its like in `b`. a_is_wanted: for the wording. */
static bool compare(const struct leaves *a, const struct leaves *b, bool a_is_wanted,
                    char why[SCHEDULE_WHY_BYTES])
{
    for (size_t i = 0; i < a->n; i++) {
        const char *path = a->of[i].path, *mine = a->of[i].value;
        if (is_passed_over(path))
            continue;
        const char *other = nth(b, path, which(a, i));
        if (other != NULL && same_value(path, mine, other))
            continue;
        if (other == NULL)
            snprintf(why, SCHEDULE_WHY_BYTES,
                     a_is_wanted ? "%s (%.120s) is missing" : "%s (%.120s) is one too many", path,
                     mine);
        else
            snprintf(why, SCHEDULE_WHY_BYTES, "%s is %.120s, not %.120s", path,
                     a_is_wanted ? other : mine, a_is_wanted ? mine : other);
        text_scrub(why);
        return false;
    }
    return true;
}

bool schedule_same(const char *wanted, const char *found, char why[SCHEDULE_WHY_BYTES])
{
    struct leaves *both = calloc(2, sizeof(*both));
    bool same = false;
    why[0] = '\0';
    if (both == NULL)
        snprintf(why, SCHEDULE_WHY_BYTES, "out of memory");
    else if (!read_task(wanted, &both[0]) || !read_task(found, &both[1]))
        snprintf(why, SCHEDULE_WHY_BYTES, "its XML cannot be read");
    else
        same = compare(&both[0], &both[1], true, why) && compare(&both[1], &both[0], false, why);
    if (both != NULL) {
        leaves_clear(&both[0]);
        leaves_clear(&both[1]);
    }
    free(both);
    return same;
}
