/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trust.h - who could change what we obey while we have administrator's rights: whoever can write
 * the configuration, or a program that it starts, can do what we can.
 *
 * What is started by somebody else's wish is refused. The rest of a configuration that others can
 * write makes SYSTEM read and write files, too, but a gateway is not left without its renewal for
 * it: that is told, as a lasting trouble, until it is mended.
 */
#ifndef RRAS_APP_TRUST_H
#define RRAS_APP_TRUST_H

#include "src/app/tidings.h"

/* All of these: 0, or ERR_DENIED that names the path, with the cure as hint. */
/* The folder, rras-acme.json, and every name's file and program. */
int trust_all(const struct app *app, struct err *err) MUST_CHECK;
/* What concerns one name. */
int trust_name(const struct app *app, const struct conf *c, struct err *err) MUST_CHECK;

/* When we have administrator's rights, and dns.exec starts something by the wish of somebody who
 * has not: ERR_USAGE. */
int trust_started(const struct app *app, const struct conf *c, struct err *err) MUST_CHECK;
/* With administrator's rights: tells of the rest, or of its end. */
void trust_tell(struct tidings *t);

#endif
