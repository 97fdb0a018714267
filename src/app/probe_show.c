/* SPDX-License-Identifier: Apache-2.0 */
/* `probe` for people: one line a stage, the failures explained, and one sentence at the end. */
#include "src/app/probe_cmd.h"

#include "text.h"

#include <stdio.h>
#include <string.h>

static void show_meaning(const struct show *out, const char *code)
{
    const char *meaning = sstp_code_meaning(code);
    if (meaning != NULL)
        show_styled(out, SHOW_DIM, "                            %s\n", meaning);
}

static void show_line(const struct show *out, const char *name, const struct sstp_stage_result *s)
{
    char took[32];
    if (!s->tried)
        return;
    show_duration(s->ms, took);
    show_text(out, "  %-8s ", name);
    show_styled(out, s->ok ? SHOW_GOOD : SHOW_BAD, s->ok ? "ok  " : "FAIL");
    show_text(out, " %9s  ", took);
    if (!s->ok)
        show_text(out, "%s: ", s->code);
    show_text(out, "%s\n", s->detail);
    if (!s->ok)
        show_meaning(out, s->code);
}

static void show_stages(const struct show *out, const struct sstp_probe_result *r, int first,
                        int last)
{
    for (int i = first; i <= last; i++)
        show_line(out, sstp_stage_name((enum sstp_stage)i), &r->stage[i]);
}

static void status_text(int status, char out[16])
{
    if (status == 0)
        snprintf(out, 16, "no answer");
    else
        snprintf(out, 16, "%d", status);
}

static void show_status(const struct show *out, const struct survey_look *look)
{
    char get[16], head[16];
    bool healthy = look->get_status == 401 && look->head_status == 401;
    status_text(look->get_status, get);
    status_text(look->head_status, head);
    show_text(out, "  %-8s ", "get");
    show_styled(out, healthy ? SHOW_GOOD : SHOW_WARN, healthy ? "ok  " : "note");
    show_text(out, " %9s  GET %s, HEAD %s of the SSTP URL%s\n", "", get, head,
              healthy ? "" : " (RRAS answers 401)");
}

static void show_look(const struct show *out, const struct survey *s, size_t i)
{
    const struct survey_look *look = &s->look[i];
    const struct survey_look *before = i > 0 ? &s->look[i - 1] : NULL;
    char where[72];
    if (look->beside && before != NULL) {
        bool seen = look->probe.has_leaf && before->probe.has_leaf;
        bool same =
            seen && memcmp(look->probe.leaf.sha256, before->probe.leaf.sha256, SHA256_BYTES) == 0;
        show_text(out, "  %-8s ", "no SNI");
        show_styled(out, same ? SHOW_GOOD : SHOW_WARN, same ? "ok  " : "note");
        if (same)
            show_text(out, " %9s  the same certificate without a name\n", "");
        else if (seen)
            show_text(out, " %9s  without a name another certificate: %s\n", "",
                      look->probe.leaf.subject);
        else
            show_text(out, " %9s  without a name no certificate: %s\n", "",
                      look->probe.stage[SSTP_STAGE_TLS].detail);
        return;
    }
    net_addr_text(&look->addr, where);
    show_styled(out, SHOW_BOLD, "%s\n", where);
    show_stages(out, &look->probe, SSTP_STAGE_TCP, SSTP_STAGE_SSTP);
    if (look->probe.has_leaf)
        show_status(out, look);
}

static void show_certificate(const struct show *out, const struct survey_look *look)
{
    const struct cert_info *c = &look->probe.leaf;
    char hex[2 * SHA256_BYTES + 1], from[21], until[21], where[72];
    net_addr_text(&look->addr, where);
    show_styled(out, SHOW_BOLD, "certificate of %s\n", where);
    show_text(out, "  ");
    show_styled(out, look->cert.ok ? SHOW_GOOD : SHOW_BAD, look->cert.ok ? "ok  " : "FAIL");
    show_text(out, "  %s%s%s\n", look->cert.ok ? "" : look->cert.code, look->cert.ok ? "" : ": ",
              look->cert.finding);
    if (!look->cert.ok)
        show_meaning(out, look->cert.code);
    text_time(c->not_before, from);
    text_time(c->not_after, until);
    show_text(out, "        names   ");
    for (size_t i = 0; i < c->name_count; i++)
        show_text(out, "%s%s", i > 0 ? ", " : "", c->names[i]);
    show_text(out, "%s\n        issuer  %s\n        valid   %s to %s, %s\n",
              c->name_count == 0 ? "none" : "", c->issuer, from, until, c->key);
    text_hex(c->sha256, SHA256_BYTES, hex);
    show_text(out, "        sha256  %s\n", hex);
    text_hex(c->sha1, SHA1_BYTES, hex);
    show_text(out, "        sha1    %s\n        sent    %d certificate%s%s\n", hex,
              (int)look->probe.chain_count, look->probe.chain_count == 1 ? "" : "s",
              look->probe.issuer_sent || c->self_signed ? "" : "; that of the issuer is missing");
    if (c->crl_url[0] != '\0')
        show_text(out, "        CRL     %s\n", c->crl_url);
}

/* Each certificate once, however many addresses show it. */
static void show_certificates(const struct show *out, const struct survey *s)
{
    for (size_t i = 0; i < s->looks; i++) {
        const struct sstp_probe_result *r = &s->look[i].probe;
        bool known = !r->has_leaf;
        for (size_t j = 0; j < i && !known; j++)
            known = s->look[j].probe.has_leaf &&
                    memcmp(s->look[j].probe.leaf.sha256, r->leaf.sha256, SHA256_BYTES) == 0;
        if (!known)
            show_certificate(out, &s->look[i]);
    }
}

static const char *answer_text(enum sstp_answer a)
{
    static const char *const texts[] = {"not asked", "not refused", "refused", "the call was ended",
                                        "hung up on"};
    return texts[a];
}

static void show_held(const struct show *out, const struct survey *s,
                      const struct survey_options *o)
{
    const struct held *h = &s->held;
    char where[72];
    if (!s->held_asked)
        return;
    net_addr_text(&s->look[s->main].addr, where);
    show_styled(out, SHOW_BOLD, "which hash the service at %s holds\n", where);
    show_text(out, "  early              without a logon: wrong hash %s, right hash %s\n",
              answer_text(h->early_wrong), answer_text(h->early_right));
    show_stages(out, &h->logon, SSTP_STAGE_LCP, SSTP_STAGE_BINDING);
    if (h->control != SSTP_NOT_ASKED)
        show_text(out, "  control            wrong hash after a logon: %s\n",
                  h->control == SSTP_ACCEPTED ? "accepted" : answer_text(h->control));
    if (h->verdict == HELD_OTHER)
        show_text(out, "  claim              accepted: %s\n", o->claim[h->which].label);
    if (h->note[0] != '\0')
        show_text(out, "  note               %s\n", h->note);
    if (o->account != NULL)
        show_text(out, "  logons             %u\n", h->logons);
}

void probe_show(const struct show *out, const struct survey *s, const struct survey_options *o)
{
    char name[300];
    snprintf(name, sizeof(name), "%s", o->host);
    show_styled(out, SHOW_BOLD, "probe of %s, port %u\n", name, (unsigned)o->port);
    show_line(out, "dns", &s->dns);
    for (size_t i = 0; i < s->looks; i++)
        show_look(out, s, i);
    show_certificates(out, s);
    show_held(out, s, o);
    show_text(out, "\n");
    show_styled(out, s->failed ? SHOW_BAD : SHOW_GOOD, "%s\n", s->verdict);
}
