"""Ports for servers that are told theirs before they listen there."""

import contextlib
import random
import socket

# Below those that Linux gives to whoever connects. A client that asks again and again whether
# a server is there yet may be given that server's port, is then connected to itself, and the
# server finds its port taken.
PORTS = range(20_000, 32_768)


def free_ports(count: int) -> list[int]:
    """Ports that are free now; all are held until all are found, so that they differ."""
    found = []
    with contextlib.ExitStack() as held:
        for port in random.sample(PORTS, len(PORTS)):
            if len(found) == count:
                break
            with contextlib.suppress(OSError):
                held.enter_context(socket.create_server(("127.0.0.1", port)))
                found.append(port)
    return found
