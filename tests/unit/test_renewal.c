/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/renewal.h"
#include "test.h"
#include "text.h"

#include <string.h>

static const int64_t NOW = 1700000000;

/* Everything agrees; each case spoils one thing. */
struct world {
    char *conf_names[2], *leaf_names[2];
    struct conf conf;
    struct name_state state;
    struct cert_info leaf;
};

static void make(struct world *w)
{
    memset(w, 0, sizeof(*w));
    w->conf_names[0] = "a.example";
    w->conf_names[1] = "b.example";
    w->leaf_names[0] = "B.example";
    w->leaf_names[1] = "a.example";
    w->conf.names.v = w->conf_names;
    w->conf.names.n = w->leaf.name_count = 2;
    w->conf.acme.directory = "https://ca.example/directory";
    w->conf.renew.automatic = true;
    text_copy(w->state.directory, sizeof(w->state.directory), "https://ca.example/directory");
    text_copy(w->state.ari.id, sizeof(w->state.ari.id), "a.b");
    text_copy(w->leaf.ari_id, sizeof(w->leaf.ari_id), "a.b");
    w->state.ari.renew_at = NOW + 77;
    w->state.not_before_s = NOW + 5;
    w->leaf.names = w->leaf_names;
    w->leaf.sha256[0] = 1;
    w->leaf.not_before = NOW - 100;
    w->leaf.not_after = NOW + 100;
}

static void all_agrees(struct test *t)
{
    struct world w;
    make(&w);
    struct renew_facts f = renewal_facts(&w.conf, &w.state, &w.leaf, NOW);
    CHECK(f.have && f.automatic);
    CHECK(!f.names_changed && !f.directory_changed && !f.revoked);
    CHECK_INT(f.not_before, NOW - 100);
    CHECK_INT(f.not_after, NOW + 100);
    CHECK_INT(f.renew_at, NOW + 77);
    CHECK_INT(f.postponed_until, NOW + 5);
    CHECK_INT(f.now, NOW);
    CHECK(!renewal_facts(&w.conf, &w.state, NULL, NOW).have);
}

static void what_differs_is_seen(struct test *t)
{
    struct world w;
    make(&w);
    w.leaf_names[1] = "c.example";
    CHECK(renewal_facts(&w.conf, &w.state, &w.leaf, NOW).names_changed);
    make(&w);
    w.leaf.name_count = 1;
    CHECK(renewal_facts(&w.conf, &w.state, &w.leaf, NOW).names_changed);
    make(&w);
    w.conf.acme.directory = "https://other.example/directory";
    CHECK(renewal_facts(&w.conf, &w.state, &w.leaf, NOW).directory_changed);
    CHECK(!renewal_same_directory(&w.conf, &w.state));
    w.state.directory[0] = '\0'; /* nobody noted where it came from */
    CHECK(!renewal_facts(&w.conf, &w.state, &w.leaf, NOW).directory_changed);
    make(&w);
    w.conf.acme.directory = "https://acme-staging-v02.api.letsencrypt.org/directory";
    CHECK(!renewal_facts(&w.conf, &w.state, &w.leaf, NOW).directory_changed);
    make(&w);
    memcpy(w.state.revoked_sha256, w.leaf.sha256, SHA256_BYTES);
    CHECK(renewal_facts(&w.conf, &w.state, &w.leaf, NOW).revoked);
    make(&w);
    text_copy(w.state.ari.id, sizeof(w.state.ari.id), "an.other");
    CHECK_INT(renewal_facts(&w.conf, &w.state, &w.leaf, NOW).renew_at, 0);
    CHECK(!renewal_knows_window(&w.state, &w.leaf));
    CHECK(!renewal_knows_window(&w.state, NULL));
}

static void one_from_elsewhere_may_have_more_names(struct test *t)
{
    static const struct {
        const char *leaf[2], *missing;
    } cases[] = {
        {{"a.example", "b.example"}, NULL},
        {{"*.example", "x.test"}, NULL},
        {{"*.EXAMPLE", "x.test"}, NULL},
        {{"b.example", "x.test"}, "a.example"},
        {{"a.example", "*.b.example"}, "b.example"},
        {{"a.example", "*.x.example"}, "b.example"},
        {{"a.example", "*"}, "b.example"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct world w;
        make(&w);
        w.leaf_names[0] = (char *)cases[i].leaf[0];
        w.leaf_names[1] = (char *)cases[i].leaf[1];
        const char *missing = renewal_missing_name(&w.leaf, &w.conf.names);
        CHECK_STR(missing ? missing : "none", cases[i].missing ? cases[i].missing : "none");
        CHECK(!renewal_elsewhere(&w.state, &w.leaf));
        memcpy(w.state.elsewhere_sha256, w.leaf.sha256, SHA256_BYTES);
        CHECK(renewal_elsewhere(&w.state, &w.leaf));
        CHECK_INT(renewal_facts(&w.conf, &w.state, &w.leaf, NOW).names_changed, missing != NULL);
    }
}

static void one_that_was_rolled_back_is_replaced_in_time(struct test *t)
{
    struct world w;
    struct renew_facts f;
    struct cert_info live = {.sha256 = {2}, .not_after = NOW + 50};
    make(&w);
    w.conf.deploy.override_s = 30;
    CHECK(!renewal_rejected(&w.state, &w.leaf));
    memcpy(w.state.rejected_sha256, w.leaf.sha256, SHA256_BYTES);
    CHECK(renewal_rejected(&w.state, &w.leaf));
    CHECK(!renewal_rejected(&w.state, &live));
    f = renewal_facts(&w.conf, &w.state, &w.leaf, NOW);
    renewal_limit(&f, &w.conf, &w.state, &live);
    CHECK_INT(f.latest, NOW + 20);
    CHECK(!f.revoked);
    memcpy(w.state.revoked_sha256, live.sha256, SHA256_BYTES);
    renewal_limit(&f, &w.conf, &w.state, &live);
    CHECK(f.revoked);
}

static void a_lost_one_is_known_by_the_notes(struct test *t)
{
    struct name_state none = {.last_at = 1, .failures = 3, .ordered_at = {1}};
    struct name_state issued = {.directory = "https://ca.test/dir"}, from_elsewhere = {0};
    struct err why = {0};
    CHECK(!renewal_is_lost("vpn", &none, &why));
    CHECK(!err_is_set(&why));
    CHECK(renewal_is_lost("vpn", &issued, &why));
    CHECK(strstr(why.text, "certs/vpn/live: ") != NULL);
    err_clear(&why);
    from_elsewhere.elsewhere_sha256[0] = 1;
    CHECK(renewal_is_lost("vpn", &from_elsewhere, &why));
}

const struct test_case suite_renewal[] = {
    {"a_lost_one_is_known_by_the_notes", a_lost_one_is_known_by_the_notes},
    {"one_from_elsewhere_may_have_more_names", one_from_elsewhere_may_have_more_names},
    {"one_that_was_rolled_back_is_replaced_in_time", one_that_was_rolled_back_is_replaced_in_time},
    {"all_agrees", all_agrees},
    {"what_differs_is_seen", what_differs_is_seen},
    {NULL, NULL},
};
