# SPDX-License-Identifier: Apache-2.0
"""What can be set of a lab's machine: its services, records, values, certificates, network, and the faults of programs."""
import os
import shutil
from pathlib import Path

from wine_prefix import LabError

SSTP_PARAMETERS = r'SYSTEM\CurrentControlSet\Services\SstpSvc\Parameters'
TASKS = r'SOFTWARE\sim\Tasks'
HTTP_PARAMETERS = r'SYSTEM\CurrentControlSet\Services\HTTP\Parameters'
MODES = ('ok', 'fail-start', 'hang-start', 'hang-stop', 'die', 'deaf', 'complain')  # sim_settings.h


class Settings:
    """Mixed into Lab, which has ctl(), batch() and the notes."""

    def fault(self, spec):
        name, _, rest = spec.partition('#')
        count, _, what = rest.partition('=')
        try:
            int(count)
            if what not in ('die', 'die-after', 'lie'):
                int(what, 0)
        except ValueError:
            raise LabError(f"{spec}: a fault is 'Function#N=ERR', or die, die-after or lie for ERR") from None
        self._note(faults=self.notes().get('faults', []) + [f'{name}#{count}={what}'])

    def clear_faults(self):
        self._note(faults=[])

    def service(self, what, name='RemoteAccess'):
        return self.ctl('service', what, name)

    def restart(self):
        return self.service('restart')

    def scheduler(self):
        """From now on Task Scheduler is the double (taskschd_double.c): HKLM\\SOFTWARE\\sim\\Tasks."""
        shutil.copy2(self.sim / 'taskschd_sim.dll', self.c / 'sim')
        server = r'SOFTWARE\Classes\CLSID\{0F87369F-A4E5-4CFC-BD3E-73E6154572DD}\InprocServer32'
        self.batch([('reg', server, '', 'text', r'C:\sim\taskschd_sim.dll'), ('reg', TASKS, '', 'text', '')])

    def task(self, name, **values):
        """Values of a registered task: LastResult=9, Enabled=0, LastRun='2026-11-22 01:02:03', Xml=..."""
        self.batch([('reg', f'{TASKS}\\{name}', k, 'dword' if isinstance(v, int) else 'text', str(v)) for k, v in values.items()])

    def acl(self, rights):
        """{path: SDDL}: what Windows would say of the path's owner and rights."""
        self.batch([('reg', r'SOFTWARE\sim\Acl', path, 'text', sddl) for path, sddl in rights.items()])

    def mode(self, mode, count=0, service='RemoteAccess'):
        """How the service behaves from its next start or stop on; count: for so many times, 0 for ever."""
        path = f'SOFTWARE\\sim\\{service}'
        self.batch([('reg', path, 'Count', 'dword', str(count)), ('reg', path, 'Mode', 'dword', str(MODES.index(mode)))])

    def sessions(self, count):
        """So many are connected to RRAS, until it stops."""
        return self.ctl('reg', r'SOFTWARE\sim\RemoteAccess', 'Sessions', 'dword', str(count))

    def sstp_ports(self, count):
        """So many ports for SSTP; RRAS takes it at its next start."""
        return self.ctl('reg', r'SOFTWARE\sim\RemoteAccess', 'SstpPorts', 'dword', str(count))

    def sstp(self, words=''):
        """The SSTP server from the next connection on: words of sim_sstp_settings.h ('fault=nak auth=pap'); '' is healthy."""
        return self.ctl('sstp', words)

    def network(self, **values):
        """Its surroundings from now on (sim_network.h): gateways, name_servers, silent, no_arp (lists of addresses), hosts
        ({name: address, or a list}), adapter_down (0 or 1), domain, controller, controller_address; None
        removes one."""
        commands = []
        if 'hosts' in values:
            known = values.pop('hosts')
            self._note(hosts={n: [a] if isinstance(a, str) else a for n, a in known.items()})
        for key, value in values.items():
            kind = 'absent' if value is None else 'multi' if isinstance(value, list) else 'dword' if isinstance(value, int) else 'text'
            text = '-' if value is None else ' '.join(value) if isinstance(value, list) else str(value)
            commands.append(('reg', r'SOFTWARE\sim\Network', ''.join(w.capitalize() for w in key.split('_')), kind, text))
        return self.batch(commands) if commands else {}

    def without_ipv6(self):
        """From now on: no IPv6 address, no [::] record, no listener on ::1 (after the next start of RemoteAccess)."""
        self.unbind('v6')
        return self.ctl('reg', r'SOFTWARE\sim', 'NoIPv6', 'dword', '1')

    def values(self, values):
        """Values below SstpSvc\\Parameters, {name: int, bytes, str, or None to remove it}."""
        def command(name, value):
            kind, text = 'text', value
            if value is None:
                kind, text = 'absent', '-'
            elif isinstance(value, int):
                kind, text = 'dword', str(value)
            elif isinstance(value, bytes):
                kind, text = 'binary', value.hex()
            return 'reg', SSTP_PARAMETERS, name, kind, text
        return self.batch([command(*v) for v in values.items()])

    def value(self, name, value):
        return self.values({name: value})

    def binding_name(self, family):
        return {'v4': f'0.0.0.0:{self.port}', 'v6': f'[::]:{self.port}'}.get(family, family)

    def bind(self, family, sha1, app='sstp', raw=False, flags=0):
        """family: v4, v6, 'ADDRESS:PORT' or 'HOST:PORT'; app: sstp, iis or a GUID. raw: without http.sys's look at the
        certificate."""
        return self.ctl('bind', self.binding_name(family), sha1, app, 'raw' if raw else 'checked', str(flags))

    def unbind(self, family):
        return self.ctl('unbind', self.binding_name(family))

    def new_cert(self, name='vpn.example.test', key='rsa2048', usage='server', from_days=-1, days=90, install=True,
                 pfx=None):
        """A self-signed certificate: {'sha1', 'sha256'}; into the machine's store, a PFX (password "sim"), or both."""
        more = [f'Z:{Path(pfx).resolve()}'] if pfx else []
        return self.ctl('cert-new', name, key, usage, str(from_days), str(days), 'import' if install else '-', *more)

    def import_pfx(self, pfx, password):
        return self.ctl('cert-import', f'Z:{Path(pfx).resolve()}', password)

    def remove_cert(self, sha1, with_key=True):
        return self.ctl('cert-remove', sha1, 'with-key' if with_key else '-')

    def windows(self, version):
        """2016: http.sys can change a binding in place. 2012: it cannot."""
        source = self.sim / ('2012/httpapi.dll' if version == '2012' else 'httpapi.dll')
        shutil.copy2(source, self.app / 'httpapi.new')
        os.replace(self.app / 'httpapi.new', self.app / 'httpapi.dll')

    def environment(self, **values):
        """For every later run: SIM_NOT_ADMIN=1, SIM_PFX_NO_AES=1, ...; None removes one."""
        env = {**self.notes().get('env', {}), **values}
        self._note(env={k: v for k, v in env.items() if v is not None})
