# SPDX-License-Identifier: Apache-2.0
"""`probe` against the simulated SSTP server: one fault after the other, each to be named by its stage and its code, and the account
never to be used more than it has to be. (cases_probe.py has what probe is good for.)"""
import concurrent.futures, contextlib, json, os, socket, ssl, subprocess, threading, time
from cases_issue import expect
from documents import named
from sstp_server import HOST, SstpServer
from world import PROGRAM

PASSWORD = 'Pa55-of-the-test'

# (what is set, stage that fails, code, logons)
FAULTS = [
    ('fault=tls-reset', 'tls', 'tls-reset', 0),
    ('fault=tls-close', 'tls', 'tls-closed', 0),
    ('fault=http-close', 'http', 'http-closed', 0),
    *((f'fault=http-{n}', 'http', f'http-{n}', 0) for n in (400, 401, 403, 404, 405, 407, 500, 501, 502, 503, 504)),
    ('fault=http-1.0', 'http', 'http-version', 0),
    ('fault=http-garbage', 'http', 'http-garbage', 0),
    ('fault=http-empty', 'http', 'http-other', 0),
    ('fault=no-port', 'http', 'http-503', 0),
    ('fault=ack-close', 'sstp', 'sstp-closed', 0),
    ('fault=ack-wrong', 'sstp', 'sstp-nohash', 0),
    ('fault=ack-garbage', 'sstp', 'sstp-garbage', 0),
    ('fault=nak', 'sstp', 'sstp-nak', 0),
    ('fault=abort', 'sstp', 'sstp-abort', 0),
    ('fault=mask-0', 'sstp', 'sstp-nohash', 0),
    ('fault=lcp-nak', 'lcp', 'lcp-loop', 0),
    ('fault=lcp-terminate', 'auth', 'auth-ended', 0),
    ('fault=eap-only', 'lcp', 'auth-method', 0),
    ('auth=pap', 'lcp', 'auth-method', 0),
    ('fault=auth-close', 'auth', 'auth-closed', 1),
    *((f'fault=chap-{n}', 'auth', f'auth-{n}', 1) for n in (646, 647, 648, 649, 691, 709)),
    ('fault=chap-proof', 'auth', 'auth-server-proof', 1),
    ('account=probe:another', 'auth', 'auth-691', 1),
    ('account=somebody:' + PASSWORD, 'auth', 'auth-691', 1),
    ('fault=hash-stale', 'binding', 'binding-refused', 1),
    ('fault=binding-close', 'binding', 'binding-closed', 1),
    ('fault=binding-disconnect', 'binding', 'binding-ended', 1),
    ('fault=binding-terminate', 'binding', 'binding-ended', 1),
]
# The probe's patience comes to its end with each; so they are asked side by side.
MUTE = [
    ('fault=tls-mute', 'tls', 'tls-timeout', 0),
    ('fault=http-mute', 'http', 'http-timeout', 0),
    ('fault=ack-mute', 'sstp', 'sstp-timeout', 0),
    ('fault=lcp-mute', 'lcp', 'lcp-timeout', 0),
    ('fault=auth-mute', 'auth', 'auth-timeout', 1),
    ('fault=binding-mute', 'binding', 'binding-timeout', 1),
]
# (what is set, more arguments, the verdict on the hash, logons): nothing fails
HEALTHY = [
    ('', (), 'served', 2),
    ('auth=mschap2', (), 'served', 2),
    ('auth=pap', ('--pap',), 'served', 2),
    ('fault=mask-sha1', (), 'served', 2),
    ('early=judge', (), 'served', 1),
    ('fault=verify-nothing', (), 'any', 2),
]


def probe(server, *more, address='127.0.0.1'):
    """(exit code, document). The password never shows."""
    user = ('--user', r'CORP\probe', '--password-file', 'env:PROBE_PASSWORD')
    argv = [str(PROGRAM), 'probe', f'{HOST}:{server.port}', '--address', address, '--json', '--ca-file', str(server.ca_file), *user, *more]
    r = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100, env={**os.environ, 'PROBE_PASSWORD': PASSWORD})
    if PASSWORD in r.stdout + r.stderr:
        raise AssertionError(f'the password shows: {r.stdout} {r.stderr}')
    try:
        return r.returncode, named(json.loads(r.stdout))
    except ValueError:
        raise AssertionError(f'no JSON: exit {r.returncode}, {r.stdout!r} {r.stderr!r}') from None


def set_up(server, words):
    server.forget()
    server.set(f'account=probe:{PASSWORD} {words}')


def logons(server):
    """Tries to authenticate since set_up."""
    return sum(int(c['attempts']) for c in server.calls())


def names_the_fault(server, words, stage, code, tries):
    set_up(server, words)
    exit_code, doc = probe(server)
    failed = [(s['stage'], s['code']) for s in doc['stages'] if not s['ok']]
    expect((exit_code, doc['trouble'], failed), (9, code, [(stage, code)]), f'{words}: {doc["verdict"]}')
    if 'hash' in doc['proved'] or f'Failed: {code}.' not in doc['verdict']:
        raise AssertionError(f'{words}: {doc["proved"]}, {doc["verdict"]}')
    asked = (doc['held'] or {}).get('logons', 0)
    expect((asked, logons(server)), (tries, tries), f'{words}: logons told, and seen: {server.calls()}')


def test_names_each_fault(folder):
    with SstpServer(folder) as server:
        for row in FAULTS:
            names_the_fault(server, *row)
    print(f'     {len(FAULTS)} faults named', flush=True)


def is_proved(server, words, more, verdict, tries):
    set_up(server, words)
    exit_code, doc = probe(server, *more)
    held = doc['held'] or {}
    expect((exit_code, doc['trouble'], held.get('verdict'), held.get('logons'), logons(server)), (0, None, verdict, tries, tries),
           f'{words}: {doc["verdict"]}')
    expect('hash' in doc['proved'], verdict == 'served', f'{words}: {doc["proved"]}')


def ask(*argv):
    """(document, seconds that it took)"""
    begun = time.monotonic()
    r = subprocess.run([str(PROGRAM), 'probe', *argv, '--json'], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100)
    return json.loads(r.stdout), time.monotonic() - begun


def mute_on_every_address():
    """TCP is accepted, and nothing said: the addresses are asked side by side."""
    with socket.create_server(('127.0.0.1', 0)) as v4, socket.create_server(('::1', v4.getsockname()[1]), family=socket.AF_INET6):
        doc, took = ask(f'localhost:{v4.getsockname()[1]}')
    expect(doc['trouble'], 'tls-timeout', doc['verdict'])
    expect(took < 15, True, f'{took:.1f} s for {doc["stages"]}')


def slow_line(like):
    """Each TLS handshake takes four seconds."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(like.folder / 'served.pem')
    over = threading.Event()

    def talk(raw):
        over.wait(4)
        with contextlib.suppress(OSError), context.wrap_socket(raw, server_side=True) as s:
            s.recv(4096)

    def serve(listener):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=talk, args=(listener.accept()[0],), daemon=True).start()
    with socket.create_server(('127.0.0.1', 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        doc, took = ask(f'{HOST}:{listener.getsockname()[1]}', '--address', '127.0.0.1', '--ca-file', str(like.ca_file))
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
    expect(('listener' in doc['proved'], doc['trouble'], took < 15), (True, 'http-closed', True), f'{took:.1f} s: {doc["verdict"]}')


def test_names_each_silence(folder):
    first = SstpServer(folder / 'first')

    def one(judge, words, *more):
        with SstpServer(folder / words.replace('=', '-'), like=first) as server:
            judge(server, words, *more)
    with concurrent.futures.ThreadPoolExecutor(len(MUTE) + 3) as pool:
        done = [pool.submit(one, names_the_fault, *row) for row in MUTE]
        done.append(pool.submit(one, is_proved, 'fault=disconnect-mute', (), 'served', 2))  # which is no fault of the call
        done.append(pool.submit(mute_on_every_address))
        done.append(pool.submit(slow_line, first))
        for d in done:
            d.result()
    print(f'     {len(MUTE)} silences named', flush=True)


def test_a_healthy_server_is_proved(folder):
    with SstpServer(folder) as server:
        for row in HEALTHY:
            is_proved(server, *row)
        set_up(server, '')
        expect(probe(server, address='::1')[0], 0, 'IPv6')
        done = [c for c in server.calls() if c['accepted'] == '1']
        expect([(c['auth'], c['attempts'], c['disconnect']) for c in done], [('mschap2', '1', '1')], 'the accepted call ends politely')
