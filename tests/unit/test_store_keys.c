/* SPDX-License-Identifier: Apache-2.0 */
/* Keys in the machine's provider, as the state folder has them: who needs which, and which go. */
#include "conf.h"
#include "store.h"
#include "test.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

static const char NAME[] = "vpn.example.com";

static struct store *open_store(struct test *t)
{
    struct store *s = NULL;
    struct err e = {0};

    if (!CHECK_INT(store_open(&s, test_path(t, "state"), STORE_WRITE, NULL, &e), 0))
        CHECK_STR(e.text, "");
    return s;
}

/* container NULL: the key is here. */
static void make_bundle(struct test *t, struct bundle *out, const char *container)
{
    const char *const names[] = {NAME};
    struct cert_chain chain = {0};
    struct key *key = NULL, *away = NULL;
    struct err e = {0};

    CHECK_INT(key_new(&key, KEY_EC256, &e), 0);
    CHECK_INT(cert_self_signed(key, names, 1, 0, 86400, &chain, &e), 0);
    if (container) {
        CHECK_INT(key_refer_cert(&away, container, chain.cert[0].der, chain.cert[0].len, &e), 0);
        key_free(key);
        key = away;
    }
    CHECK_INT(bundle_fill(out, &key, &chain, &e), 0);
}

static void note(struct test *t, struct store *s, const char *container)
{
    struct err e = {0};
    CHECK_INT(store_key_note(s, NAME, container, &e), 0);
}

static void hold(struct test *t, struct store *s, const char *container)
{
    struct bundle b = {0};
    struct err e = {0};

    make_bundle(t, &b, container);
    note(t, s, container);
    CHECK_INT(store_hold(s, NAME, &b, &e), 0);
    bundle_clear(&b);
}

/* ---- what a sweep offers, and what comes of it ---- */

struct dropper {
    char asked[256];     /* names, each with a blank behind it */
    const char *in_use;  /* a certificate of the machine names it */
    const char *trouble; /* its removal fails */
};

static int drop(void *user, const char *container, bool *gone, struct err *err)
{
    struct dropper *d = user;
    size_t n = strlen(d->asked);

    snprintf(d->asked + n, sizeof d->asked - n, "%s ", container);
    if (d->trouble && strcmp(d->trouble, container) == 0)
        return err_set(err, ERR_FAIL, "key container %s: no", container);
    *gone = !d->in_use || strcmp(d->in_use, container) != 0;
    return 0;
}

/* Sweeps, and checks which containers were offered. */
static void sweep(struct test *t, struct store *s, struct dropper d, const char *offered)
{
    struct err e = {0};

    CHECK_INT(store_keys_sweep(s, NAME, drop, &d, &e), d.trouble ? -1 : 0);
    CHECK_STR(e.text, d.trouble ? test_text(t, "key container %s: no", d.trouble) : "");
    CHECK_STR(d.asked, offered);
}

static const char *record(struct test *t, struct store *s, const char *file)
{
    struct buf b = BUF_INIT(4096);
    struct err e = {0};
    const char *text = store_get(s, test_text(t, "certs/%s/%s", NAME, file), &b, &e)
                           ? ""
                           : test_text(t, "%s", buf_str(&b));
    buf_clear(&b);
    return text;
}

static void put(struct test *t, struct store *s, const char *file, const char *text)
{
    struct err e = {0};
    CHECK_INT(store_put(s, test_text(t, "certs/%s/%s", NAME, file), text, strlen(text), &e), 0);
}

/* ---- tests ---- */

static void a_bundle_comes_back_with_its_container(struct test *t)
{
    struct store *s = open_store(t);
    struct bundle b = {0}, back = {0};
    struct cert_info leaf = {0};
    struct err e = {0};
    char container[MACHINE_KEY_NAME_BYTES];

    CHECK_INT(store_load_container(s, NAME, STORE_HELD, container, &e), -1);
    CHECK_INT(e.code, ERR_NOT_FOUND);
    err_clear(&e);
    make_bundle(t, &b, "box-1");
    CHECK_INT(store_hold(s, NAME, &b, &e), 0);
    CHECK(!store_has(s, "certs/vpn.example.com/held/key.pem"));
    CHECK_INT(store_load(s, NAME, STORE_HELD, &back, &e), 0);
    CHECK_STR(key_container(back.key), "box-1");
    CHECK(key_same_public(back.key, b.key));
    CHECK_INT(store_load_leaf(s, NAME, STORE_HELD, &leaf, &e), 0);
    CHECK_MEM(leaf.sha256, SHA256_BYTES, b.leaf.sha256, SHA256_BYTES);
    CHECK_INT(store_load_container(s, NAME, STORE_HELD, container, &e), 0);
    CHECK_STR(container, "box-1");
    cert_info_clear(&leaf);
    bundle_clear(&back);

    put(t, s, "held/key.json", "{}");
    CHECK_INT(store_load(s, NAME, STORE_HELD, &back, &e), -1);
    CHECK(strstr(e.text, "key.json: no container's name") != NULL);
    err_clear(&e);

    bundle_clear(&b);
    make_bundle(t, &b, NULL); /* and back to a key that is here */
    CHECK_INT(store_hold(s, NAME, &b, &e), 0);
    CHECK_INT(store_load_container(s, NAME, STORE_HELD, container, &e), 0);
    CHECK_STR(container, "");
    CHECK_INT(store_load(s, NAME, STORE_HELD, &back, &e), 0);
    CHECK(key_container(back.key) == NULL);
    bundle_clear(&b);
    bundle_clear(&back);
    store_close(s);
}

static void only_what_nothing_names_goes(struct test *t)
{
    struct store *s = open_store(t);
    struct err e = {0};

    sweep(t, s, (struct dropper){0}, ""); /* nothing is ours */
    note(t, s, "dead");
    put(t, s, "order.json", "{\"container\": \"ordered\"}");
    note(t, s, "ordered");
    hold(t, s, "box-1");
    CHECK_INT(store_promote(s, NAME, &e), 0);
    hold(t, s, "box-2");
    CHECK_INT(store_promote(s, NAME, &e), 0); /* box-1: archive */
    hold(t, s, "box-3");
    sweep(t, s, (struct dropper){0}, "dead ");
    sweep(t, s, (struct dropper){0}, "");

    CHECK_INT(store_prune(s, NAME, 0, &e), 0);
    put(t, s, "order.json", "{}");
    sweep(t, s, (struct dropper){.in_use = "box-1"}, "ordered box-1 ");
    sweep(t, s, (struct dropper){.trouble = "box-1"}, "box-1 ");
    sweep(t, s, (struct dropper){0}, "box-1 ");
    CHECK(strstr(record(t, s, "keys.json"), "box-1") == NULL);
    CHECK(strstr(record(t, s, "keys.json"), "box-2") != NULL);
    CHECK(strstr(record(t, s, "keys.json"), "box-3") != NULL);
    store_close(s);
}

static void the_last_one_takes_the_record_with_it(struct test *t)
{
    struct store *s = open_store(t);

    note(t, s, "a");
    note(t, s, "b");
    sweep(t, s, (struct dropper){.trouble = "a"}, "a b ");
    CHECK(strstr(record(t, s, "keys.json"), "\"b\"") == NULL);
    sweep(t, s, (struct dropper){0}, "a ");
    CHECK_STR(record(t, s, "keys.json"), "");
    store_close(s);
}

/* What cannot be read may name any of them. */
static void nothing_goes_while_a_record_is_damaged(struct test *t)
{
    static const char *const files[] = {"order.json", "held/key.json", "live.new/key.json",
                                        "archive/0123456789abcdef/key.json", "keys.json"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct store *s = open_store(t);
        struct dropper d = {.asked = ""};
        struct err e = {0}, cleanup = {0};

        note(t, s, "a");
        put(t, s, files[i], "{");
        CHECK_INT(store_keys_sweep(s, NAME, drop, &d, &e), -1);
        CHECK(strstr(e.text, files[i]) != NULL);
        CHECK_STR(d.asked, "");
        CHECK_INT(store_remove(s, test_text(t, "certs/%s/%s", NAME, files[i]), &cleanup), 0);
        store_close(s);
    }
}

static void all_that_is_noted_whoever_noted_it(struct test *t)
{
    struct store *s = open_store(t);
    struct strings all = {0};
    struct err e = {0};

    CHECK_INT(store_keys_noted(s, &all, &e), 0);
    CHECK_INT(all.n, 0);
    note(t, s, "a");
    CHECK_INT(store_key_note(s, "not.configured.any.more", "b", &e), 0);
    CHECK_INT(store_keys_noted(s, &all, &e), 0);
    CHECK_INT(all.n, 2);
    put(t, s, "keys.json", "{");
    CHECK_INT(store_keys_noted(s, &all, &e), -1);
    CHECK(strstr(e.text, "keys.json") != NULL);
    strings_clear(&all);
    store_close(s);
}

const struct test_case suite_store_keys[] = {
    {"a_bundle_comes_back_with_its_container", a_bundle_comes_back_with_its_container},
    {"only_what_nothing_names_goes", only_what_nothing_names_goes},
    {"the_last_one_takes_the_record_with_it", the_last_one_takes_the_record_with_it},
    {"nothing_goes_while_a_record_is_damaged", nothing_goes_while_a_record_is_damaged},
    {"all_that_is_noted_whoever_noted_it", all_that_is_noted_whoever_noted_it},
    {NULL, NULL},
};
