# SPDX-License-Identifier: Apache-2.0
"""Name servers that lose, cut, forge and refuse: hostile_dns.py in front of the company's zone and of the delegated zone.

The CA asks the real server, so what fails here fails by our own looking. An error is never "there is no CNAME". What BIND and Knot can be
made to do themselves stands in test_dns.py.
"""
from cases_issue import NAME, expect, expect_exit, expect_in, expect_one_line, text_of, weeks_later
from hostile_dns import (FORMERR, NOTIMP, REFUSED, SERVFAIL, NameServer, cname_of_the_root, cname_to_itself, code, cut_in_a_record,
                         endless_records, garbage, header_only, lame, loses_every_second, no_answer_at_all, no_udp,
                         pointer_to_itself, refers, refers_to_itself, silent, truncated, truncated_for_ever, wrong_id_first,
                         wrong_id_only, wrong_question_first, wrong_question_only)
from world import COMPANY, DELEGATED, World

CHALLENGE = '_acme-challenge'
NO_CNAME = 'there is no CNAME'


class Street:
    """A world in which the two zones' servers are at addresses of their own."""

    def __init__(self, folder):
        self.w = World(folder, PEBBLE_AUTHZREUSE='0')
        bind = self.w.bind
        bind.company_records.append(f'_acme-challenge.{NAME}. IN CNAME {self.w.target(NAME)}.')
        bind._write_company()
        for file in ('top.zone', 'company.zone', 'delegated.zone'):
            text = (bind.folder / file).read_text()
            for zone, host in ((COMPANY, 2), (DELEGATED, 3)):
                text = text.replace(f'ns1.{zone}. IN A 127.0.0.1', f'ns1.{zone}. IN A 127.0.0.{host}')
            (bind.folder / file).write_text(text)
        self.root = NameServer('127.0.0.4', bind.port)
        self.root.arm(refers(**{COMPANY: '127.0.0.2', DELEGATED: '127.0.0.3'}))
        self.company = NameServer('127.0.0.2', bind.port)
        self.delegated = NameServer('127.0.0.3', bind.port)

    def __enter__(self):
        self.w.__enter__()
        conf = self.w.config([NAME])
        self.w.write_config('vpn', dns={**conf['dns'], 'root': [f'127.0.0.4:{self.w.bind.port}'], 'propagation': {'timeout': '5s', 'settle': '0s'}})
        return self

    def __exit__(self, *_):
        self.root.close()
        self.company.close()
        self.delegated.close()
        self.w.close()

    def run(self, *argv):
        weeks_later(self.w.state_dir)
        return self.w.run(*argv)


def fails(street, fault, words):
    """Exit codes and words of issue and check; nothing is ordered."""
    orders = street.w.pebble.order_requests()
    r = street.run('issue', 'vpn')
    expect_exit(r, 4)
    expect_one_line(r, CHALLENGE, *words)
    if NO_CNAME in r.stderr:
        raise AssertionError(r.stderr)
    expect(street.w.pebble.order_requests(), orders, 'orders')
    r = street.run('check', 'vpn')
    expect_exit(r, 9)
    for word in words:
        expect_in(word, r.stdout, 'check')
    if NO_CNAME in r.stdout:
        raise AssertionError(r.stdout)


def play(folder, rows, which, prefix):
    failed = []
    with Street(folder) as street:
        for fault_name, fault, words in rows:
            getattr(street, which).arm(fault, prefix)
            try:
                if words is None:
                    expect_exit(street.run('issue', 'vpn'), 0)
                    expect(text_of(street.w), [], 'TXT left')
                else:
                    fails(street, fault, words)
            except AssertionError as e:
                failed.append(f'{fault_name}: {e}')
        getattr(street, which).arm(None)
        expect_exit(street.run('issue', 'vpn'), 0)
        expect(text_of(street.w), [], 'TXT left')
    print(f'     {len(rows)} cases', flush=True)
    if failed:
        raise AssertionError('\n'.join([f'{len(failed)} of {len(rows)} cases:', *failed]))


def test_the_companys_server_when_asked_for_the_cname(folder):
    rows = [
        ('SERVFAIL', code(SERVFAIL), ['SERVFAIL']),
        ('REFUSED', code(REFUSED), ['REFUSED']),
        ('NOTIMP', code(NOTIMP), ['NOTIMP']),
        ('FORMERR', code(FORMERR), ['FORMERR']),
        ('no authority', lame, ['lame']),
        ('truncated, whole by TCP', truncated, None),
        ('truncated by TCP, too', truncated_for_ever, ['broken']),
        ('forged id, then the truth', wrong_id_first, None),
        ('forged question, the truth by TCP', wrong_question_first, None),
        ('forged question', wrong_question_only, ['broken']),
        ('its own question', no_answer_at_all, ['broken']),
        ('garbage', garbage, ['broken']),
        ('a header', header_only, ['broken']),
        ('a pointer to itself', pointer_to_itself, ['broken']),
        ('cut in a record', cut_in_a_record, ['broken']),
        ('CNAME to the root', cname_of_the_root, ['not a plain DNS name']),
        ('CNAME to itself', cname_to_itself, ['CNAME loop']),
        ('a referral to itself', refers_to_itself, ['lame']),
        ('loses every second', loses_every_second, None),
    ]
    play(folder, rows, 'company', CHALLENGE)


def test_a_server_that_only_speaks_tcp(folder):
    play(folder, [('no UDP', no_udp, None)], 'company', CHALLENGE)


def test_a_silent_server(folder):
    play(folder, [('silent', silent, ['no answer in time'])], 'company', CHALLENGE)


def test_answers_to_other_questions(folder):
    play(folder, [('wrong ids only', wrong_id_only, ['broken'])], 'company', CHALLENGE)


def test_the_delegated_zones_server(folder):
    """The TXT is there, yet cannot be seen: no challenge is answered, and the next run goes on with the same order."""
    with Street(folder) as street:
        target = street.w.target(NAME).split('.')[0]
        for fault_name, fault, words in (('SERVFAIL', code(SERVFAIL), ['SERVFAIL']), ('no authority', lame, ['lame']),
                                         ('another value only', endless_records, ['does not show'])):
            street.delegated.arm(fault, target)
            r = street.run('issue', 'vpn')
            expect_exit(r, 4)
            expect_one_line(r, *words)
            if NO_CNAME in r.stderr:
                raise AssertionError(f'{fault_name}: {r.stderr}')
            expect(text_of(street.w), [], f'{fault_name}: TXT left')
        street.delegated.arm(None)
        expect_exit(street.run('issue', 'vpn'), 0)
        expect(text_of(street.w), [], 'TXT left')
