# SPDX-License-Identifier: Apache-2.0
"""The other two challenges in DNS, against a Pebble that has them."""
import base64, hashlib, re
from cases_issue import NAME, chain_of, expect, expect_exit, expect_in, openssl_text
from cases_names import IDENTITY, check_of, world


def account_label(url):
    return '_' + base64.b32encode(hashlib.sha256(url.encode()).digest()[:10]).decode().lower()


def configure(w, name, challenge, names=None, **more):
    acme = {**w.config([])['acme'], 'challenge': challenge}
    w.write_config(name, names=names, acme=acme, **more)


def account_of(w, name='vpn'):
    level, finding, _ = check_of(w, name, 'ca.account')
    expect(level, 'ok', finding)
    return re.match(r'(https://\S+):', finding).group(1)


def test_dns_account_01(folder):
    """check registers the account and prints the CNAME, which is the account's own; the issuance
    then needs nothing but it, and CAA records may ask for this challenge."""
    names = [NAME, f'*.{NAME}']
    with world(folder) as w:
        configure(w, 'vpn', 'dns-account-01', names)
        url = account_of(w)
        level, _, cure = check_of(w, 'vpn', 'dns.chain')
        expect(level, 'fail', cure)
        challenge = f'{account_label(url)}._acme-challenge.{NAME}'
        target = hashlib.sha256(challenge.encode()).hexdigest()[:16] + '.acme.example'
        record = f'{challenge}. CNAME {target}.'
        expect_in(record, cure, 'record to create')
        w.bind.add_company(record.replace(' CNAME', ' IN CNAME'),
                           f'{NAME}. IN CAA 0 issue "{IDENTITY}; accounturi={url}; validationmethods=dns-account-01"')
        code, doc = w.json('check', 'vpn')
        expect([c for c in doc['checks'] if c['level'] in ('fail', 'warn')], [], 'bad checks')
        expect_exit(w.run('issue', 'vpn'), 0)
        text = openssl_text(chain_of(w), '-ext', 'subjectAltName')
        for name in names:
            expect_in(f'DNS:{name}', text, 'certificate')
        expect(w.bind.query(target, 'TXT'), '', 'TXT left')
