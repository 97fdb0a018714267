/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program of the administrator's: COMMAND... present|cleanup FQDN VALUE.
 *
 * No shell, a clean environment, no inherited handles. VALUE is base64url and may begin with '-'.
 */
#include "publish/program.h"
#include "publish/publish.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_OUTPUT_BYTES = 16 * 1024, OWN_ARGS = 3 };

struct exec {
    const struct conf *conf;
    const struct log *log;
};

/* The last line that has something in it: where programs say what went wrong. */
static void last_line(const char *text, size_t len, struct buf *out)
{
    size_t begin;

    while (len > 0 && strchr("\r\n\t ", text[len - 1]))
        len--;
    for (begin = len; begin > 0 && text[begin - 1] != '\n' && text[begin - 1] != '\r';)
        begin--;
    buf_put_foreign(out, text + begin, len - begin < 300 ? len - begin : 300);
}

static int judge(const struct exec *x, const char *action, const struct publish_record *r,
                 int exit_code, const struct buf *output, struct err *err)
{
    const char *program = x->conf->dns.exec.command.v[0];
    struct buf line = BUF_INIT(2048);

    if (exit_code != 0) {
        last_line(buf_str(output), output->len, &line);
        err_set(err, ERR_DNS, "program %s: %s %s ended with %d%s%s", program, action, r->fqdn,
                exit_code, line.len ? ": " : " and said nothing", buf_str(&line));
    }
    buf_clear(&line);
    return exit_code == 0 ? 0 : -1;
}

static int run(struct exec *x, const char *action, const struct publish_record *r, struct err *err)
{
    const struct strings *command = &x->conf->dns.exec.command;
    const char **argv = calloc(command->n + OWN_ARGS + 1, sizeof *argv);
    struct buf output = BUF_INIT(MAX_OUTPUT_BYTES);
    int exit_code = -1, rc = -1;
    size_t n = 0;

    if (!argv)
        return err_set(err, ERR_FAIL, "program %s: out of memory", command->v[0]);
    while (n < command->n) {
        argv[n] = command->v[n];
        n++;
    }
    argv[n++] = action;
    argv[n++] = r->fqdn;
    argv[n++] = r->value;
    struct os_run job = {
        .argv = argv, .timeout_ms = x->conf->dns.exec.timeout_ms, .max_output = MAX_OUTPUT_BYTES};
    /* Again each time: rights may have changed since it was opened. */
    if (program_check(command->v[0], err))
        goto done;
    log_info(x->log, "exec: %s %s %s", command->v[0], action, r->fqdn);
    if (os_run(&job, &output, &exit_code, err)) {
        err->code = ERR_DNS; /* whatever it was, publishing failed */
        goto done;
    }
    rc = judge(x, action, r, exit_code, &output, err);
done:
    buf_clear(&output);
    free(argv);
    return rc;
}

static int present(void *self, const struct publish_record *r, struct err *err)
{
    return run(self, "present", r, err);
}

static int cleanup(void *self, const struct publish_record *r, struct err *err)
{
    return run(self, "cleanup", r, err);
}

int publish_exec_open(struct publisher *out, const struct publish_env *env, struct err *err)
{
    const struct strings *command = &env->conf->dns.exec.command;
    struct exec *x;

    if (command->n == 0)
        return err_set(err, ERR_USAGE, "dns.exec.command: not given");
    if (!os_path_absolute(command->v[0]))
        return err_set(err, ERR_USAGE, "dns.exec.command: %s is not an absolute path",
                       command->v[0]);
    if (program_check(command->v[0], err))
        return err_context(err, "dns.exec.command");
    x = calloc(1, sizeof *x);
    if (!x)
        return err_set(err, ERR_FAIL, "dns.exec: out of memory");
    x->conf = env->conf;
    x->log = env->log;
    *out = (struct publisher){
        .name = "exec", .present = present, .cleanup = cleanup, .close = free, .self = x};
    return 0;
}
