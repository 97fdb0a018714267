# SPDX-License-Identifier: Apache-2.0
"""Unbound, a resolver as CAs use one: it caches, a "no" too, and checks signatures."""
import subprocess
from world import Process, wait_for


class Unbound:
    """Resolves the zones of a world's name server; anchors are DS records that are trusted.

    The name server is told of zone by zone, as a referral would: a referral has no port."""

    def __init__(self, folder, port, server_port, zones, anchors=()):
        self.folder, self.port, self.process = folder, port, None
        folder.mkdir(parents=True)
        stubs = ''.join(f'stub-zone:\n  name: "{z}."\n  stub-addr: 127.0.0.1@{server_port}\n  stub-no-cache: no\n'
                        for z in ['', *zones])
        trusted = ''.join(f'  trust-anchor: "{a}"\n' for a in anchors)
        (folder / 'unbound.conf').write_text(f'''server:
  interface: 127.0.0.1@{port}
  port: {port}
  access-control: 127.0.0.0/8 allow
  directory: "{folder}"
  chroot: ""
  username: ""
  pidfile: "{folder}/unbound.pid"
  use-syslog: no
  verbosity: 1
  num-threads: 1
  do-daemonize: no
  do-ip6: no
  do-not-query-localhost: no
  module-config: "{'validator iterator' if anchors else 'iterator'}"
{trusted}remote-control:
  control-enable: no
{stubs}''')

    def start(self):
        self.process = Process('Unbound', ['unbound', '-d', '-p', '-c', str(self.folder / 'unbound.conf')],
                               self.folder / 'log')
        wait_for('Unbound', lambda: self.process.alive() and self.ask('.', 'NS') != '')
        return self

    def stop(self):
        if self.process:
            self.process.stop()
            self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def ask(self, name, kind, *options):
        """The response code, '' without an answer."""
        r = subprocess.run(['dig', '+time=2', '+tries=1', *options, '@127.0.0.1', '-p', str(self.port), name, kind],
                           capture_output=True, text=True, timeout=10)
        return r.stdout.split('status: ')[1].split(',')[0] if 'status: ' in r.stdout else ''


def sign(folder, zone, file, *options):
    """Signs a zone file in place, with a new key; returns the DS record of that key. Nothing is
    verified: it may be signed badly on purpose."""
    def run(*argv):
        return subprocess.run(argv, check=True, capture_output=True, text=True, cwd=folder).stdout

    key = run('dnssec-keygen', '-q', '-a', 'ECDSAP256SHA256', '-f', 'KSK', zone).strip()
    run('dnssec-signzone', '-q', '-P', '-S', '-z', '-N', 'keep', *options, '-o', zone, '-f', file, file, key)
    ds = ' '.join(run('dnssec-dsfromkey', '-2', key).split())
    for leftover in folder.glob('K*'):  # a name server that finds them signs anew by itself
        leftover.unlink()
    return ds
