/* SPDX-License-Identifier: Apache-2.0 */
/* conf_shared.c - what of rras-acme.json is the program's own and no default of certificates: log
 * and notify. */
#include "conf_parts.h"

#include "os.h"

#include <stdlib.h>
#include <string.h>

static const char *notify_problem(const struct conf_notify *n)
{
    int ways = (n->smtp != NULL) + (n->webhook != NULL) + (n->webhook_file != NULL);

    if (ways != 1)
        return "needs one of smtp, webhook and webhook_file";
    if (!n->smtp)
        return n->to.n || n->from || n->user || n->password_file
                   ? "from, to, user and password_file go with smtp"
                   : NULL;
    if (!n->from || !n->to.n)
        return "smtp needs from and to";
    if (n->format)
        return "format goes with a webhook";
    return (n->user != NULL) != (n->password_file != NULL) ? "user and password_file go together"
                                                           : NULL;
}

static bool check_notify(const struct conf_set *set, const char *file, struct conf_errors *errors)
{
    bool good = true;

    for (size_t i = 0; i < set->notify_count; i++) {
        struct conf_place place = {file, 0, 0, 0};
        const char *problem = notify_problem(&set->notify[i]);

        if (!problem)
            continue;
        conf_errors_add(errors, &place, "notify[%zu]: %s", i, problem);
        good = false;
    }
    return good;
}

bool conf_shared_read(struct conf_set *set, const struct conf_text *shared,
                      struct conf_errors *errors)
{
    struct conf_build b = {0};
    bool good;

    conf_build_read(&b, &(struct conf_source){shared, NULL, 0}, errors);
    set->log_given = b.log.given;
    set->log_level = b.log.level;
    set->log_file = b.log.file;
    set->log_format = b.log.format;
    set->log_max_mib = b.log.max_mib;
    set->log_keep = b.log.keep;
    b.log.file = NULL;
    memcpy(set->notify, b.notify, sizeof b.notify);
    set->notify_count = b.notify_count;
    memset(b.notify, 0, sizeof b.notify);
    good = !b.notify_broken;
    conf_build_clear(&b);
    return check_notify(set, shared ? shared->file : "", errors) && good;
}

bool conf_salvage(struct conf_set *out, const char *file, const char *text_file)
{
    struct buf text = BUF_INIT(CONF_MAX_FILE_BYTES + 1);
    struct conf_errors errors = {0};
    struct conf_set set = {0};
    struct err ignored = {0};
    bool good = false;

    if (os_read_file(text_file, &text, &ignored) == 0) {
        struct conf_text shared = {file, buf_str(&text), text.len};
        good = conf_shared_read(&set, &shared, &errors) && set.notify_count > 0;
    }
    if (good) {
        *out = set;
        set = (struct conf_set){0};
    }
    conf_set_clear(&set);
    conf_errors_clear(&errors);
    buf_clear(&text);
    return good;
}
