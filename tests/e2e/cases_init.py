# SPDX-License-Identifier: Apache-2.0
"""`init` from nothing, and the dress rehearsal that `check --staging` is."""
import os, pty, subprocess
from cases_gateway import delegated_gateway, expect_whole
from cases_issue import NAME, expect, expect_exit, expect_in, expect_one_line, text_of
from cases_staging import configure, two_cas
from world import DELEGATED, KEY_NAME, PROGRAM, World


def flags(w):
    """What the world needs beside what a user would give."""
    for file, content in (('tsig.key', w.bind.secret + '\n'), ('ca.pem', w.pebble.ca_file.read_text())):
        (w.folder / file).write_text(content)
        (w.folder / file).chmod(0o600)
    dns = f'127.0.0.1:{w.bind.port}'
    settings = {'acme.ca_file': w.folder / 'ca.pem', 'dns.root': dns, 'dns.propagation.settle': '0s', 'dns.rfc2136.server': dns,
                'dns.rfc2136.zone': DELEGATED, 'dns.rfc2136.key_name': KEY_NAME, 'dns.rfc2136.key_file': w.folder / 'tsig.key'}
    return ['--directory', w.pebble.url, '--email', 'ops@corp.example', '--agree-tos',
            *(f'--set={k}={v}' for k, v in settings.items())]


def test_from_nothing_to_a_certificate(folder):
    with World(folder) as w:
        file = w.config_dir / f'conf.d/{NAME}.json'
        given = flags(w)
        r = w.run('init', NAME, *given)                         # nobody to ask: what is missing is told
        expect(r.returncode, 2, r.stderr)
        expect_one_line(r, 'dns.provider', 'rfc2136')
        expect('vpn.json:' in r.stderr or '.json:1' in r.stderr, False, 'a file that nobody has written is named')
        expect(w.config_dir.exists(), False, 'anything was written')
        w.config_dir.mkdir(parents=True)
        w.config_dir.chmod(0o777)                              # a folder that others may write into is not built upon
        r = w.run('init', NAME, '--provider', 'rfc2136', *given)
        expect_in(f'folder {w.config_dir}', r.stderr, 'init')
        expect((r.returncode != 0, file.exists(), (w.config_dir / 'rras-acme.schema.json').exists()), (True, False, False), r.stderr)
        w.config_dir.chmod(0o700)
        r = w.run('init', NAME, '--provider', 'rfc2136', *given)
        expect(r.returncode, 9, r.stdout)                      # the record is not there yet
        expect_in(f'written: {file}', r.stdout, 'init')
        expect_in(f'_acme-challenge.{NAME}. CNAME', r.stdout, 'the record to create')
        expect(file.stat().st_mode & 0o077, 0, 'private')
        expect((w.config_dir / 'rras-acme.schema.json').exists(), True, 'schema')
        before = file.read_text()
        r = w.run('init', NAME, '--provider', 'manual', *given)
        expect(r.returncode, 2, r.stdout)
        expect_one_line(r, str(file), 'is there already')
        expect(file.read_text(), before, 'the file')
        waiting(w, file, given)
        expect_exit(w.run('issue', NAME), 0)


def waiting(w, file, given):
    """--wait: for a record that is missing, as long as is allowed; not for a credential that is refused."""
    again = ['init', NAME, '--provider', 'rfc2136', '--yes', '--wait']
    r = w.run(*again, '--for', '1s', *given)
    expect(r.returncode, 9, r.stderr)
    expect_in(f'waiting for delegation of {NAME}', r.stdout, '--wait')
    expect_in('for 1 s at most', r.stdout, '--wait')
    expect_in('s more that it is not there', r.stdout, 'negative TTL')
    expect_one_line(r, f'not there after 1 s: delegation of {NAME}')
    with subprocess.Popen([str(PROGRAM), '--config', str(w.config_dir), '--state', str(w.state_dir), *again, '--for', '60s', *given], stdout=subprocess.PIPE, text=True) as p:
        for line in p.stdout:
            if 'looked for' in line:
                w.delegate(NAME)                               # while it waits
                break
        rest = p.stdout.read()
    expect((p.returncode, 'all checks passed' in rest), (0, True), rest)
    secret = (w.folder / 'tsig.key').read_text()
    (w.folder / 'tsig.key').write_text('AAAA' + secret[4:])
    r = w.run(*again, '--for', '60s', *given)
    expect((r.returncode, 'waiting for' in r.stdout), (9, False), r.stdout)
    expect_in('not waited for: write, see, remove at', r.stdout, 'a credential')
    (w.folder / 'tsig.key').write_text(secret)


def test_at_a_terminal_it_asks_for_what_is_missing(folder):
    w = World(folder)
    w.folder.mkdir(parents=True, exist_ok=True)
    ours, theirs = pty.openpty()
    p = subprocess.Popen([str(PROGRAM), '--config', str(w.config_dir), '--state', str(w.state_dir), 'init', NAME, '--no-check',
                          '--email', 'a@b.example', '--target', 'none'], stdin=theirs, stdout=theirs, stderr=theirs,
                         env={**os.environ, 'TERM': 'xterm'}, close_fds=True)
    os.close(theirs)
    seen = b''

    def answer(question, text):
        nonlocal seen
        while question not in seen:
            seen += os.read(ours, 4096)
        seen = b''
        os.write(ours, text + b'\n')
    try:
        answer(b'(acme.directory): ', b'')
        answer(b'Type yes: ', b'yes')
        answer(b'(dns.provider): ', b'builtin')
        answer(b'(dns.builtin.zone): ', b'acme.example')
        answer(b'(dns.builtin.ns): ', b'a.example, b.example')
        expect(p.wait(20), 0, 'exit code')
    finally:
        p.kill() if p.poll() is None else None
        os.close(ours)
    text = (w.config_dir / f'conf.d/{NAME}.json').read_text()
    expect_in('"ns": ["a.example", "b.example"]', text, 'file')
    expect_in('"email": "a@b.example"', text, 'file')


def test_a_dress_rehearsal_orders_at_staging_alone(folder):
    with two_cas(folder) as (w, staging):
        configure(w, staging)
        code, doc = w.json('check', '--staging')
        checks = {c['id']: c for c in doc['checks']}
        expect((code, checks['rehearsal.order']['level']), (0, 'ok'), doc)
        expect((w.pebble.order_requests(), staging.order_requests()), (0, 1), 'orders')
        expect(((w.state_dir / 'certs/vpn').exists(), text_of(w)), (False, []), 'what is left')


def test_a_dress_rehearsal_on_a_gateway_deploys_on_paper(folder):
    with delegated_gateway(folder) as g:
        conf = g.world.config([NAME])
        g.configure(acme={**conf['acme'], 'staging_directory': g.world.pebble.url + '?'})
        before = expect_whole(g, 'before')
        r = g.run('init', NAME, '--no-check', '--agree-tos', '--provider', 'manual')
        expect_in('found: RRAS with SSTP on port', r.stdout, 'init')
        expect(r.returncode, 2, r.stderr)
        expect_in('"rras" is the target of vpn already', r.stderr, 'init')
        code, doc = g.json('check', '--staging')
        checks = {c['id']: c for c in doc['checks']}
        expect((code, checks['rehearsal.deploy']['level']), (0, 'ok'), doc)
        expect_in('restart RemoteAccess', checks['rehearsal.deploy']['finding'], 'deploy on paper')
        expect(expect_whole(g, 'after'), before, 'leaf')
