# SPDX-License-Identifier: Apache-2.0
"""Notifications: mail by SMTPS and STARTTLS, webhooks; told once a day, never changing an outcome."""
import contextlib
import datetime
import json
import os
import subprocess
from pathlib import Path
from cases_issue import expect, expect_exit, expect_in, weeks_later
from documents import named
from mailbox import Mailbox, Webhook
from world import ROOT, Skip, World, make_server_certificate

EXE = Path(ROOT) / 'build/linux/rras-acme'
NAMES = ('one', 'two')


class Site:
    """Two certificates whose CA cannot be reached, and those who are told."""

    def __init__(self, folder, *notify):
        self.config, self.state = folder / 'config', folder / 'state'
        (self.config / 'conf.d').mkdir(parents=True)
        for name in NAMES:
            (self.config / f'conf.d/{name}.json').write_text(json.dumps({
                'names': [f'{name}.example.test'], 'acme': {'directory': 'https://127.0.0.1:9/dir', 'agree_tos': True},
                'dns': {'provider': 'exec', 'exec': {'command': ['/bin/true']}, 'resolvers': ['127.0.0.1:9']},
                'deploy': {'target': 'none'}}))
        for file, text in (('password', 'p4ss\n'), ('ca.pem', (folder / 'tls/ca.pem').read_text())):
            (self.config / file).write_text(text)
            (self.config / file).chmod(0o600)
        (self.config / 'rras-acme.json').write_text(json.dumps({'notify': list(notify)}))

    def run(self, *args, env=None):
        return subprocess.run([EXE, '--config', self.config, '--state', self.state, '--log-level', 'debug', *args],
                              capture_output=True, text=True, check=False, env=env)


@contextlib.contextmanager
def servers(folder, *made):
    make_server_certificate(folder / 'tls')
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(make(folder / 'tls')) for make in made]


def by_mail(box, **more):
    return {'smtp': box.url, 'from': 'vpn@example.com', 'to': ['a@example.com', 'b@example.com'], 'ca_file': 'ca.pem', **more}


def test_every_channel_is_tried(folder):
    account = ('vpn', 'p4ss')
    with servers(folder, lambda f: Mailbox(f, implicit=True, account=account), Mailbox, Webhook, Webhook,
                 lambda f: Mailbox(f, account=('vpn', 'other')), lambda f: Mailbox(f, refuses=True),
                 lambda f: Webhook(f, status=403)) as (smtps, smtp, plain, slack, denied, refuses, forbidden):
        login = {'user': 'vpn', 'password_file': 'password'}
        site = Site(folder, by_mail(smtps, **login), by_mail(smtp), {'webhook': plain.url, 'ca_file': 'ca.pem'},
                    {'webhook_file': 'env:HOOK', 'format': 'slack', 'ca_file': 'ca.pem'}, by_mail(denied, **login),
                    by_mail(refuses), {'webhook': forbidden.url, 'ca_file': 'ca.pem'}, {**by_mail(smtp), 'ca_file': '/etc/ssl/certs/ca-certificates.crt'})
        r = site.run('--json', 'notify', 'test', env={'HOOK': slack.url})
        expect_exit(r, 5)
        channels = named(json.loads(r.stdout))['channels']
        expect([c['ok'] for c in channels], [True] * 4 + [False] * 4, f'{channels}')
        for c, word in zip(channels[4:], ('refused', '550', 'HTTP 403', 'not accepted')):
            expect_in(word, c['error']['message'], 'error')
        for box in (smtps, smtp):
            (mail,) = box.mails
            expect((mail['From'], mail['To']), ('rras-acme <vpn@example.com>', 'a@example.com, b@example.com'), 'head')
            expect_in('This is a test', mail['Subject'], 'subject')
            expect_in('Nothing has happened', mail.get_content(), 'body')
        expect('AUTH' in smtps.commands, True, 'logged on')
        expect_in('STARTTLS', smtp.commands, 'commands')
        expect((plain.posts[0][0], plain.posts[0][1]['program'], plain.posts[0][1]['events'][0]['word']),
               ('/hooks/SECRET-PART', 'rras-acme', 'test'), 'JSON')
        expect_in('This is a test', slack.posts[0][1]['text'], 'Slack')
        for secret in ('p4ss', 'SECRET-PART'):
            expect(secret in r.stdout + r.stderr, False, f'{secret} is told')


def test_trouble_is_told_once_a_day(folder):
    with servers(folder, Mailbox, Webhook, lambda f: Webhook(f, status=500)) as (box, hook, broken):
        site = Site(folder, by_mail(box), {'webhook': hook.url, 'ca_file': 'ca.pem', 'on': ['deploy']},
                    {'webhook': broken.url, 'ca_file': 'ca.pem', 'max_per_day': 1})
        first = site.run('run')
        expect(first.returncode in (4, 5), True, f'{first.returncode} {first.stderr[-500:]}')
        expect(len(box.mails), 1, 'one mail for two failures')
        expect_in('2 failures', box.mails[0]['Subject'], 'subject')
        expect_in('HTTP 500', first.stderr, 'a channel that does not work is logged')
        # By hand: somebody sees it. Put off by the back-off: nothing new.
        site.run('issue', 'one')
        site.run('run')
        expect(len(box.mails), 1, 'mails of the first day')
        expect(len(broken.posts), 1, 'the limit of a day')

        # A day later, by its notes.
        alerts = site.state / 'alerts.json'
        doc = json.loads(alerts.read_text())
        for a in doc['alerts']:
            if a['key'] == 'one/failure':
                a['told_at'] = a['since'] = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)).strftime('%Y-%m-%dT%H:%M:%SZ')
        alerts.write_text(json.dumps(doc))
        state = site.state / 'certs/one/state.json'
        notes = json.loads(state.read_text())
        state.write_text(json.dumps({k: v for k, v in notes.items() if k != 'not_before'}))
        site.run('run')
        expect(len(box.mails), 2, 'mails of the second day')
        expect_in('still so, since', box.mails[1].get_content(), 'body')
        expect('two' in box.mails[1]['Subject'], False, 'what was told within a day')
        expect(hook.posts, [], 'a channel that wants deploys only')
        expect(json.loads((site.state / 'run.json').read_text())['ended'][:2], '20', 'the run is noted')


def test_what_cannot_begin_is_told(folder):
    with servers(folder, Mailbox) as (box,):
        site = Site(folder, by_mail(box))
        site.run('run')
        expect(len(box.mails), 1, 'mails of a run whose CA cannot be reached')
        one, shared = site.config / 'conf.d/one.json', site.config / 'rras-acme.json'
        good = {p: p.read_text() for p in (one, shared)}

        def turn(command, code, mails, what):
            r = site.run(command)
            expect((r.returncode, len(box.mails)), (code, mails), f'{what}: {r.stderr[-500:]}')
        # One file of a certificate: all stops, and that is told once, whoever meets it.
        one.write_text(good[one][:-1] + ',\n  "keyy": 1 }')
        turn('run', 2, 2, 'a broken conf.d/one.json')
        body = box.mails[1].get_content()
        for part in ('rras-acme run: ', 'one.json:2:3: keyy: unknown key', 'nothing is renewed', '[300 failed]'):
            expect_in(part, body, 'mail')
        turn('run', 2, 2, 'an hour later')
        turn('watchdog', 2, 2, 'the watchdog meets it, too')
        # The file that names those who are told: a copy of it is of use.
        shared.write_text(good[shared][:-1] + ',')
        turn('watchdog', 2, 3, 'a broken rras-acme.json')
        expect_in(f'rras-acme watchdog: {shared}:1:', box.mails[2].get_content(), 'mail')
        turn('run', 2, 3, 'run after the watchdog')
        for path, text in good.items():
            path.write_text(text)
        # Its end, told by who has told of it.
        turn('run', 10, 3, 'the last was not told by run')
        turn('watchdog', 0, 4, 'the end, by the watchdog')
        expect_in('rras-acme watchdog: can begin again. [103 recovered]', box.mails[3].get_content(), 'mail')
        turn('watchdog', 0, 4, 'nothing new')
        # Arguments that cannot be understood, of a task that somebody has changed.
        for _ in range(2):
            r = site.run('run', '--jsn')
            expect((r.returncode, len(box.mails)), (2, 5), f'bad arguments: {r.stderr[-500:]}')
        expect_in('rras-acme run: option --jsn: unknown', box.mails[4].get_content(), 'mail')
        expect_exit(site.run('issue', '--jsn'), 2)  # no task of ours
        turn('run', 10, 6, 'the arguments are in order again')
        # Where nothing can be noted, a message comes in every sixth hour, not with each run.
        site.state = one
        blind, before = datetime.datetime.now(datetime.timezone.utc).hour % 6 == 0, len(box.mails)
        r = site.run('run')
        expect((r.returncode, len(box.mails) - before), (1, int(blind)), r.stderr[-500:])


def ago(**time):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(**time)).strftime('%Y-%m-%dT%H:%M:%SZ')


def test_a_failure_and_its_end_which_the_server_does_not_take_at_once(folder):
    with servers(folder, Mailbox) as (box,), World(folder / 'world', PEBBLE_WFE_NONCEREJECT='0') as w:
        w.write_config('vpn')
        (w.config_dir / 'rras-acme.json').write_text(json.dumps(
            {'notify': [{**by_mail(box), 'ca_file': str(folder / 'tls/ca.pem'), 'on': ['failure', 'recovery', 'deploy']}]}))
        alerts = w.state_dir / 'alerts.json'
        # There is no CNAME yet.
        expect_exit(w.run('run'), 4)
        expect([m['Subject'].partition(': ')[2][:5] for m in box.mails], ['vpn: '], 'the failure')
        expect_in('[300 failed]', box.mails[0].get_content(), 'the failure')
        # Mended; and the mail server is not at its best just then.
        w.delegate('vpn.corp.example')
        weeks_later(w.state_dir)
        state = w.state_dir / 'certs/vpn/state.json'
        state.write_text(json.dumps({k: v for k, v in json.loads(state.read_text()).items() if k != 'not_before'}))
        box.refuses = True
        r = w.run('run')
        expect_exit(r, 0)
        expect_in('a notification was not delivered', r.stderr, 'log')
        expect(len(json.loads(alerts.read_text())['outbox']['items']), 2, 'what waits: issued, recovered')
        box.refuses, commands = False, len(box.commands)
        expect_exit(w.run('run'), 0)
        expect(len(box.commands), commands, 'not tried again at once')
        notes = json.loads(alerts.read_text())
        first = notes['outbox']['items'][0]['at'] = ago(hours=2)
        notes['outbox']['tried_at']['0'] = ago(hours=2)
        alerts.write_text(json.dumps(notes))
        expect_exit(w.run('run'), 0)
        expect(len(box.mails), 2, 'one mail for both')
        body = box.mails[1].get_content()
        for part in ('vpn: a new certificate was issued.', f'(of {first}; could not be delivered before)', 'vpn: works again.', '[103 recovered]'):
            expect_in(part, body, 'the end')
        expect_exit(w.run('run'), 0)
        expect(len(box.mails), 2, 'nothing is told twice')
        # What nobody took for three days; a file that was cut off.
        notes['outbox']['items'][0]['at'] = ago(days=4)
        alerts.write_text(json.dumps(notes))
        box.refuses = True
        expect_in('1 notification could not be delivered for three days', w.run('run').stderr, 'log')
        expect(len(json.loads(alerts.read_text())['outbox']['items']), 1, 'what is left')
        alerts.write_text('{"outbox": {"items": [')
        r = w.run('run')
        expect_exit(r, 0)
        expect_in('cannot be understood; what was told, and what waits to be, is forgotten', r.stderr, 'log')
        expect('forgotten' in w.run('run').stderr, False, 'told once')


def test_what_others_could_change(folder):
    if os.geteuid() != 0:
        raise Skip('root alone has rights that others want')
    with servers(folder, Mailbox) as (box,):
        site = Site(folder, by_mail(box))
        hook, mark = folder / 'bin/hook', folder / 'started'
        hook.parent.mkdir()
        hook.write_text(f'#!/bin/sh\ntouch {mark}\n')
        hook.chmod(0o755)
        one = site.config / 'conf.d/one.json'
        conf = json.loads(one.read_text())
        conf['dns']['exec']['command'] = [str(hook)]
        one.write_text(json.dumps(conf))
        first = site.run('run')
        expect(first.returncode in (4, 5), True, f'{first.returncode} {first.stderr}')
        expect('others could' in first.stderr, False, 'all is in order')
        # What dns.exec starts: the program, its folder, and whatever names it.
        for path, mode in ((hook, 0o777), (hook.parent, 0o777), (one, 0o666), (one.parent, 0o777), (site.config / 'rras-acme.json', 0o666)):
            before = path.stat().st_mode & 0o777
            path.chmod(mode)
            for command in (['run'], ['issue', 'one']) if path == hook else (['run'],):
                r = site.run(*command)
                expect_exit(r, 2)
                for part in ('one: dns.exec is not started', str(path), f'chmod {700 if path.is_dir() else 600} {path}'):
                    expect_in(part, r.stderr, f'{command} {path}')
            if path == hook:
                expect_in('one: dns.exec is not started', box.mails[-1].get_content(), 'mail')
                rows = {c['id']: c for c in json.loads(site.run('--json', 'check', 'one').stdout)['checks']}
                expect((rows['conf.trust']['level'], 'ca.directory' in rows), ('fail', False), 'check')
            path.chmod(before)
        expect(mark.exists(), False, 'nothing was started')
        # The rest is told, and obeyed. What cannot begin is over.
        for path in site.config.glob('conf.d/*.json'):
            conf['dns'] = {'provider': 'rfc2136', 'resolvers': ['127.0.0.1:9'], 'rfc2136': {'server': '127.0.0.1:9', 'key_name': 'k', 'key_file': 'env:KEY'}}
            conf['names'] = [path.stem + '.example.test']
            path.write_text(json.dumps(conf))
        one.chmod(0o666)
        before = len(box.mails)
        for _ in range(2):
            r = site.run('run')
            expect(r.returncode in (4, 5, 10), True, f'{r.returncode} {r.stderr}')
            expect_in('obeys with administrator', r.stderr, 'log')
        expect(len(box.mails), before + 1, 'one mail')
        body = box.mails[-1].get_content()
        for part in (f'file {one}: others may write into it', '[220 unsafe]', 'rras-acme run: can begin again'):
            expect_in(part, body, 'mail')
        one.chmod(0o600)
        site.run('run')
        expect_in('in administrators\' hands alone again. [103 recovered]', box.mails[-1].get_content(), 'its end')
