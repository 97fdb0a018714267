/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated RRAS's decision table, row by row. The simulation is no library: its source is
 * here. */
#include "tests/sim/sim_rras_decide.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

/* A machine in one line: bindings as letters. '-' none, 'A' or 'B' that certificate in SSTP's name,
 * 'a' or 'b' in another's, 'x' one whose certificate is gone. */
struct row {
    const char *what;
    uint32_t flag;
    char v4, v6;
    char hash; /* the certificate of the stored hash: A, B, '-' no hash stored, '?' not in the store
                */
    char choice; /* what self-configuration picks */
    const char
        *actions; /* "u4" unbind v4, "4A" bind v4 to A, "hA" store A's hashes; blanks between */
    uint32_t error;
    int event;
};

static void name_cert(char letter, uint8_t sha1[RRAS_SHA1_BYTES])
{
    memset(sha1, letter & ~0x20, RRAS_SHA1_BYTES);
}

static struct rras_binding binding_of(char letter)
{
    struct rras_binding b = {.bound = letter != '-',
                             .cert_in_store = letter != 'x',
                             .sstp_app_id = letter == 'A' || letter == 'B' || letter == 'x'};
    name_cert(letter, b.sha1);
    return b;
}

static struct rras_cert cert_of(char letter)
{
    struct rras_cert c = {.found = letter == 'A' || letter == 'B'};
    name_cert(letter, c.sha1);
    return c;
}

static struct rras_seen machine(const struct row *r)
{
    struct rras_seen s = {.use_https = true, .sha256_enabled = true, .flag = r->flag};
    s.sha256 = r->hash == '-' ? RRAS_HASH_ABSENT : RRAS_HASH_GOOD;
    s.hash_cert = cert_of(r->hash);
    s.choice = cert_of(r->choice);
    s.binding[RRAS_V4] = binding_of(r->v4);
    s.binding[RRAS_V6] = binding_of(r->v6);
    return s;
}

static void write_actions(const struct rras_plan *p, char *out, size_t size)
{
    size_t n = 0;
    out[0] = 0;
    for (int i = 0; i < p->actions; i++) {
        const struct rras_action *a = &p->action[i];
        char family = a->family == RRAS_V4 ? '4' : '6', cert = (char)a->sha1[0];
        const char *space = i ? " " : "";
        if (a->kind == RRAS_UNBIND)
            n += (size_t)snprintf(out + n, size - n, "%su%c", space, family);
        else
            n += (size_t)snprintf(out + n, size - n, "%s%c%c", space,
                                  a->kind == RRAS_BIND ? family : 'h', cert);
    }
}

static void follows_the_table(struct test *t)
{
    static const struct row rows[] = {
        {"flag 0, nothing bound", 0, '-', '-', '-', 'A', "4A 6A hA", 0, 0},
        {"flag 0, nothing bound, nothing to pick", 0, '-', '-', 'A', '-', "", 1168, 11},
        {"flag 0, v4 only", 0, 'B', '-', 'A', 'A', "6B hB", 0, 0},
        {"flag 0, v6 only", 0, '-', 'B', 'A', 'A', "4B hB", 0, 0},
        {"flag 0, both the same", 0, 'A', 'A', 'B', 'B', "hA", 0, 0},
        {"flag 0, both the same, another's", 0, 'a', 'a', 'B', 'B', "hA", 0, 0},
        {"flag 0, hash's certificate gone", 0, 'A', 'A', '?', 'A', "hA", 0, 0},
        {"flag 0, different, v4 is ours", 0, 'A', 'b', 'A', 'A', "u4 4B hB", 0, 0},
        {"flag 0, different, v6 is ours", 0, 'a', 'B', 'A', 'A', "u6 6A hA", 0, 0},
        {"flag 0, different, both ours", 0, 'A', 'B', 'A', 'A', "", 13, 24},
        {"flag 0, different, neither ours", 0, 'a', 'b', 'A', 'A', "", 13, 24},
        {"flag 0, bound certificate gone", 0, 'x', 'x', 'A', 'B', "u4 u6 4B 6B hB", 0, 0},
        {"flag 0, one bound certificate gone", 0, 'x', 'A', 'A', 'B', "u4 4A hA", 0, 0},
        {"flag 1, nothing bound", 1, '-', '-', 'A', 'B', "4A 6A", 0, 0},
        {"flag 1, v6 missing", 1, 'A', '-', 'A', 'B', "6A", 0, 0},
        {"flag 1, all right", 1, 'A', 'A', 'A', 'B', "", 0, 0},
        {"flag 1, all right, another's", 1, 'a', 'a', 'A', 'B', "", 0, 0},
        {"flag 1, bindings older than the hash", 1, 'A', 'A', 'B', 'A', "u4 4B u6 6B", 0, 0},
        {"flag 1, v4 done, v6 not", 1, 'B', 'A', 'B', 'A', "u6 6B", 0, 0},
        {"flag 1, another's binding", 1, 'a', 'a', 'B', 'A', "", 13, 32},
        {"flag 1, v4 repaired, v6 another's", 1, 'A', 'a', 'B', 'A', "u4 4B", 13, 32},
        {"flag 1, hash of no certificate", 1, 'A', 'A', '?', 'A', "", 1168, 25},
        {"flag 1, no hash", 1, 'A', 'A', '-', 'A', "", 1168, 25},
        {"flag 1, bound certificate gone", 1, 'x', 'A', 'A', 'B', "u4 4A", 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rras_seen s = machine(&rows[i]);
        struct rras_plan p;
        char actions[64];
        rras_decide(&s, &p);
        write_actions(&p, actions, sizeof actions);
        bool ok = CHECK_STR(actions, rows[i].actions);
        ok = CHECK_INT(p.error, rows[i].error) && ok;
        ok = CHECK_INT(p.event, rows[i].event) && ok;
        if (!ok)
            CHECK_STR(rows[i].what, "as the table says");
    }
}

static void judges_the_stored_hashes_first(struct test *t)
{
    static const struct {
        bool https, on256, on1;
        enum rras_hash_state sha256, sha1;
        uint32_t error;
        int event;
    } rows[] = {
        {true, true, false, RRAS_HASH_BAD, RRAS_HASH_GOOD, 13, 18},
        {true, true, false, RRAS_HASH_GOOD, RRAS_HASH_BAD, 0, 0}, /* off: nobody looks */
        {true, true, true, RRAS_HASH_GOOD, RRAS_HASH_BAD, 13, 19},
        {true, true, true, RRAS_HASH_GOOD, RRAS_HASH_ABSENT, 87, 0},
        {true, true, true, RRAS_HASH_ABSENT, RRAS_HASH_ABSENT, 0, 0},
        {true, false, true, RRAS_HASH_BAD, RRAS_HASH_GOOD, 0, 0},
        {false, true, false, RRAS_HASH_ABSENT, RRAS_HASH_GOOD, 13, 0},
        {false, true, false, RRAS_HASH_GOOD, RRAS_HASH_ABSENT, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static const struct row healthy = {"", 0, 'A', 'A', 'A', 'A', "", 0, 0};
        struct rras_seen s = machine(&healthy);
        struct rras_plan p;
        s.use_https = rows[i].https;
        s.sha256_enabled = rows[i].on256;
        s.sha1_enabled = rows[i].on1;
        s.sha256 = rows[i].sha256;
        s.sha1 = rows[i].sha1;
        rras_decide(&s, &p);
        CHECK_INT(p.error, rows[i].error);
        CHECK_INT(p.event, rows[i].event);
        CHECK(p.actions == 0 || (rows[i].https && rows[i].error == 0));
    }
}

const struct test_case suite_sim_decide[] = {
    {"follows_the_table", follows_the_table},
    {"judges_the_stored_hashes_first", judges_the_stored_hashes_first},
    {NULL, NULL},
};
