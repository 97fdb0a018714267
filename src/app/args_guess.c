/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/args_guess.h"

#include <string.h>

/* The value of "--name value" or "--name=value"; NULL = another argument, or no value. */
static const char *value_of(const char *name, int argc, char *const *argv, int at)
{
    size_t len = strlen(name);
    if (strncmp(argv[at], name, len) != 0)
        return NULL;
    const char *value = argv[at][len] == '=' ? argv[at] + len + 1
                        : argv[at][len] == '\0' && at + 1 < argc && argv[at + 1][0] != '-'
                            ? argv[at + 1]
                            : NULL;
    return value != NULL && value[0] != '\0' ? value : NULL;
}

bool args_guess(struct args *out, int argc, char *const *argv)
{
    struct args a = {0};
    for (int i = 1; i < argc; i++) {
        const char *config = value_of("--config", argc, argv, i);
        const char *state = value_of("--state", argc, argv, i);
        if (a.command == NULL && (strcmp(argv[i], "run") == 0 || strcmp(argv[i], "watchdog") == 0))
            a.command = command_find(argv[i]);
        a.config_dir = config != NULL ? config : a.config_dir;
        a.state_dir = state != NULL ? state : a.state_dir;
        a.json = a.json || strcmp(argv[i], "--json") == 0;
    }
    if (a.command == NULL)
        return false;
    *out = a;
    return true;
}
