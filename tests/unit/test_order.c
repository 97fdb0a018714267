/* SPDX-License-Identifier: Apache-2.0 */
#include "order.h"

#include "test.h"

#include <string.h>

/* Authorizations of a row: one letter each; NULL = not fetched. */
static enum msg_status status_of_letter(char c)
{
    switch (c) {
    case 'v':
        return MSG_VALID;
    case 'p':
        return MSG_PENDING;
    case 'r':
        return MSG_PROCESSING;
    case 'i':
        return MSG_INVALID;
    case 'd':
        return MSG_DEACTIVATED;
    case 'e':
        return MSG_EXPIRED;
    case 'x':
        return MSG_REVOKED;
    default:
        return MSG_UNKNOWN;
    }
}

static void decides_the_next_step(struct test *t)
{
    static const struct {
        enum msg_status order;
        bool certificate;
        const char *authz;
        bool newer;
        enum order_step want;
    } table[] = {
        {MSG_PENDING, false, NULL, false, ORDER_LOOK},
        {MSG_PENDING, false, "p", false, ORDER_PROVE},
        {MSG_PENDING, false, "vp", false, ORDER_PROVE},
        {MSG_PENDING, false, "vr", false, ORDER_PROVE},
        {MSG_PENDING, false, "v?", false, ORDER_PROVE},
        {MSG_PENDING, false, "vv", false, ORDER_FINALIZE},
        {MSG_PENDING, false, "vv", true, ORDER_WAIT},
        {MSG_PENDING, false, "pi", false, ORDER_FAILED},
        {MSG_PENDING, false, "vd", false, ORDER_FAILED},
        {MSG_PENDING, false, "e", false, ORDER_FAILED},
        {MSG_PENDING, false, "xv", false, ORDER_FAILED},
        {MSG_READY, false, NULL, false, ORDER_FINALIZE},
        {MSG_READY, false, "v", true, ORDER_FINALIZE},
        {MSG_PROCESSING, false, NULL, false, ORDER_WAIT},
        {MSG_PROCESSING, false, "v", false, ORDER_WAIT},
        {MSG_VALID, true, NULL, false, ORDER_DOWNLOAD},
        {MSG_VALID, false, NULL, false, ORDER_WAIT},
        {MSG_INVALID, false, NULL, false, ORDER_FAILED},
        {MSG_INVALID, true, "v", false, ORDER_FAILED},
        {MSG_EXPIRED, false, NULL, false, ORDER_FAILED},
        /* not of the RFC: an authorization tells, or time */
        {MSG_DEACTIVATED, false, NULL, false, ORDER_LOOK},
        {MSG_DEACTIVATED, false, "d", false, ORDER_FAILED},
        {MSG_UNKNOWN, false, NULL, false, ORDER_LOOK},
        {MSG_UNKNOWN, false, "v", false, ORDER_WAIT},
        {MSG_UNKNOWN, false, "p", false, ORDER_WAIT},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char url[] = "https://ca.test/cert";
        struct msg_order order = {.status = table[i].order,
                                  .certificate = table[i].certificate ? url : NULL};
        struct msg_authz authz[4] = {{0}};
        size_t n = table[i].authz ? strlen(table[i].authz) : 0;
        for (size_t k = 0; k < n; k++)
            authz[k].status = status_of_letter(table[i].authz[k]);
        struct order_seen seen = {&order, table[i].authz ? authz : NULL, n, table[i].newer};
        if (!CHECK_INT(order_next(&seen), table[i].want))
            CHECK_STR(test_text(t, "row %zu", i), "");
    }
}

static void compares_names_as_sets(struct test *t)
{
    struct msg_order order = {0};
    struct strings names = {0};
    struct err err = {0};
    REQUIRE(strings_add(&order.names, "B.test", &err) == 0 &&
            strings_add(&order.names, "a.test", &err) == 0 &&
            strings_add(&names, "a.test", &err) == 0);
    CHECK_INT(order_check_names(&order, &names, &err), -1);
    CHECK_INT(err.code, ERR_CA);
    REQUIRE(strings_add(&names, "b.test", &err) == 0);
    err = (struct err){0};
    CHECK_INT(order_check_names(&order, &names, &err), 0);
    REQUIRE(strings_add(&names, "*.b.test", &err) == 0);
    CHECK_INT(order_check_names(&order, &names, &err), -1);
    strings_clear(&names);
    msg_order_clear(&order);
}

const struct test_case suite_order[] = {
    {"decides_the_next_step", decides_the_next_step},
    {"compares_names_as_sets", compares_names_as_sets},
    {NULL, NULL},
};
