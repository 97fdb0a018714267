/* SPDX-License-Identifier: Apache-2.0 */
/* The commands as people see them: `help` and usage errors read this table. */
#include "src/app/args.h"

const struct command_info command_table[] = {
    {CMD_ACCOUNT, "account", NAMES_ANY, "show|register|update|rollover|deactivate [NAME]",
     "the ACME account at the CA of a configuration",
     "NAME may be left out when all configurations use the same directory.\n"
     "\n"
     "  show        what the CA knows of it\n"
     "  register    makes one, or finds the one that belongs to the key\n"
     "  update      takes acme.email, or its absence, to the CA\n"
     "  rollover    gives it a new key\n"
     "  deactivate  gives it up for good; asks first, unless --yes\n"},
    {CMD_CHECK, "check", NAMES_ANY, "[NAME...] [--staging | --config-only | --schema]",
     "try everything that an issuance needs; change nothing, order nothing",
     "Validates the configuration and the state folder, reaches the CA, walks the CNAME\n"
     "delegation hop by hop, asks every authoritative name server, writes, reads and removes\n"
     "a dummy TXT record, judges CAA records and DNSSEC as the CA will, compares the clock with\n"
     "the CA's, and looks at the deploy target. A challenge that depends on the account, like\n"
     "dns-account-01, makes it register one.\n"
     "Where the CNAME is missing it prints the exact record to create.\n"
     "Exit code 9 when a check failed.\n"
     "\n"
     "  --staging       then the dress rehearsal: order at the CA's staging directory, and show "
     "what "
     "a\n"
     "                  deploy of that certificate would change; nothing in use is touched\n"
     "  --config-only   for editors and pipelines: judge the configuration alone, with all its "
     "errors,\n"
     "                  one a line as FILE:LINE:COLUMN (exit code 2); nothing is contacted or "
     "written\n"
     "  --schema        print the JSON schema of the configuration; needs none"},
    {CMD_DEPLOY, "deploy", NAMES_ONE, "NAME [--now] [--dry-run] [--pfx FILE [--password-file F]]",
     "put the held certificate in place, or repair drift; the CA is not asked",
     "Observes the machine, compares, changes the smallest set of things, restarts\n"
     "RemoteAccess, proves from the wire that clients are served the new certificate, and\n"
     "puts everything back if they are not. When nothing differs nothing is changed.\n"
     "\n"
     "Outside of deploy.window, or with more sessions than deploy.restart.max_sessions, it is "
     "held\n"
     "instead, unless clients are refused as it is, or what serves expires within\n"
     "deploy.override.\n"
     "\n"
     "  --now       whatever the window and the sessions say\n"
     "  --dry-run   print every value before and after, change nothing\n"
     "  --pfx FILE  a certificate from elsewhere: it must have a key, be valid, and be for all\n"
     "              names configured; from then on it is treated as one of ours, and renewed "
     "through\n"
     "              ACME at its time\n"
     "  --password-file F\n"
     "              its password: a file for administrators only, env:NAME, or - for the first "
     "line\n"
     "              of standard input"},
    {CMD_DOCTOR, "doctor", NAMES_ANY, "[NAME...] [--all] [--fix] [--explain CODE]",
     "find out what is wrong with this gateway; needs no configuration",
     "Looks at services, registry values with their rights, http.sys, certificate and key, "
     "network,\n"
     "the System log, and the listener as clients see it, and judges each by itself. What "
     "explains\n"
     "the rest is named once; problems come first, and what is well is counted.\n"
     "Names only tell what ought to be; without any the bound certificate's are taken.\n"
     "\n"
     "  --all            every check, also those that are well or could not be judged\n"
     "  --fix            mend hashes, bindings and URL reservation: what is bound stays, as a "
     "deploy\n"
     "                   with journal, restart, proof and roll-back; asks first, unless --yes\n"
     "  --explain CODE   what a number or message means: a Windows error, an HRESULT, a RasSstp\n"
     "                   event id, a RAS error, an ACME error type, a client's message\n"
     "\n"
     "Exit code 9 when a check failed."},
    {CMD_EXPORT, "export", NAMES_ONE, "NAME --pfx FILE --password-file F [--legacy]",
     "write the certificate with key and chain to a PFX, for use elsewhere",
     "The held certificate, else the one in place. The file is for administrators only; it is "
     "read\n"
     "back before the command succeeds. A file that is there already stays, unless --yes.\n"
     "\n"
     "  --password-file F   a file for administrators only, env:NAME, or - for the first line of\n"
     "                      standard input; never empty\n"
     "  --legacy            3DES and SHA-1 instead of AES-256 and SHA-256: Windows Server 2016"},
    {CMD_HELP, "help", NAMES_OPTIONAL, "[COMMAND]", "this page, or the page of one command", ""},
    {CMD_INIT, "init", NAMES_SOME, "NAME... [--provider P] [--set KEY=VALUE]...",
     "write the configuration of a new certificate, and try it",
     "NAME... are the DNS names of one certificate; the first one names its file, "
     "conf.d/NAME.json.\n"
     "On a terminal asks for what is not given, elsewhere it asks nothing and what is missing is "
     "an\n"
     "error. Looks at this machine first: which mode RRAS is in, on which port, whose binding is "
     "there.\n"
     "Then runs check, which prints the exact CNAME record where it is missing; exit code 9 when "
     "a\n"
     "check failed: the file is written all the same. One that is there already stays, unless "
     "--yes.\n"
     "\n"
     "  --directory D    the CA: a preset's name or an https URL (default: letsencrypt)\n"
     "  --email E        address for the CA's notices\n"
     "  --agree-tos      you have read the CA's terms of service and agree to them\n"
     "  --provider P     what publishes the TXT record: conf/samples shows each\n"
     "  --target T       rras, or none: issue only\n"
     "  --set KEY=VALUE  any other key, as in dns.rfc2136.server=ns1.example.net:53; lists with "
     "commas;\n"
     "                   paths are relative to conf.d\n"
     "  --wait           wait for records that are not there yet, or not everywhere; ends at once "
     "when\n"
     "                   something fails that does not come by itself\n"
     "  --for MS         with --wait: so long at most (also 10s, 15m; default: an hour)\n"
     "  --no-check       write the file, contact nobody"},
    {CMD_ISSUE, "issue", NAMES_ONE, "NAME [--staging]",
     "order a certificate now, even if none is due, then deploy it",
     "Walks the delegation first: without the CNAME nothing is ordered and the record to\n"
     "create is printed. An order that an earlier run left behind is taken up again.\n"
     "\n"
     "  --staging   rehearse: order at the CA's staging directory, keep all of it apart from the\n"
     "              certificate in use, deploy nothing"},
    {CMD_NOTIFY, "notify", NAMES_ANY, "test", "send a test through every configured channel",
     "Channels are the notify entries of rras-acme.json: mail servers and webhooks\n"
     "(docs/unattended.md). Exit code 0 when all of them have taken the message."},
    {CMD_PROBE, "probe", NAMES_ONE, "HOST[:PORT] [options]",
     "is the VPN there? talk SSTP to a listener and say what exactly was proved",
     "Asks every address of the name, IPv4 and IPv6, with and without SNI: DNS, TCP, TLS and the\n"
     "certificate, GET and HEAD of the SSTP URL, an SSTP call up to its acknowledgement. Needs no\n"
     "configuration and no account, works from anywhere, changes nothing.\n"
     "\n"
     "  --address A           dial this address; HOST stays the name that is asked for\n"
     "  --no-sni              send no name in the TLS hello\n"
     "  --ca-file FILE        trusted roots (PEM) instead of the system's\n"
     "  --expect-sha256 HEX   the certificate has to be this one, and that alone counts\n"
     "\n"
     "Whether the running service accepts the hash of the certificate that it serves (the famous\n"
     "stale hash: all looks well and nobody gets in) only a call tells that goes all the way:\n"
     "\n"
     "  --user NAME           a test account, DOMAIN\\user or user, that may do nothing but dial "
     "in\n"
     "  --password-file F     a file for administrators only, env:NAME, or - for standard input\n"
     "  --pap                 also where the server wants the password in clear (inside TLS)\n"
     "  --early-binding       try without a logon: some servers judge the hash before it; whether\n"
     "                        RRAS does is not documented\n"
     "  --claim X             after a refusal find out whose hash the service holds: a SHA-256, a\n"
     "                        certificate file (PEM), or store for LocalMachine\\My; may be "
     "repeated\n"
     "\n"
     "The account is used only on a connection whose certificate passed, or is the one expected.\n"
     "It logs on once where early calls tell right from wrong, else twice (a wrong hash must be\n"
     "refused, or the acceptance proves nothing), and with --claim after a refusal once more for\n"
     "each certificate that is tried. The first logon that fails is the last one.\n"
     "\n"
     "  --watch MS            an availability log: a GET every MS milliseconds, each outage with\n"
     "                        kind, begin and length; until Ctrl-C, or\n"
     "  --for MS              so long (also 10s, 15m)\n"
     "\n"
     "Exit code 9 when something failed, with --watch when there was an outage."},
    {CMD_REVOKE, "revoke", NAMES_ONE, "NAME --reason R", "revoke the certificate in place",
     "Asks first, unless --yes. R is one of\n"
     "\n"
     "  unspecified\n"
     "  keyCompromise          somebody else has, or may have, the private key\n"
     "  superseded             another certificate has taken its place\n"
     "  cessationOfOperation   the name is not served any more\n"
     "\n"
     "Except after the last of them the certificate counts as due at once: the next run orders\n"
     "another one, with a new key as always."},
    {CMD_ROLLBACK, "rollback", NAMES_ONE, "NAME",
     "return to the certificate that was in place before",
     "As deploy: with journal, proof, and everything put back if the proof fails; at once, "
     "whatever\n"
     "deploy.window says. Refused when there is none, or it has expired or was revoked.\n"
     "\n"
     "What was rolled back stays held: no run puts it in place again. `rras-acme deploy NAME` "
     "does,\n"
     "and a newer certificate takes its place. That one is ordered when the one rolled back would\n"
     "have been renewed, or deploy.override before the one in place expires."},
    {CMD_RUN, "run", NAMES_ANY, "[NAME...] [--jobs N] [--all-due]",
     "the scheduled job: renew what is due, deploy what is held, repair drift",
     "Safe to run any number of times; with nothing due it changes nothing, and asks nobody but,\n"
     "now and then, the CA when it wants the certificate renewed (ARI, RFC 9773).\n"
     "Every name is tried, whatever happens to the others.\n"
     "\n"
     "The most urgent comes first. Of what is not, 100 are ordered at one CA in one run, and 250\n"
     "in three hours; the rest is left to the next runs (exit code 10). Names that are given are\n"
     "never left.\n"
     "\n"
     "  --jobs N    so many certificates at a time, 1 to 32; 4 when it is not given. Deploys are\n"
     "              never done side by side\n"
     "  --all-due   leave nothing to the next runs: for a CA that does not ration orders"},
    {CMD_SCHEDULE, "schedule", NAMES_ANY, "install|remove|show [--watchdog] [--xml]",
     "the task that starts `run`: SYSTEM, hourly, missed starts caught up",
     "  install     registers the task with --config, --state and --log-file as given here, or\n"
     "              repairs one that differs, and the source of our events (docs/events.md).\n"
     "              Refused when a plain user could change what SYSTEM would run or obey\n"
     "  remove      takes both away again\n"
     "  show        what is registered, its last and next run, and whether it differs\n"
     "\n"
     "  --watchdog  the second task as well, which starts `watchdog`; with remove and\n"
     "              show --xml: that one alone\n"
     "  --xml       with show: the task as XML, on every system; on Linux show prints lines for "
     "cron\n"
     "\n"
     "The task runs hourly, more often where a maintenance window is shorter, at a minute that\n"
     "depends on the machine's name; after a start of the machine, too."},
    {CMD_SELFTEST, "selftest", NAMES_NONE, "[--out FILE]",
     "try every Windows call that a deploy relies on, with throw-away certificates",
     "For an administrator on any Windows Server, with RRAS or without; needs no configuration.\n"
     "Imports self-signed certificates (RSA, EC) as a deploy does, lets this account and SYSTEM\n"
     "sign with their keys, binds them on 127.0.0.1 and [::1] at a free port, changes the record\n"
     "while connections are tried, and reads back what was written. Port 443, SstpSvc and\n"
     "RemoteAccess are never touched. All that it makes is removed again, after a crash at the\n"
     "next selftest; one event stays in the Application log.\n"
     "\n"
     "  --out FILE   the result, for comparing and mailing (default: rras-acme-selftest.json);\n"
     "               holds no names, addresses or secrets\n"
     "\n"
     "Exit code 9 when a row failed."},
    {CMD_STATUS, "status", NAMES_ANY,
     "[NAME...] [--html FILE] [--metrics FILE] | --effective [NAME...]",
     "one line a name: expiry, next renewal, what is deployed, last result",
     "Reads the state folder and, for an administrator on a gateway, looks whether the machine\n"
     "still shows what was deployed: certificate store, hashes of RRAS, bindings for IPv4 and "
     "IPv6,\n"
     "and what clients are served. Changes nothing; works while another instance runs.\n"
     "\n"
     "  --html FILE      one page that needs no other file: the life of each certificate, the "
     "five\n"
     "                   places, what happens next, what has happened\n"
     "  --metrics FILE   the same as numbers, in the text format of Prometheus\n"
     "\n"
     "Both are written whole or not at all, and hold no secret.\n"
     "\n"
     "  --effective      instead: every key of the configuration that has a value, and the file "
     "and\n"
     "                   line that it comes from, or that it is built in"},
    {CMD_VERSION, "version", NAMES_NONE, "", "version of the program and of its libraries", ""},
    {CMD_WATCHDOG, "watchdog", NAMES_ANY, "[NAME...]",
     "raise the alarm when `run` has not run, or what is served nears its end",
     "Meant for the second task of `schedule install --watchdog`. Looks at the state folder, at\n"
     "the task of `run` and at what the machine serves; asks no CA and changes nothing but its\n"
     "own notes. An alarm is an event, a notification (at most once a day for the same cause)\n"
     "and exit code 9."},
    {CMD_NONE, NULL, NAMES_NONE, NULL, NULL, NULL},
};
