# SPDX-License-Identifier: Apache-2.0
"""Rehearsals (issue --staging) and staging directories, with two Pebbles: one plays the CA, one its staging side."""
import json
from contextlib import contextmanager
from cases_issue import NAME, chain_of, expect, expect_exit, expect_in, expect_one_line, text_of
from ports import free_ports
from world import Pebble, World


@contextmanager
def two_cas(folder):
    """(World, its CA's staging side); both are trusted through the same ca.pem."""
    with World(folder, PEBBLE_WFE_NONCEREJECT='0') as w:  # requests for orders are counted
        port, management_port = free_ports(2)
        staging = Pebble(w.folder / 'staging', port, management_port, w.pebble.resolver, PEBBLE_WFE_NONCEREJECT='0')
        staging.start()
        try:
            w.delegate(NAME)
            yield w, staging
        finally:
            staging.stop()


def configure(w, staging, directory=None, **acme):
    conf = w.config([NAME])
    w.write_config('vpn', acme={**conf['acme'], 'directory': directory or w.pebble.url,
                                'staging_directory': staging.url, **acme})
    (w.config_dir / 'conf.d/ca.pem').write_text(w.pebble.ca_file.read_text() + staging.ca_file.read_text())


def files_below(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob('*')) if p.is_file()}


def test_a_rehearsal_is_kept_apart(folder):
    with two_cas(folder) as (w, staging):
        configure(w, staging)
        code, doc = w.json('issue', 'vpn', '--staging')
        expect(code, 0, doc)
        result = doc['results'][0]
        expect((result['name'], result['action'], result['deployed'], result['next']), ('vpn', 'issued', False, None),
               'result')
        expect_in(staging.url, result['note'], 'note')
        expect((w.pebble.order_requests(), staging.order_requests()), (0, 1), 'orders')
        expect((w.state_dir / 'certs/vpn').exists(), False, 'anything of the certificate itself')
        expect(text_of(w), [], 'TXT records left')
        code, doc = w.json('status')
        cert = doc['certificates'][0]
        expect((cert['state'], cert['last']['result'], cert['rehearsal']['result']), ('none', None, 'issued'), 'status')
        expect_in('last rehearsal', w.run('status').stdout, 'status')
        expect_exit(w.run('issue', 'vpn'), 0)
        before = files_below(w.state_dir / 'certs/vpn')
        expect_exit(w.run('issue', 'vpn', '--staging'), 0)
        expect(files_below(w.state_dir / 'certs/vpn'), before, 'what belongs to the certificate in use')
        expect((w.pebble.order_requests(), staging.order_requests()), (1, 2), 'orders')
        expect(len(list((w.state_dir / 'accounts').iterdir())), 2, 'accounts')
        code, doc = w.json('run')
        expect((code, doc['results'][0]['https']['requests']), (0, 0), 'a run does not mind')


def test_a_failed_rehearsal_postpones_nothing(folder):
    with two_cas(folder) as (w, staging):
        configure(w, staging)
        staging.stop()
        r = w.run('issue', 'vpn', '--staging')
        expect_exit(r, 5)
        expect_one_line(r, f'127.0.0.1:{staging.port}')
        cert = w.json('status')[1]['certificates'][0]
        expect((cert['failures'], cert['rehearsal']['result']), (0, 'failed'), 'status')
        expect_exit(w.run('run'), 0)
        expect((w.pebble.order_requests(), text_of(w)), (1, []), 'orders, TXT records left')


def test_text_of_a_rehearsal_that_was_killed_goes_with_the_next_order(folder):
    with two_cas(folder) as (w, staging):
        configure(w, staging)
        expect_exit(w.run('issue', 'vpn', '--staging'), 0)
        journal = w.state_dir / 'journal/dns.json'
        record = {'name': w.target(NAME), 'zone': 'acme.example', 'value': 'x' * 43, 'provider': 'rfc2136',
                  'conf': 'vpn@staging', 'primary': f'127.0.0.1:{w.bind.port}', 'time': '2026-01-01T00:00:00Z'}
        journal.write_text(json.dumps({'records': [record, {**record, 'conf': 'other', 'value': 'y' * 43}]}))
        expect_exit(w.run('issue', 'vpn'), 0)
        expect([r['conf'] for r in json.loads(journal.read_text())['records']], ['other'], 'journal')


def test_where_there_is_no_staging_directory(folder):
    w = World(folder)
    for acme, part in (({}, 'letsencrypt, google'), ({'directory': 'zerossl'}, 'no staging directory of zerossl'),
                       ({'directory': 'google-staging'}, 'is a staging directory already')):
        w.write_config('vpn', acme={**w.config([NAME])['acme'], **acme})
        r = w.run('issue', 'vpn', '--staging')
        expect_exit(r, 2)
        expect_one_line(r, 'acme.directory', part)
        expect((w.state_dir / 'certs/vpn').exists(), False, 'state')
        expect_exit(w.run('run', '--staging'), 2)


def test_a_turn_to_staging_leaves_the_trusted_certificate_in_place(folder):
    with two_cas(folder) as (w, staging):
        configure(w, staging)
        expect_exit(w.run('issue', 'vpn'), 0)
        trusted = chain_of(w).read_bytes()
        configure(w, staging, directory=staging.url)
        expect(w.json('status')[1]['certificates'][0]['state'], 'valid', 'no reason to renew')
        expect(w.json('run')[1]['results'][0]['action'], 'none', 'no reason to renew')
        r = w.run('issue', 'vpn')
        expect_exit(r, 0)
        expect_in('no client trusts', r.stdout, 'outcome')
        expect(chain_of(w).read_bytes(), trusted, 'live certificate')
        expect(w.json('run')[0], 0, 'run')
        expect(chain_of(w).read_bytes(), trusted, 'live certificate after another run')
        configure(w, staging)
        expect(w.json('run')[1]['results'][0]['action'], 'renewed', 'back at the CA')
        if chain_of(w).read_bytes() == trusted:
            raise AssertionError('the renewal was not put in place')


def test_staging_from_the_start_is_renewed_in_place(folder):
    with two_cas(folder) as (w, staging):
        configure(w, staging, directory=staging.url)
        expect_exit(w.run('issue', 'vpn'), 0)
        first = chain_of(w).read_bytes()
        expect_exit(w.run('issue', 'vpn'), 0)
        if chain_of(w).read_bytes() == first:
            raise AssertionError('the renewal was not put in place')
