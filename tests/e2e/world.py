# SPDX-License-Identifier: Apache-2.0
"""The world around the program, on loopback: a certificate authority (Pebble), a real name server
(BIND) with the company's zone and the delegated zone, and configurations for the program.

    with World(folder) as w:
        w.delegate('vpn.corp.example')
        w.write_config('vpn', names=['vpn.corp.example'], deploy={'target': 'none'})
        w.run('issue', 'vpn')

Every world has its own folder and ports, so several run side by side. close() ends what it
started, by pid.
"""
import base64, hashlib, json, os, re, secrets, socket, ssl, subprocess, time, urllib.request
from pathlib import Path
from documents import named
from ports import free_ports

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get('RRAS_ACME', ROOT / 'build/linux/rras-acme'))
TOP = 'example'
COMPANY = 'corp.example'        # the company's zone: nothing in it but the CNAME changes
DELEGATED = 'acme.example'      # the delegated zone: takes dynamic updates
KEY_NAME = 'rras-acme'


class Skip(Exception):
    """Raised by a test that cannot run on this machine; the text says why."""


def wait_for(what, test, limit_s=20.0):
    """Polls until test() is true; the last exception is told when it never is."""
    end, last = time.monotonic() + limit_s, None
    while time.monotonic() < end:
        try:
            if test():
                return
        except (OSError, subprocess.SubprocessError, ValueError) as e:
            last = e
        time.sleep(0.02)
    raise RuntimeError(f'{what}: not ready within {limit_s:.0f} s ({last})')


class Process:
    """A server of the test: its output in a file, ended by pid."""

    def __init__(self, name, argv, log, **more):
        self.name, self.log = name, log
        with open(log, 'ab') as out:
            self.p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, **more)

    def alive(self):
        if self.p.poll() is not None:
            text = Path(self.log).read_text(errors='replace')[-2000:]
            raise RuntimeError(f'{self.name} ended with {self.p.returncode}:\n{text}')
        return True

    def stop(self):
        if self.p.poll() is None:
            self.p.terminate()
            try:
                self.p.wait(10)
            except subprocess.TimeoutExpired:
                self.p.kill()
                self.p.wait()


def make_server_certificate(folder):
    """A private CA and a certificate for the ACME server on 127.0.0.1, ::1 and localhost."""
    folder.mkdir(parents=True, exist_ok=True)

    def openssl(*argv):
        subprocess.run(['openssl', *argv], check=True, capture_output=True, cwd=folder)

    (folder / 'ext').write_text('subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\n'
                                'extendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n')
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '3650',
            '-subj', '/CN=Test root of the ACME server', '-keyout', 'ca.key', '-out', 'ca.pem')
    openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
            '-subj', '/CN=localhost', '-keyout', 'server.key', '-out', 'server.csr')
    openssl('x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial',
            '-days', '3650', '-extfile', 'ext', '-out', 'server.pem')


class Bind:
    """BIND, authoritative for the company's zone and the delegated zone, and for a root and a top
    level domain of its own above them, so that nothing is ever asked of the real ones. The CA
    resolves here, too.

    delegated_to: address of another server, at the same port, that holds the delegated zone.
    statements: of named.conf for the key and the delegated zone (file "delegated.zone") instead of its own; the secret is theirs."""

    def __init__(self, folder, port, delegated_to=None, statements=None):
        self.folder, self.port = folder, port
        self.secret = base64.b64encode(secrets.token_bytes(32)).decode()
        key = f'key "{KEY_NAME}" {{ algorithm hmac-sha256; secret "{self.secret}"; }};\n'
        if statements:
            key, self.secret = '', re.search('secret "(.*)"', statements)[1]
        self.company_records = []
        self.process = None
        zones = ''.join(f'zone "{zone}" {{ type master; file "{file}.zone"; }};\n'
                        for zone, file in (('.', 'root'), (TOP, 'top'), (COMPANY, 'company')))
        if delegated_to:  # one view that resolves, one that tells where the zone is
            zones = (f'view "resolver" {{ match-recursive-only yes; recursion yes;\n{zones}zone "{DELEGATED}" {{ type forward; '
                     f'forward only; forwarders {{ {delegated_to} port {port}; }}; }}; }};\n'
                     f'view "authoritative" {{ recursion no;\n{zones}}};\n')
        else:
            zones += statements or (f'zone "{DELEGATED}" {{ type master; file "delegated.zone"; '
                      f'update-policy {{ grant "{KEY_NAME}" zonesub TXT; }}; }};\n')
        folder.mkdir(parents=True)
        (folder / 'named.conf').write_text(f'''
options {{
  directory "{folder}"; pid-file "{folder}/named.pid"; session-keyfile "{folder}/session.key";
  listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 port {port} {{ ::1; }};
  allow-query {{ 127.0.0.0/8; ::1; }}; allow-transfer {{ none; }}; notify no; recursion yes;
  dnssec-validation no; empty-zones-enable no; max-cache-ttl 0; max-ncache-ttl 0;
}};
controls {{ }};
{key}{zones}''')
        below = ''.join(f'{z}. IN NS ns1.{z}.\nns1.{z}. IN A {address}\n'
                        for z, address in ((COMPANY, '127.0.0.1'), (DELEGATED, delegated_to or '127.0.0.1')))
        (folder / 'top.zone').write_text(self._head(TOP) + f'ns1.{TOP}. IN A 127.0.0.1\n' + below)
        (folder / 'root.zone').write_text(self._head('') + 'ns1. IN A 127.0.0.1\n'
                                          f'{TOP}. IN NS ns1.{TOP}.\nns1.{TOP}. IN A 127.0.0.1\n')
        self._write_company()
        (folder / 'delegated.zone').write_text(self._head(DELEGATED) + f'ns1.{DELEGATED}. IN A 127.0.0.1\n')

    def _head(self, zone):
        serial = int(time.time() * 10) & 0xffffffff
        return f'$TTL 5\n$ORIGIN {zone}.\n@ IN SOA ns1 hostmaster {serial} 60 60 600 5\n@ IN NS ns1\n'

    def _write_company(self):
        text = self._head(COMPANY) + f'ns1.{COMPANY}. IN A 127.0.0.1\nvpn.{COMPANY}. IN A 127.0.0.1\n'
        (self.folder / 'company.zone').write_text(text + ''.join(r + '\n' for r in self.company_records))

    def start(self):
        self.process = Process('BIND', ['named', '-g', '-c', str(self.folder / 'named.conf'), '-n', '1'],
                               self.folder / 'log')
        wait_for('BIND', lambda: self.process.alive() and self.query(COMPANY, 'SOA'))

    def stop(self):
        if self.process:
            self.process.stop()
            self.process = None

    def add_company(self, *records):
        """Adds records to the company's zone, as its administrator would, and reloads it."""
        self.company_records += records
        self._write_company()
        if self.process:
            self.stop()
            self.start()

    def query(self, name, kind):
        r = subprocess.run(['dig', '+short', '+norec', '+time=1', '+tries=1', '@127.0.0.1', '-p', str(self.port),
                            name, kind], capture_output=True, text=True, timeout=10)
        return r.stdout.split('\n')[0] if r.returncode == 0 else ''


def pebble_of_sid():
    """The Pebble of Debian unstable, which knows ARI and profiles (Debian 12's does not)."""
    r = subprocess.run([str(ROOT / 'tests/tools/pebble-sid.sh')], capture_output=True, text=True)
    if r.returncode != 0:
        raise Skip(r.stderr.strip().split('\n')[-1])
    return r.stdout.strip()


class Pebble:
    """The test certificate authority. resolver = "ip:port" of the DNS that it validates against;
    settings go into the "pebble" object of its configuration, env into its environment."""

    def __init__(self, folder, port, management_port, resolver, program='pebble', settings=None, **env):
        self.program = program
        self.folder, self.port, self.management_port = folder, port, management_port
        self.url = f'https://127.0.0.1:{port}/dir'
        self.resolver, self.env, self.process = resolver, env, None
        make_server_certificate(folder)
        (folder / 'pebble.json').write_text(json.dumps({'pebble': {
            'listenAddress': f'127.0.0.1:{port}', 'managementListenAddress': f'127.0.0.1:{management_port}',
            'certificate': str(folder / 'server.pem'), 'privateKey': str(folder / 'server.key'),
            'httpPort': 1, 'tlsPort': 1, 'ocspResponderURL': '', 'externalAccountBindingRequired': False,
            **(settings or {})}}))

    @property
    def ca_file(self):
        return self.folder / 'ca.pem'

    def start(self):
        env = {**os.environ, 'PEBBLE_VA_NOSLEEP': '1', 'PEBBLE_WFE_NONCEREJECT': '5', **self.env}
        self.process = Process('Pebble', [self.program, '-config', str(self.folder / 'pebble.json'),
                                          '-dnsserver', self.resolver], self.folder / 'log', env=env)
        wait_for('Pebble', lambda: self.process.alive() and self.get(self.url))

    def order_requests(self):
        """How often newOrder was asked for. A nonce that is refused (5 % of them) makes one order two requests."""
        return (self.folder / 'log').read_text().count('/order-plz')

    def get(self, url):
        context = ssl.create_default_context(cafile=str(self.ca_file))
        with urllib.request.urlopen(url, timeout=5, context=context) as answer:
            return answer.read()

    def manage(self, path, document):
        """POST to the management interface."""
        context = ssl.create_default_context(cafile=str(self.ca_file))
        request = urllib.request.Request(f'https://127.0.0.1:{self.management_port}/{path}',
                                         json.dumps(document).encode(), method='POST')
        with urllib.request.urlopen(request, timeout=5, context=context) as answer:
            return answer.read()

    def root(self):
        """The root that issued certificates lead to, PEM."""
        return self.get(f'https://127.0.0.1:{self.management_port}/roots/0')

    def stop(self):
        if self.process:
            self.process.stop()
            self.process = None


class World:
    """Keyword arguments are the Pebble's, but for those of Bind."""

    def __init__(self, folder, delegated_to=None, statements=None, **pebble):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        (dns_port,) = free_ports(1, (socket.SOCK_STREAM, socket.SOCK_DGRAM))
        acme_port, management_port = free_ports(2)
        self.bind = Bind(self.folder / 'bind', dns_port, delegated_to, statements)
        self.pebble = Pebble(self.folder / 'pebble', acme_port, management_port, f'127.0.0.1:{dns_port}', **pebble)
        self.config_dir, self.state_dir = self.folder / 'config', self.folder / 'state'

    def __enter__(self):
        try:
            self.bind.start()
            self.pebble.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.pebble.stop()
        self.bind.stop()

    def target(self, name):
        """Where the program publishes for a name when nobody says otherwise: one target per name."""
        return hashlib.sha256(name.encode()).hexdigest()[:16] + '.' + DELEGATED

    def delegate(self, *names):
        """The CNAME that an administrator sets once."""
        self.bind.add_company(*(f'_acme-challenge.{n}. IN CNAME {self.target(n)}.' for n in names))

    def config(self, names, **more):
        """A certificate's configuration as a dict; keyword values replace whole sections."""
        conf = {
            'names': names,
            'key': 'ec256',
            'acme': {'directory': self.pebble.url, 'email': 'ops@corp.example', 'agree_tos': True,
                     'ca_file': 'ca.pem'},
            'dns': {'provider': 'rfc2136', 'root': [f'127.0.0.1:{self.bind.port}'],
                    'propagation': {'timeout': '20s', 'settle': '0s'},
                    'rfc2136': {'server': f'127.0.0.1:{self.bind.port}', 'zone': DELEGATED, 'key_name': KEY_NAME,
                                'key_file': 'tsig.key', 'algorithm': 'hmac-sha256'}},
            'deploy': {'target': 'none'},
        }
        conf.update(more)
        return conf

    def write_config(self, name, names=None, folder=None, **more):
        folder = Path(folder or self.config_dir)
        (folder / 'conf.d').mkdir(parents=True, exist_ok=True)
        for file, content in (('tsig.key', self.bind.secret + '\n'), ('ca.pem', self.pebble.ca_file.read_text())):
            path = folder / 'conf.d' / file
            path.write_text(content)
            path.chmod(0o600)
        path = folder / 'conf.d' / f'{name}.json'
        path.write_text(json.dumps(self.config(names or [f'{name}.{COMPANY}'], **more), indent=2))
        return path

    def run(self, *argv, program=PROGRAM, timeout_s=120, env=None, state=None):
        """Runs the program with this world's folders; returns the finished process (text)."""
        return subprocess.run([str(program), '--config', str(self.config_dir), '--state',
                               str(state or self.state_dir), *argv], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=timeout_s, env=env)

    def json(self, *argv, **more):
        """The same with --json: (exit code, document)."""
        r = self.run('--json', *argv, **more)
        try:
            return r.returncode, named(json.loads(r.stdout))
        except ValueError:
            raise AssertionError(f'no JSON from {argv}: {r.stdout!r} {r.stderr!r}') from None
