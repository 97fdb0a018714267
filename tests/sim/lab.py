# SPDX-License-Identifier: Apache-2.0
"""The simulated RRAS host, for tests and for scripts/lab. Standard library only.

    with Lab(dir, port) as lab:            # port None: a free one
        lab.up()                           # a machine with RRAS running on an old certificate
        r = lab.run('status', '--json')    # rras-acme.exe in it: r.returncode, r.stdout, r.stderr (text)
        lab.show()                         # everything that can be seen of the machine, one dict
        lab.fault('HttpSetServiceConfiguration#1=5')
        lab.served('127.0.0.1')            # {'sha256': ..., 'sha1': ..., 'status': 401} or {'error': 'refused'}

A lab is a Wine prefix: hard links to a template in the cache, its own wineserver, its own folder. Many can run side by
side. What is simulated and what is Wine's stands in README.md.
"""
import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from outside import URI, SstpCall, Watcher, connect, served  # noqa: F401
from ports import free_port
from settings import HTTP_PARAMETERS, MODES, SSTP_PARAMETERS, TASKS, Settings  # noqa: F401
from wine_prefix import LabError, LabHang, copy_template, end_prefix, processes, wine, wine_env

ROOT = Path(__file__).resolve().parents[2]
ADDRESSES = {'v4': '127.0.0.1', 'v6': '::1'}
SERVICES = ('SstpSvc', 'RasMan', 'RemoteAccess')
DOUBLES = ('advapi32.dll', 'crypt32.dll', 'ncrypt.dll', 'httpapi.dll', 'wevtapi.dll', 'iphlpapi.dll')
SYSTEM_DOUBLES = ('mprapi.dll', 'netapi32.dll')  # loaded from system32 and nowhere else
EXIT_TIMEOUT = 124


class Lab(Settings):
    def __init__(self, dir=None, port=None):
        self.dir = Path(dir or os.environ.get('RRAS_LAB_DIR') or ROOT / 'build/lab').resolve()
        self.prefix = self.dir / 'pfx'
        self.c = self.prefix / 'drive_c'
        self.app = self.c / 'app'
        self._port = port
        self._keeper = None
        self._network = None
        self.sim = Path(os.environ.get('RRAS_SIM_DIR') or ROOT / 'build/windows/sim')
        self.exe = Path(os.environ.get('RRAS_ACME_EXE') or ROOT / 'build/windows/rras-acme.exe')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.down()

    # -- its notes: lab.json

    def notes(self):
        try:
            return json.loads((self.dir / 'lab.json').read_text())
        except (OSError, ValueError):
            return {}

    def _note(self, **more):
        notes = {**self.notes(), **more}
        self.dir.mkdir(parents=True, exist_ok=True)
        temporary = self.dir / 'lab.json.new'
        temporary.write_text(json.dumps(notes, indent=1) + '\n')
        os.replace(temporary, self.dir / 'lab.json')

    @property
    def port(self):
        return self.notes().get('port') or self._port

    @property
    def network_address(self):
        """Where the other hosts of its network are: a loopback address of its own."""
        return f'127.{self.port >> 8}.{self.port & 255}.53'

    @property
    def name(self):
        return self.notes().get('name')

    def is_up(self):
        notes = self.notes()
        return bool(notes.get('made')) and notes.get('keeper') in processes(self.prefix)

    def need_up(self):
        if not self.is_up():
            raise LabError(f'{self.dir}: no lab is up here; start one with: scripts/lab up --dir {self.dir}')

    # -- up and down

    def up(self, name='vpn.example.test'):
        """Makes the machine: RRAS runs on a self-signed certificate for `name`. True: made; False: it was up already."""
        if self.is_up():
            return False
        missing = [f for f in (*DOUBLES, *SYSTEM_DOUBLES, 'sim_host.exe', 'simctl.exe') if not (self.sim / f).exists()]
        if missing:
            raise LabError(f'{self.sim / missing[0]}: not there; build it with: scripts/build windows')
        self.down()
        port = self._port or free_port()
        for last in (False, True):
            try:
                self._note(port=port, name=name, faults=[], env={}, hosts={name: ['127.0.0.1']}, made=False)
                self._make(port, name)
                return True
            except LabHang:  # Wine 8 does, once in hundreds of starts on a busy machine
                self.down()
                if last:
                    raise
            except BaseException:
                self.down()
                raise

    def _make(self, port, name):
        for address in ADDRESSES.values():
            if served(address, port, timeout=1).get('error') not in ('refused', 'OSError 99', 'OSError 97'):
                raise LabError(f'port {port}: something listens there already; choose another with --port')
        copy_template(self.prefix)
        self.app.mkdir()
        (self.c / 'sim').mkdir()
        for f in (*DOUBLES, 'simctl.exe'):
            shutil.copy2(self.sim / f, self.app / f)
        for f in SYSTEM_DOUBLES:
            (self.c / 'windows/system32' / f).unlink(missing_ok=True)  # a hard link to the template's
            shutil.copy2(self.sim / f, self.c / 'windows/system32')
        shutil.copy2(self.sim / 'sim_host.exe', self.c / 'sim')
        self._start()
        self.batch([('up', str(port), name, self.network_address)], timeout=40)
        self._note(made=True)

    def _start(self):
        """Brings the prefix up. Two first programs at once would hang each other; services end with the last program."""
        self._keeper = subprocess.Popen([wine(), r'C:\app\simctl.exe', 'stay'], env=wine_env(self.prefix), cwd=self.app,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        start_new_session=True)
        self._note(keeper=self._keeper.pid)
        ready, _, _ = select.select([self._keeper.stdout], [], [], 60)
        line = self._keeper.stdout.readline() if ready else b''
        self._keeper.stdout.close()
        self._start_network()
        if not line.startswith(b'ready'):
            raise LabHang(f'{self.prefix}: Wine did not come up')

    def _start_network(self):
        """The other hosts. Its environment has the prefix's name, by which it is found and ended again."""
        p = subprocess.Popen([sys.executable, '-I', '-S', Path(__file__).with_name('network.py'), self.dir, self.network_address],
                             env=wine_env(self.prefix), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, start_new_session=True)
        p.stdout.readline()
        p.stdout.close()
        self._network = p
        self._note(network=p.pid)

    def _end_network(self):
        pid = self.notes().get('network')
        if pid in processes(self.prefix):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self._network:
            self._network.wait(10)
            self._network = None

    def _end(self):
        self._end_network()
        end_prefix(self.prefix)
        if self._keeper:
            self._keeper.wait(10)
            self._keeper = None

    def down(self):
        """Ends this lab and nothing else; also one that is half up. True when there was one."""
        there = self.prefix.exists() or (self.dir / 'lab.json').exists()
        if self.prefix.exists():
            self._end()
            shutil.rmtree(self.prefix, ignore_errors=True)
        for f in ('lab.json', 'lab.json.new'):
            (self.dir / f).unlink(missing_ok=True)
        shutil.rmtree(self.dir / 'tmp', ignore_errors=True)
        with contextlib.suppress(OSError):
            self.dir.rmdir()
        return there

    def reboot(self):
        """Ends every program and starts the machine again; services of start type automatic come up."""
        self.need_up()
        automatic = self.show(look=False)['services']['RemoteAccess'].get('start_type') == 2
        self._end()
        (self.prefix / 'wineserver').unlink(missing_ok=True)
        self._start()
        for s in SERVICES if automatic else ():  # Wine starts RemoteAccess alone
            with contextlib.suppress(LabError):
                self.ctl('service', 'start', s)

    # -- programs

    def _run_env(self, env):
        notes = self.notes()
        faults = {'SIM_FAULT': ' '.join(notes['faults'])} if notes.get('faults') else {}
        return wine_env(self.prefix, **{**faults, **notes.get('env', {}), **(env or {})})

    def _refresh_exe(self):
        copy = self.app / 'rras-acme.exe'
        if not self.exe.exists():
            raise LabError(f'{self.exe}: not there; build it with: scripts/build windows')
        if not copy.exists() or copy.stat().st_mtime_ns != self.exe.stat().st_mtime_ns:
            shutil.copy2(self.exe, self.app / 'rras-acme.new')
            os.replace(self.app / 'rras-acme.new', copy)

    def start_program(self, program, *args, env=None, via=(), **popen):
        """A program of C:\\app with the doubles and the armed faults; a Popen. via: what starts it."""
        self.need_up()
        return subprocess.Popen([*via, wine(), f'C:\\app\\{program}', *args], env=self._run_env(env), cwd=self.app, **popen)

    def _finish(self, argv, env, timeout, text=None):
        """Runs to its end. Once more if Wine did not start it, as happens now and then: exit code 1 without a word,
        which no program of ours ends with, and no call of it."""
        program = argv[0].rsplit('\\', 1)[-1]
        calls = len(self.log(program))
        r = self._finish_once(argv, env, timeout, text)
        if r.returncode == 1 and not r.stdout and not r.stderr and len(self.log(program)) == calls:
            r = self._finish_once(argv, env, timeout, text)
        return r

    def _finish_once(self, argv, env, timeout, text):
        """Into files: a pipe stays open when Wine starts a helper process that inherits it."""
        (self.dir / 'tmp').mkdir(exist_ok=True)
        with contextlib.ExitStack() as stack:
            files = [stack.enter_context(tempfile.TemporaryFile(dir=self.dir / 'tmp')) for _ in range(3)]
            files[0].write((text or '').encode())
            files[0].seek(0)
            p = subprocess.Popen([wine(), *argv], env=env, cwd=self.app, stdin=files[0], stdout=files[1], stderr=files[2])
            try:
                code = p.wait(timeout)
            except BaseException:
                p.kill()
                p.wait()
                raise
            for f in files:
                f.seek(0)
            out, err = (f.read().decode('utf-8', 'replace').replace('\r\n', '\n') for f in files[1:])
            return subprocess.CompletedProcess(p.args, code if code >= 0 else 128 - code, out, err)

    def run(self, *args, env=None, timeout=300, program='rras-acme.exe', stdin=''):
        """rras-acme.exe ARGS; a CompletedProcess with text. After `timeout` seconds it is killed: returncode 124."""
        self.need_up()
        if program == 'rras-acme.exe':
            self._refresh_exe()
        argv = [f'C:\\app\\{program}', *args]
        try:
            return self._finish(argv, self._run_env(env), timeout, stdin)
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(argv, EXIT_TIMEOUT, '', f'killed after {timeout} s')

    def run_here(self, *args, env=None, timeout=None):
        """The same with our own standard input, output and error output; the exit code."""
        self.need_up()
        self._refresh_exe()
        p = self.start_program('rras-acme.exe', *args, env=env)
        try:
            code = p.wait(timeout)
            return code if code >= 0 else 128 - code
        except subprocess.TimeoutExpired:
            p.kill()
            p.wait()
            return EXIT_TIMEOUT

    def _describe(self):
        names = []
        for pid in processes(self.prefix):
            with contextlib.suppress(OSError):
                names.append(Path(f'/proc/{pid}/cmdline').read_bytes().replace(b'\0', b' ').decode(errors='replace').strip())
        return ', '.join(names)

    def ctl(self, *args):
        """One command of simctl.exe, the machine's administrator: no faults, no other environment. What it says, a dict."""
        return self.batch([args])

    def batch(self, commands, timeout=90):
        """Several of them in one go, up to the first that fails (simctl.c has the list)."""
        text = ''.join('\t'.join(c) + '\n' for c in commands)
        try:
            r = self._finish([r'C:\app\simctl.exe', 'batch'], wine_env(self.prefix), timeout, text)
        except subprocess.TimeoutExpired:
            raise LabHang(f'simctl {" ".join(commands[0])}: hangs; processes: {self._describe()}; log: '
                          + ' | '.join(self.log()[-5:])) from None
        merged = {}
        for line in r.stdout.splitlines():
            with contextlib.suppress(ValueError):
                merged.update(json.loads(line))
        if r.returncode or 'error' in merged:
            error = merged.get('error', r.returncode)
            what = ' '.join(commands[0]) if len(commands) == 1 else 'batch'
            said = merged.get('call') or f'ended without a word, stderr {r.stderr.strip()!r}'
            raise LabError(f'simctl {what}: {said}, error {error}', error)
        return merged

    # -- looking

    def served(self, address='127.0.0.1', host=None):
        return served(address, self.port, host)

    def call(self, address='127.0.0.1', tls=True):
        """tls False: as a balancer calls a host with UseHttps 0."""
        return SstpCall(address, self.port, tls=tls)

    def watch(self, **options):
        """A started Watcher that has looked once."""
        w = Watcher(self.port, **options)
        w.start()
        w.first.wait(10)
        return w

    def events(self, source=None):
        f = self.c / 'sim/events.jsonl'
        events = [json.loads(line) for line in f.read_text().splitlines()] if f.exists() else []
        return [e for e in events if source in (None, e['source'])]

    def clear_events(self):
        (self.c / 'sim/events.jsonl').unlink(missing_ok=True)

    def log(self, program=None):
        """The call log's lines without time and process, of one program ('rras-acme.exe') or of all."""
        f = self.c / 'sim/calls.log'
        lines = [line.split(' ', 3) for line in f.read_text(errors='replace').splitlines()] if f.exists() else []
        return [line[3] for line in lines if len(line) == 4 and program in (None, line[2])]

    def clear_log(self):
        (self.c / 'sim/calls.log').unlink(missing_ok=True)

    def show(self, look=True):
        self.need_up()
        notes = self.notes()
        shown = {'dir': str(self.dir), 'name': notes.get('name'), 'faults': notes.get('faults', []), **self.ctl('show')}
        if look:
            shown['served'] = {a: self.served(a) for a in ADDRESSES.values()}
        shown['events'] = self.events()
        return shown
