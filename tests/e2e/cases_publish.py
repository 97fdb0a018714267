# SPDX-License-Identifier: Apache-2.0
"""Issuing through each DNS provider: a real PowerDNS, and strict fakes of the other APIs."""
import hashlib, hmac, http.server, json, secrets, sqlite3, ssl, subprocess, threading, urllib.parse, urllib.request, uuid, xml.etree.ElementTree
from pathlib import Path
from cases_issue import NAME, expect, expect_exit, expect_in, expect_one_line
from ports import free_ports
from world import DELEGATED, KEY_NAME, PROGRAM, Process, World, wait_for

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
        expect_refused(w, 'powerdns', 'API key')
        publish(w, 'powerdns', {**settings, 'api': p.url.replace('127.0.0.1', '192.0.2.1')})
        r = w.run('issue', 'vpn')
        expect_exit(r, 2)
        expect_one_line(r, 'dns.powerdns.api', 'loopback')


# ---- fakes of the other APIs: strict, and what they are told they put into the name server

class Fake:
    """An HTTPS server with the certificate of the world's ACME server. answer(request) of the kind
    gives (status, body); `wrong` collects what the API's documentation does not allow."""

    def __init__(self, w):
        self.w, self.wrong, self.calls = w, [], []
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def handle_one_request(self):
                self.raw_requestline = self.rfile.readline(65537)
                if not self.raw_requestline or not self.parse_request():
                    self.close_connection = True
                    return
                self.body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
                fake.calls.append(f'{self.command} {self.path}')
                try:
                    status, body, *more = fake.answer(self)
                except Exception as e:
                    fake.wrong.append(f'{self.command} {self.path}: {e!r}')
                    status, body, more = 500, b'', []
                self.send_response(status)
                for line in more:
                    self.send_header(*line)
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(w.pebble.folder / 'server.pem', w.pebble.folder / 'server.key')
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f'https://127.0.0.1:{self.server.server_port}'
        self.values = {}        # name: set of TXT values
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.server.shutdown()
        self.server.server_close()
        if kind is None and self.wrong:
            raise AssertionError(f'the API was used wrongly: {self.wrong}')

    def publish(self, name, values):
        """The name's TXT set in the name server."""
        self.values[name] = list(values)
        lines = [f'server 127.0.0.1 {self.w.bind.port}', f'zone {DELEGATED}', f'update delete {name}. TXT']
        lines += [f'update add {name}. 1 TXT "{v}"' for v in values]
        subprocess.run(['nsupdate', '-y', f'hmac-sha256:{KEY_NAME}:{self.w.bind.secret}'], check=True, timeout=20,
                       input='\n'.join([*lines, 'send', '']), text=True, capture_output=True)


def demand(holds, what):
    if not holds:
        raise ValueError(what)


class AcmeDns(Fake):
    """acme-dns 1.0: /register and /update; the newest two values are kept."""

    def __init__(self, w):
        super().__init__(w)
        self.accounts = {}

    def answer(self, r):
        demand(r.command == 'POST' and r.headers['Content-Type'] == 'application/json', 'POST of JSON')
        body = json.loads(r.body)
        if r.path == '/register':
            demand(set(body) <= {'allowfrom'}, 'register')
            subdomain = str(uuid.uuid4())
            account = {'username': str(uuid.uuid4()), 'password': secrets.token_urlsafe(30),
                       'fulldomain': f'{subdomain}.{DELEGATED}', 'subdomain': subdomain, 'allowfrom': body['allowfrom']}
            self.accounts[subdomain] = account
            return 201, json.dumps(account).encode()
        demand(r.path == '/update' and set(body) == {'subdomain', 'txt'}, 'update')
        account = self.accounts.get(body['subdomain'])
        if not account or (r.headers['X-Api-User'], r.headers['X-Api-Key']) != (account['username'], account['password']):
            return 401, b'{"error": "forbidden"}'
        demand(len(body['txt']) == 43, 'txt')
        name = account['fulldomain']
        self.publish(name, [*self.values.get(name, []), body['txt']][-2:])
        return 200, json.dumps({'txt': body['txt']}).encode()


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


class Cloudflare(Fake):
    """API v4: one record is one object; identical ones are refused with 81058."""

    TOKEN, ZONE_ID = 'cf-t0ps3cret', '023e105f4ecef8ad9ca31a8372d0c353'

    def __init__(self, w):
        super().__init__(w)
        self.records = {}

    def fail(self, status, code, text):
        return status, json.dumps({'success': False, 'errors': [{'code': code, 'message': text}], 'result': None}).encode()

    def result(self, result):
        return 200, json.dumps({'success': True, 'errors': [], 'messages': [], 'result': result}).encode()

    def answer(self, r):
        url = urllib.parse.urlsplit(r.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if r.headers['Authorization'] != f'Bearer {self.TOKEN}':
            return self.fail(403, 9109, 'Invalid access token')
        if url.path == '/client/v4/zones':
            demand(r.command == 'GET' and set(query) == {'name'}, 'zone look-up')
            return self.result([{'id': self.ZONE_ID, 'name': DELEGATED}] if query['name'] == DELEGATED else [])
        base = f'/client/v4/zones/{self.ZONE_ID}/dns_records'
        demand(url.path.startswith(base), f'path {url.path}')
        if r.command == 'GET':
            demand(query['type'] == 'TXT', 'type')
            return self.result([x for x in self.records.values()
                                if x['name'] == query['name'] and query['content.contains'] in x['content']])
        if r.command == 'POST':
            demand(url.path == base and r.headers['Content-Type'] == 'application/json', 'POST of JSON')
            new = json.loads(r.body)
            demand(set(new) == {'type', 'name', 'content', 'ttl'} and new['ttl'] >= 60, 'record')
            if any(x['content'] == new['content'] and x['name'] == new['name'] for x in self.records.values()):
                return self.fail(400, 81058, 'An identical record already exists.')
            new['id'] = secrets.token_hex(16)
            self.records[new['id']] = new
        else:
            demand(r.command == 'DELETE' and not r.body, 'method')
            new = self.records.pop(url.path[len(base) + 1:], None)
            if not new:
                return self.fail(404, 81044, 'Record does not exist.')
        self.publish(new['name'], [x['content'].strip('"') for x in self.records.values() if x['name'] == new['name']])
        return self.result({'id': new['id']})


def test_cloudflare(folder):
    with World(folder) as w, Cloudflare(w) as api:
        w.delegate(NAME)
        publish(w, 'cloudflare', {'api': api.url + '/client/v4', 'api_ca_file': 'ca.pem',
                                  'token_file': write_secret(w, 'token', api.TOKEN)}, names=[NAME, f'*.{NAME}'])
        api.records['x'] = {'id': 'x', 'type': 'TXT', 'name': w.target(NAME), 'content': '"of another client"'}
        r = w.run('issue', 'vpn', '--log-level', 'debug')
        expect_exit(r, 0)
        expect_silent(w, r, api.TOKEN)
        code, doc = w.json('check')
        expect(code, 0, doc['checks'])
        expect(list(api.records), ['x'], 'records left')
        write_secret(w, 'token', 'wr0ng')
        expect_refused(w, 'cloudflare', 'Invalid access token')


class Route53(Fake):
    """API 2013-04-01: each signature is computed again; a change is INSYNC at the second question."""

    KEY_ID, KEY, TOKEN, ZONE_ID = 'AKIDEXAMPLE', 'r53-t0ps3cret', 'r53-t0ken', 'Z0123456789ABC'

    def __init__(self, w):
        super().__init__(w)
        self.sets, self.asked = {}, {}

    def error(self, status, code, text=''):
        return status, (f'<?xml version="1.0"?><ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>'
                        f'<Message>{text}</Message></Error></ErrorResponse>').encode()

    def signed(self, r, url):
        """AWS Signature Version 4, from its description."""
        def mac(key, text):
            return hmac.new(key, text.encode(), 'sha256').digest()
        date = r.headers['x-amz-date']
        scope = f'{date[:8]}/us-east-1/route53/aws4_request'
        names = ['host', 'x-amz-date', 'x-amz-security-token']
        query = '&'.join(sorted(url.query.split('&')))
        canonical = '\n'.join([r.command, url.path, query, *(f'{n}:{r.headers[n]}' for n in names), '', ';'.join(names),
                               hashlib.sha256(r.body).hexdigest()])
        text = '\n'.join(['AWS4-HMAC-SHA256', date, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = b'AWS4' + self.KEY.encode()
        for part in scope.split('/'):
            key = mac(key, part)
        return (r.headers['x-amz-security-token'] == self.TOKEN and r.headers['Authorization'] ==
                f'AWS4-HMAC-SHA256 Credential={self.KEY_ID}/{scope}, SignedHeaders={";".join(names)}, '
                f'Signature={mac(key, text).hex()}')

    def answer(self, r):
        url = urllib.parse.urlsplit(r.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if not self.signed(r, url):
            return self.error(403, 'SignatureDoesNotMatch', f'The Canonical String ... {self.TOKEN}')
        base = '/2013-04-01'
        if url.path == f'{base}/hostedzonesbyname':
            demand(r.command == 'GET' and query == {'dnsname': DELEGATED}, 'zone look-up')
            return 200, ''.join(f'<HostedZone><Id>/hostedzone/{i}</Id><Name>{DELEGATED}.</Name><Config><PrivateZone>{p}'
                                f'</PrivateZone></Config></HostedZone>' for i, p in (('ZP', 'true'), (self.ZONE_ID, 'false'))).encode()
        if url.path.startswith(f'{base}/change/'):
            self.asked[url.path] = self.asked.get(url.path, 0) + 1
            state = 'INSYNC' if self.asked[url.path] > 1 else 'PENDING'
            return 200, f'<ChangeInfo><Id>/change/C1</Id><Status>{state}</Status></ChangeInfo>'.encode()
        demand(url.path == f'{base}/hostedzone/{self.ZONE_ID}/rrset', url.path)
        if r.command == 'GET':
            values = self.sets.get(query['name'])
            return 200, (self.xml(query['name'], values) if values else '').encode()
        demand(r.command == 'POST', r.command)
        before = dict(self.sets)
        for change in xml.etree.ElementTree.fromstring(r.body).iter('{https://route53.amazonaws.com/doc/2013-04-01/}Change'):
            action, name, kind, ttl, *values = [t.strip() for t in change.itertext() if t.strip()]
            demand(kind == 'TXT' and ttl.isdigit() and all(v[0] == v[-1] == '"' for v in values), 'TXT in quotes')
            if action == 'DELETE' and self.sets.get(name) == values:
                del self.sets[name]
            elif action == 'CREATE' and name not in self.sets and values:
                self.sets[name] = values
            else:
                self.sets = before
                return self.error(400, 'InvalidChangeBatch', f'{action} {name}')
        for name in {*before, *self.sets}:
            self.publish(name.rstrip('.'), [v.strip('"') for v in self.sets.get(name, [])])
        return 200, f'<ChangeInfo><Id>/change/{secrets.token_hex(8)}</Id><Status>PENDING</Status></ChangeInfo>'.encode()

    def xml(self, name, values):
        records = ''.join(f'<ResourceRecord><Value>{v}</Value></ResourceRecord>' for v in values)
        return (f'<ResourceRecordSet><Name>{name}</Name><Type>TXT</Type><TTL>10</TTL><ResourceRecords>{records}'
                f'</ResourceRecords></ResourceRecordSet>')


def test_route53(folder):
    with World(folder) as w, Route53(w) as api:
        w.delegate(NAME)
        publish(w, 'route53', {'api': api.url, 'api_ca_file': 'ca.pem', 'access_key_id': api.KEY_ID,
                               'secret_key_file': write_secret(w, 'key', api.KEY),
                               'session_token_file': write_secret(w, 'token', api.TOKEN)}, names=[NAME, f'*.{NAME}'])
        other = {w.target(NAME) + '.': ['"of another client"']}
        api.sets.update(other)
        r = w.run('issue', 'vpn', '--log-level', 'debug')
        expect_exit(r, 0)
        expect_silent(w, r, api.KEY, api.TOKEN)
        expect(api.sets, other, 'records left')
        code, doc = w.json('check')
        expect(code, 0, doc['checks'])
        write_secret(w, 'key', 'wr0ng')
        expect_refused(w, 'route53', 'SignatureDoesNotMatch')
        expect_silent(w, w.run('check', 'vpn'), api.TOKEN)


class Azure(Fake):
    """Azure DNS 2018-05-01 and the token endpoint: a write without the right etag gets 412."""

    SECRET, TOKEN = 'az~t0ps3cret&=', 'az-acc3ss'

    def __init__(self, w):
        super().__init__(w)
        self.sets, self.conflicts = {}, 1

    def answer(self, r):
        url = urllib.parse.urlsplit(r.path)
        if url.path == '/tenant-1/oauth2/v2.0/token':
            form = dict(urllib.parse.parse_qsl(r.body.decode()))
            demand(r.headers['Content-Type'] == 'application/x-www-form-urlencoded', 'form')
            demand((form['grant_type'], form['scope']) == ('client_credentials', f'{self.url}/.default'), 'grant')
            if (form['client_id'], form['client_secret']) != ('client-1', self.SECRET):
                return 401, b'{"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret"}'
            return 200, json.dumps({'access_token': self.TOKEN, 'expires_in': 3599, 'token_type': 'Bearer'}).encode()
        demand(r.headers['Authorization'] == f'Bearer {self.TOKEN}', 'token')
        demand(url.query == 'api-version=2018-05-01', 'version')
        base = f'/subscriptions/sub-1/resourceGroups/rg-1/providers/Microsoft.Network/dnsZones/{DELEGATED}/TXT/'
        demand(url.path.startswith(base), url.path)
        name = url.path[len(base):]
        old = self.sets.get(name)
        if r.command == 'GET':
            return (200, json.dumps(old).encode()) if old else (404, b'{"code": "NotFound", "message": "no such set"}')
        if self.conflicts:
            self.conflicts -= 1
            return 412, b'{"code": "PreconditionFailed", "message": "changed"}'
        demand((r.headers['If-Match'] == old['etag']) if old else (r.headers['If-None-Match'] == '*'), 'precondition')
        if r.command == 'PUT':
            demand(r.headers['Content-Type'] == 'application/json', 'JSON')
            properties = json.loads(r.body)['properties']
            demand(set(properties) <= {'TTL', 'TXTRecords', 'metadata'} and properties['TXTRecords'], 'properties')
            self.sets[name] = {'etag': secrets.token_hex(8), 'properties': properties}
        else:
            demand(r.command == 'DELETE', r.command)
            del self.sets[name]
        records = self.sets.get(name, {'properties': {'TXTRecords': []}})['properties']['TXTRecords']
        self.publish(f'{name}.{DELEGATED}', [''.join(x['value']) for x in records])
        return 200, b'{}'


def test_azure(folder):
    with World(folder) as w, Azure(w) as api:
        w.delegate(NAME)
        publish(w, 'azure', {'api': api.url, 'login': api.url, 'api_ca_file': 'ca.pem', 'tenant': 'tenant-1',
                             'client_id': 'client-1', 'subscription': 'sub-1', 'resource_group': 'rg-1',
                             'client_secret_file': write_secret(w, 'key', api.SECRET)}, names=[NAME, f'*.{NAME}'])
        label = w.target(NAME).split('.')[0]
        other = {'TTL': 60, 'metadata': {'owner': 'x'}, 'TXTRecords': [{'value': ['of another ', 'client']}]}
        api.sets[label] = {'etag': 'e', 'properties': other}
        r = w.run('issue', 'vpn', '--log-level', 'debug')
        expect_exit(r, 0)
        expect_silent(w, r, api.SECRET, api.TOKEN, urllib.parse.quote(api.SECRET))
        expect({n: s['properties'] for n, s in api.sets.items()}, {label: other}, 'sets left')
        code, doc = w.json('check')
        expect(code, 0, doc['checks'])
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
