# SPDX-License-Identifier: Apache-2.0
"""A world with a simulated RRAS host in it: what the demonstration and the gateway's tests use."""
import json
from pathlib import Path
import lab as sim
from documents import named
from world import COMPANY, World

HOST = f'vpn.{COMPANY}'
PROGRAM_DATA = 'ProgramData/rras-acme'
PFX_HOST = 'vpn.example.test'


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
            return r.returncode, named(json.loads(r.stdout))
        except ValueError:
            raise AssertionError(f'no JSON from {argv}: exit {r.returncode}, {r.stdout!r} {r.stderr!r}') from None


def machine_state(lab):
    """What must agree on the gateway, short enough to compare by eye."""
    return state_of(lab, lab.show())


def state_of(lab, shown):
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


class Failure(Exception):
    pass


def need(ok, text):
    if not ok:
        raise Failure(text)


def whole(lab, what, trial=False):
    """Everything agrees, everything runs and a call is accepted; the SHA-256 of the certificate that serves.
    trial: a trial record on loopback may be left, for the next run to remove."""
    shown = lab.show()
    state, served = state_of(lab, shown), shown['served']['127.0.0.1']
    need('sha256' in served, f'{what}: 127.0.0.1 serves nothing: {served}; {state}')
    leaf = served['sha256'][:16]
    for place in (f'binding 0.0.0.0:{lab.port}', f'binding [::]:{lab.port}', 'SHA256CertificateHash',
                  'SHA1CertificateHash', 'leaf on 127.0.0.1', 'leaf on ::1'):
        need(state[place] == leaf, f'{what}: {place} is {state[place]}, {leaf} is served')
    bound = sorted(b['name'] for b in shown['bindings']
                   if not (trial and b['name'].startswith('127.0.0.1:')))
    need(bound == sorted(lab.binding_name(f) for f in ('v4', 'v6')), f'{what}: certificate records {bound}')
    need(state['RemoteAccess'] == 'running', f'{what}: RemoteAccess is {state["RemoteAccess"]}')
    need(state['GET of the SSTP URL'] == '401', f'{what}: GET of the SSTP URL: {state}')
    with lab.call() as call:
        need(call.request() == 2, f'{what}: the SSTP connect request is refused')
        need(call.connected(served['sha256']) == 9, f'{what}: RRAS holds another hash than that of what it serves')
    return served['sha256']


class PfxGateway:
    """A simulated RRAS host without a CA: two certificates from elsewhere take turns (deploy --pfx)."""

    def __init__(self, folder, old_windows=False):
        self.folder = Path(folder)
        self.lab = sim.Lab(self.folder / 'lab')
        self.old_windows = old_windows

    def __enter__(self):
        self.lab.up(PFX_HOST)
        if self.old_windows:
            self.lab.windows('2012')
        home = self.lab.c / PROGRAM_DATA
        (home / 'conf.d').mkdir(parents=True)
        (home / 'conf.d/vpn.json').write_text(json.dumps({
            'names': [PFX_HOST],
            'acme': {'directory': 'https://127.0.0.1:9/dir', 'agree_tos': True},
            'dns': {'provider': 'manual'},
            'deploy': {'port': self.lab.port, 'keep': 1, 'restart': {'timeout': '10s'},
                       'verify': {'timeout': '5s', 'stable': '0s'}},
        }))
        self.lab.environment(PFX_PASSWORD='sim')  # lab.new_cert's
        self.pfx = []
        for i in range(2):
            path = self.folder / f'{i}.pfx'
            self.pfx.append((path, self.lab.new_cert(PFX_HOST, install=False, pfx=path)['sha256']))
        self.turn = 0
        r = self.deploy()
        need(r.returncode == 0, f'the first deploy: exit {r.returncode}: {r.stdout} {r.stderr}')
        self.turn = 1
        return self

    def __exit__(self, *_):
        self.lab.down()

    @property
    def wanted(self):
        return self.pfx[self.turn][1]

    @property
    def other(self):
        return self.pfx[1 - self.turn][1]

    def deploy_args(self):
        return ('deploy', 'vpn', '--now', '--pfx', f'Z:{self.pfx[self.turn][0]}', '--password-file', 'env:PFX_PASSWORD')

    def deploy(self):
        return self.lab.run(*self.deploy_args(), timeout=120)

    def calls(self):
        """The names of a deploy's calls, in order."""
        self.lab.clear_log()
        r = self.deploy()
        need(r.returncode == 0, f'a deploy without a fault: exit {r.returncode}: {r.stdout} {r.stderr}')
        self.turn = 1 - self.turn
        return [line.split(' ', 1)[0] for line in self.lab.log('rras-acme.exe')]

    def whole(self, what, **more):
        return whole(self.lab, what, **more)
