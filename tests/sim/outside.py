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


class SstpCall:
    """An SSTP call as far as no account is needed (MS-SSTP 3.2)."""
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
        self.mask = self.nonce = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tls.close()

    def _more(self):
        data = self.tls.recv(4096)
        if not data:
            raise ConnectionError('closed')
        self.buf += data

    def packet(self):
        """(message type, the whole packet), or (0, b'') when the server closed."""
        try:
            while len(self.buf) < 4 or len(self.buf) < struct.unpack('>H', self.buf[2:4])[0] & 0xfff:
                self._more()
        except (ConnectionError, ssl.SSLError):
            return 0, b''
        n = struct.unpack('>H', self.buf[2:4])[0] & 0xfff
        p, self.buf = self.buf[:n], self.buf[n:]
        return struct.unpack('>H', p[4:6])[0], p

    def send(self, packet):
        self.tls.sendall(packet)

    def request(self):
        """The connect request; the type of the answer. Keeps the hash mask and the nonce of an acknowledgement."""
        self.send(self.CONNECT_REQUEST)
        kind, p = self.packet()
        if kind == 2:
            self.mask, self.nonce = p[15], p[16:48]
        return kind

    def connected(self, sha256):
        """Claims the crypto binding to this certificate hash and asks for an echo: 9 accepted, 5 aborted."""
        binding = b'\0\0\0\x02' + self.nonce + bytes.fromhex(sha256) + bytes(32)
        self.send(struct.pack('>BBHHHBBH', 0x10, 1, 112, 4, 1, 0, 3, 104) + binding + self.ECHO_REQUEST)
        return self.packet()[0]


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
