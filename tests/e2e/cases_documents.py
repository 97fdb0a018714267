# SPDX-License-Identifier: Apache-2.0
"""What every command prints with --json, and the page that names its members. The helpers of the other tests hold their
documents to it as well (documents.py)."""
import os
from cases_issue import NAME, expect
from documents import ROOT, table, unnamed
from world import World


def test_the_page_names_every_member(folder):
    with World(folder) as w:
        w.delegate(NAME)
        w.write_config('vpn')
        password = {**os.environ, 'P': 'secret'}
        commands = [
            ('check', '--config-only'), ('check',), ('account', 'register'), ('run',), ('status',), ('status', '--effective'), ('issue', 'vpn', '--staging'),
            ('export', 'vpn', '--pfx', str(folder / 'out.pfx'), '--password-file', 'env:P'), ('deploy', 'vpn'), ('rollback', 'vpn'),
            ('init', 'a.corp.example', '--directory', w.pebble.url, '--email', 'a@corp.example', '--agree-tos', '--provider', 'manual', '--target', 'none', '--no-check'),
            ('notify', 'test'), ('watchdog',), ('doctor',), ('doctor', '--explain', '0x800B0109'), ('schedule', 'show'), ('schedule', 'show', '--xml'),
            ('selftest', '--out', str(folder / 'selftest.json')), ('probe', f'127.0.0.1:{w.pebble.port}'),
            ('probe', f'127.0.0.1:{w.pebble.port}', '--watch', '20', '--for', '60ms'), ('help',), ('version',),
            ('revoke', 'vpn', '--reason', 'superseded', '--yes'), ('run', 'no-such-name'), ('rnu',)]
        printed, well = set(), set()
        for c in commands:
            code, doc = w.json(*c, env=password)
            printed.add(doc['command'])
            well |= {c[0]} if code == 0 else set()
        expect(well, {'check', 'account', 'run', 'status', 'export', 'init', 'watchdog', 'doctor', 'schedule', 'help', 'version', 'revoke'}, 'what goes well')
        (w.config_dir / 'conf.d/vpn.json').write_text('{')
        printed.add(w.json('check')[1]['command'])
        of_the_page = {c for c, _ in table()} - {'all'}
        expect(of_the_page - printed, set(), 'commands of the page that were not asked')


def test_a_member_that_is_not_on_the_page_is_seen(folder):
    doc = {'version': 1, 'command': 'run', 'ok': True, 'exit_code': 0, 'error': None, 'results': [{'name': 'vpn', 'steps': [{'step': 'import', 'took': 1}], 'https': {'retries': 1}, 'mood': None}],
           'names': []}
    expect(unnamed('run', doc), ['names[]', 'results[].https.retries', 'results[].mood', 'results[].steps[].took'], 'unnamed')


def test_the_page_names_no_member_that_nothing_prints(folder):
    sources = '\n'.join(p.read_text() for d in ('src', 'deploy') for p in sorted((ROOT / d).rglob('*.c')))
    names = {n.removesuffix('[]') for members in table().values() for n in members}
    expect({n for n in names if f'"{n}"' not in sources}, set(), 'names without a printer')
