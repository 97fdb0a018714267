# SPDX-License-Identifier: Apache-2.0
"""What somebody reads who is woken up because the VPN is down."""
from cases_issue import expect, expect_exit, expect_in
from gateway import PROGRAM_DATA, PfxGateway
from world import DELEGATED, World


def status_of(lab):
    r = lab.run('status')
    expect_exit(r, 0)
    return r.stdout


def test_a_stopped_rras_is_told_by_status_and_deploy(folder):
    with PfxGateway(folder) as g:
        expect('wire:' in status_of(g.lab), False, 'a line about the wire while all is well')
        g.lab.ctl('service', 'stop', 'RemoteAccess')
        expect_in('wire: RemoteAccess is stopped: no client is answered; rras-acme doctor', status_of(g.lab), 'status')
        r = g.lab.run('deploy', 'vpn')
        expect_exit(r, 0)
        expect_in('nothing to do', r.stdout, 'deploy')
        expect_in('no client is answered; if it ought to run: net start RemoteAccess', r.stderr, 'deploy')


def test_what_an_administrator_has_to_mend_is_told_by_status_until_it_is(folder):
    with PfxGateway(folder) as g:
        g.lab.ctl('start-type', 'RemoteAccess', 'disabled')
        g.lab.ctl('service', 'stop', 'RemoteAccess')
        expect_exit(g.lab.run('deploy', 'vpn'), 2)
        expect_in('  the last try failed: service RemoteAccess: disabled', status_of(g.lab), 'status')
        g.lab.ctl('start-type', 'RemoteAccess', 'auto')
        g.lab.ctl('service', 'start', 'RemoteAccess')
        expect_exit(g.lab.run('deploy', 'vpn'), 0)
        expect('failed' in status_of(g.lab), False, 'a failure in status once it is mended')


def test_a_service_that_hangs_gets_a_cure_that_works(folder):
    """net stop is refused by a service that is on its way up: the machine's restart ends that, and the next run settles."""
    with PfxGateway(folder) as g:
        conf = g.lab.c / PROGRAM_DATA / 'conf.d/vpn.json'
        conf.write_text(conf.read_text().replace('"timeout": "10s"', '"timeout": "2s"'))
        g.lab.mode('hang-start', 1, 'RemoteAccess')
        r = g.deploy()
        expect_exit(r, 7)
        expect_in('where net stop is refused (2189), restart the server, then rras-acme run', r.stderr, 'cure')
        g.lab.mode('ok', 0, 'RemoteAccess')
        g.lab.reboot()
        r = g.lab.run('run')
        expect_exit(r, 10)
        g.whole('after the restart and a run')
        shown = status_of(g.lab)
        expect_in('rolled_back', shown, 'status')
        expect_in('1 failure, tried again by the next run after ', shown, 'status')


def test_check_looks_at_the_gateway_also_without_a_state_folder(folder):
    with PfxGateway(folder) as g:
        state = g.lab.c / PROGRAM_DATA / 'state'
        state.rename(state.with_name('away'))
        state.write_text('a file')
        r = g.lab.run('check')
        expect_exit(r, 9)
        expect_in('something of that name is there, no folder', r.stdout, 'the folder')
        expect_in('RemoteAccess runs', r.stdout, 'the gateway')


def test_drift_is_told_also_while_a_newer_certificate_is_held(folder):
    with PfxGateway(folder) as g:
        expect_exit(g.deploy(), 0)
        expect_exit(g.lab.run('rollback', 'vpn'), 0)
        expect_in(' current ', status_of(g.lab), 'status after the roll-back')
        g.lab.unbind('v4')
        shown = status_of(g.lab)
        expect_in(' drift ', shown, 'status without a binding')
        expect_in('  v4: no record', shown, 'status without a binding')


def test_a_cname_without_its_final_dot_is_found_before_an_order(folder):
    with World(folder) as w:
        w.write_config('vpn')
        w.bind.add_company(f'_acme-challenge.vpn IN CNAME vpn.{DELEGATED}')
        for command in ('check', 'issue'):
            r = w.run(command, 'vpn')
            expect_exit(r, 9 if command == 'check' else 4)
            expect_in(f'leads to vpn.{DELEGATED}.corp.example, outside of the DNS provider\'s zone {DELEGATED}', r.stdout + r.stderr, command)
        expect((w.pebble.order_requests(), (w.state_dir / 'journal/dns.json').exists()), (0, False), 'orders, values to remove')
