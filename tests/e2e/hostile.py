# SPDX-License-Identifier: Apache-2.0
"""A hostile way to the CA: a proxy between rras-acme and Pebble, TLS on both sides.

Pebble makes its URLs from the Host header, so all of them lead back through the proxy, and nothing needs to be rewritten. Every request
has a number (from 1) and a kind: directory, newNonce, newAccount, newOrder, authz, challenge, finalize, order, cert, ari, revoke,
keyChange, account. A Fault says which requests it befalls and what it does to them:

    proxy.arm(Fault('newOrder', answer(429, problem('rateLimited', 'too much'), ('Retry-After', '3600'))))

Actions are functions (exchange) -> None. exchange.ask() lets the server see the request and returns its Answer; exchange.send(Answer) answers;
exchange.cut() ends the connection. What an action leaves unanswered is passed through.
"""
import copy, http.client, json, socket, ssl, threading

KINDS = (('/dir', 'directory'), ('/nonce-plz', 'newNonce'), ('/sign-me-up', 'newAccount'), ('/order-plz', 'newOrder'),
         ('/authZ/', 'authz'), ('/chalZ/', 'challenge'), ('/finalize-order/', 'finalize'), ('/my-order/', 'order'), ('/certZ/', 'cert'),
         ('/ari/', 'ari'), ('/revoke-cert', 'revoke'), ('/rollover-account-key', 'keyChange'), ('/my-account/', 'account'))
PROBLEM = 'application/problem+json'
URN = 'urn:ietf:params:acme:error:'


class Answer:
    """status, headers as a list of pairs, body as bytes."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, list(headers), body

    def drop(self, name):
        self.headers = [(k, v) for k, v in self.headers if k.lower() != name.lower()]
        return self

    def put(self, name, value):
        self.drop(name).headers.append((name, value))
        return self

    def raw(self, with_body):
        """With the length of what is there, whatever the headers said before."""
        self.drop('Transfer-Encoding')
        if with_body:
            self.put('Content-Length', str(len(self.body)))
        head = f'HTTP/1.1 {self.status} x\r\n' + ''.join(f'{k}: {v}\r\n' for k, v in self.headers) + '\r\n'
        return head.encode('latin-1') + (self.body if with_body else b'')


class Exchange:
    """One request on its way."""

    def __init__(self, proxy, number, kind, request, wire):
        self.proxy, self.number, self.kind, self.wire = proxy, number, kind, wire
        self.method, self.path, self.headers, self.body = request
        self.done = False

    def payload(self):
        """Of the JWS, as a dict."""
        import base64
        text = json.loads(self.body)['payload']
        return json.loads(base64.urlsafe_b64decode(text + '=' * (-len(text) % 4)) or b'{}')

    def ask(self):
        c = http.client.HTTPSConnection('127.0.0.1', self.proxy.upstream, context=self.proxy.client_context, timeout=10)
        try:
            c.request(self.method, self.path, self.body or None, self.headers)
            r = c.getresponse()
            if self.kind == 'newOrder' and r.status == 201:
                self.proxy.orders_seen += 1
            return Answer(r.status, r.getheaders(), r.read())
        finally:
            c.close()

    def send(self, a):
        self.wire.sendall(a.raw(self.method != 'HEAD'))
        self.done = True

    def send_bytes(self, data):
        self.wire.sendall(data)
        self.done = True

    def cut(self):
        """Without a TLS close_notify, as a broken line would."""
        self.done = True
        try:
            socket.socket.shutdown(self.wire, socket.SHUT_RDWR)
        except OSError:
            pass
        raise ConnectionAbortedError


class Fault:
    """Befalls requests of `kind` ('' = any): the first `times` of them (None = all), beginning with the nth."""

    def __init__(self, kind, action, nth=1, times=None):
        self.kind, self.action, self.nth, self.times, self.met, self.befell = kind, action, nth, times, 0, False

    def befalls(self, exchange):
        if self.kind and self.kind != exchange.kind:
            return False
        self.met += 1
        hit = self.met >= self.nth and (self.times is None or self.met < self.nth + self.times)
        self.befell = self.befell or hit
        return hit


def once(kind, action, nth=1):
    return Fault(kind, action, nth, 1)


class Proxy:
    """Listens on 127.0.0.1; a thread for each connection. `certificate`: folder with ca.pem, server.pem, server.key, as Pebble's."""

    def __init__(self, upstream, certificate):
        self.upstream, self.faults, self.seen, self.orders_seen = upstream, [], [], 0
        self.client_context = ssl.create_default_context(cafile=str(certificate / 'ca.pem'))
        self.server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server_context.load_cert_chain(str(certificate / 'server.pem'), str(certificate / 'server.key'))
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.lock, self.wires, self.closed = threading.Lock(), set(), False
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f'https://127.0.0.1:{self.port}/dir'

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closed = True
        socket.socket.shutdown(self.listener, socket.SHUT_RDWR)
        self.listener.close()
        for wire in list(self.wires):
            wire.close()

    def arm(self, *faults):
        """From now on these and no others; requests are counted anew."""
        with self.lock:
            self.faults, self.seen, self.orders_seen = list(faults), [], 0
            for f in faults:
                f.met = 0

    def count(self, kind):
        return self.seen.count(kind)

    def _accept(self):
        while not self.closed:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connection, args=(plain,), daemon=True).start()

    def _connection(self, plain):
        try:
            plain.settimeout(30)
            wire = self.server_context.wrap_socket(plain, server_side=True)
        except OSError:
            plain.close()
            return
        self.wires.add(wire)
        try:
            stream = wire.makefile('rb')
            while self._request(stream, wire):
                pass
        except (OSError, ValueError, http.client.HTTPException):
            pass
        finally:
            self.wires.discard(wire)
            wire.close()

    def _request(self, stream, wire):
        line = stream.readline(65536).decode('latin-1').split()
        if len(line) != 3:
            return False
        headers = {k: v for k, v in http.client.parse_headers(stream).items()}
        body = stream.read(int(headers.get('Content-Length', 0)))
        kind = next((k for start, k in KINDS if line[1].startswith(start)), 'other')
        with self.lock:
            self.seen.append(kind)
            x = Exchange(self, len(self.seen), kind, (line[0], line[1], headers, body), wire)
            befallen = [f for f in self.faults if f.befalls(x)]
        for fault in befallen[:1]:
            fault.action(x)
        if not x.done:
            x.send(x.ask())
        return True


# ---- actions ----

def problem(kind, detail='because', **more):
    return {'type': kind if ':' in kind else URN + kind, 'detail': detail, **more}


def answer(status, body=b'', *headers, content_type=None):
    """The server never sees the request. A dict is a problem document (or any JSON, with another content_type)."""
    def act(x):
        data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body if isinstance(body, bytes) else body.encode()
        kind = content_type or (PROBLEM if isinstance(body, dict) else 'text/html')
        x.send(Answer(status, [('Content-Type', kind), ('Replay-Nonce', fresh_nonce(x)), *headers], data))
    return act


def fresh_nonce(x):
    c = http.client.HTTPSConnection('127.0.0.1', x.proxy.upstream, context=x.proxy.client_context, timeout=10)
    try:
        c.request('HEAD', '/nonce-plz')
        r = c.getresponse()
        r.read()
        return r.getheader('Replay-Nonce')
    finally:
        c.close()


def edit(change):
    """change(Answer) -> None, after the server saw it."""
    def act(x):
        a = x.ask()
        change(a)
        x.send(a)
    return act


def edit_json(change):
    """change(document) alters it in place, or returns another one, or the text itself."""
    def alter(a):
        doc = json.loads(a.body)
        other = change(doc)
        a.body = other if isinstance(other, bytes) else json.dumps(doc if other is None else other).encode()
    return edit(alter)


def with_member(**members):
    """Members set to a value, or removed by None."""
    def change(doc):
        for key, value in members.items():
            if value is None:
                doc.pop(key, None)
            else:
                doc[key] = copy.deepcopy(value)
    return edit_json(change)


def without_header(name):
    return edit(lambda a: a.drop(name))


def with_header(name, value):
    return edit(lambda a: a.put(name, value))


def with_body(make):
    """make(bytes) -> bytes"""
    def change(a):
        a.body = make(a.body)
    return edit(change)


def cut_before(x):
    x.cut()


def cut_after(x):
    x.ask()
    x.cut()


def cut_in_headers(x):
    data = x.ask().raw(True)
    x.send_bytes(data[:data.index(b'\r\n\r\n') // 2])
    x.cut()


def cut_in_body(x):
    a = x.ask()
    data = a.raw(x.method != 'HEAD')
    x.send_bytes(data[:len(data) - max(1, len(a.body) // 2)])
    x.cut()


def drip(x):
    """In 24 pieces over about a second."""
    data = x.ask().raw(x.method != 'HEAD')
    size, pause = len(data) // 24 + 1, threading.Event()
    for i in range(0, len(data), size):
        x.send_bytes(data[i:i + size])
        pause.wait(0.04)
