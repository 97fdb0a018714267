# SPDX-License-Identifier: Apache-2.0
"""`rollback` on the simulated gateway: back to the certificate before, and no run undoes it."""
import json
from cases_gateway import delegated_gateway, expect_whole
from cases_issue import expect, expect_exit, expect_in, expect_one_line, weeks_later
from cases_window import in_hours, one, status


def issue(g):
    weeks_later(g.state_dir)
    one(g, 'issue', 'vpn')
    return expect_whole(g, 'issued')


def change_state(g, **more):
    path = g.state_dir / 'certs/vpn/state.json'
    path.write_text(json.dumps({**json.loads(path.read_text()), **more}))


def test_back_to_the_one_before_and_no_run_undoes_it(folder):
    with delegated_gateway(folder) as g:
        first, second = issue(g), issue(g)
        g.configure(deploy={'window': [in_hours(6)]})
        result = one(g, 'rollback', 'vpn')  # at once, whatever the window says
        expect((result['action'], result['ok'], result['deployed'], result['proven']), ('rolled_back', True, True, True), 'rollback')
        expect(expect_whole(g, 'rolled back'), first, 'leaf')
        shown = status(g)
        expect((shown['deployed']['state'], shown['deployed']['sha256'][:16]), ('current', first), 'deployed')
        expect((shown['held']['sha256'][:16], shown['held']['until']), (second, None), 'held')
        expect_in('rolled back', shown['held']['reason'], 'reason')
        expect_in('rolled back', g.run('status').stdout, 'status')

        g.configure()
        result = one(g, 'run')
        expect((result['action'], result['https']['requests']), ('none', 0), 'run after it')
        expect(expect_whole(g, 'after a run'), first, 'leaf')
        r = g.run('rollback', 'vpn')
        expect_exit(r, 2)
        expect_one_line(r, 'error: vpn: no certificate of ours was in place before')
        expect_in('rras-acme deploy vpn', r.stderr, 'hint')

        expect(one(g, 'deploy', 'vpn')['action'], 'deployed', 'deploy takes it after all')
        expect(expect_whole(g, 'deployed'), second, 'leaf')
        expect(status(g)['held'], None, 'held')
        expect(one(g, 'rollback', 'vpn')['action'], 'rolled_back', 'once more')
        third = issue(g)
        if third in (first, second):
            raise AssertionError('a newer certificate was not deployed after the rollback')
        expect(one(g, 'run')['action'], 'none', 'run')


def test_what_cannot_be_gone_back_to(folder):
    with delegated_gateway(folder) as g:
        r = g.run('rollback', 'vpn')
        expect_exit(r, 2)
        expect_one_line(r, 'no certificate is held yet')
        first = issue(g)
        r = g.run('rollback', 'vpn')
        expect_exit(r, 2)
        expect_one_line(r, 'error: vpn: no certificate of ours was in place before')
        second = issue(g)
        before = json.loads((g.state_dir / 'certs/vpn/state.json').read_text())['previous_sha256']
        expect(before[:16], first, 'previous_sha256')

        change_state(g, revoked_sha256=before)
        r = g.run('rollback', 'vpn')
        expect_exit(r, 2)
        expect_one_line(r, 'error: vpn: the certificate before was revoked')
        change_state(g, revoked_sha256=None)

        key = g.state_dir / 'certs/vpn/archive' / first / 'key.pem'
        kept = key.read_bytes()
        key.unlink()
        r = g.run('rollback', 'vpn')
        expect_exit(r, 2)
        expect_one_line(r, 'error: vpn: the certificate before, or its key, is gone')
        key.write_bytes(kept)
        expect(expect_whole(g, 'refused'), second, 'leaf')

        g.lab.mode('fail-start', 1)  # the deploy fails: the newer one stays, and is not held against itself
        expect_exit(g.run('rollback', 'vpn'), 6)
        g.lab.mode('ok')
        expect(expect_whole(g, 'put back'), second, 'leaf')
        weeks_later(g.state_dir)
        change_state(g, not_before=None)
        expect((one(g, 'run')['action'], status(g)['held']), ('none', None), 'run after the failure')
        expect(one(g, 'rollback', 'vpn')['action'], 'rolled_back', 'second try')
        expect(expect_whole(g, 'rolled back'), first, 'leaf')


def test_death_in_a_rollback_ends_where_it_was_to_end(folder):
    with delegated_gateway(folder) as g:
        first, second = issue(g), issue(g)
        for death in ('RegSetValueExW#1=die', 'HttpUpdateServiceConfiguration#1=die-after', 'StartServiceW#1=die'):
            g.lab.fault(death)
            r = g.run('rollback', 'vpn')
            expect(r.returncode, 137, f'{death}: exit code; {r.stdout[-1500:]} {r.stderr[-1500:]}')
            g.lab.clear_faults()
            expect_exit(g.run('run'), 0)
            expect(expect_whole(g, f'after {death}'), first, f'{death}: leaf')
            held = status(g)['held']
            expect(held['sha256'][:16], second, 'held')
            expect_in('rolled back', held['reason'], 'reason')
            expect_exit(g.run('rollback', 'vpn'), 2)  # it has been done
            expect(one(g, 'deploy', 'vpn')['action'], 'deployed', 'and forth')
            expect(expect_whole(g, f'forth after {death}'), second, 'leaf')
