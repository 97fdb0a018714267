#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""selfcheck.py [-v] - does the simulated RRAS host do what it promises? Prints "N passed, N failed".

One lab on a free port; each check puts back what it changed. simctl.exe plays the program under test.
"""
import subprocess
import sys
import tempfile
import time
import traceback
import xml.etree.ElementTree
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
import lab as sim  # noqa: E402
from ports import free_port  # noqa: E402
from wine_prefix import processes  # noqa: E402

V4, V6 = '127.0.0.1', '::1'
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def equal(got, wanted):
    assert got == wanted, f'got {got!r}, wanted {wanted!r}'


def both(lab):
    return [lab.served(V4).get('sha256'), lab.served(V6).get('sha256')]


def fails(function, *arguments):
    """The Windows error that a call fails with, 0 when it does not."""
    try:
        function(*arguments)
    except sim.LabError as e:
        return e.number
    return 0


def program(lab, *args, env=None):
    """simctl.exe with the armed faults: its exit code."""
    return lab.run(*args, program='simctl.exe', env=env).returncode


class Machine:
    """The machine as a check wants it, and put back afterwards: RRAS runs on certificate `a`, flag 0; `b` is in store."""

    def __init__(self, lab):
        self.lab = lab
        self.a = lab.show()['my'][0]
        self.b = lab.new_cert(key='ec256')

    def reset(self):
        lab = self.lab
        lab.clear_faults()
        lab.environment(**{k: None for k in lab.notes().get('env', {})})
        lab.values({'SHA256CertificateHash': bytes.fromhex(self.a['sha256']),
                    'SHA1CertificateHash': bytes.fromhex(self.a['sha1']), 'isHashConfiguredByAdmin': 0, 'UseHttps': 1,
                    'SHA1Enabled': None})
        lab.batch([*(('reg', r'SOFTWARE\sim\RemoteAccess', v, 'absent', '-') for v in ('Mode', 'Sstp')),
                   *(('bind', lab.binding_name(f), self.a['sha1'], 'sstp', 'checked') for f in ('v4', 'v6'))])
        if lab.show(look=False)['services']['RemoteAccess']['state'] == 'running':
            lab.service('stop')
        lab.service('start')
        (lab.c / 'sim/events.jsonl').unlink(missing_ok=True)
        lab.clear_log()


# ---- what the port says ----

@check
def serves_the_bound_certificate_on_both_families(lab, m):
    equal(both(lab), [m.a['sha256']] * 2)


@check
def answers_get_with_401_and_other_urls_with_404(lab, m):
    equal(lab.served(V4)['status'], 401)
    with sim.connect(V4, lab.port) as s:
        s.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
        answer = s.recv(4096)
    assert answer.startswith(b'HTTP/1.1 404') and b'Microsoft-HTTPAPI/2.0' in answer, answer


@check
def speaks_sstp_up_to_the_acknowledgement(lab, m):
    for address in (V4, V6):
        with lab.call(address) as c:
            equal((c.status, c.request(), c.mask), (200, 2, 2))


@check
def offers_sha1_when_it_is_enabled(lab, m):
    lab.value('SHA1Enabled', 1)
    lab.restart()
    with lab.call() as c:
        equal((c.request(), c.mask), (2, 3))


@check
def accepts_the_cached_hash_only(lab, m):
    for sha256, answer in ((m.a['sha256'], 9), (m.b['sha256'], 5)):
        with lab.call() as c:
            c.request()
            equal(c.connected(sha256), answer)


@check
def proves_that_it_knows_the_password(lab, m):
    with lab.call() as c:  # MS-CHAPv2 and its keys by OpenSSL's MD4 and DES, not by the product's
        c.request()
        equal((c.mschap2('CORP\\Probe', 'secret')[:2], c.claim(m.a['sha256'])), ('S=', 9))
    with lab.call() as c:
        c.request()
        equal(c.mschap2('probe', 'wrong')[:11], 'E=691 R=0 C')
    lab.sstp('account=ann:passwört')
    with lab.call() as c:
        c.request()
        equal((c.mschap2('ann', 'passwört')[:2], c.claim(m.a['sha256'])), ('S=', 9))


@check
def verifies_the_whole_binding(lab, m):
    for at in (16, 48, 80):  # nonce, hash, compound MAC
        with lab.call() as c:
            c.request()
            equal((at, c.pap('probe', 'secret'), c.claim(m.a['sha256'], (at, 1)), c.answer[15], c.answer[19]), (at, True, 5, 3, 4))
    with lab.call() as c:  # before the authentication
        c.request()
        equal((c.claim(m.a['sha256']), c.answer[15], c.answer[19]), (5, 3, 4))


@check
def has_faults_for_the_next_connection(lab, m):
    with lab.call() as held:
        for words, answers in (('fault=nak', (200, 3)), ('fault=abort', (200, 5)), ('fault=http-407', (407,)), ('', (200, 2)),
                               ('ports=1', (503,)), ('ports=2', (200, 2))):
            lab.sstp(words)
            with lab.call() as c:
                equal((words, c.status, *([c.request()] if c.status == 200 else [])), (words, *answers))
        equal(held.request(), 2)
    equal([fails(lab.sstp, words) for words in ('fault=nonsense', 'fault', 'ports=1000')], [87] * 3)
    lab.sstp('fault=verify-nothing')
    with lab.call() as c:
        c.request()
        equal(c.connected(m.b['sha256']), 9)


@check
def tells_how_a_call_went(lab, m):
    with lab.call() as c:
        c.request()
        equal(c.connected(m.a['sha256']), 9)
        c.send(c.DISCONNECT)
        equal(c.packet()[0], 7)
    deadline = time.monotonic() + 10
    while not (said := [x for x in lab.log('sim_host.exe') if x.startswith('SSTP:')]):
        assert time.monotonic() < deadline, lab.log()
        time.sleep(0.02)
    equal(said, ['SSTP: status=200 ack=1 auth=pap attempts=1 accepted=1 disconnect=1'])


@check
def ends_a_call_politely(lab, m):
    with lab.call() as c:
        c.request()
        c.send(c.DISCONNECT)
        equal(c.packet()[0], 7)


@check
def drops_what_is_no_sstp(lab, m):
    with lab.call() as c:
        c.send(b'GET / HTTP/1.1\r\n\r\n')
        equal(c.packet(), (0, b''))


# ---- http.sys ----

@check
def a_changed_binding_is_served_at_once_but_the_hash_stays(lab, m):
    lab.bind('v4', m.b['sha1'])
    equal(both(lab), [m.b['sha256'], m.a['sha256']])
    with lab.call() as c:
        c.request()
        equal(c.connected(m.b['sha256']), 5)
    with lab.call() as c:
        c.request()
        equal(c.connected(m.a['sha256']), 9)


@check
def resets_a_family_without_binding(lab, m):
    lab.unbind('v6')
    equal((lab.served(V4)['status'], lab.served(V6)), (401, {'error': 'reset'}))


@check
def host_name_and_address_records_win(lab, m):
    lab.bind(f'vpn.example.test:{lab.port}', m.b['sha1'], raw=True)
    try:
        equal(lab.served(V4, 'vpn.example.test')['sha256'], m.b['sha256'])
        equal(lab.served(V4)['sha256'], m.a['sha256'])
    finally:
        lab.unbind(f'vpn.example.test:{lab.port}')
    lab.bind(f'127.0.0.1:{lab.port}', m.b['sha1'])
    try:
        equal(both(lab), [m.b['sha256'], m.a['sha256']])
    finally:
        lab.unbind(f'127.0.0.1:{lab.port}')


@check
def http_sys_refuses_a_certificate_without_key(lab, m):
    equal(fails(lab.bind, '127.0.0.1:9', '00' * 20), 1312)
    c = lab.new_cert()
    key = next(x for x in lab.show(look=False)['my'] if x['sha1'] == c['sha1'])
    (lab.c / 'ProgramData/Microsoft/Crypto/Keys' / key['container']).unlink()
    equal(fails(lab.bind, '127.0.0.1:9', c['sha1']), 1312)
    lab.remove_cert(c['sha1'], with_key=False)


@check
def the_port_is_closed_while_rras_is_stopped(lab, m):
    lab.service('stop')
    equal((lab.served(V4), lab.served(V6)), ({'error': 'refused'},) * 2)
    lab.service('start')
    equal(lab.served(V4)['status'], 401)


# ---- the start of RRAS ----

def start_with(lab, m, flag, v4, v6, stored):
    """Stops, sets the machine, starts: (error, event ids). v4 and v6: a SHA-1, None, or (SHA-1, app)."""
    lab.service('stop')
    for family, bound in (('v4', v4), ('v6', v6)):
        if bound:
            sha1, app = bound if isinstance(bound, tuple) else (bound, 'sstp')
            lab.bind(family, sha1, app, raw=True)
        else:
            lab.unbind(family)
    lab.value('SHA256CertificateHash', stored and bytes.fromhex(stored))
    lab.value('isHashConfiguredByAdmin', flag)
    error = fails(lab.service, 'start')
    return error, [e['id'] for e in lab.events('RasSstp')]


@check
def flag_0_takes_the_binding_for_the_truth(lab, m):
    equal(start_with(lab, m, 0, m.b['sha1'], m.b['sha1'], '11' * 32), (0, []))
    equal(lab.show()['sstp']['SHA256CertificateHash']['hex'], m.b['sha256'])
    with lab.call() as c:
        c.request()
        equal(c.connected(m.b['sha256']), 9)


@check
def flag_0_completes_one_family(lab, m):
    equal(start_with(lab, m, 0, None, m.b['sha1'], m.a['sha256']), (0, []))
    equal(both(lab), [m.b['sha256']] * 2)


@check
def flag_0_and_two_truths_is_event_24(lab, m):
    equal(start_with(lab, m, 0, m.a['sha1'], m.b['sha1'], m.a['sha256']), (13, [24]))


@check
def flag_1_repairs_its_own_bindings(lab, m):
    equal(start_with(lab, m, 1, m.a['sha1'], m.a['sha1'], m.b['sha256']), (0, []))
    equal(both(lab), [m.b['sha256']] * 2)


@check
def flag_1_and_an_unknown_hash_is_event_25(lab, m):
    error, events = start_with(lab, m, 1, m.a['sha1'], m.a['sha1'], '22' * 32)
    equal((error != 0, events, lab.served(V4)), (True, [25], {'error': 'refused'}))


@check
def flag_1_and_anothers_binding_is_event_32(lab, m):
    equal(start_with(lab, m, 1, (m.a['sha1'], 'iis'), m.a['sha1'], m.b['sha256']), (13, [32]))


@check
def a_short_hash_is_event_18(lab, m):
    equal(start_with(lab, m, 0, m.a['sha1'], m.a['sha1'], '20'), (13, [18]))


# ---- services ----

@check
def a_service_with_running_dependents_does_not_stop(lab, m):
    equal(fails(lab.service, 'stop', 'SstpSvc'), 1051)
    equal(fails(lab.service, 'stop', 'RasMan'), 1051)


@check
def a_start_starts_what_it_needs(lab, m):
    for name in ('RemoteAccess', 'RasMan', 'SstpSvc'):
        lab.service('stop', name)
    lab.service('start')
    equal({s['state'] for s in lab.show(look=False)['services'].values()}, {'running'})


@check
def a_start_can_be_made_to_fail_once(lab, m):
    lab.service('stop')
    lab.mode('fail-start', 1)
    equal((fails(lab.service, 'start'), fails(lab.service, 'start')), (1066, 0))


@check
def rras_can_be_deaf(lab, m):
    lab.mode('deaf', 1)
    lab.restart()
    equal((lab.served(V4), [e['id'] for e in lab.events('RasSstp')]), ({'error': 'refused'}, [22]))


@check
def a_disabled_service_does_not_start(lab, m):
    lab.service('stop')
    lab.ctl('start-type', 'RemoteAccess', 'disabled')
    try:
        equal(fails(lab.service, 'start'), 1058)
    finally:
        lab.ctl('start-type', 'RemoteAccess', 'auto')


@check
def what_was_applied_and_who_is_connected_is_told(lab, m):
    shown = lab.show(look=False)
    equal((shown['config_store']['ListenerPort']['number'], shown['config_store']['UseHttps']['number']), (lab.port, 1))
    lab.sessions(3)
    equal(lab.show(look=False)['sessions'], 3)
    lab.restart()  # nobody stays connected
    equal(lab.show(look=False)['sessions'], 0)
    lab.service('stop')
    equal(lab.show(look=False)['sessions'], None)


@check
def the_watcher_measures_an_outage(lab, m):
    lab.ctl('reg', r'SOFTWARE\sim\RemoteAccess', 'StopMs', 'dword', '300')
    try:
        w = lab.watch()
        lab.restart()
        deadline = time.monotonic() + 10
        while w.changes[-1][1].get('status') != 401 or len(w.changes) < 2:
            assert time.monotonic() < deadline, w.changes
            w.first.clear()
            w.first.wait(1)
        changes = w.stop()
    finally:
        lab.ctl('reg', r'SOFTWARE\sim\RemoteAccess', 'StopMs', 'absent', '-')
    assert 300 <= w.outage_ms() < 5000 and any(c[1].get('error') == 'refused' for c in changes), changes


@check
def a_reboot_brings_it_back(lab, m):
    lab.reboot()
    equal(both(lab), [m.a['sha256']] * 2)
    equal({s['state'] for s in lab.show(look=False)['services'].values()}, {'running'})


# ---- faults and switches ----

@check
def a_fault_fails_the_call_that_was_named(lab, m):
    lab.fault('HttpSetServiceConfiguration#1=5')
    equal(program(lab, 'bind', lab.binding_name('v4'), m.b['sha1'], 'sstp', 'checked'), 1)
    # simctl deletes and sets: the old one is gone, the new one did not come
    equal([b['name'] for b in lab.show(look=False)['bindings']], [lab.binding_name('v6')])


@check
def a_fault_reaches_only_the_named_call_and_only_the_program(lab, m):
    lab.fault('HttpSetServiceConfiguration#2=5')
    lab.fault('OpenSCManagerW#0=1722')
    equal(program(lab, 'bind', lab.binding_name('v4'), m.a['sha1'], 'sstp', 'checked'), 0)
    equal(program(lab, 'service', 'restart', 'RemoteAccess'), 1)
    lab.restart()


@check
def a_killed_call_leaves_things_as_they_were(lab, m):
    lab.fault('HttpDeleteServiceConfiguration#1=die')
    equal(program(lab, 'bind', lab.binding_name('v4'), m.b['sha1'], 'sstp', 'checked'), 137)
    equal(both(lab), [m.a['sha256']] * 2)


@check
def a_call_can_be_killed_after_its_work(lab, m):
    lab.fault('HttpSetServiceConfiguration#1=die-after')
    equal(program(lab, 'bind', lab.binding_name('v4'), m.b['sha1'], 'sstp', 'checked'), 137)
    equal(both(lab), [m.b['sha256'], m.a['sha256']])


@check
def a_lie_says_success_and_does_nothing(lab, m):
    lab.fault('RegSetValueExW#0=lie')
    equal(program(lab, 'reg', sim.SSTP_PARAMETERS, 'SHA256CertificateHash', 'binary', m.b['sha256']), 0)
    equal(lab.show(look=False)['sstp']['SHA256CertificateHash']['hex'], m.a['sha256'])


@check
def imports_make_their_own_keys_and_removal_takes_them_away(lab, m):
    with tempfile.TemporaryDirectory() as t:
        before = set(lab.show(look=False)['key_files'])
        lab.new_cert(key='rsa3072', install=False, pfx=f'{t}/x.pfx')
        c = lab.import_pfx(f'{t}/x.pfx', 'sim')
        after = set(lab.show(look=False)['key_files'])
        equal((len(after - before), after >= before), (1, True))
        equal(fails(lab.import_pfx, f'{t}/x.pfx', 'wrong'), 86)
        lab.remove_cert(c['sha1'])
        equal(set(lab.show(look=False)['key_files']), before)


@check
def keys_sign_and_a_lying_one_is_found_out(lab, m):
    for kind in ('rsa2048', 'ec256', 'ec384'):
        sha1 = lab.new_cert(key=kind)['sha1']
        lab.clear_faults()
        equal((kind, program(lab, 'cert-prove', sha1)), (kind, 0))
        lab.fault('NCryptSignHash#1=lie')
        equal((kind, program(lab, 'cert-prove', sha1)), (kind, 1))
        lab.remove_cert(sha1)


@check
def windows_2012_has_no_update_call(lab, m):
    def names():  # one is the call log's; the second would be the export's
        return (lab.app / 'httpapi.dll').read_bytes().count(b'HttpUpdateServiceConfiguration\0')
    lab.windows('2012')
    try:
        equal(names(), 1)
        equal(program(lab, 'bind', lab.binding_name('v4'), m.a['sha1'], 'sstp', 'checked'), 0)
    finally:
        lab.windows('2016')
    equal(names(), 2)


@check
def the_call_log_tells_the_order(lab, m):
    lab.clear_log()
    program(lab, 'bind', lab.binding_name('v6'), m.b['sha1'], 'sstp', 'checked')
    names = [line.split()[0] for line in lab.log('simctl.exe')]
    equal(names, ['HttpInitialize', 'HttpDeleteServiceConfiguration', 'HttpSetServiceConfiguration'])


# ---- the event log, and URLs of a program's own ----

def read(lab, channel, query, order='newest'):
    return lab.ctl('events', channel, query, order)['read']


@check
def each_channel_of_the_event_log_has_its_own_events(lab, m):
    ours, other = "*[System[Provider[@Name='ours']]]", "*[System[Provider[@Name='other']]]"
    lab.batch([('event', 'ours', '4', '7', 'one <a> "b" & \\c'), ('event', 'RasSstp', '1', '24', 'bad'), ('event', 'ours', '1', '8', 'two'),
               ('event', 'RasSstp', '4', '1', 'good'), ('event', 'other', '4', '9', 'three'), ('event', 'RasSstp', '2', '25', 'worse')])
    equal([(e['record'], e['source'], e['id'], e['strings']) for e in read(lab, 'Application', ours)],
          [(3, 'ours', 8, ['two']), (1, 'ours', 7, ['one <a> "b" & \\c'])])
    equal([e['id'] for e in read(lab, 'Application', ours, 'oldest')], [7, 8])
    equal([e['id'] for e in read(lab, 'Application', other)], [9])
    equal([e['id'] for e in read(lab, 'System', '*')], [25, 1, 24])
    since = "*[System[EventRecordID>2 and Provider[@Name='RasSstp'] and (Level=1 or Level=2 or Level=3)]]"
    equal([(e['record'], e['id']) for e in read(lab, 'System', since, 'oldest')], [(6, 25)])


@check
def an_event_is_well_formed_as_xml(lab, m):
    lab.batch([('event', 'ours', '4', '7', 'one <a> "b" & \\c')])
    top = xml.etree.ElementTree.fromstring(read(lab, 'Application', "*[System[Provider[@Name='ours']]]")[0]['xml'])
    space = '{http://schemas.microsoft.com/win/2004/08/events/event}'
    equal([(top.find(f'{space}System/{space}{n}').text) for n in ('EventID', 'EventRecordID', 'Channel')], ['7', '1', 'Application'])
    equal([d.text for d in top.iter(f'{space}Data')], ['one <a> "b" & \\c'])


@check
def questions_that_no_caller_asks_are_refused(lab, m):
    equal(fails(lab.ctl, 'events', 'Security', '*', 'newest'), 15007)
    for channel, query in (('Application', '*'), ('Application', "*[System[Provider[@Name='a' or @Name='b']]]"), ('Application', 'x'),
                           ('Application', "*[System[Provider[@Name='']]]"), ('System', "*[System[Provider[@Name='RasSstp']]]"),
                           ('System', '*[System[EventRecordID>1 and Provider[@Name='), ('System', '')):
        equal((channel, query, fails(lab.ctl, 'events', channel, query, 'newest')), (channel, query, 15001))


@check
def a_url_of_a_programs_own_is_served_while_it_is_there(lab, m):
    port = free_port()
    lab.bind(f'127.0.0.1:{port}', m.b['sha1'], app='{00000000-1111-2222-3333-444444444444}')
    p = lab.start_program('simctl.exe', 'serve', f'https://127.0.0.1:{port}/x/', stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        equal(p.stdout.readline().strip(), b'ready')
        got = sim.served(V4, port)
        equal((got['sha256'], got['status'], both(lab)), (m.b['sha256'], 404, [m.a['sha256']] * 2))
        lab.unbind(f'127.0.0.1:{port}')
        equal(sim.served(V4, port), {'error': 'reset'})
        p.stdin.close()
        equal((p.wait(20), sim.served(V4, port)), (0, {'error': 'refused'}))
    finally:
        p.kill()
        p.wait()


@check
def a_url_must_be_one_that_http_sys_would_take(lab, m):
    for url, error in (('http://127.0.0.1:4444/', 87), ('https://127.0.0.1/', 87), ('https://127.0.0.1:4444/x', 87)):
        equal((url, fails(lab.ctl, 'serve', url)), (url, error))


# ---- the end ----

def comes_down_clean(lab):
    prefix = lab.prefix
    lab.down()
    equal((prefix.exists(), processes(prefix), sim.served(V4, lab.port or 1)), (False, [], {'error': 'refused'}))


def main():
    verbose = '-v' in sys.argv
    passed = failed = 0

    def attempt(name, function):
        nonlocal passed, failed
        began = time.monotonic()
        try:
            function()
            passed += 1
            result = 'ok'
        except Exception as e:
            failed += 1
            result = f'FAILED: {e}\n  log: ' + ' | '.join(lab.log()[-8:]) + (f'\n{traceback.format_exc()}' if verbose else '')
        if verbose or result != 'ok':
            print(f'{time.monotonic() - began:6.2f} s  {name}: {result}', flush=True)

    with tempfile.TemporaryDirectory(prefix='rras-sim-') as folder:
        with sim.Lab(f'{folder}/lab') as lab:
            began = time.monotonic()
            lab.up()
            if verbose:
                print(f'{time.monotonic() - began:6.2f} s  up', flush=True)
            machine = Machine(lab)
            for function in CHECKS:
                attempt(function.__name__, lambda f=function: (machine.reset(), f(lab, machine)))
            attempt('comes_down_clean', lambda: comes_down_clean(lab))
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


sys.exit(main())
