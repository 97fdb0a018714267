# SPDX-License-Identifier: Apache-2.0
"""`probe`: every stage against the simulated SSTP server (no Wine), and the Windows program against the simulated RRAS host."""
import json, signal, subprocess
import lab as sim
from cases_issue import expect, expect_in
from documents import named
from sstp_server import HOST, SstpServer, make_ca, make_certificate
from world import PROGRAM, wait_for

EVERYTHING = ['listener', 'sstp', 'account', 'hash']


class Prober:
    """rras-acme probe against a server, as an administrator who knows its CA and has a test account."""

    def __init__(self, server):
        self.server = server
        self.password = server.folder / 'password'
        self.give('secret')

    def give(self, password):
        self.password.write_text(password + '\n')
        self.password.chmod(0o600)

    def argv(self, *more, host=HOST):
        return [str(PROGRAM), 'probe', f'{host}:{self.server.port}', '--address', '127.0.0.1', '--ca-file', str(self.server.ca_file), *more]

    def run(self, words, *more, host=HOST):
        self.server.set(words)
        return subprocess.run(self.argv(*more, host=host), capture_output=True, text=True, timeout=60)

    def json(self, words, *more, **args):
        r = self.run(words, '--json', *more, **args)
        doc = named(json.loads(r.stdout))
        expect((doc['command'], doc['exit_code'], doc['ok']), ('probe', r.returncode, r.returncode == 0), f'{words}: head')
        return doc

    def account(self, words, *more):
        return self.json(words, '--user', 'CORP\\probe', '--password-file', str(self.password), *more)


def stages(doc):
    return {s['stage']: s['code'] for s in doc['stages']}


def expect_attempts(server, want, what, connections=0):
    """Authentications that the server has seen since it was last asked; so many connections have to have come."""
    wait_for(f'{what}: {want} authentications in {server.lines}',
             lambda: sum(int(c.get('attempts', 0)) for c in server.calls(connections)) == want)
    server.forget()


def test_how_far_it_gets(folder):
    """Without an account: what is proved, and the first thing that fails."""
    with SstpServer(folder) as server:
        p = Prober(server)
        doc = p.json('')
        expect((doc['exit_code'], doc['proved'], stages(doc)),
               (0, ['listener', 'sstp'], {'tcp': 'tcp-ok', 'tls': 'tls-ok', 'http': 'http-ok', 'sstp': 'sstp-ok'}), 'healthy')
        expect((doc['hash_protocols'], doc['certificate']['sha256'], doc['certificate']['names'], doc['certificate']['ok']),
               (['sha256'], server.sha256, [HOST], True), 'certificate')
        expect([(a['sni'], a['get_status'], a['head_status']) for a in doc['addresses']], [(True, 401, 401), (False, 0, 0)], 'looks')
        for words, code in (('fault=tls-reset', 'tls-reset'), ('fault=tls-close', 'tls-closed'), ('fault=http-503', 'http-503'),
                            ('fault=http-1.0', 'http-version'), ('fault=nak', 'sstp-nak'), ('fault=mask-0', 'sstp-nohash')):
            doc = p.json(words)
            expect((doc['exit_code'], doc['trouble'], doc['error']['code']), (9, code, 'check'), words)
        doc = p.json('early=judge', '--early-binding')
        expect((doc['proved'], doc['held']['without_logon'], doc['held']['logons']), (['listener', 'sstp', 'hash'], True, 0), 'early')
        expect(p.json('early=refuse', '--early-binding')['held']['verdict'], 'unknown', 'told nothing')
        expect_attempts(server, 0, 'without an account')
        r = p.run('')
        for part in ('listener alive, SSTP answers', 'Not proved: that the running service accepts the hash', 'days left'):
            expect_in(part, r.stdout, 'people')


def test_an_account_goes_the_whole_way(folder):
    """The hash that the service holds, the control, the claims, and how often the account is used for it."""
    with SstpServer(folder) as server:
        p = Prober(server)
        doc = p.account('')
        expect((doc['exit_code'], doc['proved'], doc['held']['control']), (0, EVERYTHING, 'refused'), 'whole way')
        expect_attempts(server, 2, 'whole way')
        expect([stages(doc)[s] for s in ('lcp', 'auth', 'binding')], ['lcp-ok', 'auth-ok', 'binding-accepted'], 'stages')
        doc = p.account('early=judge')
        expect((doc['proved'], doc['held']['logons']), (EVERYTHING, 1), 'one logon where early calls tell')
        expect_attempts(server, 1, 'one logon')
        doc = p.account('auth=pap fault=mask-sha1', '--pap')
        expect((doc['proved'], doc['hash_protocols']), (EVERYTHING, ['sha1']), 'PAP and SHA-1')
        doc = p.account('fault=verify-nothing')
        expect((doc['exit_code'], doc['proved'], doc['held']['verdict']), (0, EVERYTHING[:3], 'any'), 'a server that looks at nothing')
        expect_in('proves nothing', doc['verdict'], 'verdict')

        old = make_certificate(folder, 'second')
        expect_attempts(server, 4, 'PAP, and one that looks at nothing')
        doc = p.account(f'sha256={old} early=refuse', '--claim', '00' * 32, '--claim', str(folder / 'second.crt'))
        expect((doc['exit_code'], doc['trouble'], doc['held']['verdict']), (9, 'binding-refused', 'other'), 'stale hash')
        expect_attempts(server, 3, 'stale hash')
        expect_in('second.crt', doc['held']['claim'], 'whose it is')
        doc = p.account(f'sha256={old} early=judge', '--claim', old)
        expect(doc['held']['verdict'], 'other', 'found without a logon')
        expect_attempts(server, 1, 'found without a logon')

        for words, code, used in (('fault=eap-only', 'auth-method', 0), ('fault=chap-649', 'auth-649', 1), ('auth=pap', 'auth-method', 0)):
            doc = p.account(words)
            expect((doc['exit_code'], doc['trouble']), (9, code), words)
            expect_attempts(server, used, words)
        p.give('Secret')
        doc = p.account('', '--claim', old)
        expect((doc['trouble'], doc['held']['logons']), ('auth-691', 1), 'a wrong password is tried once')
        expect_attempts(server, 1, 'a wrong password')
        expect('Secret' in json.dumps(doc), False, 'password in the document')


def test_account_is_kept_from_strangers(folder):
    """Whoever shows a certificate that did not pass never sees anything of the account."""
    with SstpServer(folder / 'server') as server:
        p = Prober(server)
        for what, args, code in (('another name', {'host': 'www.example.test'}, 'cert-name'), ('another pin', {'pin': 'ab' * 32}, 'cert-other'),
                                 ('another CA', {'ca': make_ca(folder / 'other')}, 'cert-chain')):
            more = [*(['--expect-sha256', args['pin']] if 'pin' in args else []), *(['--ca-file', str(args['ca'])] if 'ca' in args else [])]
            doc = p.json('', '--user', 'probe', '--password-file', str(p.password), *more, host=args.get('host', HOST))
            expect((doc['exit_code'], doc['trouble'], doc['held']), (9, code, None), what)
            expect_attempts(server, 0, what, 3)
            expect_in('The account was not used', doc['verdict'], what)
        for name, code, more in (('expired', 'cert-time', {'days': '-1'}), ('client', 'cert-eku', {'usage': 'clientAuth'})):
            make_certificate(server.folder, name, **more)
            server.serve(name)
            expect(p.account('')['trouble'], code, name)
            expect_attempts(server, 0, name, 3)
        pin = make_certificate(server.folder, 'pinned', san='DNS:else.example.test')
        server.serve('pinned')
        doc = p.account('early=refuse', '--expect-sha256', pin)
        expect((doc['trouble'], doc['certificate']['ok'], doc['held']['verdict']), ('binding-refused', True, 'not_this'), 'pinned, but stale')


def test_watch_sees_every_outage(folder):
    """The lines come as things happen; Ctrl-C ends it with the summary."""
    with SstpServer(folder) as server:
        make_certificate(folder, 'second')
        p = Prober(server)
        with subprocess.Popen(p.argv('--watch', '20'), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as w:
            try:
                def until(part):
                    for line in w.stdout:
                        if part in line:
                            return line
                    raise AssertionError(f'{part!r} never came; {w.stderr.read()}')
                until(' up')
                server.set('fault=http-503')
                until('DOWN http-503')
                server.set('fault=tls-reset')
                until('still down, now tls-reset')
                server.set('')
                until('up again after')
                server.serve('second')
                until('another certificate')
                w.send_signal(signal.SIGINT)
                summary = until('questions')
                expect(w.wait(10), 9, 'exit code')
            finally:
                w.kill()
        expect_in('1 outage, longest', summary, 'summary')
        expect_in('the certificate changed', summary, 'summary')
        doc = named(json.loads(p.run('', '--json', '--watch', '20', '--for', '200ms').stdout))
        expect((doc['exit_code'], doc['watch']['failed'], doc['watch']['outages'], doc['watch']['questions'] > 2), (0, 0, [], True), 'quiet watch')


def test_windows_program_at_the_simulated_host(folder):
    """Both families, LocalMachine\\My as claims, a family that is not bound."""
    with sim.Lab(folder / 'lab') as lab:
        lab.up(HOST)
        served = lab.show(look=False)['my'][0]

        def probe(host, cert, *more):
            r = lab.run('--json', 'probe', f'{host}:{lab.port}', '--expect-sha256', cert['sha256'], *more, env={'PROBE_PASSWORD': 'secret'})
            return named(json.loads(r.stdout))
        account = ('--user', 'probe', '--password-file', 'env:PROBE_PASSWORD')
        doc = probe('localhost', served, *account)
        expect((doc['exit_code'], doc['proved'], doc['stages'][0]['code']), (0, EVERYTHING, 'dns-ok'), doc['verdict'])
        new = lab.new_cert(HOST)
        lab.bind('v4', new['sha1'])  # http.sys serves it at once; RRAS holds the old one's hash until it restarts
        doc = probe('127.0.0.1', new, *account, '--claim', 'store')
        expect((doc['exit_code'], doc['trouble'], doc['held']['verdict']), (9, 'binding-refused', 'other'), doc['verdict'])
        expect_in('LocalMachine\\My', doc['held']['claim'], 'whose hash it is')
        expect(probe('[::1]', served)['proved'], ['listener', 'sstp'], 'the other family is as it was')
        lab.unbind('v6')
        expect_in(probe('[::1]', served)['trouble'], ('tls-reset', 'tls-closed'), 'the other family is not bound')
