# SPDX-License-Identifier: Apache-2.0
"""Renewal information (RFC 9773) and profiles, against a Pebble that has them."""
import datetime
import json
import subprocess
from cases_issue import NAME, chain_of, expect, expect_exit, expect_in
from world import World, pebble_of_sid

PROFILES = {'classic': {'description': 'as ever', 'validityPeriod': 90 * 86400},
            'short': {'description': 'ten minutes', 'validityPeriod': 600}}


def world(folder, **more):
    return World(folder, program=pebble_of_sid(), settings={'profiles': PROFILES}, **more)


def status(w):
    code, doc = w.json('status')
    expect(code, 0, doc)
    return doc['certificates'][0]


def suggest(w, start_s, end_s, page=None):
    """The CA changes its mind about the certificate in place."""
    now = datetime.datetime.now(datetime.timezone.utc)
    start, end = ((now + datetime.timedelta(seconds=s)).strftime('%Y-%m-%dT%H:%M:%SZ') for s in (start_s, end_s))
    answer = {'suggestedWindow': {'start': start, 'end': end}, **({'explanationURL': page} if page else {})}
    leaf = subprocess.run(['openssl', 'x509', '-in', str(chain_of(w))], check=True, capture_output=True,
                          text=True).stdout
    w.pebble.manage('set-renewal-info/', {'certificate': leaf, 'ariResponse': json.dumps(answer)})
    return start, end


def look_now(w):
    """As if the time of the next look had come."""
    path = w.state_dir / 'certs/vpn/state.json'
    state = json.loads(path.read_text())
    state['ari_next_look'] = '2020-01-01T00:00:00Z'
    path.write_text(json.dumps(state))


def test_the_window_is_asked_for_once_and_kept(folder):
    with world(folder) as w:
        w.delegate(NAME)
        w.write_config('vpn')
        expect_exit(w.run('issue', 'vpn'), 0)
        cert = status(w)
        ari = cert['ari']
        if not ari['start'] <= cert['renew_at'] < ari['end']:
            raise AssertionError(f'not in the window: {cert}')
        expect(cert['state'], 'valid', 'state')
        code, doc = w.json('run')
        expect((code, doc['results'][0]['action'], doc['results'][0]['https']['requests']), (0, 'none', 0),
               'nothing due')
        look_now(w)
        code, doc = w.json('run')
        expect((code, doc['results'][0]['action'], doc['results'][0]['https']['requests']), (0, 'none', 1), 'a look')
        expect(status(w)['renew_at'], cert['renew_at'], 'the instant is chosen once')


def test_the_ca_wants_it_renewed_now(folder):
    with world(folder) as w:
        w.delegate(NAME)
        w.write_config('vpn')
        expect_exit(w.run('issue', 'vpn'), 0)
        old = status(w)
        suggest(w, -7200, -3600, 'https://ca.example/incident')
        look_now(w)
        r = w.run('run')
        expect_exit(r, 0)
        expect_in('https://ca.example/incident', r.stdout + r.stderr, 'explanation')
        new = status(w)
        if new['sha256'] == old['sha256']:
            raise AssertionError('it was not renewed')
        code, doc = w.json('run')
        expect((code, doc['results'][0]['action']), (0, 'none'), 'once only')


def test_a_later_window_is_shown_and_waited_for(folder):
    with world(folder) as w:
        w.delegate(NAME)
        w.write_config('vpn')
        expect_exit(w.run('issue', 'vpn'), 0)
        start, end = suggest(w, 40 * 86400, 41 * 86400, 'https://ca.example/why')
        look_now(w)
        r = w.run('run')
        expect_exit(r, 0)
        expect_in('https://ca.example/why', r.stdout, 'outcome')
        cert = status(w)
        expect(cert['ari'], {'start': start, 'end': end, 'explanation_url': 'https://ca.example/why'}, 'ari')


def test_broken_answers_are_no_answers(folder):
    with world(folder) as w:
        w.delegate(NAME)
        w.write_config('vpn')
        expect_exit(w.run('issue', 'vpn'), 0)
        before = status(w)
        suggest(w, 3600, 60)  # ends before it starts
        look_now(w)
        code, doc = w.json('run')
        expect((code, doc['results'][0]['action']), (0, 'none'), 'run')
        expect(status(w)['renew_at'], before['renew_at'], 'what was known stands')


def test_profiles_are_asked_for_by_name(folder):
    with world(folder) as w:
        w.delegate(NAME)
        conf = w.config([NAME])
        w.write_config('vpn', acme={**conf['acme'], 'profile': 'short'})
        expect_exit(w.run('issue', 'vpn'), 0)
        text = subprocess.run(['openssl', 'x509', '-in', str(chain_of(w)), '-noout', '-checkend', '700'],
                              capture_output=True, text=True)
        expect(text.returncode, 1, 'ten minutes only')
        expect(status(w)['state'], 'valid', 'not due at once')
        w.write_config('vpn', acme={**conf['acme'], 'profile': 'shrot'})
        r = w.run('issue', 'vpn')
        expect_exit(r, 2)
        expect_in('classic, short', r.stderr.replace('short, classic', 'classic, short'), 'what it offers')
