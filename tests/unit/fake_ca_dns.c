/* SPDX-License-Identifier: Apache-2.0 */
/* fake_ca_dns.c - the DNS side of fake_ca: one zone, one publisher. */
#include "fake_ca_int.h"

#include "text.h"

#include <stdio.h>
#include <string.h>

static int find(void *self, const struct delegation_env *env, const char *name,
                struct delegation *out, struct err *err)
{
    struct fake_ca *ca = self;
    ca->finds++;
    if (ca->fail_find)
        return err_set(err, ERR_DNS, "%s: no server answers", name);
    *out = (struct delegation){.negative_ttl_s = 300, .delegated = !ca->not_delegated};
    text_copy(out->name, sizeof out->name, name);
    delegation_challenge(env, name, out->challenge, sizeof out->challenge);
    if (ca->not_delegated)
        text_copy(out->target, sizeof out->target, out->challenge);
    else
        snprintf(out->target, sizeof out->target, "%.*s%s%.200s.acme.test",
                 env->prefix ? (int)strcspn(env->prefix, ".") : 0, env->prefix ? env->prefix : "",
                 env->prefix ? "." : "", name);
    text_copy(out->zone, sizeof out->zone, ca->not_delegated ? "prod.test" : "acme.test");
    text_copy(out->primary, sizeof out->primary, "ns1.acme.test");
    text_copy(out->server[0].name, sizeof out->server[0].name, "NS1.acme.test");
    out->server[0].addr = (struct net_addr){4, {192, 0, 2, 1}, 53, 0};
    out->server_count = 1;
    text_copy(out->hop[0].name, sizeof out->hop[0].name, out->challenge);
    text_copy(out->hop[0].zone, sizeof out->hop[0].zone, "prod.test");
    out->hop[0].ttl_s = 300;
    out->hop[0].answered_by = out->hop[1].answered_by = out->server[0].addr;
    out->hop_count = 1;
    if (ca->not_delegated)
        return 0;
    text_copy(out->hop[0].target, sizeof out->hop[0].target, out->target);
    text_copy(out->hop[1].name, sizeof out->hop[1].name, out->target);
    text_copy(out->hop[1].zone, sizeof out->hop[1].zone, out->zone);
    out->hop_count = 2;
    return 0;
}

bool fake_txt_has(const struct fake_ca *ca, const char *name, const char *value)
{
    for (size_t i = 0; i < ca->txt_count; i++) {
        if (text_equal_nocase(ca->txt[i].name, name) && strcmp(ca->txt[i].value, value) == 0)
            return true;
    }
    return false;
}

static int wait_for(void *self, const struct delegation_env *env, const struct delegation *d,
                    const struct propagation_wanted *w, struct err *err)
{
    struct fake_ca *ca = self;
    (void)env;
    ca->waits++;
    if (w->value_count > ca->max_values)
        ca->max_values = w->value_count;
    for (size_t i = 0; i < w->value_count; i++) {
        if (ca->fail_wait || !fake_txt_has(ca, d->target, w->values[i]))
            return err_set(err, ERR_DNS, "%s: not seen on %s", d->target, d->server[0].name);
    }
    return 0;
}

static int look(void *self, const struct delegation_env *env, const struct delegation *d,
                const struct propagation_wanted *w, struct checks *out, struct err *err)
{
    struct fake_ca *ca = self;
    (void)env;
    (void)err;
    checks_add(out, "dns.server", d->server[0].name,
               fake_txt_has(ca, d->target, w->values[0]) ? CHECK_OK : CHECK_FAIL, "looked", NULL);
    return 0;
}

/* One record, "issue" without flags, at the name itself. */
static int caa(void *self, const struct delegation_env *env, const char *name, struct caa_set *out,
               struct err *err)
{
    struct fake_ca *ca = self;
    char value[256];
    struct caa_record one = {0, "issue", value, 0};
    (void)env;
    if (ca->fail_caa)
        return err_set(err, ERR_DNS, "zone a.test: no name server gives a usable answer");
    if (!ca->caa)
        return 0;
    text_copy(out->owner, sizeof out->owner, name);
    text_copy(value, sizeof value, ca->caa);
    one.value_len = strlen(value);
    return caa_set_add(out, &one, err);
}

static void dnssec(void *self, const struct delegation_env *env, const char *zone,
                   struct dnssec_finding *out)
{
    struct fake_ca *ca = self;
    (void)env;
    out->state = ca->bogus_zone && strcmp(ca->bogus_zone, zone) == 0 ? DNSSEC_BOGUS : DNSSEC_GOOD;
    text_copy(out->text, sizeof out->text, "asked");
}

static int present(void *self, const struct publish_record *r, struct err *err)
{
    struct fake_ca *ca = self;
    if (ca->fail_present)
        return err_set(err, ERR_DNS, "%s: update refused", r->fqdn);
    if (fake_txt_has(ca, r->fqdn, r->value) || ca->txt_count == FAKE_MAX_TXT)
        return 0;
    text_copy(ca->txt[ca->txt_count].name, sizeof ca->txt[0].name, r->fqdn);
    text_copy(ca->txt[ca->txt_count].value, sizeof ca->txt[0].value, r->value);
    ca->txt_count++;
    return 0;
}

static int cleanup(void *self, const struct publish_record *r, struct err *err)
{
    struct fake_ca *ca = self;
    if (ca->fail_cleanup)
        return err_set(err, ERR_DNS, "%s: update refused", r->fqdn);
    for (size_t i = 0; i < ca->txt_count; i++) {
        if (strcmp(ca->txt[i].name, r->fqdn) == 0 && strcmp(ca->txt[i].value, r->value) == 0)
            ca->txt[i--] = ca->txt[--ca->txt_count];
    }
    return 0;
}

static void close_publisher(void *self)
{
    struct fake_ca *ca = self;
    if (ca->here)
        ca->txt_count = 0;
}

static int open_publisher(void *self, struct publisher *out, const struct publish_env *env,
                          struct err *err)
{
    (void)env;
    (void)err;
    *out = (struct publisher){.name = "fake",
                              .present = present,
                              .cleanup = cleanup,
                              .close = close_publisher,
                              .self = self,
                              .here = ((struct fake_ca *)self)->here};
    return 0;
}

void fake_dns_table(struct fake_ca *ca)
{
    ca->dns = (struct acme_dns){find, wait_for, look, caa, dnssec, open_publisher, ca};
}
