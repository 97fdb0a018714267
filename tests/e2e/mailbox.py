# SPDX-License-Identifier: Apache-2.0
"""A mail server and a webhook on loopback, with TLS, that keep what they are given. Standard library only."""
import base64
import email
import email.policy
import http.server
import json
import socketserver
import ssl
import threading


def tls(folder):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / 'server.pem', folder / 'server.key')
    return context


class _Background:
    """Serves in a thread of its own until close."""

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={'poll_interval': 0.02}, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)

    @property
    def port(self):
        return self.server.server_address[1]


class _Smtp(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b'\r\n')

    def secure(self):
        self.request = self.box.context.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile('rb'), self.request.makefile('wb', buffering=0)

    def handle(self):
        box = self.box = self.server.box
        safe = box.implicit
        try:
            if box.implicit:
                self.secure()
            self.say('220 mailbox.test')
            while line := self.rfile.readline():
                command, _, rest = line.decode().rstrip('\r\n').partition(' ')
                box.commands.append(command.upper() if command.upper() == 'AUTH' else line.decode().strip())
                match command.upper():
                    case 'EHLO':
                        self.say('250-mailbox.test')
                        if not safe:
                            self.say('250-STARTTLS')
                        self.say('250 AUTH PLAIN' if box.account and safe else '250 8BITMIME')
                    case 'STARTTLS':
                        self.say('220 go')
                        self.secure()
                        safe = True
                    case 'AUTH':
                        word = rest.partition(' ')[2]
                        if not word:
                            self.say('334 ')
                            word = self.rfile.readline().decode().strip()
                        good = base64.b64decode(word).split(b'\0')[1:] == [x.encode() for x in box.account]
                        self.say('235 ok' if good else '535 no')
                    case 'RCPT':
                        self.say('550 nobody of that name' if box.refuses else '250 ok')
                    case 'DATA':
                        self.say('354 go on')
                        lines = []
                        while (data := self.rfile.readline()) not in (b'.\r\n', b''):
                            lines.append(data[1:] if data.startswith(b'.') else data)
                        box.mails.append(email.message_from_bytes(b''.join(lines), policy=email.policy.default))
                        self.say('250 taken')
                    case 'QUIT':
                        self.say('221 bye')
                        return
                    case _:
                        self.say('250 ok')
        except OSError:  # the peer did not like our certificate, or went away
            pass


class Mailbox(_Background):
    def __init__(self, folder, implicit=False, account=None, refuses=False):
        self.context, self.implicit, self.account, self.refuses = tls(folder), implicit, account, refuses
        self.mails, self.commands = [], []
        self.server = socketserver.ThreadingTCPServer(('127.0.0.1', 0), _Smtp)
        self.server.daemon_threads = True
        self.server.box = self

    @property
    def url(self):
        return f'{"smtps" if self.implicit else "smtp"}://127.0.0.1:{self.port}'


class _Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        self.server.box.posts.append((self.path, json.loads(body)))
        self.send_response(self.server.box.status)
        self.send_header('Content-Length', '0')
        self.end_headers()

    def log_message(self, *_):
        pass


class Webhook(_Background):
    def __init__(self, folder, status=200):
        self.posts, self.status = [], status
        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), _Hook)
        self.server.daemon_threads = True
        self.server.box = self
        self.server.socket = tls(folder).wrap_socket(self.server.socket, server_side=True)

    @property
    def url(self):
        return f'https://127.0.0.1:{self.port}/hooks/SECRET-PART'
