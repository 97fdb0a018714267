# SPDX-License-Identifier: Apache-2.0
"""Bad input: each gives one clear line and its exit code, contacts nobody and loses nothing."""
import importlib, json, os, re, sys
from cases_issue import NAME, expect, expect_exit, expect_in, expect_one_line
from world import COMPANY, PROGRAM, ROOT, Skip, World, subprocess


class Offline(World):
    """A world where nothing runs: what contacts anybody fails with another exit code than 2."""

    def __enter__(self):
        return self


def schema_module():
    """Debian's python3-jsonschema, also where python3 is another Python than Debian's."""
    for folder in ('', '/usr/lib/python3/dist-packages'):
        sys.path += [folder] if folder else []
        try:
            return importlib.import_module('jsonschema')
        except ImportError:
            continue
        finally:
            if folder:
                sys.path.remove(folder)
    raise Skip('python3-jsonschema is not installed')


def broken(w, change):
    """Writes vpn.json with change(conf) applied."""
    path = w.write_config('vpn')
    conf = json.loads(path.read_text())
    text = change(conf)
    path.write_text(text if isinstance(text, str) else json.dumps(conf, indent=2))
    return path


CASES = [
    ('misspelt key', lambda c: c['dns'].update(propogation={}), ['propogation', 'propagation', 'vpn.json:']),
    ('unknown key', lambda c: c.update(zzzzzz=1), ['zzzzzz']),
    ('wrong type', lambda c: c.update(names='x'), ['names']),
    ('bad duration', lambda c: c['dns']['propagation'].update(timeout='soon'), ['timeout', 'soon']),
    ('same name twice', lambda c: c.update(names=[NAME, NAME.upper()]), [NAME]),
    ('long label', lambda c: c.update(names=['a' * 64 + '.example']), ['63']),
    ('wildcard twice', lambda c: c.update(names=['*.*.corp.example']), ['*.*.corp.example']),
    ('space in a name', lambda c: c.update(names=['vpn corp.example']), ['vpn corp.example']),
    ('terms not agreed', lambda c: c['acme'].update(agree_tos=False), ['agree_tos']),
    ('http directory', lambda c: c['acme'].update(directory='http://ca.example/dir'), ['https']),
    ('key file not there', lambda c: c['dns']['rfc2136'].update(key_file='gone.key'), ['gone.key']),
    ('ca file not there', lambda c: c['acme'].update(ca_file='gone.pem'), ['gone.pem']),
    ('unknown provider', lambda c: c['dns'].update(provider='bind'), ['provider', 'rfc2136']),
    ('no JSON', lambda c: '{ "names": [ "vpn.corp.example", }', ['vpn.json:1:']),
    ('no object', lambda c: '[]', ['vpn.json']),
    ('empty file', lambda c: '', ['vpn.json']),
]


def test_configuration_errors_are_one_line_and_exit_2(folder):
    w = Offline(folder)
    w.pebble.process = w.bind.process = None
    for what, change, parts in CASES:
        broken(w, change)
        for command in ('issue', 'check', 'status'):
            r = w.run(command, 'vpn')
            expect(r.returncode, 2, f'{what}, {command}: exit code; {r.stderr!r}')
        expect_one_line(r, *parts)
        expect(w.state_dir.exists(), False, f'{what}: a state folder was made')


def test_all_errors_are_reported_together(folder):
    w = Offline(folder)
    broken(w, lambda c: (c.update(nmes=[]), c['dns'].update(propogation={}), c['deploy'].update(port=0)))
    r = w.run('check')
    expect_exit(r, 2)
    for part in ('nmes', 'propogation', 'port'):
        expect_in(part, r.stderr, 'all errors')


def test_json_errors_are_documents(folder):
    w = Offline(folder)
    broken(w, lambda c: c.update(nmes=[]))
    code, doc = w.json('run')
    expect((code, doc['exit_code'], doc['ok'], doc['error']['code']), (2, 2, False, 'usage'), 'document')
    code, doc = w.json('isue')
    expect((code, doc['exit_code'], doc['ok']), (2, 2, False), 'misspelt command')


def test_command_line_errors(folder):
    w = Offline(folder)
    w.write_config('vpn')
    for argv, parts in ((['isue', 'vpn'], ['isue', 'issue']), (['issue'], ['issue']), (['issue', 'a', 'b'], ['one']),
                        (['run', '--jsn'], ['--jsn', '--json']), (['issue', 'vpm'], ['vpm', 'vpn']),
                        (['run', '--dry-run'], ['--dry-run']), (['run', '--log-level', 'loud'], ['loud'])):
        r = w.run(*argv)
        expect_exit(r, 2)
        expect_one_line(r, *parts)
    r = subprocess.run([str(PROGRAM)], capture_output=True, text=True, timeout=20)
    expect((r.returncode, 'Usage' in r.stdout), (0, True), 'no arguments')


def test_nothing_configured(folder):
    w = Offline(folder)
    (folder / 'config').mkdir()
    r = w.run('run')
    expect_exit(r, 2)
    expect_one_line(r, 'no certificate is configured')


def test_secrets_and_state_that_others_may_touch(folder):
    w = Offline(folder)
    w.write_config('vpn')
    key = w.config_dir / 'conf.d/tsig.key'
    key.chmod(0o644)
    r = w.run('issue', 'vpn')
    expect_exit(r, 2)
    expect_one_line(r, 'tsig.key')
    key.chmod(0o600)
    w.state_dir.mkdir(exist_ok=True)
    os.chmod(w.state_dir, 0o777)
    r = w.run('issue', 'vpn')
    expect_exit(r, 2)
    expect_one_line(r, str(w.state_dir))


def test_rras_target_on_linux_is_told_before_anything_is_contacted(folder):
    w = Offline(folder)
    w.write_config('vpn', names=[f'vpn.{COMPANY}'], deploy={'target': 'rras'})
    r = w.run('issue', 'vpn')
    expect_exit(r, 2)
    expect_one_line(r, 'Windows')


def test_all_errors_for_programs(folder):
    w = Offline(folder)
    broken(w, lambda c: (c.update(nmes=[]), c['deploy'].update(port=0)))
    code, doc = w.json('check', '--config-only')
    expect((code, len(doc['errors'])), (2, 2), doc)
    expect(all(re.match(r'.*vpn\.json(:\d+:\d+)?: ', line) for line in doc['errors']), True, doc['errors'])
    broken(w, lambda c: None)
    code, doc = w.json('check', '--config-only')
    expect((code, doc['errors'], doc['ok']), (0, [], True), doc)
    expect(w.state_dir.exists(), False, 'a state folder was made')


def test_every_sample_is_good_by_schema_and_by_program(folder):
    """Files that a sample names are made: whether they are there is looked at."""
    jsonschema = schema_module()
    r = subprocess.run([str(PROGRAM), 'check', '--schema'], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    expect_exit(r, 0)
    schema = json.loads(r.stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    samples = sorted((ROOT / 'conf/samples').glob('*.json'))
    offered = schema['properties']['dns']['properties']['provider']['enum']
    expect([s.stem for s in samples], sorted(offered), 'a sample for each provider')
    for sample in [*samples, ROOT / 'conf/conf.d/vpn.example.com.json', ROOT / 'conf/rras-acme.json']:
        text = sample.read_text()
        plain = json.loads(re.sub(r'("(?:[^"\\]|\\.)*")|//[^\n]*', lambda m: m[1] or '', text))
        problems = [f'{list(e.path)}: {e.message}' for e in validator.iter_errors(plain)]
        expect(problems, [], sample.name)
        if sample.name == 'rras-acme.json':
            continue
        place = folder / sample.stem
        (place / 'conf.d').mkdir(parents=True)
        (place / 'rras-acme.json').write_text('{"acme": {"agree_tos": true}}')
        (place / 'conf.d/vpn.json').write_text(text)
        for name in re.findall(r'"\.\./((?:secrets|publish)/[^"]*)"', text):
            path = place / name
            path.parent.mkdir(mode=0o700, exist_ok=True)
            path.write_text('#!/bin/sh\n')
            path.chmod(0o700 if name.startswith('publish') else 0o600)
        r = subprocess.run([str(PROGRAM), '--config', str(place), 'check', '--config-only'], capture_output=True, text=True)
        expect((r.returncode, r.stderr), (0, ''), sample.name)
    wrong = [{'nmes': []}, {'deploy': {'port': 0}}, {'dns': {'provider': 'bind'}}, {'renew': {'at': '30'}}]
    expect([bool(list(validator.iter_errors(w))) for w in wrong], [True] * 4, 'the schema refuses')


def test_effective_values_tell_where_they_come_from(folder):
    w = Offline(folder)
    broken(w, lambda c: (c['acme'].pop('agree_tos'), c.update(key='ec256')))
    (w.config_dir / 'rras-acme.json').write_text('{\n"acme": {\n"agree_tos": true}, "key": "rsa3072"}')
    code, doc = w.json('status', '--effective', 'vpn')
    keys = {k['key']: (k['value'], k['file'] and k['file'].rsplit('/', 1)[1], k['line']) for k in doc['effective'][0]['keys']}
    expect(keys['acme.agree_tos'], ('true', 'rras-acme.json', 3), 'shared')
    expect(keys['key'][:2], ('"ec256"', 'vpn.json'), 'own wins')
    expect(keys['deploy.keep'], ('1', None, None), 'built in')
    expect([k for k in keys if k.startswith(('dns.azure', 'dns.route53'))], [], 'providers not in use')
    text = w.run('status', '--effective').stdout
    expect_in('rras-acme.json:3\n', text, 'text')
