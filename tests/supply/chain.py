"""The supply chain, measured: `chain.py [--small] FILES`, one JSON object.

FILES is what deploy/release/build.sh laid out. Row R39 of the score card judges it;
--small does not build the binary twice.
"""

import argparse
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zlib

from tree import CHECKS, unsafe_code

ROOT = pathlib.Path(__file__).parents[2]
TARGET = "x86_64-unknown-linux-musl"
BINARY = "usr/local/bin/flyte-webhook"


def denied() -> list[str]:
    """What `deny.toml` forbids and is there."""
    denier = sorted(ROOT.glob("target/tools/cargo-deny-*/bin/cargo-deny"))[-1]
    command = [denier, "--log-level", "error", "check", "bans", "licenses", "sources"]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return finished.stderr.splitlines() if finished.returncode else []


def listed(binary: pathlib.Path) -> set[str]:
    """What the binary says it was built from."""
    with tempfile.NamedTemporaryFile() as section:
        command = ["objcopy", "--dump-section", f".dep-v0={section.name}", binary, "/dev/null"]
        subprocess.run(command, check=True)
        told = json.loads(zlib.decompress(section.read()))
    # What only the build ran is not in the binary.
    inside = [it for it in told["packages"] if it.get("kind", "runtime") == "runtime"]
    return {f"{it['name']} {it['version']}" for it in inside}


def linked() -> set[str]:
    """What Cargo links into the binary: neither macros nor what only they are built of."""
    command = [
        "cargo", "tree", "--locked", "--no-default-features", "--target", TARGET,
        "--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}",
    ]  # fmt: skip
    text = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {" ".join(found) for found in re.findall(r"^(\S+) v(\S+)", text, re.MULTILINE)}


def locked() -> set[str]:
    """What Cargo may link, whatever is turned on."""
    packages = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    return {f"{it['name']} {it['version']}" for it in packages}


def built(directory: pathlib.Path) -> str:
    """The digest of a binary that was built anew from a copy of the sources there."""
    sources = directory / "sources"
    names = subprocess.check_output(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    )
    for name in filter(None, names.decode().split("\0")):
        if (ROOT / name).is_file():
            (sources / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, sources / name)
    for bundle in (ROOT / "web/bundle").glob("*.js*"):
        shutil.copy2(bundle, sources / "web/bundle")
    environment = {**os.environ, "CARGO_TARGET_DIR": str(directory / "target")}
    script = [sources / "deploy/release/build.sh", "--out", directory / "out"]
    subprocess.run(script, env=environment, check=True, stdout=sys.stderr)
    return hashlib.sha256((directory / "out" / BINARY).read_bytes()).hexdigest()


def careless(directory: pathlib.Path) -> pathlib.Path:
    """A tree that does everything wrong."""
    subprocess.run(["git", "init", "--quiet", directory], check=True)
    written = {
        "Cargo.toml": "[workspace]\n",
        "package.json": "{}",
        "requirements.txt": "flyte>=2\n",
        "Dockerfile": "FROM debian:latest\n",
        ".github/workflows/ci.yaml": "on: pull_request_target\nuses: actions/checkout@v4\n",
        "src/lib.rs": "fn f() {\n    unsafe { g() }\n}\n",
        "tool.bin": "a\0b",
    }
    for name, text in written.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)
    return directory


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--small", action="store_true")
    arguments.add_argument("files", type=pathlib.Path)
    told = arguments.parse_args()
    ours, cargos = listed(told.files / BINARY), linked()
    kept = [check for check in CHECKS if check(ROOT)]
    with tempfile.TemporaryDirectory() as name:
        tree = careless(pathlib.Path(name))
        wrongly = [check.__name__ for check in CHECKS if check(tree)]
        control = {"checks": wrongly, "unsafe": unsafe_code(tree), "list": sorted(cargos ^ {"a 1"})[:1]}
    digests = []
    if not told.small:
        for _ in range(2):
            # Neither the path nor what was built before may matter.
            with tempfile.TemporaryDirectory() as name:
                digests.append(built(pathlib.Path(name)))
    measured = {
        "denied": denied(),
        "unsafe": unsafe_code(ROOT),
        "unlisted": sorted(cargos - ours),
        # Macros are on the list, and what a package may turn on and does not: cargo-auditable
        # asks Cargo what is resolved, not what is linked.
        "unknown": sorted(ours - locked()),
        "packages": len(ours),
        "builds": digests,
        "kept": len(kept),
        "checks": len(CHECKS),
        "broken": [check.__name__ for check in CHECKS if check not in kept],
        "control": control,
    }
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
