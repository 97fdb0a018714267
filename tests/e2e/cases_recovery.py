# SPDX-License-Identifier: Apache-2.0
"""A deploy dies, and before the next run somebody mends the gateway by hand with another certificate."""
import json
import lab as sim
from cases_issue import expect, expect_exit, expect_in
from cases_window import in_hours
from gateway import HOST, PROGRAM_DATA, PfxGateway


def choose_by_hand(lab, cert):
    """As the console does: both records, both hashes, the flag, a restart."""
    def put(name, kind, value):
        return ('reg', sim.SSTP_PARAMETERS, name, kind, value)
    lab.batch([*(('bind', lab.binding_name(f), cert['sha1'], 'sstp', 'checked', '0') for f in ('v4', 'v6')),
               put('SHA256CertificateHash', 'binary', cert['sha256']), put('SHA1CertificateHash', 'binary', cert['sha1']),
               put('isHashConfiguredByAdmin', 'dword', '1'), ('service', 'restart', 'RemoteAccess')])


def test_a_certificate_that_somebody_chose_meanwhile_stays(folder):
    with PfxGateway(folder) as g:
        g.lab.fault('HttpUpdateServiceConfiguration#2=die')
        expect(g.deploy().returncode, 137, 'the deploy')
        g.lab.clear_faults()
        before = g.lab.show(look=False)
        bought = g.lab.new_cert(HOST)
        choose_by_hand(g.lab, bought)
        expect(g.whole('mended'), bought['sha256'], 'leaf')
        path = g.lab.c / PROGRAM_DATA / 'conf.d/vpn.json'
        conf = json.loads(path.read_text())
        conf['deploy']['window'] = [in_hours(6)]  # till then it is a difference like any other
        path.write_text(json.dumps(conf))
        r = g.lab.run('run', timeout=120)
        expect_exit(r, 0)
        expect_in(f'somebody has put certificate {bought["sha256"]}', r.stderr, 'the log')
        expect(g.whole('left'), bought['sha256'], 'leaf')
        after = g.lab.show(look=False)
        expect((len(after['my']), len(after['key_files'])), (len(before['my']), len(before['key_files'])),
               'the bought one came, what the deploy had imported went')
        r = g.lab.run('run', timeout=120)
        expect_exit(r, 0)
        if 'somebody' in r.stderr or 'settl' in r.stderr:
            raise AssertionError(f'settled again: {r.stderr}')
        expect_exit(g.deploy(), 0)
        expect(g.whole('asked for'), g.wanted, 'leaf')
