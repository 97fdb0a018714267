# SPDX-License-Identifier: Apache-2.0
"""PFX files: `export` as openssl reads it, and `deploy --pfx` of a certificate from elsewhere."""
import os
import subprocess
from cases_gateway import delegated_gateway, expect_whole
from cases_issue import NAME, chain_of, expect, expect_exit, expect_in, expect_one_line, weeks_later
from cases_window import in_hours, one, status
from gateway import HOST
from world import World

PASSWORD = 'päss wörd'
WITH_PASSWORD = {**os.environ, 'PFX_PASSWORD': PASSWORD}


def openssl(*argv, **more):
    return subprocess.run(['openssl', *map(str, argv)], check=True, capture_output=True, **more).stdout


def read_pfx(path, *what, password=PASSWORD):
    return openssl('pkcs12', '-in', path, '-passin', f'pass:{password}', '-nodes', *what)


def export(w, path, *more, password='env:PFX_PASSWORD'):
    return w.run('export', 'vpn', '--pfx', str(path), '--password-file', password, *more, env=WITH_PASSWORD)


def test_export_is_what_openssl_reads(folder):
    with World(folder) as w:
        w.delegate(NAME)
        w.write_config('vpn')
        path = folder / 'out.pfx'
        r = export(w, path)
        expect_exit(r, 2)
        expect_one_line(r, 'no certificate is held')
        expect_exit(w.run('issue', 'vpn'), 0)

        expect_exit(export(w, path), 0)
        expect(path.stat().st_mode & 0o777, 0o600, 'mode')
        live = chain_of(w).read_text()
        certs = read_pfx(path, '-nokeys').decode()
        for block in live.split('-----BEGIN CERTIFICATE-----\n')[1:]:
            expect_in(block.strip(), certs, 'certificates')
        key = read_pfx(path, '-nocerts')
        expect(openssl('pkey', '-pubout', input=key),
               openssl('x509', '-pubkey', '-noout', input=live.encode()), 'public key')
        info = subprocess.run(['openssl', 'pkcs12', '-info', '-noout', '-in', path, '-passin', f'pass:{PASSWORD}'],
                              capture_output=True, text=True).stderr
        expect_in('AES-256-CBC', info, 'modern')
        expect_in('MAC: sha256', info, 'modern')

        before = path.read_bytes()
        r = export(w, path)
        expect_exit(r, 2)
        expect_one_line(r, 'there already')
        expect(path.read_bytes(), before, 'the file')
        code, doc = w.json('export', 'vpn', '--pfx', str(path), '--password-file', 'env:PFX_PASSWORD', '--yes', '--legacy',
                           env=WITH_PASSWORD)
        expect((code, doc['exported']['file'], doc['exported']['legacy']), (0, str(path), True), doc)
        info = subprocess.run(['openssl', 'pkcs12', '-info', '-noout', '-in', path, '-passin', f'pass:{PASSWORD}'],
                              capture_output=True, text=True).stderr
        expect_in('3-KeyTripleDES', info, 'legacy')
        expect_in('MAC: sha1', info, 'legacy')


def test_export_wants_a_password(folder):
    with World(folder) as w:
        w.write_config('vpn')
        path, password = folder / 'out.pfx', folder / 'password'
        for text, mode, what in (('', 0o600, 'holds nothing'), ('\n', 0o600, 'holds nothing'), ('secret', 0o644, 'others')):
            password.write_text(text)
            password.chmod(mode)
            r = export(w, path, password=str(password))
            expect_exit(r, 2)
            expect_one_line(r, what)
        r = export(w, path, password='-')  # nothing is piped in
        expect_exit(r, 2)
        expect_one_line(r, 'standard input')
        r = w.run('export', 'vpn', '--pfx', str(path))
        expect_exit(r, 2)
        expect_one_line(r, '--password-file is missing')
        expect(path.exists(), False, 'a file')


def make_pfx(folder, name, names, days=60):
    """From a CA of its own, as an administrator would get one by mail."""
    config = folder / f'{name}.cnf'
    config.write_text('subjectAltName=' + ','.join(f'DNS:{n}' for n in names) + '\nextendedKeyUsage=serverAuth\n')
    ca, key, leaf, pfx = (folder / f'{name}{end}' for end in ('-ca.pem', '.key', '.pem', '.pfx'))
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', 300, '-subj', '/CN=Elsewhere CA', '-keyout',
            folder / f'{name}-ca.key', '-out', ca)
    request = openssl('req', '-new', '-newkey', 'rsa:2048', '-nodes', '-subj', f'/CN={names[0]}', '-keyout', key)
    openssl('x509', '-req', '-CA', ca, '-CAkey', folder / f'{name}-ca.key', '-CAcreateserial', '-days', days, '-extfile',
            config, '-out', leaf, input=request)
    openssl('pkcs12', '-export', '-in', leaf, '-inkey', key, '-certfile', ca, '-out', pfx, '-passout', f'pass:{PASSWORD}')
    digest = openssl('x509', '-in', leaf, '-noout', '-fingerprint', '-sha256').decode()
    return f'Z:{pfx}', digest.split('=')[1].strip().replace(':', '').lower()


def test_a_certificate_from_elsewhere_is_deployed_and_renewed_by_acme(folder):
    with delegated_gateway(folder) as g:
        old = expect_whole(g, 'before')
        pfx, sha256 = make_pfx(folder, 'good', [HOST, 'mail.corp.example'])
        wrong, _ = make_pfx(folder, 'other', ['mail.corp.example'])

        def deploy(file, *more, password=PASSWORD):
            return g.run('deploy', 'vpn', '--pfx', file, '--password-file', '-', *more, stdin=password + '\n')

        for file, password, what in ((pfx, 'no', 'wrong password'), (wrong, PASSWORD, f'not for {HOST}'),
                                     (pfx + 'x', PASSWORD, 'good.pfxx'), (f'Z:{folder}/good.pem', PASSWORD, 'no PKCS#12 file')):
            r = deploy(file, password=password)
            expect_exit(r, 2)
            expect_one_line(r, what)
        expect((g.state_dir / 'certs/vpn/held').exists(), False, 'held')
        expect_exit(deploy(pfx, '--dry-run'), 0)
        expect((g.state_dir / 'certs/vpn/held').exists(), False, 'held by the dry run')
        expect(expect_whole(g, 'refused'), old, 'leaf')

        g.configure(deploy={'window': [in_hours(6)]})
        r = deploy(pfx)
        expect_exit(r, 0)
        expect_in('held', r.stdout, 'outside of the window')
        expect(status(g)['held']['sha256'], sha256, 'held')
        g.configure()
        result = one(g, 'run')
        expect((result['action'], result['proven'], result['https']['requests']), ('deployed', True, 0), 'run')
        expect(expect_whole(g, 'deployed'), sha256[:16], 'leaf')
        result = one(g, 'run')  # more names than configured, and no CA to ask
        expect((result['action'], result['https']['requests']), ('none', 0), 'run')

        r = g.run('revoke', 'vpn', '--reason', 'superseded', '--yes')
        expect_exit(r, 3)
        expect_one_line(r, 'was not issued here but came from a file (deploy --pfx)')
        expect_in('by the CA that issued it: CN=Elsewhere CA', r.stderr, 'cure')

        weeks_later(g.state_dir)
        expect(one(g, 'issue', 'vpn')['action'], 'renewed', 'ACME follows')
        expect(status(g)['directory'], g.world.pebble.url, 'directory')
        expect(one(g, 'rollback', 'vpn')['action'], 'rolled_back', 'back to it')
        expect(expect_whole(g, 'rolled back'), sha256[:16], 'leaf')
