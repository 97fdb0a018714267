/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/walk.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum {
    SECOND_LOOK_MS = 2000,     /* at most, between the two good rounds */
    ROUND_MS = 10000,          /* that a round may last beyond the deadline */
    LARGE_ANSWER_BYTES = 3000, /* CAs refuse answers of some 4 kB */
};

/* ---- the decider ---- */

struct tally {
    size_t seen, other; /* addresses */
    size_t hosts, hosts_seen, hosts_unseeable;
};

/* server[] lists each name server's addresses side by side or not: the first one stands for it. */
static bool first_of_host(const struct delegation *d, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(d->server[k].name, d->server[i].name) == 0)
            return false;
    return true;
}

static void count_host(const struct delegation *d, const struct round *r, size_t first,
                       struct tally *t)
{
    bool seen = false, seeable = false;

    for (size_t i = first; i < d->server_count; i++) {
        if (strcmp(d->server[i].name, d->server[first].name) != 0)
            continue;
        seen = seen || r->at[i].look == LOOK_SEEN;
        seeable = seeable || r->at[i].look != LOOK_NO_ROUTE;
    }
    t->hosts++;
    t->hosts_seen += seen;
    t->hosts_unseeable += !seeable;
}

static struct tally count(const struct delegation *d, const struct round *r)
{
    struct tally t = {0};

    for (size_t i = 0; i < d->server_count; i++) {
        t.seen += r->at[i].look == LOOK_SEEN;
        t.other += r->at[i].look != LOOK_SEEN && r->at[i].look != LOOK_NO_ROUTE;
        if (first_of_host(d, i))
            count_host(d, r, i, &t);
    }
    return t;
}

static bool good(const struct tally *t, enum conf_policy policy)
{
    if (policy == CONF_POLICY_ANY)
        return t->seen > 0;
    return t->seen > 0 && t->other == 0 && t->hosts_seen == t->hosts;
}

enum verdict propagation_judge(const struct delegation *d, const struct round *rounds,
                               size_t round_count, enum conf_policy policy)
{
    if (policy == CONF_POLICY_NONE)
        return VERDICT_PASS;
    if (round_count == 0)
        return VERDICT_AGAIN;
    struct tally last = count(d, &rounds[round_count - 1]);
    if (!good(&last, policy)) {
        bool never = policy == CONF_POLICY_ALL && last.seen > 0 && last.other == 0 &&
                     last.hosts_unseeable > 0;
        return never ? VERDICT_NEVER : VERDICT_AGAIN;
    }
    if (round_count < 2)
        return VERDICT_GOOD;
    struct tally before = count(d, &rounds[round_count - 2]);
    return good(&before, policy) ? VERDICT_PASS : VERDICT_GOOD;
}

int64_t propagation_delay_ms(size_t rounds_done, uint32_t random)
{
    static const int64_t delay[] = {2000, 3000, 5000, 8000, 10000};
    size_t last = sizeof delay / sizeof *delay - 1;
    size_t i = rounds_done > 0 ? rounds_done - 1 : 0;
    int64_t d = delay[i < last ? i : last];

    return d * 4 / 5 + d * 2 / 5 * (random % 1001) / 1000;
}

struct look_at propagation_read(const struct dns_message *m, const char *owner,
                                const struct propagation_wanted *w)
{
    struct look_at at = {.outcome = DNS_ANSWERED, .rcode = m->rcode, .bytes = m->bytes};
    size_t found = 0;

    if (m->rcode != DNS_NOERROR && m->rcode != DNS_NXDOMAIN) {
        at.look = LOOK_FAILED;
        return at;
    }
    if (!m->aa) {
        at.look = LOOK_FAILED;
        at.lame = true;
        return at;
    }
    for (size_t v = 0; v < w->value_count; v++) {
        bool seen = false;
        for (size_t i = 0; i < m->count && !seen; i++) {
            const struct dns_record *rec = &m->record[i];
            seen = rec->section == DNS_ANSWER && rec->type == DNS_TYPE_TXT &&
                   strcmp(rec->owner, owner) == 0 && rec->text_len == strlen(w->values[v]) &&
                   memcmp(rec->text, w->values[v], rec->text_len) == 0;
        }
        found += seen;
    }
    bool fits = !w->fits;
    for (size_t i = 0; i < m->count; i++) {
        const struct dns_record *rec = &m->record[i];
        bool text = rec->section == DNS_ANSWER && rec->type == DNS_TYPE_TXT;
        at.values += text;
        fits = fits || (text && strcmp(rec->owner, owner) == 0 &&
                        w->fits(w->user, rec->text, rec->text_len));
    }
    at.look = found == w->value_count && fits ? LOOK_SEEN : LOOK_MISSING;
    return at;
}

/* ---- asking ---- */

static bool interrupted(const struct delegation_env *env)
{
    return env->interrupted && env->interrupted();
}

void propagation_round(const struct delegation_env *env, const struct dns_io *io,
                       const struct delegation *d, const struct propagation_wanted *w,
                       int64_t deadline_ms, struct round *out)
{
    const struct dns_question q = {.name = d->target, .type = DNS_TYPE_TXT};

    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < d->server_count; i++) {
        struct look_at *at = &out->at[i];
        struct dns_message m = {0};
        if (i > 0 && (interrupted(env) || clock_ms(env->clock) >= deadline_ms))
            return;
        at->outcome = io->exchange(io->user, &d->server[i].addr, &q, &m);
        if (at->outcome == DNS_ANSWERED)
            *at = propagation_read(&m, d->target, w);
        else
            at->look = at->outcome == DNS_NO_ROUTE ? LOOK_NO_ROUTE : LOOK_FAILED;
        dns_message_clear(&m);
    }
}

/* "ns1.example.net (192.0.2.1:53): does not show it yet (NXDOMAIN)" */
static void describe(const struct delegation *d, size_t i, const struct round *r, char *out,
                     size_t size)
{
    const struct look_at *at = &r->at[i];
    const char *what = "shows it";
    char where[72], detail[80] = "";

    net_addr_text(&d->server[i].addr, where);
    if (at->look == LOOK_NOT_ASKED) {
        what = "not asked in time";
    } else if (at->outcome != DNS_ANSWERED) {
        what = dns_outcome_text(at->outcome);
    } else if (at->lame) {
        what = "answers without authority (lame)";
    } else if (at->look == LOOK_FAILED) {
        what = dns_rcode_name(at->rcode);
    } else if (at->look == LOOK_MISSING) {
        what = "does not show it";
        snprintf(detail, sizeof detail, " (%s, %zu TXT values)", dns_rcode_name(at->rcode),
                 at->values);
    }
    snprintf(out, size, "%s (%s): %s%s", d->server[i].name, where, what, detail);
}

static void describe_bad(const struct delegation *d, const struct round *r, char *out, size_t size)
{
    size_t len = 0;

    out[0] = 0;
    for (size_t i = 0; i < d->server_count && len + 1 < size; i++) {
        char one[440];
        if (r->at[i].look == LOOK_SEEN)
            continue;
        describe(d, i, r, one, sizeof one);
        snprintf(out + len, size - len, "%s%s", len ? "; " : "", one);
        len += strlen(out + len);
    }
}

/* ---- waiting ---- */

struct wait {
    const struct delegation_env *env;
    const struct delegation *d;
    struct round rounds[2]; /* the newest last */
    size_t done;            /* rounds in all */
    int64_t deadline_ms;
};

/* The newest two rounds, as the decider wants them. */
static enum verdict judge(const struct wait *w)
{
    size_t n = w->done < 2 ? w->done : 2;
    return propagation_judge(w->d, w->rounds + 2 - n, n, w->env->conf->dns.propagation.policy);
}

/* Once, of what stays as it is. */
static void warn_once(const struct wait *w)
{
    const struct round *r = &w->rounds[1];
    bool no_route[2] = {false, false};

    if (w->done != 1)
        return;
    for (size_t i = 0; i < w->d->server_count; i++)
        no_route[w->d->server[i].addr.family == 6] |= r->at[i].look == LOOK_NO_ROUTE;
    for (size_t f = 0; f < 2; f++)
        if (no_route[f])
            log_warn(w->env->log,
                     "zone %s: no route to some of its name servers by IPv%c: these "
                     "are left out",
                     w->d->zone, f ? '6' : '4');
    for (size_t i = 0; i < w->d->server_count; i++) {
        if (r->at[i].bytes <= LARGE_ANSWER_BYTES)
            continue;
        log_warn(w->env->log,
                 "%s: %zu TXT values in %zu bytes; CAs refuse large answers: remove "
                 "old values",
                 w->d->target, r->at[i].values, r->at[i].bytes);
        return;
    }
}

static int fail(const struct wait *w, bool never, struct err *err)
{
    char text[500];

    describe_bad(w->d, &w->rounds[1], text, sizeof text);
    if (never) {
        err_set(err, ERR_DNS, "%s: cannot be seen at every name server from this machine: %s",
                w->d->target, text);
        return err_hint(err, "give this machine a route there, or set dns.propagation.policy to "
                             "\"any\"");
    }
    err_set(err, ERR_DNS, "%s: TXT not on every name server of %s after %lld s: %s", w->d->target,
            w->d->zone, (long long)(w->env->conf->dns.propagation.timeout_ms / 1000), text);
    return err_hint(err, "if these servers are just slow, raise dns.propagation.timeout");
}

static int pause_before_next(const struct wait *w, enum verdict v, struct err *err)
{
    int64_t settle = w->env->conf->dns.propagation.settle_ms;
    int64_t left = w->deadline_ms - clock_ms(w->env->clock);
    int64_t ms = settle < SECOND_LOOK_MS ? settle : SECOND_LOOK_MS;
    uint32_t random = 0;
    char text[500];

    if (v == VERDICT_AGAIN) {
        if (left <= 0)
            return fail(w, false, err);
        if (os_random(&random, sizeof random, err))
            return -1;
        ms = propagation_delay_ms(w->done, random);
        ms = ms < left ? ms : left;
        describe_bad(w->d, &w->rounds[1], text, sizeof text);
        log_info(w->env->log, "%s: waiting for its name servers: %s", w->d->target, text);
    }
    if (interrupted(w->env))
        return err_set(err, ERR_POSTPONED, "DNS: interrupted");
    if (ms > 0)
        clock_sleep(w->env->clock, ms);
    return 0;
}

int propagation_run(const struct delegation_env *env, const struct dns_io *io,
                    const struct delegation *d, const struct propagation_wanted *wanted,
                    struct err *err)
{
    struct wait w = {.env = env, .d = d};
    int64_t settle = env->conf->dns.propagation.settle_ms;
    enum verdict v;

    w.deadline_ms = clock_ms(env->clock) + env->conf->dns.propagation.timeout_ms;
    while ((v = judge(&w)) != VERDICT_PASS) {
        if (v == VERDICT_NEVER)
            return fail(&w, true, err);
        if (w.done > 0 && pause_before_next(&w, v, err))
            return -1;
        int64_t end = clock_ms(env->clock) + ROUND_MS; /* the last round is a whole one, too */
        w.rounds[0] = w.rounds[1];
        propagation_round(env, io, d, wanted, end > w.deadline_ms ? end : w.deadline_ms,
                          &w.rounds[1]);
        w.done++;
        warn_once(&w);
    }
    /* Anycast servers elsewhere cannot be seen from here: some time for them. */
    if (settle > 0 && w.done > 0)
        clock_sleep(env->clock, settle);
    return 0;
}

int propagation_wait(const struct delegation_env *env, const struct delegation *d,
                     const struct propagation_wanted *w, struct err *err)
{
    return propagation_run(env, &dns_io_net, d, w, err);
}

int propagation_look(const struct delegation_env *env, const struct delegation *d,
                     const struct propagation_wanted *w, struct checks *out, struct err *err)
{
    int64_t deadline = clock_ms(env->clock) + env->conf->dns.propagation.timeout_ms;
    struct round r;

    propagation_round(env, &dns_io_net, d, w, deadline, &r);
    for (size_t i = 0; i < d->server_count; i++) {
        enum look look = r.at[i].look;
        enum check_level level = CHECK_FAIL;
        char text[440];
        if (look == LOOK_SEEN)
            level = CHECK_OK;
        else if (look == LOOK_NO_ROUTE || look == LOOK_NOT_ASKED)
            level = CHECK_SKIP;
        describe(d, i, &r, text, sizeof text);
        checks_add(out, "dns.server", "TXT at the name server", level, text, NULL);
    }
    if (interrupted(env))
        return err_set(err, ERR_POSTPONED, "DNS: interrupted");
    return 0;
}
