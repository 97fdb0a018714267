# SPDX-License-Identifier: Apache-2.0
"""A world with a simulated RRAS host in it: what the demonstration and the gateway's tests use."""
import json
import lab as sim
from world import COMPANY, World

HOST = f'vpn.{COMPANY}'
PROGRAM_DATA = 'ProgramData/rras-acme'


class Gateway:
    """rras-acme.exe finds its configuration where it looks by itself: %ProgramData%\\rras-acme."""

    def __init__(self, folder, **pebble_env):
        self.world = World(folder / 'world', **pebble_env)
        self.lab = sim.Lab(folder / 'lab')

    def __enter__(self):
        try:
            self.world.__enter__()
            self.lab.up(HOST)
            self.configure()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.lab.down()
        self.world.close()

    @property
    def config_dir(self):
        return self.lab.c / PROGRAM_DATA

    @property
    def state_dir(self):
        return self.config_dir / 'state'

    def configure(self, name='vpn', names=None, **more):
        deploy = {'port': self.lab.port, 'restart': {'timeout': '30s'}, 'verify': {'timeout': '15s', 'stable': '1s'},
                  **more.pop('deploy', {})}
        return self.world.write_config(name, names or [HOST], folder=self.config_dir, deploy=deploy, **more)

    def run(self, *argv, **more):
        return self.lab.run(*argv, **more)

    def json(self, *argv, **more):
        r = self.run('--json', *argv, **more)
        try:
            return r.returncode, json.loads(r.stdout)
        except ValueError:
            raise AssertionError(f'no JSON from {argv}: exit {r.returncode}, {r.stdout!r} {r.stderr!r}') from None


def machine_state(lab):
    """What must agree on the gateway, short enough to compare by eye."""
    shown = lab.show()
    binding = {b['name']: b for b in shown['bindings']}
    sstp = shown['sstp']
    leaf = {c['sha1']: c for c in shown['my']}

    def cut(hash_):
        return hash_[:16] if hash_ else '-'

    def bound(family):
        b = binding.get(lab.binding_name(family))
        if not b:
            return '-'
        return cut(leaf[b['hash']]['sha256']) if b['hash'] in leaf else f'{cut(b["hash"])} (no such certificate)'

    def stored(value):
        return sstp.get(value, {}).get('hex', '')

    def by_sha1(value):
        return cut(leaf[stored(value)]['sha256']) if stored(value) in leaf else cut(stored(value))

    served = shown['served']
    return {
        r'LocalMachine\MY': ' '.join(cut(c['sha256'])[:8] for c in shown['my']) or '-',
        f'binding 0.0.0.0:{lab.port}': bound('v4'),
        f'binding [::]:{lab.port}': bound('v6'),
        'SHA256CertificateHash': cut(stored('SHA256CertificateHash')),
        'SHA1CertificateHash': by_sha1('SHA1CertificateHash'),
        'isHashConfiguredByAdmin': str(sstp.get('isHashConfiguredByAdmin', {}).get('number', '-')),
        'RemoteAccess': shown['services']['RemoteAccess'].get('state', '-'),
        'leaf on 127.0.0.1': cut(served['127.0.0.1'].get('sha256')) if 'sha256' in served['127.0.0.1'] else served['127.0.0.1']['error'],
        'leaf on ::1': cut(served['::1'].get('sha256')) if 'sha256' in served['::1'] else served['::1']['error'],
        'GET of the SSTP URL': str(served['127.0.0.1'].get('status', '-')),
    }
