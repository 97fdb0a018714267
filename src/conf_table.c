/* SPDX-License-Identifier: Apache-2.0 */
#include "conf_table.h"

#include "text.h"
#include "window.h"

#include <string.h>

#define AT(member) offsetof(struct conf_build, member)

enum {
    SECOND_MS = 1000,
    HOUR_MS = 3600 * SECOND_MS,
    DAY_S = 24 * 3600,
    PORT_MAX = 65535,
    KEEP_MAX = 20,
    SESSIONS_MAX = 1000000,
};

/* RFC 8555 directories of public CAs. */
const struct conf_preset conf_presets[] = {
    {"letsencrypt", "https://acme-v02.api.letsencrypt.org/directory"},
    {"letsencrypt-staging", "https://acme-staging-v02.api.letsencrypt.org/directory"},
    {"zerossl", "https://acme.zerossl.com/v2/DV90"},
    {"google", "https://dv.acme-v02.api.pki.goog/directory"},
    {"google-staging", "https://dv.acme-v02.test-api.pki.goog/directory"},
    {"sslcom-rsa", "https://acme.ssl.com/sslcom-dv-rsa"},
    {"sslcom-ecc", "https://acme.ssl.com/sslcom-dv-ecc"},
    {"actalis", "https://acme-api.actalis.com/acme/directory"},
    {"sectigo", "https://acme.sectigo.com/v2/DV"},
    {NULL, NULL},
};

static const struct conf_word key_words[] = {
    {"rsa2048", KEY_RSA2048},
    {"rsa3072", KEY_RSA3072},
    {"rsa4096", KEY_RSA4096},
    {"ec256", KEY_EC256},
    {"ec384", KEY_EC384},
    {"machine", CONF_KEY_MACHINE},
    {NULL, 0},
};

static const struct conf_word challenge_words[] = {
    {"dns-01", CONF_DNS_01},
    {"dns-account-01", CONF_DNS_ACCOUNT_01},
    {"dns-persist-01", CONF_DNS_PERSIST_01},
    {NULL, 0},
};

static const struct conf_word provider_words[] = {
    {"acme-dns", CONF_ACME_DNS},
    {"rfc2136", CONF_RFC2136},
    {"cloudflare", CONF_CLOUDFLARE},
    {"azure", CONF_AZURE},
    {"route53", CONF_ROUTE53},
    {"powerdns", CONF_POWERDNS},
    {"exec", CONF_EXEC},
    {"manual", CONF_MANUAL},
    {"builtin", CONF_BUILTIN},
    {NULL, 0},
};

static const struct conf_word policy_words[] = {
    {"all", CONF_POLICY_ALL},
    {"any", CONF_POLICY_ANY},
    {"none", CONF_POLICY_NONE},
    {NULL, 0},
};

/* Stored as text; the value is not used. */
static const struct conf_word tsig_words[] = {
    {"hmac-sha256", 0}, {"hmac-sha512", 0}, {"hmac-sha384", 0}, {"hmac-sha1", 0}, {NULL, 0},
};

static const struct conf_word target_words[] = {
    {"rras", CONF_TARGET_RRAS},
    {"none", CONF_TARGET_NONE},
    {NULL, 0},
};

static const struct conf_word mode_words[] = {
    {"terminate", CONF_TERMINATE},
    {"offload", CONF_OFFLOAD},
    {NULL, 0},
};

static const struct conf_word source_words[] = {
    {"acme", CONF_SOURCE_ACME},
    {"balancer", CONF_SOURCE_BALANCER},
    {NULL, 0},
};

static const struct conf_word binding_words[] = {
    {"refuse", CONF_BINDING_REFUSE},
    {"share", CONF_BINDING_SHARE},
    {"takeover", CONF_BINDING_TAKEOVER},
    {NULL, 0},
};

static const struct conf_word level_words[] = {
    {"error", LOG_ERROR}, {"warn", LOG_WARN}, {"info", LOG_INFO}, {"debug", LOG_DEBUG}, {NULL, 0},
};

/* Stored as text; the value is not used. */
static const struct conf_word notify_words[] = {
    {"failure", 0}, {"recovery", 0}, {"expiry", 0}, {"deploy", 0}, {NULL, 0},
};

static const struct conf_word format_words[] = {{"json", 0}, {"teams", 0}, {"slack", 0}, {NULL, 0}};

static const struct conf_word log_format_words[] = {
    {"text", CONF_LOG_TEXT},
    {"json", CONF_LOG_JSON},
    {NULL, 0},
};

const struct conf_key conf_keys[] = {
    {"$schema", "the schema of this file, for editors", .type = CONF_T_IGNORED},
    {"names", "the certificate's DNS names, the first one is its common name", CONF_T_CERT_NAME,
     .list = true, .min = 1, .max = CERT_MAX_NAMES, .at = AT(conf.names)},
    {"key", "type of the certificate's key; a new one for each certificate", CONF_T_WORD,
     .words = key_words, .otherwise = "\"rsa2048\"", .at = AT(conf.key)},

    {"acme", "the CA and our account there", .type = CONF_T_OBJECT},
    {"acme.directory", "the CA: a preset's name or the https URL of its ACME directory",
     CONF_T_DIRECTORY, .otherwise = "\"letsencrypt\""},
    {"acme.staging_directory",
     "where issue --staging rehearses, when the preset has no staging directory of its own",
     CONF_T_CA_URL, .at = AT(conf.acme.staging_directory)},
    {"acme.email", "address for the CA's notices", CONF_T_EMAIL, .at = AT(conf.acme.email)},
    {"acme.agree_tos", "true: the CA's terms of service were read and are agreed to", CONF_T_BOOL,
     .otherwise = "false", .at = AT(conf.acme.agree_tos)},
    {"acme.ca_file", "PEM file with the roots to trust for the ACME server itself", CONF_T_FILE,
     .at = AT(conf.acme.ca_file)},
    {"acme.eab", "external account binding, as given by the CA", .type = CONF_T_OBJECT},
    {"acme.eab.kid", "key identifier", CONF_T_TEXT, .at = AT(conf.acme.eab_kid)},
    {"acme.eab.hmac_key_file", "file with the base64 HMAC key, or env:NAME", CONF_T_SECRET,
     .at = AT(conf.acme.eab_hmac_key_file)},
    {"acme.profile", "certificate profile of the CA's directory", CONF_T_TEXT,
     .at = AT(conf.acme.profile)},
    {"acme.preferred_chain", "common name of the root that the chain should end at", CONF_T_TEXT,
     .at = AT(conf.acme.preferred_chain)},
    {"acme.challenge", "how the CA is shown that the names are ours", CONF_T_WORD,
     .words = challenge_words, .otherwise = "\"dns-01\"", .at = AT(conf.acme.challenge)},
    {"acme.experimental", "true: what is still a draft may be used, now dns-persist-01",
     CONF_T_BOOL, .otherwise = "false", .at = AT(conf.acme.experimental)},

    {"renew", "when to renew", .type = CONF_T_OBJECT},
    {"renew.at", "auto, or how long before expiry", CONF_T_RENEW, .otherwise = "\"auto\"",
     .min = 60, .max = 400 * (int64_t)DAY_S},

    {"dns", "where the TXT record of the challenge is published, and how", .type = CONF_T_OBJECT},
    {"dns.provider", "what publishes the record", CONF_T_WORD, .words = provider_words,
     .at = AT(conf.dns.provider)},
    {"dns.target", "publish at this name instead of where the CNAME points", CONF_T_DOMAIN,
     .at = AT(conf.dns.target)},
    {"dns.resolvers", "recursive resolvers to ask instead of the system's", CONF_T_ADDRESS,
     .list = true, .max = 8, .at = AT(conf.dns.resolvers)},
    {"dns.root", "name servers where the walk from the root starts, for private DNS",
     CONF_T_ADDRESS, .list = true, .max = 16, .at = AT(conf.dns.root)},
    {"dns.propagation", "waiting until the record is seen", .type = CONF_T_OBJECT},
    {"dns.propagation.policy", "which authoritative servers must show it", CONF_T_WORD,
     .words = policy_words, .otherwise = "\"all\"", .at = AT(conf.dns.propagation.policy)},
    {"dns.propagation.timeout", "how long to wait", CONF_T_MS, .otherwise = "\"120s\"",
     .min = SECOND_MS, .max = 24 * HOUR_MS, .at = AT(conf.dns.propagation.timeout_ms)},
    {"dns.propagation.settle", "how long to wait still once it is seen", CONF_T_MS,
     .otherwise = "\"5s\"", .max = HOUR_MS, .at = AT(conf.dns.propagation.settle_ms)},
    {"dns.rfc2136", "dynamic update signed with TSIG", .type = CONF_T_OBJECT},
    {"dns.rfc2136.server", "the zone's primary, with port", CONF_T_SERVER,
     .at = AT(conf.dns.rfc2136.server)},
    {"dns.rfc2136.zone", "the zone to update; found by asking when it is not given", CONF_T_DOMAIN,
     .at = AT(conf.dns.rfc2136.zone)},
    {"dns.rfc2136.key_name", "name of the TSIG key", CONF_T_DOMAIN,
     .at = AT(conf.dns.rfc2136.key_name)},
    {"dns.rfc2136.key_file", "file with the base64 TSIG key, or env:NAME", CONF_T_SECRET,
     .at = AT(conf.dns.rfc2136.key_file)},
    {"dns.rfc2136.algorithm", "of the TSIG key", CONF_T_TEXT, .words = tsig_words,
     .otherwise = "\"hmac-sha256\"", .at = AT(conf.dns.rfc2136.algorithm)},
    {"dns.exec", "a program of yours, started as COMMAND... present|cleanup FQDN VALUE",
     .type = CONF_T_OBJECT},
    {"dns.exec.command", "the program's path and its first arguments", CONF_T_COMMAND, .list = true,
     .min = 1, .max = 64, .at = AT(conf.dns.exec.command)},
    {"dns.exec.timeout", "how long it may take", CONF_T_MS, .otherwise = "\"60s\"",
     .min = SECOND_MS, .max = HOUR_MS, .at = AT(conf.dns.exec.timeout_ms)},
    {"dns.acme-dns", "an acme-dns server", .type = CONF_T_OBJECT},
    {"dns.acme-dns.api", "its URL: https, or http at a loopback address", CONF_T_URL_PLAIN,
     .at = AT(conf.dns.acme_dns.api.url)},
    {"dns.acme-dns.api_ca_file",
     "PEM file with the roots to trust for the API instead of the system's", CONF_T_FILE,
     .at = AT(conf.dns.acme_dns.api.ca_file)},
    {"dns.acme-dns.allow_from",
     "networks that may update the names we register, like 192.0.2.0/24; all if left out",
     CONF_T_TEXT, .list = true, .max = 16, .at = AT(conf.dns.acme_dns.allow_from)},
    {"dns.cloudflare", "Cloudflare", .type = CONF_T_OBJECT},
    {"dns.cloudflare.api", "URL of the API", CONF_T_URL,
     .otherwise = "\"https://api.cloudflare.com/client/v4\"",
     .at = AT(conf.dns.cloudflare.api.url)},
    {"dns.cloudflare.api_ca_file",
     "PEM file with the roots to trust for the API instead of the system's", CONF_T_FILE,
     .at = AT(conf.dns.cloudflare.api.ca_file)},
    {"dns.cloudflare.token_file", "file with the API token, or env:NAME", CONF_T_SECRET,
     .at = AT(conf.dns.cloudflare.token_file)},
    {"dns.cloudflare.zone", "the zone to write into; found by asking when it is not given",
     CONF_T_DOMAIN, .at = AT(conf.dns.cloudflare.zone)},
    {"dns.cloudflare.zone_id", "id of that zone; spares the token the right to list zones",
     CONF_T_TEXT, .at = AT(conf.dns.cloudflare.zone_id)},
    {"dns.azure", "Azure DNS", .type = CONF_T_OBJECT},
    {"dns.azure.api", "URL of Azure Resource Manager; other in sovereign clouds", CONF_T_URL,
     .otherwise = "\"https://management.azure.com\"", .at = AT(conf.dns.azure.api.url)},
    {"dns.azure.api_ca_file",
     "PEM file with the roots to trust for the API instead of the system's", CONF_T_FILE,
     .at = AT(conf.dns.azure.api.ca_file)},
    {"dns.azure.login", "URL of Microsoft Entra; other in sovereign clouds", CONF_T_URL,
     .otherwise = "\"https://login.microsoftonline.com\"", .at = AT(conf.dns.azure.login)},
    {"dns.azure.managed_identity",
     "true: the identity of this machine in Azure instead of a client secret", CONF_T_BOOL,
     .otherwise = "false", .at = AT(conf.dns.azure.managed_identity)},
    {"dns.azure.tenant", "id of the tenant", CONF_T_TEXT, .at = AT(conf.dns.azure.tenant)},
    {"dns.azure.client_id", "id of the application, or of one managed identity among several",
     CONF_T_TEXT, .at = AT(conf.dns.azure.client_id)},
    {"dns.azure.client_secret_file", "file with the client secret, or env:NAME", CONF_T_SECRET,
     .at = AT(conf.dns.azure.client_secret_file)},
    {"dns.azure.subscription", "id of the subscription", CONF_T_TEXT,
     .at = AT(conf.dns.azure.subscription)},
    {"dns.azure.resource_group", "resource group of the zone", CONF_T_TEXT,
     .at = AT(conf.dns.azure.resource_group)},
    {"dns.azure.zone", "the zone to write into; found by asking when it is not given",
     CONF_T_DOMAIN, .at = AT(conf.dns.azure.zone)},
    {"dns.route53", "Amazon Route 53", .type = CONF_T_OBJECT},
    {"dns.route53.api", "URL of the API, host only", CONF_T_URL,
     .otherwise = "\"https://route53.amazonaws.com\"", .at = AT(conf.dns.route53.api.url)},
    {"dns.route53.api_ca_file",
     "PEM file with the roots to trust for the API instead of the system's", CONF_T_FILE,
     .at = AT(conf.dns.route53.api.ca_file)},
    {"dns.route53.region", "region that requests are signed for", CONF_T_TEXT,
     .otherwise = "\"us-east-1\"", .at = AT(conf.dns.route53.region)},
    {"dns.route53.access_key_id", "id of the access key", CONF_T_TEXT,
     .at = AT(conf.dns.route53.access_key_id)},
    {"dns.route53.secret_key_file", "file with the secret access key, or env:NAME", CONF_T_SECRET,
     .at = AT(conf.dns.route53.secret_key_file)},
    {"dns.route53.session_token_file", "file with the session token of temporary keys, or env:NAME",
     CONF_T_SECRET, .at = AT(conf.dns.route53.session_token_file)},
    {"dns.route53.zone", "the zone to write into; found by asking when it is not given",
     CONF_T_DOMAIN, .at = AT(conf.dns.route53.zone)},
    {"dns.route53.zone_id", "id of that zone; spares the key the right to list zones", CONF_T_TEXT,
     .at = AT(conf.dns.route53.zone_id)},
    {"dns.powerdns", "HTTP API of the PowerDNS Authoritative Server", .type = CONF_T_OBJECT},
    {"dns.powerdns.api", "its URL without /api: https, or http at a loopback address",
     CONF_T_URL_PLAIN, .at = AT(conf.dns.powerdns.api.url)},
    {"dns.powerdns.api_ca_file",
     "PEM file with the roots to trust for the API instead of the system's", CONF_T_FILE,
     .at = AT(conf.dns.powerdns.api.ca_file)},
    {"dns.powerdns.key_file", "file with the API key, or env:NAME", CONF_T_SECRET,
     .at = AT(conf.dns.powerdns.key_file)},
    {"dns.powerdns.server_id", "the server behind the API", CONF_T_TEXT,
     .otherwise = "\"localhost\"", .at = AT(conf.dns.powerdns.server_id)},
    {"dns.powerdns.zone", "the zone to write into; found by asking when it is not given",
     CONF_T_DOMAIN, .at = AT(conf.dns.powerdns.zone)},
    {"dns.builtin", "this program answers for the zone itself, while it is being validated",
     .type = CONF_T_OBJECT},
    {"dns.builtin.zone", "the zone that is delegated to this machine", CONF_T_DOMAIN,
     .at = AT(conf.dns.builtin.zone)},
    {"dns.builtin.ns", "names of this machine that the zone is delegated to", CONF_T_DOMAIN,
     .list = true, .min = 1, .max = 4, .at = AT(conf.dns.builtin.ns)},
    {"dns.builtin.address", "public addresses of this machine, if a name in ns lies in the zone",
     CONF_T_IP, .list = true, .max = 8, .at = AT(conf.dns.builtin.address)},
    {"dns.builtin.listen", "addresses and ports to answer at", CONF_T_ADDRESS, .list = true,
     .min = 1, .max = 8, .otherwise = "[\"0.0.0.0:53\", \"[::]:53\"]",
     .at = AT(conf.dns.builtin.listen)},

    {"deploy", "putting the certificate in place", .type = CONF_T_OBJECT},
    {"deploy.target", "where to", CONF_T_WORD, .words = target_words, .otherwise = "\"rras\"",
     .at = AT(conf.deploy.target)},
    {"deploy.mode", "terminate: RRAS ends TLS itself; offload: a balancer does", CONF_T_WORD,
     .words = mode_words, .otherwise = "\"terminate\"", .at = AT(conf.deploy.mode)},
    {"deploy.source",
     "where the certificate comes from; balancer: looked after there, RRAS gets the hash of what "
     "it serves (mode offload)",
     CONF_T_WORD, .words = source_words, .otherwise = "\"acme\"", .at = AT(conf.deploy.source)},
    {"deploy.port", "the SSTP listener's port", CONF_T_INT, .otherwise = "443", .min = 1,
     .max = PORT_MAX, .at = AT(conf.deploy.port)},
    {"deploy.window", "local times when a deploy may interrupt; empty = at once", CONF_T_WINDOW,
     .list = true, .max = WINDOW_MAX, .otherwise = "[]", .at = AT(conf.deploy.window)},
    {"deploy.override", "this long before expiry the window no longer holds a deploy back",
     CONF_T_S, .otherwise = "\"48h\"", .max = 400 * (int64_t)DAY_S,
     .at = AT(conf.deploy.override_s)},
    {"deploy.binding", "what to do when another program's binding is on the port", CONF_T_WORD,
     .words = binding_words, .otherwise = "\"refuse\"", .at = AT(conf.deploy.binding)},
    {"deploy.restart", "the restart that makes RRAS take the certificate up",
     .type = CONF_T_OBJECT},
    {"deploy.restart.service", "the Windows service to restart", CONF_T_TEXT,
     .otherwise = "\"RemoteAccess\"", .at = AT(conf.deploy.restart.service)},
    {"deploy.restart.timeout", "how long stop and start may take", CONF_T_MS,
     .otherwise = "\"180s\"", .min = SECOND_MS, .max = HOUR_MS,
     .at = AT(conf.deploy.restart.timeout_ms)},
    {"deploy.restart.max_sessions", "do not restart with more VPN sessions; null = no limit",
     CONF_T_INT, .nullable = true, .otherwise = "null", .max = SESSIONS_MAX,
     .at = AT(conf.deploy.restart.max_sessions)},
    {"deploy.restart.escalate",
     "when the proof fails with RRAS running: restart SstpSvc and all that depends on it, once",
     CONF_T_BOOL, .otherwise = "false", .at = AT(conf.deploy.restart.escalate)},
    {"deploy.verify", "the proof from the wire", .type = CONF_T_OBJECT},
    {"deploy.verify.timeout", "how long the new certificate may take to show", CONF_T_MS,
     .otherwise = "\"120s\"", .min = SECOND_MS, .max = HOUR_MS,
     .at = AT(conf.deploy.verify.timeout_ms)},
    {"deploy.verify.stable", "how long the service has to run, and show it, to be believed",
     CONF_T_MS, .otherwise = "\"10s\"", .max = HOUR_MS, .at = AT(conf.deploy.verify.stable_ms)},
    {"deploy.verify.probe", "addresses to prove at: of this machine; of the balancer", CONF_T_IP,
     .list = true, .min = 1, .max = 16, .otherwise = "[\"127.0.0.1\", \"::1\"]",
     .at = AT(conf.deploy.verify.probe)},
    {"deploy.verify.account", "a test account: the proof goes on through a logon to the hash",
     .type = CONF_T_OBJECT},
    {"deploy.verify.account.user", "DOMAIN\\user or user; dial-in and no other right", CONF_T_TEXT,
     .at = AT(conf.deploy.verify.account.user)},
    {"deploy.verify.account.password_file", "file with its password, or env:NAME", CONF_T_SECRET,
     .at = AT(conf.deploy.verify.account.password_file)},
    {"deploy.keep", "previous certificates kept after a proven deploy", CONF_T_INT,
     .otherwise = "1", .max = KEEP_MAX, .at = AT(conf.deploy.keep)},

    {"notify", "who is told of outcomes, by mail or webhook; in rras-acme.json only", CONF_T_OBJECT,
     .list = true, .shared = true, .max = CONF_NOTIFY_MAX},
    {"notify.on", "of what: failure, recovery, expiry, deploy; the first three if left out",
     CONF_T_TEXT, .list = true, .shared = true, .words = notify_words, .min = 1, .max = 4,
     .at = AT(notify[0].on)},
    {"notify.smtp", "mail server: smtp://HOST[:PORT] (STARTTLS, 587) or smtps://HOST[:PORT] (465)",
     CONF_T_MAIL_URL, .shared = true, .at = AT(notify[0].smtp)},
    {"notify.from", "sender's address", CONF_T_EMAIL, .shared = true, .at = AT(notify[0].from)},
    {"notify.to", "recipients' addresses", CONF_T_EMAIL, .list = true, .shared = true, .min = 1,
     .max = 16, .at = AT(notify[0].to)},
    {"notify.user", "account at the mail server", CONF_T_TEXT, .shared = true,
     .at = AT(notify[0].user)},
    {"notify.password_file", "file with its password, or env:NAME", CONF_T_SECRET, .shared = true,
     .at = AT(notify[0].password_file)},
    {"notify.webhook",
     "https URL that gets a POST; whoever knows it can post there, so rather "
     "use webhook_file",
     CONF_T_HOOK_URL, .shared = true, .at = AT(notify[0].webhook)},
    {"notify.webhook_file", "file with that URL, or env:NAME", CONF_T_SECRET, .shared = true,
     .at = AT(notify[0].webhook_file)},
    {"notify.format", "what the webhook understands; json if left out", CONF_T_TEXT, .shared = true,
     .words = format_words, .at = AT(notify[0].format)},
    {"notify.ca_file", "PEM file with the roots to trust for it instead of the system's",
     CONF_T_FILE, .shared = true, .at = AT(notify[0].ca_file)},
    {"notify.max_per_day", "messages a day, 20 if left out; what is left over is told the next day",
     CONF_T_INT, .shared = true, .min = 1, .max = 1000, .at = AT(notify[0].max_per_day)},
    {"log", "the log; in rras-acme.json only", .type = CONF_T_OBJECT, .shared = true},
    {"log.level", "lines of less weight are dropped", CONF_T_WORD, .shared = true,
     .words = level_words, .otherwise = "\"info\"", .at = AT(log.level)},
    {"log.file", "file to append the log to", CONF_T_OUT_FILE, .shared = true, .at = AT(log.file)},
    {"log.format", "how its lines are written: for people, or one JSON object each", CONF_T_WORD,
     .shared = true, .words = log_format_words, .otherwise = "\"text\"", .at = AT(log.format)},
    {"log.max_size", "MiB after which the file becomes FILE.1, and a new one is begun", CONF_T_INT,
     .shared = true, .min = 1, .max = 1024, .otherwise = "10", .at = AT(log.max_mib)},
    {"log.keep", "how many such earlier files are kept", CONF_T_INT, .shared = true, .min = 1,
     .max = 99, .otherwise = "5", .at = AT(log.keep)},
    {.path = NULL},
};

const struct conf_key *conf_key_find(const char *path)
{
    for (const struct conf_key *k = conf_keys; k->path; k++)
        if (strcmp(k->path, path) == 0)
            return k;
    return NULL;
}

const char *conf_key_last(const struct conf_key *k)
{
    const char *dot = strrchr(k->path, '.');

    return dot ? dot + 1 : k->path;
}

unsigned conf_near_limit(const char *s)
{
    unsigned len = (unsigned)strlen(s), half = len / 2 + 1, third = len / 3 + 2;

    return half < third ? half : third; /* two letters may be swapped in a word of four */
}

const char *conf_nearest_word(const struct conf_word *words, const char *s)
{
    const char *best = NULL;
    char lower[64];
    unsigned limit = conf_near_limit(s);

    if (!text_copy(lower, sizeof lower, s))
        return NULL;
    text_lower(lower);
    for (; words->word; words++) {
        unsigned d = text_distance(lower, words->word, limit);
        if (d < limit) {
            limit = d;
            best = words->word;
        }
    }
    return best;
}

void conf_words_text(const struct conf_word *words, struct buf *out)
{
    const char *between = "";

    for (; words->word; words++) {
        buf_addf(out, "%s%s", between, words->word);
        between = ", ";
    }
}

/* "90s" of 90 seconds: the greatest unit that divides it. */
static void put_duration(struct buf *out, int64_t ms)
{
    static const struct {
        int64_t ms;
        const char *unit;
    } units[] = {
        {24 * (int64_t)HOUR_MS, "d"}, {HOUR_MS, "h"}, {60 * SECOND_MS, "m"}, {SECOND_MS, "s"}};

    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (ms && ms % units[i].ms == 0) {
            buf_addf(out, "%lld%s", (long long)(ms / units[i].ms), units[i].unit);
            return;
        }
    }
    buf_addf(out, "%lld%s", (long long)ms, ms ? "ms" : "s");
}

static void put_durations(const struct conf_key *k, struct buf *out)
{
    int64_t unit_ms = k->type == CONF_T_MS ? 1 : SECOND_MS;

    buf_puts(out, k->type == CONF_T_RENEW ? "\"auto\" or a duration" : "a duration");
    buf_puts(out, " like 90s, 15m, 12h or 30d, from ");
    put_duration(out, k->min * unit_ms);
    buf_puts(out, " to ");
    put_duration(out, k->max * unit_ms);
}

static const char *element_text(enum conf_type type)
{
    switch (type) {
    case CONF_T_CERT_NAME:
        return "DNS names";
    case CONF_T_ADDRESS:
        return "addresses like 192.0.2.1:53 or [2001:db8::1]:53";
    case CONF_T_IP:
        return "IP addresses, with or without a port";
    case CONF_T_WINDOW:
        return "times like \"Sun 02:00-04:00\", \"Mon-Fri 23:30-01:00\" or \"daily 02:00-04:00\"";
    case CONF_T_COMMAND:
        return "strings: a program's path and its arguments";
    default:
        return "strings";
    }
}

void conf_key_expects(const struct conf_key *k, struct buf *out)
{
    if (k->list && k->type == CONF_T_OBJECT) {
        buf_puts(out, "a list of objects in braces");
        return;
    }
    if (k->list) {
        buf_addf(out, "a list of %s", element_text(k->type));
        return;
    }
    switch (k->type) {
    case CONF_T_OBJECT:
        buf_puts(out, "an object in braces");
        break;
    case CONF_T_BOOL:
        buf_puts(out, "true or false");
        break;
    case CONF_T_INT:
        buf_addf(out, "a whole number from %lld to %lld%s", (long long)k->min, (long long)k->max,
                 k->nullable ? ", or null" : "");
        break;
    case CONF_T_MS:
    case CONF_T_S:
    case CONF_T_RENEW:
        put_durations(k, out);
        break;
    default:
        buf_puts(out, k->words ? "one of the words " : "a string in double quotes");
        if (k->words)
            conf_words_text(k->words, out);
    }
}
