/* SPDX-License-Identifier: Apache-2.0 */
/* doc.h - the JSON documents of --json: one on stdout, whatever happens. */
#ifndef RRAS_APP_DOC_H
#define RRAS_APP_DOC_H

#include "json.h"
#include "report.h"

enum { DOC_VERSION = 1 };

/* {version, command, ok, exit_code, error}; members are added by the command. err may be NULL. */
struct json *doc_new(const char *command, int exit_code, const struct err *err);
/* null, or {code, source, os_code, message, hint, problem}. */
struct json *doc_error(const struct err *err);
struct json *doc_steps(const struct steps *steps);
struct json *doc_checks(const struct checks *checks);
/* Prints and frees. */
void doc_print(struct json *doc);

#endif
