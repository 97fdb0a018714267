/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/renewal.h"

#include "text.h"

#include <string.h>

static bool same_names(const struct cert_info *leaf, const struct strings *names)
{
    if (leaf->name_count != names->n)
        return false;
    for (size_t i = 0; i < names->n; i++) {
        bool found = false;
        for (size_t k = 0; k < leaf->name_count && !found; k++)
            found = text_equal_nocase(leaf->names[k], names->v[i]);
        if (!found)
            return false;
    }
    return true;
}

static bool is_for(const char *pattern, const char *name)
{
    const char *rest = strchr(name, '.');
    if (text_equal_nocase(pattern, name))
        return true;
    return text_starts(pattern, "*.") && rest != NULL && text_equal_nocase(pattern + 1, rest);
}

const char *renewal_missing_name(const struct cert_info *leaf, const struct strings *names)
{
    for (size_t i = 0; i < names->n; i++) {
        bool found = false;
        for (size_t k = 0; k < leaf->name_count && !found; k++)
            found = is_for(leaf->names[k], names->v[i]);
        if (!found)
            return names->v[i];
    }
    return NULL;
}

int renewal_judge(const struct conf *conf, struct bundle *b, int64_t now, struct err *err)
{
    struct cert_wanted w = {.key = b->key, .now = now};
    const char *missing = renewal_missing_name(&b->leaf, &conf->names);
    char at[21];
    struct err e = {0};
    if (missing != NULL)
        return err_set(err, ERR_USAGE, "the certificate is not for %s", missing);
    if (cert_chain_check(&b->chain, &w, &e) != 0)
        return err_set(err, ERR_USAGE, "%s", e.text);
    text_time(b->leaf.not_before, at);
    if (b->leaf.not_before > now)
        return err_set(err, ERR_USAGE, "the certificate is not valid before %s", at);
    return 0;
}

bool renewal_lacks_issuer(const struct bundle *b)
{
    return b->chain.count == 1 && !b->leaf.self_signed;
}

bool renewal_is_lost(const char *name, const struct name_state *state, struct err *why)
{
    static const uint8_t none[SHA256_BYTES];
    bool had = state->directory[0] != '\0' || state->live_directory[0] != '\0' ||
               memcmp(state->elsewhere_sha256, none, sizeof(none)) != 0;
    return had && err_set(why, ERR_NOT_FOUND,
                          "certs/%s/live: the certificate that state.json tells of is gone; "
                          "treated as if there had never been one",
                          name) != 0;
}

bool renewal_elsewhere(const struct name_state *state, const struct cert_info *leaf)
{
    return memcmp(state->elsewhere_sha256, leaf->sha256, SHA256_BYTES) == 0;
}

bool renewal_knows_window(const struct name_state *state, const struct cert_info *leaf)
{
    return leaf != NULL && strcmp(state->ari.id, leaf->ari_id) == 0;
}

bool renewal_same_directory(const struct conf *conf, const struct name_state *state)
{
    return state->directory[0] == '\0' || strcmp(state->directory, conf->acme.directory) == 0;
}

struct renew_facts renewal_facts(const struct conf *conf, const struct name_state *state,
                                 const struct cert_info *leaf, int64_t now)
{
    struct renew_facts f = {.have = leaf != NULL,
                            .automatic = conf->renew.automatic,
                            .before_s = conf->renew.before_s,
                            .postponed_until = state->not_before_s,
                            .now = now};
    if (leaf == NULL)
        return f;
    f.not_before = leaf->not_before;
    f.not_after = leaf->not_after;
    f.names_changed = renewal_elsewhere(state, leaf)
                          ? renewal_missing_name(leaf, &conf->names) != NULL
                          : !same_names(leaf, &conf->names);
    f.revoked = memcmp(state->revoked_sha256, leaf->sha256, SHA256_BYTES) == 0;
    /* A turn to a staging directory must not by itself replace what clients trust. */
    f.directory_changed =
        !renewal_same_directory(conf, state) && !conf_is_staging(conf, conf->acme.directory);
    if (renewal_knows_window(state, leaf))
        f.renew_at = state->ari.renew_at;
    return f;
}

bool renewal_rejected(const struct name_state *state, const struct cert_info *held)
{
    return memcmp(state->rejected_sha256, held->sha256, SHA256_BYTES) == 0;
}

void renewal_limit(struct renew_facts *f, const struct conf *conf, const struct name_state *state,
                   const struct cert_info *live)
{
    f->revoked = f->revoked || memcmp(state->revoked_sha256, live->sha256, SHA256_BYTES) == 0;
    f->latest = live->not_after - conf->deploy.override_s;
}
