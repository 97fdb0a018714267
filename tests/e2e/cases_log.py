# SPDX-License-Identifier: Apache-2.0
"""The log at its most talkative holds no secret, and each of its lines is one record."""
import base64, json, re, subprocess
from cases_issue import expect, expect_exit
from gateway import HOST, Gateway


def private_parts(pem):
    """What would give a key away, in the ways that it could be written: PEM lines, and its bytes in hex and base64."""
    body = ''.join(pem.split('-----')[2].split())
    der = base64.b64decode(body)
    return [body[i:i + 48] for i in range(48, len(body) - 48, 48)] + [der[-40:].hex(), base64.b64encode(der[-39:]).decode()]


def test_a_debug_log_of_a_whole_life_holds_no_secret(folder):
    """Account, order, deploy, export and a PFX with a password, through a simulated gateway; each file below the state folder that
    holds a key is a secret, and so are TSIG key, EAB key and passwords."""
    with Gateway(folder) as g:
        w = g.world
        w.delegate(HOST)
        g.configure()
        secret = 'Pa55-4f0c77b1e2a95d30'
        eab = base64.urlsafe_b64encode(b'e' * 32).rstrip(b'=').decode()
        log = folder / 'debug.log'
        (folder / 'pw').write_text(secret)
        (folder / 'pw').chmod(0o600)
        (g.config_dir / 'rras-acme.json').write_text(json.dumps({'log': {'level': 'debug', 'format': 'json', 'file': f'Z:{log}'}}))
        conf = w.config([HOST])
        w.delegate('eab.corp.example')
        w.delegate('cf.corp.example')
        w.write_config('eab', ['eab.corp.example'], folder=g.config_dir, deploy={'target': 'none'}, acme={
            **conf['acme'], 'eab': {'kid': 'kid-1', 'hmac_key_file': 'env:EAB_KEY'}})
        token = 'cfT0ken-7d1f9a3b5c2e4860'                      # its API answers nothing, after the token was read
        w.write_config('cf', ['cf.corp.example'], folder=g.config_dir, deploy={'target': 'none'}, dns={
            **conf['dns'], 'provider': 'cloudflare', 'cloudflare': {'api': 'https://127.0.0.1:9', 'token_file': 'env:CF', 'zone': 'acme.example'}})
        env = {'EAB_KEY': eab, 'PW': secret, 'CF': token}
        spoken = []
        pfx = ['--pfx', f'Z:{folder}/out.pfx', '--password-file', 'env:PW']
        for code, *argv in ((0, 'check', 'vpn'), (0, 'issue', 'vpn'), (0, 'issue', 'eab'), (0, 'run', 'vpn', 'eab'), (0, 'status'),
                            (9, 'check', 'cf'), (5, 'issue', 'cf'), (0, 'export', 'vpn', *pfx), (0, 'deploy', 'vpn', *pfx)):
            r = g.run('--log-level', 'debug', *argv, env=env)
            expect(r.returncode, code, f'{argv}: {r.stdout}{r.stderr}')
            spoken.append(r.stdout + r.stderr)
        secrets = {'TSIG key': [w.bind.secret], 'EAB key': [eab], 'password': [secret], 'API token': [token]}
        r = subprocess.run(['openssl', 'pkcs12', '-in', folder / 'out.pfx', '-nodes', '-nocerts', '-passin', f'pass:{secret}'],
                           capture_output=True, text=True)
        expect(r.returncode, 0, r.stderr)
        secrets['key of the certificate'] = private_parts(r.stdout[r.stdout.index('-----BEGIN'):])
        lines = log.read_text().splitlines()
        expect(len(lines) > 50, True, f'{len(lines)} lines')
        for line in lines:
            record = json.loads(line)
            expect(sorted(record), ['level', 'message', 'pid', 'time'], line)
            expect(bool(re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ', record['time'])), True, line)
        everything = '\n'.join([log.read_text(), *spoken])
        expect('debug' in {json.loads(line)['level'] for line in lines}, True, 'debug lines')
        for what, parts in secrets.items():
            for part in parts:
                expect(part in everything, False, f'{what} in the log')
