"""Makes the first corpora of the fuzz targets from the recorded vectors.

Usage: python3 fuzz/seed.py
"""

import base64
import hashlib
import json
from pathlib import Path

FUZZ = Path(__file__).parent
VECTORS = FUZZ.parent / "crates/flyte-webhook-core/tests/vectors"


def cases(name):
    return json.loads((VECTORS / name).read_text())["cases"]


def write(target, literal_type, rest):
    data = len(literal_type).to_bytes(2, "big") + literal_type + rest
    corpus = FUZZ / "corpus" / target
    corpus.mkdir(parents=True, exist_ok=True)
    (corpus / hashlib.sha1(data).hexdigest()).write_bytes(data)


def main():
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


main()
