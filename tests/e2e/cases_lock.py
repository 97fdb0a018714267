# SPDX-License-Identifier: Apache-2.0
"""Two instances at once: one works, the other says so at once and changes nothing."""
import fcntl, os, signal, subprocess, time
from cases_issue import NAME, chain_of, expect, expect_exit, expect_one_line, files_of, openssl_text
from disk_faults import need_ptrace, run_with, trace
from world import PROGRAM, World, wait_for

CHANGING = [('run',), ('issue', 'vpn'), ('deploy', 'vpn'), ('rollback', 'vpn'), ('account', 'update', 'vpn'),
            ('account', 'rollover', 'vpn'), ('revoke', 'vpn', '--reason', 'superseded', '--yes')]
BUSY_LIMIT_S = 5   # it does not wait for the other; the machine may be slow


def start(w, *command):
    return subprocess.Popen([str(PROGRAM), '--config', str(w.config_dir), '--state', str(w.state_dir), *command],
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def refuse_all(w, holder):
    """Every command that changes something is refused at once, while the lock is held."""
    before, orders = files_of(w.state_dir), w.pebble.order_requests()
    for command in CHANGING:
        begun = time.monotonic()
        r = w.run(*command)
        expect_exit(r, 8)
        expect_one_line(r, f'lock {w.state_dir}/lock: held by {holder}')
        if time.monotonic() - begun > BUSY_LIMIT_S:
            raise AssertionError(f'{command}: waited for the other')
    expect(files_of(w.state_dir), before, 'files')
    expect(w.pebble.order_requests(), orders, 'orders')
    for reading in (('status',), ('export', 'vpn', '--pfx', str(w.folder / 'x.pfx'), '--password-file', str(w.folder / 'word'), '--yes')):
        expect_exit(w.run(*reading), 0)


def read_only_disk(w):
    """The first file that is opened for writing is the lock."""
    argv = [str(PROGRAM), '--config', str(w.config_dir), '--state', str(w.state_dir)]
    (lock,) = [c for c in trace(argv + ['run'], w.state_dir)[0] if c.path == 'lock' and c.name == 'openat']

    def files():   # this fault is of one call only, so `run` can note that it has told of it
        return {k: v for k, v in files_of(w.state_dir).items() if not k.endswith('/alerts.json')}

    before = files()
    for command in CHANGING:
        r, met = run_with(argv + [*command], w.state_dir, lock, 'EROFS')
        expect((met, r.returncode), ('lock', 2), f'{command}: {r.stderr}')
        expect_one_line(r, f'{w.state_dir}/lock', 'Read-only file system')
    expect(files(), before, 'files')
    expect_exit(w.run('status'), 0)


def test_whatever_the_two_want_one_waits_for_nobody_and_changes_nothing(folder):
    need_ptrace()
    with World(folder, PEBBLE_WFE_NONCEREJECT='0', PEBBLE_AUTHZREUSE='0', PEBBLE_VA_NOSLEEP='0', PEBBLE_VA_SLEEPTIME='1') as w:
        w.delegate(NAME)
        w.write_config('vpn')
        (folder / 'word').write_text('word\n')
        (folder / 'word').chmod(0o600)
        expect_exit(w.run('run'), 0)
        first = openssl_text(chain_of(w), '-fingerprint')

        read_only_disk(w)

        # Each command's own lock is the same one: whoever holds it, all are refused.
        lock = os.open(w.state_dir / 'lock', os.O_RDWR)
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.truncate(lock, 0)
        os.write(lock, b'4321\n')
        refuse_all(w, 'process 4321')
        os.truncate(lock, 0)
        refuse_all(w, 'another process')
        os.write(lock, b'1\n')   # a process that is there, but does not hold it: so it was after a crash
        os.close(lock)
        expect_exit(w.run('run'), 0)

        # A real one: stopped in the middle of an order, so that all the others meet it.
        one = start(w, 'issue', 'vpn')
        try:
            wait_for('the order', (w.state_dir / 'certs/vpn/order.json').exists)
            one.send_signal(signal.SIGSTOP)
            refuse_all(w, f'process {one.pid}')
            one.send_signal(signal.SIGCONT)
            _, err = one.communicate(timeout=60)
            expect(one.returncode, 0, f'the first, after all that: {err}')
        finally:
            if one.poll() is None:
                one.kill()
                one.wait()
        second = openssl_text(chain_of(w), '-fingerprint')
        if second == first:
            raise AssertionError('the first was disturbed')

        # One that dies in the middle: the system lets go of its lock, and the next goes on from there.
        dying = start(w, 'issue', 'vpn')
        wait_for('the order', (w.state_dir / 'certs/vpn/order.json').exists)
        dying.kill()
        dying.communicate()
        expect_exit(w.run('issue', 'vpn'), 0)
        expect(sorted(p.name for p in (w.state_dir / 'certs/vpn').iterdir()), ['archive', 'history.json', 'live', 'state.json'], 'files')

