# SPDX-License-Identifier: Apache-2.0
"""The demonstration behind scripts/demo: issue, deploy, prove, renew, with everything around the
program real but the gateway, which is simulated under Wine (tests/sim)."""
import json, os, re, shutil, subprocess, sys, tempfile, time
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'sim')]
import lab as sim  # noqa: E402
from gateway import Gateway, HOST, machine_state  # noqa: E402

COLOR = sys.stdout.isatty() and 'NO_COLOR' not in os.environ
BOLD, DIM, GREEN, RED, OFF = ('\033[1m', '\033[2m', '\033[32m', '\033[31m', '\033[0m') if COLOR else [''] * 5


def say(text=''):
    print(text, flush=True)


def heading(text):
    say(f'\n{BOLD}{text}{OFF}')


def command(*argv):
    say(f'  {DIM}C:\\>{OFF} rras-acme {" ".join(argv)}')


def indent(text):
    for line in text.rstrip().splitlines():
        say(f'  {line}')


def show_steps(result):
    for step in result['steps']:
        mark = f'{GREEN}ok{OFF}  ' if step['ok'] else f'{RED}FAIL{OFF}'
        values = [v for v in (step['before'], step['after']) if v]
        say(f'    {mark} {step["step"]:<27} {step["ms"]:>5} ms  {DIM}{shorten(" -> ".join(values))}{OFF}')


def shorten(text, width=64):
    """Hashes and long words keep their beginning: enough to compare by eye, and the line fits."""
    text = re.sub(r'\b([0-9a-f]{16})[0-9a-f]{24,48}\b', r'\1', text)
    text = re.sub(r'(/my-(?:order|account)/\w{6})\S+', r'\1..', text)
    return text if len(text) <= width else text[:width - 2] + '..'


def table(columns, states):
    """One row a place, one column a moment; a value that differs from the one before it stands out."""
    rows = list(states[0])
    width = 22
    say('    ' + ' ' * 26 + ''.join(f'{BOLD}{c:<{width}}{OFF}' for c in columns))
    for row in rows:
        line, last = f'    {row:<26}', None
        for state in states:
            value = state[row]
            style = GREEN if last is not None and value != last else ''
            line += f'{style}{value:<{width}}{OFF if style else ""}'
            last = value
        say(line.rstrip())


def run_json(gateway, *argv):
    r = gateway.run('--json', *argv)
    try:
        doc = json.loads(r.stdout)
    except ValueError:
        raise SystemExit(f'no report: exit code {r.returncode}\n{r.stdout}\n{r.stderr}') from None
    if r.returncode:
        show_steps(doc['results'][0] if doc.get('results') else {'steps': []})
        raise SystemExit(f'{RED}failed{OFF} (exit code {r.returncode}): {doc["error"]["message"]}\n{doc["error"]["hint"] or ""}')
    return doc['results'][0]


def issue(gateway, title):
    heading(title)
    command('issue', 'vpn')
    watch = gateway.lab.watch()
    result = run_json(gateway, 'issue', 'vpn')
    changes = watch.stop()
    show_steps(result)
    refused = watch.outage_ms()
    swaps = len({c[1].get('sha256') for c in changes if c[1].get('sha256')}) - 1
    say(f'    {GREEN}{result["action"]} and proven{OFF}; from outside: certificate changed '
        f'{"once" if swaps == 1 else f"{swaps} times"}, new connections refused for {BOLD}{refused:.0f} ms{OFF}')
    return result, refused


def show_walk(gateway):
    """What check finds out about the delegation now, hop by hop."""
    heading('2. The record is created, once. The walk from the root to where TXT will live')
    command('check', 'vpn')
    r = gateway.run('--json', 'check', 'vpn')
    for check in json.loads(r.stdout)['checks']:
        if check['id'] in ('dns.chain', 'dns.write'):
            for line in check['finding'].splitlines():
                say(f'    {GREEN}{check["level"]}{OFF}   {line.strip()}')


def demo(folder):
    heading('rras-acme: a VPN gateway gets a certificate, proven, without anyone awake')
    started = time.monotonic()
    # No reuse of authorizations: the renewal shall walk the whole way as well.
    with Gateway(folder, PEBBLE_AUTHZREUSE='0') as g:
        w = g.world
        say(f'  authority   Pebble          {w.pebble.url}')
        say(f'  DNS         BIND            127.0.0.1:{w.bind.port}  corp.example (the company), acme.example (delegated, TSIG)')
        say(f'  gateway     simulated RRAS  127.0.0.1:{g.lab.port}, [::1]:{g.lab.port} under Wine, on a self-signed certificate')
        before = machine_state(g.lab)

        heading('1. Without the CNAME nothing is ordered; the one record to create is printed')
        command('issue', 'vpn')
        indent(g.run('issue', 'vpn').stderr)

        w.delegate(HOST)
        show_walk(g)
        first, _ = issue(g, '3. The first certificate')
        after = machine_state(g.lab)
        second, refused = issue(g, '4. Weeks later: a renewal, forced')
        renewed = machine_state(g.lab)

        heading('What changed on the gateway')
        table(('before', 'after the first', 'after the renewal'), (before, after, renewed))
        say(f'\n  first: {first["https"]["requests"]} HTTPS requests on {first["https"]["connections"]} connection; '
            f'renewal: {second["https"]["requests"]} on {second["https"]["connections"]}')
        left = w.bind.query(w.target(HOST), 'TXT')
        say(f'  TXT records left in DNS: {"none" if not left else left}')
        if left or renewed['leaf on 127.0.0.1'] == after['leaf on 127.0.0.1']:
            raise SystemExit(f'{RED}the demonstration failed{OFF}')
    say(f'  {GREEN}all ended and removed{OFF}; {time.monotonic() - started:.0f} s')


def main():
    folder = Path(tempfile.mkdtemp(prefix='rras-demo-'))
    try:
        demo(folder)
    except (RuntimeError, sim.LabError, subprocess.SubprocessError) as e:
        raise SystemExit(f'demo: {e}') from e
    finally:
        if '--keep' in sys.argv:
            say(f'  kept: {folder}')
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == '__main__':
    main()
