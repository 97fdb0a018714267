/* SPDX-License-Identifier: Apache-2.0 */
#include "https_int.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

struct variable {
    const char *name;
    char *value; /* NULL = was not set */
};

/* Takes the variable away and remembers it. */
static struct variable take(const char *name)
{
    const char *value = getenv(name);
    struct variable v = {name, value != NULL ? strdup(value) : NULL};
    unsetenv(name);
    return v;
}

static void give_back(struct variable *v)
{
    if (v->value != NULL)
        setenv(v->name, v->value, 1);
    else
        unsetenv(v->name);
    free(v->value);
}

static void environment_wins(struct test *t)
{
    struct https_roots r = {0};
    struct err err = {0};
    struct variable file = take("SSL_CERT_FILE"), folder = take("SSL_CERT_DIR");
    setenv("SSL_CERT_FILE", "/some/roots.pem", 1);
    CHECK(https_roots_find(&r, &err) == 0);
    CHECK_STR(r.file, "/some/roots.pem");
    CHECK(r.folder == NULL);
    https_roots_clear(&r);
    setenv("SSL_CERT_DIR", "/some/folder", 1);
    unsetenv("SSL_CERT_FILE");
    CHECK(https_roots_find(&r, &err) == 0);
    CHECK_STR(r.folder, "/some/folder");
    CHECK(r.file == NULL && !r.native);
    https_roots_clear(&r);
    give_back(&file);
    give_back(&folder);
}

/* What a distribution has is its own matter: one of both, or nothing at all. */
static void one_place_of_the_system(struct test *t)
{
    struct https_roots r = {0};
    struct err err = {0};
    struct variable file = take("SSL_CERT_FILE"), folder = take("SSL_CERT_DIR");
    CHECK(https_roots_find(&r, &err) == 0);
    CHECK(r.folder == NULL || r.file == NULL);
    CHECK(!r.native);
    CHECK(!https_roots_refresh(&(struct net_addr){0}, "acme.example"));
    https_roots_clear(&r);
    CHECK(r.folder == NULL && r.file == NULL);
    give_back(&file);
    give_back(&folder);
}

const struct test_case suite_https_posix[] = {
    {"environment_wins", environment_wins},
    {"one_place_of_the_system", one_place_of_the_system},
    {NULL, NULL},
};
