# SPDX-License-Identifier: Apache-2.0
"""The scheduled tasks, the dead-man's alarm and the event log."""
import contextlib
import datetime
import json
import subprocess
from pathlib import Path
import lab as sim
from cases_issue import expect, expect_exit, expect_in
from documents import named
from gateway import PROGRAM_DATA
from world import ROOT

HOST = 'vpn.example.test'
EXE = r'C:\app\rras-acme.exe'
CONFIG = r'C:\ProgramData\rras-acme'
OURS = 'O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)'  # as in C:\Program Files
ROOT_RIGHTS = 'O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)(A;CI;LC;;;AU)(A;OICIIO;SDGXGWGR;;;AU)'
# What a folder made in C:\ gets from its root: whoever is logged on may write.
INHERITED = 'O:BAD:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIID;0x1301bf;;;AU)'
TASK, DOG = 'rras-acme', 'rras-acme watchdog'


@contextlib.contextmanager
def machine(folder):
    """A gateway with a configuration whose CA cannot be reached."""
    with sim.Lab(folder / 'lab') as lab:
        lab.up(HOST)
        lab.scheduler()
        home = lab.c / PROGRAM_DATA
        (home / 'conf.d').mkdir(parents=True)
        (home / 'conf.d/vpn.json').write_text(json.dumps({
            'names': [HOST], 'acme': {'directory': 'https://127.0.0.1:9/dir', 'agree_tos': True},
            'dns': {'provider': 'exec', 'resolvers': ['127.0.0.1:9'], 'exec': {'command': [EXE]}},
            'deploy': {'port': lab.port, 'restart': {'timeout': '10s'}, 'verify': {'timeout': '5s', 'stable': '0s'}}}))
        good = {p: OURS for p in (EXE, r'C:\app', CONFIG, CONFIG + r'\conf.d', CONFIG + r'\conf.d\vpn.json', r'C:\ProgramData')}
        lab.acl({**good, 'C:\\': ROOT_RIGHTS})
        yield lab


def run_json(lab, *args, code=0):
    r = lab.run('--json', *args)
    expect_exit(r, code)
    return named(json.loads(r.stdout))


def tasks(doc):
    return {t['task']: t for t in doc['tasks']}


def ids(lab):
    return [e['id'] & 0xffff for e in lab.events('rras-acme')]


def test_install_differ_repair_remove(folder):
    with machine(folder) as lab:
        shown = run_json(lab, 'schedule', 'show')
        expect([(t['registered'], t['as_wanted']) for t in shown['tasks']], [(False, False)] * 2, 'before')
        expect(shown['event_source'], False, 'source before')

        done = run_json(lab, 'schedule', 'install')
        expect({n: t['done'] for n, t in tasks(done).items()}, {TASK: 'registered'}, 'install')
        expect(ids(lab), [110], 'events')
        lab.clear_log()
        again = run_json(lab, 'schedule', 'install', '--watchdog')
        expect({n: t['done'] for n, t in tasks(again).items()},
               {TASK: 'registered already, nothing to do', DOG: 'registered'}, 'install --watchdog')
        expect([line for line in lab.log('rras-acme.exe') if line.startswith('RegisterTask')],
               ['RegisterTask rras-acme watchdog -> 0'], 'calls')
        lab.clear_log()
        expect({t['done'] for t in run_json(lab, 'schedule', 'install')['tasks']}, {'registered already, nothing to do'}, 'idle')
        expect([line for line in lab.log('rras-acme.exe') if line.startswith('RegisterTask')], [], 'calls when nothing differs')

        # Somebody has changed it, or switched it off; its past is shown.
        xml = run_json(lab, 'schedule', 'show', '--xml')['xml']
        expect_in(f'<Command>{EXE}</Command>', xml, 'XML')
        expect_in(rf'<Arguments>run --log-file {CONFIG}\run.log</Arguments>', xml, 'XML')
        lab.task(TASK, Xml=xml.replace('\n', ' ').replace('PT60M', 'P1D'), LastResult=6, LastRun='2026-11-22 01:02:03')
        lab.task(DOG, Enabled=0)
        shown = tasks(run_json(lab, 'schedule', 'show'))
        expect((shown[TASK]['as_wanted'], shown[TASK]['differs'], shown[TASK]['last_result'], shown[DOG]['enabled']),
               (False, 'Triggers/CalendarTrigger/Repetition/Interval is P1D, not PT60M', 6, False), 'differs')
        expect(shown[TASK]['last_run'][:8], '2026-11-', 'last run')
        text = lab.run('schedule', 'show').stdout
        for part in ('otherwise than this program would', '6 (deploy failed, rolled back)', 'disabled', 'event source rras-acme: installed'):
            expect_in(part, text, 'show')
        task = run_json(lab, 'status', '--metrics', r'C:\app\run.prom')['schedule']
        expect_in('\nrras_acme_task_last_result 6\n', (lab.c / 'app/run.prom').read_text(), 'metrics')
        expect((task['registered'], task['enabled'], task['last_result'], task['event_source']), (True, True, 6, True), 'status')
        rows = {c['id']: c for c in run_json(lab, 'doctor', '--all', code=9)['checks']}
        expect_in('ended with 6', rows['H2']['finding'], 'doctor H2')
        expect(rows['H7']['level'], 'ok', 'doctor H7')
        repaired = run_json(lab, 'schedule', 'install')
        expect({n: (t['done'], t['as_wanted']) for n, t in tasks(repaired).items()},
               {TASK: ('repaired', True), DOG: ('repaired', True)}, 'repair')

        # A register that does nothing is seen; one that fails is told.
        lab.task(TASK, Enabled=0)
        lab.fault('RegisterTask#1=5')
        r = lab.run('schedule', 'install')
        expect_exit(r, 1)
        expect_in('scheduled task rras-acme: cannot be registered', r.stderr, 'error')
        lab.clear_faults()

        gone = run_json(lab, 'schedule', 'remove')
        expect({n: t['done'] for n, t in tasks(gone).items()}, {TASK: 'removed', DOG: 'removed'}, 'remove')
        shown = run_json(lab, 'schedule', 'show')
        expect(([t['registered'] for t in shown['tasks']], shown['event_source']), ([False, False], False), 'after')
        expect({t['done'] for t in run_json(lab, 'schedule', 'remove')['tasks']}, {'was not registered'}, 'again')
        expect(ids(lab)[-1], 111, 'last event')


def test_what_a_user_could_change_is_refused(folder):
    with machine(folder) as lab:
        for path, rights in ((r'C:\app', INHERITED), (EXE, INHERITED), (CONFIG, INHERITED),
                             (CONFIG + r'\conf.d\vpn.json', INHERITED),
                             (r'C:\app', OURS.replace('O:BA', 'O:BU')),
                             (r'C:\ProgramData', OURS + '(A;;DC;;;BU)')):
            lab.acl({path: rights})
            r = lab.run('schedule', 'install')
            expect_exit(r, 2)
            expect_in('would run as SYSTEM', r.stderr, f'{path} {rights}')
            expect_in(f'icacls "{path}"', r.stderr, f'cure of {path}')
            lab.acl({path: OURS})
        # Nor does `run` start the program of dns.exec then; with it in order, all begins.
        lab.acl({EXE: INHERITED})
        r = lab.run('run')
        expect_exit(r, 2)
        expect_in('vpn: dns.exec is not started', r.stderr, 'run')
        expect_in(f'icacls "{EXE}"', r.stderr, 'cure')
        expect(ids(lab), [300], 'events of a run that did not begin')
        lab.acl({EXE: OURS})
        new = ['init', 'other.example.test', '--no-check', '--provider', 'manual', '--target', 'none', '--agree-tos']
        lab.acl({CONFIG: INHERITED})
        r = lab.run(*new)
        expect_exit(r, 2)
        expect_in('nothing was written: folder ' + CONFIG, r.stderr, 'init into a folder of everybody')
        lab.acl({CONFIG: OURS})
        expect_exit(lab.run(*new), 0)
        lab.environment(SIM_NOT_ADMIN='1')
        r = lab.run('schedule', 'install')
        expect_exit(r, 2)
        expect_in('elevated', r.stderr, 'not elevated')
        lab.environment(SIM_NOT_ADMIN=None)
        r = lab.run('--config', '.', 'schedule', 'install')
        expect_exit(r, 2)
        r = lab.run('--log-file', 'x.log', 'schedule', 'install')
        expect_exit(r, 2)
        expect_in('absolute', r.stderr, 'relative path')
        expect(run_json(lab, 'schedule', 'show')['tasks'][0]['registered'], False, 'nothing was registered')
        expect(ids(lab), [300], 'events')


def test_the_alarm_comes_from_what_is_served(folder):
    with machine(folder) as lab:
        # A gateway that somebody else has set up: we have never issued anything, and its certificate runs out.
        theirs = lab.new_cert(HOST, from_days=-85, days=90)
        lab.values({f'{h}CertificateHash': bytes.fromhex(theirs[h.lower()]) for h in ('SHA1', 'SHA256')})
        for family in ('v4', 'v6'):
            lab.bind(family, theirs['sha1'])
        lab.restart()
        doc = run_json(lab, 'watchdog', code=9)
        expect([(a['name'], a['alarm']) for a in doc['alarms']], [('schedule', 'schedule_broken'), ('vpn', 'expiry_tenth')], 'alarms before the first run')
        r = lab.run('run')
        expect(r.returncode in (4, 5), True, f'exit code {r.returncode}: {r.stderr}')
        expect(ids(lab), [311, 303, 300, 303], 'events of the watchdog, then of a run that could not issue')
        # From here on without notes.
        for name in ('alerts.json', 'watchdog.json'):
            (lab.c / PROGRAM_DATA / 'state' / name).unlink()
        (lab.c / PROGRAM_DATA / 'state/certs/vpn/state.json').unlink()
        lab.clear_events()
        pfx = folder / 'old.pfx'
        lab.new_cert(HOST, install=False, pfx=pfx, from_days=-85, days=90)
        lab.environment(P='sim')
        expect_exit(lab.run('deploy', 'vpn', '--now', '--pfx', f'Z:{pfx}', '--password-file', 'env:P'), 0)
        expect(ids(lab), [101], 'a deploy by hand')
        run_json(lab, 'schedule', 'install')
        # The CA cannot be reached, and five days are left: two errors; once a day.
        r = lab.run('run')
        expect(r.returncode in (4, 5), True, f'exit code {r.returncode}: {r.stderr}')
        expect(ids(lab), [101, 110, 300, 303], 'events of a run')
        event = lab.events('rras-acme')[-1]
        expect_in('ends at', event['strings'][0], 'text')
        expect_in('name=vpn', event['strings'], 'strings')
        lab.run('run')
        expect(ids(lab), [101, 110, 300, 303], 'events of another run')
        # The watchdog holds its tongue about what the run has told an hour ago, but not about the run itself.
        doc = run_json(lab, 'watchdog', code=9)
        expect([(a['name'], a['alarm']) for a in doc['alarms']], [('vpn', 'expiry_tenth')], 'alarms')
        expect(ids(lab), [101, 110, 300, 303], 'events of the watchdog')
        state = lab.c / PROGRAM_DATA / 'state'
        old = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=13)).strftime('%Y-%m-%dT%H:%M:%SZ')
        (state / 'run.json').write_text(json.dumps({'ended': old}))
        lab.task(TASK, Enabled=1)
        expect_exit(lab.run('watchdog'), 9)
        expect(ids(lab)[4:], [310], 'it has not run')
        run_json(lab, 'schedule', 'remove')
        expect_exit(lab.run('watchdog'), 9)
        expect(ids(lab)[5:], [111, 311], 'its task is gone')
        # A configuration that cannot be read: an event a day, although nobody can be notified.
        broken = lab.c / PROGRAM_DATA / 'rras-acme.json'
        broken.write_text('{ "notify": [')
        expect([lab.run(c).returncode for c in ('run', 'watchdog', 'run')], [2, 2, 2], 'exit codes')
        expect(ids(lab)[7:], [300, 300], 'events without a configuration')
        broken.unlink()
        # A fresh certificate: all is well again, and that is told, too.
        lab.new_cert(HOST, install=False, pfx=pfx)
        expect_exit(lab.run('deploy', 'vpn', '--now', '--pfx', f'Z:{pfx}', '--password-file', 'env:P'), 0)
        expect(ids(lab)[9:], [103, 101, 103], 'run can begin, deployed and recovered')
        run_json(lab, 'schedule', 'install')
        expect_exit(lab.run('run'), 0)
        doc = run_json(lab, 'watchdog')
        expect(doc['alarms'], [], 'no alarm')
        expect(ids(lab)[12:], [110, 103, 103], 'the watchdog can begin, and is content')


def test_on_linux_it_prints_lines_for_cron(folder):
    config = folder / 'conf'
    (config / 'conf.d').mkdir(parents=True)
    (config / 'conf.d/vpn.json').write_text(json.dumps({
        'names': [HOST], 'acme': {'agree_tos': True}, 'dns': {'provider': 'manual'}, 'deploy': {'target': 'none'}}))
    exe = Path(ROOT) / 'build/linux/rras-acme'

    def go(*args):
        return subprocess.run([exe, '--config', config, '--state', folder / 'state', *args], capture_output=True, text=True, check=False)
    r = go('schedule', 'install')
    expect_exit(r, 2)
    expect_in('cron', r.stderr, 'text')
    r = go('schedule', 'show')
    expect_exit(r, 0)
    expect_in(f'* * * * {exe} run --config {config} --state {folder / "state"} --log-file {config}/run.log\n', r.stdout, 'crontab')
    expect_in('<UserId>S-1-5-18</UserId>', go('schedule', 'show', '--xml').stdout, 'XML')
    expect_exit(go('schedule', 'instal'), 2)
    r = go('--json', 'watchdog')
    expect_exit(r, 9)
    expect([a['alarm'] for a in json.loads(r.stdout)['alarms']], ['not_run'], 'nothing has ever run')
