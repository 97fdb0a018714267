/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage.c - runs a program quietly and prints what it cost: exit code, CPU in microseconds (user
 * and system), peak memory in KiB. With the children that the program itself waited for.
 *
 *     usage PROGRAM [ARGUMENT...]
 *
 * A program's peak begins with that of the process it was started by; this one is small.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static int quiet(char **argv)
{
    int null = open("/dev/null", O_RDWR);
    if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
        return 126;
    execv(argv[0], argv);
    return 127;
}

static long long us(struct timeval t)
{
    return 1000000LL * t.tv_sec + t.tv_usec;
}

int main(int argc, char **argv)
{
    struct rusage use = {0};
    int status = 0;
    pid_t pid = argc > 1 ? fork() : -1;
    if (pid == 0)
        _exit(quiet(argv + 1));
    if (pid < 0 || wait4(pid, &status, 0, &use) != pid)
        return 2;
    printf("%d %lld %ld\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
           us(use.ru_utime) + us(use.ru_stime), use.ru_maxrss);
    return 0;
}
