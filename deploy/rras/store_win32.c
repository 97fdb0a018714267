/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine's certificate stores. Each change is committed at once (CERT_STORE_CTRL_COMMIT) and
 * looked at through a new handle.
 */
#include "rras/rras_win32.h"

#include "os.h"

#include "rras/key_win32.h"
#include "rras/names.h"
#include "rras/sentence.h"
#include "secret.h"
#include "text.h"
#include "wide.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_CERTS = 4096, MAX_PFX_BYTES = 256 * 1024, PASSWORD_BYTES = 24 };

static int open_store(const char *name, DWORD flags, HCERTSTORE *out, struct err *err)
{
    wchar_t *wide = NULL;

    if (wide_from_utf8(&wide, name, err) != 0)
        return -1;
    *out = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_LOCAL_MACHINE | flags,
                         wide);
    free(wide);
    if (!*out)
        return sentence_err(err, SENTENCE_KEY, GetLastError(), "LocalMachine\\%s", name);
    return 0;
}

static int commit(HCERTSTORE store, const char *name, struct err *err)
{
    if (CertControlStore(store, 0, CERT_STORE_CTRL_COMMIT, NULL))
        return 0;
    return sentence_err(err, SENTENCE_KEY, GetLastError(), "LocalMachine\\%s", name);
}

/* The caller frees it (CertFreeCertificateContext); NULL when it is not there. */
static PCCERT_CONTEXT find(HCERTSTORE store, const uint8_t sha1[SHA1_BYTES])
{
    PCCERT_CONTEXT cert = NULL;

    while ((cert = CertEnumCertificatesInStore(store, cert)) != NULL) {
        uint8_t seen[SHA1_BYTES];
        crypto_sha1(cert->pbCertEncoded, cert->cbCertEncoded, seen);
        if (memcmp(seen, sha1, SHA1_BYTES) == 0)
            return cert;
    }
    return NULL;
}

/* ---- observe ---- */

static void take_cert(PCCERT_CONTEXT cert, struct store_cert *out)
{
    struct cert_info info = {0};
    struct err ignored = {0};
    DWORD len = 0;

    memset(out, 0, sizeof *out);
    crypto_sha1(cert->pbCertEncoded, cert->cbCertEncoded, out->sha1);
    crypto_sha256(cert->pbCertEncoded, cert->cbCertEncoded, out->sha256);
    out->has_key =
        CertGetCertificateContextProperty(cert, CERT_KEY_PROV_INFO_PROP_ID, NULL, &len) != 0;
    if (cert_info_read(&info, cert->pbCertEncoded, cert->cbCertEncoded, &ignored) == 0) {
        out->not_before = info.not_before;
        out->not_after = info.not_after;
        text_copy(out->subject, sizeof out->subject, info.subject);
    }
    cert_info_clear(&info);
}

int certs_observe(struct observed *out, struct err *err)
{
    PCCERT_CONTEXT cert = NULL;
    HCERTSTORE store = NULL;
    int rc = 0;

    if (open_store(NAME_STORE_MY, CERT_STORE_READONLY_FLAG, &store, err) != 0)
        return -1;
    while (out->cert_count < MAX_CERTS &&
           (cert = CertEnumCertificatesInStore(store, cert)) != NULL) {
        struct store_cert *grown = realloc(out->cert, (out->cert_count + 1) * sizeof *grown);
        if (!grown) {
            rc = err_set(err, ERR_FAIL, "LocalMachine\\MY: out of memory");
            CertFreeCertificateContext(cert);
            break;
        }
        out->cert = grown;
        take_cert(cert, &out->cert[out->cert_count++]);
    }
    CertCloseStore(store, 0);
    return rc;
}

/* ---- import ---- */

static int name_it(PCCERT_CONTEXT cert, const char *friendly_name, struct err *err)
{
    CRYPT_DATA_BLOB blob;
    wchar_t *wide = NULL;
    BOOL ok;

    if (wide_from_utf8(&wide, friendly_name, err) != 0)
        return -1;
    blob.cbData = (DWORD)((wcslen(wide) + 1) * sizeof *wide);
    blob.pbData = (BYTE *)wide;
    ok = CertSetCertificateContextProperty(cert, CERT_FRIENDLY_NAME_PROP_ID, 0, &blob);
    free(wide);
    if (!ok)
        return sentence_err(err, SENTENCE_KEY, GetLastError(), "friendly name of the certificate");
    return 0;
}

static int add_to(const char *store_name, PCCERT_CONTEXT cert, DWORD disposition, struct err *err)
{
    HCERTSTORE store = NULL;
    int rc = -1;

    if (open_store(store_name, 0, &store, err) != 0)
        return -1;
    if (!CertAddCertificateContextToStore(store, cert, disposition, NULL) &&
        GetLastError() != (DWORD)CRYPT_E_EXISTS)
        sentence_err(err, SENTENCE_KEY, GetLastError(), "LocalMachine\\%s", store_name);
    else
        rc = commit(store, store_name, err);
    CertCloseStore(store, 0);
    return rc;
}

/* The leaf goes by its hash, never by its place in the file. */
static int take_leaf(HCERTSTORE pfx, const struct import_request *q, struct key_ref *out,
                     struct err *err)
{
    PCCERT_CONTEXT leaf = find(pfx, q->bundle->leaf.sha1);
    struct err ignored = {0};
    bool machine = false;
    int rc = -1;

    if (!leaf)
        return err_set(err, ERR_FAIL, "PFX import: Windows took no certificate out of it");
    if (!key_ref_of(leaf, out, &machine)) {
        err_set(err, ERR_FAIL, "PFX import: Windows put no private key beside the certificate");
        goto done;
    }
    if (name_it(leaf, q->friendly_name, err) == 0 &&
        add_to(NAME_STORE_MY, leaf, CERT_STORE_ADD_REPLACE_EXISTING, err) == 0)
        rc = 0;
    else if (key_remove(out, &ignored) != 0) /* the import has made a key file already */
        err_hint(err, "an unused key container was left: %s", out->container);
done:
    CertFreeCertificateContext(leaf);
    return rc;
}

/* A PFX with its password: both exist in memory only, for as long as Windows reads them. */
struct pfx_file {
    struct buf bytes;
    wchar_t password[2 * PASSWORD_BYTES + 1];
};

static void pfx_file_clear(struct pfx_file *f)
{
    buf_wipe(&f->bytes);
    secret_wipe(f->password, sizeof f->password);
}

static int pfx_file_make(struct pfx_file *out, const struct import_request *q, struct err *err)
{
    uint8_t random[PASSWORD_BYTES];
    char password[2 * PASSWORD_BYTES + 1];
    int rc = -1;

    buf_init(&out->bytes, MAX_PFX_BYTES);
    if (os_random(random, sizeof random, err) != 0)
        return -1;
    text_hex(random, sizeof random, password);
    for (size_t i = 0; i < sizeof password; i++)
        out->password[i] = (wchar_t)(unsigned char)password[i]; /* ASCII */
    rc = pfx_make(q->bundle->key, &q->bundle->chain, q->friendly_name, password, q->style,
                  &out->bytes, err);
    secret_wipe(random, sizeof random);
    secret_wipe(password, sizeof password);
    return rc;
}

/* The key is in its container already: only the certificate comes, and names it. */
static int put_beside_key(const struct import_request *q, struct err *err)
{
    const struct cert_chain *chain = &q->bundle->chain;
    PCCERT_CONTEXT cert = CertCreateCertificateContext(X509_ASN_ENCODING, chain->cert[0].der,
                                                       (DWORD)chain->cert[0].len);
    int rc = -1;

    if (!cert)
        return sentence_err(err, SENTENCE_KEY, GetLastError(), "certificate");
    if (name_it(cert, q->friendly_name, err) == 0 &&
        key_give(cert, key_container(q->bundle->key), err) == 0)
        rc = add_to(NAME_STORE_MY, cert, CERT_STORE_ADD_REPLACE_EXISTING, err);
    CertFreeCertificateContext(cert);
    return rc;
}

static int import_pfx(const struct import_request *q, struct key_ref *out, struct err *err)
{
    struct key_ref key = {.provider_type = 0};
    struct pfx_file file = {.password = L""};
    CRYPT_DATA_BLOB blob;
    HCERTSTORE pfx = NULL;
    DWORD e;
    int rc = -1;

    if (pfx_file_make(&file, q, err) != 0)
        goto done;
    blob.cbData = (DWORD)file.bytes.len;
    blob.pbData = (BYTE *)file.bytes.p;
    SetLastError(ERROR_SUCCESS);
    /* The machine's key, not exportable, in CNG: an EC key fits nowhere else. */
    pfx = PFXImportCertStore(&blob, file.password, CRYPT_MACHINE_KEYSET | PKCS12_ALWAYS_CNG_KSP);
    e = GetLastError();
    if (!pfx) {
        sentence_err(err, SENTENCE_KEY, e, "PFX import");
        goto done;
    }
    rc = take_leaf(pfx, q, &key, err);
    if (rc == 0)
        *out = key;
done:
    if (pfx)
        CertCloseStore(pfx, 0);
    pfx_file_clear(&file);
    return rc;
}

int certs_import(const struct import_request *q, struct key_ref *out, struct err *err)
{
    if (!key_container(q->bundle->key))
        return import_pfx(q, out, err);
    if (put_beside_key(q, err) != 0)
        return -1;
    *out = (struct key_ref){.provider_type = 0};
    return 0;
}

int certs_add_intermediate(const uint8_t *der, size_t len, struct err *err)
{
    PCCERT_CONTEXT cert = CertCreateCertificateContext(X509_ASN_ENCODING, der, (DWORD)len);
    int rc;

    if (!cert)
        return sentence_err(err, SENTENCE_KEY, GetLastError(), "intermediate certificate");
    rc = add_to(NAME_STORE_CA, cert, CERT_STORE_ADD_NEW, err);
    CertFreeCertificateContext(cert);
    return rc;
}

/* ---- prove ---- */

int certs_prove_key(const uint8_t sha1[SHA1_BYTES], struct err *err)
{
    HCERTSTORE store = NULL;
    PCCERT_CONTEXT cert;
    int rc = -1;

    if (open_store(NAME_STORE_MY, CERT_STORE_READONLY_FLAG, &store, err) != 0)
        return -1;
    cert = find(store, sha1);
    if (!cert) {
        sentence_err(err, SENTENCE_KEY, (uint32_t)CRYPT_E_NOT_FOUND, "LocalMachine\\MY");
    } else {
        rc = key_prove(cert, err);
        CertFreeCertificateContext(cert);
    }
    CertCloseStore(store, 0);
    return rc;
}

/* ---- removal ---- */

static bool is_named(HCERTSTORE store, const struct key_ref *key)
{
    PCCERT_CONTEXT cert = NULL;

    while ((cert = CertEnumCertificatesInStore(store, cert)) != NULL) {
        struct key_ref seen;
        bool machine = false;
        if (key_ref_of(cert, &seen, &machine) && strcmp(seen.container, key->container) == 0) {
            CertFreeCertificateContext(cert);
            return true;
        }
    }
    return false;
}

static int look_for_name(const struct key_ref *key, bool *named, struct err *err)
{
    HCERTSTORE store = NULL;

    if (open_store(NAME_STORE_MY, CERT_STORE_READONLY_FLAG, &store, err) != 0)
        return -1;
    *named = is_named(store, key);
    CertCloseStore(store, 0);
    return 0;
}

/* The key goes only when no certificate needs it: a renewal may have kept it. */
static int remove_key_unless_named(void *user, const struct key_ref *key, struct err *err)
{
    bool named = false;

    (void)user;
    if (look_for_name(key, &named, err) != 0)
        return -1;
    return named ? 0 : key_remove(key, err);
}

int certs_remove(const uint8_t sha1[SHA1_BYTES], const struct key_ref *key, struct err *err)
{
    HCERTSTORE store = NULL;
    PCCERT_CONTEXT cert;
    int rc = 0;

    if (open_store(NAME_STORE_MY, 0, &store, err) != 0)
        return -1;
    cert = find(store, sha1);
    if (cert) {
        if (!CertDeleteCertificateFromStore(cert)) /* frees cert in any case */
            rc = sentence_err(err, SENTENCE_KEY, GetLastError(), "LocalMachine\\MY: removal");
        else
            rc = commit(store, NAME_STORE_MY, err);
    }
    CertCloseStore(store, 0);
    if (rc == 0 && key->container[0])
        rc = remove_key_unless_named(NULL, key, err);
    return rc;
}

int certs_sweep_keys(const struct public_key *key, struct err *err)
{
    return key_find(key, remove_key_unless_named, NULL, err);
}

int certs_drop_key(const char *container, bool *gone, struct err *err)
{
    struct key_ref key = key_ref_cng(container);
    bool named = false;

    if (look_for_name(&key, &named, err) != 0)
        return -1;
    if (!named && key_remove(&key, err) != 0)
        return -1;
    *gone = !named;
    return 0;
}
