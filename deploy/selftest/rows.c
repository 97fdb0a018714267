/* SPDX-License-Identifier: Apache-2.0 */
/* The rows, and what their outcomes mean. Pure. */
#include "selftest/selftest.h"

#include "rras/codes.h"
#include "rras/sentence.h"

#include <stdio.h>
#include <string.h>

#define NONE   SELFTEST_NO_NEED, SELFTEST_DONE, 0
#define KEY    SENTENCE_KEY
#define RECORD SENTENCE_BINDING

/* Nothing is made on the machine before an earlier selftest's remains are gone: SELFTEST_SWEEP. */
const struct selftest_row selftest_row_table[SELFTEST_ROWS] = {
    [SELFTEST_WINDOWS] = {"windows", "Windows version", NONE, KEY},
    [SELFTEST_ELEVATED] = {"elevated", "elevated administrator", NONE, KEY},
    [SELFTEST_FOLDER] = {"folder", "folder of our own, private", SELFTEST_ELEVATED, SELFTEST_DONE,
                         0, KEY},
    [SELFTEST_SWEEP] = {"sweep", "nothing left of an earlier selftest", SELFTEST_FOLDER,
                        SELFTEST_DONE, 0, KEY},
    [SELFTEST_EXPORT_UPDATE] = {"export.http-update", "HttpUpdateServiceConfiguration is there",
                                NONE, KEY},
    [SELFTEST_EXPORT_SESSIONS] = {"export.sessions", "MprAdminConnectionEnum is there", NONE, KEY},
    [SELFTEST_LOCAL_TIME] = {"local-time", "local time and back, summer and winter", NONE, KEY},
    [SELFTEST_ACL] = {"acl", "access rights of a folder, set and read", SELFTEST_SWEEP,
                      SELFTEST_DONE, 0, KEY},
    [SELFTEST_DPAPI] = {"dpapi", "a secret sealed and opened (DPAPI)", SELFTEST_ELEVATED,
                        SELFTEST_DONE, 0, KEY},
    [SELFTEST_REGISTRY] = {"registry", "REG_BINARY written and read back", SELFTEST_SWEEP,
                           SELFTEST_DONE, 0, SENTENCE_REGISTRY},
    [SELFTEST_EVENT_WRITE] = {"event.write", "event written", SELFTEST_ELEVATED, SELFTEST_DONE, 0,
                              KEY},
    [SELFTEST_EVENT_READ] = {"event.read", "event read back", SELFTEST_EVENT_WRITE, SELFTEST_DONE,
                             0, KEY},
    [SELFTEST_SERVICE] = {"service.query", "service EventLog looked at", SELFTEST_ELEVATED,
                          SELFTEST_DONE, 0, SENTENCE_SERVICE},
    [SELFTEST_DEPENDENTS] = {"service.dependents", "its dependents listed", SELFTEST_SERVICE,
                             SELFTEST_DONE, 0, SENTENCE_SERVICE},
    [SELFTEST_SESSIONS] = {"sessions", "VPN sessions counted", SELFTEST_EXPORT_SESSIONS,
                           SELFTEST_DONE_NOTE, 0, SENTENCE_SERVICE},
    [SELFTEST_SYSTEM] = {"system.start", "our program started as SYSTEM", SELFTEST_SWEEP,
                         SELFTEST_DONE_SKIP, 0, SENTENCE_SERVICE},
    [SELFTEST_SYSTEM_DPAPI] = {"system.dpapi", "the secret opened as SYSTEM", SELFTEST_SYSTEM,
                               SELFTEST_DONE, 0, KEY},
    [SELFTEST_RSA_AES] = {"rsa2048.pfx-aes", "RSA 2048: PFX import, AES-256", SELFTEST_SWEEP,
                          SELFTEST_DONE, 0, KEY},
    [SELFTEST_RSA_3DES] = {"rsa2048.pfx-3des", "RSA 2048: PFX import, 3DES", SELFTEST_SWEEP,
                           SELFTEST_DONE, 0, KEY},
    [SELFTEST_RSA_CONTAINER] = {"rsa2048.container", "RSA 2048: key container", SELFTEST_RSA_3DES,
                                SELFTEST_DONE, 0, KEY},
    [SELFTEST_RSA_KEY] = {"rsa2048.key", "RSA 2048: key signs here", SELFTEST_RSA_3DES,
                          SELFTEST_DONE, 0, KEY},
    [SELFTEST_RSA_SYSTEM] = {"rsa2048.key-system", "RSA 2048: key signs for SYSTEM",
                             SELFTEST_RSA_3DES, SELFTEST_DONE, 0, KEY},
    [SELFTEST_EC_AES] = {"ec256.pfx-aes", "EC P-256: PFX import, AES-256", SELFTEST_SWEEP,
                         SELFTEST_DONE, 0, KEY},
    [SELFTEST_EC_3DES] = {"ec256.pfx-3des", "EC P-256: PFX import, 3DES", SELFTEST_SWEEP,
                          SELFTEST_DONE, 0, KEY},
    [SELFTEST_EC_CONTAINER] = {"ec256.container", "EC P-256: key container", SELFTEST_EC_3DES,
                               SELFTEST_DONE, 0, KEY},
    [SELFTEST_EC_KEY] = {"ec256.key", "EC P-256: key signs here", SELFTEST_EC_3DES, SELFTEST_DONE,
                         0, KEY},
    [SELFTEST_EC_SYSTEM] = {"ec256.key-system", "EC P-256: key signs for SYSTEM", SELFTEST_EC_3DES,
                            SELFTEST_DONE, 0, KEY},
    [SELFTEST_MACHINE_MAKE] = {"machine.make", "RSA 2048: made in the key provider", SELFTEST_SWEEP,
                               SELFTEST_DONE, 0, KEY},
    [SELFTEST_MACHINE_PUT] = {"machine.put", "a certificate put beside it, naming it",
                              SELFTEST_MACHINE_MAKE, SELFTEST_DONE, 0, KEY},
    [SELFTEST_MACHINE_CONTAINER] = {"machine.container", "its key container", SELFTEST_MACHINE_PUT,
                                    SELFTEST_DONE, 0, KEY},
    [SELFTEST_MACHINE_KEY] = {"machine.key", "it signs here", SELFTEST_MACHINE_PUT, SELFTEST_DONE,
                              0, KEY},
    [SELFTEST_MACHINE_SYSTEM] = {"machine.key-system", "it signs for SYSTEM", SELFTEST_MACHINE_PUT,
                                 SELFTEST_DONE, 0, KEY},
    [SELFTEST_LISTEN_V4] = {"v4.listen", "http.sys listens on 127.0.0.1", SELFTEST_SWEEP,
                            SELFTEST_DONE, 0, RECORD},
    [SELFTEST_BIND_V4] = {"v4.bind", "record on 127.0.0.1 (RSA)", SELFTEST_RSA_KEY, SELFTEST_DONE,
                          0, RECORD},
    [SELFTEST_FIELDS_V4] = {"v4.fields", "its fields read back", SELFTEST_BIND_V4, SELFTEST_DONE, 0,
                            RECORD},
    [SELFTEST_SERVED_V4] = {"v4.served", "its certificate served", SELFTEST_BIND_V4, SELFTEST_DONE,
                            0, RECORD},
    [SELFTEST_LISTEN_V6] = {"v6.listen", "http.sys listens on [::1]", SELFTEST_SWEEP,
                            SELFTEST_DONE_NOTE, 0, RECORD},
    [SELFTEST_BIND_V6] = {"v6.bind", "record on [::1] (EC)", SELFTEST_EC_KEY, SELFTEST_DONE, 0,
                          RECORD},
    [SELFTEST_FIELDS_V6] = {"v6.fields", "its fields read back", SELFTEST_BIND_V6, SELFTEST_DONE, 0,
                            RECORD},
    [SELFTEST_SERVED_V6] = {"v6.served", "its certificate served", SELFTEST_BIND_V6, SELFTEST_DONE,
                            0, RECORD},
    [SELFTEST_TWICE] = {"record.twice", "a second record is refused", SELFTEST_BIND_V4,
                        SELFTEST_CODE, CODE_ERROR_ALREADY_EXISTS, RECORD},
    [SELFTEST_UPDATE] = {"record.update", "record changed in place (RSA to EC)",
                         SELFTEST_EXPORT_UPDATE, SELFTEST_DONE, 0, RECORD},
    [SELFTEST_UPDATE_FIELDS] = {"record.update-fields", "its other fields are kept",
                                SELFTEST_UPDATE, SELFTEST_DONE, 0, RECORD},
    [SELFTEST_REPLACE] = {"record.replace", "record deleted and set", SELFTEST_SERVED_V4,
                          SELFTEST_DONE, 0, RECORD},
    [SELFTEST_KEYLESS] = {"record.keyless", "a certificate without key is refused",
                          SELFTEST_LISTEN_V4, SELFTEST_CODE, CODE_ERROR_NO_SUCH_LOGON_SESSION,
                          RECORD},
    [SELFTEST_DELETE] = {"record.delete", "record deleted, and gone", SELFTEST_BIND_V4,
                         SELFTEST_DONE, 0, RECORD},
    [SELFTEST_MACHINE_BIND] = {"machine.bind", "record with the key made there",
                               SELFTEST_MACHINE_KEY, SELFTEST_DONE, 0, RECORD},
    [SELFTEST_MACHINE_SERVED] = {"machine.served", "its certificate served", SELFTEST_MACHINE_BIND,
                                 SELFTEST_DONE, 0, RECORD},
    [SELFTEST_CLEANUP] = {"cleanup", "everything made is gone", SELFTEST_FOLDER, SELFTEST_DONE, 0,
                          KEY},
};

void selftest_figure(struct selftest_outcome *o, const char *name, int64_t value)
{
    if (o->figures == SELFTEST_FIGURES)
        return;
    o->figure[o->figures].name = name;
    o->figure[o->figures++].value = value;
}

int64_t selftest_figure_of(const struct selftest_outcome *o, const char *name)
{
    for (size_t i = 0; i < o->figures; i++)
        if (strcmp(o->figure[i].name, name) == 0)
            return o->figure[i].value;
    return -1;
}

/* ---- judging ---- */

/* The number's sentence, or the number alone. */
static void say_failure(const struct selftest_row *row, const struct selftest_outcome *o,
                        struct selftest_verdict *out)
{
    const char *sentence =
        o->number ? sentence_of((enum sentence_area)row->area, o->number) : o->fact;

    if (o->number == 0)
        snprintf(out->finding, sizeof out->finding, "%s", sentence ? sentence : "it failed");
    else
        snprintf(out->finding, sizeof out->finding,
                 o->number > 0xffff ? "%s (win32 0x%08lx)" : "%s (win32 %lu)",
                 sentence  ? sentence
                 : o->fact ? o->fact
                           : "it failed",
                 (unsigned long)o->number);
}

/* What is done, yet not as it is where a deploy is sure to work: NULL when it is. */
static const char *caveat(enum selftest_row_id row, const struct selftest_outcome *o)
{
    const int64_t server_2016 = 14393;

    switch (row) {
    case SELFTEST_WINDOWS:
        return selftest_figure_of(o, "build") < server_2016
                   ? "older than Windows Server 2016, the oldest that is meant to work"
                   : NULL;
    case SELFTEST_EXPORT_UPDATE:
        return selftest_figure_of(o, "there") ? NULL
                                              : "absent: records are deleted and set instead";
    case SELFTEST_EXPORT_SESSIONS:
        return selftest_figure_of(o, "there") ? NULL : "absent: sessions are not counted";
    case SELFTEST_SWEEP:
        return selftest_figure_of(o, "found") > 0 ? "remains of a dead selftest were removed"
                                                  : NULL;
    case SELFTEST_ACL:
        return selftest_figure_of(o, "protected") ? NULL : "the list inherits entries";
    case SELFTEST_SERVICE:
        return selftest_figure_of(o, "exists") ? NULL : "there is no such service";
    case SELFTEST_SYSTEM:
        return selftest_figure_of(o, "system") ? NULL : "it ran, but not as SYSTEM";
    case SELFTEST_UPDATE: /* of delete and set nothing better is expected */
        return selftest_figure_of(o, "failed") > 0 ? "connections failed meanwhile" : NULL;
    default:
        return NULL;
    }
}

static void add_figures(const struct selftest_outcome *o, struct selftest_verdict *out)
{
    size_t used = strlen(out->finding);

    for (size_t i = 0; i < o->figures && used < sizeof out->finding - 1; i++) {
        int n = snprintf(out->finding + used, sizeof out->finding - used, "%s%s %lld",
                         used ? ", " : "", o->figure[i].name, (long long)o->figure[i].value);
        if (n < 0)
            return;
        used += (size_t)n;
    }
}

/* Server 2016 and older do not know AES in a PFX, and call that a wrong password: 3DES is there for
 * them. */
static bool is_old_pfx(enum selftest_row_id row, uint32_t number)
{
    return (row == SELFTEST_RSA_AES || row == SELFTEST_EC_AES) &&
           (number == CODE_ERROR_INVALID_PASSWORD || number == CODE_HRESULT_INVALID_PASSWORD);
}

static enum check_level failed_level(enum selftest_row_id row, const struct selftest_outcome *o)
{
    enum selftest_expect expect = selftest_row_table[row].expect;

    if (is_old_pfx(row, o->number))
        return CHECK_NOTE;
    return expect == SELFTEST_DONE_NOTE   ? CHECK_NOTE
           : expect == SELFTEST_DONE_SKIP ? CHECK_SKIP
                                          : CHECK_FAIL;
}

void selftest_judge(enum selftest_row_id id, const struct selftest_outcome *o,
                    struct selftest_verdict *out)
{
    const struct selftest_row *row = &selftest_row_table[id];
    const char *but = o->done ? caveat(id, o) : NULL;

    memset(out, 0, sizeof *out);
    if (o->skip) {
        out->level = CHECK_SKIP;
        snprintf(out->finding, sizeof out->finding, "%s", o->skip);
        return;
    }
    if (row->expect == SELFTEST_CODE) {
        out->level = !o->done && o->number == row->code ? CHECK_OK : CHECK_FAIL;
        if (o->done)
            snprintf(out->finding, sizeof out->finding, "Windows took it; error %lu was expected",
                     (unsigned long)row->code);
        else if (out->level == CHECK_OK)
            snprintf(out->finding, sizeof out->finding, "error %lu, as expected",
                     (unsigned long)row->code);
        else
            say_failure(row, o, out);
        return;
    }
    out->level = !o->done ? failed_level(id, o) : but ? CHECK_NOTE : CHECK_OK;
    if (!o->done)
        say_failure(row, o, out);
    else if (but)
        snprintf(out->finding, sizeof out->finding, "%s", but);
    add_figures(o, out);
}

bool selftest_failed(const struct selftest_report *r)
{
    for (int i = 0; i < SELFTEST_ROWS; i++)
        if (r->verdict[i].level == CHECK_FAIL)
            return true;
    return false;
}
