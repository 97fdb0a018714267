# SPDX-License-Identifier: Apache-2.0
"""The selftest of the Windows program, in a simulated RRAS host: what a real server's file is compared with."""
import contextlib
import json
import re
import subprocess
import sys
from pathlib import Path
import lab as sim
from cases_issue import expect, expect_exit, expect_in
from documents import named
from world import ROOT

COMPARE = ROOT / 'tests/tools/compare-selftest'
LEVELS = {'ok', 'note', 'fail', 'skip'}
# What Wine is known to do otherwise than Windows: it keeps no protected flag of a DACL, and its services are no SYSTEM.
NOTES = {'acl', 'system.start'}
SKIPS = {'rsa2048.pfx-3des', 'ec256.pfx-3des'}
OUT = 'out.json'


@contextlib.contextmanager
def machine(folder):
    with sim.Lab(folder / 'lab') as lab:
        lab.up('vpn.example.test')
        yield lab


def selftest(lab, *args):
    r = lab.run('selftest', '--out', OUT, *args)
    file = lab.app / OUT
    return r, json.loads(file.read_text()) if file.exists() else None


def expect_passed(r, doc, what=''):
    bad = {n: (row['code'], row['finding']) for n, row in rows(doc).items() if row['level'] == 'fail'} if doc else r.stderr
    expect((r.returncode, bad), (0, {}), f'{what} exit code and failed rows')


def rows(doc):
    return {row['row']: row for row in doc['rows']}


def state(lab):
    """All that a selftest could leave, and what it must not touch."""
    shown = lab.show(look=False)
    ours = []
    for path, known in ((r'HKLM\SYSTEM\CurrentControlSet\Services', 'SstpSvc'), (r'HKLM\SOFTWARE', 'Microsoft')):
        listed = lab.run('query', path, program='../windows/system32/reg.exe').stdout
        expect_in(known, listed, path)
        ours += [line for line in listed.splitlines() if 'selftest' in line]
    return {**{k: shown[k] for k in ('my', 'ca', 'bindings', 'sni', 'ccs', 'sstp', 'key_files', 'urls')}, 'ours': ours}


def check_form(doc):
    """The form that the comparison, and the people who get the file by mail, rely on."""
    expect(set(doc), {'version', 'command', 'ok', 'exit_code', 'error', 'program', 'windows', 'at', 'rows'}, 'members')
    expect((doc['version'], doc['command']), (1, 'selftest'), 'head')
    if not re.fullmatch(r'Windows \d+\.\d+\.\d+', doc['windows']) or not re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ', doc['at']):
        raise AssertionError(f'windows {doc["windows"]!r}, at {doc["at"]!r}')
    names = [row['row'] for row in doc['rows']]
    expect(len(set(names)), len(names), 'names of rows')
    for row in doc['rows']:
        expect(set(row), {'row', 'title', 'level', 'ms', 'code', 'finding', 'figures'}, f'members of {row}')
        if not re.fullmatch(r'[a-z0-9]+([.-][a-z0-9]+)*', row['row']) or row['level'] not in LEVELS:
            raise AssertionError(f'row {row}')
        for value, kinds in ((row['ms'], int), (row['code'], (int, type(None))), (row['finding'], (str, type(None)))):
            if not isinstance(value, kinds) or value is True:
                raise AssertionError(f'row {row}')
        if not all(isinstance(v, int) for v in row['figures'].values()):
            raise AssertionError(f'figures of {row}')
    failed = [row['row'] for row in doc['rows'] if row['level'] == 'fail']
    expect((doc['ok'], doc['exit_code'], doc['error'] is None), (not failed, 9 if failed else 0, not failed), f'verdict with {failed}')


def check_private(doc):
    """No path, address, hash, user or host name."""
    text = json.dumps({**doc, 'rows': [{k: v for k, v in row.items() if k != 'title'} for row in doc['rows']]})
    for what in (r'[A-Za-z]:\\\\', r'127\.0', r'::1', r'[0-9a-fA-F]{16}', r'S-1-', 'vpn', r'\broot\b', r'wine'):
        if found := re.search(what, text):
            raise AssertionError(f'{what} stands in the file: {text[max(0, found.start() - 60):found.end() + 60]}')


def test_every_row_passes_and_nothing_stays(folder):
    with machine(folder) as lab:
        before = state(lab)
        lab.clear_log()
        r, doc = selftest(lab)
        expect_passed(r, doc)
        check_form(doc)
        check_private(doc)
        levels = {name: row['level'] for name, row in rows(doc).items()}
        expect({n for n, level in levels.items() if level == 'note'}, NOTES, f'notes; {r.stdout}')
        expect({n for n, level in levels.items() if level == 'skip'}, SKIPS, f'skipped; {r.stdout}')
        expect(state(lab), before, 'the machine')
        expect([e['id'] & 0xffff for e in lab.events('rras-acme')], [120], 'events')
        # Every row has a line in the table, and RRAS was left alone.
        expect(len([line for line in r.stdout.splitlines() if re.match(r'  (ok  |note|skip)  ', line)]), len(levels), 'lines')
        touched = [line for line in lab.log('rras-acme.exe')
                   if re.match(r'(HttpSet|HttpUpdate|HttpDelete)\w* .*(0\.0\.0\.0|\[::\])', line)
                   or re.search(r'(ControlService|StartService|RegSetValue).*(SstpSvc|RemoteAccess|RasMan)', line)]
        expect(touched, [], 'calls that touch RRAS')
        expect([p.name for p in lab.c.glob('users/*/*/rras-acme*')] + [p.name for p in lab.c.glob('users/*/AppData/Local/Temp/rras-acme*')],
               [], 'folders left')
        same = subprocess.run([sys.executable, COMPARE, lab.app / OUT, lab.app / OUT], capture_output=True, text=True, check=False)
        expect((same.returncode, same.stdout.strip()), (0, 'no row differs'), 'compared with itself')


def test_the_document_on_standard_output_is_the_file(folder):
    with machine(folder) as lab:
        r, doc = selftest(lab, '--json')
        expect(named(json.loads(r.stdout)), doc, 'document')


def test_an_old_windows_and_a_restricted_one(folder):
    with machine(folder) as lab:
        _, new = selftest(lab)
        (lab.app / OUT).rename(lab.app / 'new.json')
        lab.windows('2012')
        lab.environment(SIM_PFX_NO_AES='1')
        r, doc = selftest(lab)
        expect_passed(r, doc)
        got = rows(doc)
        expect([got[n]['level'] for n in ('export.http-update', 'record.update', 'rsa2048.pfx-aes', 'rsa2048.pfx-3des', 'ec256.key')],
               ['note', 'skip', 'note', 'ok', 'ok'], 'levels')
        expect(got['rsa2048.pfx-aes']['code'], 86, 'code')
        differ = subprocess.run([sys.executable, COMPARE, lab.app / 'new.json', lab.app / OUT], capture_output=True, text=True, check=False)
        expect(differ.returncode, 1, differ.stdout + differ.stderr)
        expect_in('rsa2048.pfx-3des', differ.stdout, 'comparison')
        expect('registry' in differ.stdout, False, 'a row that is the same')
        lab.environment(SIM_PFX_NO_AES=None, SIM_NOT_ADMIN='1')
        r, doc = selftest(lab)
        expect_exit(r, 9)
        check_form(doc)
        expect([n for n, row in rows(doc).items() if row['level'] == 'fail'], ['elevated'], 'failed rows')


DEATHS = ['PFXImportCertStore#1=die-after', 'HttpUpdateServiceConfiguration#1=die', 'CertDeleteCertificateFromStore#1=die',
          'NCryptDeleteKey#1=die-after']


def test_after_a_death_the_next_selftest_sweeps(folder):
    with machine(folder) as lab:
        before = state(lab)
        for death in DEATHS:
            lab.fault(death)
            r = lab.run('selftest', '--out', OUT)
            expect(r.returncode, 137, f'{death}: {r.stdout[-500:]} {r.stderr[-500:]}')
            lab.clear_faults()
            r, doc = selftest(lab)
            expect_passed(r, doc, death)
            expect(rows(doc)['sweep']['level'], 'note', f'{death}: sweep')
            expect(state(lab), before, f'after {death}')


def test_a_failed_clean_up_says_what_is_left(folder):
    with machine(folder) as lab:
        before = state(lab)
        lab.fault('HttpDeleteServiceConfiguration#0=5')
        r, doc = selftest(lab)
        expect_exit(r, 9)
        check_form(doc)
        check_private(doc)
        cleanup = rows(doc)['cleanup']
        expect((cleanup['level'], cleanup['code'], cleanup['figures']['left']), ('fail', 5, 2), 'cleanup')
        expect_in('netsh http delete sslcert ipport=127.0.0.1:', r.stdout, 'command')
        expect_in('netsh http delete sslcert ipport=[::1]:', r.stdout, 'command')
        lab.clear_faults()
        expect_passed(*selftest(lab))
        expect(state(lab), before, 'swept')


def test_wrong_answers_are_failed_rows(folder):
    with machine(folder) as lab:
        for fault, row in (('CryptAcquireCertificatePrivateKey#0=0x80090010', 'rsa2048.key'), ('ReportEventW#1=lie', 'event.read'),
                           ('HttpSetServiceConfiguration#5=87', 'record.keyless'), ('HttpUpdateServiceConfiguration#1=lie', 'record.update')):
            lab.fault(fault)
            r, doc = selftest(lab)
            expect_exit(r, 9)
            expect(rows(doc)[row]['level'], 'fail', f'{fault}: {row}')
            lab.clear_faults()


def test_on_linux_it_says_what_it_is_for(folder):
    exe = Path(ROOT) / 'build/linux/rras-acme'
    r = subprocess.run([exe, 'selftest'], capture_output=True, text=True, cwd=folder, check=False)
    expect(r.returncode, 2, r.stderr)
    expect_in('Windows', r.stderr, 'text')
    expect(list(folder.iterdir()), [], 'files')
