/* SPDX-License-Identifier: Apache-2.0 */
/*
 * look_tool.h - this program's own records, as the doctor judges them. The program fills it; the
 * journal's part doctor_tool_journal.
 */
#ifndef RRAS_DOCTOR_LOOK_TOOL_H
#define RRAS_DOCTOR_LOOK_TOOL_H

#include "doctor/orphans.h"
#include "journal.h"

enum { TOOL_IMPORTS_MAX = 32 };

/* What is kept of one configured certificate. */
struct doctor_held {
    char name[128];
    struct {
        struct seen seen;
        bool unfinished;
        char phase[32];
    } journal;
    struct {
        struct seen seen; /* ok: it is there and was read */
        bool needed;      /* an account ought to be there */
        char path[260];
    } account;
    struct {
        struct seen seen;
        int64_t renew_at, not_after; /* 0 = not known */
        char window[64];             /* what the CA suggests (ARI); "" = nothing */
    } renewal;
    struct {
        struct seen seen;
        bool deployed;       /* something was put in place by us */
        int64_t verified_at; /* 0 = never */
        bool failed;         /* the last try failed */
        char text[200];
    } deploy;
};

struct doctor_tool { /* all zero = nothing was looked at */
    struct {
        struct seen seen;
        char path[260];
    } state;                  /* the folder: ok = private and readable */
    struct doctor_held *held; /* owned; of each configuration of this gateway */
    size_t held_count;
    struct doctor_held fix; /* only its journal: of doctor --fix */
    struct {
        uint8_t sha1[SHA1_BYTES];
        bool current;           /* the newest proven one */
    } import[TOOL_IMPORTS_MAX]; /* certificates that we imported, newest first */
    size_t import_count;
    struct orphans orphans;
    int64_t proven_write_ms; /* as in the journal; the newest */
    struct {
        struct seen seen;
        bool registered, disabled;
        int64_t last_run, next_run; /* Unix s; 0 = never, not known */
        uint32_t last_result;
    } task;
    struct {
        struct seen seen;
        bool registered;
    } event_source;
};

/* Adds what the journal of held->name tells: to *held, which is one of t's, and to what t has of
 * all of them. */
void doctor_tool_journal(struct doctor_tool *t, struct doctor_held *held, const struct records *r);

#endif
