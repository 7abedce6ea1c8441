"""Reads requests with h11, a second opinion on where messages begin and end.

A line of standard input is a connection's bytes in hexadecimal. For each, a line
of JSON: the messages, and whether the rest was refused, is not whole or was not
looked at.
"""

import json
import re
import sys

import h11


def read(data: bytes) -> dict:
    messages = []
    while True:
        # RFC 9112, section 2.2, has servers pass over an empty line; h11 does not.
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
        connection.receive_data(data.removeprefix(b"\r\n"))
        try:
            message = one(connection)
        except h11.RemoteProtocolError:
            return {"messages": messages, "end": "refused"}
        if message is None:
            return {"messages": messages, "end": "incomplete"}
        messages.append(message)
        if message.startswith("CONNECT "):
            return {"messages": messages, "end": "closed"}
        connection.send(h11.Response(status_code=200, headers=[("content-length", "0")]))
        connection.send(h11.EndOfMessage())
        if (connection.our_state, connection.their_state) != (h11.DONE, h11.DONE):
            return {"messages": messages, "end": "closed"}
        data, _ = connection.trailing_data


def one(connection: h11.Connection) -> str | None:
    start, body = None, b""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            return None
        if isinstance(event, h11.Request):
            start = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            return f"{start.method.decode()} {spelled(start.target.decode())} {body.hex()}"
        else:
            return None


def spelled(target: str) -> str:
    """A whole URL as the server's handlers see it."""
    url = re.match("(https?)(://[^/?]*)(.*)", target, re.IGNORECASE)
    if url is None:
        return target
    slash = "" if url[3].startswith("/") else "/"
    return url[1].lower() + url[2] + slash + url[3]


for line in sys.stdin:
    print(json.dumps(read(bytes.fromhex(line))), flush=False)
