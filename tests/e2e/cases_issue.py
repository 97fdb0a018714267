# SPDX-License-Identifier: Apache-2.0
"""Issuing on Linux (deploy.target none) against Pebble and BIND."""
import json, os, re, signal, subprocess, time
from world import COMPANY, PROGRAM, Skip, World, wait_for

NAME = f'vpn.{COMPANY}'


def expect(got, want, what):
    if got != want:
        raise AssertionError(f'{what}: got {got!r}, want {want!r}')


def expect_in(part, text, what):
    if part not in text:
        raise AssertionError(f'{what}: {part!r} is not in {text!r}')


def expect_exit(r, code):
    expect(r.returncode, code, f'exit code (stdout {r.stdout[-800:]!r}, stderr {r.stderr[-1500:]!r})')


def expect_one_line(r, *parts):
    """One error line on stderr that holds every part."""
    lines = [line for line in r.stderr.splitlines() if line.startswith('error: ')]
    expect(len(lines), 1, f'error lines in {r.stderr!r}')
    for part in parts:
        expect_in(part, lines[0], 'error line')


def text_of(w, names=None):
    return [n for n in names or [NAME] if w.bind.query(w.target(n), 'TXT')]


def chain_of(w, name='vpn'):
    return w.state_dir / 'certs' / name / 'live' / 'chain.pem'


def weeks_later(state_dir, name='vpn'):
    """Makes the program forget what it counts against its budget, as time would."""
    path = state_dir / 'certs' / name / 'state.json'
    if path.exists():
        state = json.loads(path.read_text())
        state['ordered_at'], state['failed'] = [], {}
        path.write_text(json.dumps(state))


def files_of(folder):
    """Every file with its inode and time, but the lock, which names who held it last, and run.json, which tells the watchdog when
    a run has ended."""
    return {str(p): (p.stat().st_ino, p.stat().st_mtime_ns) for p in sorted(folder.rglob('*'))
            if p.name not in ('lock', 'run.json')}


def openssl_text(path, *what):
    return subprocess.run(['openssl', 'x509', '-noout', '-in', str(path), *what], check=True,
                          capture_output=True, text=True).stdout


def test_first_issuance_then_nothing_due_then_renewal(folder):
    with World(folder) as w:
        w.delegate(NAME)
        w.write_config('vpn')
        code, doc = w.json('issue', 'vpn')
        expect(code, 0, doc)
        result = doc['results'][0]
        expect((result['action'], result['ok']), ('issued', True), 'result')
        expect_in(NAME, openssl_text(chain_of(w), '-ext', 'subjectAltName'), 'certificate')
        expect(text_of(w), [], 'TXT records left')
        first = openssl_text(chain_of(w), '-fingerprint', '-sha256')

        before = files_of(w.state_dir)
        code, doc = w.json('run')
        expect((code, doc['results'][0]['action']), (0, 'none'), 'run with nothing due')
        expect(doc['results'][0]['https']['requests'], 0, 'requests with nothing due')
        expect(files_of(w.state_dir), before, 'files after a run with nothing due')

        code, doc = w.json('issue', 'vpn')
        expect((code, doc['results'][0]['action']), (0, 'renewed'), 'renewal')
        if openssl_text(chain_of(w), '-fingerprint', '-sha256') == first:
            raise AssertionError('the renewal left the old certificate in place')
        if doc['results'][0]['https']['connections'] != 1:
            raise AssertionError(f'one TLS connection was expected: {doc["results"][0]["https"]}')


def test_the_chain_verifies_and_the_key_fits(folder):
    with World(folder) as w:
        w.delegate(NAME)
        w.write_config('vpn', key='rsa2048')
        expect_exit(w.run('issue', 'vpn'), 0)
        (folder / 'root.pem').write_bytes(w.pebble.root())
        live = chain_of(w).parent
        subprocess.run(['openssl', 'verify', '-CAfile', str(folder / 'root.pem'), '-untrusted', str(live / 'chain.pem'),
                        str(live / 'chain.pem')], check=True, capture_output=True)
        public = subprocess.run(['openssl', 'pkey', '-in', str(live / 'key.pem'), '-pubout'], check=True,
                                capture_output=True, text=True).stdout
        expect(openssl_text(chain_of(w), '-pubkey'), public, 'public key')
        expect(oct(os.stat(live / 'key.pem').st_mode & 0o777), '0o600', 'mode of the key')
        expect(oct(os.stat(w.state_dir).st_mode & 0o777), '0o700', 'mode of the state folder')


def test_apex_wildcard_and_another_name_in_one_certificate(folder):
    names = [COMPANY, f'*.{COMPANY}', NAME]
    with World(folder) as w:
        w.delegate(COMPANY, NAME)
        w.write_config('all', names=names)
        expect_exit(w.run('issue', 'all'), 0)
        text = openssl_text(chain_of(w, 'all'), '-ext', 'subjectAltName')
        for name in names:
            expect_in(f'DNS:{name}', text, 'certificate')
        expect(text_of(w, [COMPANY, NAME]), [], 'TXT records left')


def test_without_the_cname_the_record_is_printed_and_nothing_ordered(folder):
    with World(folder) as w:
        w.write_config('vpn')
        record = f'_acme-challenge.{NAME}. CNAME {w.target(NAME)}.'
        r = w.run('issue', 'vpn')
        expect_exit(r, 4)
        expect_one_line(r, f'_acme-challenge.{NAME}')
        expect_in(record, ' '.join(r.stderr.split()), 'hint')
        r = w.run('check', 'vpn')
        expect_exit(r, 9)
        expect_in(record, ' '.join(r.stdout.split()), 'check')
        log = (folder / 'pebble' / 'log').read_text()
        if 'POST' in log and '/order-plz' in log:
            raise AssertionError('an order was placed')


def test_check_passes_and_leaves_nothing(folder):
    with World(folder) as w:
        w.delegate(NAME)
        w.write_config('vpn')
        code, doc = w.json('check')
        expect(code, 0, doc['checks'])
        levels = {c['id']: c['level'] for c in doc['checks']}
        expect([i for i, level in levels.items() if level == 'fail'], [], 'failed checks')
        expect(text_of(w), [], 'TXT records left')


def test_status_tells_the_expiry(folder):
    with World(folder) as w:
        w.delegate(NAME)
        w.write_config('vpn')
        code, doc = w.json('status')
        expect((code, doc['certificates'][0]['state']), (0, 'none'), 'before')
        expect_exit(w.run('issue', 'vpn'), 0)
        code, doc = w.json('status')
        cert = doc['certificates'][0]
        expect((code, cert['state'], cert['names']), (0, 'valid', [NAME]), 'after')
        expect(cert['sha256'], openssl_text(chain_of(w), '-fingerprint', '-sha256').split('=')[1].strip()
               .replace(':', '').lower(), 'sha256')


def test_every_kill_is_survived(folder):
    """Killed after 20, 40, 60 ... ms, the next runs end with a certificate, one order, and no TXT."""
    with World(folder) as w:
        w.delegate(NAME)
        w.write_config('vpn')
        argv = [str(PROGRAM), '--config', str(w.config_dir), '--state', str(w.state_dir), 'issue', 'vpn']
        for i in range(1, 12):
            weeks_later(w.state_dir)
            p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                p.wait(i * 0.02)
            except subprocess.TimeoutExpired:
                p.send_signal(signal.SIGKILL)
                p.wait()
        weeks_later(w.state_dir)
        expect_exit(w.run('issue', 'vpn'), 0)
        expect_in(NAME, openssl_text(chain_of(w), '-ext', 'subjectAltName'), 'certificate')
        expect(text_of(w), [], 'TXT records left')


def test_two_at_once_one_waits_its_turn(folder):
    with World(folder) as w:
        w.delegate(NAME)
        w.write_config('vpn')
        w.run('check')  # makes the folder
        argv = [str(PROGRAM), '--config', str(w.config_dir), '--state', str(w.state_dir), '--json', 'issue', 'vpn']
        both = [subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 text=True) for _ in range(2)]
        outcome = [(p.communicate(timeout=60), p.returncode) for p in both]
        codes = sorted(code for _, code in outcome)
        if codes == [0, 0]:
            return  # the first had ended before the second began
        expect(codes, [0, 8], 'exit codes')
        (busy,) = [json.loads(out) for (out, _), code in outcome if code == 8]
        expect((busy['ok'], busy['error']['code']), (False, 'busy'), 'document')


def test_the_ca_is_down(folder):
    with World(folder) as w:
        w.delegate(NAME)
        w.write_config('vpn')
        w.pebble.stop()
        start = time.monotonic()
        r = w.run('issue', 'vpn')
        expect_exit(r, 5)
        expect_one_line(r, f'127.0.0.1:{w.pebble.port}')
        if time.monotonic() - start > 60:
            raise AssertionError('it took longer than a minute')
        w.pebble.start()
        expect_exit(w.run('issue', 'vpn'), 0)


def test_the_ca_is_not_trusted(folder):
    with World(folder) as w:
        w.delegate(NAME)
        w.write_config('vpn')
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
                        '-subj', '/CN=other', '-keyout', '/dev/null', '-out', str(w.config_dir / 'conf.d/ca.pem')],
                       check=True, capture_output=True)
        r = w.run('issue', 'vpn')
        expect_exit(r, 5)
        expect_one_line(r, '127.0.0.1')
        expect_in('acme.ca_file', r.stderr, 'cure')


def test_wrong_tsig_keys_and_refusals(folder):
    with World(folder) as w:
        w.delegate(NAME)
        for change, parts in ((('key_file', 'bad.key'), ['TSIG']), (('key_name', 'nobody'), ['TSIG']),
                              (('zone', COMPANY), ['outside', COMPANY])):
            conf = w.config([NAME])
            conf['dns']['rfc2136'][change[0]] = change[1]
            w.write_config('vpn', dns=conf['dns'])
            bad = w.config_dir / 'conf.d/bad.key'
            bad.write_text('c2VjcmV0c2VjcmV0c2VjcmV0\n')
            bad.chmod(0o600)
            r = w.run('issue', 'vpn', state=folder / f'state-{change[0]}')
            expect_exit(r, 4)
            expect_one_line(r, *parts)


def test_cname_loops_and_dead_ends(folder):
    with World(folder) as w:
        w.bind.add_company(f'_acme-challenge.{NAME}. IN CNAME loop.{COMPANY}.', f'loop.{COMPANY}. IN CNAME _acme-challenge.{NAME}.')
        w.write_config('vpn')
        r = w.run('issue', 'vpn')
        expect_exit(r, 4)
        expect_one_line(r, 'loop')


def test_cname_into_a_zone_that_does_not_exist(folder):
    with World(folder) as w:
        w.bind.add_company(f'_acme-challenge.{NAME}. IN CNAME x.no-such-zone.example.')
        w.write_config('vpn')
        r = w.run('issue', 'vpn')
        expect_exit(r, 4)
        expect_one_line(r, 'no-such-zone.example')


def test_a_failed_run_backs_off_and_issue_overrides(folder):
    with World(folder) as w:
        w.write_config('vpn')
        expect_exit(w.run('run'), 4)
        r = w.run('run')
        expect_exit(r, 10)
        expect_one_line(r, 'put off until')
        code, doc = w.json('run')
        expect((code, doc['error']['message'].count('put off until')), (10, 1), 'the cause, and no more than that')
        expect_in('it is not delegated', w.json('status')[1]['certificates'][0]['last']['message'], 'last')
        w.delegate(NAME)
        expect_exit(w.run('issue', 'vpn'), 0)
        expect_exit(w.run('run'), 0)


def test_disk_full_orders_nothing_and_loses_nothing(folder):
    with World(folder) as w:
        w.delegate(NAME)
        w.write_config('vpn')
        expect_exit(w.run('issue', 'vpn'), 0)
        before = openssl_text(chain_of(w), '-fingerprint', '-sha256')
        small = folder / 'small'
        small.mkdir(mode=0o700)
        mount = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=8m,mode=700', 'tmpfs', str(small)],
                               capture_output=True, text=True)
        if mount.returncode:
            raise Skip(f'no small file system can be made: {mount.stderr.strip()}')
        try:
            subprocess.run(['cp', '-a', f'{w.state_dir}/.', str(small)], check=True)
            full = small / 'full'
            with open(full, 'wb', buffering=0) as f:
                try:
                    while f.write(bytes(4096)):
                        pass
                except OSError:
                    pass
            orders = w.pebble.order_requests()
            r = w.run('issue', 'vpn', state=small)
            expect_exit(r, 1)
            expect_one_line(r, str(small), 'free')
            expect(w.pebble.order_requests(), orders, 'orders')
            live = small / 'certs/vpn/live/chain.pem'
            expect(openssl_text(live, '-fingerprint', '-sha256'), before, 'certificate')
            full.unlink()
            expect_exit(w.run('issue', 'vpn', state=small), 0)
        finally:
            subprocess.run(['umount', str(small)], check=True)


def test_three_failed_validations_an_hour_and_no_more(folder):
    with World(folder) as w:
        w.delegate(NAME)
        w.write_config('vpn')
        w.pebble.stop()
        resolver, w.pebble.resolver = w.pebble.resolver, '127.0.0.1:1'  # the CA cannot see our records
        w.pebble.start()
        for _ in range(3):
            expect_exit(w.run('issue', 'vpn'), 4)
        orders = w.pebble.order_requests()
        r = w.run('issue', 'vpn')
        expect_exit(r, 10)
        expect_one_line(r, 'three validations have failed', 'may be tried again at')
        expect_exit(w.run('run'), 10)
        expect(w.pebble.order_requests(), orders, 'orders')
        _, doc = w.json('status')
        used = doc['certificates'][0]['budget']['failed_validations']
        expect((used['limit'], [(n['name'], n['used']) for n in used['names']]), (3, [(NAME, 3)]), 'what is used up')
        expect_in(f'{NAME}: 3 of 3 failed validations within an hour are used up', w.run('status').stdout, 'status')
        path = w.state_dir / 'certs/vpn/state.json'
        state = json.loads(path.read_text())
        state['failed'][NAME][2] = '2026-01-01T00:00:00Z'  # an hour later
        path.write_text(json.dumps(state))
        w.pebble.stop()
        w.pebble.resolver = resolver
        w.pebble.start()
        expect_exit(w.run('issue', 'vpn'), 0)


def test_five_orders_a_week_and_no_more(folder):
    with World(folder) as w:
        w.delegate(NAME)
        w.write_config('vpn')
        for _ in range(5):
            expect_exit(w.run('issue', 'vpn'), 0)
        code, doc = w.json('issue', 'vpn')
        expect((code, doc['results'][0]['action'], doc['results'][0]['https']['requests']), (10, 'postponed', 0),
               'the sixth')
        expect_exit(w.run('run'), 0)  # nothing is due


def many(w, count, missing=()):
    """Configurations n00, n01, ... with a name each; those in `missing` are not delegated."""
    names = [f'n{i:02}' for i in range(count)]
    w.delegate(*(f'{n}.{COMPANY}' for n in names if n not in missing))
    for n in names:
        w.write_config(n)
    return names


def test_twenty_names_in_one_run_and_one_of_them_fails(folder):
    with World(folder, PEBBLE_WFE_NONCEREJECT='30') as w:
        names = many(w, 20, missing=['n07'])
        code, doc = w.json('run', '--jobs', '8', '--log-file', str(folder / 'log'))
        expect(code, 4, f'exit code ({doc["error"]})')
        expect([r['name'] for r in doc['results']], names, 'order of the results')
        expect([r['name'] for r in doc['results'] if not r['ok']], ['n07'], 'names that failed')
        for r in doc['results']:
            expect(r['action'], 'failed' if r['name'] == 'n07' else 'issued', r['name'])
        connections = sum(r['https']['connections'] for r in doc['results'])
        if not 1 <= connections <= 8:
            raise AssertionError(f'at most one TLS connection a worker was expected: {connections}')
        expect(len(list((w.state_dir / 'accounts').glob('*/account.json'))), 1, 'accounts')
        log = (w.folder / 'pebble' / 'log').read_text(errors='replace')
        expect(log.count('There are now 1 accounts in memory'), 1, 'registrations')
        expect('There are now 2 accounts' in log, False, 'a second account')
        expect(text_of(w, [f'{n}.{COMPANY}' for n in names]), [], 'TXT records left')
        for line in (folder / 'log').read_text().splitlines():
            if not re.match(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \d+ (info|warn|error) \S', line):
                raise AssertionError(f'a log line that is not whole: {line!r}')

        r = w.run('run', '--jobs', '32')  # people's form: a line a name, each of them whole
        expect(r.returncode, 10, f'exit code of a run that puts one off: {r.stderr!r}')
        expect(sorted(line.split(':')[0] for line in r.stdout.splitlines()), names, 'lines on stdout')


def test_an_interrupt_takes_no_further_name(folder):
    with World(folder, PEBBLE_VA_NOSLEEP='0', PEBBLE_VA_SLEEPTIME='1') as w:
        names = many(w, 12)
        p = subprocess.Popen([str(PROGRAM), '--config', str(w.config_dir), '--state', str(w.state_dir), '--json',
                              'run', '--jobs', '2'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
        wait_for('the first order', lambda: list((w.state_dir / 'certs').glob('*/order.json')))
        p.send_signal(signal.SIGTERM)
        out, _ = p.communicate(timeout=60)
        results = json.loads(out)['results']
        if p.returncode == 0 or len(results) >= len(names):
            raise AssertionError(f'not interrupted: exit code {p.returncode}, {len(results)} results')
        expect([r['name'] for r in results], names[:len(results)], 'names begun')
        code, doc = w.json('run', '--jobs', '4')
        expect(code, 0, doc['error'])
