# SPDX-License-Identifier: Apache-2.0
"""A clock that is wrong: ours cannot be turned in a test, so the CA's Date and the certificate in place are."""
import calendar, email.utils, json, subprocess, time
from cases_hostile import all_of
from cases_issue import expect, expect_exit, expect_in
from hostile import Fault, with_header

CONF = """[ca]
default_ca = x
[x]
dir = .
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = p
x509_extensions = e
[p]
commonName = optional
[e]
subjectAltName = DNS:{name}
[req]
distinguished_name = n
[n]
"""


def put_certificate(site, start, end):
    """A certificate of these times, self-signed, in place of the live one, with its key."""
    folder, live = site.state.parent / 'made', site.state / 'certs/vpn/live'
    folder.mkdir()
    (folder / 'conf').write_text(CONF.format(name=site.name))
    (folder / 'index').write_text('')
    (folder / 'serial').write_text('01')

    def openssl(*argv):
        subprocess.run(['openssl', *argv], check=True, capture_output=True, cwd=folder)

    openssl('req', '-new', '-key', str(live / 'key.pem'), '-subj', '/CN=x', '-out', 'csr', '-config', 'conf')
    openssl('ca', '-batch', '-config', 'conf', '-selfsign', '-keyfile', str(live / 'key.pem'), '-in', 'csr', '-out', 'chain.pem',
            '-notext', '-startdate', start + '000000Z', '-enddate', end + '000000Z')
    (live / 'chain.pem').write_bytes((folder / 'chain.pem').read_bytes())


def date(text):
    """What the CA says the day is, at noon."""
    noon = calendar.timegm((int(text[:4]), int(text[4:6]), int(text[6:8]), 12, 0, 0))
    return [Fault('', with_header('Date', email.utils.formatdate(noon, usegmt=True)))]


def play(site, row):
    what, times, faults, (code, action), words = row
    expect_exit(site.run('issue', 'vpn'), 0)
    put_certificate(site, *times)
    site.proxy.arm(*faults)
    r = site.run('--json', 'run')
    expect_exit(r, code)
    expect(json.loads(r.stdout)['results'][0]['action'], action, 'action')
    for word in words:
        expect_in(word, r.stderr, 'warnings and error')
    if not words and 'clock' in r.stderr:
        raise AssertionError(r.stderr)


def test_the_cas_clock_counts_when_ours_cannot_be_right(folder):
    old, later, now = ('20200101', '20200401'), ('20900101', '20900401'), ('20260101', '20890101')
    # What is due by the CA's clock is ordered, and then refused: Pebble signs by the real one.
    rows = [
        ('expired, the CA agrees', old, [], (0, 'renewed'), []),
        ('expired by us, not by the CA', old, date('20200110'), (0, 'none'), ['ahead of the CA']),
        ('expired by us, due by the CA', old, date('20200325'), (3, 'failed'), ['ahead of the CA', 'certificate: ']),
        ('not valid yet, the CA agrees', later, [], (0, 'none'), []),
        ('not valid yet by us, due by the CA', later, date('20900325'), (3, 'failed'), ['behind the CA', 'certificate: ']),
        ('valid: nobody is asked', now, date('20200110'), (0, 'none'), []),
    ]
    all_of(folder, rows, play)


def test_minutes_are_warned_of_only(folder):
    soon = [Fault('', lambda x: with_header('Date', email.utils.formatdate(calendar.timegm(time.gmtime()) + 900,
                                                                           usegmt=True))(x))]

    def one(site, row):
        site.proxy.arm(*row[1])
        r = site.run('issue', 'vpn')
        expect_exit(r, 0)
        expect_in('s behind the CA', r.stderr, 'warning')

    all_of(folder, [('a quarter of an hour', soon)], one)
