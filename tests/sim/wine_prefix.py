# SPDX-License-Identifier: Apache-2.0
"""Wine for the simulated host: its programs, the environment of a prefix, ending one, and the template that prefixes copy."""
import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

OVERRIDES = 'mscoree,mshtml,winemenubuilder.exe=;httpapi,mprapi,netapi32=n;crypt32,ncrypt,advapi32,wevtapi,iphlpapi=n,b'

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


def wine_env(prefix, **more):
    env = {k: v for k, v in os.environ.items()
           if not k.startswith(('WINE', 'XDG_', 'SIM_')) and k not in ('DISPLAY', 'WAYLAND_DISPLAY')}
    temporary = Path(prefix).parent / 'tmp'  # for the server's socket folder: it goes away with the lab
    temporary.mkdir(parents=True, exist_ok=True)
    env.update(WINEPREFIX=str(prefix), TMPDIR=str(temporary), HOME=str(prefix), WINEARCH='win64',
               WINEDEBUG='-all', WINEDLLOVERRIDES=OVERRIDES, LC_ALL='C.UTF-8', **more)
    return env


def quiet(argv, prefix, timeout):
    subprocess.run(argv, env=wine_env(prefix), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=timeout, check=False)


def processes(prefix):
    """Our own processes in this prefix: by their environment, so never anybody else's."""
    wanted = f'WINEPREFIX={prefix}\0'.encode()
    found = []
    for p in Path('/proc').glob('[0-9]*'):
        with contextlib.suppress(OSError):
            if b'\0' + wanted in b'\0' + (p / 'environ').read_bytes():
                found.append(int(p.name))
    return found


def end_prefix(prefix):
    with contextlib.suppress(subprocess.TimeoutExpired):
        quiet([wineserver(), '-k'], prefix, 20)
    deadline = time.monotonic() + 5
    while (left := [p for p in processes(prefix) if p != os.getpid()]) and time.monotonic() < deadline:
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
        quiet([wine(), 'wineboot', '-i'], prefix, 300)
        quiet([wine(), 'regedit', '/S', f'Z:{path}/template.reg'], prefix, 60)
        quiet([wineserver(), '-w'], prefix, 60)
    except subprocess.TimeoutExpired as e:
        end_prefix(prefix)
        raise LabError(f'{path}: Wine did not make a prefix in time') from e
    if not (prefix / 'system.reg').exists():
        raise LabError(f'{path}: Wine made no prefix; try: WINEPREFIX={prefix} {wine()} wineboot -i')
    (path / 'ready').touch()


def copy_template(to):
    source = template()
    r = subprocess.run(['cp', '-al', str(source), str(to)], capture_output=True)
    if r.returncode:  # another file system
        shutil.rmtree(to, ignore_errors=True)
        subprocess.run(['cp', '-a', '--reflink=auto', str(source), str(to)], check=True)
    for name in ('system.reg', 'user.reg', 'userdef.reg'):  # these are written to: no hard links
        shutil.copy2(source / name, to / f'{name}.new')
        os.replace(to / f'{name}.new', to / name)
    (to / 'wineserver').unlink(missing_ok=True)  # names the template's socket folder
