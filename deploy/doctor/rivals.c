/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/rivals.h"

#include "text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* What their own installers and guides call tasks, programs and services. simple-acme stands before
 * win-acme, whose wacs.exe it inherited. "Certify" alone is an English verb. */
static const struct {
    const char *word, *client;
} words[] = {
    {"simple-acme", "simple-acme"},
    {"win-acme", "win-acme"},
    {"wacs", "win-acme"},
    {"letsencrypt-win-simple", "win-acme"},
    {"posh-acme", "Posh-ACME"},
    {"submit-renewal", "Posh-ACME"},
    {"certify the web", "Certify The Web"},
    {"certifytheweb", "Certify The Web"},
    {"certify certificate manager", "Certify The Web"},
    {"certify ssl manager", "Certify The Web"},
    {"certifymanager", "Certify The Web"},
    {"certify.exe", "Certify The Web"},
    {"certify.cli", "Certify The Web"},
    {"certify.service", "Certify The Web"},
    {"certify.server", "Certify The Web"},
    {"certify.core", "Certify The Web"},
    {"certkit", "CertKit"},
    {"certkitagent", "CertKit"},
    {"certbot", "certbot"},
    {"lego", "lego"},
    {"acme.sh", "acme.sh"},
};

static bool is_part(char c)
{
    return isalnum((unsigned char)c) != 0;
}

static bool holds_word(const char *lower, const char *word)
{
    size_t n = strlen(word);

    for (const char *at = strstr(lower, word); at; at = strstr(at + 1, word))
        if ((at == lower || !is_part(at[-1])) && !is_part(at[n]))
            return true;
    return false;
}

const char *rival_client(const char *text)
{
    enum { STRETCH = 4096, OVERLAP = 64 }; /* longer than any of the words */
    char lower[STRETCH + 1];

    /* Stretch by stretch: a task's XML may be long. */
    for (size_t begin = 0, len = strlen(text); begin < len; begin += STRETCH - OVERLAP) {
        size_t n = len - begin < STRETCH ? len - begin : STRETCH;
        memcpy(lower, text + begin, n);
        lower[n] = '\0';
        text_lower(lower);
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            if (holds_word(lower, words[i].word))
                return words[i].client;
    }
    return NULL;
}

/* Whether a name may go on with it: vpn.example.com is not in www.vpn.example.com. */
static bool is_name_part(char c)
{
    return is_part(c) || c == '.' || c == '-' || c == '_' || c == '*';
}

static bool holds_name(const char *text, const char *name)
{
    size_t n = strlen(name), len = strlen(text);

    for (size_t at = 0; n > 0 && at + n <= len; at++) {
        size_t i = 0;
        while (i < n && tolower((unsigned char)text[at + i]) == tolower((unsigned char)name[i]))
            i++;
        if (i == n && (at == 0 || !is_name_part(text[at - 1])) && !is_name_part(text[at + n]))
            return true;
    }
    return false;
}

static bool holds_ours(const struct rivals *r, const char *text)
{
    for (size_t i = 0; i < r->name_count; i++)
        if (holds_name(text, r->names[i]))
            return true;
    return false;
}

static void add(struct rivals *r, const struct rival *found)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->of[i].service == found->service && text_equal_nocase(r->of[i].name, found->name))
            return;
    if (r->n < RIVALS_MAX)
        r->of[r->n++] = *found;
}

void rivals_add_task(struct rivals *r, const char *path, bool enabled, const char *actions)
{
    struct rival found = {.client = rival_client(path)};

    if (!found.client)
        found.client = rival_client(actions);
    found.ours = holds_ours(r, path) || holds_ours(r, actions);
    text_copy(found.name, sizeof found.name, path);
    if (found.client && enabled)
        add(r, &found);
}

void rivals_add_service(struct rivals *r, const char *name, const char *display,
                        const struct service *now)
{
    struct rival found = {.service = true, .client = rival_client(name)};

    if (!found.client)
        found.client = rival_client(display);
    found.running = now->exists && now->state != SERVICE_IS_STOPPED;
    text_copy(found.name, sizeof found.name, name);
    if (found.client && (found.running || now->start_type == SERVICE_START_AUTOMATIC))
        add(r, &found);
}

void rivals_text(const struct rivals *r, char out[RIVALS_TEXT_BYTES])
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < r->n && used < RIVALS_TEXT_BYTES; i++) {
        const struct rival *v = &r->of[i];
        const char *state = v->service ? (v->running ? ", running" : ", starts by itself")
                            : v->ours  ? ", for our name"
                                       : "";
        int n = snprintf(out + used, RIVALS_TEXT_BYTES - used, "%s%s \"%s\" (%s%s)", i ? ", " : "",
                         v->service ? "service" : "scheduled task", v->name, v->client, state);
        used += n > 0 ? (size_t)n : 0;
    }
}

static const struct rival *first_ours(const struct rivals *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->of[i].ours)
            return &r->of[i];
    return NULL;
}

bool rivals_ours(const struct rivals *r)
{
    return first_ours(r) != NULL;
}

void rivals_cure(const struct rivals *r, char out[RIVALS_TEXT_BYTES])
{
    const struct rival *v = rivals_ours(r) ? first_ours(r) : &r->of[0];

    if (r->n == 0)
        out[0] = '\0';
    else if (v->service)
        snprintf(out, RIVALS_TEXT_BYTES,
                 "sc stop %s, sc config %s start= disabled; docs/migrate.md tells the order",
                 v->name, v->name);
    else
        snprintf(out, RIVALS_TEXT_BYTES,
                 "schtasks /change /disable /tn \"%s\"; docs/migrate.md tells the order", v->name);
}
