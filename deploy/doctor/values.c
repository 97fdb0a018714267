/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/values.h"

#include "rras/names.h"

#include <stdio.h>
#include <string.h>

bool value_is_hash(const struct raw_value *v, unsigned bytes)
{
    return v->present && v->type == NAME_REG_BINARY && v->len == bytes;
}

/* The characters of a text value that holds nothing but "20" or "32"; REG_SZ is UTF-16. */
static bool is_typed_text(const struct raw_value *v, const char *digits)
{
    return v->type == NAME_REG_SZ && v->len >= 4 && v->bytes[0] == (uint8_t)digits[0] &&
           v->bytes[1] == 0 && v->bytes[2] == (uint8_t)digits[1] && v->bytes[3] == 0 &&
           (v->len == 4 || (v->len == 6 && v->bytes[4] == 0 && v->bytes[5] == 0));
}

bool value_is_typed_length(const struct raw_value *v, char literal[16])
{
    /* A number 0x20 may have been typed as 20 in hexadecimal or as 32 in decimal: taken as 32. */
    static const struct {
        const char *digits;
        uint8_t byte, number, other_number;
    } typed[] = {{"20", 0x20, 20, 20}, {"32", 0x32, 0x32, 32}};

    if (!v->present)
        return false;
    for (size_t i = 0; i < sizeof typed / sizeof *typed; i++) {
        uint32_t number = raw_number(v, 0);
        bool byte = v->type == NAME_REG_BINARY && v->len == 1 && v->bytes[0] == typed[i].byte;
        if (!byte && number != typed[i].number && number != typed[i].other_number &&
            !is_typed_text(v, typed[i].digits))
            continue;
        snprintf(literal, 16, "%s", typed[i].digits);
        return true;
    }
    return false;
}

bool values_name(const struct observed *o, const struct store_cert *c)
{
    const struct raw_value *sha256 = &o->value[VALUE_SHA256], *sha1 = &o->value[VALUE_SHA1];

    if (value_is_hash(sha256, SHA256_BYTES))
        return memcmp(sha256->bytes, c->sha256, SHA256_BYTES) == 0;
    return value_is_hash(sha1, SHA1_BYTES) && memcmp(sha1->bytes, c->sha1, SHA1_BYTES) == 0;
}
