/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.c - runs every file of the corpus through its target, with any compiler on any system.
 *
 *     fuzz-replay [CORPUS]         CORPUS/TARGET/FILE
 *
 * Prints each file before it is run, so that the last line names the one that ended the program.
 */
#include "fuzz.h"

#include "os.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_FILE_BYTES = 64 * 1024 };

static const struct target {
    const char *name;
    void (*run)(struct fuzz *f, const uint8_t *p, size_t len);
} targets[] = {
#define TARGET(name) {#name, fuzz_##name},
#include "fuzz_targets.inc"
};

struct fuzz {
    const struct target *target;
    const char *folder;
    unsigned broken; /* by the file that is being run */
    unsigned passed, failed;
};

void fuzz_broken(struct fuzz *f, const char *what, const char *file, int line)
{
    printf("  %s:%d: does not hold: %s\n", file, line, what);
    f->broken++;
}

static int replay_file(void *user, const char *name)
{
    struct fuzz *f = user;
    struct err err = {0};
    struct buf text = BUF_INIT(MAX_FILE_BYTES);
    char *path = NULL;

    printf("%s/%s\n", f->target->name, name);
    fflush(stdout);
    f->broken = 0;
    if (os_path_join(&path, f->folder, name, &err) || os_read_file(path, &text, &err)) {
        fuzz_broken(f, err.text, path ? path : name, 0);
    } else {
        /* A block of exactly this size, so that the sanitizer sees a read past its end. */
        uint8_t *exact = malloc(text.len ? text.len : 1);
        FUZZ_HOLDS(exact != NULL);
        for (size_t i = 0; exact && i < text.len; i++)
            exact[i] = (uint8_t)text.p[i];
        if (exact)
            f->target->run(f, exact, text.len);
        free(exact);
    }
    f->broken ? f->failed++ : f->passed++;
    free(path);
    buf_clear(&text);
    return 0;
}

int main(int argc, char **argv)
{
    const char *corpus = argc > 1 ? argv[1] : RRAS_FUZZ_CORPUS;
    struct fuzz f = {0};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        struct err err = {0};
        char *folder = NULL;
        unsigned before = f.passed + f.failed;
        f.target = &targets[i];
        if (os_path_join(&folder, corpus, f.target->name, &err) == 0) {
            f.folder = folder;
            if (os_list_dir(folder, replay_file, &f, &err))
                printf("%s\n", err.text);
        }
        if (f.passed + f.failed == before) {
            printf("%s: no corpus\n", f.target->name);
            f.failed++;
        }
        free(folder);
    }
    printf("%u passed, %u failed\n", f.passed, f.failed);
    return f.failed != 0;
}
