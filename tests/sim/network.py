# SPDX-License-Identifier: Apache-2.0
"""network.py LAB-DIR ADDRESS: the other hosts of a lab's network, on one loopback address of the lab's own.

A name server (UDP and TCP 53) that knows "hosts" of lab.json, read at each question, and what a domain controller listens
on (TCP 389 and 88). Says "ready"; ends when it is ended. A port that cannot be had (no root) is left out. Imports little:
every lab starts one.
"""
import json
import socket
import struct
import sys
import threading

A, AAAA, NXDOMAIN = 1, 28, 3


def hosts(folder):
    try:
        with open(folder + '/lab.json', encoding='utf-8') as f:
            return json.load(f).get('hosts') or {}
    except (OSError, ValueError):
        return {}


def question(message):
    """The name, its type and where the question ends."""
    labels, at = [], 12
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode('ascii', 'replace').lower())
        at += 1 + message[at]
    return '.'.join(labels), struct.unpack_from('>H', message, at + 1)[0], at + 5


def answer(message, known):
    name, kind, end = question(message)
    records = []
    for text in known.get(name, []):
        family = socket.AF_INET6 if ':' in text else socket.AF_INET
        packed = socket.inet_pton(family, text)
        if kind == (AAAA if ':' in text else A):
            records.append(struct.pack('>HHHIH', 0xc00c, kind, 1, 60, len(packed)) + packed)
    rcode = 0 if name == '' or name in known else NXDOMAIN
    return message[:2] + struct.pack('>BBHHHH', 0x81, 0x80 | rcode, 1, len(records), 0, 0) + message[12:end] + b''.join(records)


def serve_udp(s, folder):
    while True:
        message, peer = s.recvfrom(4096)
        try:
            s.sendto(answer(message, hosts(folder)), peer)
        except (OSError, IndexError, struct.error):
            continue


def serve_tcp(s, folder):
    while True:
        with s.accept()[0] as c:
            try:
                c.settimeout(2)
                said = answer(c.recv(4096)[2:], hosts(folder))
                c.sendall(struct.pack('>H', len(said)) + said)
            except (OSError, IndexError, struct.error):
                continue


def serve_nothing(s, _folder):
    while True:
        s.accept()[0].close()


def main():
    folder, address = sys.argv[1:]
    for kind, port, serve in ((socket.SOCK_DGRAM, 53, serve_udp), (socket.SOCK_STREAM, 53, serve_tcp),
                              (socket.SOCK_STREAM, 389, serve_nothing), (socket.SOCK_STREAM, 88, serve_nothing)):
        s = socket.socket(socket.AF_INET, kind)
        try:
            if kind == socket.SOCK_STREAM:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind((address, port))
            if kind == socket.SOCK_STREAM:
                s.listen(8)
        except OSError:
            continue
        threading.Thread(target=serve, args=(s, folder), daemon=True).start()
    print('ready', flush=True)
    threading.Event().wait()


main()
