/* SPDX-License-Identifier: Apache-2.0 */
/* SstpSvc's registry values, byte for byte. */
#include "rras/rras_win32.h"

#include "rras/names.h"
#include "rras/sentence.h"
#include "wide.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>

/* ERROR_* in *status; the caller decides what a missing key means. */
static int open_key(const char *utf8, REGSAM access, HKEY *out, LSTATUS *status, struct err *err)
{
    wchar_t *path = NULL;

    if (wide_from_utf8(&path, utf8, err) != 0)
        return -1;
    *status = RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, access | KEY_WOW64_64KEY, out);
    free(path);
    return 0;
}

static int read_value(HKEY key, const char *value, struct raw_value *out, struct err *err)
{
    struct raw_value v = {0};
    wchar_t *name = NULL;
    DWORD type = 0, len = RAW_MAX_BYTES;
    LSTATUS status;

    if (wide_from_utf8(&name, value, err) != 0)
        return -1;
    status = RegQueryValueExW(key, name, NULL, &type, v.bytes, &len);
    free(name);
    if (status == ERROR_FILE_NOT_FOUND) {
        memset(out, 0, sizeof *out);
        return 0;
    }
    if (status != ERROR_SUCCESS && status != ERROR_MORE_DATA)
        return sentence_err(err, SENTENCE_REGISTRY, (uint32_t)status, "SstpSvc %s", value);
    v.present = true;
    v.type = type;
    v.len = len; /* the true length, also when there was more data than room */
    *out = v;
    return 0;
}

int values_observe(struct raw_value out[VALUE_COUNT], struct err *err)
{
    HKEY key = NULL;
    LSTATUS status = ERROR_SUCCESS;
    int rc = 0;

    memset(out, 0, VALUE_COUNT * sizeof *out);
    if (open_key(NAME_SSTP_PARAMETERS, KEY_QUERY_VALUE, &key, &status, err) != 0)
        return -1;
    if (status == ERROR_FILE_NOT_FOUND)
        return 0;
    if (status != ERROR_SUCCESS)
        return sentence_err(err, SENTENCE_REGISTRY, (uint32_t)status, "HKLM\\%s",
                            NAME_SSTP_PARAMETERS);
    for (int i = 0; i < VALUE_COUNT && rc == 0; i++)
        rc = read_value(key, value_name((enum value_id)i), &out[i], err);
    RegCloseKey(key);
    return rc;
}

void values_observe_store(struct config_store *out)
{
    HKEY key = NULL;
    LSTATUS status = ERROR_SUCCESS;
    struct err e = {0};

    if (open_key(NAME_CONFIG_STORE, KEY_QUERY_VALUE, &key, &status, &e) != 0)
        goto done;
    if (status == ERROR_FILE_NOT_FOUND)
        goto done;
    if (status != ERROR_SUCCESS) {
        sentence_err(&e, SENTENCE_REGISTRY, (uint32_t)status, "HKLM\\%s", NAME_CONFIG_STORE);
        goto done;
    }
    out->present = true;
    if (read_value(key, NAME_VALUE_USE_HTTPS, &out->use_https, &e) == 0)
        (void)!read_value(key, NAME_VALUE_LISTENER_PORT, &out->listener_port, &e);
done:
    if (key)
        RegCloseKey(key);
    out->seen.ok = !err_is_set(&e);
    if (!out->seen.ok)
        seen_fail(&out->seen, &e);
}

int values_written_at(int64_t *out_ms, struct err *err)
{
    const int64_t epoch_ms = 11644473600000; /* 1601 to 1970 */
    FILETIME t = {0};
    HKEY key = NULL;
    LSTATUS status = ERROR_SUCCESS;

    if (open_key(NAME_SSTP_PARAMETERS, KEY_QUERY_VALUE, &key, &status, err) != 0)
        return -1;
    if (status == ERROR_SUCCESS) {
        status =
            RegQueryInfoKeyW(key, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, &t);
        RegCloseKey(key);
    }
    if (status != ERROR_SUCCESS)
        return sentence_err(err, SENTENCE_REGISTRY, (uint32_t)status, "HKLM\\%s",
                            NAME_SSTP_PARAMETERS);
    *out_ms = ((int64_t)t.dwHighDateTime << 32 | t.dwLowDateTime) / 10000 - epoch_ms;
    return 0;
}

static LSTATUS write_value(HKEY key, const wchar_t *name, const struct raw_value *v)
{
    LSTATUS status;

    if (v->present) {
        status = RegSetValueExW(key, name, 0, v->type, v->bytes, v->len);
    } else {
        status = RegDeleteValueW(key, name);
        if (status == ERROR_FILE_NOT_FOUND)
            status = ERROR_SUCCESS;
    }
    if (status == ERROR_SUCCESS)
        status = RegFlushKey(key); /* the journal is on the disk: so must this be */
    return status;
}

int values_set(enum value_id id, const struct raw_value *v, struct err *err)
{
    HKEY key = NULL;
    wchar_t *name = NULL;
    LSTATUS status = ERROR_SUCCESS;
    int rc = -1;

    if (v->len > RAW_MAX_BYTES)
        return err_set(err, ERR_FAIL, "SstpSvc %s: too long to write", value_name(id));
    if (wide_from_utf8(&name, value_name(id), err) != 0 ||
        open_key(NAME_SSTP_PARAMETERS, KEY_SET_VALUE | KEY_QUERY_VALUE, &key, &status, err) != 0)
        goto done;
    if (status == ERROR_SUCCESS)
        status = write_value(key, name, v);
    if (status != ERROR_SUCCESS) {
        sentence_err(err, SENTENCE_REGISTRY, (uint32_t)status, "SstpSvc %s", value_name(id));
        goto done;
    }
    rc = 0;
done:
    if (key)
        RegCloseKey(key);
    free(name);
    return rc;
}
