# SPDX-License-Identifier: Apache-2.0
"""ACME clients as commands: how each is told to get one certificate from the CA, and a new one.

The DNS hooks do nothing. Everything a client keeps is below HOME/state.
"""
import shutil
from world import PROGRAM


class Peer:
    env = {}

    def __init__(self, name):
        self.name = name

    def available(self):
        return shutil.which(self.name) is not None

    def prepare(self, world, proxy, home, cert_name):
        home.mkdir()
        self.hook = home / 'hook'
        self.hook.write_text('#!/bin/sh\n[ "$1" != begin ] || [ "$2" = dns-01 ]\n')   # uacme asks by type
        self.hook.chmod(0o755)
        self.set(shutil.which(self.name), f'https://127.0.0.1:{proxy.port}/dir', world, home, cert_name)


class Ours(Peer):
    def available(self):
        return PROGRAM.exists()

    def set(self, program, url, world, home, cert_name):
        world.pebble.url = url
        dns = {**world.config([cert_name])['dns'], 'provider': 'exec',
               'propagation': {'policy': 'none', 'settle': '0s'}, 'exec': {'command': [str(self.hook)]}}
        world.write_config('vpn', names=[cert_name], folder=home / 'config', dns=dns)
        self.first = self.renew = [str(PROGRAM), '--config', str(home / 'config'), '--state', str(home / 'state'),
                                   'issue', 'vpn']


class Lego(Peer):
    def set(self, program, url, world, home, cert_name):
        self.env = {'LEGO_CA_CERTIFICATES': str(world.pebble.ca_file), 'EXEC_PATH': str(self.hook),
                    'EXEC_POLLING_INTERVAL': '1'}
        common = [program, '--server', url, '--email', 'ops@corp.example', '--domains', cert_name, '--dns', 'exec',
                  '--dns.disable-cp', '--accept-tos', '--path', str(home / 'state'), '--key-type', 'ec256']
        self.first, self.renew = [*common, 'run'], [*common, 'renew', '--days', '9999', '--no-random-sleep']


class Certbot(Peer):
    def set(self, program, url, world, home, cert_name):
        self.env = {'REQUESTS_CA_BUNDLE': str(world.pebble.ca_file)}
        folders = [w for f in ('config', 'work', 'logs') for w in (f'--{f}-dir', str(home / 'state' / f))]
        self.first = [program, 'certonly', '-n', *folders, '--server', url, '--agree-tos', '-m', 'ops@corp.example',
                      '--manual', '--preferred-challenges', 'dns', '--manual-auth-hook', '/bin/true',
                      '--manual-cleanup-hook', '/bin/true', '--key-type', 'ecdsa', '-d', cert_name]
        self.renew = [program, 'renew', '-n', *folders, '--force-renewal', '--no-random-sleep-on-renew']


class Uacme(Peer):
    """Has no option for the CA's roots: runs in a mount namespace where the system's are ours."""

    def available(self):
        return super().available() and shutil.which('unshare') is not None

    def set(self, program, url, world, home, cert_name):
        common = f'{program} -a {url} -c {home}/state -t EC'
        roots = f'mount --bind {world.pebble.ca_file} /etc/ssl/certs/ca-certificates.crt'
        issue = f'{common} -h {self.hook}'
        self.first = [shutil.which('unshare'), '-m', '/bin/sh', '-c',
                      f'{roots} && mkdir -p {home}/state && {common} -y new ops@corp.example && '
                      f'{issue} issue {cert_name}']
        self.renew = [shutil.which('unshare'), '-m', '/bin/sh', '-c', f'{roots} && {issue} -f issue {cert_name}']


class Dehydrated(Peer):
    def set(self, program, url, world, home, cert_name):
        conf = home / 'config'
        conf.write_text(f'CA={url}\nBASEDIR={home}/state\nCHALLENGETYPE=dns-01\nHOOK={self.hook}\nKEY_ALGO=prime256v1\n'
                        f'CONTACT_EMAIL=ops@corp.example\nCURL_OPTS="--cacert {world.pebble.ca_file}"\n')
        self.first = ['/bin/sh', '-c', f'mkdir -p {home}/state && {program} --register --accept-terms -f {conf} && '
                      f'{program} -c -d {cert_name} -f {conf}']
        self.renew = [program, '-c', '-x', '-d', cert_name, '-f', str(conf)]


PEERS = [Ours('rras-acme'), Lego('lego'), Certbot('certbot'), Uacme('uacme'), Dehydrated('dehydrated')]
