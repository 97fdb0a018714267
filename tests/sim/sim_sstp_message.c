/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_sstp_message.h"

#include "sstp/message.h"

#include <string.h>

enum {
    ENCAPSULATION_PPP = 1,
    PROTOCOL_ATTRIBUTE_BYTES = 6,
    STATUS_ATTRIBUTE_BYTES = 12,
    VALUE_MAX = 64 /* of a refused attribute, in a STATUS_INFO */
};

unsigned sim_get16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}
static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

/* ---- messages ---- */

uint8_t *sim_message_start(struct sim_out *out, unsigned type, unsigned attributes, size_t bytes)
{
    uint8_t *p = out->p + out->n;
    if (bytes > sizeof out->p - out->n)
        return NULL;
    memset(p, 0, bytes);
    p[0] = SSTP_VERSION;
    p[1] = 1;
    put16(p + 2, (unsigned)bytes);
    put16(p + 4, type);
    put16(p + 6, attributes);
    out->n += bytes;
    return p;
}

void sim_message_say(struct sim_out *out, unsigned type)
{
    sim_message_start(out, type, 0, SIM_CONTROL_HEADER);
}

void sim_message_status(struct sim_out *out, unsigned type, const struct sim_complaint *c, size_t n)
{
    size_t bytes = SIM_CONTROL_HEADER;
    for (size_t i = 0; i < n; i++)
        bytes += STATUS_ATTRIBUTE_BYTES + c[i].value_n;
    uint8_t *p = sim_message_start(out, type, (unsigned)n, bytes);
    p = p ? p + SIM_CONTROL_HEADER : NULL;
    for (size_t i = 0; p && i < n; i++) {
        p[1] = SSTP_STATUS_INFO;
        put16(p + 2, (unsigned)(STATUS_ATTRIBUTE_BYTES + c[i].value_n));
        p[7] = c[i].attribute;
        p[11] = c[i].status;
        if (c[i].value_n)
            memcpy(p + STATUS_ATTRIBUTE_BYTES, c[i].value, c[i].value_n);
        p += STATUS_ATTRIBUTE_BYTES + c[i].value_n;
    }
}

/* ---- reading ---- */

bool sim_message_read(const uint8_t *p, size_t n, struct sim_message *m)
{
    size_t at = SIM_CONTROL_HEADER;
    *m =
        (struct sim_message){.type = sim_get16(p + 4), .packet = p, .attributes = sim_get16(p + 6)};
    if (m->type < SSTP_CALL_CONNECT_REQUEST || m->type > SSTP_ECHO_RESPONSE ||
        m->attributes > SIM_ATTRIBUTES_MAX)
        return false;
    for (size_t i = 0; i < m->attributes; i++) {
        size_t bytes = n - at < SIM_ATTRIBUTE_HEADER ? 0 : sim_get16(p + at + 2) & 0xfff;
        if (bytes < SIM_ATTRIBUTE_HEADER || bytes > n - at)
            return false;
        m->attribute[i] = (struct sim_attribute){p[at + 1], p + at + SIM_ATTRIBUTE_HEADER,
                                                 bytes - SIM_ATTRIBUTE_HEADER};
        at += bytes;
    }
    return at == n;
}

const struct sim_attribute *sim_message_find(const struct sim_message *m, unsigned id)
{
    for (size_t i = 0; i < m->attributes; i++)
        if (m->attribute[i].id == id)
            return &m->attribute[i];
    return NULL;
}

static bool is_status(const struct sim_attribute *a)
{
    return a->id == SSTP_STATUS_INFO && a->n >= STATUS_ATTRIBUTE_BYTES - SIM_ATTRIBUTE_HEADER;
}

static bool has_trouble(const struct sim_attribute *a)
{
    return is_status(a) && (sim_get16(a->value + 4) || sim_get16(a->value + 6));
}

/* What is wrong with one attribute of a request; NO_ERROR_STATUS: nothing. */
static uint8_t judge_attribute(const struct sim_message *m, const struct sim_attribute *a)
{
    for (const struct sim_attribute *b = m->attribute; b < a; b++)
        if (b->id == a->id)
            return DUPLICATE_ATTRIBUTE;
    switch (a->id) {
    case SSTP_ENCAPSULATED_PROTOCOL_ID:
        if (a->n != PROTOCOL_ATTRIBUTE_BYTES - SIM_ATTRIBUTE_HEADER)
            return INVALID_ATTRIB_VALUE_LENGTH;
        return sim_get16(a->value) == ENCAPSULATION_PPP ? NO_ERROR_STATUS : VALUE_NOT_SUPPORTED;
    case SSTP_STATUS_INFO:
        if (!is_status(a))
            return INVALID_ATTRIB_VALUE_LENGTH;
        return has_trouble(a) ? STATUS_INFO_NOT_SUPPORTED_IN_MSG : NO_ERROR_STATUS;
    default:
        return UNRECOGNIZED_ATTRIBUTE;
    }
}

size_t sim_message_judge_request(const struct sim_message *m,
                                 struct sim_complaint out[SIM_ATTRIBUTES_MAX + 1])
{
    size_t n = 0;
    for (size_t i = 0; i < m->attributes; i++) {
        const struct sim_attribute *a = &m->attribute[i];
        uint8_t status = judge_attribute(m, a);
        if (status)
            out[n++] = (struct sim_complaint){a->id, status, a->value,
                                              a->n < VALUE_MAX ? a->n : VALUE_MAX};
    }
    if (!sim_message_find(m, SSTP_ENCAPSULATED_PROTOCOL_ID))
        out[n++] = (struct sim_complaint){SSTP_STATUS_INFO, REQUIRED_ATTRIBUTE_MISSING, NULL, 0};
    return n;
}
