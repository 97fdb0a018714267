# SPDX-License-Identifier: Apache-2.0
"""docs/migrate.md, step by step: a gateway as win-acme leaves it is taken over, and given back."""
import contextlib
from cases_docs import Newcomer
from cases_issue import expect, expect_in
from gateway import HOST, whole
from pages import Markdown

OLD_TASK = 'win-acme renew (acme-v02.api.letsencrypt.org)'
TASK_XML = r'<Actions Context="Author"><Exec><Command>C:\tools\win-acme\wacs.exe</Command><Arguments>--renew</Arguments></Exec></Actions>'


def as_win_acme_leaves_it(n):
    """Its task, its certificate in place, a TXT record of a validation by hand; the old certificate also as a file."""
    sha1 = n.lab.new_cert(HOST, pfx=n.lab.app / 'old.pfx')['sha1']
    (n.lab.app / 'old.password').write_text('sim')
    (n.lab.app / 'old.password').chmod(0o600)
    cert = next(c for c in n.lab.show(look=False)['my'] if c['sha1'] == sha1)
    for family in ('v4', 'v6'):
        n.lab.bind(family, sha1)
    n.lab.values({'SHA1CertificateHash': bytes.fromhex(sha1), 'SHA256CertificateHash': bytes.fromhex(cert['sha256']), 'isHashConfiguredByAdmin': 1})
    n.lab.restart()
    n.lab.task(OLD_TASK, Xml=TASK_XML, Enabled=1)
    n.w.bind.add_company(f'_acme-challenge.{HOST}. IN TXT "of-an-old-validation"')
    expect(whole(n.lab, 'as win-acme leaves it'), cert['sha256'], 'what is served')
    return cert['sha256']


def test_a_gateway_of_win_acme_is_taken_over_and_given_back(folder):
    page = Markdown('docs/migrate.md')
    steps = [code for _, code in page.order]

    def type(line, code=0):
        expect(line in steps, True, f'{line}: on the page')
        return n.type(line, code)

    with contextlib.ExitStack() as stack:
        n = Newcomer(folder, stack)
        old = as_win_acme_leaves_it(n)
        n.configure()

        expect_in(OLD_TASK, type('rras-acme doctor'), 'doctor')
        said = type('rras-acme check vpn', 9)
        expect_in('first remove the TXT record', said, 'check, of the record that is in the way')
        expect_in(OLD_TASK, said, 'check')
        n.w.bind.company_records.clear()
        n.delegate(said)
        type('rras-acme check vpn')
        type('rras-acme check vpn --staging')
        expect(whole(n.lab, 'looked and rehearsed'), old, 'what is served')

        expect_in(f'schtasks /change /disable /tn "{OLD_TASK}"', '\n'.join(steps), 'page')
        n.lab.task(OLD_TASK, Enabled=0)  # what that does
        expect(OLD_TASK in type('rras-acme check vpn'), False, 'check, after the old way was stopped')

        type('rras-acme issue vpn')
        new = whole(n.lab, 'taken over')
        expect(new == old, False, 'the old certificate serves')
        expect(old in {c['sha256'] for c in n.lab.show(look=False)['my']}, True, 'the old certificate stays in the store')
        type('rras-acme status')
        type('rras-acme probe vpn.example.com')
        type('rras-acme schedule install --watchdog')
        expect(OLD_TASK in type('rras-acme doctor'), False, 'doctor, afterwards')

        # How to go back
        type('rras-acme schedule remove')
        expect_in('no certificate of ours was in place before', type('rras-acme rollback vpn', 2), 'roll-back')
        expect(whole(n.lab, 'refused'), new, 'what is served')
        type('rras-acme deploy vpn --pfx old.pfx --password-file old.password')
        expect(whole(n.lab, 'given back'), old, 'what is served')
