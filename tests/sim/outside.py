# SPDX-License-Identifier: Apache-2.0
"""Looking at a gateway from outside, as a client does: what a port serves, an SSTP call, a watch over an outage.
Standard library only.
"""
import hashlib
import socket
import ssl
import struct
import threading
import time

import chap

URI = '/sra_{BA195980-CD49-458b-9E23-C84EE0ADCD75}/'


def _context():
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ctx.check_hostname = False
    ctx.verify_mode = ssl.CERT_NONE
    return ctx


def connect(address, port, host=None, timeout=5):
    """A TLS connection, whatever the certificate."""
    raw = socket.create_connection((address, port), timeout)
    try:
        return _context().wrap_socket(raw, server_hostname=host)
    except BaseException:
        raw.close()
        raise


def served(address, port, host=None, timeout=5):
    """What the port serves: the leaf's hashes and the status of a GET of the SSTP URL, or {'error': how it failed}."""
    try:
        with connect(address, port, host, timeout) as s:
            der = s.getpeercert(True)
            s.sendall(f'GET {URI} HTTP/1.1\r\nHost: {host or address}\r\n\r\n'.encode())
            line = s.recv(4096).split(b'\r\n')[0].split()
            status = int(line[1]) if len(line) > 1 else 0
            return {'sha256': hashlib.sha256(der).hexdigest(), 'sha1': hashlib.sha1(der).hexdigest(), 'status': status}
    except ConnectionRefusedError:
        return {'error': 'refused'}
    except ConnectionResetError:
        return {'error': 'reset'}
    except (socket.timeout, TimeoutError):
        return {'error': 'timeout'}
    except ssl.SSLError as e:
        return {'error': f'tls {e.reason}'}
    except OSError as e:
        return {'error': f'{type(e).__name__} {e.errno}'}


LCP, PAP, CHAP, IPCP = 0xc021, 0xc023, 0xc223, 0x8021
ACCOUNT = ('probe', 'secret')  # the simulated server's


class SstpCall:
    """An SSTP call (MS-SSTP 3.2), up to the accepted crypto binding. What it calculates is not the product's (chap.py)."""
    CONNECT_REQUEST = bytes.fromhex('1001000e 0001 0001 00010006 0001'.replace(' ', ''))
    ECHO_REQUEST = bytes.fromhex('10010008 0008 0000'.replace(' ', ''))
    DISCONNECT = bytes.fromhex('10010008 0006 0000'.replace(' ', ''))

    def __init__(self, address, port, host='vpn.example.test', tls=True):
        self.tls = connect(address, port) if tls else socket.create_connection((address, port), 5)
        head = (f'SSTP_DUPLEX_POST {URI} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 18446744073709551615\r\n'
                'SSTPCORRELATIONID: {00000000-0000-0000-0000-000000000001}\r\n\r\n')
        self.tls.sendall(head.encode())
        self.buf = b''
        while b'\r\n\r\n' not in self.buf:
            self._more()
        answer, _, self.buf = self.buf.partition(b'\r\n\r\n')
        self.status = int(answer.split()[1])
        self.mask = self.nonce = self.hlak = None
        self.frames = []  # PPP frames that came while a message was awaited

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tls.close()

    def _more(self):
        data = self.tls.recv(4096)
        if not data:
            raise ConnectionError('closed')
        self.buf += data

    def _next(self):
        """The next packet, of either kind; b'' when the server closed."""
        try:
            while len(self.buf) < 4 or len(self.buf) < struct.unpack('>H', self.buf[2:4])[0] & 0xfff:
                self._more()
        except (ConnectionError, ssl.SSLError):
            return b''
        n = struct.unpack('>H', self.buf[2:4])[0] & 0xfff
        p, self.buf = self.buf[:n], self.buf[n:]
        return p

    def packet(self):
        """(message type, the whole packet) of the next control message, or (0, b'') when the server closed."""
        while (p := self._next()) and not p[1] & 1:
            self.frames.append(p)
        return (struct.unpack('>H', p[4:6])[0], p) if p else (0, b'')

    def send(self, packet):
        self.tls.sendall(packet)

    def request(self):
        """The connect request; the type of the answer. Keeps the hash mask and the nonce of an acknowledgement."""
        self.send(self.CONNECT_REQUEST)
        kind, p = self.packet()
        if kind == 2:
            self.mask, self.nonce = p[15], p[16:48]
        return kind

    # -- PPP

    def send_ppp(self, protocol, code, number, data=b''):
        packet = struct.pack('>HBBH', protocol, code, number, len(data) + 4) + data
        self.send(struct.pack('>BBHH', 0x10, 0, len(packet) + 6, 0xff03) + packet)

    def ppp(self):
        """The next PPP packet: (protocol, code, identifier, data)."""
        p = self.frames.pop(0) if self.frames else self._next()
        if not p or p[1] & 1:
            raise ConnectionError(f'{p.hex() or "closed"} instead of a PPP frame')
        protocol, code, number, length = struct.unpack('>HBBH', p[6:12])
        return protocol, code, number, p[12:8 + length]

    def link(self, wanted):
        """LCP as a client that wants to authenticate by `wanted` (an option's value) and knows little else."""
        self.send_ppp(LCP, 1, 1, bytes.fromhex('0506 0badcafe'.replace(' ', '')))
        ours = theirs = False
        while not (ours and theirs):
            protocol, code, number, data = self.ppp()
            if protocol != LCP or code not in (1, 2):
                raise ConnectionError(f'LCP: {protocol:04x} code {code} {data.hex()}')
            if code == 2:
                ours = True
                continue
            options = []
            while data:
                options.append((data[0], data[2:data[1]]))
                data = data[data[1]:]
            def some(what):
                return b''.join(bytes([k, len(v) + 2]) + v for k, v in what)
            refused = [o for o in options if o[0] not in (1, 3, 5)]
            if refused:
                self.send_ppp(LCP, 4, number, some(refused))
            elif dict(options).get(3) != wanted:
                self.send_ppp(LCP, 3, number, some([(3, wanted)]))
            else:
                self.send_ppp(LCP, 2, number, some(options))
                theirs = True

    def pap(self, user, password):
        """True when the server takes the account. The key is zeros then."""
        self.link(PAP.to_bytes(2, 'big'))
        name, secret = user.encode(), password.encode()
        self.send_ppp(PAP, 1, 1, bytes([len(name)]) + name + bytes([len(secret)]) + secret)
        _, code, _, _ = self.ppp()
        self.hlak = bytes(32)
        return code == 2

    def mschap2(self, user, password, peer_challenge=bytes(range(16))):
        """The server's message; its proof is checked."""
        self.link(CHAP.to_bytes(2, 'big') + b'\x81')
        protocol, code, number, data = self.ppp()
        if (protocol, code) != (CHAP, 1):
            raise ConnectionError(f'{protocol:04x} code {code} instead of a challenge')
        m = chap.MsChap2(user, password, data[1:17], peer_challenge)
        self.send_ppp(CHAP, 2, number, b'\x31' + peer_challenge + bytes(8) + m.response + b'\0' + user.encode())
        _, code, _, data = self.ppp()
        if code == 3 and not data.startswith(m.proof.encode()):
            raise ConnectionError(f'the server does not know the password: {data}')
        self.hlak = m.keys
        return data.decode()

    # -- crypto binding

    def claim(self, certificate_hash, change=None):
        """Claims a hash (hex) and asks for an echo: 9 accepted, 5 aborted. change: (position, new byte) of the message."""
        message = bytearray(chap.connected(self.nonce, bytes.fromhex(certificate_hash), self.hlak or bytes(32)))
        if change:
            message[change[0]] ^= change[1]
        self.send(bytes(message) + self.ECHO_REQUEST)
        kind, self.answer = self.packet()
        return kind

    def connected(self, sha256):
        """Authenticates (PAP) and claims the crypto binding to this certificate hash: 9 accepted, 5 aborted."""
        if not self.pap(*ACCOUNT):
            raise ConnectionError('the account is refused')
        return self.claim(sha256)


class Watcher(threading.Thread):
    """Asks the port over and over. `changes`: (milliseconds since the start, what served() says), one at each change."""

    def __init__(self, port, address='127.0.0.1', every_ms=20, on_change=None):
        super().__init__(daemon=True)
        self.port, self.address, self.every_ms, self.on_change = port, address, every_ms, on_change
        self.changes, self._end, self._start = [], threading.Event(), time.monotonic()
        self.first = threading.Event()  # set after the first look

    def run(self):
        while not self._end.is_set():
            at, what = self._ms(), served(self.address, self.port, timeout=2)
            if not self.changes or self.changes[-1][1] != what:
                self.changes.append((at, what))
                if self.on_change:
                    self.on_change(at, what)
            self.first.set()
            self._end.wait(self.every_ms / 1000)

    def _ms(self):
        return round((time.monotonic() - self._start) * 1000, 1)

    def stop(self):
        """Ends it; returns the changes."""
        self._end.set()
        self.join(10)
        self.end_ms = self._ms()
        return self.changes

    def outage_ms(self):
        """The time without an answer of the SSTP service (a status of 401), in whole."""
        total, since = 0, None
        for at, what in self.changes + [(self.end_ms, {'status': 401})]:
            down = what.get('status') != 401
            if down and since is None:
                since = at
            elif not down and since is not None:
                total, since = total + at - since, None
        return round(total, 1)
