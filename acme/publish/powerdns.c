/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/powerdns.h"

#include "publish/api.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* Names have a final dot there. */
static bool is_set(const struct json *rrset, const char *fqdn)
{
    const char *name = json_get_string(rrset, "name"), *type = json_get_string(rrset, "type");
    char dotted[300];

    snprintf(dotted, sizeof dotted, "%s.", fqdn);
    return name && type && strcmp(type, "TXT") == 0 && text_equal_nocase(name, dotted);
}

static const struct json *find_set(const struct json *rrsets, const char *fqdn)
{
    for (size_t i = 0; i < json_count(rrsets); i++)
        if (is_set(json_at(rrsets, i), fqdn))
            return json_at(rrsets, i);
    return NULL;
}

/* Contents are in the form of zone files: in double quotes. */
static bool has_value(const struct json *record, const char *value)
{
    const char *content = json_get_string(record, "content");
    char quoted[300];

    snprintf(quoted, sizeof quoted, "\"%s\"", value);
    return content && strcmp(content, quoted) == 0;
}

static struct json *new_record(const char *value)
{
    struct json *record = json_new_object();
    char quoted[300];

    snprintf(quoted, sizeof quoted, "\"%s\"", value);
    json_put_string(record, "content", quoted);
    json_put_bool(record, "disabled", false);
    return record;
}

/* The whole patch; takes `records` over. */
static struct json *new_patch(const struct json *old, const char *fqdn, struct json *records)
{
    struct json *set = json_new_object(), *sets = json_new_array(), *patch = json_new_object();
    bool empty = json_count(records) == 0;
    char dotted[300];

    snprintf(dotted, sizeof dotted, "%s.", fqdn);
    json_put_string(set, "name", dotted);
    json_put_string(set, "type", "TXT");
    json_put_string(set, "changetype", empty ? "DELETE" : "REPLACE");
    if (empty) {
        json_free(records);
    } else {
        json_put_integer(set, "ttl", json_get_integer(old, "ttl", API_TTL_S));
        json_put(set, "records", records);
    }
    json_append(sets, set);
    json_put(patch, "rrsets", sets);
    return patch;
}

int powerdns_merge(const struct json *zone, const struct publish_record *r, bool remove,
                   struct json **patch, struct err *err)
{
    const struct json *rrsets = json_get(zone, "rrsets"), *old;
    bool shown = false, there = false;

    if (!json_is_array(rrsets))
        return err_set(err, ERR_DNS, "powerdns: the API's answer for zone %s names no rrsets",
                       r->zone);
    old = find_set(rrsets, r->fqdn);
    const struct json *have = json_get(old, "records");
    struct json *records = json_new_array();
    for (size_t i = 0; i < json_count(have); i++) {
        const struct json *record = json_at(have, i);
        bool ours = has_value(record, r->value);
        there = there || ours;
        shown = shown || (ours && !json_get_bool(record, "disabled", false));
        if (!ours)
            json_append(records, json_copy_of(record));
    }
    if (remove ? !there : shown) {
        json_free(records);
        *patch = NULL;
        return 0;
    }
    if (!remove)
        json_append(records, new_record(r->value));
    *patch = new_patch(old, r->fqdn, records);
    return 0;
}
