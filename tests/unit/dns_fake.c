/* SPDX-License-Identifier: Apache-2.0 */
#include "dns_fake.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    enum dns_type type;
} types[] = {
    {"A", DNS_TYPE_A},         {"NS", DNS_TYPE_NS},   {"CNAME", DNS_TYPE_CNAME},
    {"SOA", DNS_TYPE_SOA},     {"TXT", DNS_TYPE_TXT}, {"AAAA", DNS_TYPE_AAAA},
    {"DNAME", DNS_TYPE_DNAME}, {"CAA", DNS_TYPE_CAA},
};

static const struct {
    const char *name;
    enum dns_outcome outcome;
} outcomes[] = {
    {"TIMEOUT", DNS_TIMED_OUT},
    {"CLOSED", DNS_NOT_LISTENING},
    {"NOROUTE", DNS_NO_ROUTE},
    {"BROKEN", DNS_BROKEN},
};

static void give_up(const char *text)
{
    fprintf(stderr, "dns_fake: cannot read: %s\n", text);
    abort();
}

static void set_data(struct dns_record *r, const char *data, const char *text)
{
    char number[16];
    struct err err = {0};

    switch (r->type) {
    case DNS_TYPE_A:
    case DNS_TYPE_AAAA:
        if (net_addr_parse(&r->addr, data, 0, &err))
            give_up(text);
        break;
    case DNS_TYPE_SOA:
        if (sscanf(data, "%255s %15s", r->name, number) != 2)
            give_up(text);
        r->minimum_s = (uint32_t)strtoul(number, NULL, 10);
        break;
    case DNS_TYPE_TXT:
        if (text_dup(&r->text, data, &err))
            give_up(text);
        r->text_len = strlen(data);
        break;
    case DNS_TYPE_CAA:
        if (sscanf(data, "%15s %31s %255s", number, r->caa_tag, r->name) != 3 ||
            text_dup(&r->text, r->name, &err))
            give_up(text);
        r->caa_flags = (uint8_t)strtoul(number, NULL, 10);
        r->text_len = strlen(r->text);
        break;
    case DNS_TYPE_NS:
    case DNS_TYPE_CNAME:
    case DNS_TYPE_DNAME:
        text_copy(r->name, sizeof r->name, data);
        break;
    }
}

static void add_record(struct dns_message *m, const char *text)
{
    char section[4], owner[DNS_NAME_SIZE], ttl[16], type[8], data[300] = "";
    struct dns_record *r = &m->record[m->count++];
    bool known = false;

    memset(r, 0, sizeof *r);
    if (sscanf(text, " %3s %255s %15s %7s %299[^;]", section, owner, ttl, type, data) < 4)
        give_up(text);
    r->ttl_s = (uint32_t)strtoul(ttl, NULL, 10);
    r->section = DNS_ANSWER;
    if (strcmp(section, "ns") == 0)
        r->section = DNS_AUTHORITY;
    else if (strcmp(section, "ar") == 0)
        r->section = DNS_ADDITIONAL;
    text_copy(r->owner, sizeof r->owner, strcmp(owner, ".") == 0 ? "" : owner);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i].name, type) == 0) {
            r->type = types[i].type;
            known = true;
        }
    }
    if (!known)
        give_up(text);
    set_data(r, data, text);
}

bool dns_fake_message(struct dns_message *out, const char *text, enum dns_outcome *outcome)
{
    enum { MAX_RECORDS = 40 };
    static const char *const rcodes[] = {"NOERROR",  "FORMERR", "SERVFAIL",
                                         "NXDOMAIN", "NOTIMP",  "REFUSED"};

    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
        if (strcmp(text, outcomes[i].name) == 0) {
            *outcome = outcomes[i].outcome;
            return false;
        }
    }
    memset(out, 0, sizeof *out);
    *outcome = DNS_ANSWERED;
    out->bytes = strlen(text);
    out->record = calloc(MAX_RECORDS, sizeof *out->record);
    if (!out->record)
        give_up(text);
    out->aa = text_starts(text, "AA ");
    out->ad = text_starts(text, "AD ");
    out->rcode = -1;
    for (int i = 0; i < 6; i++)
        if (text_starts(text + (out->aa || out->ad ? 3 : 0), rcodes[i]))
            out->rcode = i;
    if (out->rcode < 0)
        give_up(text);
    for (const char *p = strchr(text, ';'); p && out->count < MAX_RECORDS; p = strchr(p + 1, ';'))
        add_record(out, p + 1);
    return true;
}

static bool fits(const struct fake_answer *a, const char *server, const struct dns_question *q,
                 int64_t now_ms)
{
    char padded[64], type[16];

    if (strcmp(a->server, server) != 0 || now_ms < a->from_ms)
        return false;
    if (strcmp(a->name, "*") != 0 && strcmp(a->name, q->name) != 0 &&
        !(text_starts(a->name, "*.") && dns_name_within(q->name, a->name + 2) &&
          strcmp(q->name, a->name + 2) != 0))
        return false;
    snprintf(padded, sizeof padded, " %s ", a->types);
    snprintf(type, sizeof type, " %s%s ", dns_type_name(q->type), q->no_check ? "+CD" : "");
    return strcmp(a->types, "*") == 0 || strstr(padded, type) != NULL;
}

static enum dns_outcome exchange(void *user, const struct net_addr *to,
                                 const struct dns_question *q, struct dns_message *out)
{
    enum dns_outcome outcome = DNS_TIMED_OUT;
    const struct fake_answer *found = NULL;
    struct dns_fake *f = user;
    size_t len = strlen(f->asked_names);
    char server[64];

    net_addr_ip_text(to, server);
    f->asked++;
    f->now_ms += f->each_ms;
    snprintf(f->asked_names + len, sizeof f->asked_names - len, "%s/%s@%s ", q->name,
             dns_type_name(q->type), server);
    for (const struct fake_answer *a = f->answers; a->server; a++)
        if (fits(a, server, q, f->now_ms))
            found = a;
    if (found && dns_fake_message(out, found->answer, &outcome))
        for (size_t i = 0; i < out->count; i++)
            if (strcmp(out->record[i].owner, "@") == 0)
                text_copy(out->record[i].owner, DNS_NAME_SIZE, q->name);
    return outcome;
}

static int64_t now_s(void *user)
{
    return 1700000000 + ((struct dns_fake *)user)->now_ms / 1000;
}

static int64_t monotonic_ms(void *user)
{
    return ((struct dns_fake *)user)->now_ms;
}

static void sleep_ms(void *user, int64_t ms)
{
    ((struct dns_fake *)user)->now_ms += ms;
}

static void log_line(void *user, enum log_level level, const char *text)
{
    struct dns_fake *f = user;
    size_t len = strlen(f->warned);

    if (level <= LOG_WARN)
        snprintf(f->warned + len, sizeof f->warned - len, "%s\n", text);
}

void dns_fake_init(struct dns_fake *f, const struct fake_answer *answers)
{
    static char root[] = "192.0.2.1:5300";

    memset(f, 0, sizeof *f);
    f->answers = answers;
    f->root[0] = root;
    f->conf.dns.root = (struct strings){f->root, 1};
    f->conf.dns.propagation.policy = CONF_POLICY_ALL;
    f->conf.dns.propagation.timeout_ms = 120000;
    f->conf.dns.propagation.settle_ms = 5000;
    f->clock = (struct clock){now_s, monotonic_ms, sleep_ms, f};
    f->log = (struct log){LOG_INFO, log_line, f};
    f->io = (struct dns_io){exchange, f};
    f->env = (struct delegation_env){&f->conf, &f->clock, &f->log, NULL, NULL, false};
}
