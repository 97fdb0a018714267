/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate for a key that the machine's provider makes and keeps, whatever the provider does.
 */
#include "fake_keys.h"
#include "issue_world.h"
#include "text.h"

#include <string.h>

struct machine_world {
    struct issue_world w;
    struct fake_keys keys;
};

static void open_world(struct machine_world *m, struct test *t, const char *folder)
{
    issue_world_open(&m->w, t, folder);
    fake_keys_open(&m->keys);
    m->w.conf.key = CONF_KEY_MACHINE;
    m->w.env.keys = &m->keys.keys;
}

static void close_world(struct machine_world *m)
{
    issue_world_close(&m->w);
    fake_keys_close(&m->keys);
}

static int drop(void *user, const char *container, bool *gone, struct err *err)
{
    struct machine_world *m = user;
    (void)err;
    fake_keys_remove(&m->keys, container);
    *gone = true;
    return 0;
}

static void sweep(struct machine_world *m)
{
    struct test *t = m->w.t;
    struct err err = {0};
    CHECK_INT(store_keys_sweep(m->w.store, "vpn", drop, m, &err), 0);
}

/* At every moment each container is in the record of those that are ours. */
static bool all_are_noted(struct machine_world *m)
{
    const char *noted = issue_record(&m->w, "certs/vpn/keys.json");
    for (int i = 0; i < FAKE_CONTAINERS; i++)
        if (m->keys.at[i].name[0] && !strstr(noted, m->keys.at[i].name))
            return false;
    return true;
}

static void the_key_stays_there(struct test *t)
{
    struct machine_world m;
    open_world(&m, t, "stays");
    CHECK_INT(issue_run_and_store(&m.w, NULL), 0);
    issue_check_bundle(&m.w);
    issue_check_clean(&m.w);
    REQUIRE(m.w.got.key != NULL && key_container(m.w.got.key) != NULL);
    CHECK(fake_keys_has(&m.keys, key_container(m.w.got.key)));
    CHECK(!store_has(m.w.store, "certs/vpn/order.key"));
    CHECK(!store_has(m.w.store, "certs/vpn/order.json"));
    sweep(&m);
    CHECK_INT(fake_keys_count(&m.keys), 1);
    close_world(&m);
}

static void no_provider_no_order(struct test *t)
{
    struct machine_world m;
    open_world(&m, t, "none");
    m.w.env.keys = NULL;
    CHECK_INT(issue_run_once(&m.w, NULL), -1);
    CHECK_INT(m.w.err.code, ERR_USAGE);
    CHECK(strstr(m.w.err.text, "key \"machine\"") != NULL);
    CHECK_INT(m.w.ca->order_count, 0);
    close_world(&m);
}

/* False when the fault came behind the last call. */
static bool fault_case(struct test *t, enum fake_keys_fault fault, int at)
{
    struct machine_world m;
    const char *what = test_text(t, "fault %d at call %d", fault, at);
    bool reached;
    int rc;
    open_world(&m, t, test_text(t, "fault-%d-%d", fault, at));
    m.keys.fault = fault;
    m.keys.fault_at = at;
    rc = issue_run_and_store(&m.w, NULL);
    reached = m.keys.calls >= at;
    CHECK_STR(all_are_noted(&m) ? "" : what, "");
    if (!m.keys.dead)
        sweep(&m);
    CHECK_STR(reached && rc == 0 && fault != FAKE_KEYS_LIES ? what : "", "");
    m.keys.dead = false;
    if (rc)
        rc = issue_run_and_store(&m.w, NULL);
    if (!CHECK_INT(rc, 0))
        CHECK_STR(test_text(t, "%s: %s", what, m.w.err.text), "");
    sweep(&m);
    CHECK_INT(fake_keys_count(&m.keys), 1);
    CHECK(m.w.got.key && fake_keys_has(&m.keys, key_container(m.w.got.key)));
    issue_check_clean(&m.w);
    close_world(&m);
    return reached;
}

static void is_whole_after_every_fault_of_the_provider(struct test *t)
{
    int cases = 0;
    for (int fault = FAKE_KEYS_REFUSES; fault < FAKE_KEYS_FAULTS; fault++) {
        int at = 1;
        while (at < 20 && fault_case(t, (enum fake_keys_fault)fault, at))
            at++;
        CHECK(at > 3 && at < 20); /* make, look, sign */
        cases += at;
    }
    CHECK(cases > 15);
}

/* The CA fails once: the next run goes on with the same key. One that is gone is made anew. */
static void an_order_under_way_keeps_its_key(struct test *t)
{
    for (int lost = 0; lost < 2; lost++) {
        struct machine_world m;
        char first[MACHINE_KEY_NAME_BYTES] = "";
        open_world(&m, t, lost ? "lost" : "kept");
        m.w.ca->fault = FAKE_DIES;
        m.w.ca->fault_at = 6;
        CHECK_INT(issue_run_once(&m.w, NULL), -1);
        m.w.ca->dead = false;
        REQUIRE(store_has(m.w.store, "certs/vpn/order.json"));
        CHECK(!store_has(m.w.store, "certs/vpn/order.key"));
        sweep(&m);
        REQUIRE(fake_keys_count(&m.keys) == 1);
        text_copy(first, sizeof first, m.keys.at[0].name);
        if (lost)
            fake_keys_remove(&m.keys, first);
        CHECK_INT(issue_run_and_store(&m.w, NULL), 0);
        REQUIRE(m.w.got.key && key_container(m.w.got.key));
        CHECK_INT(strcmp(key_container(m.w.got.key), first) == 0, !lost);
        sweep(&m);
        CHECK_INT(fake_keys_count(&m.keys), 1);
        close_world(&m);
    }
}

/* The configuration changes its mind while an order is under way: the order is given up, and so is
 * its key; both ways. */
static void another_kind_of_key_is_another_order(struct test *t)
{
    for (int to_machine = 0; to_machine < 2; to_machine++) {
        struct machine_world m;
        open_world(&m, t, to_machine ? "to" : "from");
        m.w.conf.key = to_machine ? KEY_EC256 : CONF_KEY_MACHINE;
        m.w.ca->fault = FAKE_DIES;
        m.w.ca->fault_at = 6;
        CHECK_INT(issue_run_once(&m.w, NULL), -1);
        m.w.ca->dead = false;
        REQUIRE(store_has(m.w.store, "certs/vpn/order.json"));
        m.w.conf.key = to_machine ? CONF_KEY_MACHINE : KEY_EC256;
        CHECK_INT(issue_run_and_store(&m.w, NULL), 0);
        REQUIRE(m.w.got.key != NULL);
        CHECK_INT(key_container(m.w.got.key) != NULL, to_machine);
        CHECK(strstr(m.w.warned, "given up") != NULL);
        sweep(&m);
        CHECK_INT(fake_keys_count(&m.keys), to_machine);
        CHECK(!store_has(m.w.store, "certs/vpn/order.key"));
        close_world(&m);
    }
}

const struct test_case suite_issue_machine[] = {
    {"the_key_stays_there", the_key_stays_there},
    {"no_provider_no_order", no_provider_no_order},
    {"is_whole_after_every_fault_of_the_provider", is_whole_after_every_fault_of_the_provider},
    {"an_order_under_way_keeps_its_key", an_order_under_way_keeps_its_key},
    {"another_kind_of_key_is_another_order", another_kind_of_key_is_another_order},
    {NULL, NULL},
};
