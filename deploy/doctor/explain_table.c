/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources: the RasSstp event pages and manifest (ids 1 to 33), the RRAS blog on debugging SSTP
 * connections, KB947031, the Routing and Remote Access error code list, winerror.h. What Windows
 * itself reports to this program is explained in rras/sentence.c and not said here again.
 */
#include "doctor/explain_table.h"

#include <stddef.h>

#define EVENT(n, text, cure, see)                                                                  \
    {                                                                                              \
        EXPLAIN_EVENT, n, text, cure, see                                                          \
    }
#define CODE(n, text, cure, see)                                                                   \
    {                                                                                              \
        EXPLAIN_CODE, n, text, cure, see                                                           \
    }
#define RAS(n, text, cure, see)                                                                    \
    {                                                                                              \
        EXPLAIN_RAS, n, text, cure, see                                                            \
    }

const struct explain_entry explain_entries[] = {
    /* ---- events of clients ---- */
    EVENT(1, "client: the HTTPS request could not be sent",
          "look at the way to the server: name, "
          "firewall, proxy",
          "E6 E7 F1"),
    EVENT(2, "client: no answer to the HTTPS request", "look whether the listener answers at all",
          "F6 F9"),
    EVENT(3, "client: the answer was not HTTP/1.1",
          "something between client and server rewrites "
          "HTTP: look at proxies and inspection",
          "F7"),
    EVENT(4, "client: the server or a proxy refused; the HTTP status stands in the event",
          "404: RRAS does not listen; 407: a proxy wants a password; 503: overloaded", "F8 C13"),
    EVENT(5, "client: the SSTP negotiation failed",
          "look at the server's RasSstp events of the "
          "same moment",
          "F9 G4"),
    EVENT(6,
          "client: crypto binding was refused. The certificate that the client saw is not the "
          "one whose hash RRAS holds",
          "compare bound certificate and stored hash, restart RemoteAccess if the hash was changed "
          "since; with a proxy or TLS inspection before RRAS the hash has to be of what that "
          "serves",
          "C4 A7 F3"),
    EVENT(14, "client: there is no route to the server", "look at the client's network", ""),
    EVENT(15, "client: the server's address cannot be used", "look at the public DNS name", "E6"),
    EVENT(16, "client: the server's certificate has the wrong purpose",
          "it needs Server Authentication or Any Purpose", "D1"),
    EVENT(23, "client: a proxy wants authentication (HTTP 407)",
          "let the proxy pass the VPN server without a password", "E9 F8"),
    EVENT(33, "client: custom cookies could not be set", NULL, ""),
    /* ---- events of servers ---- */
    EVENT(7, "server: ConfigStore is damaged or cannot be written; RRAS goes by its defaults",
          "give SYSTEM full control of SstpSvc\\Parameters\\ConfigStore, restart RemoteAccess",
          "B10 B11"),
    EVENT(8, "server: the HTTP layer could not be initialised; the Win32 error in it says why",
          "look whether http.sys is loaded, then at the URL reservation and ConfigStore",
          "A5 C13 B10"),
    EVENT(9, "server: the configured URL could not be registered",
          "look who holds the URL or the port", "C13 C14"),
    EVENT(10, "server: the default URL could not be registered",
          "look who holds the URL or the port", "C13 C14"),
    EVENT(11,
          "server: no certificate in LocalMachine\\MY fits (Server Authentication and a "
          "private key)",
          "import or deploy one", "D1 D4 D9"),
    EVENT(12, "server: the certificate could not be bound to IPv4",
          "look at its private key and purpose", "C1 D1 D4"),
    EVENT(13, "server: the certificate could not be bound to IPv6",
          "look at its private key and purpose", "C2 D1 D4"),
    EVENT(17, "server: the key SstpSvc\\Parameters cannot be opened",
          "give SYSTEM full control and LOCAL SERVICE read", "B1 B2"),
    EVENT(18,
          "server: SHA256CertificateHash is missing, of the wrong type, or not of 32 bytes; "
          "connections are refused",
          "rras-acme doctor --fix", "B3"),
    EVENT(19, "server: SHA1CertificateHash is missing, of the wrong type, or not of 20 bytes",
          "rras-acme doctor --fix", "B4"),
    EVENT(20, "server: out of memory while setting up", "free memory, restart RemoteAccess", "A9"),
    EVENT(21, "server: the hash of the bound certificate could not be obtained",
          "look whether that certificate is still in LocalMachine\\MY", "C5"),
    EVENT(22, "server: the listener could not be set up; no connection is accepted",
          "look who holds the port, and at the URL reservation", "C13 C14"),
    EVENT(24,
          "server: the bindings of IPv4 and IPv6 show different certificates, and neither can "
          "be preferred; RRAS does not start",
          "rras-acme deploy NAME", "C3"),
    EVENT(25,
          "server: the certificate of the stored hash is not in LocalMachine\\MY; RRAS does "
          "not start",
          "import it again, or deploy another one", "B6"),
    EVENT(32,
          "server: another program bound a certificate that is not the stored hash's; RRAS "
          "does not start",
          "let both use one certificate, or free the port", "C7"),
    /* ---- what clients and TLS say ---- */
    CODE(0x800704C9, "the server has no free SSTP port, or none is enabled",
         "give WAN Miniport (SSTP) more ports", "A6"),
    CODE(0x800B0101,
         "the server's certificate has expired or is not valid yet; or the clock is "
         "wrong",
         "renew it; look at the clock on both sides", "D3 A10"),
    CODE(0x800B0102, "an issuer in the chain expires before the certificate does",
         "deploy a chain that lasts longer", "D6"),
    CODE(0x800B0109, "the client does not trust the root of the server's certificate",
         "staging CA? else hand the private CA's root to the clients", "D6 D8"),
    CODE(0x80090325, "the client does not trust the root of the server's certificate",
         "staging CA? else hand the private CA's root to the clients", "D6 D8"),
    CODE(0x800B010A, "the chain is incomplete: the server does not send the intermediate",
         "put it into LocalMachine\\CA and restart RemoteAccess", "D6 F4"),
    CODE(0x800B010C, "the certificate was revoked", "rras-acme issue NAME", "D6"),
    CODE(0x80092010, "the certificate was revoked", "rras-acme issue NAME", "D6"),
    CODE(0x800B010F, "the certificate is not for the name that the client dials",
         "dial the certificate's name, or deploy one with the dialled name", "D2 F2"),
    CODE(0x80090322, "the certificate is not for the name that the client dials",
         "dial the certificate's name, or deploy one with the dialled name", "D2 F2"),
    CODE(0x800B0110, "the certificate has the wrong purpose",
         "it needs Server Authentication or Any Purpose", "D1"),
    CODE(0x80092012, "revocation could not be checked: the certificate names no list",
         "use a CA that names one", "D7"),
    CODE(0x80092013, "revocation could not be checked: the list's host cannot be reached",
         "let clients reach the host named in the certificate (HTTP, port 80)", "D7"),
    CODE(0x8009030D,
         "TLS has no usable credential: the private key cannot be used (Schannel event "
         "36870)",
         "look at the private key", "D4 C5"),
    CODE(0x8009030E,
         "TLS has no usable credential: the private key cannot be used (Schannel event "
         "36870)",
         "look at the private key", "D4 C5"),
    CODE(0x80090331, "client and server have no TLS version or cipher in common",
         "allow TLS 1.2 on both sides", "F5"),
    CODE(0x80090326,
         "the TLS handshake broke off: something between rewrites it, or the key "
         "failed",
         "look at the private key, then at proxies and inspection", "D4 F1"),
    CODE(0x80090304,
         "the TLS handshake broke off: something between rewrites it, or the key "
         "failed",
         "look at the private key, then at proxies and inspection", "D4 F1"),
    CODE(10054,
         "the connection was reset: no certificate is bound, crypto binding was refused, or "
         "a firewall",
         "look at the bindings and the hash", "C1 C4 E7"),
    CODE(64, "the connection was dropped: no certificate is bound, or the wrong one",
         "look at the bindings and the hash", "C1 C4"),
    CODE(1236, "the connection was dropped by the server or a firewall", "look at the bindings",
         "C1 C4 E7"),
    CODE(10060, "no answer in time: firewall, routing, or a wrong address",
         "look at the way to "
         "the server",
         "E6 E7"),
    CODE(1460, "no answer in time: firewall, routing, or a wrong address",
         "look at the way to "
         "the server",
         "E6 E7"),
    CODE(10061, "nothing listens on that address and port", "look whether RRAS runs and listens",
         "A3 C14"),
    CODE(10013, "another program owns the port, or access to it is forbidden", "look who listens",
         "C14"),
    CODE(10048, "another program owns the port", "look who listens", "C14"),
    CODE(11001, "the DNS name does not resolve", "look at the public DNS name", "E6"),
    CODE(11002, "the DNS name did not resolve just now", "look at the name servers", "E4 E6"),
    CODE(9003, "the DNS name does not exist", "look at the public DNS name", "E6"),
    CODE(12002, "the server did not answer in time (WinHTTP)", "look at the way to it", "E7 F6"),
    CODE(12007, "the DNS name does not resolve (WinHTTP)", "look at the public DNS name", "E6"),
    CODE(12029, "no connection to the server (WinHTTP)",
         "look whether RRAS listens and the "
         "firewall lets in",
         "C14 E7"),
    CODE(12030, "the connection was closed before an answer came (WinHTTP)", "look at the bindings",
         "C1 F1"),
    CODE(12152, "the answer is no HTTP/1.1 (WinHTTP)", "look at proxies between", "F7"),
    CODE(12175, "the server's certificate was not accepted (WinHTTP)", "look at name, dates, trust",
         "D2 D3 D6"),
    CODE(903, "RRAS is not running, so it cannot be asked", "net start RemoteAccess", "A3"),
    CODE(1722, "the RRAS administration interface does not answer",
         "look whether RemoteAccess "
         "runs",
         "A3"),
    CODE(3010, "saved; it takes effect after Windows was restarted", NULL, "A10"),
    CODE(3011, "saved; it takes effect after the service was restarted", NULL, "A7"),
    /* ---- the Task Scheduler ---- */
    CODE(0x80041315, "the Task Scheduler service does not run", "net start Schedule", "H2"),
    CODE(0x8004131F, "an instance of the task is running already", NULL, "H2"),
    CODE(0x00041301, "the task is running", NULL, "H2"),
    CODE(0x00041303, "the task has never run", NULL, "H2"),
    CODE(0x00041306, "the task was ended by a person or by its time limit", NULL, "H2"),
    CODE(1332, "the account name is unknown", NULL, "H2"),
    CODE(15002, "the event's provider is not installed here", NULL, "H7"),
    CODE(15007, "the event log channel does not exist", NULL, "H7"),
    CODE(15027, "the event's message is not in its file", NULL, "H7"),
    /* ---- RAS ---- */
    RAS(619, "the connection ended before it was made",
        "for SSTP: look at the RasSstp events of "
        "the client",
        "F9"),
    RAS(628, "the server ended the connection",
        "look at the server's RasSstp and RemoteAccess "
        "events",
        "G4 G9"),
    RAS(629, "the server ended the connection",
        "look at the server's RasSstp and RemoteAccess "
        "events",
        "G4 G9"),
    RAS(633, "the port is in use or not set up for dialling out",
        "on the client: remove and add the WAN Miniport", ""),
    RAS(646, "the account may not log on at this hour", NULL, ""),
    RAS(647, "the account is disabled", NULL, ""),
    RAS(648, "the password has expired", NULL, ""),
    RAS(649, "the account may not dial in",
        "allow it in the account's Dial-in tab or the network "
        "policy",
        ""),
    RAS(678, "nobody answered", "look at the way to the server", "E6 E7"),
    RAS(691, "user name or password is wrong, or the way to authenticate is not allowed",
        "the certificate is not the trouble: TLS and SSTP worked. See the NPS events", "F11"),
    RAS(718, "the server did not answer in the PPP phase", "see the NPS and RemoteAccess events",
        "F11"),
    RAS(720, "client and server found no common PPP protocol, often no address was left",
        "look at RRAS's address pool", ""),
    RAS(734, "PPP was ended by the other side: often no way to authenticate in common",
        "allow MS-CHAP v2 or EAP on both sides", "F11"),
    RAS(738, "the server gave no address", "look at RRAS's address pool or DHCP", ""),
    RAS(741, "the client cannot do the encryption that the server wants", NULL, ""),
    RAS(742, "the server cannot do the encryption that the client wants", NULL, ""),
    RAS(789, "the security layer of L2TP failed: this is not SSTP", NULL, ""),
    RAS(798, "the client finds no certificate of its own for EAP",
        "enrol a client certificate, or use another EAP type", ""),
    RAS(800, "no tunnel of any kind could be made: the server was not reached, or refused",
        "set the VPN type to SSTP alone, then look at the code that it gives", "E6 E7 C14"),
    RAS(806, "GRE did not pass: this is PPTP, not SSTP", "set the VPN type to SSTP", ""),
    RAS(807, "the connection was interrupted",
        "look for a restart of RemoteAccess, and at "
        "time-outs of firewalls",
        "G8"),
    RAS(809, "UDP 500 and 4500 did not pass: this is IKEv2 or L2TP, not SSTP",
        "set the VPN type to SSTP", ""),
    RAS(812, "a policy on the server forbids it: way to authenticate, group, or hour",
        "see the NPS events; the certificate is not the trouble", "F11"),
    RAS(848, "the custom cookies of the connection could not be set", NULL, ""),
    RAS(868, "the server's name did not resolve", "look at the public DNS name", "E6"),
    {EXPLAIN_CODE, 0, NULL, NULL, NULL},
};

const struct explain_phrase explain_phrases[] = {
    {"cn name does not match", EXPLAIN_CODE, 0x800B010F},
    {"does not match the passed value", EXPLAIN_CODE, 0x800B010F},
    {"principal name is incorrect", EXPLAIN_CODE, 0x80090322},
    {"revocation server was offline", EXPLAIN_CODE, 0x80092013},
    {"unable to check revocation", EXPLAIN_CODE, 0x80092012},
    {"not trusted by the trust provider", EXPLAIN_CODE, 0x800B0109},
    {"root certificate which is not trusted", EXPLAIN_CODE, 0x800B0109},
    {"authority that is not trusted", EXPLAIN_CODE, 0x80090325},
    {"chain could not be built", EXPLAIN_CODE, 0x800B010A},
    {"not within its validity period", EXPLAIN_CODE, 0x800B0101},
    {"not valid for the requested usage", EXPLAIN_CODE, 0x800B0110},
    {"revoked by its issuer", EXPLAIN_CODE, 0x800B010C},
    {"certificate is revoked", EXPLAIN_CODE, 0x80092010},
    {"forcibly closed by the remote host", EXPLAIN_CODE, 10054},
    {"did not properly respond after a period of time", EXPLAIN_CODE, 10060},
    {"actively refused", EXPLAIN_CODE, 10061},
    {"network name is no longer available", EXPLAIN_CODE, 64},
    {"remote computer refused the network connection", EXPLAIN_CODE, 0x800704C9},
    {"unexpected or badly formatted", EXPLAIN_CODE, 0x80090326},
    {"logon session does not exist", EXPLAIN_CODE, 1312},
    {"name could not be resolved", EXPLAIN_CODE, 12007},
    {"no such host is known", EXPLAIN_CODE, 11001},
    {"crypto binding", EXPLAIN_EVENT, 6},
    {"crypto-binding", EXPLAIN_EVENT, 6},
    {"cryptobinding", EXPLAIN_EVENT, 6},
    {"could not initialize the http layer", EXPLAIN_EVENT, 8},
    {"for use with internet protocol version 6", EXPLAIN_EVENT, 13},
    {"for use with internet protocol version 4", EXPLAIN_EVENT, 12},
    {"user name and password combination", EXPLAIN_RAS, 691},
    {"policy configured on your ras/vpn server", EXPLAIN_RAS, 812},
    {"name of the remote access server did not resolve", EXPLAIN_RAS, 868},
    {"connection was terminated by the remote computer", EXPLAIN_RAS, 628},
    {"vpn server was interrupted", EXPLAIN_RAS, 807},
    {"attempted vpn tunnels failed", EXPLAIN_RAS, 800},
    {NULL, EXPLAIN_CODE, 0},
};
