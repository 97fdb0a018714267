# SPDX-License-Identifier: Apache-2.0
"""`"key": "machine"` on the simulated gateway: the private key is made in the machine's provider and stays there.

At every end each container of ours has an owner: a certificate in LocalMachine\\MY, or a folder of the state.
"""
import json
from cases_gateway import delegated_gateway, expect_whole
from cases_issue import expect, expect_exit, expect_in, expect_one_line, weeks_later
from cases_window import one, status

OURS = 'rras-acme-vpn-'
QUICK = {'timeout': '5s', 'stable': '0s'}


def issue(g, key='machine'):
    weeks_later(g.state_dir)
    g.configure(key=key, deploy={'keep': 1, 'verify': QUICK})
    one(g, 'issue', 'vpn')
    return expect_whole(g, f'issued with key {key}')


def containers(g):
    """Those of ours that are there; each has to have an owner, and no owner goes without."""
    shown = g.lab.show(look=False)
    there = {k for k in shown['key_files'] if k.startswith(OURS)}
    folder = g.state_dir / 'certs/vpn'
    noted = folder / 'keys.json'
    expect(set(json.loads(noted.read_text())['containers']) if noted.exists() else set(), there, 'keys.json')
    owned = {json.loads(p.read_text())['container'] for p in folder.rglob('key.json')}
    owned |= {c['container'] for c in shown['my'] if c['container'].startswith(OURS)}
    expect(there, owned, 'containers and their owners')
    expect(len(shown['key_files']) - len(there), len([c for c in shown['my'] if not c['container'].startswith(OURS)]),
           'keys that came with a PFX')
    return there


def secrets(g):
    return sorted(p.name for p in (g.state_dir / 'certs').rglob('*.key')) + \
        sorted(str(p) for p in (g.state_dir / 'certs').rglob('key.pem'))


def look_before(g):
    """check asks the provider, leaves nothing in it, and sees another client at work."""
    there = g.lab.show(look=False)['key_files']
    g.lab.run('create', 'Certify.Service', 'binPath=', r'C:\app\none.exe', 'start=', 'auto', program='../windows/system32/sc.exe')
    for fault, key in (('', 'ok'), ('NCryptFinalizeKey#1=0x8009002f', 'fail')):
        if fault:
            g.lab.fault(fault)
        rows = {c['id']: c for c in json.loads(g.run('--json', 'check', 'vpn').stdout)['checks']}
        g.lab.clear_faults()
        expect((rows['key.provider']['level'], rows['deploy.rivals']['level']), (key, 'warn'), rows)
        expect_in('service "Certify.Service" (Certify The Web, starts by itself)', rows['deploy.rivals']['finding'], 'rivals')
    expect(g.lab.show(look=False)['key_files'], there, 'keys after a check')
    g.lab.run('delete', 'Certify.Service', program='../windows/system32/sc.exe')


def test_the_key_never_leaves_the_machine(folder):
    with delegated_gateway(folder) as g:
        g.lab.clear_log()
        first = issue(g)
        made = [line for line in g.lab.log('rras-acme.exe') if line.startswith(('NCryptCreate', 'PFXImport'))]
        expect(len(made), 1, made)
        expect_in(OURS, made[0], 'container')
        expect(secrets(g), [], 'key files')
        shown = status(g)
        expect((shown['key'], {shown['key_container']}), ('rsa2048', containers(g)), 'status')
        expect_in(shown['key_container'], g.run('status').stdout, 'status')
        g.lab.environment(PFX_PASSWORD='sim')
        r = g.run('export', 'vpn', '--pfx', 'Z:/nowhere.pfx', '--password-file', 'env:PFX_PASSWORD')
        expect_exit(r, 2)
        expect_one_line(r, 'does not leave it')
        expect(one(g, 'run')['action'], 'none', 'a run with nothing to do')

        look_before(g)
        second = issue(g, 'rsa2048')
        expect((len(containers(g)), status(g)['key_container']), (1, None), 'the one before keeps its key')
        expect(one(g, 'rollback', 'vpn')['action'], 'rolled_back', 'rollback')
        expect(expect_whole(g, 'rolled back'), first, 'leaf')
        third = issue(g)
        expect((len({first, second, third}), len(containers(g))), (3, 2), 'the present one, and the one before')


# Commands one after another: what the machine does meanwhile, the exit code, and how many containers are left.
STEPS = [
    ('issue', 'NCryptFinalizeKey#1=die-after', 137, 1),  # noted, and needed by nobody
    ('issue', 'NCryptSignHash#1=lie', 1, 0),
    ('issue', 'CertAddCertificateContextToStore#1=die-after', 137, 1),
    ('deploy', 'CertSetCertificateContextProperty#2=0x80092005', 6, 1),  # the key stays with the held certificate
    ('run', 'NCryptDeleteKey#1=die', 10, 1),  # put off; nothing to delete
    ('deploy', '', 0, 1),
]


def test_no_container_is_left_without_an_owner(folder):
    with delegated_gateway(folder, key='machine', deploy={'keep': 0, 'verify': QUICK}) as g:
        old = expect_whole(g, 'before')
        for command, fault, code, left in STEPS:
            if fault:
                g.lab.fault(fault)
            r = g.run(command, 'vpn')
            g.lab.clear_faults()
            what = f'{command} with {fault or "no fault"}'
            expect(r.returncode, code, f'{what}: {r.stdout[-1500:]} {r.stderr[-1500:]}')
            noted = g.state_dir / 'certs/vpn/keys.json'
            if code == 137:
                expect(len(json.loads(noted.read_text())['containers']), left, f'{what}: noted')
            else:
                expect(len(containers(g)), left, f'{what}: containers')
        if expect_whole(g, 'in the end') == old:
            raise AssertionError('the old certificate is still served')
        before = containers(g)
        weeks_later(g.state_dir)
        g.lab.fault('NCryptDeleteKey#1=die-after')  # the key of the one before, as keep is 0
        expect(g.run('issue', 'vpn').returncode, 137, 'death in the sweep')
        g.lab.clear_faults()
        expect_exit(g.run('run'), 0)
        if containers(g) & before or len(containers(g)) != 1:
            raise AssertionError(f'{containers(g)} after {before}')
