/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/registrations.h"

#include "dns/name.h"
#include "text.h"

#include <string.h>

enum { MAX_WORD_BYTES = 256 };

/* Printable, without spaces. */
static bool is_word(const char *s)
{
    if (!s || !*s || strlen(s) > MAX_WORD_BYTES)
        return false;
    for (; *s; s++)
        if (*s <= ' ' || *s > '~')
            return false;
    return true;
}

int registration_check(const struct json *registration)
{
    const char *name = json_get_string(registration, "fulldomain");
    bool good = is_word(json_get_string(registration, "username")) &&
                is_word(json_get_string(registration, "password")) &&
                is_word(json_get_string(registration, "subdomain")) && name &&
                dns_name_plain(name) && dns_name_labels(name) >= 2;

    return good ? 0 : -1;
}

const struct json *registration_of(const struct json *all, const char *fqdn)
{
    void *iter = NULL;
    const char *key = NULL;

    for (;;) {
        const struct json *one = json_next(all, &iter, &key);
        if (!key)
            return NULL;
        if (registration_check(one) == 0 &&
            text_equal_nocase(json_get_string(one, "fulldomain"), fqdn))
            return one;
    }
}
