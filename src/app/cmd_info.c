/* SPDX-License-Identifier: Apache-2.0 */
/* `version` and `help`. */
#include "src/app/app.h"
#include "src/app/doc.h"
#include "version.h"

#include <string.h>

int cmd_version(struct app *app)
{
    char system[96];
    os_describe(system, sizeof(system));
    show_text(&app->out, "rras-acme %s\n%s\n%s\n", RRAS_ACME_VERSION, https_library_versions(),
              system);
    if (app->args->json) {
        struct json *doc = doc_new("version", 0, NULL);
        json_put_string(doc, "program", RRAS_ACME_VERSION);
        json_put_string(doc, "libraries", https_library_versions());
        json_put_string(doc, "system", system);
        doc_print(doc);
    }
    return 0;
}

static const char global_options[] =
    "Options for every command:\n"
    "  --config DIR      configuration folder (rras-acme.json, conf.d/NAME.json)\n"
    "  --state DIR       state folder (accounts, certificates, journal)\n"
    "  --json            one JSON document on stdout, nothing else there\n"
    "  --log-level L     error, warn, info or debug\n"
    "  --log-file FILE   also write the log there\n"
    "  --no-color        no colours\n"
    "  --yes             answer every question with yes\n";

static const char exit_codes[] =
    "Exit codes: 0 done or nothing to do, 1 unforeseen, 2 usage or configuration, 3 the CA\n"
    "refused, 4 DNS, 5 network, 6 deploy failed and was rolled back, 7 deploy failed and could\n"
    "not be rolled back, 8 another instance runs, 9 a check failed, 10 postponed.\n";

static void show_overview(const struct show *s)
{
    show_styled(s, SHOW_BOLD, "rras-acme %s", RRAS_ACME_VERSION);
    show_text(s, ": keeps the certificate of a Windows VPN gateway (RRAS, SSTP) right\n\n");
    show_text(s, "Usage: rras-acme [options] COMMAND [NAME...]\n\n");
    for (const struct command_info *c = command_table; c->id != CMD_NONE; c++)
        show_text(s, "  %-10s%s\n", c->name, c->summary);
    show_text(s, "\n%s\n%s", global_options, exit_codes);
}

static void show_command(const struct show *s, const struct command_info *c)
{
    show_styled(s, SHOW_BOLD, "rras-acme %s %s\n", c->name, c->usage);
    show_text(s, "\n%s.\n", c->summary);
    if (c->text[0] != '\0')
        show_text(s, "\n%s\n", c->text);
    show_text(s, "\n%s", global_options);
}

int cmd_help(struct app *app)
{
    const struct args *a = app->args;
    struct err err = {0};
    const struct command_info *c = NULL;
    if (a->name_count > 0) {
        c = command_find(a->names[0]);
        if (c == NULL) {
            err_set(&err, ERR_USAGE, "help: there is no command %.80s", a->names[0]);
            show_error(&app->out, NULL, &err);
            if (a->json)
                doc_print(doc_new("help", err_exit_code(&err), &err));
            return err_exit_code(&err);
        }
    }
    if (a->json) {
        doc_print(doc_new("help", 0, NULL));
        return 0;
    }
    if (c != NULL)
        show_command(&app->out, c);
    else
        show_overview(&app->out);
    return 0;
}
