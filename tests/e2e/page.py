# SPDX-License-Identifier: Apache-2.0
"""What `status` writes, read by others: the page by Python's HTML parser, metrics by Prometheus' own promtool and by a
strict reader of its text format 0.0.4."""
import re, subprocess
from html.parser import HTMLParser
from pathlib import Path

VOID = {'meta', 'line', 'rect', 'br', 'i/'}
LOADS = {'src', 'srcset', 'data', 'poster', 'action', 'formaction', 'background', 'xlink:href', 'ping'}


class Page(HTMLParser):
    """Fails on tags that do not match, on scripts, and on anything that would be fetched."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links, self.places, self.words, self.style = [], [], [], [], [], ''
        self.feed(text)
        self.close()
        if self.open:
            raise AssertionError(f'not closed: {self.open}')
        self.text = ' '.join(' '.join(self.words).split())
        for bad in ('url(', '@import', '<', 'expression('):
            if bad in self.style:
                raise AssertionError(f'style sheet: {bad}')
        missing = {link for link in self.links if link not in self.ids}
        if missing:
            raise AssertionError(f'links that lead nowhere: {missing}')

    def handle_starttag(self, tag, attrs):
        if len(dict(attrs)) != len(attrs):
            raise AssertionError(f'{tag}: an attribute twice')
        for key, value in attrs:
            if key in LOADS or key.startswith('on'):
                raise AssertionError(f'{tag} {key}={value}')
            if key == 'href':
                if tag != 'a' or not value.startswith('#'):
                    raise AssertionError(f'{tag} href={value}')
                self.links.append(value[1:])
            if key == 'id':
                if value in self.ids:
                    raise AssertionError(f'id {value} twice')
                self.ids.append(value)
        if tag in ('script', 'link', 'img', 'iframe', 'object', 'embed', 'base', 'form'):
            raise AssertionError(f'a page of ours has no {tag}')
        here = dict(attrs)
        if 'data-place' in here:
            self.places.append((here['data-place'], here['class']))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            raise AssertionError(f'</{tag}> closes nothing; open: {self.open[-3:]}')

    def handle_data(self, data):
        if self.open and self.open[-1] == 'style':
            self.style += data
        else:
            self.words.append(data)


NAME = r'[a-zA-Z_:][a-zA-Z0-9_:]*'
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"'
SAMPLE = re.compile(rf'({NAME})(?:\{{((?:{LABEL})(?:,{LABEL})*)?\}})? (-?[0-9]+(?:\.[0-9]+)?)')


def metrics(text):
    """{name: {labels: value}}, labels as a sorted tuple of pairs. Every metric has HELP and TYPE before its samples, which stand together."""
    if not text.endswith('\n'):
        raise AssertionError('the last line does not end')
    found, helped, typed, now = {}, set(), set(), None
    for line in text[:-1].split('\n'):
        if m := re.fullmatch(rf'# HELP ({NAME}) \S.*', line):
            if m[1] in helped:
                raise AssertionError(f'HELP twice: {line}')
            helped.add(m[1])
        elif m := re.fullmatch(rf'# TYPE ({NAME}) (gauge|counter)', line):
            if m[1] in typed or m[1] not in helped or m[1] in found:
                raise AssertionError(f'TYPE twice, before HELP, or after samples: {line}')
            typed.add(m[1])
            found[m[1]] = {}
            now = m[1]
        elif m := SAMPLE.fullmatch(line):
            labels = tuple(sorted((k, re.sub(r'\\(.)', lambda e: '\n' if e[1] == 'n' else e[1], v))
                                  for k, v in re.findall(LABEL, m[2] or '')))
            if m[1] != now or labels in found[now] or len(dict(labels)) != len(labels):
                raise AssertionError(f'out of its group, or twice: {line}')
            found[now][labels] = float(line.rsplit(' ', 1)[1])
        else:
            raise AssertionError(f'no line of the text format: {line!r}')
    return found


def lint(text):
    """What promtool finds wrong with the format, with names, units and help texts; '' when nothing."""
    tool = subprocess.run([str(Path(__file__).resolve().parents[1] / 'tools/promtool.sh')], capture_output=True, text=True)
    if tool.returncode:
        raise AssertionError(tool.stderr)
    r = subprocess.run([tool.stdout.strip(), 'check', 'metrics'], input=text, capture_output=True, text=True)
    return r.stdout + r.stderr + (f'exit code {r.returncode}' if r.returncode else '')
