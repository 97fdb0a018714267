# SPDX-License-Identifier: Apache-2.0
"""What README and docs/ tell people to type is typed: README's first certificate from its configuration on, in the
simulated RRAS host with a CA and a name server, then every other command line of the pages in the world that this leaves."""
import contextlib, json, re, shlex
from pathlib import Path
from cases_issue import expect, expect_exit, expect_in, weeks_later
from cases_schedule import OURS, ROOT_RIGHTS
from gateway import HOST, Gateway, whole
from mailbox import Mailbox, Webhook
from pages import Markdown
from ports import free_ports
from world import DELEGATED, ROOT, Pebble

FIRST = 'A first certificate on a real server'
C = r'C:\ProgramData\rras-acme'
CLOSED = 'O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)'  # by the icacls of the page


def replacements(w, box, hook):
    """The only words of the pages that are not taken as they stand."""
    return [('vpn.example.com', HOST), ('acme.example.net', DELEGATED), ('ns1.example.net:53', f'127.0.0.1:{w.bind.port}'),
            ('"letsencrypt"', f'"{w.pebble.url}"'), ('smtp://mail.example.com:587', box.url), ('teams.url', 'hook')]


# Command lines that are not run, and those that need more words here; each with the reason.
NOT_HERE = {
    'init vpn.example.com': 'asks a person: cases_init.py',
    'selftest': 'cases_selftest.py',
    'probe vpn.example.com --watch 50': 'until Ctrl-C: cases_probe.py',
    'account rollover': 'cases_account.py', 'account deactivate': 'cases_account.py',
}
MORE_WORDS = {
    'probe vpn.example.com': '--address 127.0.0.1 --ca-file Z:{roots}',  # no resolver of the world knows the name, no Windows the CA
    'export vpn --pfx FILE --password-file F': '--yes',  # the file is there: README deployed it
    'revoke vpn --reason keyCompromise': '--yes',  # it asks
}
TEXTS = ('doctor --explain', 'help', 'version', 'check --schema')  # look at no machine: asked of the Linux program, which starts faster


# ---- the pages

def commands_of(page):
    """Every rras-acme line that is one: a synopsis has brackets, bars, words to be filled in, and is the unit tests'
    (test_docs_posix.c)."""
    lines = [line for _, _, block in page.blocks for line in block] + [s for _, s in page.spans]
    return [line.removeprefix('rras-acme ') for line in lines if line.startswith('rras-acme ') and not re.search(r'[\[|]|\b(NAME|HOST|CODE|COMMAND)\b', line)]


# ---- the world that README's first certificate starts in

class Newcomer:
    """A gateway as README finds it: RRAS on some certificate, no configuration. defaults.json holds what only this world needs."""

    def __init__(self, folder, stack):
        self.done = set()
        self.g = g = stack.enter_context(Gateway(folder))
        self.w, self.lab = g.world, g.lab
        ports = free_ports(2)
        self.staging = Pebble(self.w.folder / 'staging', *ports, self.w.pebble.resolver)
        stack.callback(self.staging.stop)
        self.staging.start()
        tls = self.w.pebble.folder
        self.box, self.hook = stack.enter_context(Mailbox(tls, account=('vpn', 'p4ss'))), stack.enter_context(Webhook(tls))
        self.lab.scheduler()
        self.words = replacements(self.w, self.box, self.hook)
        (g.config_dir / 'conf.d/vpn.json').unlink()
        self.file('conf.d/ca.pem', tls.joinpath('ca.pem').read_text() + (self.staging.folder / 'ca.pem').read_text())
        self.file('roots.pem', self.w.pebble.root().decode())
        defaults = {
            'acme': {'ca_file': 'conf.d/ca.pem', 'staging_directory': self.staging.url},
            'dns': {'root': [f'127.0.0.1:{self.w.bind.port}'], 'propagation': {'timeout': '20s', 'settle': '0s'}},
            'deploy': {'port': self.lab.port, 'restart': {'timeout': '30s'}, 'verify': {'timeout': '15s', 'stable': '0s'}}}
        notify = json.loads(self.ours(Markdown('docs/unattended.md').config('Notifications')))['notify']
        defaults['notify'] = [{**n, 'ca_file': 'conf.d/ca.pem'} for n in notify]
        self.file('smtp.password', 'p4ss')
        self.file('hook', self.hook.url)
        self.file('rras-acme.json', json.dumps(defaults))
        files = ('', r'\conf.d', r'\conf.d\vpn.json', r'\rras-acme.json', r'\smtp.password', r'\hook', r'\conf.d\tsig.key')
        self.lab.acl({**{C + f: CLOSED for f in files}, **{p: OURS for p in (r'C:\app', r'C:\app\rras-acme.exe', r'C:\ProgramData')},
                      'C:\\': ROOT_RIGHTS})  # what the page's icacls does: Wine has none

    def file(self, name, text):
        path = self.g.config_dir / name
        path.write_text(text + '\n')
        path.chmod(0o600)

    def configure(self):
        """As README's second step."""
        (self.g.config_dir / 'conf.d/vpn.json').write_text(self.ours(Markdown('README.md').config(FIRST)))
        self.file('conf.d/tsig.key', self.w.bind.secret)

    def delegate(self, said):
        """Creates the record that `check` has printed."""
        (record,) = set(re.findall(rf'_acme-challenge\.\S+\. CNAME \S+\.{re.escape(DELEGATED)}\.', said))
        self.w.bind.add_company(record)

    def ours(self, text):
        for theirs, here in self.words:
            text = text.replace(theirs, here)
        return text

    def type(self, line, code=0):
        """A command line of a page, as the simulated host's prompt takes it."""
        line = line.removeprefix('rras-acme ')
        self.done.add(line)
        words = shlex.split(self.ours(line))
        if words[0] == 'probe':
            words[1] += f':{self.lab.port}'
        more = MORE_WORDS.get(line, '').format(roots=self.g.config_dir / 'roots.pem')
        r = self.w.run(*words) if line.startswith(TEXTS) else self.lab.run(*words, *more.split())
        if r.returncode != code:
            raise AssertionError(f'{line}: exit code {r.returncode}, not {code}: {r.stdout[-1500:]} {r.stderr[-1500:]}')
        return r.stdout + r.stderr


def first_certificate(n):
    """README's section, in its order. What it claims of a step is looked at."""
    steps = Markdown('README.md').code(FIRST, 'After that')

    def type(line, code=0):
        at = steps.index(line)  # it is there, and behind the one before
        del steps[:at + 1]
        return n.type(line, code)

    n.configure()
    before = whole(n.lab, 'before')
    n.delegate(type('rras-acme check vpn', 9))
    rows = type('check')
    expect([r for r in rows.splitlines() if re.match(' *(warn|FAIL)', r)], [], 'everything is ok')
    type('rras-acme check vpn --staging')
    expect((n.w.pebble.order_requests(), n.staging.order_requests() > 0), (0, True), 'orders at the CA, at its staging directory')
    type('rras-acme issue vpn --staging')
    expect((n.w.pebble.order_requests(), whole(n.lab, 'rehearsed')), (0, before), 'orders at the CA, and what is served, after the rehearsals')
    type('rras-acme issue vpn')
    issued = whole(n.lab, 'issued')
    expect(issued == before, False, 'the old certificate serves')
    expect_in('nothing', type('rras-acme deploy vpn --dry-run'), 'dry run')
    type('rras-acme schedule install --watchdog')
    type('rras-acme run')
    type('rras-acme notify test')
    expect((len(n.box.mails), len(n.hook.posts)), (1, 2), 'messages: the test, and the deploy before')
    weeks_later(n.g.state_dir)
    n.type('issue vpn')
    type('rollback vpn')
    expect(whole(n.lab, 'rolled back'), issued, 'what is served after the roll-back')
    for name in ('FILE', 'bought.pfx', 'old.pfx'):
        n.lab.new_cert(HOST, install=False, pfx=n.lab.app / name)
    for name in ('F', 'bought.password', 'old.password'):
        (n.lab.app / name).write_text('sim')
        (n.lab.app / name).chmod(0o600)
    type('deploy vpn --pfx FILE --password-file F')
    type('export vpn --pfx FILE --password-file F')
    weeks_later(n.g.state_dir)
    n.type('issue vpn')
    expect_in('current', type('rras-acme status'), 'status')


def test_what_the_pages_tell_people_to_type_does_what_they_say(folder):
    with contextlib.ExitStack() as stack:
        n = Newcomer(folder, stack)
        first_certificate(n)
        pages = [Path('README.md'), *sorted(p.relative_to(ROOT) for p in (ROOT / 'docs').rglob('*.md'))]
        lines = {line: page for page in reversed(pages) for line in reversed(commands_of(Markdown(page)))}
        wrong = []
        for line in sorted(set(lines) - n.done - set(NOT_HERE), key=lambda c: (c == 'schedule remove', '--pfx' in c, c.startswith('revoke'), c)):
            try:
                n.type(line)
            except AssertionError as e:
                wrong.append(f'{lines[line]}: {e}')
        expect('\n'.join(wrong), '', 'command lines of the pages')
        expect({*NOT_HERE, *MORE_WORDS} - set(lines) - n.done, set(), 'exceptions for what no page says')
