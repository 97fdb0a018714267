/* SPDX-License-Identifier: Apache-2.0 */
/* By whose roots a chain is judged here. Roots are put into the stores and taken out again, so it
 * is done in Wine only, where the whole Windows is thrown away after the tests. */
#include <windows.h>
/* after windows.h */
#include <wincrypt.h>

#include "https_world.h"
#include "os.h"
#include "pki.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

enum { EARLY = 1000000000, NOW = 1700000000, LATE = 1800000000 };

struct world {
    struct key *root_key, *key;
    struct cert_chain root, server, client;
};

/* The root's name is another one in each world: stores find issuers by their names. */
static void world_make(struct world *w, const char *cn)
{
    static const char *const names[] = {"vpn.example.com"};
    struct pki_spec root = {.cn = cn, .ca = true, .not_before = EARLY, .not_after = LATE};
    struct pki_spec leaf = {.cn = names[0],
                            .names = names,
                            .name_count = 1,
                            .usage = "serverAuth",
                            .not_before = EARLY,
                            .not_after = LATE};
    *w = (struct world){.root_key = pki_key(KEY_EC256), .key = pki_key(KEY_EC256)};
    root.key = w->root_key;
    leaf.key = w->key;
    pki_issue(&w->root, &root, w->root_key);
    pki_issue(&w->server, &root, w->root_key);
    pki_issue(&w->server, &leaf, w->root_key);
    leaf.usage = "clientAuth";
    pki_issue(&w->client, &root, w->root_key);
    pki_issue(&w->client, &leaf, w->root_key);
}

static void world_clear(struct world *w)
{
    key_free(w->root_key);
    key_free(w->key);
    cert_chain_clear(&w->root);
    cert_chain_clear(&w->server);
    cert_chain_clear(&w->client);
}

static PCCERT_CONTEXT trust(const struct cert_chain *root, DWORD whose)
{
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, whose, L"Root");
    PCCERT_CONTEXT added = NULL;

    if (store) {
        CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, root->cert[0].der,
                                         (DWORD)root->cert[0].len, CERT_STORE_ADD_REPLACE_EXISTING,
                                         &added);
        CertControlStore(store, 0, CERT_STORE_CTRL_COMMIT, NULL);
        CertCloseStore(store, 0);
    }
    return added;
}

/* Out of the store again, and written: a context's own store may be closed before that. */
static bool distrust(PCCERT_CONTEXT cert, DWORD whose)
{
    HCERTSTORE store = cert ? CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, whose, L"Root") : NULL;
    PCCERT_CONTEXT found = store ? CertFindCertificateInStore(store, X509_ASN_ENCODING, 0,
                                                              CERT_FIND_EXISTING, cert, NULL)
                                 : NULL;
    bool ok = found && CertDeleteCertificateFromStore(found) &&
              CertControlStore(store, 0, CERT_STORE_CTRL_COMMIT, NULL);

    if (store)
        CertCloseStore(store, 0);
    if (cert)
        CertFreeCertificateContext(cert);
    return ok;
}

/* Not a test: what the children of the one below do. An engine keeps the roots that it has seen, so
 * each judgement takes a process of its own; arguments: whose root, who the leaf is for. */
static void child_judges(struct test *t)
{
    char *who = os_getenv("RRAS_TRUST_CHILD");
    struct err err = {0};
    struct world w;

    (void)t;
    if (!who)
        return;
    world_make(&w, who);
    DWORD whose =
        strstr(who, "machine") ? CERT_SYSTEM_STORE_LOCAL_MACHINE : CERT_SYSTEM_STORE_CURRENT_USER;
    PCCERT_CONTEXT added = trust(&w.root, whose);
    const struct cert_chain *chain = strstr(who, "client") ? &w.client : &w.server;
    const char *said = cert_chain_trusted(chain, NULL, 0, NOW, &err) == 0 ? "trusted" : err.text;
    os_write(1, said, strlen(said));
    if (!distrust(added, whose))
        os_write(1, "no store", 8);
    world_clear(&w);
    free(who);
    ExitProcess(0);
}

/* The same over libcurl, which is told. The root is the machine's, or nobody's. */
static void child_asks(struct test *t)
{
    char *whose = os_getenv("RRAS_TRUST_CHILD");
    struct https_response r = {0};
    PCCERT_CONTEXT added = NULL;
    struct err err = {0};
    struct https_world w;

    if (!whose)
        return;
    https_world_make_named(&w, t, whose);
    if (strstr(whose, "machine"))
        added = trust(&w.root, CERT_SYSTEM_STORE_LOCAL_MACHINE);
    https_world_start(&w, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    if (https_world_open(&w, NULL) && https_world_get(&w, "/", &r, &err) == 0)
        os_write(1, buf_str(&r.body), r.body.len);
    else
        os_write(1, err.text, strlen(err.text));
    if (added && !distrust(added, CERT_SYSTEM_STORE_LOCAL_MACHINE))
        os_write(1, "no store", 8);
    https_response_clear(&r);
    https_world_clear(&w);
    free(whose);
    ExitProcess(0);
}

static const char *judgement(struct test *t, const char *child, const char *variable)
{
    char *program = NULL;
    const char *env[] = {variable, NULL}, *said;
    struct buf out = BUF_INIT(2000);
    struct err err = {0};
    int code = -1;

    if (!CHECK_INT(os_program_path(&program, &err), 0))
        return "";
    const char *argv[] = {program, child, NULL};
    CHECK_INT(os_run(&(struct os_run){argv, env, 120000, 1000}, &out, &code, &err), 0);
    said = test_text(t, "%s", buf_str(&out));
    buf_clear(&out);
    free(program);
    return said;
}

static void judged_by_the_machines_roots_for_servers(struct test *t)
{
    const char *judges = "crypto_trust_win32.child_judges", *said;

    if (!GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "wine_get_version"))
        SKIP("roots are added in Wine only");
    CHECK_STR(judgement(t, judges, "RRAS_TRUST_CHILD=machine server"), "trusted");
    said = judgement(t, judges, "RRAS_TRUST_CHILD=user server");
    if (!CHECK(strstr(said, "root that this machine does not trust") != NULL))
        CHECK_STR(said, "");
    said = judgement(t, judges, "RRAS_TRUST_CHILD=machine client");
    if (!CHECK(strstr(said, "not for the authentication") != NULL))
        CHECK_STR(said, "");
}

static void libcurl_is_told(struct test *t)
{
    const char *asks = "crypto_trust_win32.child_asks", *said;

    if (!GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "wine_get_version"))
        SKIP("roots are added in Wine only");
    CHECK_STR(judgement(t, asks, "RRAS_TRUST_CHILD=machine"), "hello");
    said = judgement(t, asks, "RRAS_TRUST_CHILD=nobody");
    if (!CHECK(strstr(said, "root that this machine does not trust") != NULL))
        CHECK_STR(said, "");
}

const struct test_case suite_crypto_trust_win32[] = {
    {"child_judges", child_judges},
    {"child_asks", child_asks},
    {"judged_by_the_machines_roots_for_servers", judged_by_the_machines_roots_for_servers},
    {"libcurl_is_told", libcurl_is_told},
    {NULL, NULL},
};
