#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the program against a test CA (Pebble) and a name server (BIND) on this machine.

    scripts/bench [--json FILE] [--runs N] [--thousand | --peers | --gateway]

Requests are counted in the CA's log, connections by a proxy in front of it; CPU (user and system)
and peak memory are the kernel's account of the finished process and its children; medians of N
runs (5). --peers measures other clients that are on PATH in the same way (lego, certbot, uacme,
dehydrated): there the CA takes every challenge as valid and nobody publishes anything, us included.
--gateway measures a deploy in the simulated RRAS host. --thousand issues 1,000 certificates, all at once
and spread over several runs.
"""
import argparse, json, os, platform, shutil, statistics, subprocess, sys, tempfile, time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'e2e'), str(HERE.parent / 'sim')]
import gateway_cost
from delay import DelayProxy
from peers import PEERS
from world import COMPANY, PROGRAM, ROOT, Skip, World, pebble_of_sid

NAME = f'vpn.{COMPANY}'
QUIET = {'PEBBLE_WFE_NONCEREJECT': '0', 'PEBBLE_AUTHZREUSE': '0'}   # no chance in what is counted
RTT_MS = 50
MANY, WORKERS = 100, 16
THOUSAND = 1000
USAGE = PROGRAM.parent / 'tests/tools/usage'


def world(folder, **env):
    """With the newer Pebble where it can be had: it offers ARI, which costs a request more."""
    try:
        return World(folder, program=pebble_of_sid(), **{**QUIET, **env})
    except Skip:
        return World(folder, **{**QUIET, **env})


def run(argv, env=None):
    """(exit code, CPU ms, peak KiB, wall ms) of a process and the children it waited for."""
    begun = time.monotonic()
    told = subprocess.run([USAGE, *argv], env={**os.environ, **(env or {})}, capture_output=True, text=True, check=True)
    wall = 1000 * (time.monotonic() - begun)
    code, cpu_us, peak = (int(w) for w in told.stdout.split())
    return code, cpu_us / 1000, peak, wall


class Meter:
    """Runs of one command: what the CA saw, and what it cost here."""

    def __init__(self, world, proxy):
        self.log, self.proxy = world.folder / 'pebble' / 'log', proxy

    def _requests(self):
        return self.log.read_text(errors='replace').count('-> calling handler()')

    def measure(self, argv, env=None, runs=1, before=None, may_fail=0):
        """The medians of `runs` good runs. More than `may_fail` others: RuntimeError."""
        rows, failed = [], 0
        while len(rows) < runs:
            if before:
                before()
            requests, connections = self._requests(), self.proxy.connections
            code, cpu, peak, wall = run(argv, env)
            if code != 0:
                failed += 1
                if failed > may_fail:
                    raise RuntimeError(f'exit code {code}; by hand: {argv} with {env}')
                continue
            rows.append((self._requests() - requests, self.proxy.connections - connections, cpu, peak / 1024, wall))
        names = ('requests', 'connections', 'cpu_ms', 'peak_mib', 'wall_ms')
        return {**{n: round(statistics.median(r[i] for r in rows), 1) for i, n in enumerate(names)}, 'failed': failed}


def ours(world, *argv):
    return [str(PROGRAM), '--config', str(world.config_dir), '--state', str(world.state_dir), *argv]


def configure(world, proxy, **more):
    """One certificate, with the CA behind the proxy."""
    world.pebble.url = f'https://127.0.0.1:{proxy.port}/dir'
    world.write_config('vpn', **more)


def forget(world):
    shutil.rmtree(world.state_dir, ignore_errors=True)


def weeks_later(w):
    """The program keeps a budget of orders a week; a bench places more."""
    for path in (w.state_dir / 'certs').glob('*/state.json'):
        path.write_text(json.dumps({**json.loads(path.read_text()), 'ordered_at': []}))


def without_nonce(w):
    weeks_later(w)
    for path in (w.state_dir / 'accounts').glob('*/nonce.json'):
        path.unlink()


def issuing(folder, runs):
    with world(folder) as w:
        result = {}
        w.delegate(NAME)
        for rtt_ms, label in ((0, ''), (RTT_MS, f', {RTT_MS} ms round trip')):
            proxy = DelayProxy(w.pebble.port, rtt_ms)
            configure(w, proxy)
            meter, issue = Meter(w, proxy), ours(w, 'issue', 'vpn')
            result['first issuance, nothing stored' + label] = meter.measure(issue, None, runs, lambda: forget(w))
            result['renewal, no nonce stored' + label] = meter.measure(issue, None, runs, lambda: without_nonce(w))
            result['renewal' + label] = meter.measure(issue, None, runs, lambda: weeks_later(w))
            proxy.close()
        return result


def reused(folder, runs):
    """A CA that has not forgotten the last proof, as public ones do for days or weeks."""
    with world(folder, PEBBLE_AUTHZREUSE='100') as w:
        w.delegate(NAME)
        proxy = DelayProxy(w.pebble.port, RTT_MS)
        configure(w, proxy)
        run(ours(w, 'issue', 'vpn'))
        row = Meter(w, proxy).measure(ours(w, 'issue', 'vpn'), None, runs, lambda: weeks_later(w))
        proxy.close()
        return {f'renewal, authorization reused, {RTT_MS} ms round trip': row}


def ten_names(folder, runs):
    with world(folder) as w:
        names = [f'n{i}.{COMPANY}' for i in range(10)]
        w.delegate(*names)
        proxy = DelayProxy(w.pebble.port, RTT_MS)
        configure(w, proxy, names=names)
        row = Meter(w, proxy).measure(ours(w, 'issue', 'vpn'), None, runs, lambda: weeks_later(w))
        proxy.close()
        return {f'one certificate of 10 names, {RTT_MS} ms round trip': row}


def nothing_due(folder, runs, counts=(1, 100, 1000)):
    """The same certificate under many names in the state: nothing is due for any of them."""
    result = {}
    with world(folder) as w:
        w.delegate(NAME)
        proxy = DelayProxy(w.pebble.port)
        configure(w, proxy)
        run(ours(w, 'issue', 'vpn'))
        made = 1
        for count in counts:
            for i in range(made, count):
                shutil.copytree(w.state_dir / 'certs' / 'vpn', w.state_dir / 'certs' / f'vpn{i}')
                shutil.copy(w.config_dir / 'conf.d' / 'vpn.json', w.config_dir / 'conf.d' / f'vpn{i}.json')
            made = count
            noun = 'name' if count == 1 else 'names'
            result[f'run, {count} {noun}, nothing due'] = Meter(w, proxy).measure(ours(w, 'run'), None, runs)
        proxy.close()
    return result


def many_certificates(folder):
    with world(folder) as w:
        names = [f'n{i:03}' for i in range(MANY)]
        w.delegate(*(f'{n}.{COMPANY}' for n in names))
        proxy = DelayProxy(w.pebble.port, RTT_MS)
        w.pebble.url = f'https://127.0.0.1:{proxy.port}/dir'
        for n in names:
            w.write_config(n)
        row = Meter(w, proxy).measure(ours(w, 'run', '--jobs', str(WORKERS)))
        proxy.close()
        return {f'{MANY} certificates, --jobs {WORKERS}, {RTT_MS} ms round trip': row}


class Thousand:
    """So many certificates that were never issued."""

    def __init__(self, w):
        names = [f'n{i:04}' for i in range(THOUSAND)]
        w.delegate(*(f'{n}.{COMPANY}' for n in names))
        self.proxy = DelayProxy(w.pebble.port)
        w.pebble.url = f'https://127.0.0.1:{self.proxy.port}/dir'
        for n in names:
            w.write_config(n)
        self.meter = Meter(w, self.proxy)


def thousand_at_once(folder):
    with world(folder) as w:
        t, jobs = Thousand(w), ('--jobs', str(WORKERS))
        result = {f'{THOUSAND} certificates, run --all-due {" ".join(jobs)}': t.meter.measure(ours(w, 'run', '--all-due', *jobs))}
        for label, command in (('run, nothing due', 'run'), ('status', 'status'), ('status --json', 'status --json')):
            result[f'{label}, {THOUSAND} issued'] = t.meter.measure(ours(w, *command.split()), None, 3)
        t.proxy.close()
        return result


def thousand_spread(folder):
    """Run by run, as fast as they would be hours apart."""
    with world(folder) as w:
        t = Thousand(w)
        runs, wall, peak, code = 0, 0, 0, 10
        while code == 10:   # left to the next runs
            code, _, kib, ms = run(ours(w, 'run', '--jobs', str(WORKERS)))
            runs, wall, peak = runs + 1, wall + ms, max(peak, kib)
            weeks_later(w)   # what was ordered counts no more
        t.proxy.close()
        return {f'{THOUSAND} certificates, spread': f'{runs} runs, the last with exit code {code}; {wall / 1000:.0f} s '
                                                    f'together, peak {peak / 1024:.1f} MiB'}


def refused_nonces(folder, count=20):
    with world(folder, PEBBLE_WFE_NONCEREJECT='50') as w:
        w.delegate(NAME)
        w.write_config('vpn')
        good, took = 0, []
        for _ in range(count):
            weeks_later(w)
            code, _, _, wall = run(ours(w, 'issue', 'vpn'))
            good += code == 0
            took.append(wall)
        return {'renewals with half of all nonces refused':
                f'{good} of {count}, {statistics.median(took):.0f} ms (median)'}


def sizes():
    files = {'Linux program': PROGRAM, 'Windows program': ROOT / 'build/windows/rras-acme.exe'}
    return {f'{n}, stripped': f'{f.stat().st_size / 2**20:.1f} MiB' for n, f in files.items() if f.exists()}


def peers(folder, runs):
    """First issuance and renewal of each client that is installed; every challenge counts as met. Debian's own Pebble:
    a newer one lists dns-persist-01, a challenge without a token, at which uacme 1.7.4 stops."""
    result = {}
    with World(folder, **QUIET, PEBBLE_VA_ALWAYS_VALID='1') as w:
        w.delegate(NAME)
        for peer in PEERS:
            if not peer.available():
                continue
            proxy = DelayProxy(w.pebble.port)
            home = w.folder / peer.name
            peer.prepare(w, proxy, home, NAME)
            meter = Meter(w, proxy)

            def fresh():
                shutil.rmtree(home / 'state', ignore_errors=True)

            for label, argv, before in (('first issuance', peer.first, fresh), ('renewal', peer.renew, None)):
                try:
                    result[f'{peer.name}, {label}'] = meter.measure(argv, peer.env, runs, before, may_fail=3 * runs)
                except RuntimeError as e:
                    result[f'{peer.name}, {label}'] = f'not measured: {e}'
            proxy.close()
    return result


def show(result):
    head = ('', 'requests', 'connections', 'CPU ms', 'peak MiB', 'wall ms', 'failed')
    rows = [(n, *(f'{x:g}' for x in v.values())) for n, v in result.items() if isinstance(v, dict)]
    widths = [max(len(r[i]) for r in [head, *rows]) for i in range(len(head))]
    for r in [head, *rows] if rows else []:
        print('  '.join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(r, widths))).rstrip())
    for n, v in result.items():
        if not isinstance(v, dict):
            print(f'{n}: {v}')


def main():
    p = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    p.add_argument('--json', metavar='FILE', help='write the figures there, too')
    p.add_argument('--runs', type=int, default=5)
    p.add_argument('--peers', action='store_true', help='only the clients on PATH and ours, side by side')
    p.add_argument('--thousand', action='store_true', help='only 1,000 certificates: takes minutes')
    p.add_argument('--gateway', action='store_true', help='only a deploy in the simulated RRAS host')
    a = p.parse_args()
    folder = Path(tempfile.mkdtemp(prefix='rras-bench-'))
    try:
        if a.gateway:
            result = gateway_cost.deploys(folder / 'gateway', a.runs)
        elif a.thousand:
            result = {**thousand_at_once(folder / 'once'), **thousand_spread(folder / 'spread')}
        elif a.peers:
            result = peers(folder / 'peers', a.runs)
        else:
            result = {**issuing(folder / 'issuing', a.runs), **reused(folder / 'reused', a.runs),
                      **ten_names(folder / 'ten', a.runs), **nothing_due(folder / 'due', a.runs),
                      **many_certificates(folder / 'many'), **refused_nonces(folder / 'nonces'), **sizes()}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f'{time.strftime("%Y-%m-%d")}, {platform.system()} {platform.machine()}, {os.cpu_count()} processors, '
          f'median of {a.runs} runs, load {os.getloadavg()[0]:.1f}')
    show(result)
    if a.json:
        Path(a.json).write_text(json.dumps(result, indent=2) + '\n')


if __name__ == '__main__':
    main()
