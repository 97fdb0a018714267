/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle.h"
#include "pki.h"
#include "test.h"

static void takes_all_or_nothing(struct test *t)
{
    static const char *const names[] = {"vpn.example.com"};
    struct err err = {0};
    struct bundle b = {0};
    struct key *k = pki_key(KEY_EC256);
    struct cert_chain c = {0};

    CHECK(bundle_fill(&b, &k, &c, &err) == -1);
    CHECK(k != NULL && b.key == NULL);
    err_clear(&err);
    REQUIRE(cert_self_signed(k, names, 1, 1000, 2000, &c, &err) == 0);
    CHECK(bundle_fill(&b, &k, &c, &err) == 0);
    CHECK(k == NULL);
    CHECK_INT(c.count, 0);
    CHECK(b.key != NULL);
    CHECK_INT(b.chain.count, 1);
    CHECK_INT(b.leaf.not_after, 2000);

    /* Filling again lets go of what was in it. */
    k = pki_key(KEY_EC256);
    REQUIRE(cert_self_signed(k, names, 1, 1000, 3000, &c, &err) == 0);
    CHECK(bundle_fill(&b, &k, &c, &err) == 0);
    CHECK_INT(b.leaf.not_after, 3000);
    bundle_clear(&b);
    CHECK(b.key == NULL);
    bundle_clear(&b);
}

const struct test_case suite_bundle[] = {
    {"takes_all_or_nothing", takes_all_or_nothing},
    {NULL, NULL},
};
