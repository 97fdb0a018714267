# SPDX-License-Identifier: Apache-2.0
"""A caching, validating resolver between the CA and the name servers, as in real life."""
import socket, subprocess
from cases_issue import NAME, expect, expect_exit, expect_in, expect_one_line
from unbound import Unbound, sign
from ports import free_ports
from world import COMPANY, DELEGATED, KEY_NAME, TOP, World, wait_for

ZONES = (TOP, COMPANY, DELEGATED)


def resolver_for(w, *anchors):
    (port,) = free_ports(1, (socket.SOCK_STREAM, socket.SOCK_DGRAM))
    return Unbound(w.folder / f'unbound-{port}', port, w.bind.port, ZONES, anchors)


def with_resolver(w, u):
    """The CA asks Unbound from now on."""
    w.pebble.stop()
    w.pebble.resolver = f'127.0.0.1:{u.port}'
    w.pebble.start()


def update(w, *lines):
    """A dynamic update of the delegated zone, with the program's own key."""
    text = ''.join(f'{line}\n' for line in (f'server 127.0.0.1 {w.bind.port}', f'zone {DELEGATED}',
                                            f'key hmac-sha256:{KEY_NAME} {w.bind.secret}', *lines, 'send'))
    subprocess.run(['nsupdate'], input=text, text=True, check=True, capture_output=True)


def test_two_cnames_through_the_cas_own_resolver(folder):
    with World(folder) as w, resolver_for(w) as u:
        with_resolver(w, u)
        w.bind.add_company(f'_acme-challenge.{NAME}. IN CNAME hop.{COMPANY}.', f'hop.{COMPANY}. IN CNAME {w.target(NAME)}.')
        w.write_config('vpn')
        expect_exit(w.run('issue', 'vpn'), 0)


def test_after_a_premature_validation_the_next_one_waits_for_the_negative_ttl(folder):
    """A hook that publishes nothing makes the CA look too early; its resolver then remembers the
    "no" for the zone's negative TTL, and a second try within it fails although all is right."""
    with World(folder) as w, resolver_for(w) as u:
        with_resolver(w, u)
        w.delegate(NAME)
        conf = w.config([NAME])['dns']
        hook = folder / 'hook.sh'
        hook.write_text('#!/bin/sh\nexit 0\n')
        hook.chmod(0o755)
        early = {**conf, 'provider': 'exec', 'target': w.target(NAME), 'exec': {'command': [str(hook)]},
                 'propagation': {'policy': 'none', 'settle': '0s'}}
        del early['rfc2136']
        w.write_config('vpn', dns=early)
        expect_exit(w.run('run', 'vpn'), 4)

        w.write_config('vpn')
        r = w.run('issue', 'vpn')  # does not wait, and all is right on the name servers
        expect_exit(r, 4)
        expect_in(r'\x03', r.stderr, 'what the CA saw: NXDOMAIN')
        r = w.run('run', 'vpn')
        expect_exit(r, 10)
        expect_one_line(r, 'put off until')

        # The resolver forgets. (A record of somebody else, so that asking it plants no "no" again.)
        update(w, f'add {w.target(NAME)} 0 TXT "of somebody else"')
        # It keeps a "no" for each way of asking: with signatures checked and without, by both names.
        wait_for('end of the negative TTL', lambda: all(u.ask(name, 'TXT', flag) == 'NOERROR' for flag in ('+nocdflag', '+cdflag')
                                                        for name in (f'_acme-challenge.{NAME}', w.target(NAME))))
        expect_exit(w.run('issue', 'vpn'), 0)


def dnssec_of(w):
    """Level of the check of each zone."""
    _, doc = w.json('check', 'vpn')
    return {c['title'].removeprefix('DNSSEC of '): (c['level'], c['finding'], c['cure']) for c in doc['checks']
            if c['id'] == 'dns.dnssec'}


def test_check_explains_a_bogus_zone(folder):
    with World(folder) as w:
        w.delegate(NAME)
        w.bind.stop()
        plain = {f: (w.bind.folder / f).read_text() for f in ('company.zone', 'delegated.zone')}
        anchors = [sign(w.bind.folder, COMPANY, 'company.zone'), sign(w.bind.folder, DELEGATED, 'delegated.zone')]
        w.bind.start()

        def config(u):
            w.write_config('vpn', dns={**w.config([NAME])['dns'], 'resolvers': [f'127.0.0.1:{u.port}']})

        with resolver_for(w, *anchors) as u:
            config(u)
            found = dnssec_of(w)
            expect({z: f[0] for z, f in found.items()}, {COMPANY: 'ok', DELEGATED: 'ok'}, found)
            expect_in('signed, and valid', found[COMPANY][1], 'finding')

        # The company's zone is signed with another key than the zone above knows, the delegated
        # zone's signatures have expired.
        w.bind.stop()
        for file, zone, options in (('company.zone', COMPANY, ()),
                                    ('delegated.zone', DELEGATED, ('-s', '20200101000000', '-e', '20200201000000'))):
            (w.bind.folder / file).write_text(plain[file])
            (w.bind.folder / f'{file}.jnl').unlink(missing_ok=True)
            ds = sign(w.bind.folder, zone, file, *options)
            if zone == DELEGATED:
                anchors[1] = ds
        w.bind.start()
        with resolver_for(w, *anchors) as u:
            config(u)
            found = dnssec_of(w)
            expect({z: f[0] for z, f in found.items()}, {COMPANY: 'fail', DELEGATED: 'fail'}, found)
            expect_in('bogus: resolver', found[COMPANY][1], 'finding')
            expect_in(f'dig {DELEGATED} DNSKEY', found[DELEGATED][2], 'cure')

        with resolver_for(w) as u:  # one that does not check
            config(u)
            found = dnssec_of(w)
            expect({z: f[0] for z, f in found.items()}, {COMPANY: 'ok', DELEGATED: 'ok'}, found)
