# SPDX-License-Identifier: Apache-2.0
"""The doctor's rows E, F and G: one gateway, and everything around it broken in turn. What has nothing to do with each
other is broken at once, so that a run of the program judges several faults.
"""
import contextlib
import json
import socket
import ssl
import subprocess
import threading
import lab as sim
from cases_issue import expect
from gateway import PROGRAM_DATA

HOST = 'vpn.example.test'
FIREWALL = r'SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy'
GATEWAY = '198.51.100.1'
WINHTTP = r'SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections'
SYSTEM_SETTINGS = r'HKU\.DEFAULT\Software\Microsoft\Windows\CurrentVersion\Internet Settings'
NO_TLS_1_2 = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)


class Gateway:
    def __init__(self, lab):
        self.lab = lab
        self.named = 0

    def look(self):
        r = self.lab.run('doctor', '--json')
        try:
            return {c['id']: c for c in json.loads(r.stdout)['checks']}
        except ValueError:
            raise AssertionError(f'no JSON: exit {r.returncode}: {r.stdout!r} {r.stderr!r}') from None

    def expect(self, what, rows):
        """rows: {id: 'level text'}; what else goes wrong is not looked at."""
        got = self.look()
        for row, wanted in rows.items():
            level, _, text = wanted.partition(' ')
            if got[row]['level'] != level or text not in got[row]['finding']:
                raise AssertionError(f'{what}: {row}: want {wanted!r}, got {got[row]}')
            self.named += 1
        return got

    def healthy(self):
        bad = {i: c['finding'] for i, c in self.look().items() if c['level'] in ('warn', 'fail')}
        expect(bad, {}, 'what the doctor finds on a healthy host')

    def surround(self, **more):
        """As it was, but for what is given."""
        self.lab.network(**{'gateways': [GATEWAY], 'name_servers': [self.lab.network_address], 'silent': None, 'no_arp': None,
                            'hosts': {HOST: '127.0.0.1'}, 'adapter_down': 0, 'domain': None, 'controller': None,
                            'controller_address': None, **more})

    def near(self, last):
        """Another address of its network."""
        return self.lab.network_address.rsplit('.', 1)[0] + f'.{last}'

    def registry(self, *values):
        """(path, name, value) below HKEY_LOCAL_MACHINE; value: int, bytes, text or None."""
        kinds = {int: 'dword', bytes: 'binary', str: 'text', type(None): 'absent'}
        self.lab.batch([('reg', path, name, kinds[type(v)], v.hex() if isinstance(v, bytes) else '-' if v is None else str(v))
                        for path, name, v in values])

    def configure(self, there=True):
        """With a CA that nobody is."""
        conf = self.lab.c / PROGRAM_DATA / 'conf.d/vpn.json'
        conf.unlink(missing_ok=True)
        if there:
            conf.parent.mkdir(parents=True, exist_ok=True)
            conf.write_text(json.dumps({
                'names': [HOST], 'acme': {'directory': 'https://127.0.0.1:9/dir', 'agree_tos': True},
                'dns': {'provider': 'manual'}, 'deploy': {'port': self.lab.port}}))

    def rules(self, inbound, ipsec=None):
        """The firewall's only rule, and a connection security rule."""
        self.registry((FIREWALL + r'\FirewallRules', 'SSTP-IN-TCP', inbound and f'v2.31|Action={inbound}|Dir=In|Protocol=6|LPort={self.lab.port}|'),
                      (FIREWALL + r'\ConSecRules', 'strict', ipsec and f'v2.31|Action={ipsec}|Name=strict|'))

    def system_setting(self, name, number):
        self.lab.run('add', SYSTEM_SETTINGS, '/v', name, '/t', 'REG_DWORD', '/d', str(number), '/f', program='../windows/system32/reg.exe')


@contextlib.contextmanager
def gateway(folder):
    with sim.Lab(folder / 'lab') as lab:
        lab.up(HOST)
        yield Gateway(lab)


# ---- rows E ----

def test_the_network_step_by_step(folder):
    with gateway(folder) as g:
        g.healthy()
        own = own_address()

        g.surround(adapter_down=1)
        g.expect('adapter down', {'E1': 'fail down', 'E3': 'fail no default gateway', 'E4': 'fail no DNS server is set'})

        g.surround(silent=['127.0.0.1', GATEWAY], name_servers=[g.lab.network_address, g.near(99)], hosts={})
        g.rules(None, 'SecureServer|Protocol=6')
        g.system_setting('EnableHttp1_1', 0)
        g.expect('loopback', {'E2': 'fail 127.0.0.1 does not answer', 'E3': 'note does not answer ping', 'E4': f'warn {g.near(99)}',
                              'E6': f'fail {HOST}: NXDOMAIN', 'E7': 'fail no rule', 'E8': 'fail "strict"', 'E9': 'warn HTTP 1.1 is off'})
        g.system_setting('EnableHttp1_1', 1)

        g.surround(silent=[own, GATEWAY], no_arp=[GATEWAY], domain='corp.example')
        g.rules('Block', 'SecureServer|EP2_4=10.0.0.0/255.0.0.0')
        proxy = b'proxy.example:8080'
        g.registry((WINHTTP, 'WinHttpSettings', b'\x18\0\0\0\0\0\0\0\x03\0\0\0' + bytes([len(proxy), 0, 0, 0]) + proxy + b'\0\0\0\0'))
        g.configure()
        g.expect('own address', {'E2': f'fail own address does not: {own}', 'E3': 'fail neither ping nor ARP',
                                 'E5': 'fail no domain controller of corp.example', 'E7': 'fail blocks', 'E8': 'note "strict"', 'E9': 'warn WinHTTP uses proxy.example:8080, and the CA is not reached',
                                 'E10': 'fail the CA is not reached'})
        g.configure(False)
        g.surround()
        g.expect('a proxy alone', {'E9': 'note proxy.example:8080', 'E10': 'skip'})
        g.registry((WINHTTP, 'WinHttpSettings', None))

        controller = {'domain': 'corp.example', 'controller': 'dc1.corp.example'}
        g.surround(**controller, controller_address=g.lab.network_address, gateways=[])
        g.rules('Allow|RA4=LocalSubnet')
        g.expect('controller by address only', {'E3': 'fail no default gateway', 'E5': 'fail its name does not resolve', 'E7': 'warn for some only'})
        g.surround(**controller, controller_address=g.lab.network_address, hosts={HOST: '127.0.0.1', 'dc1.corp.example': g.near(99)})
        g.rules('Allow|Profile=Domain')
        g.registry((r'SOFTWARE\Policies\Microsoft\Windows\IPSec\Policy\Local', 'ActivePolicy', 'old'))
        g.expect('controller by a wrong name', {'E5': f'fail its name leads to {g.near(99)}', 'E7': 'note but not for everybody', 'E8': 'warn IP Security Policy'})
        g.registry((r'SOFTWARE\Policies\Microsoft\Windows\IPSec\Policy\Local', 'ActivePolicy', None))
        g.surround(**controller, controller_address=g.near(99))
        g.expect('controller dead', {'E5': f'fail cannot be reached by its address {g.near(99)}'})
        g.surround(**controller, controller_address=g.lab.network_address, hosts={HOST: '127.0.0.1', 'dc1.corp.example': g.lab.network_address})
        g.rules('Allow')
        g.expect('all well again', {'E5': 'ok by name and by address', **{f'E{i}': 'ok' for i in (1, 2, 3, 4, 6, 7, 8, 9)}})
        print(f'     {g.named} verdicts of rows E')


def own_address():
    """Of this machine beside loopback, which Wine's is as well."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect((GATEWAY, 9))  # sends nothing
        return s.getsockname()[0]


# ---- rows F ----

class Front:
    """Something that stands before RRAS at an address of its own, with a certificate of its own. answer: None = what TLS
    does is enough."""

    def __init__(self, folder, address, port, answer=b'', versions=None):
        self.answer = answer
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / 'front.pem', folder / 'front.key')
        if versions:
            self.context.minimum_version, self.context.maximum_version = versions
            self.context.set_ciphers('ALL:@SECLEVEL=0')
        self.listener = socket.create_server((address, port))
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                self.talk(self.listener.accept()[0])

    def talk(self, raw):
        with raw, contextlib.suppress(OSError):  # SSLError is one
            raw.settimeout(5)
            with self.context.wrap_socket(raw, server_side=True) as s:
                while b'\r\n\r\n' not in s.recv(4096):
                    pass
                s.sendall(self.answer)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


FRONTS = {
    77: {'answer': b'HTTP/1.1 407 Proxy Authentication Required\r\nServer: proxy\r\nContent-Length: 0\r\n\r\n'},
    78: {'answer': b'HTTP/1.0 401 Unauthorized\r\nServer: old\r\n\r\n'},
    79: {'answer': b'SSH-2.0-other\r\n\r\n'},
    80: {'versions': NO_TLS_1_2},
}
MORE_STATUSES = (403, 404, 502)


def fronts(g, folder, stack):
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30',
                    '-subj', '/CN=proxy', '-keyout', 'front.key', '-out', 'front.pem'], check=True, capture_output=True, cwd=folder)
    more = {90 + i: {'answer': f'HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n'.encode()} for i, status in enumerate(MORE_STATUSES)}
    for last, how in {**FRONTS, **more}.items():
        stack.callback(Front(folder, g.near(last), g.lab.port, **how).close)
    g.surround(hosts={HOST: [g.near(last) for last in FRONTS]})
    at = {last: f'{g.near(last)}:{g.lab.port}' for last in FRONTS}
    g.expect('fronts', {'F3': 'fail reverse proxy', 'F5': f'fail {at[80]}', 'F7': 'fail HTTP/1.0 from old', 'F6': 'ok',
                        'F8': f'fail HTTP status {at[77]} with the name {HOST}: 407 from proxy'})
    g.surround(hosts={HOST: [g.near(last) for last in more]})
    got = g.look()['F8']['finding']
    for status in MORE_STATUSES:
        expect(f': {status}: ' in got, True, f'{status} in {got}')
        g.named += 1
    g.surround(hosts={HOST: g.near(98)})  # nobody is there: seen from the inside that says nothing
    g.expect('no way back', {'F3': 'note not reached from the inside', 'F8': 'ok'})
    g.surround()


def listener(g):
    lab = g.lab
    mine, other = lab.show(look=False)['my'][0]['sha1'], lab.new_cert('other.example.test')
    lab.bind(f'{HOST}:{lab.port}', other['sha1'], app='iis')
    lab.bind(f'127.0.0.1:{lab.port}', other['sha1'], app='iis')
    lab.unbind('v6')
    g.expect('shadowed', {'F1': f'fail [::1]:{lab.port}: a connection is taken, but TLS breaks off', 'F2': f'fail {HOST} gets', 'F3': 'fail'})
    lab.unbind(f'{HOST}:{lab.port}')
    lab.bind('v6', mine)
    g.expect('shadowed at an address', {'F1': f'fail 127.0.0.1:{lab.port} shows'})
    lab.unbind(f'127.0.0.1:{lab.port}')
    lab.mode('deaf', 1)
    lab.restart()
    g.expect('no listener', {'F1': 'fail nobody listens', 'F6': 'skip', 'F9': 'skip', 'G4': 'fail event 22'})
    lab.values({'SHA256Enabled': 0, 'SHA1Enabled': 1})
    lab.restart()
    g.expect('SHA-1', {'F10': 'warn SHA-1 only', 'F9': 'ok', 'G4': 'ok'})
    lab.values({'SHA256Enabled': None, 'SHA1Enabled': None})
    lab.remove_cert(other['sha1'])


# ---- rows G ----

EVENTS = {  # row: (source, type, id, text), what the row says
    'G1': (('RasSstp', '1', '8', 'could not initialize the HTTP layer: 1058'), 'fail event 8'),
    'G2': (('RasSstp', '1', '13', 'certificate x'), 'fail event 13'),
    'G3': (('Microsoft-Windows-RasSstp', '1', '12', 'certificate x'), 'fail event 12'),
    'G4': (('RasSstp', '1', '18', 'hash'), 'fail event 18'),
    'G5': (('RasSstp', '1', '25', 'hash'), 'fail event 25'),
    'G6': (('Microsoft-Windows-HttpEvent', '2', '15301', 'created for endpoint 0.0.0.0:{port}'), 'note 15301'),
    'G7': (('Schannel', '1', '36870', '0x8009030D'), 'warn event 36870'),
    'G8': (('Service Control Manager', '1', '7031', 'The RemoteAccess service ended'), 'fail 7031'),
    'G9': (('RemoteAccess', '1', '20103', 'module'), 'fail event 20103'),
}


def log(g):
    lab = g.lab
    lab.batch([('event', *(part.format(port=lab.port) for part in event)) for event, _ in EVENTS.values()])
    g.expect('events', {row: says for row, (_, says) in EVENTS.items()})
    lab.batch([('event', 'Microsoft-Windows-HttpEvent', '1', '15021', f'endpoint [::]:{lab.port}')])
    found = g.expect('an endpoint broken', {'G6': 'fail event 15021'})
    for row, points_to in (('G1', 'A5 (http.sys)'), ('G5', 'B6'), ('G6', 'D4'), ('G9', 'role')):
        expect(points_to in found[row]['cure'], True, f'{row}: {found[row]["cure"]}')
    lab.fault('EvtQuery#0=5')
    g.expect('no log', {row: 'skip System event log' for row in EVENTS})
    lab.clear_faults()


def test_the_listener_and_the_log(folder):
    with gateway(folder) as g, contextlib.ExitStack() as stack:
        fronts(g, folder, stack)
        listener(g)
        log(g)
        g.lab.restart()
        g.healthy()
        print(f'     {g.named} verdicts of rows F and G')
