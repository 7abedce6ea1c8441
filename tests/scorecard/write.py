"""Writes what the score card said, `write.py LINES [ROWS...]`, into docs/SECURITY.md.

A row that was not measured now keeps what it had.
"""

import datetime
import os
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).parents[2]
DOCUMENT = ROOT / "docs/SECURITY.md"
MARK = "<!-- From here on written by make scorecard -->\n"
LINE = re.compile(r"^([A-Z]+\d+) (\S+) (\S+) (PASS|FAIL)$", re.MULTILINE)
ROW = re.compile(r"^\| ([A-Z]+\d+) \| .*$", re.MULTILINE)
HEAD = """
Each line says when it was measured, and at which size: in full, or at a tenth, also of the
counts in its target. The rows are explained where they are measured, in `tests/scorecard`;
what is not here was not measured.

| row | measured | target | | size | on |
|---|---|---|---|---|---|
"""


def measured(lines: str, size: str, on: str) -> dict[str, str]:
    """The new rows of the table, by name."""
    found = {}
    for row, value, target, word in LINE.findall(lines):
        target = target.replace("|", r"\|")
        found[row] = f"| {row} | `{value}` | `{target}` | {word.lower()} | {size} | {on} |"
    return found


def main() -> None:
    lines, *rows = sys.argv[1:]
    size = "a tenth" if "--small" in rows else "full"
    on = f"{datetime.datetime.now(datetime.UTC):%F}, {os.cpu_count()} cores"
    before, _, table = DOCUMENT.read_text().partition(MARK)
    known = {it[1]: it[0] for it in ROW.finditer(table)}
    known |= measured(pathlib.Path(lines).read_text(), size, on)
    written = "\n".join(known[row] for row in sorted(known))
    DOCUMENT.write_text(f"{before}{MARK}{HEAD}{written}\n")


if __name__ == "__main__":
    main()
