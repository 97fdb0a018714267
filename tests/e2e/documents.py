# SPDX-License-Identifier: Apache-2.0
"""The table of docs/commands.md that names the members of --json, held to each document that a test gets: scripts rely on it."""
import functools, re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BY_NAME = {'figures'}  # objects whose members are names of their own


@functools.cache
def table():
    """{(command or 'all', object as 'results[].steps[]', '' = the document): its members, a list as 'steps[]'}"""
    section = (ROOT / 'docs/commands.md').read_text().split('\n## JSON\n')[1].split('\n## ')[0]
    members = {}
    for commands, where, text in re.findall(r'^\| ([a-z ]+) \| (.*?) ?\| (.+) \|$', section, re.M):
        for command in commands.split():
            members.setdefault((command, where.strip('`')), set()).update(re.findall(r'`([a-z0-9_]+(?:\[\])?)`', text))
    for command, where in [w for w in members if w[1]]:  # a row for an object names it, too
        outer, _, name = where.rpartition('.')
        members.setdefault((command, outer), set()).add(name)
    return members


@functools.cache
def members_of(command, where):
    """Of this object; 'as above' where it has no row of its own."""
    rows = [v for (c, w), v in table().items() if c in (command, 'all') and w == where]
    last = where.split('.')[-1]
    rows = rows or [v for (c, w), v in table().items() if c in (command, 'all') and w.split('.')[-1] == last]
    return set().union(*rows)


def unnamed(command, value, where=''):
    """Members that the page does not name, as paths."""
    known, wrong = members_of(command, where), []
    for name, member in value.items():
        path = f'{where}.{name}'.lstrip('.')
        objects = [member] if isinstance(member, dict) else []
        if isinstance(member, list):
            path, name = path + '[]', name + '[]'
            objects = [m for m in member if isinstance(m, dict)]
        if not known & ({name} if member is not None else {name, name + '[]'}):
            wrong.append(path)
        elif name not in BY_NAME:
            for o in objects:
                wrong += unnamed(command, o, path)
    return sorted(set(wrong))


def named(doc):
    """The document, each of whose members is named on the page."""
    wrong = unnamed(doc['command'], doc)
    if wrong:
        raise AssertionError(f'docs/commands.md, section JSON: does not name what {doc["command"]} prints: {", ".join(wrong)}')
    return doc
