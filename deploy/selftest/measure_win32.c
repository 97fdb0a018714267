/* SPDX-License-Identifier: Apache-2.0 */
/* Connections as fast as they go, in a thread of their own, while a record changes. */
#include "selftest/host_win32.h"

#include <windows.h>

#include "os.h"
#include "tls.h"

#include <string.h>

enum { CONNECT_MS = 2000, BEGIN_MS = 10 * 1000, SEEN_MS = 5000 };

struct prober {
    struct net_addr addr;
    uint8_t wanted[SHA256_BYTES];
    volatile LONG stop;
    HANDLE taken, seen; /* events: a connection succeeded; with the wanted certificate */
    /* The thread's, until it has ended: */
    int64_t probes, failed;
    int64_t down_since_us; /* -1 = the last one succeeded */
    int64_t gap_us;        /* the longest */
    int64_t seen_at_us;    /* -1 = not yet */
};

static int64_t now_us(void)
{
    LARGE_INTEGER count, per_second;

    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&per_second);
    return count.QuadPart / per_second.QuadPart * 1000000 +
           count.QuadPart % per_second.QuadPart * 1000000 / per_second.QuadPart;
}

/* 1 = the wanted leaf, 0 = another, -1 = no connection. */
static int probe(const struct prober *p)
{
    struct tls_target target = {.addr = p->addr, .deadline_ms = clock_ms(&os_clock) + CONNECT_MS};
    struct err ignored = {0};
    struct tls *tls = NULL;
    uint8_t sha256[SHA256_BYTES];
    const uint8_t *der;
    size_t len = 0;
    int rc = -1;

    if (tls_open(&tls, &target, &ignored) != 0)
        return -1;
    der = tls_peer_cert(tls, 0, &len);
    if (der) {
        crypto_sha256(der, len, sha256);
        rc = memcmp(sha256, p->wanted, SHA256_BYTES) == 0;
    }
    tls_close(tls);
    return rc;
}

static void take(struct prober *p, int got, int64_t begun_us)
{
    int64_t ended_us = now_us();

    p->probes++;
    if (got < 0) {
        p->failed++;
        if (p->down_since_us < 0)
            p->down_since_us = begun_us;
        return;
    }
    if (p->down_since_us >= 0 && ended_us - p->down_since_us > p->gap_us)
        p->gap_us = ended_us - p->down_since_us;
    p->down_since_us = -1;
    if (got == 1 && p->seen_at_us < 0)
        p->seen_at_us = ended_us;
    SetEvent(p->taken);
    if (got == 1)
        SetEvent(p->seen);
}

static DWORD WINAPI run(void *user)
{
    struct prober *p = user;

    while (InterlockedCompareExchange(&p->stop, 0, 0) == 0) {
        int64_t begun_us = now_us();
        take(p, probe(p), begun_us);
    }
    return 0;
}

static int watch(struct prober *p, const struct selftest_change *c, int64_t *changed_us,
                 struct err *err)
{
    if (WaitForSingleObject(p->taken, BEGIN_MS) != WAIT_OBJECT_0)
        return err_set(err, ERR_FAIL, "127.0.0.1:%d: no connection succeeded", c->port);
    if (c->make(c->user, err) != 0)
        return -1;
    *changed_us = now_us();
    if (WaitForSingleObject(p->seen, SEEN_MS) != WAIT_OBJECT_0)
        return err_set(err, ERR_FAIL,
                       "127.0.0.1:%d: the new certificate was not served within %d s", c->port,
                       SEEN_MS / 1000);
    return 0;
}

int selftest_measure(void *self, const struct selftest_change *c, struct selftest_gap *out,
                     struct err *err)
{
    struct prober p = {.addr = {.family = 4, .ip = {127, 0, 0, 1}, .port = (uint16_t)c->port},
                       .down_since_us = -1,
                       .seen_at_us = -1};
    int64_t changed_us = 0;
    HANDLE thread = NULL;
    int rc = -1;

    (void)self;
    memcpy(p.wanted, c->wanted, SHA256_BYTES);
    p.taken = CreateEventW(NULL, FALSE, FALSE, NULL);
    p.seen = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (p.taken && p.seen)
        thread = CreateThread(NULL, 0, run, &p, 0, NULL);
    if (!thread) {
        err_sys(err, ERR_FAIL, ERR_SRC_WIN32, GetLastError(), "probes");
    } else {
        rc = watch(&p, c, &changed_us, err);
        InterlockedExchange(&p.stop, 1);
        WaitForSingleObject(thread, INFINITE); /* a probe has its own limit */
        CloseHandle(thread);
    }
    if (p.taken)
        CloseHandle(p.taken);
    if (p.seen)
        CloseHandle(p.seen);
    if (rc == 0)
        *out = (struct selftest_gap){.probes = p.probes,
                                     .failed = p.failed,
                                     .gap_us = p.gap_us,
                                     .seen_us =
                                         p.seen_at_us > changed_us ? p.seen_at_us - changed_us : 0};
    return rc;
}
