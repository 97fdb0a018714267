# SPDX-License-Identifier: Apache-2.0
"""A CA that misbehaves, and a line to it that breaks: hostile.py between the program and Pebble.

Each row of a table is one case: what is done to which request, the exit code and the words of the one error line. After each, a run
without the fault ends with a certificate, with no more orders than the row allows, and no TXT record is left.
"""
import concurrent.futures, email.utils, json, signal, subprocess, threading, time
from contextlib import contextmanager
from cases_issue import expect, expect_exit, expect_in, expect_one_line, weeks_later
from hostile import (URN, Fault, Proxy, answer, cut_after, cut_before, cut_in_body, cut_in_headers, drip, edit, edit_json, once,
                     problem, with_body, with_header, with_member, without_header)
from world import COMPANY, PROGRAM, World

AT_ONCE = 6
PAGE = '<html><body><h1>Bad gateway</h1></body></html>'
SOON = ('Retry-After', '1')  # of a fault that lasts: spares the test the program's patience


class Site:
    """One name with its own configuration, state and way to the CA."""

    def __init__(self, w, number):
        self.w, self.name = w, f'h{number}.{COMPANY}'
        self.config, self.state = w.folder / f'h{number}' / 'config', w.folder / f'h{number}' / 'state'
        self.proxy = Proxy(w.pebble.port, w.pebble.folder)
        self.configure()

    def configure(self, **acme):
        conf = self.w.config([self.name])
        self.w.write_config('vpn', [self.name], folder=self.config,
                            acme={**conf['acme'], 'directory': self.proxy.url, **acme})

    def argv(self, *argv):
        return [str(PROGRAM), '--config', str(self.config), '--state', str(self.state), *argv]

    def run(self, *argv):
        weeks_later(self.state)
        return subprocess.run(self.argv(*argv), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)

    def json(self, *argv):
        r = self.run('--json', *argv)
        return r.returncode, json.loads(r.stdout)

    def live(self):
        path = self.state / 'certs/vpn/live/chain.pem'
        return path.read_bytes() if path.exists() else None

    def expect_clean(self, what):
        expect(self.w.bind.query(self.w.target(self.name), 'TXT'), '', f'{what}: TXT left')
        expect((self.state / 'certs/vpn/order.json').exists(), False, f'{what}: order left')


@contextmanager
def sites(folder, count, **env):
    with World(folder, **{'PEBBLE_WFE_NONCEREJECT': '0', 'PEBBLE_AUTHZREUSE': '0', **env}) as w:
        w.delegate(*(f'h{i}.{COMPANY}' for i in range(count)))
        all_sites = [Site(w, i) for i in range(count)]
        try:
            yield all_sites
        finally:
            for s in all_sites:
                s.proxy.__exit__()


def all_of(folder, rows, play, **env):
    """Plays every row at a site of its own, some at once; tells all that failed."""
    failed = []

    def one(site, row):
        try:
            play(site, row)
        except Exception as e:
            failed.append(f'{row[0]}: {e}')

    with sites(folder, len(rows), **env) as places, concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(one, places, rows))
    print(f'     {len(rows)} cases', flush=True)
    if failed:
        raise AssertionError('\n'.join([f'{len(failed)} of {len(rows)} cases:', *sorted(failed)]))


def no_control_characters(r):
    for text in (r.stdout, r.stderr):
        bad = {c for c in text if (ord(c) < 32 and c != '\n') or 0x7f <= ord(c) < 0xa0 or 0x202a <= ord(c) <= 0x202e}
        expect(bad, set(), 'control characters shown')


def settle(site, what, before, again, allowed):
    """again: nothing was put in place, and one run more, left alone, does it. Whatever happened, there is a new
    certificate then, nothing is left behind, and no more orders were placed than allowed."""
    placed = site.proxy.orders_seen
    if again:
        expect(site.live(), before, 'certificate in place')
        site.proxy.arm()
        expect_exit(site.run('issue', 'vpn'), 0)
        placed += site.proxy.orders_seen
    if site.live() in (None, before):
        raise AssertionError('there is no new certificate')
    site.expect_clean(what)
    if placed > allowed:
        raise AssertionError(f'{placed} orders were placed, {allowed} are allowed')


def play(site, row, fresh=False):
    """row: (what, faults, exit code, words of the error or its cure, orders in both runs together)."""
    what, faults, code, words, orders = row
    if not fresh:
        expect_exit(site.run('issue', 'vpn'), 0)
    faults = faults if isinstance(faults, list) else [faults]
    for _ in range(3):  # Pebble 2.4 reuses an authorization in one order of a hundred, whatever it is told
        before = site.live()
        site.proxy.arm(*faults)
        r = site.run('issue', 'vpn')
        if any(f.befell for f in faults):
            break
    expect_exit(r, code)
    no_control_characters(r)
    if code:
        expect_one_line(r)
        for word in words:
            expect_in(word, r.stderr, 'error')
    settle(site, what, before, again=code != 0, allowed=orders)


def play_fresh(site, row):
    play(site, row, fresh=True)


# ---- tables ----

def test_directories(folder):
    deep = b'{"newNonce":' + b'[' * 100000 + b']' * 100000 + b'}'
    rows = [
        ('a page', Fault('directory', answer(200, PAGE)), 3, ['this is no ACME directory'], 1),
        ('nothing', Fault('directory', answer(200, '', content_type='application/json')), 3, ['this is no ACME directory'], 1),
        ('404', Fault('directory', answer(404, 'not here')), 3, ['HTTP status 404'], 1),
        ('403 with a problem', Fault('directory', answer(403, problem('unauthorized', 'go away'))), 3, ['go away'], 1),
        ('502 once', once('directory', answer(502, PAGE)), 0, [], 1),
        ('502 for ever', Fault('directory', answer(502, PAGE, SOON)), 5, ['HTTP status 502'], 1),
        ('redirect', Fault('directory', answer(302, '', ('Location', 'https://127.0.0.1/elsewhere'))), 3, ['redirects'], 1),
        ('no newOrder', Fault('directory', with_member(newOrder=None)), 3, ['newOrder'], 1),
        ('no newNonce', Fault('directory', with_member(newNonce=None)), 3, ['newNonce'], 1),
        ('newOrder is a number', Fault('directory', with_member(newOrder=7)), 3, ['newOrder'], 1),
        ('plain http', Fault('directory', with_member(newOrder='http://127.0.0.1/order')), 3, ['not to be used', 'http://'], 1),
        ('a file', Fault('directory', with_member(newNonce='file:///etc/passwd')), 3, ['not to be used'], 1),
        ('user information', Fault('directory', with_member(newAccount='https://a:b@127.0.0.1/x')), 3, ['not to be used'], 1),
        ('a line feed in a URL', Fault('directory', with_member(newOrder='https://x/\r\nHost: y')), 3, ['not to be used'], 1),
        ('a list', Fault('directory', answer(200, [1, 2], content_type='application/json')), 3, ['this is no ACME directory'], 1),
        ('keys twice', Fault('directory', edit_json(lambda d: b'{"newOrder":"https://x/","newOrder":"https://y/"}')), 3,
         ['this is no ACME directory'], 1),
        ('deep', Fault('directory', answer(200, deep, content_type='application/json')), 3, ['this is no ACME directory'], 1),
        ('cut short', Fault('directory', with_body(lambda b: b[:-5])), 3, ['this is no ACME directory'], 1),
        ('a NUL', Fault('directory', with_body(lambda b: b.replace(b'{', b'{"\\u0000":1,', 1))), 3, ['this is no ACME directory'], 1),
        ('2 MiB', Fault('directory', answer(200, b' ' * 2 * 1024 * 1024, content_type='application/json')), 5, ['longer than'], 1),
        ('100 kB of headers', Fault('directory', with_header('X-Y', 'z' * 100000)), 5, ['headers are longer'], 1),
        ('meta is a number', Fault('directory', with_member(meta=7)), 0, [], 1),
        ('a page of terms', Fault('directory', with_member(meta={'termsOfService': 'a\r\n\x1b[31mb', 'website': 7})), 0, [], 1),
        ('another type', Fault('directory', with_header('Content-Type', 'text/plain')), 0, [], 1),
        ('slow', Fault('directory', drip), 0, [], 1),
    ]
    all_of(folder, rows, play_fresh)


def test_nonces_and_accounts(folder):
    agree = problem('userActionRequired', 'the terms have changed', instance='https://ca.example/agree')
    rows = [
        ('no nonce', Fault('newNonce', without_header('Replay-Nonce')), 3, ['no nonce'], 1),
        ('a nonce with odd characters', Fault('newNonce', with_header('Replay-Nonce', 'a b+/=')), 3, ['no nonce'], 1),
        ('an endless nonce', Fault('newNonce', with_header('Replay-Nonce', 'a' * 5000)), 3, ['no nonce'], 1),
        ('only newNonce gives nonces', Fault('', lambda x: None if x.kind == 'newNonce' else without_header('Replay-Nonce')(x)), 0, [], 1),
        ('newNonce 502 once', once('newNonce', answer(502, '', SOON)), 0, [], 1),
        ('bad nonces', Fault('newOrder', answer(400, problem('badNonce', 'stale')), times=3), 0, [], 1),
        ('bad nonces for ever', Fault('newAccount', answer(400, problem('badNonce', 'stale nonce'))), 3, ['stale nonce'], 1),
        ('account: terms', Fault('newAccount', answer(403, agree, ('Link', '<https://ca.example/terms>;rel="terms-of-service"'))), 3,
         ['the terms have changed', 'https://ca.example/agree', 'https://ca.example/terms'], 1),
        ('account: binding', Fault('newAccount', answer(403, problem('externalAccountRequired'))), 2, ['acme.eab'], 1),
        ('account: limited', Fault('newAccount', answer(429, problem('rateLimited', 'too many accounts'), ('Retry-After', '7200'))), 10,
         ['too many accounts'], 1),
        ('account: no Location', Fault('newAccount', without_header('Location')), 3, ['no Location'], 1),
        ('account: Location is a file', Fault('newAccount', with_header('Location', 'file:///x')), 3, ['not to be used'], 1),
        ('account: deactivated', Fault('newAccount', with_member(status='deactivated')), 3, ['deactivated'], 1),
        ('account: email refused', Fault('newAccount', answer(400, problem('invalidContact', 'no such mailbox'))), 3,
         ['no such mailbox', 'acme.email'], 1),
        ('account: answer lost', once('newAccount', cut_after), 0, [], 1),
        ('account: not known once', once('newOrder', answer(400, problem('accountDoesNotExist'))), 0, [], 1),
        ('account: never known', Fault('newOrder', answer(400, problem('accountDoesNotExist', 'who?'))), 3, ['who?'], 1),
        ('account: 401', Fault('newOrder', answer(401, problem('unauthorized', 'deactivated'))), 3, ['deactivated', 'accounts/'], 1),
    ]
    all_of(folder, rows, play_fresh)


def in_an_hour():
    return email.utils.formatdate(time.time() + 3600, usegmt=True)


def limited(*headers, kind='rateLimited', status=429):
    return Fault('newOrder', answer(status, problem(kind, 'too many certificates'), *headers))


def test_limits_and_waits(folder):
    help_page = ('Link', '<https://ca.example/limits>;rel="help"')
    rows = [
        ('an hour', limited(('Retry-After', '3600'), help_page), 10, ['too many', 'https://ca.example/limits'], 2),
        ('a date', limited(('Retry-After', in_an_hour())), 10, ['too many'], 2),
        ('a century', limited(('Retry-After', '3153600000')), 10, ['too many'], 2),
        ('beyond all numbers', limited(('Retry-After', '9' * 40)), 10, ['too many'], 2),
        ('in the detail', Fault('newOrder', answer(429, problem('rateLimited', 'too many, retry after 2999-01-01T00:00:00Z'))), 10,
         ['too many'], 2),
        ('503 for two hours', Fault('newOrder', answer(503, PAGE, ('Retry-After', '7200'))), 10, ['503'], 2),
        ('503, date gone by', once('newOrder', answer(503, PAGE, ('Retry-After', 'Thu, 01 Jan 1970 00:00:01 GMT'))), 0, [], 1),
        ('503, negative', once('newOrder', answer(503, PAGE, ('Retry-After', '-5'))), 0, [], 1),
        ('503, garbage', once('newOrder', answer(503, PAGE, ('Retry-After', 'tomorrow'))), 0, [], 1),
        ('503, empty', once('newOrder', answer(503, PAGE, ('Retry-After', ''))), 0, [], 1),
        ('one second', once('newOrder', answer(429, problem('rateLimited'), SOON)), 0, [], 1),
        ('polling: a day', once('authz', with_header('Retry-After', '86400'), nth=9), 0, [], 1),
        ('polling: garbage', Fault('authz', with_header('Retry-After', 'soon')), 0, [], 1),
        ('polling: negative', Fault('authz', with_header('Retry-After', '-1')), 0, [], 1),
        ('order: garbage', Fault('finalize', with_header('Retry-After', '\t;')), 0, [], 1),
    ]

    def play_and_ask_nobody(site, row):
        play(site, row)
        if row[2] != 10:
            return
        site.proxy.arm(*[row[1]])
        expect_exit(site.run('issue', 'vpn'), 10)
        state = json.loads((site.state / 'certs/vpn/state.json').read_text())
        ahead = time.mktime(time.strptime(state['not_before'], '%Y-%m-%dT%H:%M:%SZ')) - time.mktime(time.gmtime())
        if not 3000 < ahead <= 86400 * 1.1:
            raise AssertionError(f'put off for {ahead:.0f} s')
        site.proxy.arm()
        site.run('run')
        expect(site.proxy.seen, [], 'requests while it is put off')

    all_of(folder, rows, play_and_ask_nobody)


def names(*values):
    return [{'type': 'dns', 'value': v} for v in values]


def order_with(**members):
    return Fault('newOrder', with_member(**members))


def test_orders(folder):
    subs = problem('rejectedIdentifier', 'two are no good', subproblems=[
        {'type': URN + 'caa', 'detail': 'CAA forbids it', 'identifier': {'type': 'dns', 'value': 'h.corp.example'}}, 7, 'x'])
    nasty = 'a\r\nerror: c\x1b[2Jd\x9b\u202e' + 'e' * 100000
    rows = [
        ('rejected', Fault('newOrder', answer(400, subs)), 3, ['two are no good', 'CAA forbids it', 'h.corp.example'], 1),
        ('nasty detail', Fault('newOrder', answer(400, problem('malformed', nasty))), 3, ['malformed'], 1),
        ('a NUL in the detail', Fault('newOrder', answer(400, problem('malformed', 'a\0b'))), 3, ['without an explanation'], 1),
        ('nasty type', Fault('newOrder', answer(400, problem('x:\x1b[31m\n', 'd'))), 3, ['d'], 1),
        ('problem is a list', Fault('newOrder', answer(400, [1], content_type='application/problem+json')), 3, ['HTTP status 400'], 1),
        ('problem of 900 kB', Fault('newOrder', answer(400, problem('malformed', 'f' * 900000))), 3, ['malformed'], 1),
        ('unknown type', Fault('newOrder', answer(418, problem('https://ca.example/teapot', 'short and stout'))), 3, ['short and stout'], 1),
        ('redirect', Fault('newOrder', answer(307, '', ('Location', 'https://127.0.0.1/x'))), 3, ['redirects'], 1),
        ('no Location', Fault('newOrder', without_header('Location')), 3, ['no Location'], 2),
        ('Location without TLS', Fault('newOrder', with_header('Location', 'http://127.0.0.1/o')), 3, ['not to be used'], 2),
        ('Location with a user', Fault('newOrder', with_header('Location', 'https://a@127.0.0.1/o')), 3, ['not to be used'], 2),
        ('other names', order_with(identifiers=names('other.corp.example')), 3, ['other.corp.example', 'did not ask'], 2),
        ('no names', order_with(identifiers=[]), 3, ['left', 'out'], 2),
        ('no authorizations', order_with(authorizations=[]), 3, ['authorizations'], 2),
        ('5000 authorizations', order_with(authorizations=['https://127.0.0.1/a'] * 5000), 3, ['too many'], 2),
        ('authorization is a file', order_with(authorizations=['file:///x']), 3, ['not to be used'], 2),
        ('authorization is no text', order_with(authorizations=[{}]), 3, ['no URL'], 2),
        ('no finalize', order_with(finalize=None), 3, ['finalize'], 2),
        ('finalize without TLS', order_with(finalize='http://127.0.0.1/f'), 3, ['not to be used'], 2),
        ('expires is nonsense', order_with(expires='soon'), 0, [], 1),
        ('keys twice', Fault('newOrder', edit_json(lambda d: b'{"status":"pending","status":"valid"}')), 3, ['new order'], 2),
        ('no JSON', Fault('newOrder', with_body(lambda b: b'<html>')), 3, ['new order'], 2),
        ('no body', Fault('newOrder', with_body(lambda b: b'')), 3, ['no JSON object'], 2),
        ('another type of body', Fault('newOrder', with_header('Content-Type', 'text/html')), 0, [], 1),
        ('2 MiB', Fault('newOrder', with_body(lambda b: b' ' * 2 ** 21)), 5, ['longer than'], 2),
        ('invalid at once', order_with(status='invalid', error=problem('rejectedIdentifier', 'changed my mind')), 3, ['changed my mind'], 2),
        ('slow', Fault('newOrder', drip), 0, [], 1),
    ]
    all_of(folder, rows, play)


def challenges(change):
    def alter(doc):
        for c in doc['challenges']:
            change(c)
    return Fault('authz', edit_json(alter))


def test_authorizations_and_challenges(folder):
    failed = {**problem('dns', 'NXDOMAIN looking up TXT'), 'status': 400}
    rows = [
        ('token with a path', challenges(lambda c: c.update(token='../../etc/passwd')), 3, ['token', 'no base64url'], 1),
        ('token of a shell', challenges(lambda c: c.update(token='$(id)`id`')), 3, ['token', 'no base64url'], 1),
        ('token is empty', challenges(lambda c: c.update(token='')), 3, ['token'], 1),
        ('token of 10 kB', challenges(lambda c: c.update(token='a' * 10000)), 3, ['token'], 1),
        ('no token', challenges(lambda c: c.pop('token', None)), 3, ['token'], 1),
        ('other challenges only', challenges(lambda c: c.update(type='quantum-01')), 3, ['no dns-01'], 1),
        ('challenge is a file', challenges(lambda c: c.update(url='file:///x')), 3, ['no dns-01'], 1),
        ('of another name', Fault('authz', with_member(identifier={'type': 'dns', 'value': 'other.corp.example'})), 3,
         ['other.corp.example', 'did not ask'], 1),
        ('of an address', Fault('authz', with_member(identifier={'type': 'ip', 'value': '127.0.0.1'})), 3, ['no DNS name'], 1),
        ('of nothing', Fault('authz', with_member(identifier=None)), 3, ['no DNS name'], 1),
        ('no challenges', Fault('authz', with_member(challenges=None)), 3, ['no dns-01'], 1),
        ('expired', Fault('authz', with_member(status='expired')), 3, ['expired'], 2),
        ('revoked', Fault('authz', with_member(status='revoked')), 3, ['revoked'], 2),
        ('404 for a moment', once('authz', answer(404, problem('malformed', 'not found'))), 0, [], 1),
        ('no JSON', Fault('authz', with_body(lambda b: b'nope')), 3, ['authorization'], 1),
        ('validation failed', Fault('authz', with_member(status='invalid', challenges=[
            {'type': 'dns-01', 'url': 'https://127.0.0.1/c', 'token': 'abc', 'status': 'invalid', 'error': failed}]), nth=2), 4,
         ['NXDOMAIN looking up TXT'], 2),
        ('challenge 500 once', once('challenge', answer(500, problem('serverInternal'), SOON)), 0, [], 1),
        ('challenge refused', Fault('challenge', answer(403, problem('unauthorized', 'not like this'))), 3, ['not like this'], 2),
        ('challenge answer is a page', Fault('challenge', with_body(lambda b: PAGE.encode())), 0, [], 1),
        ('challenge answer is empty', Fault('challenge', with_body(lambda b: b'{}')), 0, [], 1),
        ('challenge answer is lost', once('challenge', cut_after), 0, [], 1),
        ('challenge answer breaks off', once('challenge', cut_in_body), 0, [], 1),
    ]
    all_of(folder, rows, play)


def certificate(make):
    return Fault('cert', with_body(make))


def test_certificates(folder):
    pem = subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '9',
                          '-subj', '/CN=x', '-addext', f'subjectAltName=DNS:other.{COMPANY}', '-keyout', '-'], check=True,
                         capture_output=True).stdout
    key, other = pem[:pem.index(b'-----BEGIN CERT')], pem[pem.index(b'-----BEGIN CERT'):]
    end = b'-----END CERTIFICATE-----\n'

    def reverse(b):
        parts = [p + end for p in b.split(end) if p.strip()]
        return b''.join(reversed(parts))

    rows = [
        ('a key planted before', certificate(lambda b: key + b), 3, ['holds something other than certificates'], 1),
        ('a key planted behind', certificate(lambda b: b + key), 3, ['holds something other than certificates'], 1),
        ('of other names and another key', certificate(lambda b: other), 3, ['certificate:'], 1),
        ('another one first', certificate(lambda b: other + b), 3, ['certificate:'], 1),
        ('a stranger behind', certificate(lambda b: b + other), 0, [], 1),
        ('issuer first', certificate(reverse), 3, ['certificate:'], 1),
        ('leaf only', certificate(lambda b: b.split(end)[0] + end), 0, [], 1),
        ('cut short', certificate(lambda b: b[:len(b) // 3]), 3, ['certificate:'], 1),
        ('one letter changed', certificate(lambda b: b[:200] + (b'A' if b[200:201] != b'A' else b'B') + b[201:]), 3, ['certificate:'], 1),
        ('empty', certificate(lambda b: b''), 3, ['certificate:'], 1),
        ('a page', certificate(lambda b: PAGE.encode()), 3, ['certificate:'], 1),
        ('a NUL', certificate(lambda b: b[:60] + b'\0' + b[60:]), 3, ['certificate:'], 1),
        ('300 times itself', certificate(lambda b: b * 300), 5, ['longer than'], 1),
        ('404 for a moment', once('cert', answer(404, problem('malformed', 'not yet'))), 0, [], 1),
        ('500 for ever', Fault('cert', answer(500, problem('serverInternal', 'disk full'), SOON)), 3, ['disk full'], 1),
        ('redirect', Fault('cert', answer(302, '', ('Location', 'https://127.0.0.1/x'))), 3, ['redirects'], 2),
        ('finalize: bad CSR', Fault('finalize', answer(400, problem('badCSR', 'I do not like it'))), 3, ['I do not like it'], 2),
        ('finalize: not ready once', once('finalize', answer(403, problem('orderNotReady'))), 0, [], 1),
        ('finalize: not ready ever', Fault('finalize', answer(403, problem('orderNotReady'))), 3, ['stays ready'], 2),
        ('finalize: answer lost', once('finalize', cut_after), 0, [], 1),
        ('finalize: 500 once', once('finalize', answer(500, problem('serverInternal'), SOON)), 0, [], 1),
        ('order fails at the end', [Fault('finalize', with_member(status='processing')), Fault('order', with_member(
            status='invalid', error=problem('caa', 'CAA has changed'), certificate=None))], 3, ['CAA has changed'], 2),
        ('order names others later', [Fault('finalize', with_member(status='processing')), Fault('order', with_member(
            identifiers=names('other.corp.example')))], 3, ['did not ask'], 1),
        ('certificate is a file', [Fault('finalize', with_member(certificate='file:///etc/shadow', status='valid')), Fault(
            'order', with_member(certificate='file:///etc/shadow'))], 3, ['not to be used'], 1),
    ]
    all_of(folder, rows, play)
