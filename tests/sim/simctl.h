/* SPDX-License-Identifier: Apache-2.0 */
/*
 * simctl - the simulated machine's administrator: makes its state and shows it. Every command
 * prints one JSON document and ends with 0, or {"error": NUMBER, "call": "..."} and 1. lab.py is
 * its only user.
 */
#ifndef SIMCTL_H
#define SIMCTL_H

#include "sim_windows.h"
#include <stdbool.h>

/* ---- JSON to stdout ---- */

struct json {
    int depth;
    bool more[16]; /* whether something stands before the next value */
};
/* name is NULL inside an array */
void json_open(struct json *j, const char *name, char bracket);
void json_close(struct json *j, char bracket);
void json_text(struct json *j, const char *name, const WCHAR *value); /* NULL: null */
void json_hex(struct json *j, const char *name, const void *bytes, size_t n);
void json_number(struct json *j, const char *name, long long value);
void json_bool(struct json *j, const char *name, bool value);

/* ---- commands ---- */

/* Prints the failed call and returns 1. */
int simctl_fail(const char *call, DWORD error);

struct new_cert {
    const WCHAR *name;   /* host name: common name and SAN */
    const WCHAR *key;    /* rsa2048 rsa3072 rsa4096 ec256 ec384 */
    const WCHAR *usage;  /* server, client, none */
    int from_days, days; /* not before: now + from_days; life */
    const WCHAR *pfx;    /* also written here, with the password "sim"; NULL: not */
    bool import;
};
int cert_new(const struct new_cert *cert);
int cert_import(const WCHAR *file, const WCHAR *password);
int cert_remove(const WCHAR *sha1, bool with_key);
/* Signs with the certificate's key and verifies, as the machine would. */
int cert_prove(const WCHAR *sha1);

/* APP: a GUID, "sstp" or "iis". raw: written without http.sys's checks. */
int binding_set(const WCHAR *name, const WCHAR *sha1, const WCHAR *app, bool raw, DWORD flags);
int binding_remove(const WCHAR *name);

int services_install(void);
int service_command(const WCHAR *what, const WCHAR *name);    /* start stop restart control */
int service_start_type(const WCHAR *name, const WCHAR *type); /* auto manual disabled */
int service_account(const WCHAR *name, const WCHAR *account);
DWORD service_start_wait(const WCHAR *name);

/* The words of sim_sstp_settings.h for RemoteAccess; none: as it comes. */
int sstp_settings(const WCHAR *words);

/* type: dword, binary (hex), text, multi (words), absent */
/* SDDL without an owner. */
int registry_rights(const WCHAR *path, const WCHAR *sddl);
int registry_set(const WCHAR *path, const WCHAR *name, const WCHAR *type, const WCHAR *value);
/* The key with all that is below it; one that is not there is no failure. */
int registry_remove(const WCHAR *path);

int show(void);

/* As a program: an event of its own; what it can read of a channel; TLS at a URL until standard
 * input ends ("ready" when it listens). */
int event_write(const WCHAR *source, const WCHAR *type, const WCHAR *id, const WCHAR *text);
int events_read(const WCHAR *channel, const WCHAR *xpath, bool newest_first);
int url_serve(const WCHAR *url);

/* ---- shared ---- */

bool hex_to_bytes(const WCHAR *hex, BYTE *out, size_t n);

#endif
