#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a Windows program in a Wine prefix of its own, without any double, and ends the prefix.

    tests/sim/winrun.py PROGRAM.exe [ARGUMENT...]

Its output and exit code are passed on. The tests' data is found through Z:.
"""
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from wine_prefix import copy_template, end_prefix, wine, wine_env

ROOT = Path(__file__).resolve().parents[2]


def main(argv):
    if not argv:
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(tempfile.mkdtemp(prefix='rras-winrun-'))
    prefix = folder / 'pfx'
    try:
        copy_template(prefix)
        env = wine_env(prefix, RRAS_TEST_DATA=f'Z:{ROOT}/tests/data')
        env['WINEDLLOVERRIDES'] = 'mscoree,mshtml,winemenubuilder.exe='
        # Into a file: Wine's own processes inherit a pipe and would keep it open.
        with open(folder / 'out', 'wb+') as out:
            code = subprocess.run([wine(), str(Path(argv[0]).resolve()), *argv[1:]], env=env, cwd=folder,
                                  stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, timeout=900).returncode
            out.seek(0)
            text = out.read().decode('utf-8', 'replace').replace('\r\n', '\n')
        sys.stdout.write(text)
        return code
    finally:
        end_prefix(prefix)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
