# SPDX-License-Identifier: Apache-2.0
"""Strict doubles of the DNS providers' APIs. What they are told they put into the world's name server; what the
credential's policy does not allow they refuse (policies.py: the policy is the one on the provider's page)."""
import hashlib, hmac, http.server, json, secrets, shlex, ssl, subprocess, threading, urllib.parse, uuid, xml.etree.ElementTree
from cases_issue import NAME
from pages import Markdown
from policies import AzureRole, IamPolicy, normalized
from world import DELEGATED, KEY_NAME

PAGE = {p: Markdown(f'docs/providers/{p}.md') for p in ('azure', 'cloudflare', 'powerdns', 'rfc2136', 'route53')}
PAGE_ZONE = 'acme.example.net'  # the delegated zone of the pages

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


class Cloudflare(Fake):
    """API v4: one record is one object; identical ones are refused with 81058."""

    TOKEN, ZONE_ID = 'cf-t0ps3cret', '023e105f4ecef8ad9ca31a8372d0c353'

    def __init__(self, w):
        super().__init__(w)
        self.records = {}
        self.rights = {tuple(c.strip() for c in line.strip(' |').split('|')) for line in PAGE['cloudflare'].tables if '| Zone |' in line}

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
            seen = query['name'] == DELEGATED and ('Zone', 'Zone', 'Read') in self.rights
            return self.result([{'id': self.ZONE_ID, 'name': DELEGATED}] if seen else [])
        base = f'/client/v4/zones/{self.ZONE_ID}/dns_records'
        demand(url.path.startswith(base), f'path {url.path}')
        if ('Zone', 'DNS', 'Edit') not in self.rights:
            return self.fail(403, 10000, 'Authentication error')
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


class Route53(Fake):
    """API 2013-04-01: each signature is computed again; a change is INSYNC at the second question."""

    KEY_ID, KEY, TOKEN, ZONE_ID = 'AKIDEXAMPLE', 'r53-t0ps3cret', 'r53-t0ken', 'Z0123456789ABC'

    def __init__(self, w):
        super().__init__(w)
        self.sets, self.asked = {}, {}
        self.policy = IamPolicy(PAGE['route53'].block('{\n  "Version"', {
            'Z0123456789ABCDEFGHIJ': self.ZONE_ID, f'0123456789abcdef.{PAGE_ZONE}': w.target(NAME)}))

    def refusal(self, r, kind, at):
        """AWS's; None when the policy allows the request."""
        resource, context = f'arn:aws:route53:::{kind}/{at}', {}
        if kind == 'hostedzonesbyname':
            action, resource = 'ListHostedZonesByName', '*'
        elif kind == 'change':
            action = 'GetChange'
        elif r.command == 'GET':
            action = 'ListResourceRecordSets'
        else:
            action, changes = 'ChangeResourceRecordSets', [[t.strip() for t in c.itertext() if t.strip()] for c in self.changes(r)]
            context = {'ChangeResourceRecordSetsActions': [c[0] for c in changes],
                       'ChangeResourceRecordSetsNormalizedRecordNames': [normalized(c[1]) for c in changes],
                       'ChangeResourceRecordSetsRecordTypes': [c[2] for c in changes]}
        if self.policy.allows(f'route53:{action}', resource, **context):
            return None
        return self.error(403, 'AccessDenied', f'User: arn:aws:iam::123456789012:user/rras-acme is not authorized to perform: '
                          f'route53:{action} on resource: {resource}')

    def changes(self, r):
        return xml.etree.ElementTree.fromstring(r.body).iter('{https://route53.amazonaws.com/doc/2013-04-01/}Change')

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
        if refusal := self.refusal(r, *[*url.path[len(base) + 1:].split('/'), ''][:2]):
            return refusal
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
        for change in self.changes(r):
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


class Azure(Fake):
    """Azure DNS 2018-05-01 and the token endpoint: a write without the right etag gets 412."""

    SECRET, TOKEN = 'az~t0ps3cret&=', 'az-acc3ss'
    TENANT, CLIENT = '11111111-1111-1111-1111-111111111111', '22222222-2222-2222-2222-222222222222'  # the page's
    GROUP = '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-acme'

    def __init__(self, w):
        super().__init__(w)
        self.sets, self.conflicts = {}, 1
        page = PAGE['azure']
        label = w.target(NAME).split('.')[0]
        words = {f'dnsZones/{PAGE_ZONE}/': f'dnsZones/{DELEGATED}/', '0123456789abcdef': label}
        scope = shlex.split(page.block('az role definition', words).splitlines()[1])
        self.role = AzureRole(page.block('{\n  "Name"'), scope[scope.index('--scope') + 1])
        add = shlex.split(page.block('az network dns record-set txt add-record', {'0123456789abcdef': label}))
        self.sets[add[add.index('-n') + 1]] = {'etag': 'e', 'properties': {
            'TTL': 3600, 'TXTRecords': [{'value': [add[add.index('-v') + 1]]}]}}

    def answer(self, r):
        url = urllib.parse.urlsplit(r.path)
        if url.path == f'/{self.TENANT}/oauth2/v2.0/token':
            form = dict(urllib.parse.parse_qsl(r.body.decode()))
            demand(r.headers['Content-Type'] == 'application/x-www-form-urlencoded', 'form')
            demand((form['grant_type'], form['scope']) == ('client_credentials', f'{self.url}/.default'), 'grant')
            if (form['client_id'], form['client_secret']) != (self.CLIENT, self.SECRET):
                return 401, b'{"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret"}'
            return 200, json.dumps({'access_token': self.TOKEN, 'expires_in': 3599, 'token_type': 'Bearer'}).encode()
        demand(r.headers['Authorization'] == f'Bearer {self.TOKEN}', 'token')
        demand(url.query == 'api-version=2018-05-01', 'version')
        base = f'{self.GROUP}/providers/Microsoft.Network/dnsZones/{DELEGATED}/TXT/'
        demand(url.path.startswith(base), url.path)
        action = 'Microsoft.Network/dnsZones/TXT/' + {'GET': 'read', 'PUT': 'write', 'DELETE': 'delete'}[r.command]
        if not self.role.allows(action, url.path):
            return 403, json.dumps({'error': {'code': 'AuthorizationFailed', 'message': f"The client 'x' does not have authorization to "
                                    f"perform action '{action}' over scope '{url.path}'"}}).encode()
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
