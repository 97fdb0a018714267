# SPDX-License-Identifier: Apache-2.0
"""Issuing through each DNS provider: a real PowerDNS, and strict fakes of the other APIs."""
import json, sqlite3, subprocess, urllib.parse, urllib.request
from pathlib import Path
from cases_issue import NAME, expect, expect_exit, expect_in, expect_one_line
from dns_apis import PAGE, PAGE_ZONE, AcmeDns, Azure, Cloudflare, Route53
from ports import free_ports
from world import DELEGATED, PROGRAM, ROOT, Process, World, wait_for

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
gsqlite3-pragma-synchronous=0
gsqlite3-pragma-journal-mode=WAL
local-address={address}
local-port={port}
socket-dir={folder}
setuid=
setgid=
daemon=no
guardian=no
disable-syslog=yes
primary=yes
security-poll-suffix=
''' + PAGE['powerdns'].block('api=yes', {'a long random text': API_KEY, '8081': str(self.api_port)}))

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


def expect_silent(w, r, *hidden):
    """No secret is in what the program said."""
    for secret in hidden:
        if secret in r.stdout + r.stderr:
            raise AssertionError(f'a secret is shown: {r.stdout!r} {r.stderr!r}')


def expect_refused(w, *parts):
    """check tells of it; issue might not ask, as the CA may take an earlier validation."""
    r = w.run('check', 'vpn')
    expect_exit(r, 9)
    for part in parts:
        expect_in(part, r.stdout, 'check')


def test_powerdns(folder):
    with World(folder, delegated_to='127.0.0.2') as w, PowerDNS(folder / 'pdns', '127.0.0.2', w.bind.port) as p:
        settings = PAGE['powerdns'].dns({'https://pdns.example.net': p.url, PAGE_ZONE: DELEGATED,
                                         '../secrets/powerdns.key': write_secret(w, 'api.key', API_KEY)})
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
        expect_refused(w, 'powerdns', 'API key')
        publish(w, 'powerdns', {**settings, 'api': p.url.replace('127.0.0.1', '192.0.2.1')})
        r = w.run('issue', 'vpn')
        expect_exit(r, 2)
        expect_one_line(r, 'dns.powerdns.api', 'loopback')


# ---- the other APIs: strict doubles (dns_apis.py), each with the rights that the provider's page has people give

def test_acme_dns(folder):
    with World(folder) as w, AcmeDns(w) as api:
        publish(w, 'acme-dns', {'api': api.url + '/', 'api_ca_file': 'ca.pem'}, names=[NAME, f'*.{NAME}'])
        r = w.run('check', 'vpn')
        expect_exit(r, 9)
        (account,) = api.accounts.values()
        record = f'_acme-challenge.{NAME}. CNAME {account["fulldomain"]}.'
        expect_in(record, ' '.join(r.stdout.split()), 'record to create')
        r = w.run('issue', 'vpn')
        expect_exit(r, 4)
        expect_in(record, ' '.join(r.stderr.split()), 'the same record again')
        expect(len(api.accounts), 1, 'registrations')
        w.bind.add_company(f'_acme-challenge.{NAME}. IN CNAME {account["fulldomain"]}.')
        r = w.run('issue', 'vpn', '--log-level', 'debug')
        expect_exit(r, 0)
        expect_silent(w, r, account['password'])
        (file,) = w.state_dir.glob('accounts/*/acme-dns.json')
        expect(oct(file.stat().st_mode & 0o777), '0o600', 'mode of the registrations')
        code, doc = w.json('check')
        expect(code, 0, doc['checks'])
        expect_in('acme-dns', json.dumps([c for c in doc['checks'] if c['id'] == 'dns.write']), 'check')
        account['password'] = 'changed'
        expect_refused(w, 'acme-dns', 'forbidden')


def test_cloudflare(folder):
    with World(folder) as w, Cloudflare(w) as api:
        w.delegate(NAME)
        token = write_secret(w, 'token', api.TOKEN)
        page = PAGE['cloudflare'].dns({'../secrets/cloudflare.token': token, '0123456789abcdef0123456789abcdef': api.ZONE_ID})
        page |= {'api': api.url + '/client/v4', 'api_ca_file': 'ca.pem'}
        found = {k: v for k, v in page.items() if k != 'zone_id'}
        publish(w, 'cloudflare', found, names=[NAME, f'*.{NAME}'])
        api.records['x'] = {'id': 'x', 'type': 'TXT', 'name': w.target(NAME), 'content': '"of another client"'}
        r = w.run('issue', 'vpn', '--log-level', 'debug')
        expect_exit(r, 0)
        expect_silent(w, r, api.TOKEN)
        code, doc = w.json('check')
        expect(code, 0, doc['checks'])
        expect(list(api.records), ['x'], 'records left')
        api.rights.remove(('Zone', 'Zone', 'Read'))
        expect(api.rights, {('Zone', 'DNS', 'Edit')}, 'what the page has people give, and no more')
        expect_refused(w, 'cloudflare', 'this token sees no such zone')
        publish(w, 'cloudflare', page)
        code, doc = w.json('check')
        expect(code, 0, doc['checks'])  # "with zone_id the permission Zone / Zone / Read is not needed"
        api.rights.clear()
        expect_refused(w, 'cloudflare', 'Authentication error')
        write_secret(w, 'token', 'wr0ng')
        expect_refused(w, 'cloudflare', 'Invalid access token')


def test_route53(folder):
    with World(folder) as w, Route53(w) as api:
        w.delegate(NAME)
        page = PAGE['route53'].dns({'AKIAIOSFODNN7EXAMPLE': api.KEY_ID, '../secrets/route53.key': write_secret(w, 'key', api.KEY),
                                    PAGE_ZONE: DELEGATED, 'Z0123456789ABCDEFGHIJ': api.ZONE_ID})
        page |= {'api': api.url, 'api_ca_file': 'ca.pem', 'session_token_file': write_secret(w, 'token', api.TOKEN)}
        publish(w, 'route53', page, names=[NAME, f'*.{NAME}'])
        other = {w.target(NAME) + '.': ['"of another client"']}
        api.sets.update(other)
        r = w.run('issue', 'vpn', '--log-level', 'debug')
        expect_exit(r, 0)
        expect_silent(w, r, api.KEY, api.TOKEN)
        expect(api.sets, other, 'records left')
        code, doc = w.json('check')
        expect(code, 0, doc['checks'])
        change = {'Actions': ['DELETE', 'CREATE'], 'NormalizedRecordNames': [w.target(NAME)], 'RecordTypes': ['TXT']}
        for more, zone, allowed in (({}, api.ZONE_ID, True), ({}, 'ZOTHER', False), ({'Actions': ['UPSERT']}, api.ZONE_ID, False),
                                    ({'NormalizedRecordNames': [w.target(NAME), DELEGATED]}, api.ZONE_ID, False),
                                    ({'RecordTypes': ['TXT', 'A']}, api.ZONE_ID, False)):
            context = {f'ChangeResourceRecordSets{k}': v for k, v in {**change, **more}.items()}
            expect(api.policy.allows('route53:ChangeResourceRecordSets', f'arn:aws:route53:::hostedzone/{zone}', **context), allowed, f'{more} {zone}')
        without = {k: v for k, v in page.items() if k != 'zone_id'}
        publish(w, 'route53', without)
        expect_refused(w, 'route53', 'ListHostedZonesByName')
        expect_in('`route53:ListHostedZonesByName` on `*`', (ROOT / 'docs/providers/route53.md').read_text(), 'page')
        api.policy.statements.append({'Effect': 'Allow', 'Action': 'route53:ListHostedZonesByName', 'Resource': '*'})
        code, doc = w.json('check')
        expect(code, 0, doc['checks'])
        write_secret(w, 'key', 'wr0ng')
        expect_refused(w, 'route53', 'SignatureDoesNotMatch')
        expect_silent(w, w.run('check', 'vpn'), api.TOKEN)


def test_azure(folder):
    with World(folder) as w, Azure(w) as api:
        w.delegate(NAME)
        page = PAGE['azure'].dns({PAGE_ZONE: DELEGATED, '../secrets/azure.secret': write_secret(w, 'key', api.SECRET)}, 1)
        publish(w, 'azure', {**page, 'api': api.url, 'login': api.url, 'api_ca_file': 'ca.pem'}, names=[NAME, f'*.{NAME}'])
        ((label, mine),) = api.sets.items()  # made by the page's own command
        mine['properties'] |= {'metadata': {'owner': 'x'}}
        before = json.loads(json.dumps(mine['properties']))
        r = w.run('issue', 'vpn', '--log-level', 'debug')
        expect_exit(r, 0)
        expect_silent(w, r, api.SECRET, api.TOKEN, urllib.parse.quote(api.SECRET))
        expect({n: s['properties'] for n, s in api.sets.items()}, {label: before}, 'sets left')
        code, doc = w.json('check')
        expect(code, 0, doc['checks'])
        here = f'{api.GROUP}/providers/Microsoft.Network/dnsZones/{DELEGATED}'
        for action, at in (('TXT/delete', f'/TXT/{label}'), ('TXT/write', '/TXT/other'), ('A/write', f'/A/{label}'), ('write', ''), ('TXT/read', '')):
            expect(api.role.allows(f'Microsoft.Network/dnsZones/{action}', here + at), False, f'{action} {at}')
        api.role.scope += 'x'
        expect_refused(w, 'azure', 'does not have authorization', 'DNS Zone Contributor')
        write_secret(w, 'key', 'wr0ng')
        expect_refused(w, 'azure', 'Invalid client secret')


# ---- two clients at once

def both_at_once(w, clients):
    """Two programs, each with a state folder of its own, issue for the same name at the same time. Neither
    must take the other's value away before the CA has seen it."""
    going = [subprocess.Popen([str(PROGRAM), '--config', str(w.config_dir), '--state', str(w.folder / client), 'issue', 'vpn'],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
             for client in clients]
    said = [p.communicate(timeout=120)[0] for p in going]
    expect([p.returncode for p in going], [0] * len(clients), f'exit codes: {said}')


def test_two_clients_at_once_by_rfc2136(folder):
    with World(folder) as w:
        w.delegate(NAME)
        w.write_config('vpn', names=[NAME, f'*.{NAME}'])
        both_at_once(w, ['one', 'two'])
        expect(w.bind.query(w.target(NAME), 'TXT'), '', 'values left')


def test_two_clients_at_once_by_powerdns(folder):
    with World(folder, delegated_to='127.0.0.2') as w, PowerDNS(folder / 'pdns', '127.0.0.2', w.bind.port) as p:
        w.delegate(NAME)
        publish(w, 'powerdns', {'api': p.url, 'key_file': write_secret(w, 'api.key', API_KEY), 'zone': DELEGATED},
                names=[NAME, f'*.{NAME}'])
        both_at_once(w, ['one', 'two'])
        expect(p.sets().get((w.target(NAME) + '.', 'TXT')), None, 'values left')
