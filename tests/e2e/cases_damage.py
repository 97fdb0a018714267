# SPDX-License-Identifier: Apache-2.0
"""What a power cut, a full disk, another version or a wrong clock does to the state folder: nothing is lost without a word."""
import json, resource, shutil, signal, subprocess
from cases_issue import NAME, expect, expect_exit, expect_in, weeks_later
from world import PROGRAM, World

# What is said of a file that is cut off or gone: by `status`, and by the first command that needs it. The second is always silent.
FORGOTTEN = 'what was noted of earlier runs is forgotten'
ABSENT = 'treated as if it were not there'
LOST = 'the certificate that state.json tells of is gone'
FILES = [  # (file, how, command that needs it, its exit code, words of status, words of the command)
    ('account.json', ('empty', 'half', 'removed'), 'issue', 0, None, None),
    ('account.key', ('empty', 'half'), 'issue', 2, None, 'put it back from a backup'),
    ('account.key', ('removed',), 'issue', 0, None, 'a new account is registered'),
    ('directory.json', ('empty', 'half', 'removed'), 'issue', 0, None, None),
    ('nonce.json', ('empty', 'half', 'removed'), 'issue', 0, None, None),
    ('bundle.json', ('empty', 'half'), 'run', 0, None, None),
    ('bundle.json', ('removed',), 'run', 0, LOST, LOST),
    ('chain.pem', ('empty', 'half', 'zeros', 'removed'), 'run', 0, ABSENT, ABSENT),
    ('key.pem', ('empty', 'half', 'zeros', 'removed'), 'run', 0, ABSENT, ABSENT),
    ('state.json', ('empty', 'half', 'zeros'), 'run', 0, FORGOTTEN, FORGOTTEN),
    ('state.json', ('removed',), 'run', 0, None, None),
    ('dns.json', ('empty', 'half'), 'issue', 0, None, 'may be left in DNS'),
    ('history.json', ('empty', 'half', 'removed'), 'run', 0, None, None),
    ('dns.json', ('removed',), 'issue', 0, None, None),
    ('lock', ('empty', 'removed'), 'run', 0, None, None),
    ('run.json', ('empty', 'half', 'removed'), 'run', 0, None, None),
    ('version', ('empty', 'zeros'), 'run', 0, None, 'file version: empty'),
    ('version', ('removed',), 'run', 0, None, None),
]


def only(w, file):
    (path,) = [p for p in w.state_dir.rglob(file) if p.is_file()]
    return path


def cut(path, how):
    if how == 'removed':
        path.unlink()
    else:
        data = path.read_bytes()
        path.write_bytes({'half': data[:len(data) // 2], 'zeros': bytes(len(data)), 'empty': b''}[how])


def lines_of(r):
    return [x for x in r.stderr.splitlines() if x.startswith(('error: ', 'warn: '))]


def expect_line(r, words, what):
    """One line that holds the words, or none at all."""
    lines = lines_of(r)
    expect(len(lines), 1 if words else 0, f'{what}: lines {lines}')
    if words:
        expect_in(words, r.stderr, what)


def play(w, row, how):
    file, _, command, code, by_status, by_command = row
    what = f'{file} {how}'
    shutil.rmtree(w.state_dir)
    shutil.copytree(w.folder / 'good', w.state_dir)
    path = only(w, file)
    cut(path, how)
    left = path.read_bytes() if path.exists() else None
    status = w.run('status')
    expect_exit(status, 0)
    expect_line(status, by_status, what + ', status')
    first = w.run(command, *(['vpn'] if command == 'issue' else []))
    expect(first.returncode, code, f'{what}, {command}: {first.stderr}')
    expect_line(first, by_command, f'{what}, {command}')
    if code != 0:   # a key that may be of worth is never written over
        expect(path.read_bytes(), left, what)
        return
    again = w.run('run')
    expect(again.returncode, 0, f'{what}, again: {again.stderr}')
    expect_line(again, None, what + ', again')


def test_files_cut_off_by_a_power_failure(folder):
    with World(folder, PEBBLE_WFE_NONCEREJECT='0') as w:
        w.delegate(NAME)
        w.write_config('vpn')
        expect_exit(w.run('run'), 0)
        shutil.copytree(w.state_dir, w.folder / 'good')
        named = {row[0] for row in FILES}
        expect({p.name for p in w.state_dir.rglob('*') if p.is_file()} - named, set(), 'files that no row tells of')
        for row in FILES:
            for how in row[1]:
                play(w, row, how)


def run_with_room(w, limit, *argv):
    """Files may not grow over so many bytes: writing fails half way, as on a full disk."""
    def before():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    return subprocess.run([str(PROGRAM), '--config', str(w.config_dir), '--state', str(w.state_dir), *argv], timeout=60,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, preexec_fn=before)


def sizes(w):
    return sorted({p.stat().st_size for p in w.state_dir.rglob('*') if p.is_file()})


def test_a_full_disk_at_every_file(folder):
    """Each file in turn, from the smallest, is the first that does not fit."""
    with World(folder, PEBBLE_WFE_NONCEREJECT='0') as w:
        w.delegate(NAME)
        w.write_config('vpn')
        expect_exit(w.run('run'), 0)
        limits = [n - 1 for n in sizes(w)]
        failed = 0
        for limit in limits:
            shutil.rmtree(w.state_dir)
            full = run_with_room(w, limit, 'run')
            if full.returncode not in (0, 1, 2, 10):
                raise AssertionError(f'{limit} bytes: {full.returncode} {full.stderr}')
            if full.returncode != 0:
                failed += 1
                errors = [x for x in full.stderr.splitlines() if x.startswith('error: ')]
                expect(len(errors), 1, f'{limit} bytes: {full.stderr}')
                expect_in(str(w.state_dir), errors[0], f'{limit} bytes')
                expect_in('File too large', errors[0], f'{limit} bytes')
            for p in w.state_dir.rglob('*'):
                if p.name.endswith('.json') and p.is_file():
                    json.loads(p.read_text())   # nothing half-written
            weeks_later(w.state_dir)
            expect(w.run('issue', 'vpn').returncode, 0, f'{limit} bytes, with room again')
            expect(lines_of(w.run('run')), [], f'{limit} bytes, run')
        if failed < 5:
            raise AssertionError(f'only {failed} of {len(limits)} limits stopped a run')


def shift(value, years):
    if isinstance(value, str) and len(value) == 20 and value[4] == '-' and value.endswith('Z'):
        return f'{int(value[:4]) + years}{value[4:]}'.replace('-02-29', '-02-28')
    if isinstance(value, dict):
        return {k: shift(v, years) for k, v in value.items()}
    return [shift(v, years) for v in value] if isinstance(value, list) else value


def test_notes_of_another_version_and_of_a_clock_that_was_wrong(folder):
    with World(folder, PEBBLE_WFE_NONCEREJECT='0') as w:
        w.delegate(NAME)
        w.write_config('vpn')
        expect_exit(w.run('run'), 0)
        orders = w.pebble.order_requests()
        notes = [p for p in w.state_dir.rglob('*.json') if p.name in ('state.json', 'run.json', 'alerts.json', 'directory.json')]
        good = {p: json.loads(p.read_text()) for p in notes}
        for years in (1, -1):   # written while the clock was a year ahead, or a year behind
            for p, doc in good.items():
                p.write_text(json.dumps(shift(doc, years)))
            for command in ('run', 'status', 'watchdog'):
                expect(w.run(command).returncode, 0, f'{years}: {command}')
        expect(w.pebble.order_requests(), orders, 'orders')

        state = w.state_dir / 'certs/vpn/state.json'
        newer = {'of_a_newer_version': {'x': [1]}, **good[state]}
        state.write_text(json.dumps(newer))
        for p in w.state_dir.rglob('*.json'):
            p.write_text(json.dumps({**json.loads(p.read_text()), 'of_a_newer_version': 1})) if p != state else None
        expect_exit(w.run('run'), 0)
        expect_exit(w.run('issue', 'vpn'), 0)
        expect(json.loads(state.read_text())['of_a_newer_version'], {'x': [1]}, 'kept')
        state.write_text('{"directory": "%s"}' % w.pebble.url)   # of a version that noted less
        expect_exit(w.run('run'), 0)
        expect_exit(w.run('status'), 0)
