"""Makes the first corpora of the fuzz targets: from the recorded vectors, from types
and literals that a careless reader would copy again on every level, and from
what the targets beside it are about.

Usage: python3 fuzz/seed.py
"""

import base64
import hashlib
import json
from pathlib import Path

import seed_core
import seed_server
from wire import field

FUZZ = Path(__file__).parent
VECTORS = FUZZ.parent / "crates/flyte-webhook-core/tests/vectors"

# The beginning of a LiteralType: `simple` is `STRUCT`.
STRUCT = bytes([1 << 3, 9])


def cases(name):
    return json.loads((VECTORS / name).read_text())["cases"]


def write(target, literal_type, rest):
    keep(target, len(literal_type).to_bytes(2, "big") + literal_type + rest)


def keep(target, data):
    corpus = FUZZ / "corpus" / target
    corpus.mkdir(parents=True, exist_ok=True)
    (corpus / hashlib.sha1(data).hexdigest()).write_bytes(data)


def struct(members):
    entries = ((field(1, name.encode()), field(2, value(it))) for name, it in members.items())
    return b"".join(field(1, name + it) for name, it in entries)


def value(it):
    """A google.protobuf.Value of what a schema is made of."""
    if isinstance(it, str):
        return field(3, it.encode())
    if isinstance(it, dict):
        return field(5, struct(it))
    return field(6, b"".join(field(1, value(item)) for item in it))


def doubling():
    """Types whose schema names a part again on every level, as deep as messages may nest."""
    typed = required = {"type": "integer"}
    for _ in range(28):
        typed = {"type": ["array"] * 8, "items": typed}
    for _ in range(14):
        required = {"type": "object", "properties": {"a": required}, "required": ["a"] * 8}
    for inner in (typed, required):
        yield STRUCT + field(6, struct({"properties": {"a": inner}}))


def binary(packed):
    """A literal of stored MessagePack."""
    return field(1, field(3, field(1, packed) + field(2, b"msgpack")))


def main():
    for literal_type in doubling():
        write("from_json", literal_type, b'{"a":[]}')
        write("to_json", literal_type, binary(b"\x80"))
    # A map whose key is a map, and so on: each is quoted again in the key around it.
    nested = b"\x81" * 60 + b"\x01" * 61
    write("to_json", STRUCT, binary(nested))
    for case in cases("inputs.json"):
        literal_type = base64.b64decode(case["literal_type"])
        for accepted in case["accepted"]:
            write("from_json", literal_type, accepted["json"].encode())
            for literal in accepted["literals"]:
                write("to_json", literal_type, base64.b64decode(literal))
        for rejected in filter(None, case["rejected"]):
            write("from_json", literal_type, rejected.encode())
    for case in cases("outputs.json"):
        literal_type = base64.b64decode(case["literal_type"])
        write("to_json", literal_type, base64.b64decode(case["literal"]))
    for target, data in [*seed_core.inputs(), *seed_server.inputs()]:
        keep(target, data)


main()
