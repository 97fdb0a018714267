# SPDX-License-Identifier: Apache-2.0
"""Free ports for servers of tests."""
import contextlib, errno, itertools, random, socket, threading
from pathlib import Path

_FIRST = 20000
_lock = threading.Lock()


def _candidates():
    """Below the ports that the system gives to outgoing connections: one of those may be taken at any moment between its choice
    here and the server's start. In no order that another process has, and none twice before all were had."""
    first_outgoing = int(Path('/proc/sys/net/ipv4/ip_local_port_range').read_text().split()[0])
    ports = list(range(_FIRST, max(first_outgoing, _FIRST + 4000)))
    random.SystemRandom().shuffle(ports)
    return itertools.cycle(ports)


_ports = _candidates()


def _is_free(port, kinds):
    with contextlib.ExitStack() as held:
        for kind in kinds:
            for family, address in ((socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1')):
                try:
                    held.enter_context(socket.socket(family, kind)).bind((address, port))
                except OSError as e:
                    if e.errno == errno.EADDRINUSE:
                        return False
                    if family == socket.AF_INET:  # a machine may be without IPv6
                        raise
    return True


def free_ports(count, kinds=(socket.SOCK_STREAM,)):
    """Ports that are free now on 127.0.0.1 and ::1, all different, and different from those of other threads."""
    with _lock:
        return list(itertools.islice((p for p in _ports if _is_free(p, kinds)), count))


def free_port():
    return free_ports(1)[0]
