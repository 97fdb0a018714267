#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every call by which a run changes its state folder, made to fail, and the process killed at it, by strace's injection.

    tests/e2e/disk_faults.py [--all] [--jobs N] [WORD...]

    --all     every error at every call, deaths at every call instead of only where they leave something else behind, faults that
              last from a call on, and all situations instead of the renewal alone (a quarter of an hour)
    WORD      only cases whose text holds one of the words, such as rename or account.key

The calls come from the trace of an undisturbed run. A case: put the folder back, run with one fault, look, run again without, look.
It holds when

  - the run with the fault succeeds, or ends with one error line that names the file
  - whatever is in place is whole: key and chain belong together, every JSON file can be read, the account's key is the CA's
  - the next run succeeds, without a warning: a new certificate is in place, no second account was registered, and no more than
    one order placed besides the first; none at all when the first was already noted
  - nothing is left over: no temporary file, no key of an order that is done, no TXT record; and a third run has nothing to do

Ends with "N passed, N failed".
"""
import argparse, concurrent.futures, errno, json, os, re, shutil, subprocess, sys, tempfile, threading, time, traceback
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'sim')]
from world import COMPANY, PROGRAM, Skip, World  # noqa: E402

NAME = f'vpn.{COMPANY}'
PLACES = 'openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir'.split(',')
CONTENTS = 'write,pwrite64,writev,fsync,fdatasync,ftruncate,fallocate,fchmod,fchown,chmod,chown,fchmodat,fchownat'.split(',')
CALLS = PLACES + CONTENTS
ERRORS = {**dict.fromkeys(PLACES, ('ENOSPC', 'EROFS', 'EIO')), **dict.fromkeys(CONTENTS, ('ENOSPC', 'EIO'))}
TEMPORARY = re.compile(r'\.tmp[0-9a-f]{16}')


def need(ok, what):
    if not ok:
        raise AssertionError(what)


def need_ptrace():
    r = subprocess.run(['strace', '-qq', '-o', '/dev/null', '-e', 'inject=fsync:error=EIO', 'true'], capture_output=True, text=True)
    if r.returncode != 0:
        raise Skip(f'strace cannot trace here: {(r.stderr.strip() or str(r.returncode)).splitlines()[-1]}')


class Call:
    """One changing call of a run: its name, which of that name it is, and on what file."""

    def __init__(self, name, number, path):
        self.name, self.number, self.path = name, number, path

    def __str__(self):
        return f'{self.name} {self.path}'


def strace(argv, *options):
    """Runs under strace: (the finished process, the lines of its log)"""
    with tempfile.NamedTemporaryFile('r') as log:
        r = subprocess.run(['strace', '-f', '-qq', '-y', '-s', '4096', '-o', log.name, *options, *argv],
                           stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        return r, log.read().splitlines()


def target_of(line, folder):
    """(name of the call, the path below folder that it changes or None)"""
    m = re.match(r'\d+ +(\w+)\((.*)', line)
    if not m:
        return None, None
    name, arguments = m.groups()
    paths = [p for p in re.findall(r'["<]([^">]*)[">]', arguments) if p == str(folder) or p.startswith(f'{folder}/')]
    reads = name == 'openat' and 'O_CREAT' not in arguments and 'O_TRUNC' not in arguments
    return name, None if reads or not paths else TEMPORARY.sub('', os.path.relpath(paths[-1], folder))


def trace(argv, folder):
    """The changing calls in folder of an undisturbed run, and the finished process."""
    r, lines = strace(argv, '-e', 'trace=' + ','.join(CALLS))
    need(len({line.split()[0] for line in lines}) == 1, 'more than one thread: calls cannot be counted')
    seen, calls = {}, []
    for line in lines:
        name, path = target_of(line, folder)
        if name:
            seen[name] = seen.get(name, 0) + 1
        if path:
            calls.append(Call(name, seen[name], path))
    return calls, r


def run_with(argv, folder, call, fault):
    """Runs with a fault at a call: an error's name, "kill", or an error's name with "+": from there on. (process, path it met)"""
    what = 'signal=KILL' if fault == 'kill' else f'error={fault.rstrip("+")}'
    when = f'{call.number}{"+" if fault.endswith("+") else ""}'
    r, lines = strace(argv, '-e', f'trace={call.name}', '-e', f'inject={call.name}:{what}:when={when}')
    calls = [target_of(line, folder) for line in lines]
    calls = [path for name, path in calls if name]
    return r, calls[call.number - 1] if len(calls) >= call.number else None


def lines_of(r):
    return [x for x in r.stderr.splitlines() if x.startswith(('error: ', 'warn: '))]


def errors_of(r):
    return [x for x in r.stderr.splitlines() if x.startswith('error: ')]


class Bench(World):
    """A world of one lane, with the folder that each situation begins with."""
    DISPENSABLE = '/nonce.json', '/history.json', 'alerts.json'   # may lack, or be there after a failure

    def __init__(self, folder):
        super().__init__(folder, PEBBLE_WFE_NONCEREJECT='0', PEBBLE_AUTHZREUSE='0', PEBBLE_VA_ALWAYS_VALID='1')
        self.begin, self.old, self.pairs = self.folder / 'begin', None, set()

    def __enter__(self):
        super().__enter__()
        try:
            self.delegate(NAME)
            self.write_config('vpn')
        except BaseException:
            self.close()
            raise
        return self

    def argv(self, *command):
        return [str(PROGRAM), '--config', str(self.config_dir), '--state', str(self.state_dir), *command]

    def json_of(self, rel):
        path = self.state_dir / rel
        return json.loads(path.read_text()) if path.exists() else {}

    def sha256(self, slot='live'):
        return self.json_of(f'certs/vpn/{slot}/bundle.json').get('sha256')

    def change_state(self, **members):
        path = self.state_dir / 'certs/vpn/state.json'
        if path.exists():
            path.write_text(json.dumps({**json.loads(path.read_text()), **members}))

    def files(self):
        """What is in the state folder, without names that are other ones each time."""
        all_ = (str(p.relative_to(self.state_dir)) for p in self.state_dir.rglob('*'))
        return sorted(re.sub(r'archive/[0-9a-f]{16}', 'archive/ID', p) for p in all_ if not p.endswith(self.DISPENSABLE))

    def accounts(self):
        log = (self.folder / 'pebble/log').read_text(errors='replace')
        return max((int(n) for n in re.findall(r'There are now (\d+) accounts', log)), default=0)

    def noted_order(self):
        """Whether the folder tells the next run of an order, or has what came of it."""
        fresh = {self.sha256(slot) for slot in ('held', 'held.new', 'live.new', 'live')} - {None, self.old}
        return bool(fresh or self.json_of('certs/vpn/order.json').get('order_url'))

    # ---- situations: what is in the folder before, and which command meets the fault

    def prepare(self, situation):
        """The calls of an undisturbed run of the situation."""
        self.situation = situation
        self.command = ('account', 'rollover', 'vpn') if situation == 'rollover' else ('run',)
        if situation == 'renewal':
            self.issue()   # one for the archive, so that the third prunes it
            self.issue()
            for nonce in self.state_dir.rglob('nonce.json'):   # good for one run only
                nonce.unlink()
            shutil.copytree(self.state_dir, self.begin)
        self.restore()
        calls, r = trace(self.argv(*self.command), self.state_dir)
        need(r.returncode == 0, r.stderr)
        need(self.run('run').returncode == 0, 'the run after it')
        self.good = self.files()
        return calls

    def issue(self):
        r = self.run('issue', 'vpn')
        need(r.returncode == 0, r.stderr)
        self.old = self.sha256()
        self.change_state(revoked_sha256=self.old, ordered_at=[])   # so a new one is due now

    def restore(self):
        shutil.rmtree(self.state_dir, ignore_errors=True)
        if self.begin.exists():
            shutil.copytree(self.begin, self.state_dir)
        elif self.situation == 'rollover':   # the CA has only one key of an account: a new one each time
            self.issue()
        self.accounts_before = self.accounts()

    # ---- looks

    def look_whole(self):
        for p in self.state_dir.rglob('*.json'):
            json.loads(p.read_text())
        for key in self.state_dir.glob('accounts/*/account.key') if self.situation == 'renewal' else ():
            was = self.begin / key.relative_to(self.state_dir)
            need(key.read_bytes() == was.read_bytes(), 'the key of the account has changed')
        for slot in ('live', 'held'):
            folder = self.state_dir / 'certs/vpn' / slot
            if (folder / 'bundle.json').exists():
                self.look_at_pair(folder)
        code, doc = self.json('status')
        need(code == 0 and (doc['certificates'][0]['sha256'] or not self.old), f'status: {code} {doc}')

    def look_at_pair(self, folder):
        pair = (folder / 'chain.pem').read_bytes(), (folder / 'key.pem').read_bytes()
        if pair not in self.pairs:
            need(public_of('x509', '-noout', '-pubkey', '-in', folder / 'chain.pem') ==
                 public_of('pkey', '-pubout', '-in', folder / 'key.pem'), f'{folder}: the key is not that of the certificate')
            self.pairs.add(pair)

    def look_at_error(self, r, call, fault):
        if r.returncode == 0:
            return
        errors = errors_of(r)
        need(len(errors) == 1 and r.returncode in (1, 2), f'exit code {r.returncode}, {r.stderr}')
        file = self.state_dir if fault.endswith('+') else self.state_dir / call.path   # a later one may be the first that matters
        need(str(file) in errors[0], f'the line does not name {call.path}: {errors[0]}')
        need(os.strerror(getattr(errno, fault.rstrip('+'))) in errors[0], f'the line does not tell why: {errors[0]}')

    def look_after(self, orders):
        noted = self.noted_order()
        self.change_state(not_before=None)   # time goes by
        before = self.pebble.order_requests()
        r = self.run('run')
        need(r.returncode == 0 and not lines_of(r), f'the next run: {r.returncode} {r.stderr}')
        placed = self.pebble.order_requests() - before
        need(placed <= (0 if noted else 1), f'{placed} orders more, although {"one" if noted else "none"} was noted')
        need(before - orders <= 1, f'{before - orders} orders in the first run')
        need(self.sha256() and self.sha256() != self.old, 'no new certificate is in place')
        need(self.files() == self.good, f'files: {sorted(set(self.files()) ^ set(self.good))}')
        made = self.accounts() - self.accounts_before
        need(made == (1 if self.situation == 'first' else 0), f'{made} accounts were registered')
        r = self.run('run')
        need(r.returncode == 0 and not r.stderr, f'the run after it: {r.returncode} {r.stderr}')

    def play(self, call, fault):
        met = None
        for _ in range(4):   # once in a hundred Pebble takes a name for validated, whatever it was told: fewer calls
            self.restore()
            orders = self.pebble.order_requests()
            r, met = run_with(self.argv(*self.command), self.state_dir, call, fault)
            if met == call.path:
                break
        need(met == call.path, f'the fault met {met}')
        if fault == 'kill':
            need(r.returncode == -9, f'not killed: {r.returncode} {r.stderr}')
        else:
            self.look_at_error(r, call, fault)
        self.look_whole()
        self.look_after(orders)


def public_of(*argv):
    return subprocess.run(['openssl', *map(str, argv)], check=True, capture_output=True).stdout


def leaves_more(call):
    """A death before this call leaves something else behind than one before the call before it, but for an empty file."""
    return call.name not in ('openat', 'write', 'pwrite64', 'ftruncate')


def make_cases(calls, everything):
    cases = []
    for i, call in enumerate(calls):
        errors = ERRORS[call.name]
        cases += [(call, e) for e in (errors if everything else errors[i % len(errors):][:1])]
        if everything and call.name != 'write':   # what is said to people is written, too
            cases.append((call, errors[0] + '+'))
        if everything or leaves_more(call):
            cases.append((call, 'kill'))
    return cases


def work(folder, situation, share, words, everything, tell):
    """share: (which lane, of how many)."""
    with Bench(folder) as bench:
        calls = bench.prepare(situation)
        cases = [c for c in make_cases(calls, everything) if not words or any(w in f'{situation}: {c[0]}, {c[1]}' for w in words)]
        if share[0] == 0:
            tell(None, f'{situation}: {len(calls)} calls, {len(cases)} cases')
        for call, fault in cases[share[0]::share[1]]:
            error = ''
            try:
                bench.play(call, fault)
            except Exception as e:
                error = str(e) if isinstance(e, AssertionError) else traceback.format_exc(limit=-3)
            tell(not error, f'{situation}: {call}, {fault}{": " + error if error else ""}')
        left = bench.bind.query(bench.target(NAME), 'TXT')   # of whichever case: nothing but the journals tells of them
        tell(not left, f'{situation}: a TXT record is left: {left}')


def run_cases(folder, everything=False, jobs=4, words=(), show=print):
    """(cases that passed, texts of those that failed)"""
    need_ptrace()
    lock, passed, failed = threading.Lock(), [], []

    def tell(ok, text):
        with lock:
            if ok is None:
                show(text)
            elif ok:
                passed.append(text)
            else:
                failed.append(text)
                show('FAIL ' + text)

    for situation in ('renewal', 'first', 'rollover') if everything else ('renewal',):
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            lanes = [pool.submit(work, Path(folder) / f'{situation}{i}', situation, (i, jobs), words, everything, tell)
                     for i in range(jobs)]
            for lane in lanes:
                lane.result()
    return len(passed), failed


def main():
    p = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    p.add_argument('--all', action='store_true')
    p.add_argument('--jobs', type=int, default=4)
    p.add_argument('words', nargs='*', metavar='WORD')
    a = p.parse_args()
    folder, begun = Path(tempfile.mkdtemp(prefix='rras-disk-')), time.monotonic()
    try:
        passed, failed = run_cases(folder, a.all, a.jobs, a.words, lambda text: print(text, flush=True))
    except Skip as e:
        print(f'disk_faults: {e}')
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f'{time.monotonic() - begun:.0f} s')
    print(f'{passed} passed, {len(failed)} failed')
    return 0 if passed and not failed else 1


if __name__ == '__main__':
    sys.exit(main())
