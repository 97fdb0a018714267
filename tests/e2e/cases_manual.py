# SPDX-License-Identifier: Apache-2.0
"""The provider "manual": a person at a terminal creates the records."""
import os, pty, re, select, subprocess, time
from cases_issue import NAME, expect, expect_exit, expect_in, expect_one_line, text_of
from world import DELEGATED, KEY_NAME, PROGRAM, World

LIMIT_S = 60


class Person:
    """At a terminal: reads what the program says, does what it asks, types answers."""

    def __init__(self, w, *argv):
        self.w, self.text = w, ''
        self.fd, slave = pty.openpty()
        self.p = subprocess.Popen([str(PROGRAM), '--config', str(w.config_dir), '--state', str(w.state_dir), '--no-color',
                                   *argv], stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
        os.close(slave)

    def read_until(self, what):
        end = time.monotonic() + LIMIT_S
        while what not in self.text:
            if not select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(f'{what!r} does not come; so far {self.text!r}')
            try:
                self.text += os.read(self.fd, 65536).decode().replace('\r\n', '\n')
            except OSError:  # its end
                raise AssertionError(f'it ended without {what!r}: {self.text!r}') from None

    def type(self, text):
        os.write(self.fd, text.encode())

    def records(self):
        return re.findall(r'^    (\S+)\. TXT "(\S+)"$', self.text.split('Press Enter')[0], re.M)

    def end(self):
        while True:
            try:
                more = os.read(self.fd, 65536).decode().replace('\r\n', '\n')
            except OSError:
                break
            if not more:
                break
            self.text += more
        return self.p.wait(LIMIT_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.p.poll() is None:
            self.p.kill()
            self.p.wait()
        os.close(self.fd)


def manual(w, names):
    conf = w.config(names)
    del conf['dns']['rfc2136']
    conf['dns'].update({'provider': 'manual', 'target': w.target(NAME)})
    w.write_config('vpn', names=names, dns=conf['dns'])


def nsupdate(w, action, records):
    lines = [f'server 127.0.0.1 {w.bind.port}', f'zone {DELEGATED}',
             *(f'update {action} {name}. {"5 " if action == "add" else ""}TXT "{value}"' for name, value in records)]
    subprocess.run(['nsupdate', '-y', f'hmac-sha256:{KEY_NAME}:{w.bind.secret}'], check=True, timeout=20,
                   input='\n'.join([*lines, 'send', '']), text=True, capture_output=True)


def test_a_person_creates_the_records(folder):
    with World(folder) as w:
        w.delegate(NAME)
        manual(w, [NAME, f'*.{NAME}'])
        with Person(w, 'issue', 'vpn') as person:
            person.read_until('Press Enter')
            records = person.records()
            expect([name for name, _ in records], [w.target(NAME)] * 2, 'names')
            nsupdate(w, 'add', records)
            person.type('\n')
            expect(person.end(), 0, person.text)
            for _, value in records:
                expect(person.text.count(value), 2, f'shown to create and to remove, in {person.text!r}')
            nsupdate(w, 'delete', records)
        expect(text_of(w), [], 'TXT left')
        code, doc = w.json('check')
        expect(code, 0, doc['checks'])
        expect([c['level'] for c in doc['checks'] if c['id'] == 'dns.write'], ['skip'], 'writing in check')


def test_a_person_gives_up(folder):
    with World(folder) as w:
        w.delegate(NAME)
        manual(w, [NAME])
        with Person(w, 'issue', 'vpn') as person:
            person.read_until('Press Enter')
            person.type('n\n')
            expect(person.end(), 10, person.text)
            expect_in('given up', person.text, 'outcome')


def test_nobody_is_there(folder):
    with World(folder) as w:
        w.delegate(NAME)
        manual(w, [NAME])
        r = w.run('issue', 'vpn')
        expect_exit(r, 2)
        expect_one_line(r, 'dns.provider', 'terminal')
        expect(w.json('run')[0], 2, 'exit code with --json')
        with Person(w, '--yes', 'issue', 'vpn') as person:
            expect(person.end(), 2, person.text)
