# SPDX-License-Identifier: Apache-2.0
"""The page of `status` as a browser shows it: light and dark, on a phone and on paper, whatever names and messages
say. Nothing runs, nothing is fetched, all of it can be read."""
import datetime, json, os, subprocess
from pathlib import Path
from browser import Browser
from cases_gateway import delegated_gateway
from cases_issue import expect, expect_exit, expect_in
from page import Page, lint, metrics
from world import COMPANY, PROGRAM

LOOKS = {'light': {}, 'dark': {'dark': True}, 'phone': {'width': 360}, 'dark phone': {'width': 360, 'dark': True},
         'paper': {'width': 718, 'printed': True}, 'paper of a dark screen': {'width': 718, 'printed': True, 'dark': True}}
PLACES = ['store', 'hash', 'v4', 'v6', 'wire']
HOSTILE = ('</td></style></script><script>alert(1)</script><img src=http://192.0.2.1/x onerror=alert(2)>" \' &amp; ',
           'w' * 900, '\u05d4\u05ea\u05e2\u05d5\u05d3\u05d4 \u202epxe.exe\u2066 \u0627\u0644\u0634\u0647\u0627\u062f\u0629 ' * 9,
           'https://ca.example/' + 'a/' * 400)


def when(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime('%Y-%m-%dT%H:%M:%SZ')


class Pages:
    """Configurations, and the state as runs would have left it."""

    def __init__(self, folder):
        self.folder = folder
        (folder / 'config/conf.d').mkdir(parents=True)
        (folder / 'state').mkdir(mode=0o700)

    def configure(self, name, names=None):
        (self.folder / f'config/conf.d/{name}.json').write_text(json.dumps({
            'names': names or [f'{name}.{COMPANY}'], 'acme': {'directory': 'https://ca.example/dir', 'agree_tos': True},
            'dns': {'provider': 'manual'}, 'deploy': {'target': 'rras' if name == 'vpn' else 'none'}}))

    def hold(self, name, left, life=47, history=(), names=None, issuer='CN=Test', **state):
        """A certificate with so many days left; what `status` reads of it."""
        self.configure(name, names)
        place = self.folder / f'state/certs/{name}'
        (place / 'live').mkdir(parents=True, mode=0o700)
        for part in ('chain.pem', 'key.pem'):  # `status` looks at their size alone
            (place / 'live' / part).write_text('x')
        (place / 'live/bundle.json').write_text(json.dumps({
            'sha256': 'a3' * 32, 'sha1': 'ce' * 20, 'serial': '3b', 'issuer': issuer, 'key': 'ec256',
            'not_before': when(left - life), 'not_after': when(left), 'names': [f'{name}.{COMPANY}'],
            'ari_id': 'UMFaBg.Xw', 'chain_bytes': 1, 'key_bytes': 1}))
        (place / 'state.json').write_text(json.dumps({
            'directory': 'https://ca.example/dir', 'deployed': 'none', 'last_at': when(-1), 'last_result': 'issued', **state}))
        (place / 'history.json').write_text(json.dumps({'history': [
            {'at': when(-n), 'action': action, 'ok': not message, 'restarted': True, 'outage_ms': 140 + n, 'message': message}
            for n, (action, message) in enumerate(history)]}))

    def write(self, file):
        r = subprocess.run([str(PROGRAM), '--config', str(self.folder / 'config'), '--state', str(self.folder / 'state'),
                            'status', '--html', str(self.folder / file)], stdin=subprocess.DEVNULL, capture_output=True,
                           text=True, timeout=60)
        expect_exit(r, 0)
        return file


def look(browser, file, name, looks=LOOKS):
    """All looks of a page; the last one, to ask more of. With RRAS_E2E_PICTURES=FOLDER they are also kept to be seen."""
    page, wrong = browser.open(file), []
    for word, how in looks.items():
        page.look(**how)
        seen, faint = page.faint()
        where = f'{name}, {word}'
        for what, found in (('too little contrast', faint), ('wider than its place', page.wider()), ('asked for', page.asked),
                            ('complaints of the browser', page.complaints), ('texts', [] if seen > 5 else [seen])):
            wrong += [f'{where}: {what}: {f}' for f in found]
        if 'RRAS_E2E_PICTURES' in os.environ:
            page.picture(Path(os.environ['RRAS_E2E_PICTURES']) / f'{name}-{word}.png'.replace(' ', '-'))
    expect(wrong[:12], [], 'pages')
    return page


def many(pages):
    """30 names, of every state that a page without a gateway can show."""
    for i in range(30):
        name = f'gateway{i:02}' if i else 'vpn'
        failed = [('failed', 'dns: TXT not on every name server of acme.example after 20 s: ns2.acme.example (192.0.2.7)')] * (i % 4)
        if i % 7 == 6:
            pages.configure(name)
        elif i % 10 == 4:
            pages.hold(name, -1, history=[*failed, ('issued', None)], failures=i)
        else:
            pages.hold(name, [40, 30, 12, 3][i % 4], history=[*failed, *[('issued', None)] * (i % 12)], failures=len(failed),
                       deployed=['current', 'drift', 'held', 'failed', 'rolled_back'][i % 5], deployed_at=when(-9),
                       verified_at=when(-9), renew_at=when(9), last_result='issued' if not failed else 'failed',
                       last_message=failed[0][1] if failed else '', ari_start=when(8), ari_end=when(10))


def hostile(pages):
    pages.hold('vpn', 12, names=[('l' * 63 + '.') * 3 + COMPANY, 'xn--bcher-kva.' + COMPANY, 'xn--4dbcagdahymbxekheh6e0a7fei0b.' + COMPANY],
               history=[('failed', t) for t in HOSTILE] + [('\u202e' + 'w' * 30, 'x')], failures=3, last_result='failed',
               last_message=HOSTILE[0], held_reason=HOSTILE[1], held_since=when(-2), issuer='CN=' + HOSTILE[0][:120])
    pages.hold('long' + 'g' * 50, 3, last_message=HOSTILE[1], last_result='failed', failures=2)
    for i, text in enumerate(HOSTILE):
        pages.hold(f'h{i}', 12, last_result='failed', last_message=text, failures=1, deployed='rolled_back', issuer='CN=' + text[:90])


def test_a_browser_shows_all_of_it_and_runs_and_loads_nothing(folder):
    kinds = {'none': lambda p: p.configure('vpn'),
             'one': lambda p: p.hold('vpn', 30, history=[('deployed', None)], deployed='current', deployed_at=when(-17)),
             'hostile': hostile, 'many': many}
    for kind, make in kinds.items():
        (folder / kind).mkdir()
        pages = Pages(folder / kind)
        make(pages)
        pages.write('page.html')
    (folder / 'bad.html').write_text('<body style="background:#fff"><p style="color:#999">faint</p><img src="http://192.0.2.1/x">'
                                     '<div style="width:2000px">wide</div><script>alert(1)</script></body>')
    with Browser(folder) as b:
        bad = b.open('bad.html')  # the looks are not blind
        bad.look(width=360)
        expect((bad.faint()[1], bad.asked, bool(bad.complaints)), ([['faint', 'P', 2.85]], ['http://192.0.2.1/x'], True), 'a bad page')
        expect_in('2000', ' '.join(bad.wider()), 'a bad page')
        for kind in kinds:
            page = look(b, f'{kind}/page.html', kind)
            if kind == 'hostile':
                expect(page.sees('document.querySelectorAll("script, img, iframe, link, object").length'), 0, 'elements of strangers')
                expect_in(HOSTILE[0], page.sees('document.body.textContent'), 'page')


def test_a_browser_shows_the_five_places_of_a_gateway(folder):
    with delegated_gateway(folder) as g:
        expect_exit(g.run('issue', 'vpn'), 0)

        def places(file):
            expect_exit(g.run('status', '--html', f'Z:{folder}/{file}', '--metrics', f'Z:{folder}/m.prom'), 0)
            expect(lint((folder / 'm.prom').read_text()), '', 'promtool')
            return Page((folder / file).read_text())
        seen = places('agree.html')
        expect(seen.places, [(p, 'agrees') for p in PLACES], 'places')
        expect_in('All five places show the same certificate', seen.text, 'page')
        g.lab.bind('v6', g.lab.new_cert(f'vpn.{COMPANY}')['sha1'])
        seen = places('mismatch.html')
        expect(seen.places, [(p, 'differs' if p in ('v6', 'wire') else 'agrees') for p in PLACES], 'places')
        code, doc = g.json('status')
        cert = doc['certificates'][0]
        expect([p['state'] for p in cert['places']], ['agrees'] * 3 + ['differs'] * 2, 'JSON')
        expect((cert['deployed']['state'], cert['history'][0]['restarted']), ('drift', True), 'JSON')
        expect(cert['history'][0]['outage_ms'] >= 0, True, 'outage')
        agrees = metrics((folder / 'm.prom').read_text())['rras_acme_place_agrees']
        expect({dict(labels)['place']: value for labels, value in agrees.items()}, {p: p not in ('v6', 'wire') for p in PLACES}, 'metrics')
        with Browser(folder) as b:
            look(b, 'agree.html', 'agree', {w: LOOKS[w] for w in ('light', 'dark phone')})
            look(b, 'mismatch.html', 'mismatch')
