# SPDX-License-Identifier: Apache-2.0
"""The simulated SSTP server against clients that are not ours: Debian's sstp-client, and the tests' own (tests/sim/chap.py), which
computes MS-CHAPv2 and the crypto binding by OpenSSL."""
import shutil, subprocess
import outside
from cases_issue import expect, expect_in
from sstp_server import HOST, SstpServer, make_ca, make_certificate
from world import Skip


class SstpClient:
    """Debian's sstpc, as far as it comes without pppd, which needs the kernel's PPP: TLS with the certificate checked, HTTP, the call."""

    def __init__(self, server, words='', ca_file=None):
        self.program = shutil.which('sstpc', path='/usr/sbin:/usr/bin')
        if not self.program:
            raise Skip('sstpc is not there (package sstp-client)')
        server.set(words)
        self.argv = [self.program, '--nolaunchpppd', '--log-level', '5', '--log-stderr', '--ca-cert', str(ca_file or server.ca_file), '--user',
                     'probe', '--password', 'secret', f'127.0.0.1:{server.port}']

    def run(self, until=None):
        """(exit code, what it said); with `until` it is ended when it says that. sstpc 1.0.18 itself gives up now and then (one run in
        fifty) as soon as it is connected; then it is asked again."""
        for _ in range(5):
            code, said = self._run_once(until)
            if 'The event loop terminated unsuccessfully' not in said:
                break
        return code, said

    def _run_once(self, until):
        with subprocess.Popen(self.argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as p:
            try:
                said = ''
                for line in p.stderr:  # ends with the program; the whole test has its limit
                    said += line
                    if until and until in line:
                        p.terminate()
                return p.wait(10), said
            finally:
                p.kill()


def test_sstp_client_of_debian(folder):
    with SstpServer(folder / 'server') as server:
        _, said = SstpClient(server).run('Started PPP Link Negotiation')
        expect_in('CONNECT ACK, ATTR(1)', said, 'acknowledgement')
        expect_in('CRYPTO BIND REQ(4): 40', said, 'its attribute')
        expect(server.calls(1)[-1]['ack'], '1', server.calls())
        for words, parts in (('fault=nak', ('CONNECT NAK, ATTR(1)', 'STATUS INFO(2): 12', 'DISCONNECT ACK')),
                             ('fault=abort', ('ABORT, ATTR(1)', 'STATUS INFO(2): 12')), ('fault=ack-wrong', ('Could not parse attributes',))):
            code, said = SstpClient(server, words).run()
            expect(code, 255, f'{words}: exit code; {said}')
            for part in parts:
                expect_in(part, said, words)
        code, said = SstpClient(server, 'fault=http-503').run()  # it says the one or the other thing about it
        expect((code, 'Connected to' in said, 'Connect-Request' in said), (255, True, False), said)
        code, said = SstpClient(server, ca_file=make_ca(folder / 'other')).run()
        expect(code, 254, said)
        expect_in('Verification of server certificate failed', said, 'another CA')


def test_every_part_of_a_call_is_checked(folder):
    """By a client of our own that computes with OpenSSL's MD4, DES and HMAC."""
    with SstpServer(folder) as server:
        def call(words='', address='127.0.0.1'):
            server.set(words)
            c = outside.SstpCall(address, server.port, host=HOST)
            expect((c.status, c.request()), (200, 2), f'{words}: the call')
            return c
        for address in ('127.0.0.1', '::1'):
            with call(address=address) as c:
                expect((c.mschap2('CORP\\probe', 'secret')[:2], c.claim(server.sha256)), ('S=', 9), 'MS-CHAPv2')
                c.send(c.DISCONNECT)
                expect(c.packet()[0], 7, 'disconnect')
        with call('account=jörg:пароль€😀') as c:
            expect((c.mschap2('jörg', 'пароль€😀')[:2], c.claim(server.sha256)), ('S=', 9), 'an account that is not ASCII')
        with call() as c:
            expect(c.mschap2('probe', 'Secret')[:12], 'E=691 R=0 C=', 'a wrong password')
        server.calls(4)
        server.forget()
        for at in (15, 16, 47, 48, 79, 80, 111):
            with call() as c:
                expect((at, c.mschap2('probe', 'secret')[:2], c.claim(server.sha256, (at, 1)), c.answer[15], c.answer[19]), (at, 'S=', 5, 3, 4),
                       'a byte of the binding is changed')
        expect({(c['auth'], c['attempts'], c['accepted']) for c in server.calls(7)}, {('mschap2', '1', '0')}, 'calls')
        other = make_certificate(server.folder, 'second')
        server.serve('second')  # the binding has changed, the service was not restarted
        for claimed, answer in ((other, 5), (server.sha256, 9)):
            with call() as c:
                expect(c.connected(claimed), answer, 'the certificate that is served, and the one that is held')
        with call('timers=1') as c:  # 0.6 s
            kind, p = c.packet()
            expect((kind, p[15], p[19]), (5, 2, 8), 'the negotiation timer')
            expect(c.packet(), (0, b''), 'the abort timer')


def test_ports_are_counted(folder):
    with SstpServer(folder, 'ports=1') as server:
        with outside.SstpCall('127.0.0.1', server.port) as c, outside.SstpCall('127.0.0.1', server.port) as none:
            expect((c.status, c.request(), none.status), (200, 2, 503), 'two calls for one port')
        server.calls(2)
        with outside.SstpCall('127.0.0.1', server.port) as c:
            expect((c.status, c.request()), (200, 2), 'the port is free again')
