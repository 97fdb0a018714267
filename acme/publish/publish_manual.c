/* SPDX-License-Identifier: Apache-2.0 */
/* A person creates the records: each is shown, and the person says when all are there. */
#include "acme.h"
#include "publish/publish.h"

#include <stdlib.h>

enum { TEXT_BYTES = 1024 };

static int show(const struct acme_console *console, const char *what,
                const struct publish_record *r, struct err *err)
{
    struct buf text = BUF_INIT(TEXT_BYTES);
    int rc;

    buf_addf(&text, "\n%s:\n\n    %s. TXT \"%s\"\n\n", what, r->fqdn, r->value);
    rc = buf_check(&text, "record to show", err);
    if (rc == 0)
        console->tell(console->user, buf_str(&text));
    buf_clear(&text);
    return rc;
}

static int present(void *self, const struct publish_record *r, struct err *err)
{
    return show(self, "Create this record, beside those that are there", r, err);
}

static int ready(void *self, struct err *err)
{
    const struct acme_console *console = self;

    return console->done(console->user,
                         "Press Enter once all of them are there (n gives up): ", err);
}

static int cleanup(void *self, const struct publish_record *r, struct err *err)
{
    return show(self, "This record has done its work; remove it", r, err);
}

int publish_manual_open(struct publisher *out, const struct publish_env *env, struct err *err)
{
    if (!env->console) {
        err_set(err, ERR_USAGE,
                "dns.provider: manual needs somebody at a terminal who creates "
                "the records");
        return err_hint(err, "start \"rras-acme issue NAME\" by hand, without --json and --yes; "
                             "what is to renew by itself needs another provider");
    }
    *out = (struct publisher){.name = "manual",
                              .present = present,
                              .cleanup = cleanup,
                              .ready = ready,
                              .self = (void *)(uintptr_t)env->console};
    return 0;
}
