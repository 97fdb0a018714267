# SPDX-License-Identifier: Apache-2.0
"""A simulated gateway for the doctor: what is done to it can be undone, so that one machine serves many faults.

A step is a command of simctl.exe (a tuple: reg, rights, bind, unbind, service, start-type, event, sstp, ...), or a call of one
of the functions at the end of this file (environment, file, hosts, ...). mend() undoes the steps since the last one and starts
RRAS anew.
"""
import contextlib, email.utils, functools, hashlib, json, shutil, socket, ssl, subprocess, threading, time, uuid
import lab as sim
from gateway import PROGRAM_DATA

HOST = 'vpn.example.test'
ROUTER = '198.51.100.1'
PARAMETERS = sim.SSTP_PARAMETERS
CONFIG_STORE = PARAMETERS + r'\ConfigStore'
NETWORK = r'SOFTWARE\sim\Network'
FIREWALL = r'SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy'
RULES = FIREWALL + r'\FirewallRules'
SYSTEM_SETTINGS = r'HKU\.DEFAULT\Software\Microsoft\Windows\CurrentVersion\Internet Settings'
RIGHTS = 'D:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)(A;CI;KR;;;LS)(A;CI;KR;;;NS)(A;CI;KR;;;BU)'  # simctl.c's
ACCOUNTS = {'SstpSvc': r'NT AUTHORITY\LocalService'}
NOT_ACTIVE = 1062  # ERROR_SERVICE_NOT_ACTIVE
CA = 60  # near(CA) is the CA's address
START_TYPES = {'RemoteAccess': 'auto', 'RasMan': 'demand', 'SstpSvc': 'demand'}
KINDS = {int: 'dword', bytes: 'binary', str: 'text', list: 'multi', type(None): 'absent'}


def reg(path, name, value):
    """value: int, bytes, text, list of texts, or None to remove it."""
    text = {bytes: lambda: value.hex(), list: lambda: ' '.join(value), type(None): lambda: '-'}.get(type(value), lambda: str(value))
    return 'reg', path, name, KINDS[type(value)], text()


def sstp(**values):
    return [reg(PARAMETERS, name, value) for name, value in values.items()]


def around(**values):
    """The network (Lab.network), but for hosts."""
    return [reg(NETWORK, ''.join(w.capitalize() for w in name.split('_')), value) for name, value in values.items()]


class Front:
    """Something that stands before RRAS at an address of its own, with a certificate of its own."""

    def __init__(self, identity, address, port, answer=b'', versions=None):
        self.answer = answer
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(identity.with_suffix('.pem'), identity.with_suffix('.key'))
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
                s.sendall(self.answer() if callable(self.answer) else self.answer)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


class Bench:
    def __init__(self, folder):
        self.folder = folder
        self.lab = sim.Lab(folder / 'lab')
        self.certs = {}
        self.times = []
        self.undo, self.commands = contextlib.ExitStack(), {}

    def __enter__(self):
        self.lab.up(HOST)
        self.lab.scheduler()
        shown = self.lab.show(look=False)
        self.own = shown['my'][0]
        self.port = self.lab.port
        self.url = f'https://+:{self.port}{sim.URI}'
        self.good = {(RULES, 'SSTP-IN-TCP'): ('text', self.rule('Allow')),
                     (NETWORK, 'Gateways'): ('multi', ROUTER), (NETWORK, 'NameServers'): ('multi', self.lab.network_address)}
        for path, values in ((PARAMETERS, shown['sstp']), (CONFIG_STORE, shown['config_store'])):
            for name, v in values.items():
                self.good[path, name] = {1: lambda v: ('text', bytes.fromhex(v['hex']).decode('utf-16-le').rstrip('\0')),
                                         3: lambda v: ('binary', v['hex']), 4: lambda v: ('dword', str(v['number']))}[v['type']](v)
        self.state = self.lab.c / PROGRAM_DATA / 'state'
        return self

    def __exit__(self, *_):
        self.undo.close()
        self.lab.down()

    # -- what steps are made of

    def rule(self, action, more=''):
        return f'v2.31|Action={action}|Dir=In|Protocol=6|LPort={self.port}|{more}'

    def near(self, last):
        """Another address of its network."""
        return self.lab.network_address.rsplit('.', 1)[0] + f'.{last}'

    def at(self, family):
        return self.lab.binding_name(family)

    def cert(self, name='other.example.test', **how):
        """Made when it is first asked for; gone when all is mended."""
        key = (name, *sorted(how.items()))
        if key not in self.certs:
            self.certs[key] = self.lab.new_cert(name, **how)
        return self.certs[key]

    def issued(self, issuer, **how):
        """The same, of a CA of its own; see make_chain."""
        key = (issuer, *sorted(how.items()))
        if key not in self.certs:
            self.certs[key] = self.lab.import_pfx(make_chain(self.folder, issuer, **how), 'sim')
        return self.certs[key]

    def hashes(self, cert):
        return sstp(SHA256CertificateHash=bytes.fromhex(cert['sha256']), SHA1CertificateHash=bytes.fromhex(cert['sha1']))

    def bind(self, where, cert, app='sstp', mode='checked', flags=0):
        return 'bind', self.at(where), cert['sha1'], app, mode, str(flags)

    def serve(self, cert, **how):
        """Both bindings show it and both hashes are its own."""
        return [self.bind('v4', cert, **how), self.bind('v6', cert, **how), *self.hashes(cert)]

    # -- breaking

    def do(self, steps):
        waiting = []
        for step in [*steps, None]:
            if callable(step) or not step:
                if waiting:
                    self.lab.batch(waiting)
                    waiting = []
            else:
                self.note(step)
                waiting.append(step)
            if step and callable(step):
                self.undo.enter_context(step(self))

    def note(self, command):
        """What undoes it; a thing that is changed twice is put back once."""
        kind, what = command[0], command[1:3]
        wildcard = kind in ('bind', 'unbind') and what[0] in (self.at('v4'), self.at('v6'))
        if kind == 'reg':
            self.commands[what] = ('reg', *what, *self.good.get(what, ('absent', '-')))
        elif kind == 'rights':
            self.commands[kind, what[0]] = ('rights', what[0], RIGHTS)
        elif wildcard:
            self.commands['bind', what[0]] = self.bind(what[0], self.own)
        elif kind == 'bind':
            self.commands['bind', what[0]] = ('unbind', what[0])
        elif kind == 'start-type':
            self.commands[kind, what[0]] = ('start-type', what[0], START_TYPES[what[0]])
        elif kind == 'account':
            self.commands[kind, what[0]] = ('account', what[0], ACCOUNTS.get(what[0], 'LocalSystem'))
        elif kind == 'sstp':
            self.commands[kind] = ('sstp', '')

    def mend(self):
        self.undo.close()
        gone = [('cert-remove', c['sha1'], 'with-key') for c in self.certs.values()]
        # The registry first: without IPv6 nothing can be bound to it.
        commands = [*sorted(self.commands.values(), key=lambda c: c[0] != 'reg'), *gone]
        self.commands, self.certs = {}, {}
        try:
            self.lab.batch([*commands, ('service', 'restart', 'RemoteAccess')])
        except sim.LabError as e:
            if e.number != NOT_ACTIVE:
                raise
            self.lab.service('start')
        (self.lab.c / 'sim/events.jsonl').write_text('')  # what was logged is the last case's

    # -- looking

    def doctor(self, *args):
        """Exit code, the whole document, the rows by id."""
        begun = time.monotonic()
        r = self.lab.run('doctor', '--json', *args, timeout=60)
        if not args:
            self.times.append(time.monotonic() - begun)
        try:
            doc = json.loads(r.stdout)
            return r.returncode, doc, {c['id']: c for c in doc['checks']}
        except (ValueError, KeyError):
            raise AssertionError(f'no report: exit {r.returncode}: {r.stdout!r} {r.stderr!r}') from None


# ---- steps that simctl does not know: each is given the bench and undoes itself ----

def own_step(make):
    """A generator over (bench, arguments) as a step."""
    manager = contextlib.contextmanager(make)
    return lambda *args, **how: lambda bench: manager(bench, *args, **how)


@own_step
def environment(b, **values):
    b.lab.environment(**values)
    yield
    b.lab.environment(**dict.fromkeys(values))


@own_step
def file(b, path, text):
    """path: below drive C."""
    f = b.lab.c / path
    f.parent.mkdir(parents=True, exist_ok=True)
    f.write_text(text)
    yield
    f.unlink()


@own_step
def without_key(b, cert):
    """The key's file is gone; the certificate still names it."""
    container = {c['sha1']: c['container'] for c in b.lab.show(look=False)['my']}[cert['sha1']]
    f = b.lab.c / 'ProgramData/Microsoft/Crypto/Keys' / container
    f.rename(b.folder / 'key')
    yield
    (b.folder / 'key').rename(f)


@own_step
def hosts(b, known):
    b.lab.network(hosts=known)
    yield
    b.lab.network(hosts={HOST: '127.0.0.1'})


@own_step
def front(b, last, **how):
    f = Front(identity(b, last), b.near(last), b.port, **how)
    yield
    f.close()


@own_step
def failing_start(b):
    with contextlib.suppress(sim.LabError):
        b.lab.service('start')
    yield


@own_step
def cut_off_fix(b):
    """doctor --fix that dies when it binds, without configuration."""
    b.lab.fault('HttpSetServiceConfiguration#1=die')
    b.lab.run('doctor', '--fix', '--yes', timeout=60)
    b.lab.clear_faults()
    yield
    shutil.rmtree(b.state, ignore_errors=True)


@own_step
def central_store(b):
    path = sim.HTTP_PARAMETERS + rf'\SslCcsBindingInfo\0.0.0.0:{b.port}'
    b.lab.batch([reg(path, 'AppId', bytes(16))])
    yield
    b.lab.batch([('unreg', path)])


@own_step
def fault(b, spec):
    b.lab.fault(spec)
    yield
    b.lab.clear_faults()


@own_step
def windows(b, version):
    b.lab.windows(version)
    yield
    b.lab.windows('2016')


@own_step
def system_setting(b, name, bad, good):
    def put(number):
        b.lab.run('add', SYSTEM_SETTINGS, '/v', name, '/t', 'REG_DWORD', '/d', str(number), '/f', program='../windows/system32/reg.exe')
    put(bad)
    yield
    put(good)


@own_step
def key_there(b, path):
    b.lab.batch([('reg', path, '', 'text', '')])
    yield
    b.lab.batch([('unreg', path)])


@own_step
def task(b, path, command='', arguments='', **values):
    """A scheduled task, path as FOLDER\\NAME."""
    b.lab.task(path, Xml=f'<Actions Context="Author"><Exec><Command>{command}</Command><Arguments>{arguments}</Arguments></Exec></Actions>', **values)
    yield
    b.lab.batch([('unreg', sim.TASKS + '\\' + path)])


@own_step
def service(b, name, start='auto'):
    """Another program's; it does not run."""
    sc = functools.partial(b.lab.run, program='../windows/system32/sc.exe')
    made = sc('create', name, 'binPath=', r'C:\app\none.exe', 'start=', start)
    assert made.returncode == 0, made
    yield
    sc('delete', name)


@own_step
def configured(b, names=(HOST,), ca=True, clock=0, **deploy):
    """With a CA whose clock is so many seconds off, or one that nobody is."""
    port = b.port if ca else 9
    with contextlib.ExitStack() as stack:
        if ca:
            stack.callback(Front(identity(b, CA), b.near(CA), b.port, answer=lambda: directory(clock)).close)
        conf = b.lab.c / PROGRAM_DATA / 'conf.d/vpn.json'
        conf.parent.mkdir(parents=True, exist_ok=True)
        conf.write_text(json.dumps({
            'names': list(names), 'dns': {'provider': 'manual'},
            'acme': {'directory': f'https://{b.near(CA)}:{port}/dir', 'agree_tos': True, **({'ca_file': f'Z:{identity(b, CA)}.pem'} if ca else {})},
            'deploy': {'port': b.port, 'verify': {'timeout': '20s', 'stable': '0s'}, **deploy}}))
        try:
            yield
        finally:
            conf.unlink()
            shutil.rmtree(b.state, ignore_errors=True)


@own_step
def deployed(b, count, **later):
    """So many certificates by this program, one after another; then it is configured otherwise. b.deployed: their SHA-1."""
    b.deployed = []
    with configured(keep=count)(b):
        b.lab.environment(PFX_PASSWORD='sim')
        for n in range(count):
            cert = make_chain(b.folder, f'Company CA {n}')
            r = b.lab.run('deploy', 'vpn', '--now', '--pfx', f'Z:{cert}', '--password-file', 'env:PFX_PASSWORD')
            assert r.returncode == 0, r
            b.deployed.append(hashlib.sha1(ssl.PEM_cert_to_DER_cert(cert.with_name(cert.stem + 'leaf.pem').read_text())).hexdigest())
        conf = b.lab.c / PROGRAM_DATA / 'conf.d/vpn.json'
        doc = json.loads(conf.read_text())
        doc['deploy'].update(later)
        conf.write_text(json.dumps(doc))
        yield
    b.lab.batch([*b.serve(b.own), *(('cert-remove', sha1, 'with-key') for sha1 in b.deployed)])


def directory(ahead_s):
    date = email.utils.formatdate(time.time() + ahead_s, usegmt=True)
    return f'HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'.encode()


# ---- certificates ----

def openssl(folder, *args):
    subprocess.run(['openssl', *args], check=True, capture_output=True, cwd=folder)


def identity(b, last):
    """PEM and key of whoever is at this address; the path without the ending."""
    path = b.folder / f'front{last}'
    if not path.with_suffix('.pem').exists():
        openssl(b.folder, 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30', '-subj', '/CN=front',
                '-addext', f'subjectAltName=IP:{b.near(last)}', '-keyout', f'{path}.key', '-out', f'{path}.pem')
    return path


def make_chain(folder, issuer, intermediate=True, names=HOST, subject=f'/CN={HOST}', crl=None):
    """A PFX (password "sim") of a certificate that `issuer` issued, itself issued by a root; with or without the issuer's."""
    tag = f'{abs(hash((issuer, intermediate, names, crl))):x}'
    ec = ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes')

    def issue(name, dn, by, *extensions):
        (folder / f'{tag}{name}.ext').write_text('\n'.join(extensions))
        openssl(folder, 'req', *ec, '-subj', dn, '-keyout', f'{tag}{name}.key', '-out', f'{tag}{name}.csr')
        openssl(folder, 'x509', '-req', '-days', '90', '-in', f'{tag}{name}.csr', '-out', f'{tag}{name}.pem', '-extfile', f'{tag}{name}.ext',
                '-set_serial', f'0x{uuid.uuid4().hex[:16]}', *(('-CA', f'{tag}{by}.pem', '-CAkey', f'{tag}{by}.key') if by else ('-signkey', f'{tag}{name}.key')))

    issue('root', f'/O={tag}/CN=root of {issuer}', None, 'basicConstraints=critical,CA:TRUE')
    issue('ca', f'/O={tag}/CN={issuer}', 'root', 'basicConstraints=critical,CA:TRUE')
    issue('leaf', subject, 'ca', 'extendedKeyUsage=serverAuth', *([f'subjectAltName=DNS:{names}'] if names else []),
          *([f'crlDistributionPoints=URI:{crl}'] if crl else []))
    more = ('-certfile', f'{tag}ca.pem') if intermediate else ()
    openssl(folder, 'pkcs12', '-export', '-in', f'{tag}leaf.pem', '-inkey', f'{tag}leaf.key', *more, '-passout', 'pass:sim', '-out', f'{tag}.pfx')
    return folder / f'{tag}.pfx'
