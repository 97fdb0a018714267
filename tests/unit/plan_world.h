/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan is made of, for the plan suites. */
#ifndef PLAN_WORLD_H
#define PLAN_WORLD_H

#include "deploy/drive.h"
#include "test.h"

enum { PLAN_PORT = 443, NOW = 1800000000 };
#define IIS  "{4dc3e181-e14b-4a21-b022-59fc669b0914}"
#define SSTP "{ba195980-cd49-458b-9e23-c84ee0adcd75}"

/* Certificates are one letter: their hashes consist of it. */
void plan_hashes(char letter, uint8_t sha1[SHA1_BYTES], uint8_t sha256[SHA256_BYTES]);
void plan_add_cert(struct observed *o, char letter, bool has_key, int64_t not_after);
void plan_bind(struct observed *o, enum family f, char letter);
void plan_hash(struct observed *o, char letter);

/* A in place everywhere, RRAS runs. Free with observed_clear. */
void plan_machine(struct observed *o);
/* Both families, '-': cannot be reached. */
void plan_wire_shows(struct wire_view *v, char v4, char v6);
struct wanted plan_want(char letter);
/* The plan in one line. */
const char *plan_text(struct test *t, const struct plan *p);
void plan_give_to(struct binding *b, const char *app_id);

#endif
