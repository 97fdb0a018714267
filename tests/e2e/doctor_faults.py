#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The doctor against each fault by itself, and against gateways that are well.

    tests/e2e/doctor_faults.py [--jobs N] [WORD...]      only faults and hosts whose name holds one of the words

A fault: break one thing, run the doctor once, mend it. It is named when

  - the rows of `finds` say that level and that text, each with a cure when it is a warning or a failure
  - the first of them is the cause, where it is a failure (`cause` says otherwise); where all are warnings there is none
  - no other row warns or fails, but for those of `follows`: what the fault really brings along, as on the wire; where such
    a row fails the cause explains it

Where `heals`, `doctor --fix --yes` mends it instead, and a second run finds nothing.
A host is healthy: no row warns or fails at all. Notes stay notes.
Ends with the counts, and "N passed, N failed".
"""
import argparse, concurrent.futures, contextlib, dataclasses, shutil, socket, ssl, statistics, sys, tempfile, threading, time, traceback
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'sim')]
import lab as sim  # noqa: E402
from ports import free_port  # noqa: E402
from doctor_bench import (  # noqa: E402
    CONFIG_STORE, FIREWALL, HOST, NETWORK, PARAMETERS, ROUTER, RULES, Bench, around, central_store, configured, cut_off_fix, deployed, environment, failing_start, fault, file,
    front, hosts, key_there, reg, service, sstp, system_setting, task, windows, without_key)

ORPHAN = 'rras-acme-vpn-0123456789abcdef'  # as "key": "machine" names them
BAD = ('warn', 'fail')
WIRE = 'F1 F2 F3 F6 F8 F9'
DEAD = 'A3 F1 F2 F3 F6 F8 F9 C14'
WINHTTP = r'SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections'
IPSEC = r'SOFTWARE\Policies\Microsoft\Windows\IPSec\Policy\Local'
SERVICING = r'SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending'
UPDATE = r'SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired'
URL_RIGHTS = sim.HTTP_PARAMETERS + r'\UrlAclInfo'
IIS_CONFIG = 'windows/system32/inetsrv/config/applicationHost.config'
PROXY = b'\x18\0\0\0\0\0\0\0\x03\0\0\0\x12\0\0\0proxy.example:8080\0\0\0\0'  # WinHttpSettings
ADMINISTRATORS_ONLY = bytes.fromhex('0100048000000000000000000000000014000000' '02002000' '01000000' '00001800' '00000010' '01020000000000052000000020020000')
NO_TLS_1_2 = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)
STOPPED = ('service', 'stop', 'RemoteAccess')


@dataclasses.dataclass
class Fault:
    name: str
    breaks: object            # bench -> steps
    finds: dict               # row: 'level text'
    follows: str = ''         # rows that may warn or fail as well
    cause: str = ''           # the row, or one of several; '' = the first of `finds` when it is a failure; '-' = none
    heals: bool = False


def answer(status, version='1.1', server=''):
    more = f'Server: {server}\r\n' if server else ''
    return f'HTTP/{version} {status} X\r\n{more}Content-Length: 0\r\n\r\n'.encode()


def standing_before(last, **how):
    """Clients reach something else first."""
    return lambda b: [front(last, **how), hosts({HOST: b.near(last)})]


def domain(**more):
    return around(domain='corp.example', controller='dc1.corp.example') + around(**more)


def with_account():
    """Of the simulated server, in deploy.verify.account."""
    account = {'user': 'probe', 'password_file': 'env:TEST_ACCOUNT'}
    return [environment(TEST_ACCOUNT='secret'), configured(verify={'timeout': '20s', 'stable': '0s', 'account': account})]


def own_address(_=None):
    """Of this machine beside loopback, which Wine's is as well."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect((ROUTER, 9))  # sends nothing
        return s.getsockname()[0]


def shown(**how):
    """Another certificate of the right name, everywhere."""
    return lambda b: b.serve(b.cert(HOST, **how))


@contextlib.contextmanager
def also_bound(b):
    """The first of ours, for another port."""
    b.lab.batch([('bind', '127.0.0.9:4433', b.deployed[0], 'iis', 'checked', '0')])
    yield
    b.lab.batch([('unbind', '127.0.0.9:4433')])


def mode(name):
    path = r'SOFTWARE\sim\RemoteAccess'
    return [reg(path, 'Count', 0), reg(path, 'Mode', sim.MODES.index(name))]


PLATFORM = [
    Fault('not elevated', lambda b: [environment(SIM_NOT_ADMIN='1')], {'A1': 'fail not elevated'}),
    Fault('the role is not installed', lambda b: [fault('OpenServiceW#0=1060')], {'A2': 'fail not installed'}, 'A* B* C* D* F* G*'),
    Fault('RemoteAccess is stopped', lambda b: [STOPPED], {'A3': 'fail is stopped'}, DEAD),
    Fault('RemoteAccess is stopped and disabled', lambda b: [STOPPED, ('start-type', 'RemoteAccess', 'disabled')], {'A3': 'fail is disabled'}, DEAD),
    Fault('RemoteAccess is disabled but runs', lambda b: [('start-type', 'RemoteAccess', 'disabled')], {'A3': 'fail though it still runs'}),
    Fault('RemoteAccess does not start by itself', lambda b: [('start-type', 'RemoteAccess', 'demand')], {'A3': 'warn does not start by itself'}),
    Fault('RemoteAccess failed when it started', lambda b: [STOPPED, *mode('fail-start'), failing_start()], {'A3': 'fail failed with'}, DEAD + ' G4 G5 G8 G9'),
    Fault('RasMan is disabled', lambda b: [('start-type', 'RasMan', 'disabled')], {'A4': 'fail RasMan, which RemoteAccess needs, is disabled'}),
    Fault('SstpSvc is disabled', lambda b: [('start-type', 'SstpSvc', 'disabled')], {'A4': 'fail SstpSvc, which RemoteAccess needs, is disabled'}),
    Fault('http.sys does not answer', lambda b: [fault('HttpInitialize#0=5')], {'A5': 'fail does not answer'}),
    Fault('RRAS has no SSTP port', lambda b: [reg(r'SOFTWARE\sim\RemoteAccess', 'SstpPorts', 0), ('service', 'restart', 'RemoteAccess')],
          {'A6': 'fail no SSTP ports'}, 'C13 C14 F1 F2 F3 F6 F8 F9'),
    Fault('all SSTP ports are taken', lambda b: [reg(r'SOFTWARE\sim\RemoteAccess', 'Sessions', 128)], {'A6': 'warn there may be none left'}),
    Fault('SstpSvc runs as another account', lambda b: [('account', 'SstpSvc', 'LocalSystem')], {'A8': 'fail SstpSvc runs as LocalSystem'}),
    Fault('RasMan runs as another account', lambda b: [('account', 'RasMan', r'NT AUTHORITY\LocalService')], {'A8': 'fail RasMan runs as'}),
    Fault('servicing waits for a restart', lambda b: [key_there(SERVICING)], {'A10': 'warn component servicing'}),
    Fault('an update waits for a restart', lambda b: [key_there(UPDATE)], {'A10': 'warn waits to be restarted'}),
    Fault('the clock is an hour fast', lambda b: [configured(clock=-3600)], {'A10': 'fail fast'}),
    Fault('the clock is an hour behind', lambda b: [configured(clock=3600)], {'A10': 'fail behind'}),
]

REGISTRY = [
    Fault('SYSTEM may not write the key', lambda b: [('rights', PARAMETERS, 'D:P(A;CI;KR;;;SY)(A;CI;KR;;;BA)(A;CI;KR;;;LS)')], {'B2': 'fail SYSTEM may not write'}),
    Fault('SYSTEM may not read the key', lambda b: [('rights', PARAMETERS, 'D:P(A;CI;KA;;;S-1-5-21-1-2-3-500)(A;CI;KR;;;LS)')], {'B1': 'fail does not open'}),
    Fault('LOCAL SERVICE may not read the key', lambda b: [('rights', PARAMETERS, 'D:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)')], {'B2': 'fail LOCAL SERVICE'}),
    Fault('LOCAL SERVICE is denied the key', lambda b: [('rights', PARAMETERS, 'D:P(D;CI;KR;;;LS)(A;CI;KA;;;SY)(A;CI;KA;;;BA)(A;CI;KR;;;LS)')], {'B2': 'fail LOCAL SERVICE'}),
    Fault('hash: the byte 32', lambda b: sstp(SHA256CertificateHash=b'\x32'), {'B3': 'fail "type 32" text literally'}, heals=True),
    Fault('hash: the text 32', lambda b: sstp(SHA256CertificateHash='32'), {'B3': 'fail "type 32" text literally'}, heals=True),
    Fault('hash: the number 32', lambda b: sstp(SHA256CertificateHash=32), {'B3': 'fail "type 32" text literally'}),
    Fault('hash: too short', lambda b: sstp(SHA256CertificateHash=bytes(20)), {'B3': 'fail no hash of 32 bytes'}, heals=True),
    Fault('hash: too long', lambda b: sstp(SHA256CertificateHash=bytes(33)), {'B3': 'fail no hash of 32 bytes'}),
    Fault('hash: the right one as text', lambda b: sstp(SHA256CertificateHash=b.own['sha256']), {'B3': 'fail no hash of 32 bytes'}, heals=True),
    Fault('hash: absent, and RRAS is to go by it', lambda b: sstp(SHA256CertificateHash=None, isHashConfiguredByAdmin=1), {'B3': 'fail event 25'}, heals=True),
    Fault('hash: absent', lambda b: sstp(SHA256CertificateHash=None), {'B3': 'warn records it from the binding'}, heals=True),
    Fault('SHA-1 hash: the text 20', lambda b: sstp(SHA1Enabled=1, SHA1CertificateHash='20'), {'B4': 'fail "type 20" text literally'}, heals=True),
    Fault('SHA-1 hash: 32 bytes', lambda b: sstp(SHA1Enabled=1, SHA1CertificateHash=bytes(32)), {'B4': 'fail no hash of 20 bytes'}),
    Fault('hashes of two certificates', lambda b: sstp(SHA1Enabled=1, SHA1CertificateHash=bytes.fromhex(b.cert()['sha1'])),
          {'B5': 'fail of different certificates'}, heals=True),
    Fault('hash of a certificate that is gone', lambda b: sstp(SHA256CertificateHash=bytes(range(32)), isHashConfiguredByAdmin=1), {'B6': 'fail not in LocalMachine'}, 'B5 C4'),
    Fault('isHashConfiguredByAdmin is text', lambda b: sstp(isHashConfiguredByAdmin='1'), {'B7': 'warn no number'}),
    Fault('no hash algorithm is left', lambda b: sstp(SHA256Enabled=0), {'B8': 'fail no hash is left'}),
    Fault('both algorithms, one hash', lambda b: sstp(SHA1Enabled=1, SHA1CertificateHash=None), {'B8': 'fail only one hash is there'}, 'B4', heals=True),
    Fault('only SHA-1 is on', lambda b: [*sstp(SHA256Enabled=0, SHA1Enabled=1), ('service', 'restart', 'RemoteAccess')], {'B8': 'warn only SHA-1', 'F10': 'warn SHA-1 only'}),
    Fault('UseHttps is text', lambda b: sstp(UseHttps='1'), {'B9': 'warn is no number'}),
    Fault('another port is configured', lambda b: [configured(port=b.port ^ 1)], {'B9': f'fail deploy.port is'}, 'C* F* E7'),
    Fault('offload is configured, and RRAS ends TLS', lambda b: [configured(mode='offload')], {'B9': 'fail TLS ends at RRAS'}, 'F*'),
    Fault('ConfigStore is damaged', lambda b: [reg(CONFIG_STORE, 'ListenerPort', 'much')], {'B10': 'fail is damaged'}, 'B11'),
    Fault('ConfigStore may not be written', lambda b: [('rights', CONFIG_STORE, 'D:P(A;CI;KR;;;SY)(A;CI;KR;;;BA)(A;CI;KR;;;LS)')], {'B10': 'fail SYSTEM may not write'}),
    Fault('RRAS runs on another port than is set', lambda b: [reg(CONFIG_STORE, 'ListenerPort', 444)], {'B11': 'warn RRAS runs with port 444'}),
    Fault('ServerURI is another', lambda b: sstp(ServerURI='/vpn/'), {'B12': 'fail ServerURI is /vpn/'}),
    Fault('ServerURI is a number', lambda b: sstp(ServerURI=1), {'B12': 'fail ServerURI is no text'}),
    Fault('ServerURL is another', lambda b: [reg(CONFIG_STORE, 'ServerURL', f'https://{HOST}/vpn/')], {'B12': 'warn ServerURL is'}),
    Fault('the SSTP proxy is on', lambda b: sstp(ProxyEnabled=1), {'B13': 'warn multi-tenant'}),
]

HTTP = [
    Fault('nothing is bound to 0.0.0.0', lambda b: [('unbind', b.at('v4'))], {'C1': 'fail no certificate is bound to 0.0.0.0'}, WIRE + ' C15', heals=True),
    Fault('nothing is bound to [::]', lambda b: [('unbind', b.at('v6'))], {'C2': 'fail no certificate is bound to [::]'}, 'F1', heals=True),
    Fault('nothing is bound', lambda b: [('unbind', b.at('v4')), ('unbind', b.at('v6'))], {'C1': 'fail 0.0.0.0', 'C2': 'fail [::]'}, WIRE + ' D9', heals=True),
    Fault('[::] shows another certificate', lambda b: [b.bind('v6', b.cert())], {'C3': 'fail different certificates'}, 'F1', heals=True),
    Fault('both show another than the hash', lambda b: [b.bind('v4', b.cert(HOST)), b.bind('v6', b.cert(HOST))], {'C4': 'fail is not the one of'}, heals=True),
    Fault('the bound certificate is gone', lambda b: [b.bind('v4', {'sha1': '11' * 20}, mode='raw'), b.bind('v6', {'sha1': '11' * 20}, mode='raw')],
          {'C5': 'fail not in LocalMachine'}, WIRE),
    Fault('bound from another store', lambda b: [b.bind('v6', b.own), reg(sim.HTTP_PARAMETERS + rf'\SslBindingInfo\{b.at("v6")}', 'SslCertStoreName', 'WebHosting')], {'C6': 'warn from the store WebHosting'}, 'F1',
          cause='- F1'),  # the simulated listener may have read the record before its store changed
    Fault('IIS has the port, with another certificate', lambda b: [b.bind('v4', b.cert(HOST), 'iis'), b.bind('v6', b.cert(HOST), 'iis')],
          {'C7': 'warn bound by IIS', 'C4': 'fail is not the one'}, cause='C4'),
    Fault('IIS has the port, and RRAS goes by the hash', lambda b: [b.bind('v4', b.cert(HOST), 'iis'), b.bind('v6', b.cert(HOST), 'iis'), *sstp(isHashConfiguredByAdmin=1)],
          {'C7': 'fail event 32'}, 'C4'),
    Fault('the binding asks for client certificates', lambda b: [b.bind('v4', b.own, flags=2), b.bind('v6', b.own, flags=2)], {'C8': 'warn asks clients for a certificate'}),
    Fault('the binding maps client certificates', lambda b: [b.bind('v4', b.own, flags=1)], {'C8': 'warn maps client certificates'}),
    Fault('the binding rejects everybody', lambda b: [b.bind('v4', b.own, flags=8)], {'C8': 'fail rejects all connections'}, WIRE),
    Fault('a host name record stands before', lambda b: [b.bind(f'{HOST}:{b.port}', b.cert(), 'iis')], {'C9': f'fail {HOST}'}, 'F2 F3 F6'),
    Fault('an address record stands before', lambda b: [b.bind(f'127.0.0.1:{b.port}', b.cert(), 'iis')], {'C10': 'fail 127.0.0.1'}, 'F1 F2 F3'),
    Fault('a host name record will refuse the next one', lambda b: [b.bind(f'{HOST}:{b.port}', b.own, 'iis')], {'C9': 'warn the next one is not deployed'}),
    Fault('an address record will refuse the next one', lambda b: [b.bind(f'127.0.0.1:{b.port}', b.own, 'iis')], {'C10': 'warn the next one is not deployed'}),
    Fault('the central certificate store is on the port', lambda b: [central_store()], {'C11': 'warn central certificate store'}),
    Fault('http.sys listens on loopback only', lambda b: [reg(sim.HTTP_PARAMETERS, 'ListenOnlyList', ['127.0.0.1', '::1'])], {'C12': 'warn and this machine has'}),
    Fault('the URL is not reserved', lambda b: [reg(URL_RIGHTS, b.url, None)], {'C13': 'fail is not reserved'}, heals=True),
    Fault('the URL is reserved for others', lambda b: [reg(URL_RIGHTS, b.url, ADMINISTRATORS_ONLY)], {'C13': 'fail not for SstpSvc'}),
    Fault('nobody listens', lambda b: [*mode('deaf'), ('service', 'restart', 'RemoteAccess')], {'C14': 'fail nobody listens'}, 'F1 F2 F3 F6 G4'),
    Fault('IIS puts its own certificate back', lambda b: [file(IIS_CONFIG, '<customMetadata><property id="5506" value="x"/></customMetadata>')], {'C16': 'warn customMetadata'}),
]

CERTIFICATE = [
    Fault('for clients only', shown(usage='client'), {'D1': 'fail not for Server Authentication'}),
    Fault('another name is dialled', lambda b: [configured(names=['vpn2.example.test']), hosts({'vpn2.example.test': '127.0.0.1'})], {'D2': 'fail not for vpn2.example.test'}),
    Fault('without a DNS name', lambda b: b.serve(b.issued('nameless', names='')), {'D2': 'fail no DNS name'}),
    Fault('expired', shown(from_days=-100, days=90), {'D3': 'fail it expired at'}),
    Fault('not valid yet', shown(from_days=5, days=90), {'D3': 'fail is valid from'}),
    Fault('expires soon', shown(from_days=-85, days=90), {'D3': 'warn it expires at'}),
    Fault('its key is gone', lambda b: [*b.serve(b.cert(HOST, days=80)), without_key(b.cert(HOST, days=80))], {'D4': 'fail cannot use the private key'}, WIRE),
    Fault('a key of 1024 bits', shown(key='rsa1024'), {'D5': 'fail too short'}, WIRE),
    Fault('its chain is incomplete', lambda b: b.serve(b.issued('Bare CA', intermediate=False)), {'D6': 'fail chain is incomplete', 'F4': "fail without its issuer's"}),
    Fault('its revocation list is not reached', lambda b: b.serve(b.issued('Listed CA', crl='http://127.0.0.1:9/x.crl')), {'D7': 'warn 127.0.0.1:9'}),
    Fault('a key that nothing needs', lambda b: [configured(), file(f'ProgramData/Microsoft/Crypto/Keys/{ORPHAN}', '')], {'D12': f'warn such as {ORPHAN}'}),
    Fault('an earlier one of ours is bound, more than are to be kept', lambda b: [deployed(2, keep=0), also_bound],
          {'D13': 'warn an earlier one of ours is still bound', 'D11': 'note 1 of ours'}),
    Fault('it is of a CA for rehearsals', lambda b: b.serve(b.issued('(STAGING) Pretend Pear X1')), {'D8': 'fail for rehearsals'}),
]

NETWORK_FAULTS = [
    Fault('no adapter is up', lambda b: around(adapter_down=1), {'E1': 'fail down'}, 'E2 E3 E4 E5 E6'),
    Fault('loopback does not answer', lambda b: around(silent=['127.0.0.1']), {'E2': 'fail 127.0.0.1 does not answer'}),
    Fault('an own address does not answer', lambda b: around(silent=[own_address()]), {'E2': 'fail own address does not'}),
    Fault('no default gateway', lambda b: around(gateways=None), {'E3': 'fail no default gateway'}),
    Fault('the default gateway is dead', lambda b: around(silent=[ROUTER], no_arp=[ROUTER]), {'E3': 'fail neither ping nor ARP'}),
    Fault('one name server of two is mute', lambda b: around(name_servers=[b.lab.network_address, b.near(99)]), {'E4': 'warn '}),
    Fault('the only name server is mute', lambda b: around(name_servers=[b.near(99)]), {'E4': 'fail '}, 'E6'),
    Fault('the domain has no controller', lambda b: around(domain='corp.example'), {'E5': 'fail no domain controller of corp.example'}),
    Fault("the controller's name does not resolve", lambda b: domain(controller_address=b.lab.network_address), {'E5': 'fail its name does not resolve'}),
    Fault("the controller's name leads elsewhere", lambda b: [*domain(controller_address=b.lab.network_address), hosts({HOST: '127.0.0.1', 'dc1.corp.example': b.near(99)})],
          {'E5': 'fail its name leads to'}),
    Fault('the controller is dead', lambda b: [*domain(controller_address=b.near(99)), hosts({HOST: '127.0.0.1', 'dc1.corp.example': b.near(99)})], {'E5': 'fail cannot be reached by its address'}),
    Fault('the public name does not resolve', lambda b: [hosts({})], {'E6': f'fail {HOST}: NXDOMAIN'}),
    Fault('no rule lets the port in', lambda b: [reg(RULES, 'SSTP-IN-TCP', None)], {'E7': 'fail no rule'}),
    Fault('a rule blocks the port', lambda b: [reg(RULES, 'SSTP-IN-TCP', b.rule('Block'))], {'E7': 'fail blocks'}),
    Fault('the port is open for some only', lambda b: [reg(RULES, 'SSTP-IN-TCP', b.rule('Allow', 'RA4=LocalSubnet'))], {'E7': 'warn for some only'}),
    Fault('IPsec is required of everybody', lambda b: [reg(FIREWALL + r'\ConSecRules', 'strict', 'v2.31|Action=SecureServer|Protocol=6|Name=strict|')], {'E8': 'fail "strict"'}),
    Fault('an old IPsec policy is active', lambda b: [reg(IPSEC, 'ActivePolicy', 'old')], {'E8': 'warn IP Security Policy'}),
    Fault('HTTP 1.1 is off', lambda b: [system_setting('EnableHttp1_1', 0, 1)], {'E9': 'warn HTTP 1.1 is off'}),
    Fault('a proxy stands before the CA', lambda b: [reg(WINHTTP, 'WinHttpSettings', PROXY), configured(ca=False)], {'E10': 'fail the CA is not reached', 'E9': 'warn WinHTTP uses proxy.example:8080'}),
    Fault('the CA is not reached', lambda b: [configured(ca=False)], {'E10': 'fail the CA is not reached'}),
]

SERVED = [
    Fault('a reverse proxy', standing_before(81, answer=answer(401)), {'F3': 'fail reverse proxy'}),
    Fault('a proxy that wants credentials', standing_before(77, answer=answer(407, server='proxy')), {'F3': 'fail reverse proxy', 'F8': 'fail 407 from proxy'}),
    Fault('a filter that forbids', standing_before(82, answer=answer(403)), {'F3': 'fail reverse proxy', 'F8': 'fail : 403: '}),
    Fault('a proxy that does not know the URL', standing_before(83, answer=answer(404)), {'F3': 'fail reverse proxy', 'F8': 'fail : 404: '}),
    Fault('a proxy without a way to us', standing_before(84, answer=answer(502)), {'F3': 'fail reverse proxy', 'F8': 'fail : 502: '}),
    Fault('a proxy of HTTP/1.0', standing_before(78, answer=answer(401, '1.0', 'old')), {'F3': 'fail reverse proxy', 'F7': 'fail HTTP/1.0 from old'}),
    Fault('something that is no HTTP', standing_before(79, answer=b'SSH-2.0-other\r\n\r\n'), {'F3': 'fail reverse proxy', 'F7': 'fail no HTTP/1.x'}),
    Fault('something without TLS 1.2', standing_before(80, versions=NO_TLS_1_2), {'F5': 'fail neither TLS 1.2 nor 1.3'}, 'F3'),
    Fault('RRAS answers 503', lambda b: [('sstp', 'fault=http-503')], {'F6': 'fail 503', 'F8': 'fail 503'}, 'F9'),
    Fault('RRAS answers 404', lambda b: [('sstp', 'fault=http-404')], {'F6': 'fail 404', 'F8': 'fail 404'}, 'F9'),
    Fault('RRAS speaks HTTP/1.0', lambda b: [('sstp', 'fault=http-1.0')], {'F7': 'fail HTTP/1.0'}, 'F6 F8 F9'),
    Fault('RRAS says nothing', lambda b: [('sstp', 'fault=http-mute')], {'F6': 'fail does not give 401', 'F9': 'fail not accepted'}),
    Fault('RRAS refuses calls', lambda b: [('sstp', 'fault=nak')], {'F9': 'fail not accepted'}),
    Fault('RRAS breaks calls off', lambda b: [('sstp', 'fault=abort')], {'F9': 'fail not accepted'}),
    Fault('calls are bound by SHA-1 only', lambda b: [('sstp', 'fault=mask-sha1')], {'F10': 'warn SHA-1 only'}),
    Fault('passwords in clear alone', lambda b: [('sstp', 'auth=pap')], {'F11': 'warn insists on PAP'}),
    Fault('PPP says nothing', lambda b: [('sstp', 'fault=lcp-mute')], {'F11': 'warn PPP'}),
    Fault('calls are bound to another certificate', lambda b: [('sstp', f'sha256={"5a" * 32}'), *with_account()], {'F12': 'fail every client is refused'}),
    Fault('the test account is refused', lambda b: [('sstp', 'fault=chap-691'), *with_account()], {'F12': 'warn learnt nothing'}),
]


def event(row, level, cause_of, source, kind, number, text):
    return Fault(f'{source} logged {number}', lambda b: [('event', source, kind, number, text.format(port=b.port))], {row: f'{level} {cause_of}'})


LOG = [
    event('G1', 'fail', 'event 8', 'RasSstp', '1', '8', 'could not initialize the HTTP layer: 1058'),
    event('G2', 'fail', 'event 13', 'RasSstp', '1', '13', 'certificate x'),
    event('G3', 'fail', 'event 12', 'Microsoft-Windows-RasSstp', '1', '12', 'certificate x'),
    event('G4', 'fail', 'event 18', 'RasSstp', '1', '18', 'hash'),
    event('G4', 'fail', 'event 20', 'RasSstp', '1', '20', 'memory'),
    event('G5', 'fail', 'event 25', 'RasSstp', '1', '25', 'hash'),
    event('G5', 'fail', 'event 32', 'RasSstp', '1', '32', 'another program'),
    event('G6', 'fail', 'event 15021', 'Microsoft-Windows-HttpEvent', '1', '15021', 'endpoint [::]:{port}'),
    event('G7', 'warn', 'event 36870', 'Schannel', '1', '36870', '0x8009030D'),
    event('G8', 'fail', '7031', 'Service Control Manager', '1', '7031', 'The RemoteAccess service ended'),
    event('G9', 'fail', 'event 20103', 'RemoteAccess', '1', '20103', 'module'),
]

OURSELVES = [
    Fault('the event log cannot be read', lambda b: [fault('EvtQuery#0=5')], {f'G{i}': 'skip System event log' for i in range(1, 10)}),
    Fault('a fix was cut off', lambda b: [('unbind', b.at('v6')), cut_off_fix()], {'C2': 'fail [::]', 'H1': 'fail doctor --fix was cut off'}, 'F1', heals=True),
    Fault('nothing runs by itself', lambda b: [configured()], {'H2': 'warn there is none'}),
    Fault('another ACME client has a task', lambda b: [configured(), task(r'tools\win-acme renew (ca.example)', r'C:\tools\wacs.exe')],
          {'H8': r'warn scheduled task "\tools\win-acme renew (ca.example)" (win-acme)'}),
    Fault("another ACME client's task, by what it starts, and ours", lambda b: [configured(), task('rras-acme', r'C:\app\rras-acme.exe', Enabled=1), task('renewal', r'C:\lego\lego.exe')],
          {'H8': 'warn (lego), and this program\'s task is on as well: no harm'}),
    Fault("another ACME client's task that names what is ours", lambda b: [configured(), task('renewal', r'C:\lego\lego.exe', f'--domains {HOST} renew')],
          {'H8': 'warn (lego, for our name): both renew it'}),
    Fault('another ACME client has a service', lambda b: [configured(), service('Certify.Service')], {'H8': 'warn service "Certify.Service" (Certify The Web, starts by itself)'}),
]

FAULTS = [*PLATFORM, *REGISTRY, *HTTP, *CERTIFICATE, *NETWORK_FAULTS, *SERVED, *LOG, *OURSELVES]


@dataclasses.dataclass
class Host:
    name: str
    makes: object             # bench -> steps
    notes: str                # the rows that are notes, and rightly: no more, no less


# A certificate that is its own issuer: nobody trusts it unasked, and it names no revocation list.
SELF_SIGNED = 'D6 D7 D8 F4'
RESTART = ('service', 'restart', 'RemoteAccess')


def moved(b):
    """RRAS on another port, as with an ISP that forbids 443."""
    port = free_port()
    old, new = (('0.0.0.0:{}', '[::]:{}'), (b.at('v4'), b.at('v6')))
    rule = f'v2.31|Action=Allow|Dir=In|Protocol=6|LPort={port}|'
    return [STOPPED, *(('unbind', w) for w in new), *(('bind', w.format(port), b.own['sha1'], 'sstp', 'checked', '0') for w in old),
            *sstp(ListenerPort=port), reg(RULES, 'SSTP-IN-TCP', rule), ('service', 'start', 'RemoteAccess')]


def offload(b):
    return [STOPPED, *(('unbind', b.at(f)) for f in ('v4', 'v6')), *sstp(UseHttps=0, isHashConfiguredByAdmin=1), hosts({HOST: b.near(98)}),
            ('service', 'start', 'RemoteAccess')]


HEALTHY = [
    Host('has never seen this program', lambda b: [], SELF_SIGNED),
    Host('ECDSA P-256', shown(key='ec256'), SELF_SIGNED + ' D9'),
    Host('ECDSA P-384', shown(key='ec384'), SELF_SIGNED + ' D9'),
    Host('a CA of the company', lambda b: b.serve(b.issued('Company CA')), 'D6 D7 D9 D10'),
    Host('a root that Windows has not fetched yet', lambda b: [*b.serve(b.issued('Company CA')), reg(r'SOFTWARE\sim', 'RootsToCome', 1)], 'D7 D9 D10'),
    Host('a wildcard certificate', lambda b: b.serve(b.cert('*.example.test')), SELF_SIGNED + ' D9 D10'),
    Host('SHA-1 is on as well', lambda b: [*sstp(SHA1Enabled=1), RESTART], SELF_SIGNED),
    Host('the stored hash is the authority', lambda b: [*sstp(isHashConfiguredByAdmin=1), RESTART], SELF_SIGNED),
    Host('IPv4 only', lambda b: [('unbind', b.at('v6')), reg(r'SOFTWARE\sim', 'NoIPv6', 1), RESTART], SELF_SIGNED + ' C2 G2'),
    Host('another port', moved, SELF_SIGNED),
    Host('a balancer ends TLS', offload, 'B9 D6 D7 D8 F3'),
    Host('IIS shares the binding', lambda b: [b.bind('v4', b.own, 'iis'), b.bind('v6', b.own, 'iis'), RESTART], SELF_SIGNED + ' C7'),
    Host('DirectAccess beside it', lambda b: [('bind', '127.0.0.9:4433', b.own['sha1'], '{5d8e2743-ef20-4d38-8751-7e400f200e65}', 'checked', '0')], SELF_SIGNED),
    Host('a site of IIS with another name', lambda b: [b.bind(f'www.example.test:{b.port}', b.cert('www.example.test'), 'iis'),
                                                       file(IIS_CONFIG, '<configuration/>')], SELF_SIGNED + ' D9'),
    Host('member of a domain', lambda b: [*domain(controller_address=b.lab.network_address), hosts({HOST: '127.0.0.1', 'dc1.corp.example': b.lab.network_address})], SELF_SIGNED),
    Host('a router that answers no ping', lambda b: around(silent=[ROUTER]), SELF_SIGNED + ' E3'),
    Host('reached by a public address only', lambda b: [hosts({HOST: b.near(98)})], SELF_SIGNED + ' F3'),
    Host('a proxy, and nothing that needs one', lambda b: [reg(WINHTTP, 'WinHttpSettings', PROXY)], SELF_SIGNED + ' E9'),
    Host('IPsec for a network inside', lambda b: [reg(FIREWALL + r'\ConSecRules', 'strict', 'v2.31|Action=SecureServer|EP2_4=10.0.0.0/255.0.0.0|Name=strict|')],
         SELF_SIGNED + ' E8'),
    Host('the port is open in one profile', lambda b: [reg(RULES, 'SSTP-IN-TCP', b.rule('Allow', 'Profile=Domain|'))], SELF_SIGNED + ' E7'),
    Host('Windows Server 2012 R2', lambda b: [windows('2012')], SELF_SIGNED + ' C17'),
    Host('with people connected', lambda b: [reg(r'SOFTWARE\sim\RemoteAccess', 'Sessions', 3)], SELF_SIGNED),
    Host('EAP alone is offered', lambda b: [('sstp', 'fault=eap-only')], SELF_SIGNED),
    Host('with a test account', lambda b: with_account(), SELF_SIGNED + ' H7'),
    Host('looked after by another ACME client', lambda b: [task('win-acme renew', 'wacs.exe')], SELF_SIGNED + ' H8'),
    Host('another ACME client, switched off', lambda b: [configured(), task('win-acme renew', 'wacs.exe', Enabled=0), service('Certify.Service', 'disabled')], SELF_SIGNED + ' H7'),
    Host('configured, nothing issued yet', lambda b: [configured()], SELF_SIGNED + ' H7'),
]


# ---- running ----

class Wrong(Exception):
    pass


def need(ok, text):
    if not ok:
        raise Wrong(text)


def told(row):
    return f'{row["id"]} {row["level"]}: {row["finding"]}'


def is_one_of(row, patterns):
    return any(row == p or (p.endswith('*') and row.startswith(p[:-1]) and row[len(p) - 1:].isdigit()) for p in patterns.split())


def alarms(rows):
    """But for the task: the bench registers none, and wherever something is configured H2 says so ('nothing runs by itself')."""
    return [told(r) for i, r in rows.items() if r['level'] in BAD and not (i == 'H2' and 'nothing is renewed by itself' in r['finding'])]


def check_fault(b, f):
    """The doctor names it, and nothing else."""
    code, doc, rows = b.doctor()
    bad = alarms({i: r for i, r in rows.items() if i not in f.finds and not is_one_of(i, f.follows)})
    for row, wanted in f.finds.items():
        level, _, text = wanted.partition(' ')
        need(rows[row]['level'] == level and text in rows[row]['finding'], f'{row}: {wanted!r} is wanted: {told(rows[row])}; also {bad}')
        need(rows[row]['cure'] or level not in BAD, f'{row}: no cure')
    need(not bad, f'not to be expected: {bad}')
    need((code == 9) == any(r['level'] == 'fail' for r in rows.values()), f'exit code {code}')
    first = next(iter(f.finds))
    cause = f.cause if f.cause else first if f.finds[first].startswith('fail') else '-'
    got = doc['cause']['id'] if doc['cause'] else '-'
    need(got in cause.split(), f'the cause is {got}, not {cause}')
    loose = [i for i, r in rows.items() if r['level'] == 'fail' and i not in (*f.finds, got, *doc['cause']['explains'])]
    need(not loose, f'{cause} does not explain {loose}')


def check_heals(b, f):
    with contextlib.ExitStack() as stack:
        stack.enter_context(configured()(b))
        code, doc, rows = b.doctor('--fix', '--yes')
        bad = alarms(rows)
        need(code == 0 and not bad, f'after --fix: exit {code}, {bad}, {doc.get("steps")}')
    code, doc, rows = b.doctor()
    bad = alarms(rows)
    need(code == 0 and not bad, f'after --fix, once more: exit {code}, {bad}')


def check_host(b, h):
    code, doc, rows = b.doctor()
    bad = alarms(rows)
    need(code == 0 and not doc['cause'] and not bad, f'false alarm: exit {code}, {bad}')
    notes = {i for i, r in rows.items() if r['level'] == 'note'}
    need(notes == set(h.notes.split()), f'notes are not {h.notes}: ' + '; '.join(told(rows[i]) for i in sorted(notes ^ set(h.notes.split()))))


def run_one(b, case, result):
    if isinstance(case, Host):
        b.do(case.makes(b))
        check_host(b, case)
        return
    b.do(case.breaks(b))
    check_fault(b, case)
    result['named'] = True
    if case.heals:
        check_heals(b, case)
        result['healed'] = True


def work(folder, cases, lock, results):
    b = None
    try:
        while True:
            with lock:
                case = cases.pop(0) if cases else None
            if case is None:
                return
            if b is None:
                b = Bench(Path(tempfile.mkdtemp(dir=folder))).__enter__()
            begun, result, error = time.monotonic(), {'case': case}, ''
            try:
                run_one(b, case, result)
                b.mend()
            except Exception as e:
                error = str(e) if isinstance(e, Wrong) else traceback.format_exc(limit=-4)
            result.update(error=error, times=b.times)
            b.times = []
            kind = 'host ' if isinstance(case, Host) else 'fault'
            what = f'-> {" ".join(case.finds)}{", healed" if "healed" in result else ""}' if kind == 'fault' else 'no alarm'
            with lock:
                results.append(result)
                print(f'{"FAIL" if error else "ok  "} {kind} {case.name} {"" if error else what} ({time.monotonic() - begun:.1f} s)', flush=True)
                if error:
                    print(f'     {error}', flush=True)
            if error:  # the machine may be in any state: a new one
                b.__exit__()
                b = None
    finally:
        if b:
            b.__exit__()


def summary(results):
    def count(kind, key=None):
        return sum(1 for r in results if isinstance(r['case'], kind) and (key is None or key(r)))
    times = [t for r in results for t in r['times']]
    print(f'faults: {count(Fault)} injected, {count(Fault, lambda r: r.get("named"))} named; '
          f'{count(Fault, lambda r: r["case"].heals)} to be healed by --fix, {count(Fault, lambda r: r.get("healed"))} healed')
    print(f'healthy hosts: {count(Host)}, false alarms on {count(Host, lambda r: r["error"])}')
    if times:
        print(f'a run of the doctor: median {statistics.median(times):.2f} s, longest {max(times):.2f} s')


def main():
    p = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    p.add_argument('--jobs', type=int, default=3)
    p.add_argument('words', nargs='*', metavar='WORD')
    a = p.parse_args()
    folder = Path(tempfile.mkdtemp(prefix='rras-doctor-'))
    cases = [c for c in [*HEALTHY, *FAULTS] if not a.words or any(w in c.name for w in a.words)]
    names = [c.name for c in cases]
    assert len(set(names)) == len(names), 'two of one name'
    lock, results, begun = threading.Lock(), [], time.monotonic()
    try:
        with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
            for done in [pool.submit(work, folder, cases, lock, results) for _ in range(a.jobs)]:
                done.result()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    failed = sum(1 for r in results if r['error'])
    summary(results)
    print(f'{time.monotonic() - begun:.0f} s')
    print(f'{len(results) - failed} passed, {failed} failed')
    return 0 if results and not failed else 1


if __name__ == '__main__':
    sys.exit(main())
