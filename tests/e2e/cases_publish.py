# SPDX-License-Identifier: Apache-2.0
"""Issuing through each DNS provider: a real PowerDNS, and strict fakes of the other APIs."""
import json, sqlite3, urllib.request
from pathlib import Path
from cases_issue import NAME, expect, expect_exit, expect_in, expect_one_line
from world import COMPANY, DELEGATED, Process, World, free_ports, wait_for

API_KEY = 'powerdns-t0ps3cret'


# ---- PowerDNS

class PowerDNS:
    """A real server for the delegated zone, with its HTTP API and an SQLite file."""

    def __init__(self, folder, address, port):
        self.folder, self.address = folder, address
        folder.mkdir(parents=True)
        (self.api_port,) = free_ports(1)
        self.url = f'http://127.0.0.1:{self.api_port}'
        self.process = None
        database = folder / 'pdns.db'
        schema = Path('/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql')
        with sqlite3.connect(database) as db:
            db.executescript(schema.read_text())
        (folder / 'pdns.conf').write_text(f'''
launch=gsqlite3
gsqlite3-database={database}
local-address={address}
local-port={port}
socket-dir={folder}
setuid=
setgid=
daemon=no
guardian=no
disable-syslog=yes
primary=yes
api=yes
api-key={API_KEY}
webserver=yes
webserver-address=127.0.0.1
webserver-port={self.api_port}
security-poll-suffix=
''')

    def call(self, method, path, body=None):
        request = urllib.request.Request(f'{self.url}/api/v1/servers/localhost{path}', method=method,
                                         data=json.dumps(body).encode() if body else None,
                                         headers={'X-API-Key': API_KEY, 'Content-Type': 'application/json'})
        with urllib.request.urlopen(request, timeout=5) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def __enter__(self):
        self.process = Process('PowerDNS', ['pdns_server', f'--config-dir={self.folder}'], self.folder / 'log')
        try:
            wait_for('PowerDNS', lambda: self.process.alive() and self.call('GET', ''))
            self.call('POST', '/zones', {'name': DELEGATED + '.', 'kind': 'Native', 'rrsets': [
                {'name': f'{n}.', 'type': kind, 'ttl': 5, 'records': [{'content': content, 'disabled': False}]}
                for n, kind, content in ((DELEGATED, 'SOA', f'ns1.{DELEGATED}. host.{DELEGATED}. 1 60 60 600 5'),
                                         (DELEGATED, 'NS', f'ns1.{DELEGATED}.'), (f'ns1.{DELEGATED}', 'A', self.address))]})
        except BaseException:
            self.process.stop()
            raise
        return self

    def __exit__(self, *_):
        self.process.stop()

    def sets(self):
        return {(s['name'], s['type']): [r['content'] for r in s['records']]
                for s in self.call('GET', f'/zones/{DELEGATED}.')['rrsets']}


def publish(w, provider, settings, names=None, **dns):
    """Writes the configuration with another provider in place of rfc2136."""
    conf = w.config(names or [NAME])
    del conf['dns']['rfc2136']
    conf['dns'].update({'provider': provider, provider: settings, **dns})
    w.write_config('vpn', names=names, dns=conf['dns'])


def write_secret(w, name, text):
    path = w.config_dir / 'conf.d' / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + '\n')
    path.chmod(0o600)
    return name


def expect_silent(w, r, *secrets_):
    """No secret is in what the program said."""
    for secret in secrets_:
        if secret in r.stdout + r.stderr:
            raise AssertionError(f'a secret is shown: {r.stdout!r} {r.stderr!r}')


def test_powerdns(folder):
    with World(folder, delegated_to='127.0.0.2') as w, PowerDNS(folder / 'pdns', '127.0.0.2', w.bind.port) as p:
        settings = {'api': p.url, 'key_file': write_secret(w, 'api.key', API_KEY), 'zone': DELEGATED}
        before = p.sets()
        publish(w, 'powerdns', settings, names=[NAME, f'*.{NAME}'])
        r = w.run('issue', 'vpn')
        expect_exit(r, 4)
        expect_in(f'_acme-challenge.{NAME}. CNAME {w.target(NAME)}.', r.stderr, 'record to create')
        w.delegate(NAME)
        p.call('PATCH', f'/zones/{DELEGATED}.', {'rrsets': [{
            'name': w.target(NAME) + '.', 'type': 'TXT', 'ttl': 10, 'changetype': 'REPLACE',
            'records': [{'content': '"of another client"', 'disabled': False}]}]})
        r = w.run('issue', 'vpn', '--log-level', 'debug')
        expect_exit(r, 0)
        expect_silent(w, r, API_KEY)
        code, doc = w.json('check')
        expect(code, 0, doc['checks'])
        expect_in('powerdns', json.dumps([c for c in doc['checks'] if c['id'] == 'dns.write']), 'check')
        after = p.sets()
        expect(after.pop((w.target(NAME) + '.', 'TXT')), ['"of another client"'], 'what another client has there')
        for sets in (before, after):
            sets.pop((DELEGATED + '.', 'SOA'))
        expect(after, before, 'records left')

        write_secret(w, 'api.key', 'wr0ng')
        r = w.run('issue', 'vpn')
        expect_exit(r, 4)
        expect_one_line(r, 'powerdns', 'API key')
        publish(w, 'powerdns', {**settings, 'api': p.url.replace('127.0.0.1', '192.0.2.1')})
        r = w.run('issue', 'vpn')
        expect_exit(r, 2)
        expect_one_line(r, 'dns.powerdns.api', 'loopback')
