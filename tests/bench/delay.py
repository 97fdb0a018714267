# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy in front of a server: counts connections and puts a round trip time on the way.

Half of the time is added in each direction. A connection's first bytes wait a whole round trip
more, as they would for the TCP handshake.
"""
import socket, threading, time


class DelayProxy:
    def __init__(self, to_port, rtt_ms=0):
        self.to_port, self.rtt_s, self.connections = to_port, rtt_ms / 1000, 0
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            server = socket.create_connection(('127.0.0.1', self.to_port))
            begun = time.monotonic()
            for s in (client, server):
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._pump(client, server, begun + self.rtt_s * 1.5)
            self._pump(server, client, begun)

    def _pump(self, source, sink, not_before):
        """Two threads: one stamps what arrives, one hands it on when its time has come."""
        queue, there = [], threading.Condition()

        def read():
            data = b'x'
            while data:
                try:
                    data = source.recv(65536)
                except OSError:
                    data = b''
                with there:
                    queue.append((max(time.monotonic() + self.rtt_s / 2, not_before), data))
                    there.notify()

        def write():
            while True:
                with there:
                    there.wait_for(lambda: queue)
                    at, data = queue.pop(0)
                time.sleep(max(0, at - time.monotonic()))
                try:
                    if not data:
                        return sink.shutdown(socket.SHUT_WR)
                    sink.sendall(data)
                except OSError:
                    return None

        for work in (read, write):
            threading.Thread(target=work, daemon=True).start()
