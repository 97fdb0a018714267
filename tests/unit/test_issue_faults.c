/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate from a CA that misbehaves in every way we could think of. */
#include "issue_world.h"
#include "text.h"

#include <string.h>

/* ---- every request fails in turn ---- */

static const char *const fault_names[FAKE_FAULTS] = {"none",      "refused", "lost", "500",
                                                     "502",       "503",     "429",  "404",
                                                     "bad nonce", "garbage", "dies", "dies done"};

/* The key that the record on disk speaks of; "" if there is none. */
static const char *saved_key(struct issue_world *w)
{
    const char *text = issue_record(w, "certs/vpn/order.json");
    const char *at = strstr(text, "key_spki_sha256");
    at = at ? strchr(at, ':') : NULL;
    at = at ? strchr(at, '"') : NULL;
    return at ? test_text(w->t, "%.64s", at + 1) : "";
}

/* False when the fault came behind the last request. */
static bool fault_case(struct test *t, enum fake_fault fault, size_t at, bool renewal)
{
    struct issue_world w;
    char spki[2 * SHA256_BYTES + 1] = "";
    const char *what =
        test_text(t, "%s at request %zu%s", fault_names[fault], at, renewal ? " of a renewal" : "");
    issue_world_open(&w, t, test_text(t, "%d-%zu-%d", fault, at, renewal));
    issue_set_names(&w, "a.test", "*.a.test");
    if (renewal)
        CHECK_INT(issue_run_and_store(&w, NULL), 0);
    size_t orders_before = w.ca->order_count;
    w.ca->requests = w.ca->orders_answered = 0;
    w.ca->fault = fault;
    w.ca->fault_at = at;
    int rc = issue_run_once(&w, NULL);
    bool reached = w.ca->requests > at;
    const char *key = saved_key(&w);
    for (int again = 0; rc && again < 3; again++) {
        w.ca->dead = false;
        rc = issue_run_once(&w, NULL);
    }
    if (rc == 0)
        text_hex(w.got.leaf.spki_sha256, SHA256_BYTES, spki);
    bool whole = rc == 0 && (!*key || strcmp(key, spki) == 0) && w.ca->orders_answered == 1 &&
                 w.ca->order_count - orders_before <= 2 && w.ca->new_accounts == 1;
    if (!CHECK(whole))
        CHECK_STR(test_text(t, "%s: %s\n%s", what, w.err.text, w.ca->trace), "");
    issue_check_clean(&w);
    issue_world_close(&w);
    return reached;
}

static void is_whole_after_every_fault(struct test *t)
{
    for (int fault = FAKE_REFUSED; fault < FAKE_FAULTS; fault++) {
        size_t at = 0;
        while (at < 40 && fault_case(t, (enum fake_fault)fault, at, false))
            at++;
        CHECK(at >= 10 && at < 40);
    }
}

static void is_whole_after_faults_of_a_renewal(struct test *t)
{
    static const enum fake_fault faults[] = {FAKE_REFUSED, FAKE_LOST, FAKE_404, FAKE_DIES,
                                             FAKE_DIES_DONE};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        size_t at = 0;
        while (at < 40 && fault_case(t, faults[i], at, true))
            at++;
        CHECK(at >= 8 && at < 40);
    }
}

const struct test_case suite_issue_faults[] = {
    {"is_whole_after_every_fault", is_whole_after_every_fault},
    {"is_whole_after_faults_of_a_renewal", is_whole_after_faults_of_a_renewal},
    {NULL, NULL},
};
