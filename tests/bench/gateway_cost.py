# SPDX-License-Identifier: Apache-2.0
"""What a deploy costs the users of a gateway: measured in the simulated RRAS host (Wine).

New connections are tried from outside every few milliseconds. A bare restart of RemoteAccess by the service manager
alone is what no deploy can be better than; what is above it is ours.
"""
import statistics, subprocess, time
from gateway import PfxGateway, need
from world import PROGRAM

USAGE = PROGRAM.parent / 'tests/tools/usage'

CHANGING = ('HttpSet', 'HttpUpdate', 'HttpDelete', 'RegSetValue', 'RegDeleteValue', 'PFXImport', 'StartService', 'ControlService',
            'CertAdd', 'CertDelete', 'CertSet', 'NCryptFinalize', 'NCryptDelete')


def refused_ms(lab, act):
    """How long new connections were refused while act() ran."""
    watch = lab.watch(every_ms=2)
    try:
        act()
        time.sleep(0.2)     # the last look sees the end
    finally:
        watch.stop()
    return watch.outage_ms()


def good(r):
    need(r.returncode == 0, f'exit {r.returncode}: {r.stdout} {r.stderr}')
    return r


def timed_ms(act):
    begun = time.monotonic()
    act()
    return 1000 * (time.monotonic() - begun)


def peak_mib(lab, *args):
    """Peak resident memory of the program, with what Wine itself brings into its process."""
    p = lab.start_program('rras-acme.exe', *args, via=[str(USAGE)], stdout=subprocess.PIPE, text=True)
    code, _, peak_kib = (int(w) for w in p.communicate(timeout=120)[0].split())
    need(code == 0, f'{args}: exit {code}')
    return peak_kib / 1024


def deploys(folder, runs):
    bare, ours, nothing, start, changes, calls = [], [], [], [], 0, []
    with PfxGateway(folder) as g:
        for _ in range(runs):   # by turns: what disturbs the machine disturbs both
            bare.append(refused_ms(g.lab, g.lab.restart))
            g.lab.clear_log()
            ours.append(refused_ms(g.lab, lambda: good(g.deploy())))
            calls.append(len(g.lab.log('rras-acme.exe')))
            g.lab.clear_log()
            start.append(timed_ms(lambda: good(g.lab.run('version'))))
            nothing.append(timed_ms(lambda: good(g.lab.run('deploy', 'vpn', '--now'))))
            changes += sum(line.startswith(CHANGING) for line in g.lab.log('rras-acme.exe'))
            g.turn = 1 - g.turn
        memory = {'peak memory of a deploy, Wine in it': peak_mib(g.lab, *g.deploy_args()),
                  'of that the start of a program (version)': peak_mib(g.lab, 'version')}
    of = lambda v: f'{statistics.median(v):.0f} ms ({min(v):.0f} to {max(v):.0f})'
    return {f'connections refused, bare restart of RemoteAccess ({runs} times)': of(bare),
            f'connections refused, a whole deploy ({runs} times)': of(ours),
            'deploy with nothing to do, under Wine': of(nothing),
            'of that the start of a program': of(start),
            'calls of a whole deploy that the doubles see': f'{statistics.median(calls):.0f}',
            **{what: f'{mib:.1f} MiB' for what, mib in memory.items()},
            'changing calls of the deploys with nothing to do': changes}
