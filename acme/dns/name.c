/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/name.h"

#include "text.h"

#include <string.h>

enum { MAX_NAME = 253, MAX_LABEL = 63 };

/* Is the dot at name[at] part of a label? An odd number of backslashes stands before it then. */
static bool is_escaped(const char *name, size_t at)
{
    size_t n = 0;

    while (n < at && name[at - n - 1] == '\\')
        n++;
    return n % 2 == 1;
}

bool dns_name_set(char out[DNS_NAME_SIZE], const char *name)
{
    size_t len = strlen(name);

    if (len > 0 && name[len - 1] == '.' && !is_escaped(name, len - 1))
        len--;
    if (len >= DNS_NAME_SIZE)
        return false;
    memmove(out, name, len);
    out[len] = 0;
    text_lower(out);
    return true;
}

bool dns_name_within(const char *name, const char *zone)
{
    size_t n = strlen(name), z = strlen(zone);

    if (z == 0)
        return true;
    if (n < z || strcmp(name + n - z, zone) != 0)
        return false;
    if (n == z)
        return true;
    return name[n - z - 1] == '.' && !is_escaped(name, n - z - 1);
}

const char *dns_name_parent(const char *name)
{
    for (; *name && *name != '.'; name++)
        if (*name == '\\' && name[1])
            name++;
    return *name ? name + 1 : name;
}

size_t dns_name_labels(const char *name)
{
    size_t n = 0;

    for (; *name; name = dns_name_parent(name))
        n++;
    return n;
}

const char *dns_name_below(const char *name, const char *zone)
{
    size_t deeper = dns_name_labels(name) - dns_name_labels(zone);

    for (; deeper > 1; deeper--)
        name = dns_name_parent(name);
    return name;
}

bool dns_name_plain(const char *name)
{
    size_t label = 0, len = 0;

    for (; name[len]; len++) {
        char c = name[len];
        if (c == '.') {
            if (label == 0)
                return false;
            label = 0;
            continue;
        }
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-' || c == '_'))
            return false;
        if (++label > MAX_LABEL)
            return false;
    }
    return label > 0 && len <= MAX_NAME;
}

const char *dns_name_show(const char *name)
{
    return *name ? name : ".";
}
