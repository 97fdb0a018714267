/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/route53.h"

#include "publish/api.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* ---- XML ---- */

static const char *find(struct xml_span s, const char *text)
{
    size_t len = strlen(text);

    for (; s.p && (size_t)(s.end - s.p) >= len; s.p++)
        if (memcmp(s.p, text, len) == 0)
            return s.p;
    return NULL;
}

bool xml_next(struct xml_span *s, const char *name, struct xml_span *out)
{
    char open[80], close[80];

    snprintf(open, sizeof open, "<%.70s>", name);
    snprintf(close, sizeof close, "</%.70s>", name);
    const char *begin = find(*s, open);
    if (!begin)
        return false;
    begin += strlen(open);
    const char *end = find((struct xml_span){begin, s->end}, close);
    if (!end)
        return false;
    *out = (struct xml_span){begin, end};
    s->p = end + strlen(close);
    return true;
}

bool xml_text(struct xml_span s, const char *name, char *out, size_t size)
{
    struct xml_span found;

    if (!xml_next(&s, name, &found) || (size_t)(found.end - found.p) >= size)
        return false;
    memcpy(out, found.p, (size_t)(found.end - found.p));
    out[found.end - found.p] = '\0';
    return true;
}

/* ---- zones ---- */

/* Names have a final dot there. */
static bool same_name(const char *dotted, const char *name)
{
    char with[300];

    snprintf(with, sizeof with, "%s.", name);
    return text_equal_nocase(dotted, with);
}

bool route53_zone_id(struct xml_span answer, const char *zone, char *out, size_t size)
{
    static const char prefix[] = "/hostedzone/";
    struct xml_span one;
    char name[300], id[100], is_private[8];

    while (xml_next(&answer, "HostedZone", &one)) {
        if (!xml_text(one, "Name", name, sizeof name) || !same_name(name, zone) ||
            !xml_text(one, "Id", id, sizeof id) || !text_starts(id, prefix))
            continue;
        if (xml_text(one, "PrivateZone", is_private, sizeof is_private) &&
            strcmp(is_private, "true") == 0)
            continue; /* the CA cannot see it */
        const char *bare = id + sizeof prefix - 1;
        return *bare && text_is_base64url(bare) && text_copy(out, size, bare);
    }
    return false;
}

/* ---- the set ---- */

/* The TXT set of the name: the list begins there, but goes on to other names and types. */
static bool find_set(struct xml_span answer, const char *fqdn, struct xml_span *out)
{
    char name[300], type[16];

    while (xml_next(&answer, "ResourceRecordSet", out))
        if (xml_text(*out, "Name", name, sizeof name) && same_name(name, fqdn) &&
            xml_text(*out, "Type", type, sizeof type) && strcmp(type, "TXT") == 0)
            return true;
    *out = (struct xml_span){NULL, NULL};
    return false;
}

static bool span_is(struct xml_span s, const char *text)
{
    size_t len = strlen(text);

    return (size_t)(s.end - s.p) == len && memcmp(s.p, text, len) == 0;
}

/* In double quotes, which may be escaped. */
static bool is_value(struct xml_span s, const char *value)
{
    static const char *const quotes[] = {"\"", "&quot;", "&#34;"};
    char text[100];

    for (size_t i = 0; i < sizeof quotes / sizeof *quotes; i++) {
        snprintf(text, sizeof text, "%s%.64s%s", quotes[i], value, quotes[i]);
        if (span_is(s, text))
            return true;
    }
    return false;
}

struct set {
    struct xml_span old; /* p = NULL: none */
    size_t others;
    bool has_ours;
    char ttl[16];
};

static void look(struct set *s, const char *value)
{
    struct xml_span rest = s->old, one;

    while (xml_next(&rest, "Value", &one)) {
        if (is_value(one, value))
            s->has_ours = true;
        else
            s->others++;
    }
}

enum which { AS_READ, WITH_OURS, WITHOUT_OURS };

static void put_change(struct buf *out, const struct set *s, const struct route53_change *c,
                       enum which which)
{
    struct xml_span rest = s->old, one;

    buf_addf(out,
             "<Change><Action>%s</Action><ResourceRecordSet><Name>%s.</Name><Type>TXT</Type>"
             "<TTL>%s</TTL><ResourceRecords>",
             which == AS_READ ? "DELETE" : "CREATE", c->fqdn, s->ttl);
    while (rest.p && xml_next(&rest, "Value", &one)) {
        if (which != AS_READ && is_value(one, c->value))
            continue;
        buf_puts(out, "<ResourceRecord><Value>");
        buf_add(out, one.p, (size_t)(one.end - one.p));
        buf_puts(out, "</Value></ResourceRecord>");
    }
    if (which == WITH_OURS)
        buf_addf(out, "<ResourceRecord><Value>\"%s\"</Value></ResourceRecord>", c->value);
    buf_puts(out, "</ResourceRecords></ResourceRecordSet></Change>");
}

int route53_merge(struct xml_span answer, const struct route53_change *c, struct buf *out,
                  struct err *err)
{
    struct set s = {.others = 0};
    char ignored[200];

    snprintf(s.ttl, sizeof s.ttl, "%d", API_TTL_S);
    if (find_set(answer, c->fqdn, &s.old)) {
        look(&s, c->value);
        if (xml_text(s.old, "SetIdentifier", ignored, sizeof ignored) ||
            !xml_text(s.old, "TTL", s.ttl, sizeof s.ttl) ||
            strspn(s.ttl, "0123456789") != strlen(s.ttl))
            return err_set(err, ERR_DNS,
                           "route53: TXT at %s has a routing policy or is an alias, and is left "
                           "alone",
                           c->fqdn);
    }
    if (s.has_ours != c->remove)
        return 0;
    buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                  "<ChangeResourceRecordSetsRequest "
                  "xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch><Changes>");
    if (s.old.p)
        put_change(out, &s, c, AS_READ);
    if (!c->remove || s.others > 0)
        put_change(out, &s, c, c->remove ? WITHOUT_OURS : WITH_OURS);
    buf_puts(out, "</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>");
    return buf_check(out, "route53 request", err);
}
