# SPDX-License-Identifier: Apache-2.0
"""The line to the CA breaks, or the program dies, at each request in turn, before and after the server has seen it."""
import base64, itertools, json, secrets, subprocess
from cases_hostile import all_of, no_control_characters, play, play_fresh, settle, sites
from cases_issue import expect, expect_exit, expect_in, weeks_later
from hostile import Fault, answer, cut_after, cut_before, cut_in_body, cut_in_headers, once, problem, with_member

CUTS = (cut_before, cut_after, cut_in_headers, cut_in_body)
FIRST, RENEWAL = 14, 11  # no issuance and no renewal makes more requests than these


def cut_at(what, numbers, cuts):
    """A lost answer to newOrder leaves an order that nobody knows of; no other request may be the reason for a second one."""
    for n, cut in itertools.product(numbers, cuts):
        yield f'{what}: {cut.__name__} at {n}', Fault('', cut, nth=n, times=1), 0, [], 2


def orders_allowed(site, n, saw_it):
    seen = site.proxy.seen
    return 2 if saw_it and len(seen) >= n and seen[n - 1] == 'newOrder' else 1


def play_cut(play_it):
    def run(site, row):
        fault = row[1]
        play_it(site, row)
        if len(site.proxy.seen) < fault.nth:
            return  # it has ended before
        allowed = orders_allowed(site, fault.nth, fault.action is not cut_before)
        if site.proxy.orders_seen > allowed:
            raise AssertionError(f'{site.proxy.orders_seen} orders, {allowed} allowed; {site.proxy.seen}')
    return run


def test_cuts_of_a_first_issuance(folder):
    all_of(folder, list(cut_at('first', range(1, FIRST + 1), CUTS)), play_cut(play_fresh))


def test_cuts_of_a_renewal(folder):
    all_of(folder, list(cut_at('renewal', range(1, RENEWAL + 1), (cut_after, cut_in_body))), play_cut(play))


def run_and_kill(site, n, saw_it, *argv):
    """Starts the program; it is killed at its nth request. False when it has ended before."""
    weeks_later(site.state)
    processes = []

    def kill(x):
        if saw_it:
            x.ask()
        processes[0].kill()
        processes[0].wait()
        x.cut()

    site.proxy.arm(Fault('', kill, nth=n, times=1))
    processes.append(subprocess.Popen(site.argv(*argv), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    return processes[0].wait(60) < 0


def play_death(fresh):
    def run(site, row):
        what, n, saw_it = row
        if not fresh:
            expect_exit(site.run('issue', 'vpn'), 0)
        before = site.live()
        died = run_and_kill(site, n, saw_it, 'issue', 'vpn')
        settle(site, what, before, again=died, allowed=orders_allowed(site, n, saw_it))
    return run


def deaths(count):
    return [(f'killed {"after" if saw_it else "before"} the server saw request {n}', n, saw_it)
            for n, saw_it in itertools.product(range(1, count + 1), (False, True))]


def test_deaths_in_a_first_issuance(folder):
    all_of(folder, deaths(FIRST), play_death(fresh=True))


def test_deaths_in_a_renewal(folder):
    all_of(folder, deaths(RENEWAL), play_death(fresh=False))


def account_of(site):
    code, doc = site.json('account', 'show')
    expect(code, 0, doc)
    return doc['account']


def play_rollover(site, row):
    """However the change of keys ends, account and key belong together afterwards, and it is the same account."""
    what, n, how = row
    expect_exit(site.run('account', 'register'), 0)
    first = account_of(site)
    if how in CUTS:
        site.proxy.arm(Fault('', how, nth=n, times=1))
        r = site.run('account', 'rollover', 'vpn')
        expect_exit(r, 0)
    else:
        run_and_kill(site, n, how == 'after', 'account', 'rollover', 'vpn')
    site.proxy.arm()
    expect_exit(site.run('issue', 'vpn'), 0)
    after = account_of(site)
    expect((after['url'], after['status']), (first['url'], 'valid'), 'account')
    expect([p.name for p in site.state.rglob('pending.key')], [], 'pending keys')
    expect_exit(site.run('account', 'rollover', 'vpn'), 0)
    if account_of(site)['thumbprint'] in (first['thumbprint'], after['thumbprint']):
        raise AssertionError('the key is still the old one')


def test_a_rollover_is_cut_or_dies(folder):
    rows = [(f'rollover: {how if isinstance(how, str) else how.__name__} at {n}', n, how)
            for n in range(1, 5) for how in ('before', 'after', cut_before, cut_after)]
    all_of(folder, rows, play_rollover)


def play_revocation(site, row):
    what, fault, code, words = row
    expect_exit(site.run('issue', 'vpn'), 0)
    site.proxy.arm(fault)
    r = site.run('revoke', 'vpn', '--reason', 'superseded', '--yes')
    expect_exit(r, code)
    no_control_characters(r)
    for word in words:
        expect_in(word, r.stderr, 'error')
    site.proxy.arm()
    if code:
        expect_exit(site.run('revoke', 'vpn', '--reason', 'superseded', '--yes'), 0)
    expect(site.json('run')[1]['results'][0]['action'], 'renewed', 'the next run')


def test_revocations(folder):
    rows = [
        ('cut before', once('revoke', cut_before), 0, []),
        ('answer lost', once('revoke', cut_after), 0, []),
        ('revoked already', Fault('revoke', answer(400, problem('alreadyRevoked'))), 0, []),
        ('another account, then its own key', once('revoke', answer(403, problem('unauthorized'))), 0, []),
        ('not allowed', Fault('revoke', answer(403, problem('unauthorized', 'not yours'))), 3, ['not yours']),
        ('bad reason', Fault('revoke', answer(400, problem('badRevocationReason', 'no such reason'))), 3, ['no such reason']),
        ('500 once', once('revoke', answer(500, problem('serverInternal'), ('Retry-After', '1'))), 0, []),
        ('not offered', Fault('revoke', answer(404, 'no')), 3, ['404']),
    ]
    all_of(folder, rows, play_revocation)


def test_a_binding_that_can_be_used_once(folder):
    """The CA takes the binding and its answer is lost: the account is found by its key, whether the program tries on or dies."""
    mac = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip('=')
    with sites(folder, 2, settings={'externalAccountBindingRequired': True, 'externalAccountMACKeys': {'kid-1': mac}}) as places:
        for site, dies in zip(places, (False, True)):
            key = site.config / 'conf.d/eab.key'
            key.write_text(mac + '\n')
            key.chmod(0o600)
            site.configure(eab={'kid': 'kid-1', 'hmac_key_file': 'eab.key'})
            used = []

            def binding(x):
                if 'externalAccountBinding' not in x.payload():
                    return
                used.append(1)
                if len(used) > 1:
                    answer(403, problem('unauthorized', 'the binding is used up'))(x)
                    return
                x.ask()
                if dies:
                    process.kill()
                    process.wait()
                x.cut()

            site.proxy.arm(Fault('newAccount', binding))
            process = subprocess.Popen(site.argv('issue', 'vpn'), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True)
            out, err = process.communicate(timeout=60)
            if not dies:
                expect(process.returncode, 3, err)
                expect_in('used up', err, 'error')
            expect_exit(site.run('issue', 'vpn'), 0)
            expect(len(used), 1 if dies else 2, 'bindings shown')


def test_no_secret_is_logged(folder):
    mac = secrets.token_bytes(32)
    settings = {'externalAccountBindingRequired': True,
                'externalAccountMACKeys': {'kid-1': base64.urlsafe_b64encode(mac).decode().rstrip('=')}}
    with sites(folder, 1, settings=settings) as (site,):
        key = site.config / 'conf.d/eab.key'
        key.write_text(base64.b64encode(mac).decode() + '\n')
        key.chmod(0o600)
        site.configure(eab={'kid': 'kid-1', 'hmac_key_file': 'eab.key'})
        log = folder / 'debug.log'
        said = ''
        for argv in (['check'], ['issue', 'vpn'], ['account', 'rollover', 'vpn'], ['issue', 'vpn'],
                     ['revoke', 'vpn', '--reason', 'keyCompromise', '--yes'], ['status']):
            r = site.run('--log-level', 'debug', '--log-file', str(log), *argv)
            expect_exit(r, 0)
            said += r.stdout + r.stderr
        said += log.read_text() + ''.join(p.read_text() for p in site.state.rglob('*.json'))
        expect_in('POST https://', said, 'debug log')
        wanted = {'TSIG key': base64.b64decode(site.w.bind.secret), 'EAB key': mac}
        for path in site.state.rglob('*.key'):
            wanted[str(path)] = private_number(path)
        for path in site.state.rglob('key.pem'):
            wanted[str(path)] = private_number(path)
        if len(wanted) < 4:
            raise AssertionError(f'only {list(wanted)} to look for')
        for what, secret in wanted.items():
            for text in (secret.hex(), base64.b64encode(secret).decode()[:40], base64.urlsafe_b64encode(secret).decode()[:40]):
                if text.lower() in said.lower():
                    raise AssertionError(f'{what} is told')
        for word in ('PRIVATE KEY', '"signature"', '"protected"'):
            if word in said:
                raise AssertionError(f'{word} is told')


def private_number(path):
    """The scalar of an EC key."""
    text = subprocess.run(['openssl', 'ec', '-in', str(path), '-noout', '-text'], check=True, capture_output=True, text=True).stdout
    hexed = text[text.index('priv:') + 5:text.index('pub:')]
    return bytes.fromhex(''.join(hexed.split()).replace(':', ''))


# ---- renewal information and `replaces`, which the older Pebble does not know: the proxy plays them ----

ARI_DIRECTORY = Fault('directory', lambda x: with_member(renewalInfo=f'https://127.0.0.1:{x.proxy.port}/ari')(x))


def ari(body, status=200, *headers):
    return Fault('ari', answer(status, body, *headers, content_type='application/json'))


def window(start, end, **more):
    return {'suggestedWindow': {'start': start, 'end': end}, **more}


def play_ari(site, row):
    what, fault, action = row
    site.proxy.arm(ARI_DIRECTORY, ari({}))
    expect_exit(site.run('issue', 'vpn'), 0)
    path = site.state / 'certs/vpn/state.json'
    state = json.loads(path.read_text())
    path.write_text(json.dumps({**state, 'ari_next_look': '2020-01-01T00:00:00Z'}))
    site.proxy.arm(ARI_DIRECTORY, fault)
    r = site.run('--json', 'run')
    expect_exit(r, 0)
    no_control_characters(r)
    expect(json.loads(r.stdout)['results'][0]['action'], action, 'action')
    if site.proxy.count('ari') < 1:
        raise AssertionError('the CA was not asked')
    if action == 'none':
        site.proxy.arm(ARI_DIRECTORY, fault)
        site.run('run')
        expect(site.proxy.seen, [], 'requests before the next look')


def test_windows_of_every_shape(folder):
    past, soon = ('2020-01-01T00:00:00Z', '2020-01-02T00:00:00Z'), ('2029-01-01T00:00:00Z', '2029-01-02T00:00:00Z')
    rows = [
        ('in the past', ari(window(*past)), 'renewed'),
        ('in the past, by an offset', ari(window('2020-01-01T12:00:00.123456789+14:00', '2020-01-02T00:00:00-12:00')), 'renewed'),
        ('to come', ari(window(*soon)), 'none'),
        ('after expiry', ari(window('2099-01-01T00:00:00Z', '2100-01-01T00:00:00Z')), 'none'),
        ('one second', ari(window('2029-01-01T00:00:00Z', '2029-01-01T00:00:01Z')), 'none'),
        ('of all times', ari(window('0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z')), None),
        ('upside down', ari(window(past[1], past[0])), 'none'),
        ('empty', ari(window(past[0], past[0])), 'none'),
        ('no end', ari({'suggestedWindow': {'start': past[0]}}), 'none'),
        ('numbers', ari(window(1, 2)), 'none'),
        ('no times', ari(window('yesterday', 'tomorrow')), 'none'),
        ('February 30', ari(window('2020-02-30T00:00:00Z', past[1])), 'none'),
        ('a list', ari([]), 'none'),
        ('nothing', ari(b''), 'none'),
        ('a page', ari(b'<html>'), 'none'),
        ('2 MiB', ari(b' ' * 2 ** 21), 'none'),
        ('404', ari(problem('malformed', 'no such certificate'), 404), 'none'),
        ('429', ari(problem('rateLimited'), 429, ('Retry-After', '3600')), 'none'),
        ('500', ari(problem('serverInternal'), 500, ('Retry-After', '1')), 'none'),
        ('cut', Fault('ari', cut_before), 'none'),
        ('nasty page', ari(window(*soon, explanationURL='https://x/\r\n\x1b[2J\u202e')), 'none'),
        ('page is a number', ari(window(*soon, explanationURL=7)), 'none'),
        ('to be asked again in a year', ari(window(*soon), 200, ('Retry-After', '31536000')), 'none'),
        ('to be asked again yesterday', ari(window(*soon), 200, ('Retry-After', '-86400')), 'none'),
    ]

    def some(site, row):
        if row[2] is not None:
            play_ari(site, row)
            return
        try:  # whatever the choice in it
            play_ari(site, (row[0], row[1], 'renewed'))
        except AssertionError:
            site.proxy.arm()
            expect_exit(site.run('run'), 0)

    all_of(folder, rows, some)


def refuse_replaces(status, body):
    def act(x):
        if 'replaces' in x.payload():
            answer(status, body)(x)
    return [ARI_DIRECTORY, Fault('newOrder', act)]


def play_replaces(site, row):
    """The order is placed without it."""
    site.proxy.arm(ARI_DIRECTORY)
    expect_exit(site.run('issue', 'vpn'), 0)
    before, refused = site.live(), []
    faults = row[1]
    inner = faults[1].action
    faults[1].action = lambda x: (refused.append('replaces' in x.payload()), inner(x))[1]
    site.proxy.arm(*faults)
    expect_exit(site.run('issue', 'vpn'), 0)
    expect((refused[0], refused[-1]), (True, False), 'orders that replace')
    expect(site.proxy.orders_seen, 1, 'orders placed')
    if site.live() == before:
        raise AssertionError('it was not renewed')


def test_replaces_is_refused(folder):
    rows = [(kind or f'{status} page', refuse_replaces(status, problem(kind) if kind else b'<html>'))
            for status, kind in ((409, 'alreadyReplaced'), (400, 'malformed'), (403, 'unauthorized'), (404, 'malformed'),
                                 (500, 'serverInternal'), (400, ''), (502, ''))]
    all_of(folder, rows, play_replaces)
