/* SPDX-License-Identifier: Apache-2.0 */
/* os_posix.c - clock, lock, interrupt, environment, console. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "os_posix.h"
#include "text.h"

/* ---- interrupt ---- */

/* A signal can reach us in no other way than through a variable of this kind. */
/* NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables) */
static atomic_int interrupted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

void os_catch_interrupt(void)
{
    struct sigaction note = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    sigaction(SIGINT, &note, NULL);
    sigaction(SIGTERM, &note, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

bool os_interrupted(void)
{
    return interrupted != 0;
}

/* ---- clock ---- */

static int64_t real_now_s(void *user)
{
    (void)user;
    return time(NULL);
}

static int64_t real_monotonic_ms(void *user)
{
    struct timespec t;

    (void)user;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Only an interrupt that comes during the sleep cuts it short: after it, callers that have
 * cleaning up to do must still be able to wait. */
static void real_sleep_ms(void *user, int64_t ms)
{
    struct timespec left = {ms / 1000, (long)(ms % 1000) * 1000000};
    bool before = os_interrupted();

    (void)user;
    if (ms <= 0)
        return;
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
        if (!before && os_interrupted())
            return;
}

const struct clock os_clock = {real_now_s, real_monotonic_ms, real_sleep_ms, NULL};

/* ---- lock ---- */

struct os_lock {
    int fd;
};

static int busy(int fd, const char *path, struct err *err)
{
    char pid[24] = "";
    ssize_t n = pread(fd, pid, sizeof pid - 1, 0);

    pid[n < 0 ? 0 : n] = 0;
    pid[strspn(pid, "0123456789")] = 0;
    if (!*pid)
        return err_set(err, ERR_BUSY, "lock %s: held by another process", path);
    err_set(err, ERR_BUSY, "lock %s: held by process %s", path, pid);
    return err_hint(err, "wait for its end, a deploy may take some minutes; what it is: ps -p %s",
                    pid);
}

/* For the message alone: that it cannot be written is no reason to fail. */
static void write_pid(int fd)
{
    char pid[24];
    int n = snprintf(pid, sizeof pid, "%ld\n", os_pid());

    if (ftruncate(fd, 0) || n < 0 || pwrite(fd, pid, (size_t)n, 0) != n)
        return;
}

int os_lock_open(struct os_lock **out, const char *path, struct err *err)
{
    struct os_lock *l = NULL;
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600), rc = -1;

    if (fd < 0)
        return os_errno(err, "lock", path, "be opened");
    while ((rc = flock(fd, LOCK_EX | LOCK_NB)) != 0 && errno == EINTR)
        ;
    if (rc && errno == EWOULDBLOCK) {
        busy(fd, path, err);
        goto done;
    }
    if (rc) {
        os_errno(err, "lock", path, "be taken");
        goto done;
    }
    rc = -1;
    l = malloc(sizeof *l);
    if (!l) {
        err_set(err, ERR_FAIL, "lock %s: out of memory", path);
        goto done;
    }
    write_pid(fd);
    l->fd = fd;
    *out = l;
    rc = 0;
done:
    if (rc)
        os_close(fd);
    return rc;
}

void os_lock_close(struct os_lock *l)
{
    if (!l)
        return;
    /* The file stays: removing it would let a third process lock a file without a name. */
    os_close(l->fd);
    free(l);
}

/* ---- environment ---- */

bool os_elevated(void)
{
    return geteuid() == 0;
}

long os_pid(void)
{
    return (long)getpid();
}

char *os_getenv(const char *name)
{
    const char *value = getenv(name);

    return value ? strdup(value) : NULL;
}

int os_random(void *p, size_t len, struct err *err)
{
    char *at = p;

    while (len > 0) {
        ssize_t n = getrandom(at, len, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return os_errno(err, "random numbers of", "the system", "be had");
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

int os_default_config_dir(char **out, struct err *err)
{
    return text_dup(out, "/etc/rras-acme", err);
}

int os_default_state_dir(char **out, struct err *err)
{
    return text_dup(out, "/var/lib/rras-acme", err);
}

void os_describe(char *out, size_t size)
{
    struct utsname u;
    size_t len;

    if (uname(&u)) {
        snprintf(out, size, "unknown system");
        return;
    }
    len = strspn(u.release, "0123456789."); /* no distribution's suffix */
    while (len > 0 && u.release[len - 1] == '.')
        len--;
    snprintf(out, size, "%.64s %.*s", u.sysname, (int)len, u.release);
}

/* What os_protect of Windows puts in front; kept in step with os_secret_win32.c. */
static const char dpapi_mark[] = "DPAPI1";

int os_protect(const void *p, size_t len, struct buf *out, struct err *err)
{
    buf_add(out, p, len);
    return buf_check(out, "protected secret", err);
}

int os_unprotect(const void *p, size_t len, struct buf *out, struct err *err)
{
    if (len >= sizeof dpapi_mark && memcmp(p, dpapi_mark, sizeof dpapi_mark) == 0)
        return err_set(err, ERR_FAIL,
                       "protected secret: sealed on a Windows machine, which alone can open it");
    buf_add(out, p, len);
    return buf_check(out, "protected secret", err);
}

/* ---- console ---- */

void os_write(int stream, const char *p, size_t len)
{
    /* Nobody is left to be told when this fails. */
    if (os_write_all(stream, p, len))
        return;
}

bool os_read_line(char *out, size_t size)
{
    return fgets(out, (int)size, stdin) != NULL;
}

bool os_is_terminal(int stream)
{
    const char *term = getenv("TERM");

    return isatty(stream) && term && *term && strcmp(term, "dumb") != 0;
}

int os_terminal_width(int stream)
{
    struct winsize size;

    return ioctl(stream, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

bool os_terminal_unicode(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *value = NULL;

    for (size_t i = 0; i < sizeof names / sizeof *names && !(value && *value); i++)
        value = getenv(names[i]); /* the first that is not empty counts (POSIX 8.2) */
    return value && (strstr(value, "UTF-8") || strstr(value, "utf8") || strstr(value, "UTF8") ||
                     strstr(value, "utf-8"));
}

/* Started with closed streams, the next file we open would be number 1 and get our output. */
static void fill_streams(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO)
        close(fd);
}

int os_args(int argc, char **argv, int *out_argc, char ***out_argv, struct err *err)
{
    struct os_names args = {0};

    fill_streams();
    for (int i = 0; i < argc; i++)
        if (os_names_add(&args, argv[i], err))
            goto failed;
    if (os_names_end(&args, err))
        goto failed;
    *out_argc = argc;
    *out_argv = args.v;
    return 0;
failed:
    os_names_clear(&args);
    return -1;
}

void os_args_free(char **argv)
{
    for (char **a = argv; a && *a; a++)
        free(*a);
    free(argv);
}

int os_program_path(char **out, struct err *err)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);

    if (n <= 0)
        return err_sys(err, ERR_FAIL, ERR_SRC_ERRNO, (uint32_t)errno,
                       "our own program: where it lies cannot be found out");
    path[n] = 0;
    return text_dup(out, path, err);
}

void os_host_name(char *out, size_t size)
{
    if (size == 0 || gethostname(out, size) || !out[0])
        snprintf(out, size, "localhost");
    if (size > 0)
        out[size - 1] = 0;
    text_scrub(out);
}
