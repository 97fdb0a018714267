# SPDX-License-Identifier: Apache-2.0
"""Gateways that are not alone on their port or do not end TLS themselves: bindings of other programs, records before the
wildcards, DirectAccess, TLS offload.
"""
import contextlib, hashlib, json, socket, ssl, subprocess, threading
from cases_gateway import delegated_gateway, expect_whole
from cases_issue import expect, expect_exit, expect_in, expect_one_line, weeks_later
from cases_window import in_hours
from gateway import HOST, PROGRAM_DATA, PfxGateway

IIS = '{4dc3e181-e14b-4a21-b022-59fc669b0914}'
SSTP = '{ba195980-cd49-458b-9e23-c84ee0adcd75}'
IP_HTTPS = '{5d8e2743-ef20-4d38-8751-7e400f200e65}'
NO_HTTP2 = 0x10
NEGOTIATE_CLIENT_CERT = 2


def give_to_iis(g, flags=NO_HTTP2):
    """Both wildcards become IIS's, with the certificate that RRAS uses."""
    sha1 = g.lab.served()['sha1']
    for family in ('v4', 'v6'):
        g.lab.bind(family, sha1, 'iis', flags=flags)


def records(g):
    """Everything of the wildcards but the hash."""
    shown = {b['name']: {k: v for k, v in b.items() if k not in ('name', 'hash')} for b in g.lab.show(look=False)['bindings']}
    return [shown.get(g.lab.binding_name(f)) for f in ('v4', 'v6')]


def owners(g):
    return [r and r['app_id'] for r in records(g)]


def test_a_shared_binding_keeps_everything_but_its_hash(folder):
    with delegated_gateway(folder, deploy={'binding': 'share'}) as g:
        give_to_iis(g)
        before = records(g)
        old = expect_whole(g, 'before')
        for flag in (0, 1):
            g.lab.value('isHashConfiguredByAdmin', flag)
            weeks_later(g.state_dir)
            code, doc = g.json('issue', 'vpn')
            expect(code, 0, doc)
            steps = [s['step'] for s in doc['results'][0]['steps']]
            stop, bind = steps.index('stop RemoteAccess'), steps.index(f'bind 0.0.0.0:{g.lab.port}')
            expect(stop < bind, True, f'order of {steps}')
            lowered = [s for s in steps if s.startswith('set ')][0] == 'set isHashConfiguredByAdmin'
            expect((lowered, steps.count('set isHashConfiguredByAdmin')), (flag == 1, flag), f'flag {flag} in {steps}')
            new = expect_whole(g, f'flag {flag}')
            if new == old:
                raise AssertionError('the old certificate is still served')
            expect(records(g), before, 'the records but for their hashes')
            expect(g.lab.show(look=False)['sstp']['isHashConfiguredByAdmin']['number'], flag, 'flag')
            old = new
        code, doc = g.json('run')
        expect((code, doc['results'][0]['action']), (0, 'none'), 'run')
        _, doc = g.json('check')
        found = {c['id']: c for c in doc['checks']}['deploy.bindings']
        expect((found['level'], 'IIS' in found['finding']), ('note', True), found)


def test_faults_and_deaths_on_a_shared_binding_end_whole(folder):
    with delegated_gateway(folder, deploy={'binding': 'share'}) as g:
        give_to_iis(g)
        before = records(g)
        old = expect_whole(g, 'before')
        for fault in ('HttpUpdateServiceConfiguration#2=5', 'RegSetValueExW#2=5'):
            g.lab.fault(fault)
            r = g.run('issue' if not (g.state_dir / 'certs/vpn/held').exists() else 'deploy', 'vpn')
            expect(r.returncode, 6, f'{fault}: {r.stdout[-1500:]} {r.stderr[-1500:]}')
            g.lab.clear_faults()
            expect(expect_whole(g, fault), old, f'{fault}: leaf')
            expect(records(g), before, f'{fault}: records')
        expect_exit(g.run('deploy', 'vpn'), 0)
        old = expect_whole(g, 'after the faults')
        for death in ('ControlService#1=die-after', 'RegSetValueExW#1=die-after', 'HttpUpdateServiceConfiguration#1=die-after',
                      'HttpUpdateServiceConfiguration#2=die-after', 'StartServiceW#1=die'):
            weeks_later(g.state_dir)
            g.lab.fault(death)
            r = g.run('issue', 'vpn')
            expect(r.returncode, 137, f'{death}: {r.stdout[-1500:]} {r.stderr[-1500:]}')
            g.lab.clear_faults()
            r = g.run('run')
            expect(r.returncode, 0, f'after {death}: {r.stdout[-1500:]} {r.stderr[-1500:]}')
            new = expect_whole(g, f'after {death}')
            if new == old:
                raise AssertionError(f'{death}: the renewal was lost')
            old = new
            expect(records(g), before, f'{death}: records')


def test_a_binding_is_taken_over_only_when_told_to(folder):
    with delegated_gateway(folder) as g:
        give_to_iis(g)
        before = records(g)
        old = expect_whole(g, 'before')
        r = g.run('issue', 'vpn')
        expect_exit(r, 2)
        expect_one_line(r, 'IIS')
        g.configure(deploy={'binding': 'takeover'})
        g.lab.fault('HttpUpdateServiceConfiguration#2=5')
        expect_exit(g.run('issue', 'vpn'), 6)
        g.lab.clear_faults()
        expect((expect_whole(g, 'put back'), records(g)), (old, before), 'put back')
        expect_exit(g.run('deploy', 'vpn'), 0)
        if expect_whole(g, 'taken over') == old:
            raise AssertionError('the old certificate is still served')
        expect([(r['app_id'], r['flags'], r['check_mode']) for r in records(g)], [(SSTP, 0, 0x1000)] * 2, 'records')
        give_to_iis(g, flags=NEGOTIATE_CLIENT_CERT)
        r = g.run('deploy', 'vpn')
        expect_exit(r, 2)
        expect_one_line(r, 'client certificates')
        g.configure(deploy={'binding': 'share'})
        expect_exit(g.run('deploy', 'vpn'), 0)
        expect([(r['app_id'], r['flags']) for r in records(g)], [(IIS, NEGOTIATE_CLIENT_CERT)] * 2, 'shared')


def test_records_before_the_wildcards_are_judged(folder):
    with delegated_gateway(folder) as g:
        old = expect_whole(g, 'before')
        other = g.lab.new_cert('www.example.test')
        g.lab.bind(f'www.example.test:{g.lab.port}', other['sha1'], 'iis', raw=True)
        expect_exit(g.run('issue', 'vpn'), 0)  # of no concern to us
        new = expect_whole(g, 'deployed beside a record of another name')
        if new == old:
            raise AssertionError('the old certificate is still served')
        mine = g.lab.served()['sha1']
        g.lab.bind(f'{HOST}:{g.lab.port}', mine, 'iis', raw=True)
        expect_exit(g.run('deploy', 'vpn'), 0)  # the same certificate
        g.lab.bind(f'{HOST}:{g.lab.port}', other['sha1'], 'iis', raw=True)
        r = g.run('deploy', 'vpn')
        expect_exit(r, 2)
        expect_one_line(r, 'IIS', HOST)
        expect_in(f'netsh http show sslcert hostnameport={HOST}:{g.lab.port}', r.stderr, 'how to look at it')
        expect_in(f'netsh http delete sslcert hostnameport={HOST}:{g.lab.port}', r.stderr, 'how to remove it')
        g.lab.unbind(f'{HOST}:{g.lab.port}')
        g.lab.bind(f'127.0.0.9:{g.lab.port}', other['sha1'], 'iis')
        r = g.run('deploy', 'vpn')
        expect_exit(r, 2)
        expect_in(f'netsh http delete sslcert ipport=127.0.0.9:{g.lab.port}', r.stderr, 'how to remove it')
        g.lab.unbind(f'127.0.0.9:{g.lab.port}')
        expect(expect_whole(g, 'after'), new, 'leaf')


def test_directaccess_beside_the_vpn(folder):
    with delegated_gateway(folder) as g:
        sha1 = g.lab.served()['sha1']
        g.lab.bind('127.0.0.9:4433', sha1, IP_HTTPS)
        r = g.run('issue', 'vpn')
        expect_exit(r, 2)
        expect_one_line(r, 'DirectAccess')
        expect_in('Set-RemoteAccess', r.stderr, 'cure')
        g.configure(deploy={'binding': 'share'})
        expect_exit(g.run('issue', 'vpn'), 0)  # its common name is the one that IP-HTTPS has
        new = g.lab.served()['sha1']
        if new == sha1:
            raise AssertionError('the old certificate is still served')
        other = g.lab.new_cert('da.example.test')
        g.lab.bind('127.0.0.9:4433', other['sha1'], IP_HTTPS)
        r = g.run('deploy', 'vpn')
        expect_exit(r, 2)
        expect_one_line(r, 'common name')
        expect(g.lab.served()['sha1'], new, 'leaf')


def test_a_gateway_without_ipv6(folder):
    with delegated_gateway(folder) as g:
        g.lab.without_ipv6()
        g.lab.restart()
        expect((g.lab.served('::1').get('error'), g.lab.events('RasSstp')[-1]['id']), ('refused', 13), 'without IPv6')
        old = g.lab.served()['sha256']
        r = g.run('issue', 'vpn')
        expect_exit(r, 0)
        expect_in('this machine has no IPv6 address: going on without it', r.stdout + r.stderr, 'warning')
        new = g.lab.served()['sha256']
        expect((new != old, owners(g)), (True, [SSTP, None]), 'deployed on IPv4')
        _, doc = g.json('run')
        expect((doc['results'][0]['action'], doc['results'][0]['restarted']), ('none', False), 'run')
        _, doc = g.json('status')
        expect(doc['certificates'][0]['deployed']['state'], 'current', 'status')
        levels = {c['id']: c['level'] for c in g.json('check')[1]['checks']}
        expect((levels['deploy.bindings'], levels['deploy.wire']), ('note', 'ok'), levels)
        weeks_later(g.state_dir)
        g.lab.mode('deaf', 1)
        expect_exit(g.run('issue', 'vpn'), 6)
        expect(g.lab.served()['sha256'], new, 'put back')


def test_rras_without_sstp_ports(folder):
    with delegated_gateway(folder) as g:
        g.lab.sstp_ports(0)
        g.lab.restart()
        expect(g.lab.served().get('error'), 'refused', 'listener')
        code, doc = g.json('issue', 'vpn')
        expect((code, doc['results'][0]['https']['requests']), (2, 0), 'refused before an order')
        expect_one_line(g.run('issue', 'vpn'), 'no SSTP ports')
        found = {c['id']: c for c in g.json('check')[1]['checks']}['deploy.ports']
        expect((found['level'], 'WAN Miniport (SSTP)' in found['cure']), ('fail', True), found)
        g.lab.fault('MprAdminServerGetInfo#1=5')
        expect('deploy.ports' in {c['id'] for c in g.json('check')[1]['checks']}, False, 'not known: nothing is said')
        g.lab.clear_faults()
        g.lab.sstp_ports(2)
        g.lab.restart()
        expect_exit(g.run('issue', 'vpn'), 0)
        expect_whole(g, 'with ports')


class Balancer(threading.Thread):
    """Ends TLS with a certificate of its own and passes the bytes on to the gateway."""

    def __init__(self, folder, to_port):
        super().__init__(daemon=True)
        folder.mkdir()
        self.folder, self.to_port = folder, to_port
        self.renew()
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]

    def renew(self, name=HOST):
        """Another certificate; its SHA-256."""
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30',
                        '-subj', f'/CN={name}', '-addext', f'subjectAltName=DNS:{name}', '-keyout', 'key.pem', '-out', 'cert.pem'],
                       check=True, capture_output=True, cwd=self.folder)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.folder / 'cert.pem', self.folder / 'key.pem')
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert((self.folder / 'cert.pem').read_text())).hexdigest()

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                one, _ = self.listener.accept()
                threading.Thread(target=self.pass_on, args=(one,), daemon=True).start()

    def pass_on(self, one):
        with contextlib.suppress(OSError), self.context.wrap_socket(one, server_side=True) as front, \
                socket.create_connection(('127.0.0.1', self.to_port)) as back:
            threading.Thread(target=self.copy, args=(back, front), daemon=True).start()
            self.copy(front, back)

    @staticmethod
    def copy(a, b):
        with contextlib.suppress(OSError):
            while data := a.recv(4096):
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.join(10)


@contextlib.contextmanager
def offloaded_gateway(folder, **more):
    with delegated_gateway(folder, deploy={'mode': 'offload', **more}) as g:
        g.lab.value('UseHttps', 0)
        g.lab.restart()
        yield g


def accepts(g, sha256):
    """Whether a client that came over a balancer with this certificate would be accepted."""
    with g.lab.call(tls=False) as call:
        expect(call.request(), 2, 'answer to the SSTP connect request')
        return call.connected(sha256) == 9


def stored(g):
    return g.lab.show(look=False)['sstp']['SHA256CertificateHash']['hex']


def test_offload_sets_the_hash_alone(folder):
    with offloaded_gateway(folder) as g:
        before = g.lab.show(look=False)
        old = stored(g)
        expect(accepts(g, old), True, 'the old certificate before')
        g.lab.fault('ControlService#1=5')
        expect_exit(g.run('issue', 'vpn'), 6)
        g.lab.clear_faults()
        expect((stored(g), accepts(g, old)), (old, True), 'put back')
        g.lab.fault('RegSetValueExW#1=die-after')
        expect_exit(g.run('deploy', 'vpn'), 137)
        g.lab.clear_faults()
        code, doc = g.json('deploy', 'vpn')
        expect(code, 0, doc)
        new = stored(g)
        _, doc = g.json('status')
        expect((doc['certificates'][0]['sha256'], doc['certificates'][0]['deployed']['state']), (new, 'current'), 'status')
        expect((accepts(g, new), accepts(g, old)), (True, False), 'new and old certificate')
        after = g.lab.show(look=False)
        for what in ('my', 'bindings', 'key_files'):
            expect(after[what], before[what], f'{what}: not to be touched')
        code, doc = g.json('run')
        expect((code, doc['results'][0]['action']), (0, 'none'), 'run')
        found = {c['id']: c for c in g.json('check')[1]['checks']}
        expect((found['deploy.hashes']['level'], found['deploy.wire']['level']), ('ok', 'warn'), found)
        expect_in('nothing would prove that the balancer serves', found['deploy.wire']['finding'], 'no balancer is named')
        # What serves is known by its hash alone, and waits for its window all the same.
        g.configure(deploy={'mode': 'offload', 'window': [in_hours(5)]})
        code, doc = g.json('issue', 'vpn')
        expect((code, doc['results'][0]['deployed'], stored(g)), (0, False, new), doc)
        expect_in('outside of the maintenance windows', doc['results'][0]['note'], 'held')


def test_offload_waits_for_the_balancer(folder):
    with offloaded_gateway(folder) as g, Balancer(folder / 'balancer', g.lab.port) as balancer:
        old = stored(g)
        g.configure(deploy={'mode': 'offload', 'verify': {'timeout': '15s', 'probe': ['127.0.0.1', f'127.0.0.1:{balancer.port}']}})
        r = g.run('issue', 'vpn')
        expect_exit(r, 6)
        expect_one_line(r, f'balancer 127.0.0.1:{balancer.port}', 'nothing was changed')
        expect_in('put the certificate on the balancer first', r.stdout + r.stderr, 'cure')
        expect((stored(g), accepts(g, old)), (old, True), 'hash')


def follow(g, *probes):
    """Nothing but this: no ACME, no DNS."""
    deploy = {'mode': 'offload', 'source': 'balancer', 'port': g.lab.port, 'window': ['daily 00:00-00:01', 'daily 12:00-12:01'],
              'restart': {'timeout': '10s'}, 'verify': {'timeout': '5s', 'stable': '0s', 'probe': ['127.0.0.1', *probes]}}
    (g.lab.c / PROGRAM_DATA / 'conf.d/vpn.json').write_text(json.dumps({'names': [HOST], 'deploy': deploy}))


def said(g, *argv):
    r = g.lab.run('--json', *argv)
    return r.returncode, json.loads(r.stdout)


def test_the_hash_follows_what_the_balancer_serves(folder):
    with PfxGateway(folder / 'gateway') as g, Balancer(folder / 'one', g.lab.port) as one, Balancer(folder / 'two', g.lab.port) as two:
        g.lab.value('UseHttps', 0)
        g.lab.restart()
        old = stored(g)
        follow(g, f'127.0.0.1:{one.port}')
        wanted = one.renew()
        code, doc = said(g, 'run')
        result = doc['results'][0]
        expect((code, result['action'], result['proven'], result['https']['requests']), (0, 'deployed', True, 0), doc)
        expect((stored(g), accepts(g, wanted), accepts(g, old)), (wanted, True, False), 'followed')
        code, doc = said(g, 'run')
        expect((code, doc['results'][0]['action'], doc['results'][0]['restarted']), (0, 'none', False), 'nothing to do')
        found = {c['id']: c['level'] for c in said(g, 'check')[1]['checks']}
        expect((found['deploy.balancer'], found['deploy.hashes'], found['deploy.wire'], 'ca.directory' in found), ('ok', 'ok', 'ok', False), found)
        # Renewed on the balancer: clients are refused, so at once, window or not.
        wanted = one.renew()
        shown = said(g, 'status')[1]['certificates'][0]
        expect((shown['source'], shown['deployed']['state']), ('balancer', 'drift'), shown)
        expect_exit(g.lab.run('run'), 0)
        expect((stored(g), accepts(g, wanted)), (wanted, True), 'the renewal was followed')
        shown = said(g, 'status')[1]['certificates'][0]
        expect((shown['sha256'], shown['state'], shown['deployed']['state'], shown['renew_at']),
               (wanted, 'valid', 'current', None), shown)
        # What nobody could accept, or only half of the balancer serves, is not followed.
        one.renew('www.example.test')
        r = g.lab.run('run')
        expect_exit(r, 6)
        expect_one_line(r, f'not for {HOST}', 'nothing was changed')
        follow(g, f'127.0.0.1:{one.port}', f'127.0.0.1:{two.port}')
        one.renew()
        r = g.lab.run('run')
        expect_exit(r, 10)
        expect_one_line(r, f'balancer 127.0.0.1:{two.port}', 'serves another certificate')
        expect_exit(g.lab.run('issue', 'vpn'), 2)
        expect(stored(g), wanted, 'hash')


def test_the_mode_has_to_be_the_servers(folder):
    with delegated_gateway(folder, deploy={'mode': 'offload'}) as g:
        r = g.run('issue', 'vpn')
        expect_exit(r, 2)
        expect_one_line(r, 'UseHttps is not 0')
        expect_in('"terminate"', r.stdout + r.stderr, 'cure')
        g.configure()
        g.lab.value('UseHttps', 0)
        r = g.run('issue', 'vpn')
        expect_exit(r, 2)
        expect_one_line(r, 'UseHttps is 0')
        expect_in('"offload"', r.stdout + r.stderr, 'cure')


def test_calls_with_sha1_only(folder):
    with delegated_gateway(folder) as g:
        g.lab.values({'SHA256Enabled': 0, 'SHA1Enabled': 0})
        r = g.run('issue', 'vpn')
        expect_exit(r, 2)
        expect_one_line(r, 'no certificate hash is left')
        g.lab.value('SHA1Enabled', 1)
        g.lab.restart()
        old = g.lab.served()['sha256']
        expect_exit(g.run('issue', 'vpn'), 0)
        if g.lab.served()['sha256'] == old:
            raise AssertionError('the old certificate is still served')
        with g.lab.call() as call:
            expect((call.request(), call.mask), (2, 1), 'hash mask')


def test_escalation_restarts_the_whole_chain_once(folder):
    with delegated_gateway(folder, deploy={'verify': {'timeout': '5s', 'stable': '1s'}}) as g:
        old = expect_whole(g, 'before')
        g.lab.mode('deaf', 1)
        expect_exit(g.run('issue', 'vpn'), 6)  # not without being told to
        expect(expect_whole(g, 'put back'), old, 'leaf')
        g.configure(deploy={'restart': {'timeout': '30s', 'escalate': True}, 'verify': {'timeout': '5s', 'stable': '1s'}})
        g.lab.mode('deaf', 1)
        code, doc = g.json('deploy', 'vpn')
        expect(code, 0, doc)
        steps = [s['step'] for s in doc['results'][0]['steps']]
        expect([s for s in steps if s.startswith('restart')], ['restart RemoteAccess', 'restart SstpSvc'], 'restarts')
        new = expect_whole(g, 'after the escalation')
        if new == old:
            raise AssertionError('the old certificate is still served')
        weeks_later(g.state_dir)
        g.lab.mode('deaf', 1)
        g.lab.fault('ControlService#4=die-after')  # 1 RemoteAccess, then the chain: RemoteAccess, RasMan, SstpSvc
        expect_exit(g.run('issue', 'vpn'), 137)
        g.lab.clear_faults()
        expect_exit(g.run('run'), 0)
        if expect_whole(g, 'after a death in the escalation') == new:
            raise AssertionError('the renewal was lost')
        services = g.lab.show(look=False)['services']
        expect({n: s['state'] for n, s in services.items()}, {n: 'running' for n in services}, 'services')
