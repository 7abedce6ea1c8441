"""Writes the vectors anew: deliveries, and what everybody says of them.

Usage: python make_vectors.py   (`make hook-vectors`)

A judge that says something else than what is right has to be in `differences.py`.
"""

import base64
import json
import pathlib
import sys
from typing import Any

import judges
from cases import cases
from differences import reason
from sources import SOURCES, Source

VECTORS = pathlib.Path(__file__).parent / "vectors"


def file_of(name: str, source: Source) -> dict[str, Any]:
    vectors = [
        {
            "name": case.name,
            "secrets": list(case.secrets),
            "headers": [list(pair) for pair in case.headers.items()],
            "body": base64.b64encode(case.body).decode(),
            "now": case.now,
            "accept": case.accept,
            "judges": dict.fromkeys(source.judges, False),
        }
        for case in cases(name, source)
    ]
    return {"source": source.source, "scheme": source.scheme, "vectors": vectors}


def with_verdicts(files: list[dict[str, Any]]) -> None:
    """Asks every judge about every vector."""
    of_node = judges.judged_in_node(sorted(judges.IN_NODE), files)
    for file, verdicts in zip(files, of_node, strict=True):
        for vector, said in zip(file["vectors"], verdicts, strict=True):
            vector["judges"] = {
                name: said[name] if name in said else judges.judge(name, file, vector)
                for name in vector["judges"]
            }


def with_reasons(name: str, file: dict[str, Any]) -> list[str]:
    """Adds why judges differ; what is left is a mistake of someone."""
    unexplained = []
    for vector in file["vectors"]:
        differs = {}
        for judge, verdict in vector["judges"].items():
            if verdict == vector["accept"]:
                continue
            why = reason(name, judge, vector["name"])
            if why is None:
                unexplained.append(f"{name}: {judge} says {verdict} of {vector['name']!r}")
            else:
                differs[judge] = why
        if differs:
            vector["differs"] = differs
    return unexplained


def main() -> int:
    files = {name: file_of(name, source) for name, source in SOURCES.items()}
    with_verdicts(list(files.values()))
    unexplained = [line for name, file in files.items() for line in with_reasons(name, file)]
    print("\n".join(unexplained), file=sys.stderr)
    for name, file in files.items():
        text = json.dumps(file, ensure_ascii=True, indent=1)
        (VECTORS / f"{name}.json").write_text(text + "\n")
    return len(unexplained) > 0


if __name__ == "__main__":
    sys.exit(main())
