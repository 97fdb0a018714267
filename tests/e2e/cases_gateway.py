# SPDX-License-Identifier: Apache-2.0
"""The Windows program in a simulated RRAS host: deployed and proven, or put back and proven.

After every case the gateway must be whole: what it serves on both addresses has the hash that RRAS
holds (old or new, never neither), and no service that ran is stopped.
"""
import contextlib
import json
import lab as sim
from cases_issue import expect, expect_exit, expect_in, expect_one_line, weeks_later
from gateway import HOST, Gateway, machine_state, whole
from world import COMPANY


def leaf(state):
    expect(state['leaf on ::1'], state['leaf on 127.0.0.1'], 'leaf on ::1')
    return state['leaf on 127.0.0.1']


def expect_whole(g, what):
    """Returns the leaf that everything agrees on."""
    return whole(g.lab, what)[:16]


@contextlib.contextmanager
def delegated_gateway(folder, **more):
    """A gateway with the delegation made; nothing issued yet."""
    with Gateway(folder) as g:
        g.world.delegate(HOST)
        g.configure(**more)
        yield g


def test_issue_deploys_and_run_finds_nothing_to_do(folder):
    with delegated_gateway(folder) as g:
        old = expect_whole(g, 'before')
        code, doc = g.json('issue', 'vpn')
        expect(code, 0, doc)
        new = expect_whole(g, 'after')
        if new == old:
            raise AssertionError('the old certificate is still served')
        expect(doc['results'][0]['restarted'], True, 'restarted')
        g.lab.clear_log()
        code, doc = g.json('run')
        expect((code, doc['results'][0]['action'], doc['results'][0]['https']['requests']), (0, 'none', 0), 'run')
        changed = [line for line in g.lab.log('rras-acme.exe')
                   if line.startswith(('HttpSet', 'HttpUpdate', 'HttpDelete', 'RegSetValue', 'PFXImport', 'StartService',
                                       'ControlService', 'CertAdd', 'CertDelete'))]
        expect(changed, [], 'changes of a run with nothing to do')
        code, doc = g.json('status')
        expect(doc['certificates'][0]['deployed']['state'], 'current', 'status')
        expect_healthy(g)


def expect_healthy(g):
    """By the doctor, of a gateway with a certificate of the test CA."""
    code, doc = g.json('doctor', 'vpn')
    rows = {c['id']: c for c in doc['checks']}
    bad = {i: (c['level'], c['finding']) for i, c in rows.items() if c['level'] in ('warn', 'fail')}
    expect((code, sorted(bad)), (0, ['H2']), bad)  # nobody has registered the task here
    expect({i: rows[i]['level'] for i in ('A10', 'E6', 'E10', 'F1', 'F2', 'F3', 'F4')}, dict.fromkeys(('A10', 'E6', 'E10', 'F1', 'F2', 'F3', 'F4'), 'ok'),
           {i: c['finding'] for i, c in rows.items()})


def test_several_certificates_at_a_time_and_one_of_them_is_the_gateways(folder):
    others = [f'n{i}' for i in range(5)]
    with delegated_gateway(folder) as g:
        old = expect_whole(g, 'before')
        g.world.delegate(*(f'{n}.{COMPANY}' for n in others))
        for n in others:
            g.world.write_config(n, folder=g.config_dir)
        code, doc = g.json('run', '--jobs', '4')
        expect(code, 0, doc)
        expect([(r['name'], r['action'], r['deployed']) for r in doc['results']],
               [(n, 'issued', False) for n in others] + [('vpn', 'issued', True)], 'results')
        if expect_whole(g, 'after') == old:
            raise AssertionError('the old certificate is still served')


def test_drift_is_seen_and_repaired(folder):
    with delegated_gateway(folder) as g:
        expect_exit(g.run('issue', 'vpn'), 0)
        wanted = expect_whole(g, 'deployed')
        other = g.lab.new_cert(HOST)
        g.lab.bind('v6', other['sha1'])
        code, doc = g.json('status')
        expect((code, doc['certificates'][0]['deployed']['state']), (0, 'drift'), 'status')
        g.lab.sessions(2)
        code, doc = g.json('deploy', 'vpn', '--dry-run')
        steps = {s['step']: s for s in doc['results'][0]['steps']}
        bind = steps[f'bind [::]:{g.lab.port}']
        expect((code, bind['before'][:16]), (0, other['sha1'][:16]), 'dry run')
        expect_in('2 connected', steps['who is disconnected']['after'], 'dry run')
        expect_in('nothing to go back to', steps['if it fails']['after'], 'dry run')
        expect(leaf_v6(g), other['sha256'][:16], 'nothing was changed by the dry run')
        expect_exit(g.run('run'), 0)
        expect(expect_whole(g, 'repaired'), wanted, 'leaf')
        # Also while no new certificate is to be had: nobody has delegated the second name.
        g.configure(names=[HOST, f'nowhere.{COMPANY}'])
        for code, action in (4, 'failed'), (10, 'postponed'):
            g.lab.bind('v6', other['sha1'])
            got, doc = g.json('run')
            result = doc['results'][0]
            expect((got, result['action'], result['deployed'], result['proven']), (code, action, True, True), result)
            expect(expect_whole(g, 'repaired while it cannot be renewed'), wanted, 'leaf')
        cert = g.json('status')[1]['certificates'][0]
        expect_in('nowhere', cert['last']['message'], 'last')
        expect([(h['result'], h['restarted']) for h in cert['history'][:2]], [('deployed', True), ('failed', True)], 'history')


def test_what_lies_beside_is_seen_and_never_in_the_way(folder):
    with delegated_gateway(folder) as g:
        def findings():
            _, doc = g.json('check')
            return {c['id']: (c['level'], c['finding']) for c in doc['checks']}
        g.lab.sessions(3)
        g.lab.ctl('reg', sim.HTTP_PARAMETERS, 'ListenOnlyList', 'multi', '127.0.0.1 ::1')
        g.lab.ctl('reg', sim.SSTP_PARAMETERS + r'\ConfigStore', 'ListenerPort', 'dword', '1')
        seen = findings()
        expect_in('3 connected', seen['deploy.sessions'][1], 'sessions')
        level, finding = seen['deploy.listen']  # a warning where the machine has other addresses, too
        expect((level in ('note', 'warn'), finding.startswith('http.sys listens on 127.0.0.1, ::1 only')), (True, True), finding)
        expect(seen['deploy.applied'][0], 'warn', seen['deploy.applied'])
        expect(seen['deploy.url'][0], 'ok', seen['deploy.url'])
        g.lab.ctl('reg', sim.HTTP_PARAMETERS, 'ListenOnlyList', 'absent', '-')
        for call in ('MprAdminServerConnect#0=1722', 'MprAdminConnectionEnum#0=5'):
            g.lab.clear_faults()
            g.lab.fault(call)
            expect(findings()['deploy.sessions'][0], 'note', call)
        expect_exit(g.run('issue', 'vpn'), 0)
        expect_whole(g, 'deployed all the same')


def leaf_v6(g):
    return g.lab.served('::1')['sha256'][:16]


FAULTS = [  # what the machine does, the exit code
    ('PFXImportCertStore#0=86', 6),
    ('CryptAcquireCertificatePrivateKey#0=0x80090010', 6),
    ('RegSetValueExW#1=5', 6),
    ('RegSetValueExW#3=5', 6),
    ('HttpSetServiceConfiguration#1=1312', 6),  # http.sys judges on a port where nobody is served
    ('HttpDeleteServiceConfiguration#1=5', 6),
    ('HttpUpdateServiceConfiguration#1=1312', 6),
    ('HttpUpdateServiceConfiguration#2=5', 6),
    ('ControlService#1=5', 6),
]


def test_faults_are_rolled_back_and_the_next_run_succeeds(folder):
    with delegated_gateway(folder) as g:
        old = expect_whole(g, 'before')
        for fault, code in FAULTS:
            g.lab.fault(fault)
            r = g.run('issue' if not (g.state_dir / 'certs/vpn/held').exists() else 'deploy', 'vpn')
            expect(r.returncode, code, f'{fault}: exit code; {r.stdout[-1500:]} {r.stderr[-1500:]}')
            expect_one_line(r, 'vpn')
            expect(expect_whole(g, fault), old, f'{fault}: leaf')
            g.lab.clear_faults()
        g.lab.fault('StartServiceW#1=1058')  # a start that is refused once is tried once more
        expect_exit(g.run('deploy', 'vpn'), 0)
        g.lab.clear_faults()
        if expect_whole(g, 'after the faults') == old:
            raise AssertionError('the old certificate is still served')
        my = g.lab.show(look=False)
        expect(len(my['key_files']), len(my['my']), 'key containers without a certificate')


def test_previous_certificates_go_but_never_one_that_is_named(folder):
    with delegated_gateway(folder) as g:
        serial = []
        for i in range(4):
            expect_exit(g.run('issue', 'vpn'), 0)
            serial.append(g.lab.served()['sha256'])
            if i == 0:  # another program uses it, too
                sha1 = g.lab.served()['sha1']
                g.lab.bind('127.0.0.1:9', sha1, 'iis')
            weeks_later(g.state_dir)
        shown = g.lab.show(look=False)
        ours = [s for s in serial if s in {c['sha256'] for c in shown['my']}]
        expect(ours, [serial[0], serial[2], serial[3]], 'what is left of four (keep 1)')
        expect(len(shown['my']), 4, 'the certificate that was there before is not ours to remove')
        expect(len(shown['key_files']), 4, 'key containers')


# With an order before it; faults.py lets a deploy die at every call.
DEATHS = ['PFXImportCertStore#1=die-after', 'RegSetValueExW#2=die-after', 'HttpUpdateServiceConfiguration#1=die-after',
          'ControlService#1=die-after']


def test_death_at_any_step_ends_whole_after_the_next_run(folder):
    with delegated_gateway(folder) as g:
        expect_exit(g.run('issue', 'vpn'), 0)
        for death in DEATHS:
            weeks_later(g.state_dir)
            before = expect_whole(g, f'before {death}')
            g.lab.fault(death)
            r = g.run('issue', 'vpn')
            expect(r.returncode, 137, f'{death}: exit code; {r.stdout[-1500:]} {r.stderr[-1500:]}')
            g.lab.clear_faults()
            r = g.run('run')
            expect(r.returncode, 0, f'after {death}: {r.stdout[-1500:]} {r.stderr[-1500:]}')
            if expect_whole(g, f'after {death}') == before:
                raise AssertionError(f'{death}: the renewal was lost')
        my = g.lab.show(look=False)
        expect(len(my['key_files']), len(my['my']), 'key containers without a certificate')


def test_a_service_that_will_not_start_on_the_new_certificate(folder):
    with delegated_gateway(folder) as g:
        old = expect_whole(g, 'before')
        g.lab.mode('fail-start', 1)
        r = g.run('issue', 'vpn')
        expect_exit(r, 6)
        expect(expect_whole(g, 'put back'), old, 'leaf')
        g.lab.mode('ok')
        r = g.run('run')
        expect_exit(r, 10)
        expect_one_line(r, 'the deploy is put off until')
        path = g.state_dir / 'certs/vpn/state.json'
        state = json.loads(path.read_text())
        state['not_before'] = f'{int(state["not_before"][:4]) + 10}-01-01T00:00:00Z'  # it failed by a clock that was ahead
        path.write_text(json.dumps(state))
        expect_exit(g.run('run'), 0)
        if expect_whole(g, 'the clock is back') == old:
            raise AssertionError('put off for ten years')


def test_what_rras_logs_speaks_against_the_certificate(folder):
    with delegated_gateway(folder) as g:
        old = expect_whole(g, 'before')
        g.lab.mode('complain', 1)  # it serves all the same
        r = g.run('issue', 'vpn')
        expect_exit(r, 6)
        expect_one_line(r, 'RasSstp event 20', 'not enough memory')
        expect(expect_whole(g, 'put back'), old, 'leaf')
        g.lab.mode('deaf', 1)
        r = g.run('deploy', 'vpn')
        expect_exit(r, 6)
        expect_one_line(r, 'RasSstp event 22')
        expect(expect_whole(g, 'put back again'), old, 'leaf')
        g.lab.fault('EvtQuery#0=15007')  # a log that cannot be read is no failure
        g.lab.mode('complain', 1)
        expect_exit(g.run('deploy', 'vpn'), 0)


def test_an_old_windows_without_aes_and_without_update(folder):
    with delegated_gateway(folder, key='rsa2048') as g:
        g.lab.windows('2012')
        g.lab.environment(SIM_PFX_NO_AES='1')
        old = expect_whole(g, 'before')
        expect_exit(g.run('issue', 'vpn'), 0)
        if expect_whole(g, 'after') == old:
            raise AssertionError('the old certificate is still served')


def test_what_is_refused_before_anything_is_ordered(folder):
    with delegated_gateway(folder) as g:
        g.lab.environment(SIM_NOT_ADMIN='1')
        r = g.run('issue', 'vpn')
        expect_exit(r, 2)
        expect_one_line(r, 'administrator')
        g.lab.environment(SIM_NOT_ADMIN=None)

        g.configure(deploy={'port': 443 if g.lab.port != 443 else 444})
        r = g.run('issue', 'vpn')
        expect_exit(r, 2)
        expect_one_line(r, str(g.lab.port))
        g.configure()

        sha1 = g.lab.show(look=False)['my'][0]['sha1']
        g.lab.unbind('v4')
        g.lab.bind('v4', sha1, 'iis')
        r = g.run('issue', 'vpn')
        expect_exit(r, 2)
        expect_one_line(r, 'IIS')
        expect_in('4dc3e181', r.stderr, 'application id')
        orders = g.world.pebble.order_requests()
        expect(orders, 0, 'orders placed')


def test_a_stopped_rras_stays_stopped(folder):
    with delegated_gateway(folder) as g:
        g.lab.service('stop')
        r = g.run('issue', 'vpn')
        state = machine_state(g.lab)
        expect(state['RemoteAccess'], 'stopped', f'RemoteAccess ({r.stdout} {r.stderr})')
        expect_in('stopped', r.stdout + r.stderr, 'report')


def test_a_missing_service_is_told_before_anything_is_ordered(folder):
    with delegated_gateway(folder) as g:
        g.lab.service('stop')
        r = g.lab.run('delete', 'RemoteAccess', program='../windows/system32/sc.exe')
        r = g.run('issue', 'vpn')
        expect_exit(r, 2)
        expect_one_line(r, 'RemoteAccess', 'not installed')
        orders = g.world.pebble.order_requests()
        expect(orders, 0, 'orders placed')


def test_a_staging_certificate_is_held_and_never_deployed(folder):
    with delegated_gateway(folder) as g:
        old = expect_whole(g, 'before')
        g.lab.fault('PFXImportCertStore#0=86')
        expect_exit(g.run('issue', 'vpn'), 6)  # issued and held
        g.lab.clear_faults()
        path = g.state_dir / 'certs/vpn/state.json'
        state = json.loads(path.read_text())
        expect(state['directory'], g.world.pebble.url, 'directory')
        state['directory'] = 'https://acme-staging-v02.api.letsencrypt.org/directory'
        path.write_text(json.dumps(state))
        code, doc = g.json('deploy', 'vpn')
        expect((code, doc['results'][0]['action'], doc['results'][0]['steps']), (0, 'held', []), 'deploy')
        expect_in('staging', doc['results'][0]['note'], 'note')
        expect(expect_whole(g, 'after'), old, 'leaf')
        expect_exit(g.run('issue', 'vpn'), 0)  # the configured directory is no staging one
        if expect_whole(g, 'issued anew') == old:
            raise AssertionError('the production certificate was not deployed')
