/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/caa_find.h"

#include "dns/resolve.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_ALIASES = 8 }; /* CNAMEs from one name; RFC 8659 wants them followed, CAs have caps */

int caa_set_add(struct caa_set *s, const struct caa_record *one, struct err *err)
{
    struct caa_record *v = s->n < CAA_MAX_RECORDS ? realloc(s->v, (s->n + 1) * sizeof *v) : NULL;

    if (!v)
        return err_set(err, ERR_FAIL, "CAA records: out of memory, or more than %d",
                       CAA_MAX_RECORDS);
    s->v = v;
    struct caa_record *r = &v[s->n];
    *r = *one;
    r->value = malloc(one->value_len + 1);
    if (!r->value)
        return err_set(err, ERR_FAIL, "CAA records: out of memory");
    memcpy(r->value, one->value, one->value_len);
    r->value[one->value_len] = 0;
    s->n++;
    return 0;
}

void caa_set_clear(struct caa_set *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->v[i].value);
    free(s->v);
    memset(s, 0, sizeof *s);
}

static int take_records(const struct dns_message *m, const char *at, struct caa_set *out,
                        struct err *err)
{
    for (size_t i = 0; i < m->count; i++) {
        const struct dns_record *r = &m->record[i];
        struct caa_record one = {r->caa_flags, "", r->text, r->text_len};
        if (r->section != DNS_ANSWER || r->type != DNS_TYPE_CAA || strcmp(r->owner, at) != 0)
            continue;
        text_copy(one.tag, sizeof one.tag, r->caa_tag);
        if (caa_set_add(out, &one, err))
            return -1;
    }
    return 0;
}

/* The set of one name, its CNAMEs followed, into out->v; each target is asked for anew, since a
 * server tells of its own zones only. `alias` is the last target. */
static int look_at(struct resolve *r, const char *name, struct caa_set *out,
                   char alias[DNS_NAME_SIZE], struct err *err)
{
    char at[DNS_NAME_SIZE];

    alias[0] = 0;
    text_copy(at, sizeof at, name);
    for (int i = 0; i <= MAX_ALIASES; i++) {
        struct resolve_answer a = {0};
        if (resolve_query(r, at, DNS_TYPE_CAA, &a, err))
            return -1;
        const struct dns_record *cname = dns_message_find(&a.msg, DNS_ANSWER, at, DNS_TYPE_CNAME);
        bool more = cname != NULL;
        int rc = 0;
        if (more)
            text_copy(alias, DNS_NAME_SIZE, cname->name);
        else
            rc = take_records(&a.msg, at, out, err);
        resolve_answer_clear(&a);
        if (!more)
            return rc;
        text_copy(at, sizeof at, alias);
    }
    return err_set(err, ERR_DNS, "%s: more than %d CNAMEs, or a loop of them", name, MAX_ALIASES);
}

int caa_walk(const struct delegation_env *env, const struct dns_io *io, const char *name,
             struct caa_set *out, struct err *err)
{
    char plain[DNS_NAME_SIZE], alias[DNS_NAME_SIZE];
    struct resolve *r = NULL;
    struct caa_set set = {.owner = ""};
    int rc = -1;

    if (!dns_name_set(plain, text_starts(name, "*.") ? name + 2 : name))
        return err_set(err, ERR_USAGE, "%s: not a DNS name", name);
    if (resolve_open(&r, env, io, err))
        return -1;
    /* RFC 8659 3: up to the top level domain, which is asked, too, but not the root. */
    for (const char *at = plain; *at && set.n == 0; at = dns_name_parent(at)) {
        if (look_at(r, at, &set, alias, err))
            goto done;
        if (at == plain || set.n > 0)
            text_copy(set.alias, sizeof set.alias, alias);
        if (set.n > 0)
            text_copy(set.owner, sizeof set.owner, at);
    }
    *out = set;
    set = (struct caa_set){.owner = ""};
    rc = 0;
done:
    caa_set_clear(&set);
    resolve_close(r);
    return rc;
}

int caa_find(const struct delegation_env *env, const char *name, struct caa_set *out,
             struct err *err)
{
    return caa_walk(env, &dns_io_net, name, out, err);
}
