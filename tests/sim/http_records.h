/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_records - the simulated http.sys's memory: what is bound where. Kept in the registry, below
 * HKLM\SYSTEM\CurrentControlSet\Services\HTTP\Parameters, so that the httpapi double, the simulated
 * services and a person with regedit see the same. The subkeys are Windows' own (SslBindingInfo is
 * documented, the SNI and CCS ones are not); the names of the values below them are from memory and
 * matter to nobody but these doubles.
 */
#ifndef HTTP_RECORDS_H
#define HTTP_RECORDS_H

#include "sim_windows.h"
#include <stdbool.h>

#define HTTP_PARAMETERS L"SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters"

enum http_kind { HTTP_IP, HTTP_SNI, HTTP_CCS };
enum { HTTP_NAME_CHARS = 300, HTTP_TEXT_CHARS = 260, HTTP_HASH_BYTES = 20 };

struct http_record {
    WCHAR name[HTTP_NAME_CHARS]; /* "0.0.0.0:443", "[::]:443", "vpn.example.test:443" */
    BYTE hash[HTTP_HASH_BYTES];
    DWORD hash_bytes; /* 0 or 20 */
    GUID app_id;
    WCHAR store[HTTP_TEXT_CHARS];
    DWORD check_mode, freshness, retrieval_timeout, flags;
    WCHAR ctl_identifier[HTTP_TEXT_CHARS], ctl_store[HTTP_TEXT_CHARS];
};

extern const GUID http_sstp_app_id; /* {ba195980-cd49-458b-9e23-c84ee0adcd75} */

/* 0 or ERROR_FILE_NOT_FOUND. */
DWORD http_record_read(enum http_kind kind, const WCHAR *name, struct http_record *out);
/* 87 for a v6 address without IPv6. */
DWORD http_record_write(enum http_kind kind, const struct http_record *record);
DWORD http_record_delete(enum http_kind kind, const WCHAR *name);

/* The record number `index`: 0 or ERROR_NO_MORE_ITEMS. */
DWORD http_record_at(enum http_kind kind, DWORD index, struct http_record *out);

/* False when the machine was set up without IPv6: then a v6 address is no address. */
bool http_has_ipv6(void);

/* "a.b.c.d:port" or "[v6]:port"; false for other families. */
bool http_name_from_address(const SOCKADDR *address, WCHAR name[HTTP_NAME_CHARS]);
bool http_address_from_name(const WCHAR *name, SOCKADDR_STORAGE *address);

#endif
