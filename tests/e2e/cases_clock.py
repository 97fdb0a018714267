# SPDX-License-Identifier: Apache-2.0
"""A clock that is wrong: the CA's Date and the certificate in place are turned, or a library before the C library's turns ours."""
import calendar, email.utils, json, os, subprocess, time
from cases_hostile import all_of
from cases_issue import expect, expect_exit, expect_in
from cases_issue import NAME, chain_of
from hostile import Fault, with_header
from world import Skip, World

CONF = """[ca]
default_ca = x
[x]
dir = .
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = p
x509_extensions = e
[p]
commonName = optional
[e]
subjectAltName = DNS:{name}
[req]
distinguished_name = n
[n]
"""


def put_certificate(site, start, end):
    """A certificate of these times, self-signed, in place of the live one, with its key."""
    folder, live = site.state.parent / 'made', site.state / 'certs/vpn/live'
    folder.mkdir()
    (folder / 'conf').write_text(CONF.format(name=site.name))
    (folder / 'index').write_text('')
    (folder / 'serial').write_text('01')

    def openssl(*argv):
        subprocess.run(['openssl', *argv], check=True, capture_output=True, cwd=folder)

    openssl('req', '-new', '-key', str(live / 'key.pem'), '-subj', '/CN=x', '-out', 'csr', '-config', 'conf')
    openssl('ca', '-batch', '-config', 'conf', '-selfsign', '-keyfile', str(live / 'key.pem'), '-in', 'csr', '-out', 'chain.pem',
            '-notext', '-startdate', start + '000000Z', '-enddate', end + '000000Z')
    (live / 'chain.pem').write_bytes((folder / 'chain.pem').read_bytes())


def date(text):
    """What the CA says the day is, at noon."""
    noon = calendar.timegm((int(text[:4]), int(text[4:6]), int(text[6:8]), 12, 0, 0))
    return [Fault('', with_header('Date', email.utils.formatdate(noon, usegmt=True)))]


def play(site, row):
    what, times, faults, (code, action), words = row
    expect_exit(site.run('issue', 'vpn'), 0)
    put_certificate(site, *times)
    site.proxy.arm(*faults)
    r = site.run('--json', 'run')
    expect_exit(r, code)
    expect(json.loads(r.stdout)['results'][0]['action'], action, 'action')
    for word in words:
        expect_in(word, r.stderr, 'warnings and error')
    if not words and 'clock' in r.stderr:
        raise AssertionError(r.stderr)


def test_the_cas_clock_counts_when_ours_cannot_be_right(folder):
    old, later, now = ('20200101', '20200401'), ('20900101', '20900401'), ('20260101', '20890101')
    # What is due by the CA's clock is ordered, and then refused: Pebble signs by the real one.
    rows = [
        ('expired, the CA agrees', old, [], (0, 'renewed'), []),
        ('expired by us, not by the CA', old, date('20200110'), (0, 'none'), ['ahead of the CA']),
        ('expired by us, due by the CA', old, date('20200325'), (3, 'failed'), ['ahead of the CA', 'certificate: ']),
        ('not valid yet, the CA agrees', later, [], (0, 'none'), []),
        ('not valid yet by us, due by the CA', later, date('20900325'), (3, 'failed'), ['behind the CA', 'certificate: ']),
        ('valid: nobody is asked', now, date('20200110'), (0, 'none'), []),
    ]
    all_of(folder, rows, play)


def test_minutes_are_warned_of_only(folder):
    soon = [Fault('', lambda x: with_header('Date', email.utils.formatdate(calendar.timegm(time.gmtime()) + 900,
                                                                           usegmt=True))(x))]

    def one(site, row):
        site.proxy.arm(*row[1])
        r = site.run('issue', 'vpn')
        expect_exit(r, 0)
        expect_in('s behind the CA', r.stderr, 'warning')

    all_of(folder, [('a quarter of an hour', soon)], one)


TURNED = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static time_t by(void) { const char *s = getenv("CLOCK_TURNED_BY_S"); return s ? atol(s) : 0; }

int clock_gettime(clockid_t id, struct timespec *t)
{
    int (*real)(clockid_t, struct timespec *) = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int rc = real(id, t);
    t->tv_sec += id == CLOCK_REALTIME ? by() : 0;
    return rc;
}

time_t time(time_t *out)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    if (out)
        *out = t.tv_sec;
    return t.tv_sec;
}

int gettimeofday(struct timeval *out, void *zone)
{
    struct timespec t;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &t);
    *out = (struct timeval){t.tv_sec, t.tv_nsec / 1000};
    return 0;
}
"""
DAY_S = 24 * 3600


class Turned:
    """Runs the program by a clock that is so many days ahead."""

    def __init__(self, world):
        self.w, self.library = world, world.folder / 'turned.so'
        subprocess.run(['gcc', '-shared', '-fPIC', '-O1', '-x', 'c', '-', '-o', str(self.library)], input=TURNED, text=True, check=True)

    def run(self, days, *command, code=0):
        env = {**os.environ, 'LD_PRELOAD': str(self.library), 'CLOCK_TURNED_BY_S': str(days * DAY_S)}
        r = self.w.run(*command, env=env)
        expect(r.returncode, code, f'{days} days, {command}: {r.stdout} {r.stderr}')
        if command == ('run',):
            ended = json.loads((self.w.state_dir / 'run.json').read_text())['ended']
            off = calendar.timegm(time.strptime(ended, '%Y-%m-%dT%H:%M:%SZ')) - time.time() - days * DAY_S
            if abs(off) > 600:
                raise Skip(f'the clock of {self.w.folder} cannot be turned: is the program linked statically?')
        return r


def mark_revoked(w):
    path = w.state_dir / 'certs/vpn/state.json'
    live = json.loads((w.state_dir / 'certs/vpn/live/bundle.json').read_text())
    path.write_text(json.dumps({**json.loads(path.read_text()), 'revoked_sha256': live['sha256']}))


def test_a_clock_that_jumps_and_comes_back(folder):
    years = 366 * 10, -365 * 2   # then the CA's own certificate is expired, or not valid yet: nobody can be asked
    with World(folder, PEBBLE_WFE_NONCEREJECT='0', PEBBLE_VA_ALWAYS_VALID='1') as w:
        w.delegate(NAME)
        w.write_config('vpn')
        clock = Turned(w)
        clock.run(0, 'run')
        (key,) = w.state_dir.glob('accounts/*/account.key')
        kept = chain_of(w).read_bytes(), key.read_bytes()
        orders = w.pebble.order_requests()

        def all_is_there(what):
            expect((chain_of(w).read_bytes(), key.read_bytes()), kept, f'{what}: certificate and account')
            expect(w.pebble.order_requests(), orders, f'{what}: orders')

        for days in years:
            clock.run(days, 'run', code=5 if days > 0 else 0)
            clock.run(days, 'run', code=10 if days > 0 else 0)   # put off, by that clock
            clock.run(days, 'status')
            clock.run(days, 'watchdog', code=9 if days > 0 else 0)
            all_is_there(f'{days} days')
            r = clock.run(0, 'run')
            expect(r.stderr, '', f'back from {days} days')
            clock.run(0, 'watchdog')
            all_is_there(f'back from {days} days')

        # What is due when the clock comes back is ordered at once, whatever was put off by the wrong one.
        mark_revoked(w)
        clock.run(years[0], 'run', code=5)
        noted = json.loads((w.state_dir / 'certs/vpn/state.json').read_text())['not_before']
        if int(noted[:4]) < time.gmtime().tm_year + 9:
            raise AssertionError(f'not put off by the wrong clock: {noted}')
        next_ = json.loads(clock.run(0, '--json', 'status').stdout)['certificates'][0]['next']
        if noted[:4] in str(next_):
            raise AssertionError(f'status tells of a time that does not hold: {next_}')
        expect_in('renewed', clock.run(0, 'run').stdout, 'outcome')
        expect(w.pebble.order_requests(), orders + 1, 'orders')

        # Three days ahead the CA still talks to us: what came of that counts like any other.
        mark_revoked(w)
        clock.run(3, 'run')
        mark_revoked(w)
        clock.run(0, 'run')
        clock.run(0, 'run')
        expect(w.pebble.order_requests(), orders + 3, 'orders')
