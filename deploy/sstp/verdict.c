/* SPDX-License-Identifier: Apache-2.0 */
/* What a survey proves, in one sentence each: never one green tick for all. */
#include "sstp/survey.h"

#include <stdio.h>
#include <string.h>

const char *survey_proof_name(enum survey_proof p)
{
    switch (p) {
    case PROVED_LISTENER:
        return "listener";
    case PROVED_CALLS:
        return "sstp";
    case PROVED_ACCOUNT:
        return "account";
    case PROVED_HASH:
        return "hash";
    }
    return "?";
}

static void fails(struct survey *s, const char *code)
{
    s->failed = true;
    if (!s->trouble[0])
        snprintf(s->trouble, sizeof s->trouble, "%s", code);
}

/* An address that this machine cannot reach at all (no IPv6 here) says nothing about the server,
 * unless there is no other. */
static bool counts(const struct survey *s, const struct survey_look *look)
{
    return !look->beside && (!look->probe.unreachable || !s->look[s->main].probe.stage[0].ok);
}

static void judge_looks(struct survey *s)
{
    for (size_t i = 0; i < s->looks; i++) {
        const struct survey_look *look = &s->look[i];
        const struct sstp_stage_result *bad = sstp_probe_failed(&look->probe);
        if (!counts(s, look))
            continue;
        if (bad)
            fails(s, bad->code);
        if (look->probe.has_leaf && !look->cert.ok)
            fails(s, look->cert.code);
    }
}

static void judge_held(struct survey *s, const struct survey_options *o)
{
    const struct sstp_stage_result *bad = sstp_probe_failed(&s->held.logon);

    if (o->account && s->withheld)
        fails(s, "auth-withheld");
    if (!s->held_asked)
        return;
    if (bad)
        fails(s, bad->code);
    if (s->held.verdict == HELD_OTHER || s->held.verdict == HELD_NOT_THIS)
        fails(s, "binding-refused");
    if (s->held.logon.stage[SSTP_STAGE_AUTH].ok)
        s->proved |= PROVED_ACCOUNT;
    if (s->held.verdict == HELD_SERVED)
        s->proved |= PROVED_HASH;
}

static const char *held_sentence(const struct survey *s, const struct survey_options *o, char *text,
                                 size_t size)
{
    const struct held *h = &s->held;

    switch (h->verdict) {
    case HELD_SERVED:
        return ""; /* stands with what is proved */
    case HELD_OTHER:
        snprintf(text, size,
                 " The running service holds the hash of another certificate: %s. Clients are "
                 "refused until RemoteAccess is restarted, or the hash is put right (deploy).",
                 o->claim[h->which].label);
        return text;
    case HELD_NOT_THIS:
        return " The running service holds the hash of another certificate than the one it serves: "
               "clients are refused. --claim finds out which, among those that are known.";
    case HELD_ANY:
        return " A wrong hash is accepted as well: this service does not look at it, and its "
               "acceptance proves nothing.";
    case HELD_ACCEPTED:
        return " The hash was accepted, but the control with a wrong one could not be made: that "
               "proves little.";
    case HELD_NO_LOGON:
        return " Whether the running service accepts the hash is open: nobody could log on.";
    case HELD_UNKNOWN:
        break;
    }
    if (h->early_right == SSTP_REFUSED && h->early_wrong == SSTP_REFUSED && !o->account)
        return " The early calls were both refused: so does a service that holds another hash, and "
               "one that takes no binding before a logon. --claim or --user can tell.";
    return o->account ? " Whether the running service accepts the hash is open."
                      : " The early calls told nothing: this service treats the right hash and a "
                        "wrong one alike before a logon. Only --user can tell.";
}

void survey_judge(struct survey *s, const struct survey_options *o)
{
    const struct {
        enum survey_proof bit;
        const char *words;
    } proofs[] = {
        {PROVED_LISTENER, "listener alive"},
        {PROVED_CALLS, "SSTP answers"},
        {PROVED_ACCOUNT, "account accepted"},
        {PROVED_HASH, s->held.without_logon
                          ? "hash held by the running service (early calls: right one not refused, "
                            "wrong one refused)"
                          : "hash accepted by the running service (control refused)"},
    };
    const struct survey_look *main = &s->look[s->main];
    char proved[200] = "", more[480];
    size_t n = 0;

    s->proved = 0;
    s->failed = false;
    s->trouble[0] = '\0';
    if (s->dns.tried && !s->dns.ok)
        fails(s, s->dns.code);
    if (s->looks > 0 && main->probe.stage[SSTP_STAGE_TLS].ok)
        s->proved |= PROVED_LISTENER;
    if (s->looks > 0 && main->probe.stage[SSTP_STAGE_SSTP].ok)
        s->proved |= PROVED_CALLS;
    judge_looks(s);
    judge_held(s, o);
    for (size_t i = 0; i < sizeof proofs / sizeof proofs[0]; i++)
        if (s->proved & (unsigned)proofs[i].bit)
            n += (size_t)snprintf(proved + n, sizeof proved - n, "%s%s", n ? ", " : "",
                                  proofs[i].words);
    snprintf(s->verdict, sizeof s->verdict, "%s%s.%s%s%s%s%s",
             n ? "Proved: " : "Nothing was proved", proved, s->failed ? " Failed: " : "",
             s->trouble, s->failed ? "." : "",
             s->held_asked ? held_sentence(s, o, more, sizeof more) : "",
             s->withheld ? " The account was not used: the certificate did not pass."
             : !s->held_asked && (s->proved & PROVED_CALLS)
                 ? " Not proved: that the running service accepts the hash of this certificate "
                   "(that takes --user, or --early-binding)."
                 : "");
}
