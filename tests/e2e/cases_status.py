# SPDX-License-Identifier: Apache-2.0
"""`status` as page, metrics and table, read by others; with many names. What a browser makes of the page: cases_page.py."""
import json, os, time
from cases_issue import expect, expect_exit, expect_in
from page import Page, lint, metrics
from world import COMPANY, World

HOSTILE = '</script><script>alert(1)</script><img src=x onerror=alert(2)>" \' & \\ \u202e'


def written(w, folder, *names):
    r = w.run('status', *names, '--html', str(folder / 'page.html'), '--metrics', str(folder / 'm.prom'))
    expect_exit(r, 0)
    text = (folder / 'm.prom').read_text()
    expect(lint(text), '', 'promtool')
    return (folder / 'page.html').read_text(), metrics(text)


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


def test_a_thousand_names(folder):
    with World(folder / 'w') as w:
        for i in range(1000):
            w.write_config(f'n{i:04}', names=[f'n{i:04}.{COMPANY}'], deploy={'target': 'none'})
        began = time.monotonic()
        text, found = written(w, folder)
        took = time.monotonic() - began
        print(f'     status of 1,000 names with page and metrics: {took:.2f} s, {len(text)} bytes')
        expect(lint('# HELP a_total b\n# TYPE a_total gauge\na_total 1\n'), 'a_total non-counter metrics should not have "_total" suffix\nexit code 3', 'promtool')
        expect(took < 5, True, f'{took:.1f} s')  # sanitizers and neighbours included; alone it is far below one
        expect(len(Page(text).ids), 1000, 'cards')
        expect(len(found['rras_acme_certificate_info']), 1000, 'metrics')
