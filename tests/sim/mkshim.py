#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mkshim.py OBJDUMP REAL.dll OUTDIR OWN.c...

Makes the glue of a pass-through DLL with REAL's name: it exports everything that REAL exports; what an OWN.c defines
as SHIM(name) is ours, every other function jumps to REAL, which the shim loads from the system directory when it is
loaded itself. Writes OUTDIR/NAME.def, NAME_thunks.S and NAME_table.c.
"""
import re
import subprocess
import sys
from pathlib import Path


def exports(objdump, dll):
    text = subprocess.run([objdump, '-p', dll], capture_output=True, text=True, check=True).stdout
    names = []
    for line in text.split('[Ordinal/Name Pointer] Table')[1].splitlines()[1:]:
        m = re.match(r'\s*\[\s*\d+\]\s+(?:\+base\[\s*\d+\]\s+[0-9a-f]+\s+)?(\S+)\s*$', line)
        if m:
            names.append(m.group(1))
        elif names:
            break
    if not names:
        sys.exit(f'{dll}: no exports found')
    return names


def def_file(name, names, mine):
    lines = [f'LIBRARY "{name}.dll"', 'EXPORTS']
    lines += [f'  {n}={"shim" if n in mine else "thunk"}_{n}' for n in names]
    lines += [f'  {n}=shim_{n}' for n in sorted(mine - set(names))]
    return '\n'.join(lines) + '\n'


def thunks(names, mine, imports):
    lines = ['.text']
    for i, n in enumerate(n for n in names if n not in mine):
        lines += [f'.globl thunk_{n}', f'thunk_{n}:', f'  jmp *shim_table+{8 * i}(%rip)']
    if imports:  # the shim's own calls of this DLL's functions stay inside the shim
        lines += ['.section .rdata,"dr"', '.balign 8']
        for n in names:
            lines += [f'.globl __imp_{n}', f'__imp_{n}: .quad {"shim" if n in mine else "thunk"}_{n}']
    return '\n'.join(lines) + '\n'


TABLE = r'''#include "shim.h"

enum {{ COUNT = {count} }};
void (*shim_table[COUNT + 1])(void);
static HMODULE real;
static const char *const name[] = {{{names}}};

static void missing(void) {{ TerminateProcess(GetCurrentProcess(), 0xdead); }}

shim_function *shim_original(const char *function) {{ return (shim_function *)GetProcAddress(real, function); }}

BOOL WINAPI DllMain(HINSTANCE self, DWORD why, LPVOID reserved);
BOOL WINAPI DllMain(HINSTANCE self, DWORD why, LPVOID reserved)
{{
    WCHAR path[MAX_PATH];
    (void)reserved;
    if (why != DLL_PROCESS_ATTACH) return TRUE;
    DisableThreadLibraryCalls(self);
    UINT n = GetSystemDirectoryW(path, MAX_PATH - 40);
    lstrcpyW(path + n, L"\\{dll}.dll");
    real = LoadLibraryW(path);
    if (!real || real == self) return FALSE;
    for (int i = 0; i < COUNT; i++) {{
        shim_table[i] = (shim_function *)GetProcAddress(real, name[i]);
        if (!shim_table[i]) shim_table[i] = missing;
    }}
    return TRUE;
}}
'''


def main():
    objdump, real, out, own = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:]
    names = exports(objdump, real)
    mine = {m for f in own for m in re.findall(r'\bSHIM\((\w+)\)', Path(f).read_text())}
    passed = [n for n in names if n not in mine]
    dll = real.stem
    out.mkdir(parents=True, exist_ok=True)
    (out / f'{dll}.def').write_text(def_file(dll, names, mine))
    # mingw's ncrypt.h declares its functions without dllimport, so there is nothing to redirect
    (out / f'{dll}_thunks.S').write_text(thunks(names, mine, dll != 'ncrypt'))
    quoted = ','.join(f'"{n}"' for n in passed)
    (out / f'{dll}_table.c').write_text(TABLE.format(count=len(passed), names=quoted, dll=dll))


main()
