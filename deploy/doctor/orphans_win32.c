/* SPDX-License-Identifier: Apache-2.0 */
#include <windows.h>
/* after windows.h */
#include <ncrypt.h>
#include <wincrypt.h>

#include "doctor/orphans.h"

#include "rras/key_win32.h"
#include "rras/names.h"
#include "rras/rras_win32.h"
#include "rras/sentence.h"
#include "wide.h"

enum { CONTAINERS_MAX = 100000 };

/* Containers that a certificate names. Certificates that cannot be read name nothing, and then a
 * key would be told of that is in use: so all or none. */
static int named(struct strings *out, struct err *err)
{
    HCERTSTORE my = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0,
                                  CERT_SYSTEM_STORE_LOCAL_MACHINE | CERT_STORE_READONLY_FLAG |
                                      CERT_STORE_OPEN_EXISTING_FLAG,
                                  L"" NAME_STORE_MY);
    PCCERT_CONTEXT cert = NULL;
    struct key_ref ref;
    bool machine;
    int rc = 0;

    if (!my)
        return sentence_err(err, SENTENCE_KEY, GetLastError(), "LocalMachine\\MY");
    while (rc == 0 && (cert = CertEnumCertificatesInStore(my, cert)) != NULL)
        if (key_ref_of(cert, &ref, &machine))
            rc = strings_add(out, ref.container, err);
    if (cert)
        CertFreeCertificateContext(cert);
    CertCloseStore(my, 0);
    return rc;
}

static SECURITY_STATUS each(NCRYPT_PROV_HANDLE provider, struct orphans *out,
                            const struct strings *needed)
{
    const DWORD flags = NCRYPT_MACHINE_KEY_FLAG | NCRYPT_SILENT_FLAG;
    SECURITY_STATUS rc = ERROR_SUCCESS;
    NCryptKeyName *key = NULL;
    PVOID state = NULL;
    char name[KEY_NAME_BYTES];

    for (int i = 0; i < CONTAINERS_MAX && rc == ERROR_SUCCESS; i++) {
        rc = NCryptEnumKeys(provider, NULL, &key, &state, flags);
        if (rc != ERROR_SUCCESS)
            break;
        if (wide_copy(name, sizeof name, key->pszName))
            orphans_judge(out, name, needed);
        NCryptFreeBuffer(key);
    }
    if (state)
        NCryptFreeBuffer(state);
    return rc == NTE_NO_MORE_ITEMS ? ERROR_SUCCESS : rc;
}

void orphans_look(struct orphans *out, struct strings *needed)
{
    NCRYPT_PROV_HANDLE provider = 0;
    struct err e = {0};

    if (named(needed, &e) == 0) {
        SECURITY_STATUS rc = NCryptOpenStorageProvider(&provider, MS_KEY_STORAGE_PROVIDER, 0);
        if (rc == ERROR_SUCCESS)
            rc = each(provider, out, needed);
        if (rc != ERROR_SUCCESS)
            sentence_err(&e, SENTENCE_KEY, (uint32_t)rc, "list of the machine's keys");
    }
    out->seen.ok = !err_is_set(&e);
    if (!out->seen.ok)
        seen_fail(&out->seen, &e);
    if (provider)
        NCryptFreeObject(provider);
}
