/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a proven deploy leaves behind: certificates that this program put into LocalMachine\MY and
 * that nothing on the machine names any more. Nothing here fails a deploy.
 */
#include "drive.h"

#include "text.h"

#include <string.h>

bool cleanup_is_named(const struct observed *o, const uint8_t sha1[SHA1_BYTES],
                      const uint8_t sha256[SHA256_BYTES])
{
    struct raw_value v256 = raw_binary(sha256, SHA256_BYTES), v1 = raw_binary(sha1, SHA1_BYTES);

    for (size_t r = 0; r < o->bound_count; r++)
        if (o->bound[r].len == SHA1_BYTES && memcmp(o->bound[r].hash, sha1, SHA1_BYTES) == 0)
            return true;
    for (int f = 0; f < FAMILY_COUNT; f++)
        if (binding_shows(&o->binding[f], sha1))
            return true;
    return raw_equal(&o->value[VALUE_SHA256], &v256) || raw_equal(&o->value[VALUE_SHA1], &v1);
}

size_t cleanup_pick(const struct journal *j, const struct observed *o, int keep,
                    bool out[JOURNAL_MAX_IMPORTS])
{
    size_t n = 0;
    int previous = 0;

    for (size_t i = 0; i < j->import_count; i++) {
        const struct journal_import *import = &j->import[i];
        bool serves = memcmp(import->sha256, j->sha256, SHA256_BYTES) == 0;
        out[i] = !serves && previous >= keep && !cleanup_is_named(o, import->sha1, import->sha256);
        previous += !serves;
        n += out[i];
    }
    return n;
}

static void remove_one(struct session *s, const struct journal_import *i)
{
    const struct target *t = s->ports->target;
    char sha1[2 * SHA1_BYTES + 1];
    struct err e = {0};

    text_hex(i->sha1, SHA1_BYTES, sha1);
    if (t->remove_cert(t->self, i->sha1, &i->key, &e) != 0)
        log_warn(s->env->log, "%s: previous certificate %s: %s; it stays for now", s->conf->name,
                 sha1, e.text);
    else
        log_info(s->env->log, "%s: previous certificate %s and its key were removed", s->conf->name,
                 sha1);
}

/* Only what was seen to be gone is forgotten. */
static void forget_gone(struct journal *j, const struct observed *o,
                        const bool picked[JOURNAL_MAX_IMPORTS])
{
    size_t kept = 0;

    for (size_t i = 0; i < j->import_count; i++)
        if (!picked[i] || observed_by_sha256(o, j->import[i].sha256))
            j->import[kept++] = j->import[i];
    j->import_count = kept;
}

void cleanup_run(struct session *s)
{
    bool picked[JOURNAL_MAX_IMPORTS] = {false};
    struct observed o = {0}, after = {0};
    struct err e = {0};

    if (session_observe(s, LOOK_SETTING | LOOK_CERTS, &o, &e) != 0)
        goto done;
    /* What an observation without the new certificate says is not to be believed. */
    if (!observed_by_sha256(&o, s->journal.sha256) || !recover_is_new(&s->journal, &o) ||
        cleanup_pick(&s->journal, &o, s->conf->deploy.keep, picked) == 0)
        goto done;
    for (size_t i = 0; i < s->journal.import_count; i++)
        if (picked[i])
            remove_one(s, &s->journal.import[i]);
    if (session_observe(s, LOOK_CERTS, &after, &e) != 0 ||
        !observed_by_sha256(&after, s->journal.sha256))
        goto done;
    forget_gone(&s->journal, &after, picked);
    (void)!session_phase(s, s->journal.phase, &e);
done:
    if (err_is_set(&e))
        log_warn(s->env->log, "%s: previous certificates: %s", s->conf->name, e.text);
    observed_clear(&o);
    observed_clear(&after);
}
