# SPDX-License-Identifier: Apache-2.0
"""What docs/providers/rfc2136.md has people configure, in the servers themselves: the key may write TXT at the one name,
and nothing else."""
import re, subprocess
from cases_issue import NAME, expect, expect_exit, expect_in
from dns_apis import PAGE, PAGE_ZONE
from world import COMPANY, DELEGATED, KEY_NAME, Process, World, wait_for

PAGE_NAME = f'0123456789abcdef.{PAGE_ZONE}'
RFC2136 = PAGE['rfc2136']


def printed(command):
    """A command of the page, and what it prints."""
    expect_in(command, ' '.join(s for _, s in RFC2136.spans), 'page')
    return subprocess.run(command.split(), check=True, capture_output=True, text=True, timeout=20).stdout


def configure(w, server, secret, name='vpn', **more):
    w.bind.secret = secret
    settings = RFC2136.dns({'ns1.example.net:53': server, PAGE_ZONE: DELEGATED, '../secrets/tsig.key': 'tsig.key'})
    w.write_config(name, dns={**w.config([NAME])['dns'], 'rfc2136': settings}, **more)


def expect_narrow(server, secret, target, answer):
    """The key at work by another client: what is not for it is refused, what is goes through."""
    host, port = server.rsplit(':', 1)
    for record, refused in ((f'other.{DELEGATED}. 5 TXT "x"', True), (f'{DELEGATED}. 5 TXT "x"', True), (f'x.{target}. 5 TXT "x"', True),
                            (f'{target}. 5 A 192.0.2.1', True), (f'{target}. 5 CNAME x.example.', True), (f'{target}. 5 TXT "x"', False)):
        r = subprocess.run(['nsupdate', '-y', f'hmac-sha256:{KEY_NAME}:{secret}'], timeout=20, capture_output=True, text=True,
                           input=f'server {host} {port}\nzone {DELEGATED}\nupdate add {record}\nsend\n')
        expect((r.returncode != 0, answer in r.stderr), (refused, refused), f'{record}: {r.stderr}')


def test_bind_with_the_policy_of_the_page(folder):
    target = World.target(None, NAME)
    key = printed('tsig-keygen -a hmac-sha256 rras-acme')
    zone = RFC2136.block('zone "', {PAGE_NAME: target, PAGE_ZONE: DELEGATED}).replace(f'/var/lib/bind/{DELEGATED}', 'delegated.zone')
    with World(folder / 'w', statements=key + zone) as w:
        w.delegate(NAME)
        server = f'127.0.0.1:{w.bind.port}'
        configure(w, server, w.bind.secret, names=[NAME, f'*.{NAME}'])
        expect_exit(w.run('issue', 'vpn'), 0)
        expect_exit(w.run('check', 'vpn'), 0)
        expect_narrow(server, w.bind.secret, target, 'REFUSED')


class Knot:
    """A real server for the delegated zone; key, acl and zone are the page's."""

    def __init__(self, folder, address, port, target):
        folder.mkdir(parents=True)
        self.folder, self.server = folder, f'{address}:{port}'
        key = printed('keymgr -t rras-acme hmac-sha256')
        self.secret = re.search('secret: (.*)', key)[1]
        rest = RFC2136.block('acl:', {PAGE_NAME: target, PAGE_ZONE: DELEGATED, '/var/lib/knot/': f'{folder}/'})
        (folder / f'{DELEGATED}.zone').write_text(f'$TTL 5\n$ORIGIN {DELEGATED}.\n@ SOA ns1 host 1 60 60 600 5\n@ NS ns1\nns1 A {address}\n')
        (folder / 'knot.conf').write_text(f'server:\n  rundir: "{folder}"\n  listen: {address}@{port}\n  udp-workers: 1\n  tcp-workers: 1\n'
                                          f'  background-workers: 1\ndatabase:\n  storage: "{folder}"\n'
                                          f'log:\n  - target: stderr\n    any: info\n{key}{rest}\n')

    def __enter__(self):
        self.process = Process('Knot', ['knotd', '-c', str(self.folder / 'knot.conf')], self.folder / 'log')
        try:
            wait_for('Knot', lambda: self.process.alive() and 'server started' in (self.folder / 'log').read_text())
        except BaseException:
            self.process.stop()
            raise
        return self

    def __exit__(self, *_):
        self.process.stop()


def test_knot_with_the_acl_of_the_page(folder):
    with World(folder / 'w', delegated_to='127.0.0.2') as w, Knot(folder / 'knot', '127.0.0.2', w.bind.port, w.target(NAME)) as knot:
        w.delegate(NAME)
        configure(w, knot.server, knot.secret, names=[NAME, f'*.{NAME}'])
        expect_exit(w.run('issue', 'vpn'), 0)
        expect_exit(w.run('check', 'vpn'), 0)
        expect_narrow(knot.server, knot.secret, w.target(NAME), 'NOTAUTH(BADKEY)')  # Knot's word for it
        w.bind.add_company(f'_acme-challenge.other.{COMPANY}. IN CNAME other.{DELEGATED}.')
        configure(w, knot.server, knot.secret, 'other')
        r = w.run('check', 'other')
        expect_exit(r, 9)
        expect_in('does not let it change this', r.stdout, 'check of a name that the acl does not have')
