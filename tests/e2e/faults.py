#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every Windows call of a deploy, made to fail, to die and to lie; the cases come from the call log of a whole deploy.

    tests/e2e/faults.py [--all] [--jobs N] [WORD...]

    --all     every documented error instead of one, calls that only look at every place they are made and with deaths
              instead of once, and all of it on a Windows without HttpUpdateServiceConfiguration, too (an hour)
    WORD      only faults whose text holds one of the words, such as StartServiceW or die

A case: arm one fault, deploy a certificate, look, take the fault away, deploy again, look. It holds when

  - the exit code tells the truth: 0 = the new certificate serves, 6 or 2 = the old one does, 7 = not even that
  - what is served has the hash that RRAS holds, old or new, never neither; after a death this is so at the latest when
    the next run has settled it, or RRAS itself has started again
  - no service that ran is stopped
  - the second run succeeds and the new certificate serves
  - no key container is left without a certificate, and no certificate of ours beyond those to be kept

Ends with "N passed, N failed".
"""
import argparse, concurrent.futures, shutil, sys, tempfile, threading, time, traceback
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'sim')]
from gateway import Failure, PfxGateway, machine_state, need  # noqa: E402

# Windows' documented refusals of each call that changes something.
CHANGES = {
    'HttpSetServiceConfiguration': (5, 87, 1312),
    'HttpUpdateServiceConfiguration': (2, 5, 87, 1312),
    'HttpDeleteServiceConfiguration': (2, 5),
    'PFXImportCertStore': (13, 86, 0x80090009),
    'CertAddCertificateContextToStore': (5, 0x80092003),
    'CertAddEncodedCertificateToStore': (5, 0x80092003),
    'CertDeleteCertificateFromStore': (5,),
    'CertSetCertificateContextProperty': (5, 0x80092005),
    'NCryptCreatePersistedKey': (0x8009000F, 0x80090010),
    'NCryptSetProperty': (0x80090029,),
    'NCryptFinalizeKey': (0x8009000F, 0x80090010),
    'NCryptDeleteKey': (0x80090010, 0x80090016),
    'RegSetValueExW': (5, 112, 1018),
    'RegDeleteValueW': (5, 1018),
    'ControlService': (5, 1051, 1052, 1053, 1061, 1115),
    'StartServiceW': (5, 1053, 1055, 1058, 1068, 1069, 1072),
}
# Of each call that only looks: one error is as good as another, since none is expected.
LOOKS = {
    'HttpInitialize': (5,),
    'HttpQueryServiceConfiguration': (5,),
    'CryptAcquireCertificatePrivateKey': (0x80090010, 0x80090016),
    'NCryptOpenKey': (0x80090016,),
    'NCryptSignHash': (0x80090010,),
    'OpenSCManagerW': (5,),
    'OpenServiceW': (5, 1060),
    'QueryServiceStatusEx': (5,),
    'EnumDependentServicesW': (5,),
    'EvtQuery': (5, 15007),
    'EvtNext': (5,),
    'MprAdminServerConnect': (5, 1722),
    'MprAdminConnectionEnum': (5, 1722),
    'MprAdminServerGetInfo': (5, 1722),
    'GetAdaptersAddresses': (8, 232),
    # An event is written about what came of it, whatever that was.
    'RegisterEventSourceW': (5, 1722),
    'ReportEventW': (5, 1502),
}
LASTING = ('HttpUpdateServiceConfiguration', 'RegSetValueExW', 'StartServiceW', 'PFXImportCertStore')


class FaultGateway(PfxGateway):
    def check(self, fault):
        """One case; raises Failure."""
        self.lab.fault(fault)
        try:
            r = self.deploy()
        finally:
            self.lab.clear_faults()
        said = f'{r.stdout[-600:]} {r.stderr[-900:]}'
        if r.returncode == 137:
            need('=die' in fault, f'it died: {said}')
            # Half the deaths are met by a start of RRAS before anybody runs us again.
            if sum(fault.encode()) & 1 and machine_state(self.lab)['RemoteAccess'] == 'running':
                self.lab.restart()
                self.whole('after the death and a restart of RRAS', trial=True)
        elif r.returncode == 7:
            try:
                self.whole('exit 7')
            except Failure:
                pass
            else:
                raise Failure(f'exit 7, but the gateway is whole: {said}')
        else:
            leaf = self.whole(f'exit {r.returncode}: {said}')
            truth = {0: self.wanted, 2: self.other, 6: self.other}.get(r.returncode)
            need(truth is not None, f'exit {r.returncode}: {said}')
            need(leaf == truth, f'exit {r.returncode}, but {leaf[:16]} serves: {said}')
        r = self.deploy()
        said = f'{r.stdout[-600:]} {r.stderr[-900:]}'
        need(r.returncode == 0, f'the second run: exit {r.returncode}: {said}')
        need(self.whole('the second run') == self.wanted, f'the second run: the old certificate serves: {said}')
        my = self.lab.show(look=False)
        need(len(my['key_files']) == len(my['my']), f'{len(my["key_files"])} key containers, {len(my["my"])} certificates')
        need(len(my['my']) <= 3, f'{len(my["my"])} certificates in MY')   # RRAS's own, the live one, the kept one
        self.turn = 1 - self.turn


def make_cases(calls, every):
    for name in dict.fromkeys(calls):
        changes = name in CHANGES
        need(changes or name in LOOKS, f'{name}: a call that is not in the tables; say there how Windows refuses it')
        errors = (CHANGES if changes else LOOKS)[name]
        count = calls.count(name)
        for n in range(1, count + 1) if every or changes else [(count + 1) // 2]:
            for error in errors if every else errors[:1]:
                yield f'{name}#{n}={error if error < 65536 else hex(error)}'
            if every or changes:
                yield f'{name}#{n}=die'
            if changes:
                yield f'{name}#{n}=die-after'
                yield f'{name}#{n}=lie'
        if name in LASTING:
            yield f'{name}#0={errors[0]}'


def work(folder, old_windows, cases, lock, results):
    bench = None
    try:
        for fault in cases:
            if bench is None:
                bench = FaultGateway(tempfile.mkdtemp(dir=folder), old_windows).__enter__()
            begun, error = time.monotonic(), ''
            try:
                bench.check(fault)
            except Exception as e:
                error = str(e) if isinstance(e, Failure) else traceback.format_exc(limit=-3)
            with lock:
                results.append((fault, error))
                print(f'{"FAIL" if error else "ok  "} {fault} ({time.monotonic() - begun:.1f} s)', flush=True)
                if error:
                    print(f'     {error}', flush=True)
            if error:   # the machine may be in any state: a new one
                bench.__exit__()
                bench = None
    finally:
        if bench:
            bench.__exit__()


def main():
    p = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    p.add_argument('--all', action='store_true')
    p.add_argument('--jobs', type=int, default=4)
    p.add_argument('words', nargs='*', metavar='WORD')
    a = p.parse_args()
    folder = Path(tempfile.mkdtemp(prefix='rras-faults-'))
    lock, results, begun = threading.Lock(), [], time.monotonic()
    try:
        work_lists = []
        for old_windows in (False, True) if a.all else (False,):
            with FaultGateway(tempfile.mkdtemp(dir=folder), old_windows) as bench:
                calls = bench.calls()
            cases = [c for c in make_cases(calls, a.all) if not a.words or any(w in c for w in a.words)]
            print(f'{len(calls)} calls in a deploy, {len(set(calls))} different'
                  f'{" (a Windows without HttpUpdateServiceConfiguration)" if old_windows else ""}: {len(cases)} cases',
                  flush=True)
            work_lists += [(old_windows, cases[i::a.jobs]) for i in range(a.jobs)]
        with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
            for done in [pool.submit(work, folder, old, cases, lock, results) for old, cases in work_lists]:
                done.result()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    failed = sum(1 for _, error in results if error)
    print(f'{time.monotonic() - begun:.0f} s')
    print(f'{len(results) - failed} passed, {failed} failed')
    return 0 if results and not failed else 1


if __name__ == '__main__':
    sys.exit(main())
