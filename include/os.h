/* SPDX-License-Identifier: Apache-2.0 */
/*
 * os.h - files, lock, time, processes, random: what the platforms do differently.
 *
 * os_*_posix.c and os_*_win32.c each define it (what is common is in os.c); the build picks. Paths
 * are UTF-8. Files and folders made here are private: 0600/0700, on Windows a protected DACL for
 * SYSTEM and Administrators given at creation (and the present user, if that is neither: for tests
 * and unprivileged use). Every error names the path.
 */
#ifndef RRAS_OS_H
#define RRAS_OS_H

#include "buf.h"
#include "window.h"

/* ---- time ---- */

/* The clock a component is given, so that tests own time. `sleep_ms` is the only way to wait; the
 * real one returns early when an interrupt (os_interrupted) comes while it sleeps. */
struct clock {
    int64_t (*now_s)(void *user);        /* Unix seconds */
    int64_t (*monotonic_ms)(void *user); /* never goes back; origin unknown */
    void (*sleep_ms)(void *user, int64_t ms);
    void *user;
};
extern const struct clock os_clock; /* the real one */
extern const struct zone os_zone;   /* this machine's local time */
static inline int64_t clock_now(const struct clock *c)
{
    return c->now_s(c->user);
}
static inline int64_t clock_ms(const struct clock *c)
{
    return c->monotonic_ms(c->user);
}
static inline void clock_sleep(const struct clock *c, int64_t ms)
{
    c->sleep_ms(c->user, ms);
}

/* ---- files ---- */

/* Appends the whole file to out (whose cap is the limit). ERR_NOT_FOUND, ERR_DENIED, ERR_FAIL. */
int os_read_file(const char *path, struct buf *out, struct err *err) MUST_CHECK;
/* Temporary file beside it (exclusive, private), write, flush, rename over, flush the folder. On
 * failure the old file is untouched and nothing is left. Disk full is ERR_FAIL with its text. A
 * crash in between can leave a file PATH.tmp and 16 hex digits: os_sweep_dir. */
int os_write_file(const char *path, const void *p, size_t len, struct err *err) MUST_CHECK;
/* As os_write_file, with the rights that the folder (Windows) or the umask gives: for pages and
 * metrics that others shall read. */
int os_write_shared_file(const char *path, const void *p, size_t len, struct err *err) MUST_CHECK;
/* As os_write_file, but ERR_EXISTS if the path is there. */
int os_create_file(const char *path, const void *p, size_t len, struct err *err) MUST_CHECK;
/* Appends one record and flushes it. Creates the file, private. */
int os_append_file(const char *path, const void *p, size_t len, struct err *err) MUST_CHECK;
/* Makes the folder and its parents; those it makes are private. No error if it is there. */
int os_make_dir(const char *path, struct err *err) MUST_CHECK;
/* ERR_DENIED when others than us (root, SYSTEM, Administrators) may write into the folder, or it
 * belongs to somebody else, or it is a link; the text says how to mend it. */
int os_check_private(const char *path, struct err *err) MUST_CHECK;
/* As os_check_private for a file with a secret: others may not read it either. */
int os_check_secret_file(const char *path, struct err *err) MUST_CHECK;
/* For what SYSTEM (root) is going to run or to obey: nobody but SYSTEM, Administrators and
 * TrustedInstaller (root) can change this file or folder, add to the folder it lies in, or put
 * another one in the place of a folder above. Stricter than os_check_private: the present user does
 * not count, since what runs without elevation could change it, too. ERR_DENIED with the cure, also
 * for a path on another machine; ERR_USAGE for one that is not absolute. Links: refused on Windows;
 * elsewhere they are judged, and so is what they lead to. */
int os_check_trusted(const char *path, struct err *err) MUST_CHECK;
/* ERR_NOT_FOUND if it is not there. */
int os_remove_file(const char *path, struct err *err) MUST_CHECK;
/* Removes a folder with all in it; does not follow links. Not there = success. */
int os_remove_tree(const char *path, struct err *err) MUST_CHECK;
/* Rename over an existing file or onto an absent folder name; same volume. */
int os_rename(const char *from, const char *to, struct err *err) MUST_CHECK;
bool os_exists(const char *path);
/* -1 when it is not there, or no file. */
int64_t os_file_bytes(const char *path);
/* Calls each(user, name) for every entry but . and .., sorted by bytes; stops at a non-zero answer,
 * which is no error. ERR_NOT_FOUND if the folder is not there. */
int os_list_dir(const char *path, int (*each)(void *user, const char *name), void *user,
                struct err *err) MUST_CHECK;
/* True for what a crash of os_write_file leaves: "FILE.tmp" and 16 hex digits. only: of this FILE;
 * except: not of this one; NULL: no matter. */
bool os_is_leftover(const char *name, const char *only, const char *except);
/* Removes such files from a folder. For whoever keeps others from writing them just now. */
int os_sweep(const char *dir, const char *only, const char *except, struct err *err) MUST_CHECK;
/* What was put into a folder, or removed from it, survives a power cut from now on. */
int os_flush_dir(const char *path, struct err *err) MUST_CHECK;
/* Free bytes for us on the volume that holds path. */
int os_free_space(const char *path, int64_t *out_bytes, struct err *err) MUST_CHECK;

/* Joins with the platform's separator; an absolute name wins over the folder. */
int os_path_join(char **out, const char *folder, const char *name, struct err *err) MUST_CHECK;
/* The folder part of a path ("." if none). */
int os_path_dir(char **out, const char *path, struct err *err) MUST_CHECK;
bool os_path_absolute(const char *path);
/* The path made absolute, by the working folder; links stay. Caller frees. */
int os_path_full(char **out, const char *path, struct err *err) MUST_CHECK;

/* ---- lock ---- */

struct os_lock; /* opaque; released by close or by the end of the process */
/* ERR_BUSY if another process holds it (text tells its pid where known). */
int os_lock_open(struct os_lock **out, const char *path, struct err *err) MUST_CHECK;
void os_lock_close(struct os_lock *l);

/* ---- threads ---- */

struct os_thread; /* opaque */
/* Runs work(user) beside the caller. Each one that was started must be joined. Interrupts are left
 * to the first thread. */
int os_thread_start(struct os_thread **out, void (*work)(void *user), void *user,
                    struct err *err) MUST_CHECK;
/* Waits for its end and frees it. NULL: nothing. */
void os_thread_join(struct os_thread *t);

struct os_mutex; /* opaque; not recursive */
int os_mutex_open(struct os_mutex **out, struct err *err) MUST_CHECK;
void os_mutex_close(struct os_mutex *m);
/* NULL: there is one thread only, nothing is done. */
void os_mutex_lock(struct os_mutex *m);
void os_mutex_unlock(struct os_mutex *m);

/* ---- process ---- */

struct os_run {
    const char *const *argv; /* argv[0] = absolute path; no shell anywhere; NULL-ended */
    const char *const *env;  /* NULL-ended "K=V" list put over a clean environment; may be NULL */
    int64_t timeout_ms;
    size_t max_output; /* of stdout and stderr together; more is read and dropped */
};
/* Runs a program to its end with no standard input and no inherited handles; appends its output
 * (stdout and stderr, mixed) to out, after a failure too. On time-out the whole process group (job)
 * is ended and the code is ERR_TIMEOUT; an interrupt that comes meanwhile ends it as ERR_FAIL. What
 * the program has started and left behind is ended with it. *exit_code is set on success; a program
 * that a signal ended has 128 + its number. Batch files are refused (ERR_USAGE): cmd.exe, which
 * would run them, reads arguments as commands. */
int os_run(const struct os_run *r, struct buf *out, int *exit_code, struct err *err) MUST_CHECK;
/* os_catch_interrupt: from now on SIGINT, SIGTERM and Ctrl-C are only noted (the second one ends
 * the process), and SIGPIPE is an error of write. os_interrupted: whether one has come. */
void os_catch_interrupt(void);
bool os_interrupted(void);
/* Elevated administrator or SYSTEM; root. */
bool os_elevated(void);
/* Absolute path of the running program. Caller frees. */
int os_program_path(char **out, struct err *err) MUST_CHECK;
/* This machine's name, with its domain where it has one; "localhost" when it cannot be told. */
void os_host_name(char *out, size_t size);
long os_pid(void);

/* ---- environment ---- */

/* A copy, the caller's (free); NULL when it is not set. */
char *os_getenv(const char *name);
/* Cryptographic random from the system. */
int os_random(void *p, size_t len, struct err *err) MUST_CHECK;
/* Default folders: "%ProgramData%\rras-acme" or "/etc/rras-acme"; state likewise. Caller frees. */
int os_default_config_dir(char **out, struct err *err) MUST_CHECK;
int os_default_state_dir(char **out, struct err *err) MUST_CHECK;
/* "Linux 6.1", "Windows 10.0.20348", for User-Agent and reports. */
void os_describe(char *out, size_t size);
/* Secrets at rest: DPAPI for this machine on Windows, the bytes themselves elsewhere. The file's
 * permissions are the real guard; this is on top. Appends to out. */
int os_protect(const void *p, size_t len, struct buf *out, struct err *err) MUST_CHECK;
int os_unprotect(const void *p, size_t len, struct buf *out, struct err *err) MUST_CHECK;

/* ---- console (for the program; the core itself never prints) ---- */

/* stream 1 = stdout, 2 = stderr. Bytes are UTF-8; on a Windows console they go through
 * WriteConsoleW, into pipes and files unchanged. */
void os_write(int stream, const char *p, size_t len);
/* The next line of standard input with its end, in UTF-8, also where a Windows console has another
 * code page. False at the end, and when an interrupt came. */
bool os_read_line(char *out, size_t size);
bool os_is_terminal(int stream); /* and can show ANSI colours; 0 = stdin */
/* Characters in a line of the terminal; 0 = it is none, or does not say. */
int os_terminal_width(int stream);
/* The terminal shows more than ASCII. */
bool os_terminal_unicode(void);
/* UTF-8 arguments: on Windows from the wide command line. *out_argv is the caller's (os_args_free).
 * To be called first: it also opens those of the descriptors 0 to 2 that we were started without,
 * and from then on Windows takes DLLs by name from system32 alone.
 */
int os_args(int argc, char **argv, int *out_argc, char ***out_argv, struct err *err) MUST_CHECK;
void os_args_free(char **argv);

#endif
