/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/init.h"

#include "deploy/deploy.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { PORT_USUAL = 443, PROVIDER_KEYS = 5 };

/* What each provider cannot do without. */
static const struct {
    const char *provider, *keys[PROVIDER_KEYS + 1];
} needs[] = {
    {"acme-dns", {"dns.acme-dns.api"}},
    {"rfc2136", {"dns.rfc2136.server", "dns.rfc2136.key_name", "dns.rfc2136.key_file"}},
    {"cloudflare", {"dns.cloudflare.token_file"}},
    {"azure",
     {"dns.azure.subscription", "dns.azure.resource_group", "dns.azure.tenant",
      "dns.azure.client_id", "dns.azure.client_secret_file"}},
    {"route53", {"dns.route53.access_key_id", "dns.route53.secret_key_file"}},
    {"powerdns", {"dns.powerdns.api", "dns.powerdns.key_file"}},
    {"exec", {"dns.exec.command"}},
    {"manual", {NULL}},
    {"builtin", {"dns.builtin.zone", "dns.builtin.ns"}},
};

/* ---- this machine ---- */

static void suggest(struct init *in, const char *key, const char *value)
{
    struct err err = {0};
    if (init_get(in, key) == NULL && init_set(in, key, value, &err) != 0)
        log_warn(&in->app->log, "%s", err.text);
}

/* What cannot be looked at is left to the one who asks, and to check. */
void init_look(struct init *in)
{
    const struct show *s = &in->app->out;
    struct deploy_found found;
    struct err err = {0};
    char port[16];
    const char *target = init_get(in, "deploy.target");
    if (target != NULL && strcmp(target, "rras") != 0)
        return;
    if (deploy_find(PORT_USUAL, &found, &err) != 0) {
        log_info(&in->app->log, "this machine was not looked at: %s", err.text);
        if (err.code == ERR_USAGE) /* there cannot be an RRAS */
            suggest(in, "deploy.target", "none");
        return;
    }
    if (!found.rras) {
        show_text(s, "found: no RRAS on this machine\n");
        suggest(in, "deploy.target", "none");
        return;
    }
    show_text(s, "found: RRAS with SSTP on port %d%s%s\n", found.port,
              found.subject[0] != '\0' ? ", its certificate is " : "", found.subject);
    suggest(in, "deploy.target", "rras");
    snprintf(port, sizeof(port), "%d", found.port);
    if (found.port != PORT_USUAL)
        suggest(in, "deploy.port", port);
    if (found.offload) {
        show_text(s, "found: TLS ends at a balancer (UseHttps is 0)\n");
        suggest(in, "deploy.mode", "offload");
    }
    if (found.foreign[0] != '\0')
        show_text(s,
                  "found: the binding on that port is %s's; deploy.binding \"share\" changes its "
                  "certificate,\n       and nothing is changed before you say so\n",
                  found.foreign);
}

/* ---- somebody at the terminal ---- */

/* An empty answer leaves the key out. */
static int ask(struct init *in, const char *key, const char *what, struct err *err)
{
    char question[512], answer[1024];
    if (!in->asks || init_get(in, key) != NULL)
        return 0;
    snprintf(question, sizeof(question), "%s (%s): ", what, key);
    os_write(2, question, strlen(question));
    if (!os_read_line(answer, sizeof(answer)) || os_interrupted())
        return err_set(err, ERR_USAGE, "init: given up; nothing was written");
    answer[strcspn(answer, "\r\n")] = '\0';
    return answer[0] != '\0' ? init_set(in, key, answer, err) : 0;
}

static int ask_terms(struct init *in, struct err *err)
{
    char answer[16];
    static const char question[] = "Have you read the CA's terms of service, and agree? Type yes: ";
    if (!in->asks || init_get(in, "acme.agree_tos") != NULL)
        return 0;
    os_write(2, question, strlen(question));
    if (!os_read_line(answer, sizeof(answer)) || !text_starts(answer, "yes"))
        return 0;
    return init_set(in, "acme.agree_tos", "true", err);
}

static int ask_provider(struct init *in, struct err *err)
{
    if (ask(in, "dns.provider",
            "What publishes the TXT record: acme-dns rfc2136 cloudflare azure route53 powerdns "
            "exec manual builtin",
            err) != 0)
        return -1;
    const char *provider = init_get(in, "dns.provider");
    for (size_t i = 0; provider != NULL && i < sizeof(needs) / sizeof(needs[0]); i++) {
        if (strcmp(needs[i].provider, provider) != 0)
            continue;
        for (const char *const *key = needs[i].keys; *key != NULL; key++)
            if (ask(in, *key, conf_key_help(*key), err) != 0)
                return -1;
    }
    return 0;
}

int init_ask(struct init *in, struct err *err)
{
    if (ask(in, "acme.directory", "The CA, empty for letsencrypt", err) != 0 ||
        ask(in, "acme.email", "Address for the CA's notices, empty for none", err) != 0 ||
        ask_terms(in, err) != 0 || ask_provider(in, err) != 0)
        return -1;
    return ask(in, "deploy.target", "Where to: rras, or none to issue only", err);
}
