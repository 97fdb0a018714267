/* SPDX-License-Identifier: Apache-2.0 */
/* Names and addresses as text. */
#include "fuzz.h"

#include "conf.h"
#include "dns/name.h"
#include "idn.h"
#include "net.h"
#include "publish/tsig.h"
#include "text.h"

#include <string.h>

static void read_names(struct fuzz *f, const char *s)
{
    struct err err[2] = {0};
    struct wire_name wire;
    char name[256], again[256];
    int result = text_dns_name(s, name, &err[0]);
    FUZZ_ERR(result, &err[0]);
    if (result == 0)
        FUZZ_HOLDS(text_dns_name(name, again, &err[1]) == 0 && strcmp(name, again) == 0);
    struct err e = {0};
    result = idn_to_ascii(s, name, &e);
    FUZZ_ERR(result, &e);
    if (result == 0) {
        char shown[1024];
        FUZZ_HOLDS(idn_to_ascii(name, again, &err[1]) == 0 && strcmp(name, again) == 0);
        if (idn_to_unicode(name, shown, sizeof shown))
            FUZZ_HOLDS(fuzz_text_fit(shown) && idn_to_ascii(shown, again, &err[1]) == 0 &&
                       strcmp(name, again) == 0);
    }
    if (dns_name_set(name, s)) {
        FUZZ_HOLDS(dns_name_within(name, "") && dns_name_within(name, dns_name_parent(name)));
        FUZZ_HOLDS(!dns_name_plain(name) || wire_name_from(&wire, name));
    }
}

static void read_addresses(struct fuzz *f, const char *s)
{
    struct err err[2] = {0};
    struct net_addr addr = {0}, same = {0};
    char shown[72];
    int result = net_addr_parse(&addr, s, 53, &err[0]);
    FUZZ_ERR(result, &err[0]);
    if (result == 0) {
        net_addr_text(&addr, shown);
        FUZZ_HOLDS(net_addr_parse(&same, shown, 1, &err[1]) == 0 && net_addr_equal(&addr, &same));
    }
}

static void read_line(struct fuzz *f, const char *s)
{
    struct err err = {0};
    enum crypto_hmac algorithm;
    read_names(f, s);
    read_addresses(f, s);
    FUZZ_ERR(conf_name_check(s, &err), &err);
    FUZZ_HOLDS(!tsig_algorithm_parse(s, &algorithm) || tsig_algorithm_name(algorithm));
}

void fuzz_name(struct fuzz *f, const uint8_t *p, size_t len)
{
    fuzz_lines(f, p, len, read_line);
}
