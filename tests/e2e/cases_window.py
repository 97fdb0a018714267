# SPDX-License-Identifier: Apache-2.0
"""Maintenance windows on the simulated gateway: what is held, what goes at once.

The windows are put around the present time, or hours away from it, instead of moving the clock.
"""
import time
from cases_gateway import delegated_gateway, expect_whole
from cases_issue import expect, expect_exit, expect_in, expect_one_line, weeks_later
from gateway import HOST

ALWAYS = 'daily 00:00-24:00'


def in_hours(hours, length=1):
    """A window of every day that opens so many hours from now, by the local clock."""
    def at(h):
        return time.strftime('%H:%M', time.localtime(time.time() + h * 3600))
    return f'daily {at(hours)}-{at(hours + length)}'


def reconfigure(g, window, **deploy):
    g.configure(deploy={'window': [window], **deploy})


def one(g, *argv):
    code, doc = g.json(*argv)
    expect(code, 0, doc)
    return doc['results'][0]


def status(g):
    code, doc = g.json('status')
    expect(code, 0, doc)
    return doc['certificates'][0]


def test_a_renewal_is_held_outside_and_deployed_inside(folder):
    with delegated_gateway(folder, deploy={'window': [in_hours(6)]}) as g:
        old = expect_whole(g, 'before')
        result = one(g, 'issue', 'vpn')
        expect((result['action'], result['ok'], result['restarted']), ('held', True, False), 'issue')
        expect_in('outside of the maintenance windows', result['note'], 'note')
        expect(expect_whole(g, 'held'), old, 'leaf')
        shown = status(g)
        held = shown['held']
        expect((held['sha256'], held['reason']), (shown['sha256'], 'outside of the maintenance windows'), 'held')
        opens = time.mktime(time.strptime(held['until'], '%Y-%m-%dT%H:%M:%SZ')) - time.timezone - time.time()
        if not 5.9 * 3600 < opens <= 6 * 3600:
            raise AssertionError(f'held until {held["until"]}, which is in {opens} s')
        expect(result['next'], held['until'], 'next')
        expect(shown['deployed']['state'], 'held', 'deployed')
        expect_in('held: outside of the maintenance windows, until ' + held['until'], g.run('status').stdout,
                  'status')

        for again in (('run',), ('deploy', 'vpn')):
            expect(one(g, *again)['action'], 'held', again)
        weeks_later(g.state_dir)
        expect(one(g, 'issue', 'vpn')['action'], 'held', 'a newer one')
        newer = status(g)['held']['sha256']
        if newer == held['sha256']:
            raise AssertionError('the newer certificate did not replace the held one')
        expect(expect_whole(g, 'still held'), old, 'leaf')

        reconfigure(g, in_hours(-1, 3))
        result = one(g, 'run')
        expect((result['action'], result['proven'], result['https']['requests']), ('deployed', True, 0), 'run within the window')
        expect(expect_whole(g, 'deployed'), newer[:16], 'leaf')
        expect((status(g)['held'], status(g)['deployed']['state']), (None, 'current'), 'status')

        reconfigure(g, in_hours(6))
        weeks_later(g.state_dir)
        expect(one(g, 'issue', 'vpn')['action'], 'held', 'renewed')
        expect(one(g, 'deploy', 'vpn', '--now')['action'], 'deployed', '--now')
        expect(expect_whole(g, '--now'), status(g)['deployed']['sha256'][:16], 'leaf')


def test_what_serves_badly_does_not_wait(folder):
    with delegated_gateway(folder, deploy={'window': [in_hours(6)], 'override': '100d'}) as g:
        old = expect_whole(g, 'before')  # lives 90 days
        expect(one(g, 'issue', 'vpn')['action'], 'issued', 'within the override')
        new = expect_whole(g, 'deployed')
        if new == old:
            raise AssertionError('the old certificate is still served')
        reconfigure(g, in_hours(6))

        g.lab.value('SHA1CertificateHash', None)  # differs, and serves
        result = one(g, 'run')
        expect((result['action'], status(g)['deployed']['state']), ('held', 'drift'), 'a difference that serves')
        expect_in('differs', result['note'], 'note')
        g.lab.bind('v6', g.lab.new_cert(HOST)['sha1'])  # refuses
        expect(one(g, 'run')['action'], 'deployed', 'clients are refused')
        expect(expect_whole(g, 'repaired'), new, 'leaf')

        weeks_later(g.state_dir)
        expect_exit(g.run('revoke', 'vpn', '--reason', 'keyCompromise', '--yes'), 0)
        result = one(g, 'run')
        expect((result['action'], result['deployed']), ('renewed', True), 'the revoked one serves')
        if expect_whole(g, 'replaced') == new:
            raise AssertionError('the revoked certificate is still served')


def test_a_quiet_moment_is_waited_for(folder):
    with delegated_gateway(folder, deploy={'window': [ALWAYS], 'restart': {'timeout': '30s', 'max_sessions': 2}}) as g:
        old = expect_whole(g, 'before')
        g.lab.sessions(3)
        result = one(g, 'issue', 'vpn')
        expect((result['action'], result['restarted']), ('held', False), 'issue')
        expect_in('3 sessions connected, waiting for at most 2', result['note'], 'note')
        held = status(g)['held']
        expect(held['reason'], '3 sessions connected, waiting for at most 2', 'reason')
        expect(one(g, 'run')['action'], 'held', 'run')
        expect(expect_whole(g, 'held'), old, 'leaf')
        g.lab.sessions(2)
        expect(one(g, 'run')['action'], 'deployed', 'a quiet moment')
        if expect_whole(g, 'deployed') == old:
            raise AssertionError('the old certificate is still served')

        weeks_later(g.state_dir)
        g.lab.sessions(3)
        expect(one(g, 'issue', 'vpn')['action'], 'held', 'renewed')
        expect(one(g, 'deploy', 'vpn', '--now')['action'], 'deployed', '--now')


def test_a_window_that_is_none(folder):
    with delegated_gateway(folder) as g:
        reconfigure(g, 'Sun 2:00-4:00')
        r = g.run('run')
        expect_exit(r, 2)
        expect_one_line(r, 'deploy.window[0]', '"2:00" is no time of day')
