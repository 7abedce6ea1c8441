"""Writes what Python's json.loads does with many bodies.

Usage: python3.11 python_json.py python_json.json
"""

import base64
import json
import random
import sys

WORDS = r"""
{ [ } ] {} [] [1,] [,] {,} {"a"} {"a":} {"a":1,} {a:1} [1,,2] nul nulll null true truex tru fals false
NaN Na NaNa Infinity -Infinity Infinit -Infinit - -a +1 01 -01 1. 1.e5 .5 1e 1e+ 1e5 1E-5 1e400 -1e400
-0 -0.0 0.10 9007199254740993 9223372036854775807 9223372036854775808 -9223372036854775808
-9223372036854775809 18446744073709551616 " "a "\ "\" "\x" "\u" "\u12" "\u123" "\u1234 "\u1234"
"\u12g4" "\ud83d\ude00" "\ud83d\u" "\ud83d\u12" "\ud83d\u12zz" "\ud83d\u0041" "\ud800" "\udc00"
"\ud800\ud800\udc00" "\ud800 "\ud800x "é "😀 "😀\q" ["é",] {"é":1,"😀":} {"a":1,"a":2,"b":3}
{"a":{"b":[1,2,{"c":null}]}} {"a":[} [{] [1} {"a":1] [1,2 {"a":1 {"a":1, {"a" {" [[[[
"\/\b\f\n\r\t\"\\" 1_000 0x10 1.5.5 1e5e5 --1 1- None [NaN,Infinity,-Infinity] [nan] -NaN 1e-400
123456789012345678901234567890.5 0e0 -0e-0 00 2.2250738585072014e-308 1.7976931348623157e308
1.7976931348623159e308
""".split()
BLANKS = [
    "", " ", "{'a':1}", '{"a":1 "b"}', '{"a" 1}', "[1 2]", "1 2", '"\\ud800 \\u12"', '"\x00"', '"\x1f"',
    '"\t"', '"a\nb"', '"é\n"', '["😀" x]', "\ufeff{}", "\xa0{}", "\u2028[]", "// c", '{"a":1} // c',
    '\r\n\t {"a" :\n1 , "b":[ ]\t}\n', "\x0b{}", "\x0c1", '"\x7f"', '"\u2028"', "[0 1]",
]
LONG = ["1" * 4300, "-" + "1" * 4300, "1" * 4301, "[1" + "1" * 4300 + "]"]
VALID = [
    r'{"a":[1,2.5,-3e2,true,false,null,"x\u00e9\ud83d\ude00\n"],"é":{"n":{}},"k":[]}',
    '[{"name":"Ada","n":9223372036854775808},"π",[[],[{}]]]',
]
LETTERS = list('{}[]:,"\\ \n\t0123456789eE+-.truefalsnNaIity/bud\x01é😀x')
ENCODINGS = ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-8-sig"]
BYTES = [
    b"\xff", b'"\xff"', b'"\xc3"', b'"\xed\xa0\x80"', b"\xfe\xff\x00", b"\xff\xfe1", b"\x00", b"\x001",
    b"1\x00", b"\x00\x00\x00", b"1\x00\x00", b"\x1f\x8b\x08\x00", b'{"a":1}\x00', b"\xef\xbb\xbf",
    b"\xef\xbb\xbf\xef\xbb\xbf1", b"\x00\x00\xfe\xff\x00\x11\x00\x00",
    '"\ud800"'.encode("utf-16", "surrogatepass"),
]


def mutations(text, rng):
    """Every prefix and deletion of a valid text, and letters put in at random."""
    for at in range(len(text) + 1):
        yield text[:at]
        yield text[:at] + text[at + 1 :]
        for letter in rng.choices(LETTERS, k=3):
            yield text[:at] + letter + text[at:]
            yield text[:at] + letter + text[at + 1 :]


def bodies():
    rng = random.Random(7)
    texts = {*WORDS, *BLANKS, *LONG}
    for text in VALID:
        texts.update(mutations(text, rng))
    for _ in range(1500):
        texts.add("".join(rng.choices(LETTERS, k=rng.randint(1, 12))))
    yield from (text.encode() for text in sorted(texts))
    for text in ['{"a":"é😀"}', "[1,]", "1", "12", '{"é":}', '"x']:
        yield from (text.encode(encoding) for encoding in ENCODINGS)
    yield from BYTES


def spelled(value):
    """The value with the kinds of numbers told apart."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return {"int": str(value)}
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, list):
        return {"array": [spelled(item) for item in value]}
    return {"object": [[key, spelled(item)] for key, item in value.items()]}


def outcome(body):
    try:
        value = spelled(json.loads(body))
        json.dumps(value, ensure_ascii=False).encode()
        return {"value": value}
    except json.JSONDecodeError as error:
        return {"syntax": [error.pos, error.msg]}
    except UnicodeEncodeError:
        return {"lone_surrogate": True}
    except UnicodeDecodeError:
        return {"unreadable": True}
    except ValueError:
        return {"number_too_long": True}


def case(body):
    try:
        return {"body_text": body.decode(), **outcome(body)}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode(), **outcome(body)}


def main():
    cases = [case(body) for body in dict.fromkeys(bodies())]
    lines = ",\n".join(json.dumps(it, separators=(",", ":")) for it in cases)
    with open(sys.argv[1], "w") as file:
        file.write(f"[\n{lines}\n]\n")


main()
