# SPDX-License-Identifier: Apache-2.0
"""A disk that fails, and a death, at every call that changes something: the renewal's here, all others by disk_faults.py --all."""
from cases_issue import NAME, expect, expect_exit
from disk_faults import ERRORS, errors_of, leaves_more, need_ptrace, run_cases, run_with, trace
from world import PROGRAM, World


def test_a_renewal_survives_a_failure_and_a_death_at_every_call(folder):
    said = []
    passed, failed = run_cases(folder, jobs=3, show=said.append)
    if failed or passed < 150:
        raise AssertionError('\n'.join(said + [f'{passed} passed, {len(failed)} failed']))


OLD = b'what was there before\n'


def play(w, argv, file, call, fault):
    """One fault while a file is written over (or made anew, where it was not there)."""
    what = f'{argv[4:]}: {call}, {fault}'
    was = file.read_bytes() if file.exists() else None
    r, met = run_with(argv, file.parent, call, fault)
    expect(met, call.path, f'{what}: the fault met')
    now = file.read_bytes() if file.exists() else None
    if call.name != 'fsync' or call.path != '.':   # there it is in place, and only its folder may not be on the disk yet
        expect(now, was, what)
    if fault == 'kill':
        return
    (error,) = errors_of(r) or [None]
    if r.returncode == 0 or str(file if call.path != '.' else file.parent) not in error:
        raise AssertionError(f'{what}: {r.returncode}, {error}')
    expect([p.name for p in file.parent.iterdir() if p != file], [], f'{what}: left over')


def test_what_is_written_for_others_is_whole_or_as_it_was(folder):
    need_ptrace()
    with World(folder) as w:
        w.delegate(NAME)
        w.write_config('vpn')
        expect_exit(w.run('run'), 0)
        (folder / 'word').write_text('word\n')
        (folder / 'word').chmod(0o600)
        file = folder / 'out/file'
        ours = [str(PROGRAM), '--config', str(w.config_dir), '--state', str(w.state_dir)]
        pfx = [*ours, 'export', 'vpn', '--pfx', str(file), '--password-file', str(folder / 'word')]
        cases = 0
        for argv, was in (([*ours, 'status', '--html', str(file)], OLD), ([*ours, 'status', '--metrics', str(file)], OLD),
                          ([*pfx, '--yes'], OLD), (pfx, None)):
            def prepare():
                file.parent.mkdir(parents=True, exist_ok=True)
                for p in file.parent.iterdir():
                    p.unlink()
                if was:
                    file.write_bytes(was)
            prepare()
            calls, r = trace(argv, file.parent)
            expect(r.returncode, 0, r.stderr)
            for call in calls:
                for fault in [ERRORS[call.name][0]] + ['kill'] * leaves_more(call):
                    prepare()
                    play(w, argv, file, call, fault)
                    cases += 1
        if cases < 20:
            raise AssertionError(f'only {cases} cases')
