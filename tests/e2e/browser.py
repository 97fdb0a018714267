# SPDX-License-Identifier: Apache-2.0
"""Chromium without a window, spoken to through two pipes (Chrome DevTools Protocol): what a reader of a page sees.

    with Browser(folder) as b:
        page = b.open('page.html')
        page.look(width=360, dark=True)
        page.sees('document.title')     # an expression, evaluated beside the page, whose own scripts are off
        page.picture(folder / 'phone.png')
        page.complaints                 # of the console
        page.asked                      # what it wanted from anywhere but its own file
"""
import base64, fcntl, json, os, select, shutil, signal, time
from pathlib import Path

PROGRAMS = ('chromium-headless-shell', 'chromium')
LIMIT_S = 30

# Every text that can be seen, with the contrast to what it stands on (WCAG 2.1): those below `least`. Translucent
# colours are laid upon what is below them; an ancestor's opacity counts as the text's.
CONTRAST = '''(least => {
  const channels = c => { const v = c.match(/[\\d.]+/g).map(Number); return v.length < 4 ? [...v, 1] : v; };
  const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
  const light = c => { const [r, g, b] = c.slice(0, 3).map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                       return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.data.trim(), at = walk.currentNode.parentElement;
    if (!text || !at.checkVisibility({visibilityProperty: true})) continue;
    const layers = [], dim = [];
    for (let e = at; e; e = e.parentElement) {
      layers.unshift(channels(getComputedStyle(e).backgroundColor));
      dim.push(Number(getComputedStyle(e).opacity));
    }
    const ground = layers.reduce((below, c) => over(c, below), GROUND);
    const ink = channels(getComputedStyle(at).color);
    ink[3] *= dim.reduce((a, b) => a * b, 1);
    const [x, y] = [light(over(ink, ground)), light(ground)].sort((a, b) => b - a);
    const ratio = (x + 0.05) / (y + 0.05);
    seen++;
    if (ratio < least) found.push([text.slice(0, 40), at.className || at.tagName, Math.round(ratio * 100) / 100]);
  }
  return {seen, found};
})'''


class Page:
    def __init__(self, browser, session):
        self.browser, self.session = browser, session
        self.complaints, self.asked, self.loaded = [], [], False

    def call(self, method, **params):
        return self.browser.call(method, self.session, **params)

    def note(self, method, params):
        if method == 'Runtime.consoleAPICalled' or method == 'Runtime.exceptionThrown':
            self.complaints.append(json.dumps(params)[:300])
        elif method == 'Log.entryAdded':
            self.complaints.append(params['entry']['text'])
        elif method == 'Page.javascriptDialogOpening':
            self.complaints.append(f'dialogue: {params["message"]}')
        elif method == 'Network.requestWillBeSent' and params['request']['url'] != self.url:
            self.asked.append(params['request']['url'])
        elif method == 'Page.loadEventFired':
            self.loaded = True

    def look(self, width=1200, dark=False, printed=False):
        """As it is seen on such a screen, or on paper, from here on."""
        self.dark, self.printed = dark, printed
        self.call('Emulation.setDeviceMetricsOverride', width=width, height=900, deviceScaleFactor=1, mobile=width < 700)
        self.call('Emulation.setEmulatedMedia', media='print' if printed else '',
                  features=[{'name': 'prefers-color-scheme', 'value': 'dark' if dark else 'light'}])

    def sees(self, expression):
        r = self.call('Runtime.evaluate', expression=expression, returnByValue=True)
        if 'exceptionDetails' in r:
            raise AssertionError(f'{expression[:80]}: {r["exceptionDetails"]}')
        return r['result'].get('value')

    def faint(self, least=4.5):
        """(how many texts were looked at, those whose contrast is below `least`)."""
        ground = '[18, 18, 18, 1]' if self.dark and not self.printed else '[255, 255, 255, 1]'  # below body: the browser's own
        r = self.sees(f'(() => {{ let seen = 0; return {CONTRAST.replace("GROUND", ground)}({least}); }})()')
        return r['seen'], r['found']

    def wider(self):
        """What cannot be seen without scrolling to the side: the document, or a box in it."""
        return self.sees('[document.documentElement, ...document.querySelectorAll("body *")]'
                         '.filter(e => e.checkVisibility() && !(e instanceof SVGElement) && getComputedStyle(e).display != "inline" && '
                         '(e.scrollWidth > e.clientWidth + 1 || e.getBoundingClientRect().right > innerWidth + 1))'
                         '.map(e => `${e.tagName} ${e.className}: ${e.scrollWidth} in ${e.clientWidth}`)')

    def picture(self, path, most=2400):
        """The upper `most` pixels."""
        width, height = self.sees('[innerWidth, document.documentElement.scrollHeight]')
        r = self.call('Page.captureScreenshot', captureBeyondViewport=True, format='png',
                      clip={'x': 0, 'y': 0, 'width': width, 'height': min(height, most), 'scale': 1})
        Path(path).write_bytes(base64.b64decode(r['data']))


class Browser:
    """Traffic is impossible: no name resolves, and the proxy is a closed port."""

    def __init__(self, folder):
        program = next(filter(None, map(shutil.which, PROGRAMS)), None)
        if not program:
            raise FileNotFoundError(f'{PROGRAMS[0]}: not installed; scripts/setup test does')
        self.folder, self.number, self.sessions, self.answers = Path(folder), 0, {}, {}
        self.rest = b''
        ours, theirs = os.pipe(), os.pipe()  # we write into the first, it into the second
        ends = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10) for fd in (ours[0], theirs[1])]
        log = os.open(self.folder / 'browser.log', os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        argv = [program, '--headless=new', '--no-sandbox', '--remote-debugging-pipe', '--disable-gpu', '--disable-quic', '--no-first-run',
                '--disable-dev-shm-usage', '--disable-extensions', '--disable-background-networking', '--disable-component-update',
                '--disable-sync', '--disable-crash-reporter', '--no-zygote', '--hide-scrollbars', '--force-color-profile=srgb',
                '--host-resolver-rules=MAP * ~NOTFOUND', '--proxy-server=127.0.0.1:9',
                f'--user-data-dir={self.folder}/profile', 'about:blank']
        env = {**os.environ, 'HOME': str(self.folder), 'XDG_CONFIG_HOME': str(self.folder), 'XDG_CACHE_HOME': str(self.folder)}
        actions = [(os.POSIX_SPAWN_DUP2, ends[0], 3), (os.POSIX_SPAWN_DUP2, ends[1], 4), (os.POSIX_SPAWN_DUP2, log, 2)]
        self.pid = os.posix_spawn(program, argv, env, file_actions=actions, setsid=True)
        for fd in (*ends, log, ours[0], theirs[1]):
            os.close(fd)
        self.to, self.out = ours[1], theirs[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.to)  # it ends with its pipe
        os.close(self.out)
        end = time.monotonic() + 5
        while os.waitpid(self.pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > end:
                os.killpg(self.pid, signal.SIGKILL)  # its own session, so nobody else's processes
            time.sleep(0.01)

    def read(self, end):
        """One message, or an error when none comes in time."""
        while b'\0' not in self.rest:
            if not select.select([self.out], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(f'the browser is silent: {(self.folder / "browser.log").read_text(errors="replace")[-1500:]}')
            got = os.read(self.out, 1 << 20)
            if not got:
                raise AssertionError(f'the browser ended: {(self.folder / "browser.log").read_text(errors="replace")[-1500:]}')
            self.rest += got
        message, self.rest = self.rest.split(b'\0', 1)
        return json.loads(message)

    def wait(self, done):
        end = time.monotonic() + LIMIT_S
        while not (found := done()):
            m = self.read(end)
            if 'id' in m:
                self.answers[m['id']] = m
            elif m.get('sessionId') in self.sessions:
                self.sessions[m['sessionId']].note(m['method'], m['params'])
        return found

    def call(self, method, session=None, **params):
        self.number += 1
        number = self.number
        message = {'id': number, 'method': method, 'params': params, **({'sessionId': session} if session else {})}
        os.write(self.to, json.dumps(message).encode() + b'\0')
        self.wait(lambda: number in self.answers)
        answer = self.answers.pop(number)
        if 'error' in answer:
            raise AssertionError(f'{method}: {answer["error"]}')
        return answer['result']

    def open(self, file):
        target = self.call('Target.createTarget', url='about:blank')['targetId']
        page = Page(self, self.call('Target.attachToTarget', targetId=target, flatten=True)['sessionId'])
        page.url = (self.folder / file).absolute().as_uri()
        self.sessions[page.session] = page
        for domain in ('Page', 'Runtime', 'Log', 'Network'):
            page.call(f'{domain}.enable')
        page.call('Network.emulateNetworkConditions', offline=True, latency=0, downloadThroughput=0, uploadThroughput=0)
        page.call('Emulation.setScriptExecutionDisabled', value=True)
        page.call('Page.navigate', url=page.url)
        self.wait(lambda: page.loaded)
        return page
