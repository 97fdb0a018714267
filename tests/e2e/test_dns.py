#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Delegation, publication and propagation against real name servers (BIND, Knot) on loopback.

    tests/e2e/test_dns.py [WORD...]     only tests whose name holds one of the words

The servers form a small Internet of their own: a root, "test" below it, and in "test" the company's
zone example.test, the delegated zones acme.test (BIND, with a lagging secondary) and knot.test, and
several broken ones. They live in a network namespace of their own (BIND listens only on addresses
that an interface has, and the real port 53 is needed, too), so that nothing here touches the
machine's network. Ends with "N passed, N failed". RRAS_DNSTOOL names another dnstool;
RRAS_E2E_KEEP=1 keeps the folder.
"""
import base64, fcntl, hashlib, hmac, json, os, secrets, shutil, socket, struct, subprocess, sys
import tempfile, threading, time, traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOL = Path(os.environ.get('RRAS_DNSTOOL', ROOT / 'build/linux/tests/tools/dnstool'))
ALGORITHMS = ('hmac-sha256', 'hmac-sha384', 'hmac-sha512', 'hmac-sha1')
NET, PORT = '127.53.0', 5300
V1 = 'gfj9Xq-Rg85nM_1gfj9Xq-Rg85nM_1gfj9Xq-Rg85n_'
V2 = '-2j9Xq-Rg85nM_1gfj9Xq-Rg85nM_1gfj9Xq-Rg85n_'
OLD = 'OLDvalueOLDvalueOLDvalueOLDvalueOLDvalueOLD'

COMPANY = '''
@ IN NS ns1
ns1 IN A {net}.3
_acme-challenge.vpn IN CNAME vpn.acme.test.
_acme-challenge.knot IN CNAME vpn.knot.test.
_acme-challenge.two IN CNAME hop
hop IN CNAME two.acme.test.
_acme-challenge.loop IN CNAME l1
l1 IN CNAME l2
l2 IN CNAME l1
_acme-challenge.self IN CNAME _acme-challenge.self
_acme-challenge.gone IN CNAME x.gone.test.
_acme-challenge.lame IN CNAME x.lame.test.
_acme-challenge.dead IN CNAME x.dead.test.
_acme-challenge.broken IN CNAME x.broken.test.
_acme-challenge.big IN CNAME big.acme.test.
_acme-challenge.only IN CNAME only.acme.test.
_acme-challenge.six IN CNAME x.six.test.
_acme-challenge.late IN CNAME late.acme.test.
*.wild IN CNAME w.acme.test.
dname IN DNAME dname.acme.test.
'''
TOP = '''
@ IN NS ns
ns IN A {net}.2
example IN NS ns1.example
ns1.example IN A {net}.3
acme IN NS ns1.acme
acme IN NS ns2.acme
ns1.acme IN A {net}.4
ns1.acme IN AAAA ::1
ns2.acme IN A {net}.5
six IN NS ns1.acme
six IN NS ns.six
ns.six IN A {net}.4
ns.six IN AAAA 2001:db8::53
knot IN NS ns1.knot
ns1.knot IN A {net}.6
lame IN NS ns1.example
broken IN NS ns1.acme
dead IN NS ns.dead
ns.dead IN A {net}.9
'''
ACME = '''
@ IN NS ns1
@ IN NS ns2
ns1 IN A {net}.4
ns1 IN AAAA ::1
ns2 IN A {net}.5
''' + ''.join(f'big IN TXT "{i:03d}{"x" * 60}"\n' for i in range(50))


def soa(zone, refresh=60):
    return f'$TTL 5\n@ IN SOA ns1.{zone} host.{zone} {int(time.time())} {refresh} 2 600 7\n'


def wait_for(what, test, limit_s=20):
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if test():
            return
        time.sleep(0.05)
    raise RuntimeError(f'{what}: not within {limit_s:.0f} s')


class Net:
    """The small Internet, started once for all tests."""

    def __init__(self, folder):
        self.folder, self.running, self.net, self.port = folder, [], NET, PORT
        self.keys = {f'key-{a}': (a, base64.b64encode(secrets.token_bytes(32)).decode()) for a in ALGORITHMS}
        self.keys['limited'] = ('hmac-sha256', base64.b64encode(secrets.token_bytes(32)).decode())

    def spawn(self, name, argv):
        with open(self.folder / f'{name}.log', 'ab') as out:
            p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        self.running.append(p)
        return p

    def stop(self, p):
        if p.poll() is None:
            p.terminate()
            try:
                p.wait(10)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
        self.running.remove(p)

    def close(self):
        for p in list(self.running):
            self.stop(p)

    def named(self, name, hosts, body, recursion='no'):
        """One named that listens on several hosts of the net."""
        d = self.folder / name
        d.mkdir(exist_ok=True)
        addresses = ' '.join(f'{self.net}.{h};' for h in hosts)
        six = '::1;' if name == 'acme' else 'none;'
        listen = ''.join(f'listen-on port {p} {{ {addresses} }}; listen-on-v6 port {p} {{ {six} }}; '
                         for p in (self.port, 53))
        keys = ''.join(f'key "{k}" {{ algorithm {a}; secret "{s}"; }};\n' for k, (a, s) in self.keys.items())
        (d / 'named.conf').write_text(f'''{keys}
options {{ directory "{d}"; pid-file "{d}/pid"; session-keyfile "{d}/session.key"; {listen}
  recursion {recursion}; dnssec-validation no; notify no; minimal-responses no; empty-zones-enable no;
  allow-query {{ 127.0.0.0/8; ::1; }}; allow-transfer {{ 127.0.0.0/8; }}; min-refresh-time 1; max-refresh-time 600; }};
controls {{ }};
''' + body)
        p = self.spawn(name, ['named', '-g', '-c', str(d / 'named.conf'), '-n', '1'])
        wait_for(name, lambda: self.dig(hosts[0], '.', 'NS') is not None and p.poll() is None)
        return p

    def zone(self, server, zone, text, refresh=60):
        d = self.folder / server
        d.mkdir(exist_ok=True)
        name = zone or 'root'
        (d / f'{name}.zone').write_text(soa(f'{zone}.' if zone else 'test.', refresh) + text.replace('{net}', self.net))
        return f'{d}/{name}.zone'

    def start(self):
        self._start_upper()
        self._start_acme()
        self.start_secondary()
        self._start_knot()
        wait_for('secondary', lambda: self.dig(5, 'acme.test', 'SOA'))

    def _start_upper(self):
        root = self.zone('upper', '', 'test. IN NS ns.test.\nns.test. IN A {net}.2\n. IN NS root.test.\n'
                                      'root.test. IN A {net}.1\n')
        top = self.zone('upper', 'test', TOP)
        company = self.zone('upper', 'example.test', COMPANY)
        self.named('upper', (1, 2, 3), ''.join(
            f'view "{n}" {{ match-destinations {{ {self.net}.{n}; }}; zone "{z}" {{ type master; file "{f}"; }}; }};\n'
            for n, z, f in ((1, '.', root), (2, 'test', top), (3, 'example.test', company))))

    def _start_acme(self):
        acme = self.zone('acme', 'acme.test', ACME, refresh=3)
        six = self.zone('acme', 'six.test', '@ IN NS ns1.acme.test.\n@ IN NS ns\nns IN A {net}.4\n'
                                            'ns IN AAAA 2001:db8::53\n')
        (self.folder / 'acme' / 'broken.zone').write_text('this is no zone file\n')
        grants = ''.join(f'grant "key-{a}" zonesub TXT; ' for a in ALGORITHMS) + 'grant "limited" name only.acme.test. TXT;'
        self.named('acme', (4,), f'''
zone "acme.test" {{ type master; file "{acme}"; update-policy {{ {grants} }}; }};
zone "six.test" {{ type master; file "{six}"; update-policy {{ {grants} }}; }};
zone "broken.test" {{ type master; file "broken.zone"; }};
''')

    def start_secondary(self):
        """Without NOTIFY: it learns of changes by looking every few seconds."""
        self.secondary = self.named('second', (5,), f'''
zone "acme.test" {{ type slave; masters port {self.port} {{ {self.net}.4; }}; }};''')

    def _start_knot(self):
        d = self.folder / 'knot'
        d.mkdir()
        self.zone('knot', 'knot.test', '@ IN NS ns1\nns1 IN A {net}.6\n')
        keys = ''.join(f'  - id: {k}\n    algorithm: {a}\n    secret: {s}\n' for k, (a, s) in self.keys.items())
        ids = ', '.join(f'key-{a}' for a in ALGORITHMS)
        (d / 'knot.conf').write_text(f'''
server:
    rundir: "{d}"
    listen: [{self.net}.6@{self.port}, {self.net}.6@53]
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: "{d}/db"
log:
  - target: stderr
    any: info
key:
{keys}
acl:
  - id: update
    key: [{ids}]
    action: update
zone:
  - domain: knot.test
    storage: "{d}"
    file: "knot.test.zone"
    journal-content: none
    zonefile-sync: -1
    acl: update
''')
        self.spawn('knot', ['knotd', '-c', str(d / 'knot.conf')])
        wait_for('Knot', lambda: self.dig(6, 'knot.test', 'SOA'))

    def dig(self, host, name, kind):
        """Answer lines; None when nobody answers."""
        r = subprocess.run(['dig', '+short', '+norec', '+time=2', '+tries=1', f'@{self.net}.{host}', '-p',
                            str(self.port), name, kind], capture_output=True, text=True, timeout=20)
        return None if r.returncode else r.stdout.split('\n')[:-1]

    def txt(self, host, name):
        return sorted(line.strip('"') for line in self.dig(host, name, 'TXT') or [])

    def conf(self, key='key-hmac-sha256', secret=None, algorithm=None, server=4, zone='acme.test', **dns):
        """Writes a configuration and returns its path. Keywords replace members of "dns"."""
        n = len(list(self.folder.glob('conf*.json')))
        update = {'zone': zone} if zone else {}
        if server:
            update['server'] = server if isinstance(server, str) else f'{self.net}.{server}:{self.port}'
        if key:
            file = self.folder / f'tsig{n}.key'
            file.write_text((secret or self.keys[key][1]) + '\n')
            file.chmod(0o600)
            update.update(key_name=key, key_file=file.name, algorithm=algorithm or self.keys.get(key, ('hmac-sha256',))[0])
        d = {'provider': 'rfc2136', 'root': [f'{self.net}.1:{self.port}'],
             'propagation': {'timeout': '20s', 'settle': '0s'}, 'rfc2136': update}
        d.update(dns)
        path = self.folder / f'conf{n}.json'
        path.write_text(json.dumps({
            'names': ['vpn.example.test'], 'deploy': {'target': 'none'},
            'acme': {'directory': 'letsencrypt-staging', 'email': 'a@example.test', 'agree_tos': True}, 'dns': d}))
        return path


def tool(conf, *argv):
    """(exit code, stdout, stderr)"""
    r = subprocess.run([str(TOOL), str(conf), *argv], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=180)
    if r.returncode < 0 or 'Sanitizer' in r.stderr:
        raise AssertionError(f'dnstool {argv}: ended with {r.returncode}: {r.stderr[-3000:]}')
    return r.returncode, r.stdout, r.stderr


def good(conf, *argv):
    code, out, log = tool(conf, *argv)
    assert code == 0, f'dnstool {argv}: exit {code}: {out}\n{log}'
    return out, log


def bad(conf, *argv, says=(), code=4):
    """Fails with that exit code and one error line that says all of these."""
    got, out, log = tool(conf, *argv)
    assert got == code, f'dnstool {argv}: exit {got}, wanted {code}: {out}\n{log}'
    error = [line for line in out.split('\n') if line.startswith('error ')]
    assert len(error) == 1, out
    for s in (says,) if isinstance(says, str) else says:
        assert s in out, f'{s!r} not in {out!r}'
    return out


def equal(got, want):
    assert got == want, f'got {got!r}, wanted {want!r}'


def expect_in(part, text):
    assert part in text, f'{part!r} not in {text!r}'


# ---- the walk

def test_walk_one_cname(n):
    out, log = good(n.conf(), 'walk', 'vpn.example.test')
    expect_in(f'hop _acme-challenge.vpn.example.test zone example.test target vpn.acme.test ttl 5 by {n.net}.3:{n.port}\n', out)
    expect_in('hop vpn.acme.test zone acme.test target - ', out)
    expect_in('delegated yes\ntarget vpn.acme.test\nzone acme.test\nprimary ns1.acme.test\nnegative_ttl 5\n', out)
    equal(sorted(line[7:] for line in out.split('\n') if line.startswith('server ')),
          [f'ns1.acme.test {n.net}.4:{n.port}', f'ns1.acme.test [::1]:{n.port}', f'ns2.acme.test {n.net}.5:{n.port}'])
    assert 'warn' not in log, log


def test_walk_two_cnames_and_a_wildcard_name(n):
    out, _ = good(n.conf(), 'walk', '*.two.example.test')
    expect_in('target hop.example.test', out)
    expect_in('target two.acme.test\nzone acme.test', out)


def test_walk_without_cname(n):
    out, _ = good(n.conf(), 'walk', 'missing.example.test')
    expect_in('delegated no\ntarget _acme-challenge.missing.example.test\nzone example.test\n', out)


def test_walk_loops(n):
    bad(n.conf(), 'walk', 'loop.example.test',
        says='CNAME loop: l1.example.test -> l2.example.test -> l1.example.test')
    bad(n.conf(), 'walk', 'self.example.test',
        says='CNAME loop: _acme-challenge.self.example.test -> _acme-challenge.self.example.test')


def test_walk_zone_that_does_not_exist(n):
    bad(n.conf(), 'walk', 'gone.example.test', says=('points into zone gone.test, which does not exist', 'NXDOMAIN'))
    bad(n.conf(), 'walk', 'vpn.nowhere.test', says='zone nowhere.test does not exist')


def test_walk_lame_dead_and_broken_zones(n):
    bad(n.conf(), 'walk', 'lame.example.test', says=('zone lame.test', f'ns1.example.test ({n.net}.3:{n.port}): REFUSED'))
    bad(n.conf(), 'walk', 'dead.example.test', says=('zone dead.test', f'ns.dead.test ({n.net}.9:{n.port}): nothing listens'))
    bad(n.conf(), 'walk', 'broken.example.test', says=('zone broken.test', f'ns1.acme.test ({n.net}.4:{n.port}): SERVFAIL'))


def test_walk_wildcard_cname(n):
    bad(n.conf(), 'walk', 'vpn.wild.example.test', says=('wildcard', 'hint create a CNAME of its own'))
    out, _ = good(n.conf(target='w.acme.test'), 'walk', 'vpn.wild.example.test')
    expect_in(' wildcard\n', out)


def test_walk_dname(n):
    out, _ = good(n.conf(), 'walk', 'x.dname.example.test')
    expect_in('target _acme-challenge.x.dname.acme.test\nzone acme.test', out)


def test_walk_root_that_is_not_there(n):
    bad(n.conf(root=[f'{n.net}.77:{n.port}']), 'walk', 'vpn.example.test', says=('zone .', 'nothing listens'))


def test_walk_by_recursive_resolvers(n):
    hints = n.zone('resolver', 'hints', '')
    Path(hints).write_text(f'. 60 IN NS root.test.\nroot.test. 60 IN A {n.net}.1\n')
    p = n.named('resolver', (10,), f'zone "." {{ type hint; file "{hints}"; }};', recursion='yes')
    conf = n.conf(root=[], resolvers=[f'{n.net}.10:{n.port}'])
    try:
        out, log = good(conf, 'walk', 'two.example.test')
        expect_in('target two.acme.test\nzone acme.test', out)
        expect_in(f'server ns2.acme.test {n.net}.5:53', out)
        # The resolver never hears of the names whose "no" it would remember.
        asked = [line for line in log.split('\n') if f'at {n.net}.10:' in line]
        assert asked and not any('_acme-challenge' in line or 'two.acme' in line for line in asked), log
        bad(conf, 'walk', 'gone.example.test', says='points into zone gone.test, which does not exist')
        bad(conf, 'walk', 'lame.example.test', says='lame.test')
    finally:
        n.stop(p)
    bad(n.conf(root=[], resolvers=[f'{n.net}.11:{n.port}']), 'walk', 'vpn.example.test', says='nothing listens')


# ---- dynamic updates

def both(n):
    """BIND's and Knot's zones: (name, target, host, settings)."""
    yield 'vpn.example.test', 'vpn.acme.test', 4, {}
    yield 'knot.example.test', 'vpn.knot.test', 6, {'server': 6, 'zone': 'knot.test'}


def test_publish_and_clean_up(n):
    for name, target, host, settings in both(n):
        for a in ALGORITHMS:
            conf = n.conf(key=f'key-{a}', **settings)
            good(conf, 'publish', name, V1)
            equal(n.txt(host, target), [V1])
            good(conf, 'publish', name, V1)  # once more: no error, no second record
            equal(n.txt(host, target), [V1])
            good(conf, 'cleanup', name, V1)
            equal(n.txt(host, target), [])
            good(conf, 'cleanup', name, V1)


def test_two_values_live_together(n):
    for name, target, host, settings in both(n):
        conf = n.conf(**settings)
        good(conf, 'publish', name, OLD)
        good(conf, 'publish', name, V1, V2)
        equal(n.txt(host, target), sorted([OLD, V1, V2]))
        good(conf, 'cleanup', name, V1)
        equal(n.txt(host, target), sorted([OLD, V2]))
        good(conf, 'cleanup', name, OLD, V2)
        equal(n.txt(host, target), [])


def test_server_by_its_name_and_zone_by_the_walk(n):
    conf = n.conf(server=f'ns1.acme.test:{n.port}', zone=None)
    good(conf, 'publish', 'vpn.example.test', V1)
    equal(n.txt(4, 'vpn.acme.test'), [V1])
    good(conf, 'cleanup', 'vpn.example.test', V1)
    equal(n.txt(4, 'vpn.acme.test'), [])
    bad(n.conf(server=f'nobody.acme.test:{n.port}'), 'publish', 'vpn.example.test', V1, says='nobody.acme.test')


def test_wrong_keys(n):
    wrong = base64.b64encode(b'wrong' * 6).decode()
    for name, _, _, settings in both(n):
        out = bad(n.conf(secret=wrong, **settings), 'publish', name, V1, says='TSIG key wrong: name or secret')
        assert wrong not in out
        bad(n.conf(key='nobody', secret=wrong, **settings), 'publish', name, V1, says='TSIG key wrong: name or secret')
        bad(n.conf(algorithm='hmac-sha512', **settings), 'publish', name, V1, says='TSIG key wrong: name or secret')


def test_refusals(n):
    conf = n.conf(key='limited')
    bad(conf, 'publish', 'vpn.example.test', V1, says='REFUSED')
    good(conf, 'publish', 'only.example.test', V1)
    good(conf, 'cleanup', 'only.example.test', V1)
    bad(n.conf(key='limited', server=6, zone='knot.test'), 'publish', 'knot.example.test', V1, says='BADKEY')
    # Not its zone; outside of the zone, found by us; a server that is a secondary without rights.
    bad(n.conf(server=4, zone='example.test', target='x.example.test'), 'publish', 'vpn.example.test', V1, says='NOTAUTH')
    bad(n.conf(zone='plain.test'), 'publish', 'vpn.example.test', V1, says="outside of the DNS provider's zone plain.test")
    bad(n.conf(server=5), 'publish', 'vpn.example.test', V1, says='name server')
    bad(n.conf(server=9), 'publish', 'vpn.example.test', V1, says='nothing listens')
    equal(n.txt(4, 'vpn.acme.test'), [])


def test_settings_that_lack_something(n):
    bad(n.conf(key='key-hmac-sha256', secret='not base64!'), 'publish', 'vpn.example.test', V1, says='key_file', code=2)
    open_file = n.conf()
    (n.folder / json.loads(open_file.read_text())['dns']['rfc2136']['key_file']).chmod(0o644)
    bad(open_file, 'publish', 'vpn.example.test', V1, says='key_file', code=2)


class TsigServer:
    """A name server of our own, over UDP and TCP: it checks the request's TSIG by itself and
    answers as told: "badtime" until the time is its own, "truncate" on UDP, "forge" the MAC,
    "unsigned" success, "garbage"."""

    def __init__(self, n, host, mode):
        self.mode, self.secret, self.log = mode, base64.b64decode(n.keys['key-hmac-sha256'][1]), []
        self.offset = 86400 if mode == 'badtime' else 0
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for s in (self.udp, self.tcp):
            s.bind((f'{n.net}.{host}', n.port))
            s.settimeout(0.1)
        self.tcp.listen()
        self.ending = False
        self.threads = [threading.Thread(target=f) for f in (self.serve_udp, self.serve_tcp)]

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *_):
        self.ending = True
        for t in self.threads:
            t.join()
        self.udp.close()
        self.tcp.close()

    def serve_udp(self):
        while not self.ending:
            try:
                msg, sender = self.udp.recvfrom(4096)
            except socket.timeout:
                continue
            self.log.append('udp')
            self.udp.sendto(self.answer(msg, truncate=self.mode == 'truncate'), sender)

    def serve_tcp(self):
        while not self.ending:
            try:
                c, _ = self.tcp.accept()
            except socket.timeout:
                continue
            with c:
                c.settimeout(5)
                head = c.recv(2, socket.MSG_WAITALL)
                msg = c.recv(struct.unpack('>H', head)[0], socket.MSG_WAITALL)
                self.log.append('tcp')
                reply = self.answer(msg, truncate=False)
                # In two pieces: the reader has to put them together.
                c.sendall(struct.pack('>H', len(reply)) + reply[:5])
                time.sleep(0.05)
                c.sendall(reply[5:])

    def answer(self, msg, truncate):
        if self.mode == 'garbage':
            return msg[:2] + secrets.token_bytes(40)
        def skip(at):
            while msg[at]:
                at += msg[at] + 1
            return at + 1
        zone_end = skip(12) + 4
        record = skip(zone_end) + 8
        tsig = record + 2 + struct.unpack_from('>H', msg, record)[0]
        at = skip(tsig)
        name = msg[tsig:at]
        at += 10
        alg_end = skip(at)
        alg = msg[at:alg_end]
        high, low, fudge, size = struct.unpack_from('>HIHH', msg, alg_end)
        mac = msg[alg_end + 10:alg_end + 10 + size]
        signed = high << 32 | low

        def variables(when, error, other):
            return (name + struct.pack('>HI', 255, 0) + alg + struct.pack('>HIHHH', when >> 32, when & 0xffffffff, 300,
                                                                         error, len(other)) + other)
        bare = msg[:10] + b'\0\0' + msg[12:tsig]
        assert hmac.digest(self.secret, bare + variables(signed, 0, b''), 'sha256') == mac, 'bad MAC in the request'
        error = rcode = 0
        other, now = b'', int(time.time()) + self.offset
        if abs(now - signed) > fudge:
            error, rcode, other = 18, 9, struct.pack('>HI', now >> 32, now & 0xffffffff)
        when = signed if error else now
        flags = 0x8000 | 5 << 11 | rcode | (0x0200 if truncate else 0)
        reply = msg[:2] + struct.pack('>HHHHH', flags, 1, 0, 0, 0) + msg[12:zone_end]
        if self.mode == 'unsigned':
            return reply
        out = hmac.digest(self.secret, struct.pack('>H', len(mac)) + mac + reply + variables(when, error, other), 'sha256')
        if self.mode == 'forge':
            out = bytes([out[0] ^ 1]) + out[1:]
        rdata = (alg + struct.pack('>HIHH', when >> 32, when & 0xffffffff, 300, len(out)) + out + msg[:2] +
                 struct.pack('>HH', error, len(other)) + other)
        self.log.append(f'error {error}')
        return reply[:10] + b'\0\1' + reply[12:] + name + struct.pack('>HHIH', 250, 255, 0, len(rdata)) + rdata


def test_clock_off_by_a_day(n):
    with TsigServer(n, 20, 'badtime') as s:
        _, log = good(n.conf(server=20), 'publish', 'vpn.example.test', V1)
        equal(s.log, ['udp', 'error 18', 'udp', 'error 0'])
        expect_in('differ by 86', log)


def test_truncated_answer_goes_to_tcp(n):
    with TsigServer(n, 21, 'truncate') as s:
        good(n.conf(server=21), 'publish', 'vpn.example.test', V1)
        equal(s.log, ['udp', 'error 0', 'tcp', 'error 0'])


def test_answers_that_are_not_believed(n):
    with TsigServer(n, 22, 'forge'):
        bad(n.conf(server=22), 'publish', 'vpn.example.test', V1, says='not signed with our TSIG key')
    with TsigServer(n, 23, 'unsigned'):
        bad(n.conf(server=23), 'publish', 'vpn.example.test', V1, says='not signed with our TSIG key')
    with TsigServer(n, 24, 'garbage'):
        bad(n.conf(server=24), 'publish', 'vpn.example.test', V1, says='name server')


# ---- a program

def script(n, text, mode=0o755):
    path = n.folder / f'hook{len(list(n.folder.glob("hook*")))}'
    path.write_text('#!/bin/sh\n' + text)
    path.chmod(mode)
    return path


def test_program(n):
    said = n.folder / 'said'
    path = script(n, f'echo "$@ [$SECRET]" >> {said}\n')
    os.environ['SECRET'] = 'must not be handed on'
    conf = n.conf(provider='exec', exec={'command': [str(path), '--zone', 'a b; $(id)']})
    good(conf, 'publish', 'vpn.example.test', V2)
    good(conf, 'cleanup', 'vpn.example.test', V2)
    equal(said.read_text(), f'--zone a b; $(id) present vpn.acme.test {V2} []\n'
                            f'--zone a b; $(id) cleanup vpn.acme.test {V2} []\n')


def test_program_that_fails(n):
    path = script(n, 'echo starting\necho "zone is frozen" >&2\necho\nexit 3\n')
    bad(n.conf(provider='exec', exec={'command': [str(path)]}), 'publish', 'vpn.example.test', V1,
        says='ended with 3: zone is frozen')
    path = script(n, 'sleep 30\n')
    start = time.monotonic()
    bad(n.conf(provider='exec', exec={'command': [str(path)], 'timeout': '1s'}), 'publish', 'vpn.example.test', V1)
    assert time.monotonic() - start < 15


def test_program_that_others_can_write(n):
    path = script(n, 'exit 0\n', 0o777)
    bad(n.conf(provider='exec', exec={'command': [str(path)]}), 'publish', 'vpn.example.test', V1,
        says='others may write', code=2)
    path = script(n, 'exit 0\n', 0o644)
    bad(n.conf(provider='exec', exec={'command': [str(path)]}), 'publish', 'vpn.example.test', V1, code=2)


# ---- propagation

def test_wait_for_the_lagging_secondary(n):
    conf = n.conf()
    good(conf, 'publish', 'late.example.test', V1, V2)
    late = n.txt(5, 'late.acme.test')
    start = time.monotonic()
    good(conf, 'wait', 'late.example.test', V1, V2)
    took = time.monotonic() - start
    equal(n.txt(5, 'late.acme.test'), sorted([V1, V2]))
    if late:
        return f'the secondary was not late this time (waited {took:.1f} s)'
    good(conf, 'cleanup', 'late.example.test', V1, V2)


def test_wait_is_quick_when_all_is_there(n):
    conf = n.conf(server=6, zone='knot.test')
    good(conf, 'publish', 'knot.example.test', V1)
    start = time.monotonic()
    good(conf, 'wait', 'knot.example.test', V1)
    assert time.monotonic() - start < 2
    good(conf, 'cleanup', 'knot.example.test', V1)


def test_wait_names_who_does_not_show_it(n):
    conf = n.conf(propagation={'timeout': '1s', 'settle': '0s'})
    out = bad(conf, 'wait', 'vpn.example.test', V1, says=('TXT not on every name server of acme.test', 'ns1.acme.test', 'ns2.acme.test'))
    expect_in('does not show it (NXDOMAIN', out)
    out, _ = good(conf, 'look', 'vpn.example.test', V1)
    equal(out.count('check fail'), 3)


def test_wait_with_a_dead_secondary(n):
    n.stop(n.secondary)
    try:
        conf = n.conf(propagation={'timeout': '1s', 'settle': '0s'})
        good(conf, 'publish', 'vpn.example.test', V1)
        bad(conf, 'wait', 'vpn.example.test', V1, says=f'ns2.acme.test ({n.net}.5:{n.port}): nothing listens')
        good(n.conf(propagation={'policy': 'any', 'timeout': '5s', 'settle': '0s'}), 'wait', 'vpn.example.test', V1)
        out, _ = good(conf, 'look', 'vpn.example.test', V1)
        equal((out.count('check ok'), out.count('check fail')), (2, 1))
    finally:
        n.start_secondary()
    good(n.conf(), 'cleanup', 'vpn.example.test', V1)


def test_wait_without_a_route_to_one_address(n):
    conf = n.conf(zone='six.test')
    good(conf, 'publish', 'six.example.test', V1)
    _, log = good(conf, 'wait', 'six.example.test', V1)
    expect_in('no route', log)
    out, _ = good(conf, 'look', 'six.example.test', V1)
    equal((out.count('check ok'), out.count('check skip')), (3, 1))
    good(conf, 'cleanup', 'six.example.test', V1)


def test_large_answers_by_tcp(n):
    conf = n.conf()
    good(conf, 'publish', 'big.example.test', V1)
    _, log = good(conf, 'wait', 'big.example.test', V1)
    expect_in('CAs refuse large answers', log)
    good(conf, 'cleanup', 'big.example.test', V1)
    equal(len(n.txt(4, 'big.acme.test')), 50)


def test_record_to_create(n):
    out, _ = good(n.conf(), 'record', '*.vpn.example.test')
    label = hashlib.sha256(b'vpn.example.test').hexdigest()[:16]
    equal(out, f'_acme-challenge.vpn.example.test. CNAME {label}.acme.test.\n')


def enter_namespace():
    """Starts this program anew in a network namespace of its own, if there can be one."""
    for how in ('-n', '-rn'):
        if subprocess.run(['unshare', how, 'true'], capture_output=True).returncode == 0:
            os.execvp('unshare', ['unshare', how, sys.executable, __file__, '--inside', *sys.argv[1:]])
    print('skipped: no network namespace can be made here (needs root)\n0 passed, 0 failed')
    return 0


def bring_up_loopback():
    """"ip link set lo up", and the servers' addresses, by ioctl (netdevice(7))."""
    get_flags, set_flags, set_address, up = 0x8913, 0x8914, 0x8916, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        request = fcntl.ioctl(s, get_flags, struct.pack('16sh22x', b'lo', 0))
        flags = struct.unpack_from('16sh', request)[1]
        fcntl.ioctl(s, set_flags, struct.pack('16sh22x', b'lo', flags | up))
        for host in (1, 2, 3, 4, 5, 6, 10):
            address = socket.inet_aton(f'{NET}.{host}')
            fcntl.ioctl(s, set_address, struct.pack('16shH4s16x', f'lo:{host}'.encode(), socket.AF_INET, 0, address))


def main():
    if '--inside' not in sys.argv:
        return enter_namespace()
    bring_up_loopback()
    words = [w for w in sys.argv[1:] if w != '--inside']
    tests = [(k[5:], v) for k, v in globals().items() if k.startswith('test_') and (not words or any(w in k for w in words))]
    folder = Path(tempfile.mkdtemp(prefix='rras-dns-'))
    folder.chmod(0o755)
    net, failed = Net(folder), 0
    try:
        net.start()
        for name, test in tests:
            start = time.monotonic()
            try:
                note = test(net)
                print(f'ok   {name} ({time.monotonic() - start:.1f} s){": " + note if note else ""}', flush=True)
            except Exception:
                failed += 1
                print(f'FAIL {name}\n{traceback.format_exc(limit=-3)}', flush=True)
    finally:
        net.close()
        if os.environ.get('RRAS_E2E_KEEP'):
            print(f'kept: {folder}')
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(f'{len(tests) - failed} passed, {failed} failed')
    return 1 if failed or not tests else 0


if __name__ == '__main__':
    sys.exit(main())
