/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "account.h"
#include "ca_clock.h"
#include "caa.h"
#include "challenge.h"
#include "delegated.h"
#include "persist.h"
#include "text.h"
#include "txt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    FINDING_MAX_BYTES = 64 * 1024,
    PROBE_BYTES = 32, /* 43 characters in base64url: the form of a real value */
};

/* One run of checks. Without an answer of the CA directory and account stay empty. */
struct checking {
    const struct check_task *task;
    struct checks *out;
    struct client *client;
    bool ca_answers;
    struct account account;
    struct delegated names;
    struct strings zones; /* whose DNSSEC was looked at */
};

static void add_err(struct checks *out, const char *id, const char *title, const struct err *e)
{
    checks_add(out, id, title, CHECK_FAIL, e->text, e->hint[0] ? e->hint : NULL);
}

/* ---- the CA ---- */

static void tell_directory(const struct conf *conf, const struct msg_directory *d,
                           struct checks *out)
{
    struct buf text = BUF_INIT(FINDING_MAX_BYTES);
    buf_addf(&text, "%s answers; renewal information (ARI): %s", conf->acme.directory,
             d->renewal_info ? "yes" : "no");
    if (d->terms)
        buf_addf(&text, "\nterms of service: %s", d->terms);
    if (d->external_account_required)
        buf_puts(&text, "\nit wants an external account binding");
    for (size_t i = 0; i < d->profile_count; i++)
        buf_addf(&text, "\nprofile %s: %s", d->profile[i].name, d->profile[i].text);
    checks_add(out, "ca.directory", "CA directory", CHECK_OK, buf_str(&text), NULL);
    buf_clear(&text);
    if (conf->acme.profile && !msg_directory_has_profile(d, conf->acme.profile)) {
        checks_addf(out, "ca.profile", "certificate profile", CHECK_FAIL,
                    "the CA does not offer the profile \"%s\"", conf->acme.profile);
        checks_cure(out, "set acme.profile to one that ca.directory lists, or leave it out");
    }
}

static void check_clock(const struct client *c, struct checks *out)
{
    int64_t offset = 0;
    if (!client_clock_offset_s(c, &offset)) {
        checks_add(out, "ca.clock", "clock against the CA's", CHECK_SKIP,
                   "the CA's answer has no date", NULL);
        return;
    }
    int64_t away = offset < 0 ? -offset : offset;
    bool wrong = away > CA_CLOCK_WARN_S;
    if (away == 0)
        checks_add(out, "ca.clock", "clock against the CA's", CHECK_OK, "they agree", NULL);
    else
        checks_addf(out, "ca.clock", "clock against the CA's", wrong ? CHECK_WARN : CHECK_OK,
                    "this machine's clock is %" PRId64 " s %s the CA's", away,
                    offset > 0 ? "behind" : "ahead of");
    if (wrong)
        checks_cure(out, "set the clock: expiry, TSIG and TLS are judged by it");
}

static void check_known_account(struct client *c, const struct account *a, struct checks *out)
{
    static const char title[] = "ACME account";
    struct client_answer answer = {0};
    struct err e = {0};
    struct client_post p = {.what = "account", .url = a->url};
    client_sign_as(c, a->key, a->url);
    if (client_post(c, &p, &answer, &e) == 0) {
        const char *status = json_get_string(answer.json, "status");
        bool valid = msg_status_of(status) == MSG_VALID;
        checks_addf(out, "ca.account", title, valid ? CHECK_OK : CHECK_FAIL, "%s: %s", a->url,
                    valid ? "valid" : "the CA says that it is not valid (any more)");
    } else if (problem_reaction(e.problem, 0) == REACT_REGISTER) {
        checks_addf(out, "ca.account", title, CHECK_WARN,
                    "%s: the CA does not know it; the next run registers its key again", a->url);
    } else {
        add_err(out, "ca.account", title, &e);
    }
    client_sign_as(c, NULL, NULL);
    client_answer_clear(&answer);
}

/* The records to create depend on the account's URL, so there has to be one. */
static void register_account(struct checking *k)
{
    struct err e = {0};
    if (account_ensure(k->client, k->task->conf, &k->account, &e))
        add_err(k->out, "ca.account", "ACME account", &e);
    else
        checks_addf(k->out, "ca.account", "ACME account", CHECK_OK,
                    "%s: registered just now, since the challenge's DNS name depends on it",
                    k->account.url);
}

static void check_account(struct checking *k, const struct msg_directory *d)
{
    struct account *a = &k->account;
    struct err e = {0};
    if (!k->task->env->store) {
        checks_add(k->out, "ca.account", "ACME account", CHECK_SKIP, "no state folder yet", NULL);
        return;
    }
    if (account_load(k->client, a, &e))
        add_err(k->out, "ca.account", "ACME account", &e);
    else if (a->url)
        check_known_account(k->client, a, k->out);
    else if (account_may_register(d, k->task->conf, &e))
        add_err(k->out, "ca.account", "ACME account", &e);
    else if (k->task->conf->acme.challenge != CONF_DNS_01)
        register_account(k);
    else
        checks_add(k->out, "ca.account", "ACME account", CHECK_NOTE,
                   "none yet; the first run registers one", NULL);
}

static void check_ca(struct checking *k)
{
    const struct conf *conf = k->task->conf;
    const struct msg_directory *d = NULL;
    struct err e = {0};
    if (client_open(&k->client, k->task->env, conf->acme.directory, &e) ||
        client_refresh(k->client, &e) || client_directory(k->client, &d, &e)) {
        add_err(k->out, "ca.directory", "CA directory", &e);
        if (!e.hint[0] && e.code == ERR_NET)
            checks_cure(k->out, "look at firewall and proxy (TLS inspection?) for %s",
                        conf->acme.directory);
        return;
    }
    k->ca_answers = true;
    tell_directory(conf, d, k->out);
    check_clock(k->client, k->out);
    check_account(k, d);
}

/* ---- DNS ---- */

static void tell_chain(const struct conf *conf, const struct delegation *d, const char *title,
                       struct checks *out)
{
    struct buf text = BUF_INIT(FINDING_MAX_BYTES);
    bool wildcard = false;
    for (size_t i = 0; i < d->hop_count; i++) {
        const struct delegation_hop *hop = &d->hop[i];
        char by[72];
        net_addr_text(&hop->answered_by, by);
        buf_addf(&text, "%s%s (zone %s, asked %s): ", i ? "\n" : "", hop->name, hop->zone, by);
        if (hop->target[0])
            buf_addf(&text, "CNAME %s, TTL %" PRIu32 " s%s", hop->target, hop->ttl_s,
                     hop->wildcard ? ", from a wildcard" : "");
        else
            buf_puts(&text, "end of the chain");
        wildcard |= hop->wildcard;
    }
    if (!d->delegated)
        buf_puts(&text, "\nno CNAME, and none is needed: the configuration writes here itself");
    if (conf->dns.target)
        buf_addf(&text, "\npublished at dns.target: %s", d->target);
    checks_add(out, "dns.chain", title, wildcard ? CHECK_WARN : CHECK_OK, buf_str(&text), NULL);
    if (wildcard)
        checks_cure(out, "create the CNAME of %s itself: a wildcard record may catch others, too",
                    d->challenge);
    buf_clear(&text);
}

static void tell_zone(const struct delegation *d, struct checks *out)
{
    struct buf text = BUF_INIT(FINDING_MAX_BYTES);
    char title[96];
    snprintf(title, sizeof title, "zone of %.80s", d->target);
    checks_addf(out, "dns.zone", title, CHECK_OK,
                "%s, primary server %s; a \"no\" is remembered for %" PRIu32 " s", d->zone,
                d->primary[0] ? d->primary : "unknown", d->negative_ttl_s);
    for (size_t i = 0; i < d->server_count; i++) {
        char addr[72];
        net_addr_text(&d->server[i].addr, addr);
        buf_addf(&text, "%s%s %s", i ? "\n" : "", d->server[i].name, addr);
    }
    snprintf(title, sizeof title, "name servers of %.78s", d->zone);
    checks_add(out, "dns.servers", title, d->server_count ? CHECK_OK : CHECK_FAIL,
               d->server_count ? buf_str(&text) : "the zone has no name server with an address",
               NULL);
    buf_clear(&text);
}

/* 43 characters like a real value, so that back ends which look at the form take it. */
static int probe_value(char out[64], struct err *err)
{
    uint8_t random[PROBE_BYTES];
    struct buf text = BUF_INIT(64);
    if (os_random(random, sizeof random, err))
        return -1;
    text_base64url(&text, random, sizeof random);
    text_copy(out, 64, buf_str(&text));
    buf_clear(&text);
    return 0;
}

/* A value that some servers do not show yet is waited for, one that cannot be seen is not. */
static void await_servers(struct checks *out, size_t write)
{
    for (size_t i = write + 1; i < out->n; i++) {
        if (out->v[i].level != CHECK_FAIL)
            continue;
        out->v[i].awaited = out->v[write].awaited = true;
    }
}

/* Writes, waits until it is seen, removes: the rights of the credential and the servers' ways. */
static int check_write(const struct check_task *task, struct delegated *names,
                       const struct delegation *d, struct checks *out, struct err *err)
{
    char title[96], value[64];
    struct txt txt;
    struct err e = {0};
    struct propagation_wanted wanted = {.values = {value}, .value_count = 1};
    int rc = 0;
    snprintf(title, sizeof title, "write, see, remove at %.70s", d->target);
    if (!task->env->store) {
        checks_add(out, "dns.write", title, CHECK_SKIP,
                   "without the state folder's journal nothing is written into DNS", NULL);
        return 0;
    }
    if (task->conf->dns.provider == CONF_MANUAL) {
        checks_add(out, "dns.write", title, CHECK_SKIP, "records are made by hand", NULL);
        return 0;
    }
    if (probe_value(value, err))
        return -1;
    txt_init(&txt, task->env, task->conf, task->dns);
    int64_t began = clock_ms(task->env->clock);
    if (txt_put(&txt, d, value, &e)) {
        add_err(out, "dns.write", title, &e);
    } else if (task->dns->wait(task->dns->self, &names->env, d, &wanted, &e)) {
        add_err(out, "dns.write", title, &e);
        size_t at = out->n - 1;
        rc = task->dns->look(task->dns->self, &names->env, d, &wanted, out, err);
        await_servers(out, at);
    } else {
        checks_addf(out, "dns.write", title, CHECK_OK,
                    "%s: a TXT value was seen on every server after %" PRId64 " ms",
                    txt.publisher.name, clock_ms(task->env->clock) - began);
    }
    txt_drop(&txt, d, value);
    txt_close(&txt);
    return rc;
}

/* Whether validating resolvers, as CAs use them, take the answers of the zones on the way. */
static int check_dnssec(struct checking *k, const char *zone, struct err *err)
{
    static const enum check_level levels[] = {
        [DNSSEC_GOOD] = CHECK_OK, [DNSSEC_BOGUS] = CHECK_FAIL, [DNSSEC_NOT_SEEN] = CHECK_SKIP};
    struct dnssec_finding f = {.text = ""};
    char title[96];
    for (size_t i = 0; i < k->zones.n; i++) {
        if (strcmp(k->zones.v[i], zone) == 0)
            return 0;
    }
    if (strings_add(&k->zones, zone, err))
        return -1;
    k->task->dns->dnssec(k->task->dns->self, &k->names.env, zone, &f);
    snprintf(title, sizeof title, "DNSSEC of %.80s", zone);
    checks_add(k->out, "dns.dnssec", title, levels[f.state], f.text, NULL);
    if (f.state == DNSSEC_BOGUS)
        checks_cure(k->out, DNSSEC_CURE, zone, zone, zone);
    return 0;
}

static void check_caa(struct checking *k, const char *name)
{
    static const struct strings none = {NULL, 0};
    struct caa_wanted w = {name, &none, k->account.url, challenge_type(k->task->conf)};
    const struct msg_directory *d = NULL;
    struct err ignored = {0};
    if (k->ca_answers && client_directory(k->client, &d, &ignored) == 0)
        w.identities = &d->caa_identities;
    caa_check(k->task->dns, &k->names.env, &w, k->out);
}

/* dns-persist-01: prints the record and looks for it. A CA of the older form tells its domain name
 * with an order only; its CAA name is the best guess until then. */
static int check_persist(struct checking *k, const char *name, const struct delegation *d,
                         struct err *err)
{
    struct msg_persist none = {.hash_prefix = NULL}, guess = none;
    struct persist_wanted w = {name, &none, k->account.url, k->account.thumbprint,
                               clock_now(k->task->env->clock)};
    struct buf text = BUF_INIT(FINDING_MAX_BYTES);
    const struct msg_directory *dir = NULL;
    struct err e = {0};
    char title[96];
    if (k->ca_answers && client_directory(k->client, &dir, &e) == 0) {
        guess =
            dir->persist.issuers.n ? dir->persist : (struct msg_persist){dir->caa_identities, NULL};
        w.ca = &guess;
    }
    e = (struct err){0};
    snprintf(title, sizeof title, "persistent record for %.70s", name);
    persist_record(&w, &text);
    size_t before = k->out->n;
    int rc = persist_look(k->task->dns, &k->names.env, d, &w, k->out, &e);
    if (rc && e.code != ERR_DNS) {
        *err = e;
    } else if (rc) {
        for (size_t i = before; i < k->out->n; i++)
            k->out->v[i].awaited = k->out->v[i].level == CHECK_FAIL;
        add_err(k->out, "dns.persist", title, &e);
        checks_await(k->out, d->negative_ttl_s);
        rc = 0;
    } else {
        checks_addf(k->out, "dns.persist", title, CHECK_OK, "a record is there that says: %s",
                    buf_str(&text));
    }
    buf_clear(&text);
    return rc;
}

static bool target_seen(const struct delegated *names, const struct delegation *d)
{
    for (size_t i = 0; i < names->n; i++) {
        if (names->v[i] != d && text_equal_nocase(names->v[i]->target, d->target))
            return true;
    }
    return false;
}

static int check_name(struct checking *k, const char *name, struct err *err)
{
    const struct delegation *d = NULL;
    struct err e = {0};
    char title[96];
    size_t before = k->names.n;
    snprintf(title, sizeof title, "delegation of %.80s", delegated_base(name));
    if (!k->task->delegation_only)
        check_caa(k, name);
    if (k->task->conf->acme.challenge != CONF_DNS_01 && !k->account.url) {
        checks_addf(k->out, "dns.chain", title, CHECK_SKIP,
                    "the name of a %s challenge depends on the ACME account, and there is none",
                    challenge_type(k->task->conf));
        return 0;
    }
    if (delegated_find(&k->names, name, &d, &e)) {
        add_err(k->out, "dns.chain", title, &e);
        if (k->names.missing_for_s > 0)
            checks_await(k->out, k->names.missing_for_s);
        return 0;
    }
    if (k->task->delegation_only)
        return 0;
    bool publishes = conf_publishes(k->task->conf);
    if (!publishes && check_persist(k, name, d, err))
        return -1;
    if (k->names.n == before) /* a wildcard beside its name */
        return 0;
    if (publishes)
        tell_chain(k->task->conf, d, title, k->out);
    for (size_t i = 0; i < d->hop_count; i++) {
        if (check_dnssec(k, d->hop[i].zone, err))
            return -1;
    }
    if (check_dnssec(k, d->zone, err))
        return -1;
    if (target_seen(&k->names, d))
        return 0;
    tell_zone(d, k->out);
    return d->server_count && publishes ? check_write(k->task, &k->names, d, k->out, err) : 0;
}

/* The walk needs our own answers, and the writing of each name shall not open the ports anew. */
static bool answer_ourselves(const struct check_task *task, struct txt *txt, struct checks *out)
{
    struct err e = {0};
    txt_init(txt, task->env, task->conf, task->dns);
    if (task->conf->dns.provider != CONF_BUILTIN || txt_open(txt, &e) == 0)
        return true;
    add_err(out, "dns.listen", "answering for the zone", &e);
    return false;
}

int check_run(const struct check_task *task, struct checks *out, struct err *err)
{
    struct checking k = {.task = task, .out = out};
    struct txt own;
    int rc = 0;
    if (!task->delegation_only)
        check_ca(&k);
    delegated_init(&k.names, task->env, task->conf, task->dns);
    if (k.account.url)
        delegated_for_account(&k.names, k.account.url);
    if (answer_ourselves(task, &own, out)) {
        for (size_t i = 0; i < task->conf->names.n && rc == 0; i++)
            rc = check_name(&k, task->conf->names.v[i], err);
    }
    txt_close(&own);
    strings_clear(&k.zones);
    delegated_clear(&k.names);
    account_clear(&k.account);
    client_close(k.client);
    if (rc == 0 && out->failed)
        rc = err_set(err, ERR_FAIL, "checks: out of memory");
    return rc;
}

int acme_check(const struct acme_env *env, const struct conf *conf, struct checks *out,
               struct err *err)
{
    struct check_task task = {.env = env, .dns = &acme_dns_real, .conf = conf};
    return check_run(&task, out, err);
}

int acme_check_delegation(const struct acme_env *env, const struct conf *conf, struct checks *out,
                          struct err *err)
{
    struct check_task task = {
        .env = env, .dns = &acme_dns_real, .conf = conf, .delegation_only = true};
    return check_run(&task, out, err);
}
