"""What can be seen of a project's care for its supply chain in its files alone.

Each check takes the root of a tree; its first line says what it wants.
"""

import pathlib
import re
import subprocess

# What is no text: descriptors of messages, made by crates/flyte-idl/make_descriptors.py.
BINARIES = {"crates/flyte-idl/flyteidl.binpb", "crates/flyte-idl/health.binpb"}


def files(root: pathlib.Path, pattern: str) -> list[pathlib.Path]:
    """Those that belong to the project."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard", pattern],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [root / line for line in listed.stdout.splitlines() if (root / line).is_file()]


def read(path: pathlib.Path) -> str:
    return path.read_text() if path.exists() else ""


def is_locked(root: pathlib.Path) -> bool:
    """Every package of Rust and JavaScript has its lock file."""
    crates = [it for it in files(root, "*Cargo.toml") if "[workspace]" in read(it)]
    packages = files(root, "*package.json")
    locks = [it.parent / "Cargo.lock" for it in crates]
    locks += [it.parent / "package-lock.json" for it in packages]
    return len(locks) >= 2 and all(it.exists() for it in locks)


def is_pinned(root: pathlib.Path) -> bool:
    """Every Python package is pinned, and so is what it takes in."""
    listed = files(root, "*requirements.txt")
    lines = [
        line
        for it in listed
        for line in (read(it) + read(it.parent / "constraints.txt")).splitlines()
    ]
    pinned = all(re.match(r"^[\w.\[\]-]+==\S+$", line) for line in lines if line.strip())
    return bool(listed) and pinned and all((it.parent / "constraints.txt").exists() for it in listed)


def is_based_on_versions(root: pathlib.Path) -> bool:
    """Every image that something is built on or run from is named by version."""
    text = "\n".join(map(read, [*files(root, "*Dockerfile"), *files(root, "*compose.yaml")]))
    named = re.findall(r"^FROM (?:--platform=\S+ )?(\S+)|^\s+image: (\S+)", text, re.MULTILINE)
    stages = set(re.findall(r" AS (\S+)$", text, re.MULTILINE)) | {"scratch"}
    images = [a or b for a, b in named if (a or b) not in stages]
    return bool(images) and all(re.search(r":(?!latest)[\w$]", it) for it in images)


def workflows(root: pathlib.Path) -> str:
    return "\n".join(map(read, [*files(root, ".github/workflows/*"), *files(root, "*release.yaml")]))


def may_little(root: pathlib.Path) -> bool:
    """Workflows may read, and no more unless one job says so."""
    return bool(re.search(r"^permissions:\n  contents: read$", workflows(root), re.MULTILINE))


def takes_no_moving_action(root: pathlib.Path) -> bool:
    """Actions of others are named by commit."""
    used = re.findall(r"^\s*-?\s*uses: (\S+)", workflows(root), re.MULTILINE)
    return all(re.search(r"@[0-9a-f]{40}$", it) for it in used)


def runs_no_words_of_strangers(root: pathlib.Path) -> bool:
    """No text of an event becomes a part of a command, and no fork runs with rights."""
    text = workflows(root)
    return "pull_request_target" not in text and "${{ github.event" not in text


def is_licensed(root: pathlib.Path) -> bool:
    """There is a licence."""
    return "Apache License" in read(root / "LICENSE")


def says_whom_to_tell(root: pathlib.Path) -> bool:
    """There is a word on how to report a weakness."""
    return bool(re.search(r"[Rr]eport a weakness", read(root / "docs/SECURITY.md")))


def is_fuzzed(root: pathlib.Path) -> bool:
    """There are fuzz targets."""
    return len(files(root, "fuzz/*fuzz_targets/*.rs")) >= 10


def is_tested(root: pathlib.Path) -> bool:
    """Every change is linted and tested."""
    ran = read(root / ".ci/run")
    return "make lint" in ran and "make test" in ran


def is_analysed(root: pathlib.Path) -> bool:
    """Warnings of the linter and wrong licences or sources fail it."""
    lint = read(root / "Makefile").partition("\nlint:")[2].partition("\n.PHONY")[0]
    return "-D warnings" in lint and "check bans licenses sources" in lint


def is_text(root: pathlib.Path) -> bool:
    """Nothing that cannot be read is among the sources."""
    found = {str(it.relative_to(root)) for it in files(root, "*") if b"\0" in it.read_bytes()}
    pictures = {it for it in found if it.endswith((".png", ".ico"))}
    return found - pictures <= BINARIES | {it for it in found if it.startswith("fuzz/corpus/")}


CHECKS = [
    is_locked, is_pinned, is_based_on_versions, may_little, takes_no_moving_action,
    runs_no_words_of_strangers, is_licensed, says_whom_to_tell, is_fuzzed, is_tested,
    is_analysed, is_text,
]  # fmt: skip


def unsafe_code(root: pathlib.Path) -> list[str]:
    """Places in our own crates where the compiler would have to trust us."""
    word = re.compile(r"^(?!\s*//).*\bunsafe\s+(\{|fn|impl|extern|trait)")
    ours = (root / "src", root / "crates")
    sources = [it for it in files(root, "*.rs") if any(map(it.is_relative_to, ours))]
    sources += (root / "target").glob("*/build/flyte-idl-*/out/*.rs")
    found = []
    for path in sources:
        lines = enumerate(read(path).splitlines(), 1)
        found += [f"{path.relative_to(root)}:{number}" for number, line in lines if word.match(line)]
    # What is generated has no lints; its generator writes none of it, as the search shows.
    manifests = [root / "Cargo.toml", *files(root, "crates/*/Cargo.toml")]
    manifests = [it for it in manifests if it.parent.name != "flyte-idl"]
    found += [str(it) for it in manifests if "[lints]\nworkspace = true" not in read(it)]
    if 'unsafe_code = "forbid"' not in read(root / "Cargo.toml"):
        found.append("Cargo.toml")
    return found
