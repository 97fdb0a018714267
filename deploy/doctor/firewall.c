/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar is "v2.30|Key=Value|Key=Value|...": keys may come more than once, which means "or".
 */
#include "doctor/firewall.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_CHARS = 32, VALUE_CHARS = 512, TCP = 6 };

const char *firewall_profile_name(enum firewall_profile p)
{
    static const char *const names[FIREWALL_PROFILES] = {"Domain", "Private", "Public"};
    return names[p];
}

struct field {
    char key[KEY_CHARS], value[VALUE_CHARS];
};

/* The next field at *p, which moves on; false at the end. What is too long is cut: of the keys that
 * matter only names are. */
static bool next_field(const char **p, struct field *out)
{
    const char *end, *equals;

    for (; **p; *p = *end ? end + 1 : end) {
        char *to[] = {out->key, out->value};
        size_t sizes[] = {sizeof out->key, sizeof out->value}, lengths[2];
        end = *p + strcspn(*p, "|");
        equals = memchr(*p, '=', (size_t)(end - *p));
        if (!equals)
            continue;
        lengths[0] = (size_t)(equals - *p);
        lengths[1] = (size_t)(end - equals - 1);
        for (int i = 0; i < 2; i++) {
            size_t n = lengths[i] < sizes[i] ? lengths[i] : sizes[i] - 1;
            memcpy(to[i], i == 0 ? *p : equals + 1, n);
            to[i][n] = '\0';
        }
        *p = *end ? end + 1 : end;
        return true;
    }
    return false;
}

static bool is(const char *a, const char *b)
{
    return text_equal_nocase(a, b);
}

/* "443", "80-90"; lists ("443,8443") stand in the *2_10 keys. */
static bool has_port(const char *value, int port)
{
    for (const char *p = value; *p;) {
        char *end;
        long low = strtol(p, &end, 10), high;
        if (end == p)
            return false; /* a keyword: RPC, Teredo, ... */
        high = *end == '-' ? strtol(end + 1, &end, 10) : low;
        if (port >= low && port <= high)
            return true;
        p = *end == ',' ? end + 1 : "";
    }
    return false;
}

static bool starts_rule(const char *text)
{
    return (text[0] == 'v' || text[0] == 'V') && text[1] >= '0' && text[1] <= '9';
}

/* A choice that may be given several times: nothing given means everything. */
struct choice {
    bool given, met;
};

static void choose(struct choice *c, bool met)
{
    c->given = true;
    c->met = c->met || met;
}

static bool chosen(const struct choice *c)
{
    return !c->given || c->met;
}

static void take_profile(const char *value, bool out[FIREWALL_PROFILES], bool *given)
{
    static const char *const names[FIREWALL_PROFILES] = {"Domain", "Private", "Public"};

    for (int i = 0; i < FIREWALL_PROFILES; i++)
        if (is(value, names[i])) {
            out[i] = true;
            *given = true;
        }
}

/* Who is let in only under a condition; http.sys accepts as the system itself. */
static bool limits(const struct field *f)
{
    static const char *const keys[] = {"RA4", "RA6",   "RA42",     "RA62",   "LA4",
                                       "LA6", "IF",    "IFType",   "RUAuth", "RMauth",
                                       "Svc", "RPort", "RPort2_10"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (is(f->key, keys[i]))
            return true;
    if (is(f->key, "App"))
        return !is(f->value, "System");
    return text_starts(f->key, "Security") && !is(f->value, "NotRequired");
}

bool firewall_rule_read(struct firewall_rule *out, const char *text, int port)
{
    struct firewall_rule r = {.verdict = RULE_IS_NOTHING};
    bool active = true, inbound = false, profiles = false;
    struct choice ports = {0}, protocols = {0};
    enum firewall_verdict action = RULE_IS_NOTHING;
    struct field f;

    if (!starts_rule(text))
        return false;
    for (const char *p = text; next_field(&p, &f);) {
        if (is(f.key, "Action"))
            action = is(f.value, "Block") ? RULE_BLOCKS : RULE_ALLOWS;
        else if (is(f.key, "Active"))
            active = is(f.value, "TRUE");
        else if (is(f.key, "Dir"))
            inbound = is(f.value, "In");
        else if (is(f.key, "Protocol"))
            choose(&protocols, strtol(f.value, NULL, 10) == TCP);
        else if (is(f.key, "LPort") || is(f.key, "LPort2_10"))
            choose(&ports, has_port(f.value, port));
        else if (is(f.key, "Profile"))
            take_profile(f.value, r.profile, &profiles);
        else if (is(f.key, "Name"))
            text_copy(r.name, sizeof r.name, f.value);
        else if (limits(&f))
            r.limited = true;
    }
    for (int i = 0; i < FIREWALL_PROFILES && !profiles; i++)
        r.profile[i] = true;
    if (active && inbound && chosen(&ports) && chosen(&protocols))
        r.verdict = action;
    *out = r;
    return true;
}

bool ipsec_rule_read(struct ipsec_rule *out, const char *text, int port)
{
    struct ipsec_rule r = {.requires_inbound = false};
    struct choice ports = {0}, protocols = {0};
    bool active = true, secures = false;
    struct field f;

    if (!starts_rule(text))
        return false;
    for (const char *p = text; next_field(&p, &f);) {
        if (is(f.key, "Action")) {
            r.requires_inbound = is(f.value, "SecureServer");
            secures = !is(f.value, "DoNotSecure");
        } else if (is(f.key, "Active"))
            active = is(f.value, "TRUE");
        else if (is(f.key, "Protocol"))
            choose(&protocols, strtol(f.value, NULL, 10) == TCP);
        else if (text_starts(f.key, "EP1Port") || text_starts(f.key, "EP2Port"))
            choose(&ports, has_port(f.value, port));
        else if (is(f.key, "Name"))
            text_copy(r.name, sizeof r.name, f.value);
        else if (text_starts(f.key, "EP1_") || text_starts(f.key, "EP2_") || is(f.key, "IF") ||
                 is(f.key, "IFType") || is(f.key, "Profile"))
            r.limited = true;
    }
    if (!active || !secures || !chosen(&ports) || !chosen(&protocols))
        return false;
    *out = r;
    return true;
}

void firewall_add(struct firewall *f, const struct firewall_rule *r, bool of_policy)
{
    f->rules++;
    for (int i = 0; i < FIREWALL_PROFILES; i++) {
        struct firewall_in *in = &f->in[i];
        bool names = false;
        if (!r->profile[i] || r->verdict == RULE_IS_NOTHING || (in->policy_alone && !of_policy))
            continue;
        if (r->verdict == RULE_BLOCKS && !r->limited) {
            names = !in->blocked;
            in->blocked = true;
        } else if (r->verdict == RULE_ALLOWS && r->limited) {
            in->limited = true;
        } else if (r->verdict == RULE_ALLOWS) {
            names = !in->open && !in->blocked;
            in->open = true;
        }
        if (names)
            text_copy(in->by, sizeof in->by, r->name);
    }
}
