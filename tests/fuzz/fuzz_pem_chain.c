/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates from outside: as PEM (a CA's chain), as DER (a TLS peer), as PKCS#12 (a person). */
#include "fuzz.h"

#include "crypto.h"

static const int64_t now = 1790000000;

static void read_der(struct fuzz *f, const void *der, size_t len)
{
    struct cert_info info = {0};
    struct err err = {0};
    FUZZ_ERR(cert_info_read(&info, der, len, &err), &err);
    FUZZ_HOLDS(info.name_count <= CERT_MAX_NAMES);
    FUZZ_HOLDS(fuzz_text_fit(info.subject) && fuzz_text_fit(info.issuer) &&
               fuzz_text_fit(info.issuer_cn));
    cert_info_clear(&info);
}

static void read_chain(struct fuzz *f, struct cert_chain *chain)
{
    static const char *const names[] = {"vpn.example.com"};
    struct cert_wanted wanted = {NULL, names, 1, now};
    struct err err = {0}, checked = {0}, any = {0};
    struct buf pem = BUF_INIT(256 * 1024);
    FUZZ_HOLDS(chain->count >= 1 && chain->count <= CERT_MAX_CHAIN);
    for (size_t i = 0; i < chain->count; i++)
        read_der(f, chain->cert[i].der, chain->cert[i].len);
    FUZZ_HOLDS(cert_chain_to_pem(chain, &pem, &err) == 0);
    FUZZ_ERR(cert_chain_check(chain, &wanted, &checked), &checked);
    wanted.name_count = 0;
    FUZZ_ERR(cert_chain_check(chain, &wanted, &any), &any);
    buf_clear(&pem);
}

void fuzz_pem_chain(struct fuzz *f, const uint8_t *p, size_t len)
{
    struct err err[5] = {0};
    struct cert_chain chain = {0}, from_pfx = {0};
    struct key *key = NULL, *pfx_key = NULL;

    int result = cert_chain_from_pem(&chain, (const char *)p, len, "chain", &err[0]);
    FUZZ_ERR(result, &err[0]);
    if (result == 0)
        read_chain(f, &chain);
    FUZZ_ERR(cert_pem_check((const char *)p, len, "roots", &err[1]), &err[1]);
    FUZZ_ERR(key_from_pem(&key, (const char *)p, len, "key", &err[2]), &err[2]);
    read_der(f, p, len);
    result = pfx_read(p, len, "secret", &pfx_key, &from_pfx, &err[3]);
    FUZZ_ERR(result, &err[3]);
    if (result == 0)
        FUZZ_HOLDS(pfx_key && from_pfx.count >= 1);

    key_free(key);
    key_free(pfx_key);
    cert_chain_clear(&chain);
    cert_chain_clear(&from_pfx);
}
