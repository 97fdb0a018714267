/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registrations.h - registrations at an acme-dns server, as JSON. Pure.
 *
 *     {"vpn.example.com": {"username": "...", "password": "...", "fulldomain": "...",
 *                          "subdomain": "...", "allowfrom": []}, ...}
 *
 * The server's answers under the certificate's names: what other clients keep, too, so that a
 * registration can be taken over from them.
 */
#ifndef RRAS_PUBLISH_REGISTRATIONS_H
#define RRAS_PUBLISH_REGISTRATIONS_H

#include "json.h"

/* 0 when it is complete and each part fits where it will stand (a header, a name); else -1. */
int registration_check(const struct json *registration) MUST_CHECK;
/* The complete one whose name is fqdn, or NULL. */
const struct json *registration_of(const struct json *all, const char *fqdn);

#endif
