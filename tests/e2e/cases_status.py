# SPDX-License-Identifier: Apache-2.0
"""`status` as page, metrics and table, read by others; with many names; and what a browser makes of it."""
import json, os, resource, shutil, subprocess, time
from cases_gateway import delegated_gateway
from cases_issue import expect, expect_exit, expect_in
from page import Page, metrics
from world import COMPANY, Skip, World

HOSTILE = '</script><script>alert(1)</script><img src=x onerror=alert(2)>" \' & \\ \u202e'
PLACES = ['store', 'hash', 'v4', 'v6', 'wire']


def written(w, folder, *names):
    r = w.run('status', *names, '--html', str(folder / 'page.html'), '--metrics', str(folder / 'm.prom'))
    expect_exit(r, 0)
    return (folder / 'page.html').read_text(), metrics((folder / 'm.prom').read_text())


def test_the_page_and_the_metrics_of_an_issued_certificate(folder):
    with World(folder / 'w') as w:
        w.delegate(f'vpn.{COMPANY}', 'other.' + COMPANY)
        w.write_config('vpn', deploy={'target': 'none'})
        w.write_config('other', deploy={'target': 'none'})
        expect_exit(w.run('issue', 'vpn'), 0)
        state = w.state_dir / 'certs/vpn/state.json'
        doc = json.loads(state.read_text())
        doc |= {'failures': 2, 'last_message': HOSTILE, 'held_reason': HOSTILE}
        state.write_text(json.dumps(doc))
        history = w.state_dir / 'certs/vpn/history.json'
        past = json.loads(history.read_text())
        expect([(p['action'], p['ok']) for p in past['history']], [('issued', True)], 'history')
        past['history'] += [{**past['history'][0], 'action': HOSTILE[:31], 'message': HOSTILE}]
        history.write_text(json.dumps(past))
        text, found = written(w, folder)
        page = Page(text)
        for word in (f'vpn.{COMPANY}', f'other.{COMPANY}', '<script>alert(1)</script>', 'It failed 2 times in a row',
                     'Nothing was issued yet', 'Pebble Intermediate'):
            expect_in(word, page.text, 'page')
        expect(set(page.ids), {'vpn', 'other'}, 'cards')
        vpn = (('name', 'vpn'),)
        expect(found['rras_acme_failures_in_a_row'][vpn], 2, 'failures')
        after = found['rras_acme_certificate_not_after_timestamp_seconds']
        expect((vpn in after, (('name', 'other'),) in after), (True, False), 'notAfter')
        expect(sum(v for k, v in found['rras_acme_certificate_state'].items() if ('name', 'vpn') in k), 1, 'one state')
        expect(found['rras_acme_last_success_timestamp_seconds'][vpn] > 0, True, 'success')
        expect((folder / 'page.html').stat().st_mode & 0o444, 0o444 & ~os.umask(os.umask(0)), 'readable by others')
        r = w.run('status', '--html', str(folder / 'no/such/folder/page.html'))
        expect(r.returncode, 1, r.stderr)
        expect_in('no/such/folder', r.stderr, 'error')


def test_the_page_draws_the_five_places_of_a_gateway(folder):
    with delegated_gateway(folder) as g:
        expect_exit(g.run('issue', 'vpn'), 0)
        page = folder / 'page.html'

        def places():
            expect_exit(g.run('status', '--html', f'Z:{page}'), 0)
            return Page(page.read_text())
        seen = places()
        expect(seen.places, [(p, 'agrees') for p in PLACES], 'places')
        expect_in('All five places show the same certificate', seen.text, 'page')
        g.lab.bind('v6', g.lab.new_cert(f'vpn.{COMPANY}')['sha1'])
        seen = places()
        expect(seen.places, [(p, 'differs' if p in ('v6', 'wire') else 'agrees') for p in PLACES], 'places')
        code, doc = g.json('status')
        cert = doc['certificates'][0]
        expect([p['state'] for p in cert['places']], ['agrees'] * 3 + ['differs'] * 2, 'JSON')
        expect((cert['deployed']['state'], cert['history'][0]['restarted']), ('drift', True), 'JSON')
        expect(cert['history'][0]['outage_ms'] >= 0, True, 'outage')


def test_a_thousand_names(folder):
    with World(folder / 'w') as w:
        for i in range(1000):
            w.write_config(f'n{i:04}', names=[f'n{i:04}.{COMPANY}'], deploy={'target': 'none'})
        began = time.monotonic()
        text, found = written(w, folder)
        took = time.monotonic() - began
        print(f'     status of 1,000 names with page and metrics: {took:.2f} s, {len(text)} bytes')
        expect(took < 5, True, f'{took:.1f} s')  # sanitizers and neighbours included; alone it is far below one
        expect(len(Page(text).ids), 1000, 'cards')
        expect(len(found['rras_acme_certificate_info']), 1000, 'metrics')


def test_a_browser_runs_and_loads_nothing(folder):
    browser = shutil.which('chromium')
    if not browser:
        raise Skip('chromium is not installed')
    with World(folder / 'w') as w:
        w.write_config('vpn', deploy={'target': 'none'})
        written(w, folder)
    r = subprocess.run([browser, '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
                        '--disable-background-networking', '--disable-component-update', '--disable-sync',
                        f'--user-data-dir={folder}/profile', '--enable-logging=stderr', '--v=0', '--dump-dom',
                        f'file://{folder}/page.html'], capture_output=True, text=True, timeout=60, cwd=folder)
    expect(r.returncode, 0, r.stderr)
    expect_in('nothing issued yet', r.stdout, 'page as the browser has it')
    complaints = [line for line in r.stderr.splitlines() if 'CONSOLE' in line]
    expect(complaints, [], 'complaints of the browser')
