/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_win32.h - certificate records of http.sys in Windows' form, for http_win32.c. A record is
 * translated field by field; struct binding holds all that HTTP_SERVICE_CONFIG_SSL_PARAM has.
 */
#ifndef RRAS_DEPLOY_HTTP_WIN32_H
#define RRAS_DEPLOY_HTTP_WIN32_H

#include <winsock2.h>

#include <windows.h>

#include <http.h>

#include "target.h"

#include <wchar.h>

enum { HTTP_ANSWER_BYTES = 64 * 1024 };
/* Configuration ids (HTTP_SERVICE_CONFIG_ID). */
enum { HTTP_CONFIG_LISTEN = 0, HTTP_CONFIG_SSL = 1, HTTP_CONFIG_URL_ACL = 2 };

/* HttpInitialize and HttpTerminate for configuration; HttpQueryServiceConfiguration into `answer`
 * (HTTP_ANSWER_BYTES). */
ULONG http_begin(void);
void http_end(void);
ULONG http_query(ULONG id, void *question, ULONG len, void *answer);
/* Changes a record in place; ERROR_PROC_NOT_FOUND where Windows has no such call. */
ULONG http_update(HTTP_SERVICE_CONFIG_SSL_SET *set);

/* 0.0.0.0 or :: with this port. */
SOCKADDR_STORAGE http_wildcard(enum family f, int port);

void http_guid_text(const GUID *g, char out[APP_ID_CHARS]);

/* A wide field into a fixed array; NULL is "". */
int http_take_text(const wchar_t *w, char *out, size_t size, struct err *err) MUST_CHECK;

/* From Windows. */
int http_take_param(const HTTP_SERVICE_CONFIG_SSL_PARAM *p, struct binding *out,
                    struct err *err) MUST_CHECK;

/* To Windows: the record, with the memory behind its pointers. To be cleared also after failure. */
struct http_param {
    HTTP_SERVICE_CONFIG_SSL_PARAM p;
    uint8_t hash[BINDING_HASH_BYTES];
    wchar_t *store, *ctl_identifier, *ctl_store;
};
int http_param_fill(struct http_param *out, const struct binding *b, struct err *err) MUST_CHECK;
void http_param_clear(struct http_param *p);

#endif
