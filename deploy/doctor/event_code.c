/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/event_code.h"

#include "err.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 256, SHORTEST_TEXT = 8 };
#define HRESULT_OF_WIN32 0x80070000u

static const struct event_code codes[] = {
    {2, "something that http.sys needs is not there", "A5 (http.sys), C13 (URL reservation)"},
    {3, "something that http.sys needs is not there", "A5 (http.sys), C13 (URL reservation)"},
    {5, "access was denied", "B2 (rights on the registry key), C13 (URL reservation)"},
    {8, "memory ran out", "A9 (memory)"},
    {13, "the stored data is damaged", "B3, B4 (hashes), B10 (ConfigStore)"},
    {14, "memory ran out", "A9 (memory)"},
    {32, "another program holds the port or the URL", "C14 (who listens), C13 (URL reservation)"},
    {87, "a value is not accepted", "B8 (hash algorithms), B9 (port), B11 (ConfigStore)"},
    {126, "a module is missing", "A5 (http.sys), G9 (installation)"},
    {183, "it is there already", "C13 (URL reservation), C14 (who listens)"},
    {1058, "http.sys is disabled", "A5 (http.sys), A4 (services)"},
    {1060, "http.sys is not installed", "A5 (http.sys)"},
    {1062, "http.sys does not run", "A5 (http.sys)"},
    {1068, "a service that is needed did not start", "A4 (services), A5 (http.sys)"},
    {1168, "a record or certificate is not there", "C1, C2 (bindings), B6 (certificate)"},
    {1312, "http.sys cannot use the certificate's key", "D4 (key), C5 (certificate)"},
    {1450, "memory ran out", "A9 (memory)"},
    {10013, "the port is reserved or held by another program", "C14 (who listens)"},
    {10048, "another program listens on the port", "C14 (who listens)"},
    {10049, "an address is not there", "E1 (adapter), C12 (IP listen list)"},
    {10050, "the network is down", "E1 (adapter), E3 (gateway)"},
    {10051, "the network cannot be reached", "E3 (gateway), E1 (adapter)"},
    {10060, "no answer came in time", "E3 (gateway), E7 (firewall), E8 (IPsec)"},
    {10061, "the connection was refused", "F1 (listener), E7 (firewall)"},
    {10065, "the host cannot be reached", "E3 (gateway), E5 (domain controller)"},
    {11001, "a name does not resolve", "E4 (name servers), E6 (public name)"},
};

static const struct event_code *by_number(unsigned long number)
{
    if ((number & 0xffff0000u) == HRESULT_OF_WIN32)
        number &= 0xffffu;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].number == number)
            return &codes[i];
    return NULL;
}

/* A number that stands alone: not a part of an address, a port or a time. */
static const struct event_code *by_any_number(const char *text)
{
    for (const char *p = text; *p; p++) {
        char before = p == text ? ' ' : p[-1];
        const struct event_code *found;
        unsigned long number;
        char *end;
        if (!isdigit((unsigned char)*p) || isalnum((unsigned char)before) || strchr(".:-/", before))
            continue;
        /* "0x" alone is a zero to some strtoul, and no number at all to that of Windows. */
        bool hex = p[0] == '0' && (p[1] | 0x20) == 'x' && isxdigit((unsigned char)p[2]);
        number = strtoul(p, &end, hex ? 16 : 10);
        found = by_number(number);
        if (found && !isalnum((unsigned char)*end) && !(*end && strchr(":-/", *end)) &&
            !(*end == '.' && isdigit((unsigned char)end[1])))
            return found;
        p = end - 1;
    }
    return NULL;
}

/* In the language of this system, in which the event was written, too. */
static const struct event_code *by_text(const char *text)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        char known[TEXT_BYTES] = "";
        size_t len;
        err_system_text(ERR_SRC_WIN32, codes[i].number, known, sizeof known);
        len = strlen(known);
        while (len > 0 && strchr(". \r\n", known[len - 1]))
            known[--len] = '\0';
        if (len >= SHORTEST_TEXT && strstr(text, known))
            return &codes[i];
    }
    return NULL;
}

const struct event_code *event_code_find(const char *text)
{
    const struct event_code *found = by_text(text);

    return found ? found : by_any_number(text);
}
