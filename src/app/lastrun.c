/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/lastrun.h"

#include "json.h"
#include "os.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX_BYTES = 4096 };
#define RUN_FILE "run.json"

int lastrun_save(const char *state_dir, int64_t now, struct err *err)
{
    char text[64], at[21], *path = NULL;
    text_time(now, at);
    snprintf(text, sizeof(text), "{\"ended\": \"%s\"}\n", at);
    if (os_path_join(&path, state_dir, RUN_FILE, err) != 0)
        return -1;
    int rc = os_write_file(path, text, strlen(text), err);
    free(path);
    return rc;
}

int64_t lastrun_load(const char *state_dir)
{
    struct buf text = BUF_INIT(FILE_MAX_BYTES);
    struct json *doc = NULL;
    struct err ignored = {0};
    char *path = NULL;
    int64_t at = 0;
    if (os_path_join(&path, state_dir, RUN_FILE, &ignored) == 0 &&
        os_read_file(path, &text, &ignored) == 0 &&
        json_parse(&doc, buf_str(&text), text.len, path, &ignored) == 0 &&
        !json_get_time(doc, "ended", &at))
        at = 0;
    json_free(doc);
    buf_clear(&text);
    free(path);
    return at;
}
