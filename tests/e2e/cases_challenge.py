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


def persist_value(record):
    """Of the line that check prints."""
    return record.split(' TXT ')[1]


def test_dns_persist_01(folder):
    """The record is printed, looked for, and nothing is ever published."""
    with world(folder, PEBBLE_WFE_NONCEREJECT='0') as w:
        configure(w, 'vpn', 'dns-persist-01', [NAME, f'*.{NAME}'], dns={'root': [f'127.0.0.1:{w.bind.port}']})
        r = w.run('check', 'vpn')
        expect_exit(r, 2)
        expect_in('acme.experimental', r.stderr, 'cure')
        acme = {**w.config([])['acme'], 'challenge': 'dns-persist-01', 'experimental': True}
        w.write_config('vpn', names=[NAME, f'*.{NAME}'], acme=acme, dns={'root': [f'127.0.0.1:{w.bind.port}']})

        url = account_of(w)
        level, _, cure = check_of(w, 'vpn', 'dns.persist')
        expect(level, 'fail', cure)
        record = f'_validation-persist.{NAME}. TXT "{IDENTITY}; accounturi={url}"'
        expect_in(record, cure, 'record to create')
        r = w.run('issue', 'vpn')
        expect_exit(r, 4)
        expect_in(f'_validation-persist.{NAME}', r.stderr, 'error')

        # One record for the name and another, for wildcards, beside it; and one of another CA.
        w.bind.add_company(f'_validation-persist.{NAME}. IN TXT "other.example; accounturi={url}"',
                           record.replace(' TXT', ' IN TXT'))
        r = w.run('issue', 'vpn')
        expect_exit(r, 4)
        expect_in('policy=wildcard', r.stderr, 'hint')
        w.bind.add_company(f'_validation-persist.{NAME}. IN TXT "{IDENTITY}; " "accounturi={url}; policy=wildcard"')
        code, doc = w.json('check', 'vpn')
        expect([c for c in doc['checks'] if c['level'] in ('fail', 'warn')], [], 'bad checks')
        expect_exit(w.run('issue', 'vpn'), 0)
        expect_in(f'DNS:*.{NAME}', openssl_text(chain_of(w), '-ext', 'subjectAltName'), 'certificate')
        expect(w.pebble.order_requests(), 1, 'orders: the first one waited for the record')
