# SPDX-License-Identifier: Apache-2.0
"""The simulated host's SSTP server on loopback, without Wine (tests/tools/sstp_server.c; its faults: tests/sim/README.md).

    with SstpServer(folder) as server:
        server.set('fault=nak')                 # from the next connection on
        ... server.port, server.ca_file, server.sha256 ...
        server.calls()                          # how each connection went that ended
"""
import hashlib, shutil, subprocess, threading
from pathlib import Path
from world import ROOT, wait_for

HOST = 'vpn.example.test'
PROGRAM = ROOT / 'build/linux/tests/tools/sstp_server'


def make_ca(folder):
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '3650', '-subj',
                    '/CN=Root of the SSTP tests', '-keyout', 'ca.key', '-out', 'ca.pem'], check=True, capture_output=True, cwd=folder)
    return folder / 'ca.pem'


def make_certificate(folder, name, san=f'DNS:{HOST},IP:127.0.0.1,IP:::1', days='60', usage='serverAuth'):
    """folder/NAME.pem: a certificate of make_ca's, the root behind it, and the key. The leaf's SHA-256 in hex."""
    def openssl(*argv):
        return subprocess.run(['openssl', *argv], check=True, capture_output=True, cwd=folder).stdout
    (folder / f'{name}.ext').write_text(f'subjectAltName={san}\nextendedKeyUsage={usage}\nbasicConstraints=CA:FALSE\n')
    openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', f'/CN={HOST}', '-keyout', f'{name}.key',
            '-out', f'{name}.csr')
    openssl('x509', '-req', '-in', f'{name}.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', days, '-extfile',
            f'{name}.ext', '-out', f'{name}.crt')
    (folder / f'{name}.pem').write_text(''.join((folder / f).read_text() for f in (f'{name}.crt', 'ca.pem', f'{name}.key')))
    return hashlib.sha256(openssl('x509', '-in', f'{name}.crt', '-outform', 'DER')).hexdigest()


class SstpServer:
    def __init__(self, folder, settings='', like=None):
        """like: another one, whose certificates it takes."""
        self.folder = Path(folder)
        if like:
            shutil.copytree(like.folder, self.folder)
        else:
            make_ca(self.folder)
        self.ca_file = self.folder / 'ca.pem'
        self.sha256 = like.sha256 if like else make_certificate(self.folder, 'first')
        self.serve('first')
        self.set(settings)
        self.lines, self.more = [], threading.Condition()

    def serve(self, name):
        """The certificate of the next connections; the hashes that are held stay those of the one at the start."""
        new = self.folder / 'served.new'
        new.write_bytes((self.folder / f'{name}.pem').read_bytes())
        new.rename(self.folder / 'served.pem')

    def set(self, words=''):
        new = self.folder / 'settings.new'
        new.write_text(words + '\n')
        new.rename(self.folder / 'settings')

    def __enter__(self):
        self.p = subprocess.Popen([str(PROGRAM), str(self.folder / 'served.pem'), str(self.folder / 'settings')], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        first = self.p.stdout.readline().split()
        if first[:1] != ['ready']:
            self.p.wait(10)
            raise RuntimeError(f'sstp_server: {first}, exit code {self.p.returncode}')
        self.port = int(first[1])
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        return self

    def _read(self):
        for line in self.p.stdout:
            with self.more:
                self.lines.append(line.strip())
                self.more.notify_all()

    def __exit__(self, *_):
        self.p.stdin.close()
        try:
            self.p.wait(10)
        except subprocess.TimeoutExpired:
            self.p.kill()
            self.p.wait()
        self.reader.join(10)

    def calls(self, count=0, limit_s=10):
        """A dict for each connection of HTTP; waits until all have ended that began, and until there are so many."""
        with self.more:
            self.more.wait_for(lambda: self._whole(count), limit_s)
            if not self._whole(count):
                raise AssertionError(f'{count} connections were to end: {self.lines}')
            return [c for c in map(self._split, self.lines) if c.get('status', '0') != '0' or 'said' in c]

    def _whole(self, count):
        ended = [line for line in self.lines if line.startswith('status=')]
        return self.lines.count('begin') == len(ended) and sum(not e.startswith('status=0 ') for e in ended) >= count

    @staticmethod
    def _split(line):
        if line.startswith('status='):
            return dict(w.split('=', 1) for w in line.split())
        return {} if line == 'begin' else {'said': line}

    def forget(self):
        self.calls()
        with self.more:
            self.lines.clear()
