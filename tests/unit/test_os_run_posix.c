/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that are run, and the signals that reach whom. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os.h"
#include "test.h"
#include "text.h"

struct ran {
    int rc, code;
    const char *out;
    struct err err;
};

static struct ran run(struct test *t, const char *script, const char *const *env,
                      int64_t timeout_ms)
{
    const char *argv[] = {"/bin/sh", "-c", script, "sh", "a b", "*", "", NULL};
    struct os_run r = {argv, env, timeout_ms, 1000};
    struct ran ran = {.code = -1};
    struct buf out = BUF_INIT(2000);

    ran.rc = os_run(&r, &out, &ran.code, &ran.err);
    ran.out = test_text(t, "%s", buf_str(&out));
    buf_clear(&out);
    return ran;
}

enum { PLENTY_MS = 60000 };

static void programs_run_to_their_end(struct test *t)
{
    struct ran r = run(t, "printf '%s|' \"$@\"; echo err >&2; exit 3", NULL, PLENTY_MS);

    CHECK_INT(r.rc, 0);
    CHECK_INT(r.code, 3);
    CHECK_STR(r.out, "a b|*||err\n");
    r = run(t, "cat; kill -KILL $$", NULL, PLENTY_MS); /* there is nothing to read */
    CHECK_INT(r.rc, 0);
    CHECK_INT(r.code, 128 + SIGKILL);
    CHECK_STR(r.out, "");
}

static void output_is_capped(struct test *t)
{
    struct ran r = run(t, "i=0; while [ $i -lt 500 ]; do echo 0123456789; i=$((i+1)); done; exit 4",
                       NULL, PLENTY_MS);

    CHECK_INT(r.rc, 0);
    CHECK_INT(r.code, 4);
    CHECK_INT(strlen(r.out), 1000);
}

static void environment_is_clean(struct test *t)
{
    const char *env[] = {"RRAS_GIVEN=a b", "LANG=xx", NULL};
    struct ran r;

    setenv("RRAS_SECRET", "hunter2", 1);
    r = run(t, "env", env, PLENTY_MS);
    unsetenv("RRAS_SECRET");
    CHECK_INT(r.rc, 0);
    CHECK(strstr(r.out, "RRAS_GIVEN=a b\n") != NULL);
    CHECK(strstr(r.out, "LANG=xx\n") != NULL);
    CHECK(strstr(r.out, "LANG=C") == NULL);
    CHECK(strstr(r.out, "PATH=/") != NULL);
    CHECK(strstr(r.out, "hunter2") == NULL);
}

static void descriptors_stay_here(struct test *t)
{
    int fd = open("/dev/null", O_RDONLY); /* without O_CLOEXEC */
    struct ran r;

    REQUIRE(fd >= 0);
    r = run(t, test_text(t, "test -e /proc/self/fd/%d", fd), NULL, PLENTY_MS);
    CHECK_INT(r.code, 1);
    close(fd);
}

static void missing_programs_are_told(struct test *t)
{
    const char *argv[] = {"/no/such/program", NULL};
    struct os_run r = {argv, NULL, PLENTY_MS, 100};
    struct buf out = BUF_INIT(100);
    struct err err = {0};
    int code = 7;

    CHECK_INT(os_run(&r, &out, &code, &err), -1);
    CHECK_INT(err.code, ERR_NOT_FOUND);
    CHECK(strstr(err.text, "/no/such/program") != NULL);
    CHECK_INT(code, 7);
    buf_clear(&out);
}

/* The script's own child holds a pipe open; when it has ended, so does the pipe. */
static void time_out_ends_the_whole_group(struct test *t)
{
    const char *pipe_path = test_path(t, "pipe");
    struct pollfd p = {.events = POLLIN};
    struct ran r;
    char c;

    REQUIRE(mkfifo(pipe_path, 0600) == 0);
    p.fd = open(pipe_path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(p.fd >= 0);
    r = run(t, test_text(t, "echo begun; sleep 1000 >'%s' & wait", pipe_path), NULL, 200);
    CHECK_INT(r.rc, -1);
    CHECK_INT(r.err.code, ERR_TIMEOUT);
    CHECK_INT(r.code, -1);
    poll(&p, 1, PLENTY_MS);
    CHECK_INT(read(p.fd, &c, 1), 0);
    close(p.fd);
}

static void left_over_children_are_ended(struct test *t)
{
    struct ran r;

    signal(SIGCHLD, SIG_IGN); /* as some starters of programs leave it */
    r = run(t, "sleep 1000 & echo done", NULL, PLENTY_MS); /* it holds the output open */
    CHECK_INT(r.rc, 0);
    CHECK_INT(r.code, 0);
    CHECK_STR(r.out, "done\n");
}

/* In a child, as the flag stays set. */
static int interrupt_child(void)
{
    const char *argv[] = {"/bin/sh", "-c", "kill -INT $PPID; sleep 1000", NULL};
    const char *after[] = {"/bin/sh", "-c", "exit 0", NULL};
    struct os_run r = {argv, NULL, PLENTY_MS, 100};
    struct buf out = BUF_INIT(100);
    struct err err = {0};
    int code = 0, wrong = 0;

    os_catch_interrupt();
    if (os_interrupted())
        wrong |= 1;
    if (os_run(&r, &out, &code, &err) == 0 || err.code != ERR_FAIL)
        wrong |= 2;
    if (!os_interrupted())
        wrong |= 4;
    err_clear(&err);
    r.argv = after; /* cleaning up is still possible */
    if (os_run(&r, &out, &code, &err) || code != 0)
        wrong |= 8;
    buf_clear(&out);
    return wrong;
}

static void interrupts_are_noted(struct test *t)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0)
        _exit(interrupt_child());
    REQUIRE(pid > 0 && waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
}

struct thread_look {
    sigset_t blocked;
    int code; /* how a program ended that this thread has run and that ends itself by a signal */
};

static void look_as_thread(void *user)
{
    static const char *const argv[] = {"/bin/sh", "-c", "kill -TERM $$; exit 0", NULL};
    struct thread_look *look = user;
    struct os_run r = {argv, NULL, PLENTY_MS, 100};
    struct buf out = BUF_INIT(100);
    struct err err = {0};

    pthread_sigmask(SIG_SETMASK, NULL, &look->blocked);
    if (os_run(&r, &out, &look->code, &err))
        look->code = -1;
    buf_clear(&out);
}

static void signals_are_for_the_first_thread(struct test *t)
{
    struct thread_look look = {.code = 0};
    struct os_thread *thread = NULL;
    struct err err = {0};
    sigset_t mine;

    REQUIRE(os_thread_start(&thread, look_as_thread, &look, &err) == 0);
    pthread_sigmask(SIG_SETMASK, NULL, &mine);
    CHECK_INT(sigismember(&mine, SIGINT), 0);
    CHECK_INT(sigismember(&mine, SIGTERM), 0);
    os_thread_join(thread);
    CHECK_INT(sigismember(&look.blocked, SIGINT), 1);
    CHECK_INT(sigismember(&look.blocked, SIGTERM), 1);
    CHECK_INT(sigismember(&look.blocked, SIGHUP), 1);
    CHECK_INT(sigismember(&look.blocked, SIGSEGV), 0);
    CHECK_INT(look.code, 128 + SIGTERM); /* a program is born with none blocked */
}

const struct test_case suite_os_run_posix[] = {
    {"programs_run_to_their_end", programs_run_to_their_end},
    {"output_is_capped", output_is_capped},
    {"environment_is_clean", environment_is_clean},
    {"descriptors_stay_here", descriptors_stay_here},
    {"missing_programs_are_told", missing_programs_are_told},
    {"time_out_ends_the_whole_group", time_out_ends_the_whole_group},
    {"left_over_children_are_ended", left_over_children_are_ended},
    {"interrupts_are_noted", interrupts_are_noted},
    {"signals_are_for_the_first_thread", signals_are_for_the_first_thread},
    {NULL, NULL},
};
