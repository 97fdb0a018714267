/* SPDX-License-Identifier: Apache-2.0 */
#include "rras/sentence.h"

#include "rras/codes.h"

#include <stdarg.h>
#include <stdio.h>

enum { SENTENCE_ANY = -1 };

static const struct sentence {
    int area; /* enum sentence_area or SENTENCE_ANY */
    uint32_t number;
    const char *text;
} sentences[] = {
    {SENTENCE_ANY, 5, "access was denied: run elevated or as SYSTEM"},
    {SENTENCE_ANY, 740, "this needs an elevated administrator prompt"},
    {SENTENCE_ANY, 1314, "this needs an elevated administrator prompt"},
    {SENTENCE_ANY, 1115, "Windows is shutting down"},
    {SENTENCE_ANY, 112, "the disk is full"},
    {SENTENCE_ANY, 39, "the disk is full"},

    {SENTENCE_SERVICE, 1051, "other running services depend on it; they have to be stopped first"},
    {SENTENCE_SERVICE, 1052, "the service does not accept this command in its present state"},
    {SENTENCE_SERVICE, 1053,
     "the service did not answer in time; it may still come up, nothing was killed"},
    {SENTENCE_SERVICE, 1054,
     "the service did not answer in time; it may still come up, nothing was killed"},
    {SENTENCE_SERVICE, 2186,
     "the service did not answer in time; it may still come up, nothing was killed"},
    {SENTENCE_SERVICE, 1055, "the service database is locked by another installer"},
    {SENTENCE_SERVICE, 1056, "the service is running already"},
    {SENTENCE_SERVICE, 1058,
     "the service is disabled: RRAS has not been configured on this server, or it was disabled"},
    {SENTENCE_SERVICE, 1060,
     "the service is not installed: install the Remote Access role (VPN) first"},
    {SENTENCE_SERVICE, 1061,
     "the service cannot take commands in its present state (starting or stopping)"},
    {SENTENCE_SERVICE, 1062, "the service is stopped"},
    {SENTENCE_SERVICE, 1066, "the service ended with a code of its own"},
    {SENTENCE_SERVICE, 1068, "a service that it needs did not start"},
    {SENTENCE_SERVICE, 1069,
     "its account was changed: restore LocalSystem (SstpSvc: LocalService)"},
    {SENTENCE_SERVICE, 1070,
     "the service hung while starting; see the RasSstp and RemoteAccess events"},
    {SENTENCE_SERVICE, 1072, "the service is marked for deletion: restart Windows first"},
    {SENTENCE_SERVICE, 1075, "a service that it needs is missing"},
    {SENTENCE_SERVICE, 1077, "the service has not been started since Windows was"},
    {SENTENCE_SERVICE, 1079,
     "its account was changed: restore LocalSystem (SstpSvc: LocalService)"},
    /* RRAS's own exit codes, seen with event 7024 of the service control manager */
    {SENTENCE_SERVICE, 13,
     "RRAS found its certificate state damaged or contradictory (RasSstp events 18, 19, 24, 25, "
     "32)"},
    {SENTENCE_SERVICE, 87, "RRAS found only one of two hashes (SHA1Enabled with a missing hash)"},

    {SENTENCE_BINDING, 2, "no certificate is bound to this endpoint"},
    {SENTENCE_BINDING, 1168, "no certificate is bound to this endpoint"},
    {SENTENCE_BINDING, 87, "Windows refused the record: bad address, port or field"},
    {SENTENCE_BINDING, 183, "a binding exists already and could not be replaced"},
    {SENTENCE_BINDING, 1312,
     "HTTP.SYS cannot use this certificate's private key as the machine (missing, in a user's "
     "profile, or not persisted)"},
    {SENTENCE_BINDING, 0x80070520,
     "HTTP.SYS cannot use this certificate's private key as the machine (missing, in a user's "
     "profile, or not persisted)"},
    {SENTENCE_BINDING, 127, "this Windows has no in-place update of bindings"},
    {SENTENCE_BINDING, 32, "another program owns the port"},

    {SENTENCE_KEY, 0, "refused without a reason"},
    {SENTENCE_KEY, 86,
     "the PFX was refused as if the password were wrong (Server 2016 and older do not know AES)"},
    {SENTENCE_KEY, 0x80070056,
     "the PFX was refused as if the password were wrong (Server 2016 and older do not know AES)"},
    {SENTENCE_KEY, 0x80090016,
     "the key container that the certificate names does not exist (deleted, or a restored image)"},
    {SENTENCE_KEY, 0x8009000D,
     "the key container that the certificate names does not exist (deleted, or a restored image)"},
    {SENTENCE_KEY, 0x80090010, "the key exists but this account may not use it (file permissions)"},
    {SENTENCE_KEY, 0x8009000B, "the key is not usable in its present state"},
    {SENTENCE_KEY, 0x8009000F, "the key exists already"},
    {SENTENCE_KEY, 0x80090022, "the key wants a prompt (strong protection or smart card)"},
    {SENTENCE_KEY, 0x80092003, "the certificate store cannot be read"},
    {SENTENCE_KEY, 0x80092004, "the certificate is not in the store"},
    {SENTENCE_KEY, 0x8009200B, "the certificate has no private key attached"},
    {SENTENCE_KEY, 0x8009310B, "the data is damaged or not what it should be"},
    {SENTENCE_KEY, 0x80090005, "certificate and private key do not belong together"},
    {SENTENCE_KEY, 0x80090006, "certificate and private key do not belong together"},
    {SENTENCE_KEY, 0x8009001D, "the key provider recorded for the key is missing or broken"},
    {SENTENCE_KEY, 0x80090029, "the key provider does not know this kind of key"},
    {SENTENCE_KEY, 13, "the data is damaged or not what it should be"},

    {SENTENCE_REGISTRY, 2, "the key is not there: install the Remote Access role (VPN) first"},
    {SENTENCE_REGISTRY, 1018, "the key was deleted while in use"},
};

const char *sentence_of(enum sentence_area area, uint32_t number)
{
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++) {
        const struct sentence *s = &sentences[i];
        if (s->number == number && (s->area == SENTENCE_ANY || s->area == (int)area))
            return s->text;
    }
    return NULL;
}

int sentence_err(struct err *err, enum sentence_area area, uint32_t number, const char *fmt, ...)
{
    const char *sentence = sentence_of(area, number);
    enum err_code code = number == CODE_ERROR_ACCESS_DENIED ? ERR_DENIED : ERR_FAIL;
    char object[256];
    va_list ap;

    if (err_is_set(err))
        return -1;
    va_start(ap, fmt);
    if (vsnprintf(object, sizeof object, fmt, ap) < 0)
        object[0] = '\0';
    va_end(ap);
    if (!sentence)
        return err_sys(err, code, ERR_SRC_WIN32, number, "%s", object);
    err_set(err, code, number > 0xffff ? "%s: %s (win32 0x%08lx)" : "%s: %s (win32 %lu)", object,
            sentence, (unsigned long)number);
    err->source = ERR_SRC_WIN32;
    err->number = number;
    return -1;
}
