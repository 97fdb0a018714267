/* SPDX-License-Identifier: Apache-2.0 */
#include "loop.h"
#include "os.h"
#include "pki.h"
#include "test.h"
#include "tls.h"
#include "tls_server.h"

#include <stdio.h>
#include <string.h>

enum { PLENTY_MS = 30 * 1000 };

static int64_t plenty(void)
{
    return clock_ms(&os_clock) + PLENTY_MS;
}

struct world {
    struct key *key, *ca;
    struct cert_chain chain;
};

static void world_make(struct world *w)
{
    static const char *const names[] = {"vpn.example.com"};
    *w = (struct world){.key = pki_key(KEY_EC256), .ca = pki_key(KEY_EC256)};
    struct pki_spec root = {.key = w->ca, .cn = "Root", .ca = true, .not_after = 4000000000};
    struct pki_spec own = {.key = w->key,
                           .cn = names[0],
                           .names = names,
                           .name_count = 1,
                           .not_after = 1}; /* long expired: nobody here judges it */
    pki_issue(&w->chain, &root, w->ca);
    pki_issue(&w->chain, &own, w->ca);
}

static void world_clear(struct world *w)
{
    key_free(w->key);
    key_free(w->ca);
    cert_chain_clear(&w->chain);
}

static struct tls_target target(uint16_t port, const char *name)
{
    return (struct tls_target){.addr = {.family = 4, .ip = {127, 0, 0, 1}, .port = port},
                               .server_name = name,
                               .deadline_ms = plenty()};
}

/* Says the SNI name in angle brackets, then sends back what comes. */
static void greet(void *user, struct tls_conn *c)
{
    char data[4096];
    int n;
    if (user != NULL)
        tls_conn_abrupt(c);
    snprintf(data, sizeof data, "<%s>", tls_conn_name(c));
    if (!tls_conn_write(c, data, strlen(data)))
        return;
    while ((n = tls_conn_read(c, data, sizeof data)) > 0 && data[0] != 'Q') {
        if (!tls_conn_write(c, data, (size_t)n))
            return;
    }
}

static bool read_all(struct tls *conn, char *out, size_t want, struct err *err)
{
    size_t have = 0, got = 0;
    while (have < want) {
        if (tls_read(conn, out + have, want - have, &got, plenty(), err) || got == 0)
            return false;
        have += got;
    }
    return true;
}

static void looks_and_talks(struct test *t)
{
    static const struct {
        const char *max_version, *sni, *greeting;
        bool abrupt;
    } cases[] = {
        {NULL, "vpn.example.com", "<vpn.example.com>", false},
        {"TLSv1.2", NULL, "<>", true},
    };
    for (size_t i = 0; i < 2; i++) {
        struct world w;
        struct err err = {0};
        struct tls *conn = NULL;
        static char flag;
        world_make(&w);
        struct tls_server *s =
            tls_server_start(&(struct tls_server_spec){.key = w.key,
                                                       .chain = &w.chain,
                                                       .serve = greet,
                                                       .max_version = cases[i].max_version,
                                                       .user = cases[i].abrupt ? &flag : NULL});
        struct tls_target to = target(tls_server_port(s), cases[i].sni);
        if (CHECK(tls_open(&conn, &to, &err) == 0)) {
            char text[64] = "", in[60000];
            static char out[sizeof in];
            size_t len = 0, n = strlen(cases[i].greeting);
            CHECK_STR(tls_version(conn), cases[i].max_version != NULL ? "TLSv1.2" : "TLSv1.3");
            for (size_t j = 0; j < w.chain.count; j++) {
                const uint8_t *der = tls_peer_cert(conn, j, &len);
                CHECK_MEM(der, len, w.chain.cert[j].der, w.chain.cert[j].len);
            }
            CHECK(tls_peer_cert(conn, w.chain.count, &len) == NULL);
            CHECK(read_all(conn, text, n, &err));
            CHECK_STR(text, cases[i].greeting);
            memset(out, 'x', sizeof out);
            CHECK(tls_write(conn, out, sizeof out, plenty(), &err) == 0);
            CHECK(read_all(conn, in, sizeof in, &err));
            CHECK_MEM(in, sizeof in, out, sizeof out);
            CHECK(tls_write(conn, "", 0, plenty(), &err) == 0);
            CHECK(tls_read(conn, in, sizeof in, &len, clock_ms(&os_clock), &err) == -1);
            CHECK_INT(err.code, ERR_TIMEOUT);
            err_clear(&err);
            /* The server ends: with close_notify, or by closing the connection only. */
            CHECK(tls_write(conn, "Q", 1, plenty(), &err) == 0);
            CHECK(tls_read(conn, in, sizeof in, &len, plenty(), &err) == 0);
            CHECK_INT(len, 0);
        }
        CHECK_STR(err.text, "");
        tls_close(conn);
        tls_server_stop(s);
        world_clear(&w);
    }
    tls_close(NULL);
}

static void nothing_listens(struct test *t)
{
    struct err err = {0};
    struct tls *conn = NULL;
    uint16_t port = 0;
    intptr_t fd = loop_closed(&port);
    struct tls_target to = target(port, NULL);
    CHECK(tls_open(&conn, &to, &err) == -1);
    CHECK(net_is_refused(&err));
    CHECK(strncmp(err.text, "tcp connect 127.0.0.1:", 22) == 0);
    loop_closed_free(fd);
}

static void nobody_answers(struct test *t)
{
    struct err err = {0};
    struct tls *conn = NULL;
    uint16_t port = 0;
    intptr_t fd = loop_deaf(&port);
    struct tls_target to = target(port, NULL);
    to.deadline_ms = clock_ms(&os_clock) + 200;
    CHECK(tls_open(&conn, &to, &err) == -1);
    CHECK_INT(err.code, ERR_TIMEOUT);
    CHECK_STR(err.text, test_text(t,
                                  "tls handshake with 127.0.0.1:%u: tcp receive from "
                                  "127.0.0.1:%u: no answer in time",
                                  port, port));
    loop_closed_free(fd);
}

/* user: what is said before the connection is closed; NULL = it is reset. */
static void no_tls(void *user, intptr_t fd)
{
    char data[4096];
    size_t got;
    loop_recv(fd, data, sizeof data, &got);
    if (user != NULL)
        loop_send(fd, user, strlen(user));
    else
        loop_reset(fd);
}

static void broken_handshakes(struct test *t)
{
    static char http[] = "HTTP/1.1 400 Bad Request\r\n\r\n", nothing[] = "";
    const struct {
        void *say;
        const char *text;
    } cases[] = {
        {http, "wrong version number"},
        {nothing, "closed by the server"},
        {NULL, ""}, /* reset: the system's words, and Wine makes it an end */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = {0};
        struct tls *conn = NULL;
        struct loop *l = loop_start(&(struct loop_spec){.serve = no_tls, .user = cases[i].say});
        struct tls_target to = target(loop_port(l), "vpn.example.com");
        CHECK(tls_open(&conn, &to, &err) == -1);
        CHECK_INT(err.code, ERR_NET);
        CHECK(!net_is_refused(&err));
        CHECK(strncmp(err.text, "tls handshake with 127.0.0.1:", 29) == 0);
        if (!CHECK(strstr(err.text, cases[i].text) != NULL))
            CHECK_STR(err.text, cases[i].text);
        loop_stop(l);
    }
}

static void old_versions_are_refused(struct test *t)
{
    struct world w;
    struct err err = {0};
    struct tls *conn = NULL;
    world_make(&w);
    struct tls_server *s = tls_server_start(
        &(struct tls_server_spec){.key = w.key, .chain = &w.chain, .max_version = "TLSv1.1"});
    struct tls_target to = target(tls_server_port(s), NULL);
    CHECK(tls_open(&conn, &to, &err) == -1);
    CHECK_INT(err.code, ERR_NET);
    tls_server_stop(s);
    world_clear(&w);
}

const struct test_case suite_tls[] = {
    {"looks_and_talks", looks_and_talks},
    {"nothing_listens", nothing_listens},
    {"nobody_answers", nobody_answers},
    {"broken_handshakes", broken_handshakes},
    {"old_versions_are_refused", old_versions_are_refused},
    {NULL, NULL},
};
