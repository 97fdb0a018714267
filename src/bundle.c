/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle.h"

void bundle_clear(struct bundle *b)
{
    key_free(b->key);
    cert_chain_clear(&b->chain);
    cert_info_clear(&b->leaf);
    *b = (struct bundle){0};
}

int bundle_fill(struct bundle *b, struct key **key, struct cert_chain *chain, struct err *err)
{
    struct cert_info leaf = {0};
    if (chain->count == 0)
        return err_set(err, ERR_FAIL, "bundle: no certificate");
    if (cert_info_read(&leaf, chain->cert[0].der, chain->cert[0].len, err))
        return -1;
    bundle_clear(b);
    b->key = *key;
    b->chain = *chain;
    b->leaf = leaf;
    *key = NULL;
    *chain = (struct cert_chain){0};
    return 0;
}
