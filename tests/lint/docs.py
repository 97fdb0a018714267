#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the *.md files say of this repository is there:

- every relative link leads to a file, and every anchor to a heading in it; each page is linked from another;
- a message in a heading of docs/when-it-fails.md, or in a table whose first column is "Message", is one of the program's.

The unit tests (tests/unit/test_docs_posix.c) look at keys, options and configurations.

Run from the top of the repository. Prints FILE:LINE: what is wrong; the last line counts the files.
"""
import os
import re
import subprocess
import sys

LINK = re.compile(r"(?<!!)\[[^\]\[]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
LEAST_PART = 8  # shorter ones are everywhere
FENCE = re.compile(r"^ *```")


def lines_of(path):
    """Line numbers and text; what stands in code is blank."""
    fenced = False
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            if FENCE.match(line):
                fenced = not fenced
                line = ""
            yield number, "" if fenced or line.startswith("    ") else line.rstrip("\n")


def anchors_of(path, known={}):
    """As GitHub makes them: lower case, no punctuation, dashes for blanks, -1 for the second one."""
    if path not in known:
        seen = {}
        for _, line in lines_of(path):
            match = re.match(r"#{1,6} (.*)", line)
            if match:
                text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", match.group(1)).strip().lower()
                anchor = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
                seen[anchor] = seen.get(anchor, -1) + 1
                if seen[anchor]:
                    seen[f"{anchor}-{seen[anchor]}"] = 0
        known[path] = set(seen)
    return known[path]


def fault_of(path, link):
    """None when the link leads somewhere, or out of the repository."""
    if re.match(r"[a-z][a-z0-9+.-]*:", link):
        return None
    file, _, anchor = link.partition("#")
    target = os.path.normpath(os.path.join(os.path.dirname(path), file)) if file else path
    if target.startswith("..") or not os.path.exists(target):
        return f"{link}: there is no {target}"
    if anchor and (not target.endswith(".md") or anchor not in anchors_of(target)):
        return f"{link}: {target} has no heading #{anchor}"
    return None


def said_by_the_program():
    """All string literals, those that stand side by side joined, a macro between two as "..."."""
    names = subprocess.run(["git", "ls-files", "-z", "src/*.c", "acme/*.c", "deploy/*.c"], check=True,
                           capture_output=True, text=True).stdout.split("\0")
    text = "\n".join(open(n, encoding="utf-8").read() for n in names if n)
    text = re.sub(r'"\s*"', "", text)
    return text.replace('\\"', '"').replace("\\\\", "\\")


def messages_of(path):
    table = False
    for number, line in lines_of(path):
        table = line.startswith("|") and (table or line.startswith("| Message |"))
        cell = line.split(" | ")[0] if table else line if line.startswith("### ") else ""
        for message in re.findall(r"`([^`]+)`", cell):
            yield number, message


def unsaid(message, program):
    """The part of the message that the program never says."""
    for part in message.split("..."):
        if len(part.strip(" :,()")) >= LEAST_PART and part.strip(" :,()") not in program:
            return part
    return None


def main():
    names = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard", "*.md"], check=True,
                           capture_output=True, text=True).stdout.split("\0")
    files = [n for n in names if n and os.path.exists(n)]
    bad = set()
    linked = {"README.md"}
    for path in files:
        for number, line in lines_of(path):
            for match in LINK.finditer(re.sub(r"`[^`]*`(?!\]\()", "", line) if "](" in line else ""):
                link = match.group(1) or match.group(2)
                fault = fault_of(path, link)
                if fault:
                    print(f"{path}:{number}: {fault}")
                    bad.add(path)
                linked.add(os.path.normpath(os.path.join(os.path.dirname(path), link.partition("#")[0])))
    program = said_by_the_program()
    for path in files:
        if path != "docs/when-it-fails.md" and not path.startswith("docs/providers/"):
            continue
        for number, message in messages_of(path):
            part = unsaid(message, program)
            if part:
                print(f"{path}:{number}: the program never says: {part}")
                bad.add(path)
    for path in files:
        if path.startswith("docs/") and path not in linked:
            print(f"{path}:1: no page links here")
            bad.add(path)
    print(f"docs: {len(files) - len(bad)} passed, {len(bad)} failed")
    return 1 if bad else 0


sys.exit(main())
