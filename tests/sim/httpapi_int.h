/* SPDX-License-Identifier: Apache-2.0 */
/* httpapi_int - between the files of the httpapi double. */
#ifndef HTTPAPI_INT_H
#define HTTPAPI_INT_H

#include "http_records.h"

#define HTTPAPI_LINKAGE
#include <http.h>

/* Configuration ids and structures that mingw's http.h does not have (MicrosoftDocs/sdk-api,
 * http.h). */
enum {
    HTTP_ID_IP_LISTEN = 0,
    HTTP_ID_SSL = 1,
    HTTP_ID_URL_ACL = 2,
    HTTP_ID_SNI = 5,
    HTTP_ID_CCS = 6
};

struct http_sni_key {
    SOCKADDR_STORAGE address;
    PWSTR host;
};
struct http_sni_set {
    struct http_sni_key key;
    HTTP_SERVICE_CONFIG_SSL_PARAM param;
};
struct http_sni_query {
    HTTP_SERVICE_CONFIG_QUERY_TYPE type;
    struct http_sni_key key;
    DWORD token;
};
struct http_ccs_set {
    SOCKADDR_STORAGE address;
    HTTP_SERVICE_CONFIG_SSL_PARAM param;
};
struct http_ccs_query {
    HTTP_SERVICE_CONFIG_QUERY_TYPE type;
    SOCKADDR_STORAGE address;
    DWORD token;
};

/* An answer of variable size: a fixed head, the rest behind it, as the real one does it. */
struct http_answer {
    void *buf;
    ULONG size;
    ULONG *needed; /* may be NULL */
};

enum http_write { HTTP_WRITE_SET, HTTP_WRITE_UPDATE };

/* Certificate records (ids 1, 5, 6). `text` gets what the call log is to say. */
enum { HTTP_LOG_CHARS = 400 };
ULONG httpapi_ssl_write(ULONG id, const void *set, ULONG bytes, enum http_write how,
                        char text[HTTP_LOG_CHARS]);
ULONG httpapi_ssl_delete(ULONG id, const void *set, ULONG bytes, char text[HTTP_LOG_CHARS]);
ULONG httpapi_ssl_query(ULONG id, const void *query, ULONG bytes, const struct http_answer *answer);

/* URL reservations (id 2) and the IP listen list (id 0). */
ULONG httpapi_acl_set(const void *set, ULONG bytes, char text[HTTP_LOG_CHARS]);
ULONG httpapi_acl_delete(const void *set, ULONG bytes, char text[HTTP_LOG_CHARS]);
ULONG httpapi_acl_query(const void *query, ULONG bytes, const struct http_answer *answer);
ULONG httpapi_listen_query(const struct http_answer *answer);

/* Whether HttpInitialize(SERVER) holds. */
bool httpapi_serving(void);

#endif
