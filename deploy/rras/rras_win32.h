/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rras_win32.h - the Windows files of the target, among themselves. Each function is one operation
 * of struct target, or the part of `observe` that the file knows.
 */
#ifndef RRAS_DEPLOY_RRAS_WIN32_H
#define RRAS_DEPLOY_RRAS_WIN32_H

#include "target.h"

#include <wchar.h>

/* ---- values_win32.c: SstpSvc's registry values ---- */
/* A missing key = all values absent. */
int values_observe(struct raw_value out[VALUE_COUNT], struct err *err) MUST_CHECK;
/* Parameters\\ConfigStore, and when Parameters was written (Unix ms). */
void values_observe_store(struct config_store *out);
int values_written_at(int64_t *out_ms, struct err *err) MUST_CHECK;
int values_set(enum value_id id, const struct raw_value *v, struct err *err) MUST_CHECK;

/* ---- http_win32.c: certificate records of http.sys ---- */
/* The two wildcards and every other record on the port. */
int http_observe(int port, struct observed *out, struct err *err) MUST_CHECK;
/* The listen list and the reservation of SstpSvc's URL. */
void http_observe_beside(int port, struct observed *out);
int http_set_binding(enum family f, int port, const struct binding *b, struct err *err) MUST_CHECK;

/* ---- store_win32.c, key_win32.c: certificate stores and private keys ---- */
int certs_observe(struct observed *out, struct err *err) MUST_CHECK;
int certs_import(const struct import_request *q, struct key_ref *out, struct err *err) MUST_CHECK;
int certs_add_intermediate(const uint8_t *der, size_t len, struct err *err) MUST_CHECK;
int certs_prove_key(const uint8_t sha1[SHA1_BYTES], struct err *err) MUST_CHECK;
int certs_remove(const uint8_t sha1[SHA1_BYTES], const struct key_ref *key,
                 struct err *err) MUST_CHECK;
int certs_sweep_keys(const struct public_key *key, struct err *err) MUST_CHECK;
int certs_drop_key(const char *container, bool *gone, struct err *err) MUST_CHECK;

/* ---- service_win32.c ---- */
int service_query_one(const char *name, struct service *out, struct err *err) MUST_CHECK;
int service_command_stop(const char *name, struct err *err) MUST_CHECK;
int service_command_start(const char *name, struct err *err) MUST_CHECK;
int service_list_dependents(const char *name, struct service_list *out, struct err *err) MUST_CHECK;
/* Running or not. */
int service_list_all_dependents(const char *name, struct service_list *out,
                                struct err *err) MUST_CHECK;
/* One of the machine's services; the strings are gone after the call. */
struct service_entry {
    const wchar_t *name, *display;
    uint32_t pid; /* 0 = does not run */
};
/* Calls `each` for every service that runs, or for all. */
int service_each(bool all, void (*each)(void *user, const struct service_entry *s), void *user,
                 struct err *err) MUST_CHECK;
/* How many services this process hosts. */
int service_count_in_process(uint32_t pid, uint32_t *out, struct err *err) MUST_CHECK;

/* ---- beside_win32.c: what no deploy depends on ---- */
/* Everything with a struct seen that is no record or value, but for the listener and the
 * addresses, which have a look of their own. The values and services of *o were looked at. */
void beside_observe(struct observed *o);
void beside_observe_listener(struct observed *o);
void beside_observe_addresses(struct local_addresses *out);
/* VPN sessions of every type; fails where RRAS does not run, or Windows has no mprapi.dll. */
int sessions_count(uint32_t *out, struct err *err) MUST_CHECK;

/* ---- events_win32.c ---- */
int events_mark(uint64_t *out, struct err *err) MUST_CHECK;
int events_since(uint64_t mark, struct log_events *out, struct err *err) MUST_CHECK;
/* Events of the System log. `each` ends the reading with a non-zero answer, which is no error. */
struct events_query {
    const char *xpath;
    bool newest_first;
    int (*each)(void *user, const struct log_event *e);
    void *user;
};
int events_read(const struct events_query *q, struct err *err) MUST_CHECK;

/* ---- all ---- */
/* Marks a piece as unreadable. */
void seen_fail(struct seen *s, const struct err *why);

/* ---- http_loopback_win32.c: records of 127.0.0.1 and [::1], where nobody is served ---- */
/* struct target's try_binding and drop_trial; what follows is for the selftest as well. */
int http_try_binding(int port, const uint8_t sha1[SHA1_BYTES], struct err *err) MUST_CHECK;
int http_drop_trial(int port, struct err *err) MUST_CHECK;
/* Changes in place, or fails with ERROR_PROC_NOT_FOUND; deletes and sets, with a moment without. */
enum http_how { HTTP_HOW_SET, HTTP_HOW_UPDATE, HTTP_HOW_REPLACE };
/* absent: present = false */
int http_loopback_read(enum family f, int port, struct binding *out, struct err *err) MUST_CHECK;
int http_loopback_write(enum family f, int port, const struct binding *b, enum http_how how,
                        struct err *err) MUST_CHECK;
/* Only one with this AppId; absent = success. */
int http_loopback_remove(enum family f, int port, const char *app_id, struct err *err) MUST_CHECK;

#endif
