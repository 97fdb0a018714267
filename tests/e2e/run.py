#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the end-to-end tests: every function test_* of the modules cases_*.py.

    tests/e2e/run.py [WORD...]      only tests whose name holds one of the words

A test takes one argument, a fresh folder, and fails by an exception (world.Skip: it cannot run here). Four run at a time, for
they wait more than they work. Ends with "N passed, N failed".
"""
import concurrent.futures, importlib, os, shutil, sys, tempfile, time, traceback
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'sim')]
from world import Skip  # noqa: E402


def gather(words):
    for file in sorted(HERE.glob('cases_*.py')):
        module = importlib.import_module(file.stem)
        for name in [n for n in vars(module) if n.startswith('test_')]:
            full = f'{file.stem[6:]}.{name[5:]}'
            if not words or any(w in full for w in words):
                yield full, getattr(module, name)


def run_one(name, test):
    folder = Path(tempfile.mkdtemp(prefix='rras-e2e-'))
    start = time.monotonic()
    skipped = None
    try:
        test(folder)
        result = ''
    except Skip as e:
        result, skipped = '', str(e)
    except Exception:
        result = traceback.format_exc(limit=-4)
    keep = result and os.environ.get('RRAS_E2E_KEEP')
    if not keep:
        shutil.rmtree(folder, ignore_errors=True)
    word = 'FAIL' if result else 'skip' if skipped else 'ok  '
    print(f'{word} {name} ({skipped or f"{time.monotonic() - start:.1f} s"})', flush=True)
    if result:
        print(result + (f'kept: {folder}\n' if keep else ''), flush=True)
    return word.strip()


def main():
    tests = list(gather(sys.argv[1:]))
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda t: run_one(*t), tests))
    skipped = f', {results.count("skip")} skipped' if 'skip' in results else ''
    print(f'{results.count("ok")} passed, {results.count("FAIL")} failed{skipped}')
    return 0 if 'ok' in results and 'FAIL' not in results else 1


if __name__ == '__main__':
    sys.exit(main())
