/* SPDX-License-Identifier: Apache-2.0 */
/* `probe --json`. */
#include "deploy/sstp/message.h"
#include "src/app/doc.h"
#include "src/app/probe_cmd.h"
#include "text.h"

#include <string.h>

static void put_hex(struct json *o, const char *key, const uint8_t *p, size_t len)
{
    char hex[2 * SHA256_BYTES + 1];
    text_hex(p, len, hex);
    json_put_string(o, key, hex);
}

static void put_stage(struct json *stages, const char *name, const struct sstp_stage_result *s)
{
    struct json *o;
    if (!s->tried)
        return;
    o = json_new_object();
    json_put_string(o, "stage", name);
    json_put_bool(o, "ok", s->ok);
    json_put_integer(o, "ms", s->ms);
    json_put_string(o, "code", s->code);
    json_put_string(o, "detail", s->detail);
    json_append(stages, o);
}

static void put_stages(struct json *stages, const struct sstp_probe_result *r, int first, int last)
{
    for (int i = first; i <= last; i++)
        put_stage(stages, sstp_stage_name((enum sstp_stage)i), &r->stage[i]);
}

static struct json *hash_protocols(uint8_t mask)
{
    struct json *a = json_new_array();
    if (mask & SSTP_HASH_SHA256)
        json_append_string(a, "sha256");
    if (mask & SSTP_HASH_SHA1)
        json_append_string(a, "sha1");
    return a;
}

static struct json *certificate(const struct survey_look *look)
{
    const struct cert_info *c = &look->probe.leaf;
    struct json *o, *names;
    if (!look->probe.has_leaf)
        return NULL;
    o = json_new_object();
    names = json_new_array();
    json_put_bool(o, "ok", look->cert.ok);
    json_put_string(o, "code", look->cert.code);
    json_put_string(o, "finding", look->cert.finding);
    put_hex(o, "sha256", c->sha256, SHA256_BYTES);
    put_hex(o, "sha1", c->sha1, SHA1_BYTES);
    json_put_time(o, "not_before", c->not_before);
    json_put_time(o, "not_after", c->not_after);
    json_put_integer(o, "days_left", look->cert.days_left);
    for (size_t i = 0; i < c->name_count; i++)
        json_append_string(names, c->names[i]);
    json_put(o, "names", names);
    json_put_string(o, "issuer", c->issuer);
    json_put_string(o, "key", c->key);
    json_put_bool(o, "server_auth", c->server_auth);
    json_put_integer(o, "sent", (int64_t)look->probe.chain_count);
    json_put_bool(o, "issuer_sent", look->probe.issuer_sent);
    json_put_string(o, "crl", c->crl_url[0] != '\0' ? c->crl_url : NULL);
    return o;
}

static void put_or_null(struct json *o, const char *key, struct json *value)
{
    if (value != NULL)
        json_put(o, key, value);
    else
        json_put_null(o, key);
}

static struct json *address(const struct survey_look *look)
{
    struct json *o = json_new_object(), *stages = json_new_array();
    char text[72];
    net_addr_text(&look->addr, text);
    json_put_string(o, "address", text);
    json_put_bool(o, "sni", look->with_name);
    json_put_bool(o, "ok",
                  sstp_probe_failed(&look->probe) == NULL &&
                      (!look->probe.has_leaf || look->cert.ok));
    put_stages(stages, &look->probe, SSTP_STAGE_TCP, SSTP_STAGE_SSTP);
    json_put(o, "stages", stages);
    json_put_string(o, "tls_version",
                    look->probe.tls_version[0] != '\0' ? look->probe.tls_version : NULL);
    json_put_integer(o, "get_status", look->get_status);
    json_put_integer(o, "head_status", look->head_status);
    json_put_string(o, "server", look->probe.server[0] != '\0' ? look->probe.server : NULL);
    json_put(o, "hash_protocols", hash_protocols(look->probe.hash_mask));
    put_or_null(o, "certificate", certificate(look));
    return o;
}

static const char *answer_name(enum sstp_answer a)
{
    static const char *const names[] = {NULL, "accepted", "refused", "ended", "unproven"};
    return names[a];
}

static struct json *held(const struct survey *s, const struct survey_options *o)
{
    static const char *const verdicts[] = {"unknown", "served",   "other",   "not_this",
                                           "any",     "accepted", "no_logon"};
    struct json *j = json_new_object();
    json_put_string(j, "verdict", verdicts[s->held.verdict]);
    json_put_bool(j, "without_logon", s->held.without_logon);
    json_put_string(j, "early_right", answer_name(s->held.early_right));
    json_put_string(j, "early_wrong", answer_name(s->held.early_wrong));
    json_put_string(j, "control", answer_name(s->held.control));
    json_put_string(j, "claim",
                    s->held.verdict == HELD_OTHER ? o->claim[s->held.which].label : NULL);
    json_put_integer(j, "logons", s->held.logons);
    return j;
}

struct json *probe_doc(const struct survey *s, const struct survey_options *o, int exit_code,
                       const struct err *err)
{
    static const enum survey_proof proofs[] = {PROVED_LISTENER, PROVED_CALLS, PROVED_ACCOUNT,
                                               PROVED_HASH};
    struct json *doc = doc_new("probe", exit_code, err), *stages = json_new_array(),
                *addresses = json_new_array(), *proved = json_new_array();
    const struct survey_look *main = &s->look[s->main];
    json_put_string(doc, "host", o->host);
    json_put_integer(doc, "port", o->port);
    put_stage(stages, "dns", &s->dns);
    if (s->looks > 0)
        put_stages(stages, &main->probe, SSTP_STAGE_TCP, SSTP_STAGE_SSTP);
    put_stages(stages, &s->held.logon, SSTP_STAGE_LCP, SSTP_STAGE_BINDING);
    json_put(doc, "stages", stages);
    put_or_null(doc, "certificate", certificate(main));
    json_put(doc, "hash_protocols", hash_protocols(main->probe.hash_mask));
    for (size_t i = 0; i < s->looks; i++)
        json_append(addresses, address(&s->look[i]));
    json_put(doc, "addresses", addresses);
    put_or_null(doc, "held", s->held_asked ? held(s, o) : NULL);
    for (size_t i = 0; i < sizeof(proofs) / sizeof(proofs[0]); i++)
        if (s->proved & (unsigned)proofs[i])
            json_append_string(proved, survey_proof_name(proofs[i]));
    json_put(doc, "proved", proved);
    json_put_string(doc, "trouble", s->trouble[0] != '\0' ? s->trouble : NULL);
    json_put_string(doc, "verdict", s->verdict);
    return doc;
}
