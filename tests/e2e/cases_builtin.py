# SPDX-License-Identifier: Apache-2.0
"""The provider "builtin": the program itself answers for the delegated zone, and the CA asks it."""
import shutil, socket, struct, subprocess
from cases_issue import NAME, expect, expect_exit, expect_in, expect_one_line, weeks_later
from ports import free_ports
from world import COMPANY, DELEGATED, PROGRAM, Process, Skip, World, wait_for

OURS = '127.0.0.3'      # where BIND's delegation says the zone is; the port is BIND's


def builtin(w, name='vpn', names=None, **more):
    conf = w.config(names or [NAME])
    del conf['dns']['rfc2136']
    conf['dns'].update({'provider': 'builtin', 'builtin': {
        'zone': DELEGATED, 'ns': [f'ns1.{DELEGATED}'], 'address': [OURS], 'listen': [f'{OURS}:{w.bind.port}'], **more}})
    w.write_config(name, names=names or [NAME], dns=conf['dns'])


def asks(w, kind=socket.SOCK_DGRAM):
    """True when somebody listens where we are to answer."""
    with socket.socket(socket.AF_INET, kind) as s:
        try:
            s.bind((OURS, w.bind.port))
            return False
        except OSError:
            return True


def test_issues_and_leaves_nothing_open(folder):
    with World(folder, delegated_to=OURS) as w:
        builtin(w, names=[NAME, f'*.{NAME}'])
        r = w.run('issue', 'vpn')
        expect_exit(r, 4)
        expect_in(f'_acme-challenge.{NAME}. CNAME {w.target(NAME)}.', r.stderr, 'record to create')
        w.delegate(NAME)
        r = w.run('issue', 'vpn', '--log-level', 'debug')
        expect_exit(r, 0)
        expect_in('questions answered', r.stderr, 'log')
        expect((asks(w), asks(w, socket.SOCK_STREAM)), (False, False), 'ports open')
        code, doc = w.json('check')
        expect(code, 0, doc['checks'])
        expect_in('builtin', [c['finding'] for c in doc['checks'] if c['id'] == 'dns.write'][0], 'check')


class Unbound:
    """A resolver that asks the servers themselves, minimises names and mixes the case of letters."""

    def __init__(self, folder, dns_port):
        (self.port,) = free_ports(1, (socket.SOCK_STREAM, socket.SOCK_DGRAM))
        self.folder = folder
        folder.mkdir(parents=True)
        (folder / 'unbound.conf').write_text(f'''
server:
  interface: 127.0.0.1@{self.port}
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  use-syslog: no
  do-daemonize: no
  do-not-query-localhost: no
  module-config: "iterator"
  qname-minimisation: yes
  qname-minimisation-strict: yes
  use-caps-for-id: yes
  target-fetch-policy: "0 0 0 0 0"
  prefetch: no
remote-control:
  control-enable: no
stub-zone:
  name: "."
  stub-addr: 127.0.0.1@{dns_port}
stub-zone:
  name: "{COMPANY}"
  stub-addr: 127.0.0.1@{dns_port}
stub-zone:
  name: "{DELEGATED}"
  stub-addr: {OURS}@{dns_port}
''')

    def __enter__(self):
        self.process = Process('Unbound', ['unbound', '-d', '-c', str(self.folder / 'unbound.conf')], self.folder / 'log')
        wait_for('Unbound', lambda: self.process.alive() and self.lookup(f'ns1.{COMPANY}', 'A'))
        return self

    def __exit__(self, *_):
        self.process.stop()

    def lookup(self, name, kind):
        return subprocess.run(['dig', '+short', '+time=1', '+tries=1', '@127.0.0.1', '-p', str(self.port), name, kind],
                              capture_output=True, text=True, timeout=10).stdout.strip()


def test_a_resolver_of_its_own_kind_validates(folder):
    if not shutil.which('unbound'):
        raise Skip('unbound is not installed')
    w = World(folder, delegated_to=OURS)
    with Unbound(folder / 'unbound', w.bind.port) as u:
        w.pebble.resolver = f'127.0.0.1:{u.port}'
        with w:
            w.delegate(NAME)
            builtin(w, names=[NAME, f'*.{NAME}'])
            r = w.run('issue', 'vpn', '--log-level', 'debug')
            expect_exit(r, 0)


def test_two_names_share_the_port(folder):
    """run does one after the other; what both leave is nothing."""
    other = f'mail.{COMPANY}'
    with World(folder, delegated_to=OURS) as w:
        w.delegate(NAME, other)
        builtin(w)
        builtin(w, name='mail', names=[other])
        r = w.run('run')
        expect_exit(r, 0)
        code, doc = w.json('status')
        expect([c['state'] for c in doc['certificates']], ['valid', 'valid'], 'certificates')


def test_a_taken_port_is_told_with_its_likely_holder(folder):
    with World(folder, delegated_to=OURS) as w:
        w.delegate(NAME)
        builtin(w)
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            with socket.socket(socket.AF_INET, kind) as s:
                s.bind((OURS, w.bind.port))
                if kind == socket.SOCK_STREAM:
                    s.listen()
                r = w.run('issue', 'vpn')
                expect_exit(r, 2)
                expect_one_line(r, 'dns.builtin.listen', f'{OURS}:{w.bind.port}')
                expect_in('systemd-resolved', r.stderr, 'who may hold it')
                r = w.run('check', 'vpn')
                expect_exit(r, 9)
                expect_in('dns.builtin.listen', r.stdout, 'check')
        expect_exit(w.run('issue', 'vpn'), 0)


def test_an_unprivileged_user_is_told_of_the_capability(folder):
    with World(folder, delegated_to=OURS) as w:
        if int(open('/proc/sys/net/ipv4/ip_unprivileged_port_start').read()) <= 53:
            raise Skip('every user may have port 53 here')
        builtin(w, listen=[OURS])
        r = subprocess.run(['setpriv', '--bounding-set=-net_bind_service', '--inh-caps=-net_bind_service', str(PROGRAM),
                            '--config', str(w.config_dir), '--state', str(w.state_dir), 'issue', 'vpn'],
                           capture_output=True, text=True, timeout=60)
        expect_exit(r, 2)
        expect_one_line(r, 'dns.builtin.listen', f'{OURS}:53')
        expect_in('CAP_NET_BIND_SERVICE', r.stderr, 'cure')


def test_a_name_outside_of_the_zone(folder):
    with World(folder, delegated_to=OURS) as w:
        w.bind.add_company(f'_acme-challenge.{NAME}. IN CNAME x.elsewhere.{COMPANY}.')
        builtin(w)
        r = w.run('issue', 'vpn')
        expect_exit(r, 4)
        expect_in('dns.builtin.zone', r.stderr, 'cure')
