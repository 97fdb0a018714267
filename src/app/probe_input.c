/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/probe_cmd.h"

#include "deploy/target.h"
#include "idn.h"
#include "secret.h"
#include "src/app/password.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { CA_FILE_MAX_BYTES = 4 * 1024 * 1024, DEFAULT_PORT = 443, MAX_PORT = 65535 };

/* ---- who ---- */

static int read_port(const char *s, uint16_t *out, const char *all, struct err *err)
{
    unsigned long n = 0;
    for (const char *p = s; *p >= '0' && *p <= '9' && n <= MAX_PORT; p++)
        n = n * 10 + (unsigned long)(*p - '0');
    if (*s == '\0' || s[strspn(s, "0123456789")] != '\0' || n < 1 || n > MAX_PORT)
        return err_set(err, ERR_USAGE, "%.200s: the port is no number from 1 to %d", all, MAX_PORT);
    *out = (uint16_t)n;
    return 0;
}

/* A name as the certificate has it; one of a single label, like "localhost", has none, but may be
 * dialled. */
static int read_name(const char *name, const char *all, char out[256], struct err *err)
{
    struct err ignored = {0};
    size_t len = strlen(name);
    if (idn_to_ascii(name, out, &ignored) == 0)
        return 0;
    if (len == 0 || len > 253 ||
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") != len)
        return err_set(err, ERR_USAGE,
                       "%.200s: neither a host name nor an address; usage: rras-acme probe "
                       "HOST[:PORT]",
                       all);
    memcpy(out, name, len + 1);
    text_lower(out);
    return 0;
}

int probe_target(const char *text, char host[256], uint16_t *port, struct err *err)
{
    struct net_addr a;
    struct err ignored = {0};
    const char *colon = strrchr(text, ':');
    char name[256];
    uint16_t p = DEFAULT_PORT;
    if (net_addr_parse(&a, text, DEFAULT_PORT, &ignored) == 0) {
        char ip[64];
        net_addr_ip_text(&a, ip);
        text_copy(host, 256, ip);
        *port = a.port;
        return 0;
    }
    if (colon != NULL && read_port(colon + 1, &p, text, err) != 0)
        return -1;
    size_t len = colon != NULL ? (size_t)(colon - text) : strlen(text);
    if (len >= sizeof(name))
        return err_set(err, ERR_USAGE, "%.100s...: too long for a host name", text);
    memcpy(name, text, len);
    name[len] = '\0';
    if (read_name(name, text, host, err) != 0)
        return -1;
    *port = p;
    return 0;
}

/* ---- files and hashes ---- */

static int read_pem(const char *path, const char *option, struct buf *out, struct err *err)
{
    struct err why = {0};
    if (os_read_file(path, out, &why) != 0)
        return err_set(err, ERR_USAGE, "option %s: %s", option, why.text);
    return 0;
}

/* Windows shows thumbprints with blanks or colons between the bytes. */
static size_t bare_hex(const char *s, char out[65])
{
    size_t n = 0;
    for (; *s != '\0'; s++) {
        if (*s == ' ' || *s == ':' || *s == '-')
            continue;
        if (n == 64)
            return 65;
        out[n++] = *s;
    }
    out[n] = '\0';
    return n;
}

static bool read_hash(const char *s, struct sstp_claim *out)
{
    char hex[65];
    size_t n = bare_hex(s, hex);
    out->has_sha256 = n == 64 && text_hex_decode(hex, out->sha256, SHA256_BYTES);
    out->has_sha1 = n == 40 && text_hex_decode(hex, out->sha1, SHA1_BYTES);
    return out->has_sha256 || out->has_sha1;
}

static int add_claim(struct probe_input *in, const struct sstp_claim *c, struct err *err)
{
    if (in->claim_count == HELD_MAX_CLAIMS)
        return err_set(err, ERR_USAGE, "option --claim: more than %d certificates",
                       HELD_MAX_CLAIMS);
    in->claim[in->claim_count++] = *c;
    return 0;
}

static int claim_file(struct probe_input *in, const char *path, struct err *err)
{
    struct buf pem = BUF_INIT(CA_FILE_MAX_BYTES);
    struct cert_chain chain = {.count = 0};
    struct cert_info info = {0};
    struct sstp_claim c = {.has_sha1 = true, .has_sha256 = true};
    struct err why = {0};
    int rc = -1;
    if (read_pem(path, "--claim", &pem, err) != 0)
        goto done;
    if (cert_chain_from_pem(&chain, buf_str(&pem), pem.len, path, &why) != 0 ||
        cert_info_read(&info, chain.cert[0].der, chain.cert[0].len, &why) != 0) {
        err_set(err, ERR_USAGE, "option --claim: %s", why.text);
        goto done;
    }
    memcpy(c.sha256, info.sha256, SHA256_BYTES);
    memcpy(c.sha1, info.sha1, SHA1_BYTES);
    snprintf(c.label, sizeof(c.label), "%.60s (%.120s)", path, info.subject);
    rc = add_claim(in, &c, err);
done:
    buf_clear(&pem);
    cert_chain_clear(&chain);
    cert_info_clear(&info);
    return rc;
}

/* Those of LocalMachine\My, the newest first: that is where RRAS's are. */
static int claim_store(struct probe_input *in, struct err *err)
{
    struct observed o = {0};
    bool taken[HELD_MAX_CLAIMS * 8] = {false};
    size_t count;
    int rc = -1;
    if (target_rras.observe(target_rras.self, in->port, LOOK_CERTS, &o, err) != 0) {
        err_context(err, "option --claim store");
        goto done;
    }
    count = o.cert_count < sizeof(taken) ? o.cert_count : sizeof(taken);
    for (size_t n = 0; n < count && in->claim_count < HELD_MAX_CLAIMS; n++) {
        struct sstp_claim c = {.has_sha1 = true, .has_sha256 = true};
        size_t best = count;
        for (size_t i = 0; i < count; i++)
            if (!taken[i] && (best == count || o.cert[i].not_before > o.cert[best].not_before))
                best = i;
        taken[best] = true;
        memcpy(c.sha256, o.cert[best].sha256, SHA256_BYTES);
        memcpy(c.sha1, o.cert[best].sha1, SHA1_BYTES);
        snprintf(c.label, sizeof(c.label), "LocalMachine\\My, %.120s", o.cert[best].subject);
        if (add_claim(in, &c, err) != 0)
            goto done;
    }
    rc = 0;
done:
    observed_clear(&o);
    return rc;
}

static int read_claim(struct probe_input *in, const char *value, struct err *err)
{
    struct sstp_claim c = {.has_sha1 = false};
    if (strcmp(value, "store") == 0)
        return claim_store(in, err);
    if (read_hash(value, &c)) {
        snprintf(c.label, sizeof(c.label), "%.120s", value);
        return add_claim(in, &c, err);
    }
    return claim_file(in, value, err);
}

/* ---- all ---- */

static int read_account(struct probe_input *in, const struct args *a, struct err *err)
{
    if (a->user == NULL)
        return 0;
    if (a->password_file == NULL) {
        err_set(err, ERR_USAGE, "option --user: needs --password-file");
        return err_hint(err, "a file for administrators only, env:NAME, or - for standard input");
    }
    if (password_read(a->password_file, &in->password, err) != 0)
        return -1;
    in->account = (struct ppp_account){a->user, buf_str(&in->password), a->pap};
    return ppp_account_check(&in->account, err);
}

int probe_input_read(struct probe_input *in, const struct args *a, struct err *err)
{
    struct sstp_claim expected = {.has_sha1 = false};
    *in = (struct probe_input){.ca_pem = BUF_INIT(CA_FILE_MAX_BYTES),
                               .password = BUF_INIT(PASSWORD_MAX_BYTES)};
    if (probe_target(a->names[0], in->host, &in->port, err) != 0)
        return -1;
    if (a->address != NULL) {
        struct err why = {0};
        if (net_addr_parse(&in->address, a->address, in->port, &why) != 0)
            return err_set(err, ERR_USAGE, "option --address: %s", why.text);
        in->has_address = true;
    }
    if (a->ca_file != NULL &&
        (read_pem(a->ca_file, "--ca-file", &in->ca_pem, err) != 0 ||
         cert_pem_check(buf_str(&in->ca_pem), in->ca_pem.len, "option --ca-file", err) != 0))
        return -1;
    if (a->expect_sha256 != NULL) {
        if (!read_hash(a->expect_sha256, &expected) || !expected.has_sha256)
            return err_set(err, ERR_USAGE,
                           "option --expect-sha256: %.80s is no SHA-256 of 64 hex digits (the "
                           "thumbprint that Windows shows is SHA-1)",
                           a->expect_sha256);
        memcpy(in->expected, expected.sha256, SHA256_BYTES);
        in->has_expected = true;
    }
    for (size_t i = 0; i < a->claim_count; i++)
        if (read_claim(in, a->claims[i], err) != 0)
            return -1;
    return read_account(in, a, err);
}

void probe_input_clear(struct probe_input *in)
{
    buf_clear(&in->ca_pem);
    buf_wipe(&in->password);
    *in = (struct probe_input){.has_address = false};
}
