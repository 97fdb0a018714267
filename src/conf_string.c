/* SPDX-License-Identifier: Apache-2.0 */
/* conf_string.c - configuration values that are strings: checked, and made canonical. */
#include "conf_table.h"

#include "https.h"
#include "idn.h"
#include "net.h"
#include "os.h"
#include "text.h"
#include "window.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { STRING_MAX_BYTES = 1024, DNS_PORT = 53, PORT_MAX = 65535 };

/* What every string must be: short, and of one line. */
static int check_plain(const char *s, struct err *err)
{
    size_t len = strlen(s);

    if (!len)
        return err_set(err, ERR_USAGE, "is empty; leave the key out instead");
    if (len > STRING_MAX_BYTES)
        return err_set(err, ERR_USAGE, "is longer than %d bytes", STRING_MAX_BYTES);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)s[i] < 0x20 || s[i] == 0x7F)
            return err_set(err, ERR_USAGE,
                           "has a control character; in a path each backslash is written twice");
    return 0;
}

static int email(char **out, const char *s, struct err *err)
{
    const char *at = strchr(s, '@');

    if (text_starts(s, "mailto:"))
        return err_set(err, ERR_USAGE, "\"%.80s\": write the address without \"mailto:\"", s);
    if (!at || at == s || !at[1] || strchr(at + 1, '@') || strpbrk(s, " ,;<>\""))
        return err_set(err, ERR_USAGE, "\"%.80s\" is no e-mail address", s);
    return text_dup(out, s, err);
}

/* Joined to the folder of the file it stands in; it must be there. */
static int present_file(char **out, const char *s, const char *base, struct err *err)
{
    char *path = NULL;

    if (os_path_join(&path, base, s, err))
        return -1;
    if (!os_exists(path)) {
        err_set(err, ERR_USAGE, "%s: there is no such file", path);
        free(path);
        return -1;
    }
    *out = path;
    return 0;
}

static int secret(char **out, const char *s, const char *base, struct err *err)
{
    const char *name = s + 4;

    if (!text_starts(s, "env:"))
        return present_file(out, s, base, err);
    if (!*name || strpbrk(name, "= "))
        return err_set(err, ERR_USAGE,
                       "\"%.80s\": \"env:\" is followed by the name of an environment variable", s);
    return text_dup(out, s, err);
}

/* Letters, digits, '-' and '_' in labels of 1 to 63, at most 253 octets in all (RFC 1035 2.3.4). */
static bool is_domain(const char *s, size_t len)
{
    size_t label = 0;

    if (len == 0 || len > 253)
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '.' && label == 0)
            return false;
        if (c != '.' && (c >= 0x80 || (!isalnum(c) && c != '-' && c != '_')))
            return false;
        label = c == '.' ? 0 : label + 1;
        if (label > 63)
            return false;
    }
    return label > 0;
}

static int domain(char **out, const char *s, struct err *err)
{
    size_t len = strlen(s);

    if (len && s[len - 1] == '.')
        len--;
    if (!is_domain(s, len))
        return err_set(err, ERR_USAGE, "\"%.80s\" is no DNS name", s);
    if (text_fmt(out, err, "%.*s", (int)len, s))
        return -1;
    text_lower(*out);
    return 0;
}

static int cert_name(char **out, const char *s, struct err *err)
{
    char name[256];

    return idn_to_ascii(s, name, err) ? -1 : text_dup(out, name, err);
}

static int address(char **out, const char *s, struct err *err)
{
    struct net_addr a;
    struct err e = {0};
    char text[72];

    if (net_addr_parse(&a, s, DNS_PORT, &e) || a.port == 0)
        return err_set(err, ERR_USAGE,
                       "\"%.80s\" is no address; write it like 192.0.2.1:53 or [2001:db8::1]:53",
                       s);
    net_addr_text(&a, text);
    return text_dup(out, text, err);
}

static int ip(char **out, const char *s, struct err *err)
{
    struct net_addr a;
    struct err e = {0};
    char text[72];

    if (net_addr_parse(&a, s, 0, &e) != 0)
        return err_set(err, ERR_USAGE, "\"%.80s\" is no IP address; no name here", s);
    if (a.port != 0) /* one was written */
        net_addr_text(&a, text);
    else
        net_addr_ip_text(&a, text);
    return text_dup(out, text, err);
}

/* Of an API: paths are put behind it. */
static int url(char **out, const char *s, enum https_plain plain, struct err *err)
{
    size_t len = strlen(s);
    struct err e = {0};

    if (https_check_api_url(s, plain, &e)) {
        err_set(err, ERR_USAGE, "%s", e.text);
        return err_hint(err, "%s", e.hint);
    }
    if (strpbrk(s, "?#"))
        return err_set(err, ERR_USAGE, "\"%.200s\": neither ? nor # may stand in it", s);
    while (len > 0 && s[len - 1] == '/')
        len--;
    return text_fmt(out, err, "%.*s", (int)len, s);
}

/* Whoever is named here is sent what is known of our certificates, and perhaps a password. */
static int host_url(char **out, const char *s, const char *const schemes[2], struct err *err)
{
    enum { URL_MAX_BYTES = 2000 };
    const char *host = NULL;

    for (int i = 0; i < 2 && !host; i++)
        if (text_starts(s, schemes[i]))
            host = s + strlen(schemes[i]);
    if (!host || !*host || strchr(":/?#", *host)) /* not repeated here: it may be a secret */
        return err_set(err, ERR_USAGE, "is no URL that begins with %s%s%s and a host", schemes[0],
                       strcmp(schemes[0], schemes[1]) == 0 ? "" : " or ",
                       strcmp(schemes[0], schemes[1]) == 0 ? "" : schemes[1]);
    if (memchr(host, '@', strcspn(host, "/?#")))
        return err_set(err, ERR_USAGE, "a user name cannot stand in the URL");
    if (strlen(s) > URL_MAX_BYTES)
        return err_set(err, ERR_USAGE, "is longer than %d bytes", URL_MAX_BYTES);
    for (const char *p = s; *p; p++)
        if ((unsigned char)*p <= 0x20 || (unsigned char)*p >= 0x7F || strchr("\"<>\\", *p))
            return err_set(err, ERR_USAGE, "a URL has plain ASCII characters only");
    return text_dup(out, s, err);
}

static int hook_url(char **out, const char *s, struct err *err)
{
    static const char *const schemes[] = {"https://", "https://"};

    return host_url(out, s, schemes, err);
}

static int mail_url(char **out, const char *s, struct err *err)
{
    static const char *const schemes[] = {"smtp://", "smtps://"};
    const char *host = strstr(s, "://");
    size_t len = strlen(s);

    if (host && strpbrk(host + 3, "/?#"))
        return err_set(err, ERR_USAGE, "\"%.200s\": nothing may stand behind host and port", s);
    if (len > 0 && s[len - 1] == ':')
        return err_set(err, ERR_USAGE, "\"%.200s\": a number must follow the colon", s);
    return host_url(out, s, schemes, err);
}

/* The port behind the last ':', or DNS_PORT; 0 if it is none. */
static int port_of(const char *s, size_t *host_bytes)
{
    const char *colon = strrchr(s, ':');
    int port = 0;

    *host_bytes = colon ? (size_t)(colon - s) : strlen(s);
    if (!colon)
        return DNS_PORT;
    for (colon++; isdigit((unsigned char)*colon) && port <= PORT_MAX; colon++)
        port = port * 10 + (*colon - '0');
    return *colon || port > PORT_MAX ? 0 : port;
}

static int server(char **out, const char *s, struct err *err)
{
    struct err e = {0};
    size_t host_bytes;
    int port;

    if (address(out, s, &e) == 0)
        return 0;
    port = port_of(s, &host_bytes);
    /* Digits and dots alone are an address gone wrong. */
    if (!port || !is_domain(s, host_bytes) || strspn(s, "0123456789.") >= host_bytes)
        return err_set(err, ERR_USAGE,
                       "\"%.80s\" is no server; write it like ns1.example.net:53 or 192.0.2.1:53",
                       s);
    return text_fmt(out, err, "%.*s:%d", (int)host_bytes, s, port);
}

static int window(char **out, const char *s, struct err *err)
{
    char text[WINDOW_TEXT_BYTES];
    struct window w;

    if (window_parse(s, &w, err))
        return -1;
    window_text(&w, text);
    return text_dup(out, text, err);
}

int conf_value_text(char **out, enum conf_type type, const char *s, const char *base,
                    struct err *err)
{
    if (type != CONF_T_COMMAND && check_plain(s, err)) /* an argument may be empty */
        return -1;
    switch (type) {
    case CONF_T_EMAIL:
        return email(out, s, err);
    case CONF_T_FILE:
        return present_file(out, s, base, err);
    case CONF_T_SECRET:
        return secret(out, s, base, err);
    case CONF_T_OUT_FILE:
        return os_path_join(out, base, s, err);
    case CONF_T_CERT_NAME:
        return cert_name(out, s, err);
    case CONF_T_DOMAIN:
        return domain(out, s, err);
    case CONF_T_SERVER:
        return server(out, s, err);
    case CONF_T_ADDRESS:
        return address(out, s, err);
    case CONF_T_IP:
        return ip(out, s, err);
    case CONF_T_URL:
        return url(out, s, HTTPS_PLAIN_NEVER, err);
    case CONF_T_URL_PLAIN:
        return url(out, s, HTTPS_PLAIN_LOOPBACK, err);
    case CONF_T_HOOK_URL:
        return hook_url(out, s, err);
    case CONF_T_MAIL_URL:
        return mail_url(out, s, err);
    case CONF_T_WINDOW:
        return window(out, s, err);
    default:
        return text_dup(out, s, err);
    }
}
