#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rules of the house that no compiler knows: who may include whom, which functions are banned.

Run from the top of the repository. Prints FILE:LINE: rule; the last line counts the files.
"""
import os
import re
import subprocess
import sys

LINES_MAX = 450  # more is a question, not an error

# Third-party header -> the files that may know it.
PARTIES = {
    r"curl/": r"src/https_curl\w*\.[ch]|src/smtp_curl\.c",
    r"openssl/": r"src/crypto_\w+\.[ch]|src/tls_openssl\.c",
    r"jansson\.h": r"src/json\.c|src/conf\w*\.c",
    r"ares\w*\.h": r"acme/dns/message\.c",
}
WINDOWS_HEADERS = r"(windows|win\w+|ws2\w+|wincrypt|ncrypt|bcrypt|http|mprapi|winreg|sddl|aclapi|lm|evntprov|winevt|taskschd|shlobj|io|direct)\.h"

BANNED = {
    "strcpy": "use buf or snprintf",
    "strcat": "use buf or snprintf",
    "strncpy": "need not terminate; use buf or snprintf",
    "sprintf": "use snprintf",
    "vsprintf": "use vsnprintf",
    "gets": "use fgets",
    "strtok": "keeps hidden state",
    "atoi": "tells no error; use strtol or text.h",
    "atol": "tells no error; use strtol or text.h",
    "atof": "tells no error",
    "rand": "use the random bytes of crypto.h",
    "srand": "use the random bytes of crypto.h",
    "system": "starts a shell",
    "popen": "starts a shell",
    "_popen": "starts a shell",
    "_wsystem": "starts a shell",
    "alloca": "no bound on the stack",
}
PRINTING = r"\b(printf|vprintf|puts|putchar|perror|exit|ExitProcess)\s*\("
SLEEPING = r"\b(sleep|usleep|nanosleep|Sleep|SleepEx)\s*\("


def strip_comments(text):
    """Blanks comments, and the contents of strings; line numbers stay."""
    def blank(match):
        s = match.group(0)
        if s[0] in "\"'":
            return s[0] + s[0]
        return re.sub(r"[^\n]", " ", s)
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", blank, text, flags=re.S)


def platform_file(path):
    """Files that may know their operating system."""
    return re.search(r"_(win32|posix)\.[ch]$", path) or path.startswith(("tests/sim/", "tests/tools/"))


def layer(path):
    if path.startswith("src/app/"):
        return "app"
    for name in ("src", "include", "acme", "deploy", "tests"):
        if path.startswith(name + "/"):
            return name
    return None


def check_include(path, where, target, quoted):
    if where != "tests":
        for header, allowed in PARTIES.items():
            if not quoted and re.match(header, target) and not re.fullmatch(allowed, path):
                yield f"<{target}> is known to {allowed} alone"
    if not platform_file(path) and re.fullmatch(WINDOWS_HEADERS, target, re.I) and not quoted:
        yield f"<{target}> belongs into a file ending in _win32.c"
    if not quoted or where == "tests":
        return
    if ".." in target.split("/"):
        yield f'"{target}": name the header from its include folder'
    if target.startswith(("acme/", "deploy/")) and where != "app":
        yield f'"{target}": only src/app sees both acme and deploy'
    if target.startswith("src/") and where != "app":
        yield f'"{target}": src has no headers for others; they are in include'


def check_lines(path, where, code):
    for number, line in enumerate(code.split("\n"), 1):
        if "_WIN32" in re.findall(r"\w+", line) and not platform_file(path):
            yield number, "_WIN32: write one file for each system, _win32.c and _posix.c"
        for name, cure in BANNED.items():
            if re.search(r"(?<![\w.>])" + name + r"\s*\(", line):
                yield number, f"{name}(): {cure}"
        if where in ("src", "acme", "deploy") and re.search(PRINTING, line):
            yield number, "only src/app prints and exits"
        if path.startswith("tests/unit/") and re.search(SLEEPING, line):
            yield number, "a test does not sleep; give it a clock"


def check_file(path):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    where, code = layer(path), strip_comments(text)
    if not text.startswith("/* SPDX-License-Identifier: Apache-2.0 */\n"):
        yield 1, "the first line is the SPDX licence line"
    if re.search(r"(?<![\w.:/])/(root|home|wor[k])/", text):
        yield 1, "names a path of some machine"
    for match in re.finditer(r"^[ \t]*#[ \t]*include[ \t]*([<\"])([^>\"\n]+)[>\"]", text, re.M):
        number = text.count("\n", 0, match.start()) + 1
        for finding in check_include(path, where, match.group(2), match.group(1) == '"'):
            yield number, finding
    yield from check_lines(path, where, code)


def main():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.c", "*.h"],
                            check=True, capture_output=True, text=True).stdout.split("\n")
    files = sorted({f for f in listed if f and os.path.exists(f) and layer(f)})
    failed = 0
    for path in files:
        findings = list(check_file(path))
        for number, finding in findings:
            print(f"{path}:{number}: {finding}")
        failed += bool(findings)
        with open(path, encoding="utf-8") as f:
            lines = f.read().count("\n")
        if lines > LINES_MAX:
            print(f"{path}: warning: {lines} lines; over {LINES_MAX} a file wants splitting")
    print(f"layers: {len(files) - failed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
