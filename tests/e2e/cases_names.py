# SPDX-License-Identifier: Apache-2.0
"""What the DNS says about the certificate's names besides the challenge: CAA records. And names outside of ASCII."""
from cases_issue import NAME, chain_of, expect, expect_exit, expect_in, expect_one_line, openssl_text
from world import COMPANY, World, pebble_of_sid

IDENTITY = 'pebble.example'


def world(folder, **more):
    return World(folder, program=pebble_of_sid(), settings={'caaIdentities': [IDENTITY]}, **more)


def check_of(w, name, check_id):
    """The first check of this id as (level, finding, cure)."""
    _, doc = w.json('check', name)
    found = next(c for c in doc['checks'] if c['id'] == check_id)
    return found['level'], found['finding'], found['cure']


def test_caa_records_of_the_company_are_obeyed(folder):
    with world(folder) as w:
        w.delegate(NAME)
        w.write_config('vpn')
        expect(check_of(w, 'vpn', 'dns.caa')[:2], ('ok', 'no records, here or above: any CA may issue'), 'none')

        w.bind.add_company(f'{COMPANY}. IN CAA 0 issue "other.example"')
        level, finding, _ = check_of(w, 'vpn', 'dns.caa')
        expect(level, 'fail', finding)
        expect_in(f'{COMPANY}. CAA 0 issue "other.example": is not for this CA', finding, 'finding')
        r = w.run('issue', 'vpn')
        expect_exit(r, 4)
        expect_one_line(r, NAME, f'{COMPANY}. CAA 0 issue "other.example"', IDENTITY)
        expect(w.pebble.order_requests(), 0, 'orders')

        # The record that is suggested, word by word.
        level, finding, cure = check_of(w, 'vpn', 'dns.caa')
        record = f'{NAME}. CAA 0 issue "{IDENTITY}; accounturi=https://'
        expect_in(record, finding, 'suggestion')
        suggested = finding.split('account alone: ')[1]
        expect_in(suggested, cure, 'cure')
        w.bind.add_company(suggested.replace(' CAA ', ' IN CAA '))
        level, finding, _ = check_of(w, 'vpn', 'dns.caa')
        expect((level, 'lets this CA issue' in finding), ('ok', True), finding)
        expect_exit(w.run('issue', 'vpn'), 0)


def test_caa_for_another_account_or_with_an_unknown_critical_property(folder):
    with world(folder) as w:
        w.delegate(NAME, COMPANY)
        w.write_config('vpn')
        w.write_config('wild', names=[f'*.{COMPANY}'])
        expect_exit(w.run('issue', 'vpn'), 0)
        w.bind.add_company(f'{NAME}. IN CAA 0 issue "{IDENTITY}; accounturi=https://{IDENTITY}/other"')
        r = w.run('issue', 'vpn')
        expect_exit(r, 4)
        expect_one_line(r, 'is for another account than ours')
        w.bind.company_records.pop()
        w.bind.add_company(f'{COMPANY}. IN CAA 0 issue "{IDENTITY}"', f'{COMPANY}. IN CAA 0 issuewild ";"')
        expect_exit(w.run('issue', 'vpn'), 0)
        r = w.run('issue', 'wild')
        expect_exit(r, 4)
        expect_one_line(r, f'*.{COMPANY}', 'issuewild')
        w.bind.add_company(f'{COMPANY}. IN CAA 128 tbs "x"')
        r = w.run('issue', 'vpn')
        expect_exit(r, 4)
        expect_one_line(r, 'CAA 128 tbs "x"', 'critical')


def test_caa_that_cannot_be_looked_up_is_a_warning(folder):
    alias = f'alias.{COMPANY}'
    with world(folder) as w:
        w.delegate(alias)
        w.bind.add_company(f'{alias}. IN CNAME host.dead.{COMPANY}.', f'dead.{COMPANY}. IN NS ns.dead.{COMPANY}.',
                           f'ns.dead.{COMPANY}. IN A 127.0.0.9')
        w.write_config('alias', names=[alias])
        level, finding, cure = check_of(w, 'alias', 'dns.caa')
        expect(level, 'warn', finding)
        expect_in(f'dead.{COMPANY}', finding, 'finding')
        expect_in('refuses to issue while this lasts', cure, 'cure')
        r = w.run('issue', 'alias')
        expect_exit(r, 0)
        expect_in('refuses to issue while this lasts', r.stderr, 'warning')


def test_a_name_in_its_own_letters(folder):
    typed, name = f'vpn.b\u00fccher.{COMPANY}', f'vpn.xn--bcher-kva.{COMPANY}'
    with world(folder) as w:
        w.delegate(name)
        w.write_config('vpn', names=[typed])
        r = w.run('check', 'vpn')
        expect_exit(r, 0)
        expect_in(f'{name} is {typed}', r.stdout, 'check')
        expect_exit(w.run('issue', 'vpn'), 0)
        expect_in(f'DNS:{name}', openssl_text(chain_of(w), '-ext', 'subjectAltName'), 'certificate')
        expect_in(f'{name} is {typed}', w.run('status').stdout, 'status')
        code, doc = w.json('status')
        cert = doc['certificates'][0]
        expect((code, cert['names'], cert['names_unicode']), (0, [name], [typed]), 'status --json')
        w.write_config('vpn', names=[f'B\u00dcCHER.{COMPANY}'])
        r = w.run('check', 'vpn')
        expect_exit(r, 2)
        expect_in('write it in lower case', r.stderr, 'refusal')
