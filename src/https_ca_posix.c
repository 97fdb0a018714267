/* SPDX-License-Identifier: Apache-2.0 */
/* https_ca_posix.c - where the distributions keep the trusted roots. */
#include "https_int.h"
#include "os.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* Debian and Alpine and Arch; Fedora and Red Hat; their newer place; openSUSE; BSD. */
static const char *const bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
};
static const char *const folders[] = {
    "/etc/ssl/certs",
    "/etc/pki/tls/certs",
};

/* "1d3472b9.0": how OpenSSL looks a subject up. Stops the listing at the first one. */
static int look_for_hash_name(void *user, const char *name)
{
    bool *found = user;
    *found =
        strlen(name) == 10 && strspn(name, "0123456789abcdef") == 8 && strcmp(name + 8, ".0") == 0;
    return *found;
}

static bool is_hashed_folder(const char *path)
{
    struct err ignored = {0};
    bool found = false;
    return os_list_dir(path, look_for_hash_name, &found, &ignored) == 0 && found;
}

/* The variables are OpenSSL's own, known to administrators. 1 = at least one was set. */
static int from_environment(struct https_roots *r)
{
    r->file = os_getenv("SSL_CERT_FILE");
    r->folder = os_getenv("SSL_CERT_DIR");
    return r->file != NULL || r->folder != NULL;
}

int https_roots_find(struct https_roots *out, struct err *err)
{
    struct https_roots r = {0};
    if (from_environment(&r)) {
        *out = r;
        return 0;
    }
    /* A hashed folder first: a bundle costs the parsing of all its certificates. */
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        if (is_hashed_folder(folders[i]))
            return text_dup(&out->folder, folders[i], err);
    }
    for (size_t i = 0; i < sizeof bundles / sizeof bundles[0]; i++) {
        if (os_exists(bundles[i]))
            return text_dup(&out->file, bundles[i], err);
    }
    return 0;
}

void https_roots_clear(struct https_roots *r)
{
    free(r->folder);
    free(r->file);
    *r = (struct https_roots){0};
}
