#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a checker on each file, in parallel, and remembers what was clean.

    cached.py tidy CACHE BUILD...      clang-tidy on the files of each build folder's compile_commands.json
    cached.py headers CACHE            compiles every header alone

A clean result is kept in the folder CACHE under a sum over the file, all project headers it
includes, the checker and its settings. Run from the top of the repository.
"""
import concurrent.futures
import hashlib
import json
import os
import shlex
import subprocess
import sys

ROOT = os.getcwd()


def run(command, folder=ROOT):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")


def contents(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError:
        return b""


class Job:
    """One file: how to list what it includes, and how to check it."""

    def __init__(self, path, depends, check, folder=ROOT):
        self.path, self.depends, self.check, self.folder = path, depends, check, folder

    def key(self, settings):
        listed = run(self.depends, self.folder)
        if listed.returncode != 0:
            return None
        # Without the checkout's own place, so that every clone finds what another has checked.
        digest = hashlib.sha256(settings + "\0".join(self.check).replace(ROOT, ".").encode())
        for name in listed.stdout.replace("\\\n", " ").split()[1:]:
            name = os.path.join(self.folder, name)
            digest.update(os.path.relpath(name, ROOT).encode() + b"\0" + contents(name))
        return digest.hexdigest()

    def run(self, cache, settings):
        """None when clean, else what the checker said."""
        key = self.key(settings)
        if key and os.path.exists(os.path.join(cache, key)):
            os.utime(os.path.join(cache, key))
            return None
        result = run(self.check, self.folder)
        if result.returncode != 0:
            return result.stdout + result.stderr
        if key:
            open(os.path.join(cache, key), "w").close()
        return None


def depends_of(command):
    """The compiler's command, changed to list the project's includes instead of compiling."""
    out, skip = [], False
    for word in command:
        if skip:
            skip = False
        elif word in ("-o", "-MF", "-MT", "-MQ"):
            skip = True
        elif word not in ("-c", "-MD", "-MMD"):
            out.append(word)
    return out + ["-MM"]


def tidy_jobs(builds):
    for build in builds:
        with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as f:
            entries = json.load(f)
        # clang reads a command for mingw's gcc only when told what it compiles for.
        extra = ["--extra-arg=--target=x86_64-w64-mingw32"] if "windows" in os.path.basename(build) else []
        for path, entry in {os.path.relpath(e["file"], ROOT): e for e in entries}.items():
            if path.startswith("build") or not path.endswith(".c"):
                continue
            if extra and not path.startswith("tests/sim/") and not path.endswith("_win32.c"):
                continue  # the Linux build has it
            command = shlex.split(entry["command"])
            known = []
            if path.split("/")[0] in ("src", "acme", "deploy") and not path.startswith("src/err"):
                known = ["--extra-arg=-include" + os.path.join(ROOT, "tests/lint/analyzer.h")]
            yield Job(path, depends_of(command),
                      ["clang-tidy", "--quiet", *extra, *known, "-p", os.path.join(ROOT, build), entry["file"]],
                      entry["directory"])


def header_jobs():
    listed = run(["git", "ls-files", "-co", "--exclude-standard", "*.h"]).stdout.split()
    includes = {"include": [], "acme": ["acme"], "deploy": ["deploy"], "src": ["src", ".", "deploy"]}
    for path in sorted(p for p in listed if os.path.exists(p) and p.split("/")[0] in includes):
        win32 = path.endswith("_win32.h")
        command = ["x86_64-w64-mingw32-gcc-win32" if win32 else "gcc", "-std=c17", "-Wall", "-Wextra", "-Werror",
                   "-D_GNU_SOURCE", "-Iinclude", "-Ibuild/%s/gen" % ("windows" if win32 else "linux")]
        command += ["-I" + folder for folder in includes[path.split("/")[0]]]
        yield Job(path, command + ["-MM", path], command + ["-fsyntax-only", "-x", "c", path])


def main():
    kind, cache = sys.argv[1:3]
    if kind == "tidy":
        jobs = list(tidy_jobs(sys.argv[3:]))
        settings = contents(".clang-tidy") + contents("tests/.clang-tidy") + contents("tests/lint/analyzer.h") + run(["clang-tidy", "--version"]).stdout.encode()
    else:
        jobs = list(header_jobs())
        settings = run(["gcc", "--version"]).stdout.encode()
    os.makedirs(cache, exist_ok=True)
    failed = 0
    log = open(os.path.join(os.path.dirname(cache), kind + ".log"), "w", encoding="utf-8")
    with log, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for job, said in zip(jobs, pool.map(lambda j: j.run(cache, settings), jobs)):
            if said is not None:
                failed += 1
                said = said.replace(ROOT + "/", "")
                log.write(said)
                print("\n".join(line for line in said.split("\n") if ": error:" in line or ": fatal" in line)
                      or f"{job.path}: failed:\n{said}")
    if failed:
        print(f"{kind}: the analyser's whole reasoning is in {log.name}")
    print(f"{kind}: {len(jobs) - failed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
