/* SPDX-License-Identifier: Apache-2.0 */
/* crypto_trust_posix.c - the roots of the distribution, as https_ca_posix.c finds them. */
#include "crypto_int.h"
#include "crypto_trust.h"
#include "https_int.h"

#include <openssl/err.h>

int crypto_trust_system(const struct cert_chain *c, int64_t now, struct err *err)
{
    struct https_roots roots = {0};
    X509_STORE *store = NULL;
    int rc = -1;
    if (https_roots_find(&roots, err) != 0)
        goto done;
    store = X509_STORE_new();
    if (store == NULL) {
        err_set(err, ERR_FAIL, "trusted roots: out of memory");
        goto done;
    }
    /* What cannot be read vouches for nobody. */
    if (roots.folder != NULL)
        X509_STORE_load_path(store, roots.folder);
    if (roots.file != NULL)
        X509_STORE_load_file(store, roots.file);
    ERR_clear_error();
    rc = crypto_trust_store(store, c, now, err);
done:
    https_roots_clear(&roots);
    return rc;
}
