# SPDX-License-Identifier: Apache-2.0
"""Many certificates due at once: the most urgent first, the rest spread over the next runs."""
import json, time
from cases_clock import put_certificate
from cases_issue import expect, expect_exit, expect_in
from world import COMPANY, World

EVENTS = 16   # times that a state keeps of one certificate
WINDOW = 250  # orders at one CA within three hours


class Site:
    """What put_certificate wants to know."""

    def __init__(self, world, name):
        self.state, self.name = world.state_dir, name


def ordered_lately(world, names):
    """Books that say that each of them was ordered 16 times an hour ago."""
    at = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() - 3600))
    for name in names:
        folder = world.state_dir / 'certs' / name
        folder.mkdir(mode=0o700)
        (folder / 'state.json').write_text(json.dumps({'ordered_at': EVENTS * [at]}))
        (folder / 'state.json').chmod(0o600)


def test_what_is_urgent_goes_first_and_the_rest_is_left_to_the_next_runs(folder):
    others = [f'n{i:02}' for i in range(WINDOW // EVENTS + 1)]
    with World(folder) as w:
        w.delegate(f'vpn.{COMPANY}', *(f'{n}.{COMPANY}' for n in others))
        w.write_config('vpn')
        expect_exit(w.run('run'), 0)
        put_certificate(Site(w, f'vpn.{COMPANY}'), '20250101', '20250401')
        for n in others:
            w.write_config(n)
        ordered_lately(w, others)
        placed = w.pebble.order_requests()

        r = w.run('--json', 'run')
        expect_exit(r, 10)
        doc = json.loads(r.stdout)
        expect([(x['name'], x['action']) for x in doc['results']],
               [('vpn', 'renewed'), *((n, 'postponed') for n in others)], 'outcomes')
        expect_in(f'{len(others)} due certificates wait for the next runs', r.stderr, 'line')
        for n in others:
            expect(json.loads((w.state_dir / f'certs/{n}/state.json').read_text()).get('not_before'), None, n)

        r = w.run('run')
        expect_exit(r, 10)
        expect(r.stderr.count('\n'), 1, f'lines for {len(others)} certificates: {r.stderr!r}')
        if w.pebble.order_requests() - placed > 2:   # one may be asked for twice: nonces are refused
            raise AssertionError('what is to wait was ordered')

        expect_exit(w.run('run', others[0]), 0)      # by hand: now
        left = WINDOW - EVENTS * (len(others) - 1) - 3   # its own books begin anew; vpn had two orders
        r = w.run('--json', 'run')
        expect_exit(r, 10)
        actions = [x['action'] for x in json.loads(r.stdout)['results']]
        expect(actions.count('issued'), left, f'as many as are left of {WINDOW}: {actions}')
        expect_exit(w.run('run', '--all-due'), 0)
