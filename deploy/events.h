/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.h - what the System log said about a restart. Pure part: which events speak against a
 * certificate. Driver: reading what is new since a mark; a log that cannot be read is a note, never
 * a failure.
 */
#ifndef RRAS_DEPLOY_EVENTS_H
#define RRAS_DEPLOY_EVENTS_H

#include "target.h"

struct session;

/* Whose events they have to be. */
struct event_scope {
    int port;                      /* of an endpoint that http.sys names */
    const struct service *service; /* by their display names */
    size_t services;
    bool no_v6; /* nothing can be bound to IPv6, and nobody comes over it: 13 only warns */
};
enum event_weight { EVENT_IS_NOTHING, EVENT_WARNS, EVENT_FAILS };
/* Does its text name ":PORT", or one of the services? */
bool event_names_port(const struct log_event *e, int port);
bool event_names_service(const struct log_event *e, const struct event_scope *scope);
/* RasSstp 7-13, 17-22, 24, 25, 32 fail; HttpEvent 15021 fails when it names the port; 7024, 7031
 * and 7034 of the service control manager when they name a service; Schannel 36870 only warns: it
 * names no endpoint, and where TLS was seen to work it is about somebody else's key. */
enum event_weight event_weigh(const struct log_event *e, const struct event_scope *scope);

/* From here on events are new. */
void events_begin(struct session *s);
/* ERR_FAIL with the text of the first new event that fails. Nothing when there is no mark. */
int events_prove(struct session *s, struct err *err) MUST_CHECK;
/* Adds the first new event that fails or warns to the text of an error. */
void events_explain(struct session *s, struct err *err);

#endif
