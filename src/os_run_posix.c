/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os_posix.h"
#include "text.h"

/* How long the end of a child may go unnoticed, when its output does not tell. */
enum { SLICE_MS = 20 };

int os_base_env(struct os_names *out, struct err *err)
{
    static const char *const kept[] = {"HOME", "TZ", "TMPDIR"};

    if (os_names_add(out, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                     err) ||
        os_names_add(out, "LANG=C.UTF-8", err))
        return -1;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        const char *value = getenv(kept[i]);
        char *pair;
        int rc;

        if (!value)
            continue;
        if (text_fmt(&pair, err, "%s=%s", kept[i], value))
            return -1;
        rc = os_names_add(out, pair, err);
        free(pair);
        if (rc)
            return -1;
    }
    return 0;
}

bool os_same_env_name(const char *a, const char *b, size_t len)
{
    return strncmp(a, b, len) == 0;
}

/* ---- the child, between fork and exec: only calls that are safe in a signal handler ---- */

struct child {
    const char *const *argv;
    char *const *env;
    int output; /* write end */
    int failed; /* write end; gets errno when there is no exec, closed by it otherwise */
    long max_fd;
};

/* Descriptors of libraries that did not ask for close-on-exec. */
static void close_others(const struct child *c)
{
    for (int fd = STDERR_FILENO + 1; fd < c->max_fd; fd++)
        if (fd != c->failed)
            close(fd);
}

static void reset_signals(void)
{
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigset_t none;

    for (int i = 1; i < NSIG; i++)
        sigaction(i, &standard, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void run_child(const struct child *c)
{
    int number, null = open("/dev/null", O_RDONLY);

    setpgid(0, 0);
    reset_signals();
    if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(c->output, STDOUT_FILENO) >= 0 &&
        dup2(c->output, STDERR_FILENO) >= 0) {
        close_others(c);
        execve(c->argv[0], (char *const *)c->argv, c->env);
    }
    number = errno;
    if (write(c->failed, &number, sizeof number) < 0)
        _exit(126);
    _exit(127);
}

/* ---- the parent ---- */

struct running {
    const struct os_run *run;
    struct os_output output;
    int fd;     /* read end; -1 after its end */
    int failed; /* read end */
    pid_t pid;
    bool interrupted_before;
    int64_t deadline_ms;
};

static int start(struct running *r, char *const *env, struct err *err)
{
    int output[2] = {-1, -1}, failed[2] = {-1, -1}, rc = -1;
    const char *program = r->run->argv[0];
    struct child c = {.argv = r->run->argv, .env = env, .max_fd = sysconf(_SC_OPEN_MAX)};
    struct sigaction standard = {.sa_handler = SIG_DFL};

    sigaction(SIGCHLD, &standard, NULL); /* inherited as ignored it would hide the child's end */

    if (c.max_fd < 0 || c.max_fd > 65536)
        c.max_fd = 65536;
    if (pipe2(output, O_CLOEXEC) || pipe2(failed, O_CLOEXEC)) {
        os_errno(err, "program", program, "get a pipe");
        goto done;
    }
    c.output = output[1];
    c.failed = failed[1];
    r->pid = fork();
    if (r->pid == 0)
        run_child(&c);
    if (r->pid < 0) {
        os_errno(err, "program", program, "be started");
        goto done;
    }
    setpgid(r->pid, r->pid); /* here as well: whoever comes first */
    fcntl(output[0], F_SETFL, O_NONBLOCK);
    r->fd = output[0];
    r->failed = failed[0];
    output[0] = failed[0] = -1;
    rc = 0;
done:
    os_close(output[0]);
    os_close(output[1]);
    os_close(failed[0]);
    os_close(failed[1]);
    return rc;
}

/* Waits until exec has happened or failed. */
static int check_started(struct running *r, struct err *err)
{
    int number;
    ssize_t n;

    do
        n = read(r->failed, &number, sizeof number);
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof number)
        return 0;
    errno = number;
    return os_errno(err, "program", r->run->argv[0], "be started");
}

/* Takes what is there, without waiting; closes the pipe at its end. */
static void drain(struct running *r)
{
    char chunk[4096];
    ssize_t n = -1;

    while (r->fd >= 0 && ((n = read(r->fd, chunk, sizeof chunk)) > 0 || (n < 0 && errno == EINTR)))
        if (n > 0)
            os_output_add(&r->output, chunk, (size_t)n);
    if (r->fd >= 0 && n == 0) {
        close(r->fd);
        r->fd = -1;
    }
}

/* Looks without reaping: as long as the child is a zombie, its process group's number is not given
 * to anybody else and can be killed safely. */
static bool has_ended(const struct running *r)
{
    siginfo_t info = {0};

    return waitid(P_PID, (id_t)r->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

static int wait_for_end(struct running *r, struct err *err)
{
    for (;;) {
        struct pollfd p = {.fd = r->fd, .events = POLLIN}; /* a negative fd is passed over */

        bool ended = has_ended(r);

        drain(r); /* after the look, so that nothing it wrote is missed */
        if (ended)
            return 0;
        if (clock_ms(&os_clock) >= r->deadline_ms)
            return err_set(err, ERR_TIMEOUT, "program %s: did not end within %lld ms and was ended",
                           r->run->argv[0], (long long)r->run->timeout_ms);
        if (!r->interrupted_before && os_interrupted())
            return err_set(err, ERR_FAIL, "program %s: ended by an interrupt", r->run->argv[0]);
        poll(&p, 1, SLICE_MS);
    }
}

int os_run(const struct os_run *r, struct buf *out, int *exit_code, struct err *err)
{
    struct running now = {.run = r, .fd = -1, .failed = -1};
    struct os_names env = {0};
    int rc = -1, status = 0;

    now.interrupted_before = os_interrupted();
    now.deadline_ms = clock_ms(&os_clock) + r->timeout_ms;
    os_output_init(&now.output, r, out);
    if (os_run_check(r, err) || os_run_env(r, &env, err) || start(&now, env.v, err))
        goto done;
    rc = check_started(&now, err);
    if (rc == 0)
        rc = wait_for_end(&now, err);
    kill(-now.pid, SIGKILL); /* after a good end, what the program has left behind */
    while (waitpid(now.pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (rc == 0)
        *exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
done:
    os_close(now.fd);
    os_close(now.failed);
    os_names_clear(&env);
    return rc;
}
