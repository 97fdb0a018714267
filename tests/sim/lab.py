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
import fcntl
import hashlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from outside import URI, SstpCall, Watcher, connect, served  # noqa: F401
from ports import free_port

ROOT = Path(__file__).resolve().parents[2]
ADDRESSES = {'v4': '127.0.0.1', 'v6': '::1'}
SSTP_PARAMETERS = r'SYSTEM\CurrentControlSet\Services\SstpSvc\Parameters'
TASKS = r'SOFTWARE\sim\Tasks'
HTTP_PARAMETERS = r'SYSTEM\CurrentControlSet\Services\HTTP\Parameters'
SERVICES = ('SstpSvc', 'RasMan', 'RemoteAccess')
MODES = ('ok', 'fail-start', 'hang-start', 'hang-stop', 'die', 'deaf', 'complain')  # sim_settings.h
DOUBLES = ('advapi32.dll', 'crypt32.dll', 'ncrypt.dll', 'httpapi.dll', 'wevtapi.dll', 'iphlpapi.dll')
SYSTEM_DOUBLES = ('mprapi.dll', 'netapi32.dll')  # loaded from system32 and nowhere else
OVERRIDES = 'mscoree,mshtml,winemenubuilder.exe=;httpapi,mprapi,netapi32=n;crypt32,ncrypt,advapi32,wevtapi,iphlpapi=n,b'
EXIT_TIMEOUT = 124

# A crash ends a program at once and quietly; a new prefix says Windows 7 otherwise.
TEMPLATE_REG = r'''Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\Software\Microsoft\Windows NT\CurrentVersion\AeDebug]
"Debugger"=""

[HKEY_CURRENT_USER\Software\Wine]
"Version"="win10"
'''


class LabError(Exception):
    """One line for a person."""

    def __init__(self, text, number=0):
        super().__init__(text)
        self.number = number  # Windows' error number, when there is one


class LabHang(LabError):
    """Wine stands still."""


# ---- Wine ----

def _first(variable, *candidates):
    """The loader itself, not the distribution's script around it, which prints hints."""
    if os.environ.get(variable):
        return os.environ[variable]
    for c in candidates:
        found = c if os.path.isabs(c) and os.access(c, os.X_OK) else shutil.which(c)
        if found:
            return found
    raise LabError(f'{candidates[-1]}: not found; install wine64 (scripts/setup demo)')


def wine():
    return _first('WINE', '/usr/lib/wine/wine64', 'wine64', 'wine')


def wineserver():
    return _first('WINESERVER', '/usr/lib/wine/wineserver64', '/usr/lib/wine/wineserver', 'wineserver')


def _env(prefix, **more):
    env = {k: v for k, v in os.environ.items()
           if not k.startswith(('WINE', 'XDG_', 'SIM_')) and k not in ('DISPLAY', 'WAYLAND_DISPLAY')}
    temporary = Path(prefix).parent / 'tmp'  # for the server's socket folder: it goes away with the lab
    temporary.mkdir(parents=True, exist_ok=True)
    env.update(WINEPREFIX=str(prefix), TMPDIR=str(temporary), HOME=str(prefix), WINEARCH='win64',
               WINEDEBUG='-all', WINEDLLOVERRIDES=OVERRIDES, LC_ALL='C.UTF-8', **more)
    return env


def _quiet(argv, prefix, timeout):
    subprocess.run(argv, env=_env(prefix), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=timeout, check=False)


def _processes(prefix):
    """Our own processes in this prefix: by their environment, so never anybody else's."""
    wanted = f'WINEPREFIX={prefix}\0'.encode()
    found = []
    for p in Path('/proc').glob('[0-9]*'):
        with contextlib.suppress(OSError):
            if b'\0' + wanted in b'\0' + (p / 'environ').read_bytes():
                found.append(int(p.name))
    return found


def _end_prefix(prefix):
    with contextlib.suppress(subprocess.TimeoutExpired):
        _quiet([wineserver(), '-k'], prefix, 20)
    deadline = time.monotonic() + 5
    while (left := [p for p in _processes(prefix) if p != os.getpid()]) and time.monotonic() < deadline:
        time.sleep(0.02)
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def cache():
    base = os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache')
    return Path(os.environ.get('RRAS_DEPS_CACHE') or f'{base}/rras-deps') / 'wine'


def template():
    """The prefix that labs are copies of; made once for a version of Wine (10 to 30 s)."""
    version = subprocess.run([wine(), '--version'], capture_output=True, text=True, check=True).stdout.strip()
    key = hashlib.sha256((version + TEMPLATE_REG).encode()).hexdigest()[:12]
    path = cache() / f'{version.split()[0]}-{key}'
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(f'{path}.lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (path / 'ready').exists():
            _make_template(path)
    return path / 'pfx'


def _make_template(path):
    shutil.rmtree(path, ignore_errors=True)
    prefix = path / 'pfx'
    prefix.mkdir(parents=True)
    (path / 'template.reg').write_text(TEMPLATE_REG)
    try:
        _quiet([wine(), 'wineboot', '-i'], prefix, 300)
        _quiet([wine(), 'regedit', '/S', f'Z:{path}/template.reg'], prefix, 60)
        _quiet([wineserver(), '-w'], prefix, 60)
    except subprocess.TimeoutExpired as e:
        _end_prefix(prefix)
        raise LabError(f'{path}: Wine did not make a prefix in time') from e
    if not (prefix / 'system.reg').exists():
        raise LabError(f'{path}: Wine made no prefix; try: WINEPREFIX={prefix} {wine()} wineboot -i')
    (path / 'ready').touch()


def _copy_template(to):
    source = template()
    r = subprocess.run(['cp', '-al', str(source), str(to)], capture_output=True)
    if r.returncode:  # another file system
        shutil.rmtree(to, ignore_errors=True)
        subprocess.run(['cp', '-a', '--reflink=auto', str(source), str(to)], check=True)
    for name in ('system.reg', 'user.reg', 'userdef.reg'):  # these are written to: no hard links
        shutil.copy2(source / name, to / f'{name}.new')
        os.replace(to / f'{name}.new', to / name)
    (to / 'wineserver').unlink(missing_ok=True)  # names the template's socket folder


# ---- a lab ----

class Lab:
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
        return bool(notes.get('made')) and notes.get('keeper') in _processes(self.prefix)

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
        _copy_template(self.prefix)
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
        self._keeper = subprocess.Popen([wine(), r'C:\app\simctl.exe', 'stay'], env=_env(self.prefix), cwd=self.app,
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
                             env=_env(self.prefix), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, start_new_session=True)
        p.stdout.readline()
        p.stdout.close()
        self._network = p
        self._note(network=p.pid)

    def _end_network(self):
        pid = self.notes().get('network')
        if pid in _processes(self.prefix):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self._network:
            self._network.wait(10)
            self._network = None

    def _end(self):
        self._end_network()
        _end_prefix(self.prefix)
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
        return _env(self.prefix, **{**faults, **notes.get('env', {}), **(env or {})})

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
        for pid in _processes(self.prefix):
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
            r = self._finish([r'C:\app\simctl.exe', 'batch'], _env(self.prefix), timeout, text)
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

    # -- changing

    def fault(self, spec):
        name, _, rest = spec.partition('#')
        count, _, what = rest.partition('=')
        try:
            int(count)
            if what not in ('die', 'die-after', 'lie'):
                int(what, 0)
        except ValueError:
            raise LabError(f"{spec}: a fault is 'Function#N=ERR', or die, die-after or lie for ERR") from None
        self._note(faults=self.notes().get('faults', []) + [f'{name}#{count}={what}'])

    def clear_faults(self):
        self._note(faults=[])

    def service(self, what, name='RemoteAccess'):
        return self.ctl('service', what, name)

    def restart(self):
        return self.service('restart')

    def scheduler(self):
        """From now on Task Scheduler is the double (taskschd_double.c): HKLM\\SOFTWARE\\sim\\Tasks."""
        shutil.copy2(self.sim / 'taskschd_sim.dll', self.c / 'sim')
        server = r'SOFTWARE\Classes\CLSID\{0F87369F-A4E5-4CFC-BD3E-73E6154572DD}\InprocServer32'
        self.batch([('reg', server, '', 'text', r'C:\sim\taskschd_sim.dll'), ('reg', TASKS, '', 'text', '')])

    def task(self, name, **values):
        """Values of a registered task: LastResult=9, Enabled=0, LastRun='2026-11-22 01:02:03', Xml=..."""
        self.batch([('reg', f'{TASKS}\\{name}', k, 'dword' if isinstance(v, int) else 'text', str(v)) for k, v in values.items()])

    def acl(self, rights):
        """{path: SDDL}: what Windows would say of the path's owner and rights."""
        self.batch([('reg', r'SOFTWARE\sim\Acl', path, 'text', sddl) for path, sddl in rights.items()])

    def mode(self, mode, count=0, service='RemoteAccess'):
        """How the service behaves from its next start or stop on; count: for so many times, 0 for ever."""
        path = f'SOFTWARE\\sim\\{service}'
        self.batch([('reg', path, 'Count', 'dword', str(count)), ('reg', path, 'Mode', 'dword', str(MODES.index(mode)))])

    def sessions(self, count):
        """So many are connected to RRAS, until it stops."""
        return self.ctl('reg', r'SOFTWARE\sim\RemoteAccess', 'Sessions', 'dword', str(count))

    def sstp_ports(self, count):
        """So many ports for SSTP; RRAS takes it at its next start."""
        return self.ctl('reg', r'SOFTWARE\sim\RemoteAccess', 'SstpPorts', 'dword', str(count))

    def sstp(self, words=''):
        """The SSTP server from the next connection on: words of sim_sstp_settings.h ('fault=nak auth=pap'); '' is healthy."""
        return self.ctl('sstp', words)

    def network(self, **values):
        """Its surroundings from now on (sim_network.h): gateways, name_servers, silent, no_arp (lists of addresses), hosts
        ({name: address, or a list}), adapter_down (0 or 1), domain, controller, controller_address; None
        removes one."""
        commands = []
        if 'hosts' in values:
            known = values.pop('hosts')
            self._note(hosts={n: [a] if isinstance(a, str) else a for n, a in known.items()})
        for key, value in values.items():
            kind = 'absent' if value is None else 'multi' if isinstance(value, list) else 'dword' if isinstance(value, int) else 'text'
            text = '-' if value is None else ' '.join(value) if isinstance(value, list) else str(value)
            commands.append(('reg', r'SOFTWARE\sim\Network', ''.join(w.capitalize() for w in key.split('_')), kind, text))
        return self.batch(commands) if commands else {}

    def without_ipv6(self):
        """From now on: no IPv6 address, no [::] record, no listener on ::1 (after the next start of RemoteAccess)."""
        self.unbind('v6')
        return self.ctl('reg', r'SOFTWARE\sim', 'NoIPv6', 'dword', '1')

    def values(self, values):
        """Values below SstpSvc\\Parameters, {name: int, bytes, str, or None to remove it}."""
        def command(name, value):
            kind, text = 'text', value
            if value is None:
                kind, text = 'absent', '-'
            elif isinstance(value, int):
                kind, text = 'dword', str(value)
            elif isinstance(value, bytes):
                kind, text = 'binary', value.hex()
            return 'reg', SSTP_PARAMETERS, name, kind, text
        return self.batch([command(*v) for v in values.items()])

    def value(self, name, value):
        return self.values({name: value})

    def binding_name(self, family):
        return {'v4': f'0.0.0.0:{self.port}', 'v6': f'[::]:{self.port}'}.get(family, family)

    def bind(self, family, sha1, app='sstp', raw=False, flags=0):
        """family: v4, v6, 'ADDRESS:PORT' or 'HOST:PORT'; app: sstp, iis or a GUID. raw: without http.sys's look at the
        certificate."""
        return self.ctl('bind', self.binding_name(family), sha1, app, 'raw' if raw else 'checked', str(flags))

    def unbind(self, family):
        return self.ctl('unbind', self.binding_name(family))

    def new_cert(self, name='vpn.example.test', key='rsa2048', usage='server', from_days=-1, days=90, install=True,
                 pfx=None):
        """A self-signed certificate: {'sha1', 'sha256'}; into the machine's store, a PFX (password "sim"), or both."""
        more = [f'Z:{Path(pfx).resolve()}'] if pfx else []
        return self.ctl('cert-new', name, key, usage, str(from_days), str(days), 'import' if install else '-', *more)

    def import_pfx(self, pfx, password):
        return self.ctl('cert-import', f'Z:{Path(pfx).resolve()}', password)

    def remove_cert(self, sha1, with_key=True):
        return self.ctl('cert-remove', sha1, 'with-key' if with_key else '-')

    def windows(self, version):
        """2016: http.sys can change a binding in place. 2012: it cannot."""
        source = self.sim / ('2012/httpapi.dll' if version == '2012' else 'httpapi.dll')
        shutil.copy2(source, self.app / 'httpapi.new')
        os.replace(self.app / 'httpapi.new', self.app / 'httpapi.dll')

    def environment(self, **values):
        """For every later run: SIM_NOT_ADMIN=1, SIM_PFX_NO_AES=1, ...; None removes one."""
        env = {**self.notes().get('env', {}), **values}
        self._note(env={k: v for k, v in env.items() if v is not None})
