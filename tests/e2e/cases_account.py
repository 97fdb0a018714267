# SPDX-License-Identifier: Apache-2.0
"""The account, revocation, external account binding and other chains, against Pebble."""
import base64
import json
import secrets
import shutil
from cases_issue import NAME, chain_of, expect, expect_exit, expect_in, expect_one_line, openssl_text
from cases_staging import configure, two_cas
from world import World


def account(w, verb, *more):
    code, doc = w.json('account', verb, *more)
    expect(code, 0, doc)
    return doc['account']


def test_an_accounts_life(folder):
    with World(folder) as w:
        w.delegate(NAME)
        w.write_config('vpn')
        expect(account(w, 'show')['known'], False, 'before')
        first = account(w, 'register')
        expect((first['status'], first['contact']), ('valid', 'mailto:ops@corp.example'), 'registered')
        conf = w.config([NAME])
        w.write_config('vpn', acme={**conf['acme'], 'email': 'vpn@corp.example'})
        expect(account(w, 'update')['contact'], 'mailto:vpn@corp.example', 'updated')
        rolled = account(w, 'rollover', 'vpn')
        expect(rolled['url'], first['url'], 'the same account')
        if rolled['thumbprint'] == first['thumbprint']:
            raise AssertionError('the key is still the old one')
        expect_exit(w.run('issue', 'vpn'), 0)
        r = w.run('account', 'deactivate')
        expect_exit(r, 2)
        expect_one_line(r, 'not done without being confirmed')
        expect(account(w, 'deactivate', '--yes')['status'], 'deactivated', 'deactivated')
        expect(account(w, 'show')['known'], False, 'after')
        expect_exit(w.run('issue', 'vpn'), 0)
        expect_exit(w.run('account', 'shwo'), 2)


def test_a_revoked_certificate_is_replaced(folder):
    with World(folder) as w:
        w.delegate(NAME)
        w.write_config('vpn')
        expect_exit(w.run('issue', 'vpn'), 0)
        serial = openssl_text(chain_of(w), '-serial')
        expect_exit(w.run('revoke', 'vpn', '--yes'), 2)
        expect_exit(w.run('revoke', 'vpn', '--reason', 'keyCompromise'), 2)
        r = w.run('revoke', 'vpn', '--reason', 'keyCompromise', '--yes')
        expect_exit(r, 0)
        expect_in('is revoked', r.stdout, 'outcome')
        expect_exit(w.run('revoke', 'vpn', '--reason', 'keyCompromise', '--yes'), 0)  # once more
        code, doc = w.json('run')
        expect((code, doc['results'][0]['action']), (0, 'renewed'), 'run')
        if openssl_text(chain_of(w), '-serial') == serial:
            raise AssertionError('the revoked certificate is still there')
        code, doc = w.json('run')
        expect((code, doc['results'][0]['action']), (0, 'none'), 'once only')


def status_at(ca, serial):
    return json.loads(ca.get(f'https://127.0.0.1:{ca.management_port}/cert-status-by-serial/{serial.lower()}'))['Status']


def test_revocation_goes_to_the_ca_that_issued(folder):
    with two_cas(folder) as (w, other):
        for signer in ('account', 'the certificate'):
            configure(w, other)
            expect_exit(w.run('issue', 'vpn'), 0)
            serial = openssl_text(chain_of(w), '-serial').split('=')[1].strip()
            expect(status_at(w.pebble, serial), 'Valid', signer)
            conf = w.config([NAME])
            w.write_config('vpn', acme={**conf['acme'], 'directory': other.url})
            (w.config_dir / 'conf.d/ca.pem').write_text(w.pebble.ca_file.read_text() + other.ca_file.read_text())
            if signer != 'account':
                shutil.rmtree(w.state_dir / 'accounts')
            r = w.run('revoke', 'vpn', '--reason', 'superseded')
            expect_one_line(r, f'at {w.pebble.url}')
            code, doc = w.json('revoke', 'vpn', '--reason', 'superseded', '--yes')
            expect((code, doc['revoked']['directory']), (0, w.pebble.url), doc)
            expect(status_at(w.pebble, serial), 'Revoked', signer)
            shutil.rmtree(w.state_dir)


def test_external_account_binding(folder):
    mac = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip('=')
    with World(folder, settings={'externalAccountBindingRequired': True,
                                 'externalAccountMACKeys': {'kid-1': mac}}) as w:
        w.delegate(NAME)
        w.write_config('vpn')
        r = w.run('issue', 'vpn')
        expect_exit(r, 2)
        expect_in('acme.eab', r.stderr, 'cure')
        conf = w.config([NAME])
        secret = w.config_dir / 'conf.d/eab.key'
        eab = {'kid': 'kid-1', 'hmac_key_file': 'eab.key'}
        for text, code in ((base64.b64encode(b'wrong' * 8).decode(), 3), (mac, 0)):
            secret.write_text(text + '\n')
            secret.chmod(0o600)
            w.write_config('vpn', acme={**conf['acme'], 'eab': eab})
            expect_exit(w.run('issue', 'vpn'), code)


def test_another_chain_is_taken_when_preferred(folder):
    with World(folder, PEBBLE_ALTERNATE_ROOTS='2') as w:
        w.delegate(NAME)
        w.write_config('vpn')
        expect_exit(w.run('issue', 'vpn'), 0)
        (folder / 'root.pem').write_bytes(w.pebble.get(f'https://127.0.0.1:{w.pebble.management_port}/roots/1'))
        wanted = openssl_text(folder / 'root.pem', '-subject', '-nameopt', 'multiline').split('=')[-1].strip()
        conf = w.config([NAME])
        w.write_config('vpn', acme={**conf['acme'], 'preferred_chain': wanted})
        expect_exit(w.run('issue', 'vpn'), 0)
        certs = chain_of(w).read_text().split('-----END CERTIFICATE-----')
        (folder / 'top.pem').write_text(certs[-2].strip() + '\n-----END CERTIFICATE-----\n')
        expect_in(wanted, openssl_text(folder / 'top.pem', '-issuer'), 'top of the chain')
