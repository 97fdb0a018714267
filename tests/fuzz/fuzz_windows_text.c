/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that Windows keeps and others write: firewall rules, connection security rules, events. */
#include "fuzz.h"

#include "doctor/event_code.h"
#include "doctor/firewall.h"

#include <string.h>

static void read_line(struct fuzz *f, const char *s)
{
    struct firewall all = {0};
    struct firewall_rule rule = {0};
    struct ipsec_rule ipsec = {0};
    const struct event_code *code;

    if (firewall_rule_read(&rule, s, 443)) {
        FUZZ_HOLDS(memchr(rule.name, '\0', sizeof rule.name));
        firewall_add(&all, &rule, false);
        firewall_add(&all, &rule, true);
    }
    if (ipsec_rule_read(&ipsec, s, 443))
        FUZZ_HOLDS(memchr(ipsec.name, '\0', sizeof ipsec.name));
    code = event_code_find(s);
    FUZZ_HOLDS(!code || (code->means && code->rows));
}

void fuzz_windows_text(struct fuzz *f, const uint8_t *p, size_t len)
{
    fuzz_lines(f, p, len, read_line);
}
