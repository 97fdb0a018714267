# SPDX-License-Identifier: Apache-2.0
"""The doctor on a simulated gateway that has never seen ACME: nothing is wrong, until something is."""
import json
import lab as sim
from cases_issue import expect, expect_exit, expect_in
from documents import named
from gateway import PROGRAM_DATA

HOST = 'vpn.example.test'
CHANGES = ('HttpSet', 'HttpUpdate', 'HttpDelete', 'RegSetValue', 'RegDeleteValue', 'StartService', 'ControlService',
           'CertAdd', 'CertDelete', 'PFXImport')
READ_ONLY = 'D:P(A;CI;KR;;;SY)(A;CI;KR;;;BA)(A;CI;KR;;;LS)'
FULL = 'D:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)(A;CI;KR;;;LS)'
STORE = sim.SSTP_PARAMETERS + r'\ConfigStore'


def doctor(lab, *args):
    r = lab.run('--json', 'doctor', *args, timeout=60)
    try:
        doc = named(json.loads(r.stdout))
    except ValueError:
        raise AssertionError(f'no JSON: exit {r.returncode}, {r.stdout!r} {r.stderr!r}') from None
    expect(doc['exit_code'], r.returncode, 'exit_code in the document')
    return r.returncode, doc, {c['id']: c for c in doc['checks']}


def expect_healthy(lab, what):
    code, doc, rows = doctor(lab)
    bad = {i: (c['level'], c['finding']) for i, c in rows.items() if c['level'] in ('warn', 'fail')}
    expect((code, doc['cause'], bad), (0, None, {}), f'{what}: a healthy gateway')
    return rows


def expect_named(lab, cause, says, explains=()):
    """Each row fails with its words, and one of them is the cause, which explains these."""
    code, doc, rows = doctor(lab)
    for row, words in says.items():
        expect((code, rows[row]['level']), (9, 'fail'), f'{row}: {rows[row]}')
        expect_in(words, rows[row]['finding'], row)
        expect(bool(rows[row]['cure']), True, f'{row}: has a cure')
    expect(doc['cause'] and doc['cause']['id'], cause, f'the cause; {doc["cause"]}')
    expect(set(explains) - set(doc['cause']['explains']), set(), f'{cause}: explains {doc["cause"]["explains"]}')


def registry_faults(lab):
    good = lab.show(look=False)['sstp']['SHA256CertificateHash']['hex']
    lab.value('SHA256CertificateHash', b'\x32')
    expect_named(lab, 'B3', {'B3': '"type 32" text literally'})
    lab.batch([('reg', STORE, 'ListenerPort', 'text', 'much'), ('reg', sim.SSTP_PARAMETERS, 'ServerURI', 'text', '/vpn/'),
               ('reg', sim.SSTP_PARAMETERS, 'SHA256CertificateHash', 'binary', good[:40]),
               ('rights', sim.SSTP_PARAMETERS, READ_ONLY)])
    expect_named(lab, 'B2', {'B2': 'SYSTEM may not write', 'B3': 'no hash of 32 bytes', 'B10': 'damaged', 'B12': '/vpn/'},
                 ['B3', 'B10'])
    lab.batch([('rights', sim.SSTP_PARAMETERS, FULL), ('reg', STORE, 'ListenerPort', 'dword', str(lab.port)),
               ('reg', sim.SSTP_PARAMETERS, 'ServerURI', 'text', sim.URI),
               ('reg', sim.SSTP_PARAMETERS, 'SHA256CertificateHash', 'binary', good)])


def http_faults(lab, own):
    other = lab.new_cert('other.example.test')
    lab.bind('v6', other['sha1'])
    lab.bind(f'127.0.0.1:{lab.port}', other['sha1'], 'iis')
    expect_named(lab, 'C3', {'C3': 'event 24', 'C10': 'IIS', 'F1': ''}, ['F1'])
    lab.unbind(f'127.0.0.1:{lab.port}')
    lab.bind('v4', other['sha1'])
    expect_named(lab, 'C4', {'C4': 'is not the one of SHA256CertificateHash'})
    lab.bind('v4', own['sha1'])
    lab.unbind('v6')
    lab.remove_cert(other['sha1'])
    expect_named(lab, 'C2', {'C2': f'[::]:{lab.port}'}, ['F1'])
    lab.bind('v6', own['sha1'])


def service_faults(lab):
    lab.service('stop')
    lab.ctl('start-type', 'RemoteAccess', 'disabled')
    expect_named(lab, 'A3', {'A3': 'disabled'}, ['F1'])
    lab.ctl('start-type', 'RemoteAccess', 'auto')
    lab.service('start')


def test_a_healthy_gateway_and_one_thing_broken_after_the_other(folder):
    with sim.Lab(folder / 'lab') as lab:
        lab.up(HOST)
        own = lab.show()['my'][0]
        lab.clear_log()
        rows = expect_healthy(lab, 'before')
        # The Task Scheduler's class of Wine starts its own service when it is asked; Windows' always runs.
        changes = [c for c in lab.log('rras-acme.exe') if c.startswith(CHANGES) and not c.startswith('StartServiceW Schedule ')]
        expect(changes, [], 'the doctor changes nothing')
        judged = [i for i, c in rows.items() if c['level'] != 'skip']
        if len(judged) < 70:
            raise AssertionError(f'only {len(judged)} checks were judged: {judged}')
        registry_faults(lab)
        http_faults(lab, own)
        service_faults(lab)
        expect_healthy(lab, 'after')
        people(lab)
        configured(lab)


def people(lab):
    lab.value('ServerURI', '/vpn/')
    r = lab.run('doctor')
    expect_exit(r, 9)
    expect_in('problem: ServerURL, ServerURI (B12)', r.stdout, 'the problem')
    expect_in('checks ok', r.stdout, 'the rest is counted')
    expect('SHA256CertificateHash' in r.stdout, False, 'what is well is folded')
    lab.value('ServerURI', sim.URI)
    r = lab.run('doctor', '--all')
    expect_exit(r, 0)
    expect_in('SHA256CertificateHash', r.stdout, '--all')
    r = lab.run('doctor', '--explain', '0x80070520')
    expect_exit(r, 0)
    expect_in('private key', r.stdout, '--explain')


def configured(lab):
    """What ought to be: other names than the certificate has."""
    home = lab.c / PROGRAM_DATA
    (home / 'conf.d').mkdir(parents=True)
    (home / 'conf.d/vpn.json').write_text(json.dumps({
        'names': ['vpn2.example.test'], 'acme': {'directory': 'https://127.0.0.1:9/dir', 'agree_tos': True},
        'dns': {'provider': 'manual'}, 'deploy': {'port': lab.port, 'verify': {'timeout': '20s', 'stable': '0s'}}}))
    broken = lab.show(look=False)['sstp']['SHA256CertificateHash']['hex']
    lab.batch([('reg', sim.SSTP_PARAMETERS, 'SHA256CertificateHash', 'binary', '32'), ('unbind', lab.binding_name('v6')),
               ('reg', sim.HTTP_PARAMETERS + r'\UrlAclInfo', f'https://+:{lab.port}{sim.URI}', 'absent', '-')])
    r = lab.run('doctor', '--fix')
    expect_exit(r, 2)  # nobody can be asked
    expect_in('to be mended: B3 C2 C13', r.stdout, 'what --fix would mend')
    code, _, rows = doctor(lab, 'vpn', '--fix', '--yes')
    expect([rows[i]['level'] for i in ('B3', 'C2', 'C13', 'F1', 'F9')], ['ok'] * 5, '--fix')
    expect(lab.show(look=False)['sstp']['SHA256CertificateHash']['hex'], broken, 'the hash is the bound certificate\'s again')
    expect((code, rows['D2']['level']), (9, 'fail'), rows['D2'])
    expect_in('not for vpn2.example.test', rows['D2']['finding'], 'D2')
