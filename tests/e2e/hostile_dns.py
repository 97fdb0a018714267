# SPDX-License-Identifier: Apache-2.0
"""A hostile name server: stands at an address of its own (UDP and TCP), asks the real one, and spoils its answers.

A fault is a function (Question) -> None. question.truth() is what the real server says; question.say(bytes) answers, any number of times;
what a fault leaves unsaid stays unsaid. Only questions whose name begins with `prefix` are spoiled.
"""
import socket, struct, threading

QR, AA, TC = 0x8000, 0x0400, 0x0200
SERVFAIL, NXDOMAIN, NOTIMP, REFUSED, FORMERR = 2, 3, 4, 5, 1


def read_exactly(stream, count):
    data = b''
    while len(data) < count:
        part = stream.recv(count - len(data))
        if not part:
            raise OSError('closed')
        data += part
    return data


class Question:
    def __init__(self, server, data, tcp, say):
        self.server, self.data, self.tcp, self.say = server, data, tcp, say
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1:at + 1 + data[at]].decode('latin-1').lower())
            at += data[at] + 1
        self.name, self.end = '.'.join(labels), at + 5  # behind type and class

    def truth(self):
        with socket.create_connection((self.server.real, self.server.port), 5) as s:
            s.sendall(struct.pack('!H', len(self.data)) + self.data)
            return read_exactly(s, struct.unpack('!H', read_exactly(s, 2))[0])

    def reply(self, flags, question=None, rest=b'', counts=(0, 0, 0)):
        """An answer of our own making: the same id and, unless another is given, the same question."""
        return (self.data[:2] + struct.pack('!HHHHH', flags, 1, *counts) + (question or self.data[12:self.end]) + rest)


class NameServer:
    """At `address`, with the port of the real server at `real`."""

    def __init__(self, address, port, real='127.0.0.1'):
        self.address, self.port, self.real = address, port, real
        self.fault, self.prefix, self.asked, self.closed, self.over = None, '', [], False, threading.Event()
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((address, port))
        self.tcp = socket.create_server((address, port))
        for target in (self._udp, self._tcp):
            threading.Thread(target=target, daemon=True).start()

    def close(self):
        self.closed = True
        self.over.set()
        for s in (self.udp, self.tcp):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()

    def arm(self, fault, prefix=''):
        self.fault, self.prefix, self.asked = fault, prefix, []

    def answer(self, data, tcp, say):
        question = Question(self, data, tcp, say)
        self.asked.append((question.name, tcp))
        if self.fault and question.name.startswith(self.prefix):
            self.fault(question)
        else:
            say(question.truth())

    def _udp(self):
        while not self.closed:
            try:
                data, peer = self.udp.recvfrom(4096)
            except OSError:
                return
            threading.Thread(target=self._quietly, daemon=True,
                             args=(data, False, lambda reply, peer=peer: self.udp.sendto(reply, peer))).start()

    def _quietly(self, *argv):
        try:
            self.answer(*argv)
        except (OSError, ValueError, IndexError):
            pass

    def _tcp(self):
        while not self.closed:
            try:
                s, _ = self.tcp.accept()
            except OSError:
                return
            threading.Thread(target=self._connection, args=(s,), daemon=True).start()

    def _connection(self, s):
        with s:
            s.settimeout(20)
            try:
                data = read_exactly(s, struct.unpack('!H', read_exactly(s, 2))[0])
                self.answer(data, True, lambda reply: s.sendall(struct.pack('!H', len(reply)) + reply))
            except (OSError, ValueError, IndexError):
                pass


def wire_name(name):
    return b''.join(bytes([len(p)]) + p.encode() for p in name.split('.')) + b'\0'


def refers(**zones):
    """The part of the servers above: refers to address for what is in a zone, as {'corp.example': '127.0.0.2'}."""
    def act(q):
        for zone, address in zones.items():
            if q.name == zone or q.name.endswith('.' + zone):
                host, owner = wire_name(f'ns1.{zone}'), wire_name(zone)
                rest = (owner + struct.pack('!HHIH', 2, 1, 60, len(host)) + host +
                        host + struct.pack('!HHIH', 1, 1, 60, 4) + socket.inet_aton(address))
                q.say(q.reply(QR, rest=rest, counts=(0, 1, 1)))
                return
        q.say(q.truth())
    return act


# ---- faults ----

def changed(truth, flags_off=0, flags_on=0):
    flags = struct.unpack('!H', truth[2:4])[0]
    return truth[:2] + struct.pack('!H', flags & ~flags_off | flags_on) + truth[4:]


def silent(q):
    """Nothing comes, by UDP or TCP; the connection stays."""
    if q.tcp:
        q.server.over.wait(10)


def no_udp(q):
    if q.tcp:
        q.say(q.truth())


def loses_every_second(q):
    """The first datagram of each question is lost."""
    if q.tcp or sum(name == q.name and not tcp for name, tcp in q.server.asked) % 2 == 0:
        q.say(q.truth())


def code(rcode):
    return lambda q: q.say(q.reply(QR | AA | rcode))


def lame(q):
    q.say(changed(q.truth(), flags_off=AA))


def truncated(q):
    q.say(q.truth() if q.tcp else q.reply(QR | AA | TC))


def truncated_for_ever(q):
    q.say(q.reply(QR | AA | TC))


def no_cname(q):
    """What a forger would want us to believe: the name is not there."""
    return q.reply(QR | AA | NXDOMAIN)


def wrong_id_first(q):
    if not q.tcp:
        q.say(bytes([q.data[0] ^ 255]) + no_cname(q)[1:])
    q.say(q.truth())


def wrong_id_only(q):
    q.say(bytes([q.data[0] ^ 255]) + no_cname(q)[1:])


def wrong_question_first(q):
    """By UDP the id was guessed, the question not."""
    if q.tcp:
        q.say(q.truth())
    else:
        q.say(q.reply(QR | AA | NXDOMAIN, b'\x05other\x04test\0\0\x10\0\1'))


def wrong_question_only(q):
    q.say(q.reply(QR | AA | NXDOMAIN, b'\x05other\x04test\0\0\x10\0\1'))


def no_answer_at_all(q):
    """The question comes back as it is."""
    q.say(q.data)


def garbage(q):
    q.say(q.data[:2] + b'\xff' * 60)


def header_only(q):
    q.say(q.data[:2] + struct.pack('!HHHHH', QR | AA, 0, 0, 0, 0))


def pointer_to_itself(q):
    """A CNAME whose owner is a compression pointer to itself (RFC 1035 4.1.4)."""
    at = q.end
    q.say(q.reply(QR | AA, rest=struct.pack('!HHHIH', 0xC000 | at, 5, 1, 60, 2) + b'\xc0\x0c', counts=(1, 0, 0)))


def cut_in_a_record(q):
    truth = q.truth()
    q.say(truth[:len(truth) - 7])


def cname_of_the_root(q):
    q.say(q.reply(QR | AA, rest=b'\xc0\x0c' + struct.pack('!HHIH', 5, 1, 60, 1) + b'\0', counts=(1, 0, 0)))


def cname_to_itself(q):
    q.say(q.reply(QR | AA, rest=b'\xc0\x0c' + struct.pack('!HHIH', 5, 1, 60, 2) + b'\xc0\x0c', counts=(1, 0, 0)))


def refers_to_itself(q):
    """A referral to the zone that we are in already."""
    zone = q.data[12:q.end - 4].split(b'\x04corp', 1)[-1]
    rest = b'\x04corp' + zone + struct.pack('!HHIH', 2, 1, 60, 2) + b'\xc0\x0c'
    q.say(q.reply(QR, rest=rest, counts=(0, 1, 0)))


def endless_records(q):
    """60 kB of TXT records, by UDP truncated."""
    if not q.tcp:
        q.say(q.reply(QR | AA | TC))
        return
    one = b'\xc0\x0c' + struct.pack('!HHIH', 16, 1, 60, 101) + b'\x64' + b'x' * 100
    q.say(q.reply(QR | AA, rest=one * 500, counts=(500, 0, 0)))
