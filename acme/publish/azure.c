/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/azure.h"

#include "dns/name.h"
#include "publish/api.h"
#include "text.h"

#include <string.h>

/* {"value": ["part", ...]}; ours is one part. */
static bool is_value(const struct json *record, const char *value)
{
    const struct json *parts = json_get(record, "value");
    const char *part = json_string_of(json_at(parts, 0));

    return json_count(parts) == 1 && part && strcmp(part, value) == 0;
}

static struct json *new_record(const char *value)
{
    struct json *record = json_new_object(), *parts = json_new_array();

    json_append_string(parts, value);
    json_put(record, "value", parts);
    return record;
}

void azure_merge(const struct json *set, const char *value, bool remove, struct azure_plan *out)
{
    const struct json *old = json_get(set, "properties"), *have = json_get(old, "TXTRecords");
    struct json *records = json_new_array();
    bool there = false;

    *out = (struct azure_plan){NULL, NULL};
    for (size_t i = 0; i < json_count(have); i++) {
        if (is_value(json_at(have, i), value))
            there = true;
        else
            json_append(records, json_copy_of(json_at(have, i)));
    }
    if (there != remove) {
        json_free(records);
        return;
    }
    if (!remove)
        json_append(records, new_record(value));
    if (json_count(records) == 0) {
        json_free(records);
        out->method = "DELETE";
        return;
    }
    struct json *properties = json_new_object();
    json_put_integer(properties, "TTL", json_get_integer(old, "TTL", API_TTL_S));
    if (json_get(old, "metadata"))
        json_put(properties, "metadata", json_copy_of(json_get(old, "metadata")));
    json_put(properties, "TXTRecords", records);
    out->body = json_new_object();
    json_put(out->body, "properties", properties);
    out->method = "PUT";
}

bool azure_relative(const char *fqdn, const char *zone, char *out, size_t size)
{
    char name[DNS_NAME_SIZE], top[DNS_NAME_SIZE];

    if (!dns_name_set(name, fqdn) || !dns_name_set(top, zone) || !*top ||
        !dns_name_within(name, top))
        return false;
    size_t len = strlen(name) - strlen(top);
    if (len > 0)
        name[len - 1] = '\0'; /* the dot between */
    return text_copy(out, size, len > 0 ? name : "@");
}
