# SPDX-License-Identifier: Apache-2.0
"""The Windows program as a file: what its loader will ask of a Windows Server 2016, Server Core included. Wine finds functions in
places where Windows need not have them, so running it there tells nothing of this."""
import struct
from world import ROOT

PROGRAM = ROOT / 'build/windows/rras-acme.exe'

# In every Windows Server since 2016, Server Core too, whatever roles it has. All others (mprapi, netapi32, winhttp, cryptnet) are
# loaded by name, from system32 alone, when they are needed.
DLLS = {'advapi32', 'bcrypt', 'crypt32', 'httpapi', 'iphlpapi', 'kernel32', 'msvcrt', 'ncrypt', 'ole32', 'oleaut32', 'shell32',
        'user32', 'wevtapi', 'ws2_32'}

# Where Microsoft's reference has the families of which more than one import library of mingw's speaks.
HOME = {'BCrypt': 'bcrypt', 'NCrypt': 'ncrypt', 'Cert': 'crypt32', 'PFX': 'crypt32', 'Http': 'httpapi', 'Evt': 'wevtapi',
        'WSA': 'ws2_32'}

HIGH_ENTROPY_VA, DYNAMIC_BASE, NX_COMPAT = 0x20, 0x40, 0x100
EXECUTE, WRITE = 0x20000000, 0x80000000


class Pe:
    """The parts of a 64-bit image that are looked at here (Microsoft: PE Format)."""

    def __init__(self, path):
        self.b = path.read_bytes()
        pe = struct.unpack_from('<I', self.b, 0x3c)[0]
        assert self.b[pe:pe + 4] == b'PE\0\0', path
        sections, optional_bytes = struct.unpack_from('<H12xH', self.b, pe + 6)
        self.optional = pe + 24
        assert struct.unpack_from('<H', self.b, self.optional)[0] == 0x20b, 'not PE32+'
        self.characteristics = struct.unpack_from('<H', self.b, self.optional + 70)[0]
        at = self.optional + optional_bytes
        self.sections = [struct.unpack_from('<8s4I12xI', self.b, at + 40 * i) for i in range(sections)]

    def offset(self, rva):
        for _, size, start, raw_size, raw, _ in self.sections:
            if start <= rva < start + max(size, raw_size):
                return rva - start + raw
        raise AssertionError(f'no section holds {rva:#x}')

    def text(self, rva):
        at = self.offset(rva)
        return self.b[at:self.b.index(b'\0', at)].decode()

    def imports(self):
        """(dll, function) of each; a function without a name is its number."""
        at = self.offset(struct.unpack_from('<I', self.b, self.optional + 112 + 8)[0])
        while True:
            names, _, _, dll, addresses = struct.unpack_from('<5I', self.b, at)
            if dll == 0:
                return
            entry = self.offset(names or addresses)
            while (value := struct.unpack_from('<Q', self.b, entry)[0]):
                yield self.text(dll).lower().removesuffix('.dll'), value & 0xffff if value >> 63 else self.text(value + 2)
                entry += 8
            at += 20


def test_imports_are_there_on_every_server(folder):
    imports = list(Pe(PROGRAM).imports())
    assert len(imports) > 100 and {dll for dll, _ in imports} <= DLLS, {dll for dll, _ in imports} - DLLS
    assert not [i for i in imports if not isinstance(i[1], str)]  # numbers differ from version to version
    for dll, function in imports:
        home = next((HOME[p] for p in HOME if function.startswith(p)), dll)
        assert dll == home, f'{function} is asked of {dll}.dll; it is documented for {home}.dll'


def test_the_image_is_hardened(folder):
    pe = Pe(PROGRAM)
    wanted = HIGH_ENTROPY_VA | DYNAMIC_BASE | NX_COMPAT
    assert pe.characteristics & wanted == wanted, hex(pe.characteristics)
    assert not [name for name, *_, flags in pe.sections if flags & EXECUTE and flags & WRITE]
    for word in (b'level="asInvoker"', b'>UTF-8</activeCodePage>', b'>true</longPathAware>', b'{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}'):
        assert word in pe.b, word  # the manifest
