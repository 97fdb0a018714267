/* SPDX-License-Identifier: Apache-2.0 */
/* powerdns.h - what to write into a TXT set of PowerDNS. Pure. */
#ifndef RRAS_PUBLISH_POWERDNS_H
#define RRAS_PUBLISH_POWERDNS_H

#include "json.h"
#include "publish/publish.h"

/* zone: the API's answer for the zone. *patch is the body that adds r's value to the TXT set at
 * its name, or removes it, and leaves all else as it is; NULL when the set is so already. The
 * caller's (json_free). ERR_DNS for an answer of another form. */
int powerdns_merge(const struct json *zone, const struct publish_record *r, bool remove,
                   struct json **patch, struct err *err) MUST_CHECK;

#endif
