"""What the tests themselves are worth: `proof.py [--small]`, one JSON object.

The contract is explored with many requests, the tests' coverage is counted, and what
decides about access and exactly-once is broken on purpose. Row R38 of the score card
judges it.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).parents[2]
CORE = "crates/flyte-webhook-core"
# Policy, URLs, signatures, and what makes a delivery or request one: all in the pure crate.
# And the drain, whose tests are the server's.
BROKEN = {
    "flyte-webhook-core": [
        f"{CORE}/src/policy.rs", f"{CORE}/src/policy/**", f"{CORE}/src/app_url.rs",
        f"{CORE}/src/url_guard.rs", f"{CORE}/src/url_guard/**", f"{CORE}/src/hook/scheme.rs",
        f"{CORE}/src/hook/scheme/**", f"{CORE}/src/constant_time.rs",
        f"{CORE}/src/idempotency.rs", f"{CORE}/src/id/run_name.rs",
    ],
    "flyte-webhook": ["src/http/serve/drain.rs"],
}  # fmt: skip
TESTS = {"flyte-webhook-core": [], "flyte-webhook": ["--test", "it", "--", "edge", "process"]}
# What the official SDK, the reference's clients and flytekit ask of the binary, and where they
# are installed.
SUITES = {"tests/sdk": "venv", "tests/parity": "venv", "tests/connector": "connector-venv"}
# Counts are kept where they outlive a program that is killed.
COUNTS = {
    "RUSTFLAGS": "-Cllvm-args=-runtime-counter-relocation",
    "LLVM_PROFILE_FILE_NAME": f"{ROOT.name}-%m%c.profraw",
}
COUNTED = ROOT / "target/llvm-cov-target"
BINARY = {
    "FLYTE_WEBHOOK_BIN": str(COUNTED / "debug/flyte-webhook"),
    "LLVM_PROFILE_FILE": str(COUNTED / COUNTS["LLVM_PROFILE_FILE_NAME"]),
}


def run(*command: str, **more: str) -> subprocess.CompletedProcess:
    """Runs a command; what it says on standard error is seen."""
    environment = {**os.environ, **more}
    return subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False
    )


def passed(finished: subprocess.CompletedProcess) -> None:
    """Ends all where tests did not pass, with what they said."""
    if finished.returncode != 0:
        sys.stderr.write(finished.stdout)
    finished.check_returncode()


def contract(requests: int, *more: str) -> dict:
    """What Schemathesis found, in so many requests."""
    python = ROOT / "target/contract-venv/bin/python"
    script = [python, "tests/contract/contract.py", "--examples", "200"]
    finished = run(*map(str, script), "--requests", str(requests), *more)
    answered = re.search(r"^(\d+) requests answered", finished.stdout, re.MULTILINE)
    return {"found": finished.returncode, "requests": int(answered[1]) if answered else 0}


def coverage() -> float:
    """Percent of both packages' lines that the tests run: Rust's, and those of the real binary."""
    run("cargo", "llvm-cov", "clean", "--workspace")
    count(list(BROKEN))
    count(["flyte-webhook"], "--test", "postgres")
    path = f"{ROOT}/target/venv/bin:{os.environ['PATH']}"
    for suite, python in SUITES.items():
        pytest = (str(ROOT / f"target/{python}/bin/python"), "-m", "pytest", "--quiet", suite)
        passed(run(*pytest, PATH=path, **BINARY))
    return percent(list(BROKEN))


def uncovered() -> float:
    """The same of some of the core's tests alone: far less."""
    run("cargo", "llvm-cov", "clean", "--workspace")
    count(["flyte-webhook-core"], "--test", "deliveries")
    return percent(["flyte-webhook-core"])


def count(packages: list[str], *tests: str) -> None:
    """Runs the packages' tests, and counts the lines."""
    command = ("cargo", "llvm-cov", "--no-report", *selected(packages), *tests)
    # What fails would run fewer lines, or more.
    passed(run(*command, **COUNTS))


def percent(packages: list[str]) -> float:
    """Percent of the packages' lines that ran since the counts were cleared."""
    shown = ["--failure-mode", "all", "--json", "--summary-only"]
    ignored = ["--ignore-filename-regex", "flyte-idl|/tests?/|tests.rs"]
    report = ("cargo", "llvm-cov", "report", *selected(packages), *shown, *ignored)
    return json.loads(run(*report, **COUNTS).stdout)["data"][0]["totals"]["lines"]["percent"]


def selected(packages: list[str]) -> list[str]:
    # The report is of the server alone where it is not told.
    return [word for package in packages for word in ("--package", package)]


def mutants(package: str, files: list[str], tests: list[str], *more: str) -> dict:
    """How many mistakes were made, and which of them no test noticed."""
    with tempfile.TemporaryDirectory() as output:
        chosen = [word for file in files for word in ("--file", file)]
        command = ["cargo", "mutants", "--package", package, "--output", output, *chosen, *more]
        run(*command, "--", *tests)
        told = json.loads(pathlib.Path(output, "mutants.out/outcomes.json").read_text())
    missed = [it for it in told["outcomes"] if it["summary"] == "MissedMutant"]
    return {
        "caught": told["caught"] + told["timeout"],
        "missed": [it["scenario"]["Mutant"]["name"] for it in missed],
    }


def proofs(small: bool) -> Iterator[tuple[str, object]]:
    """Each figure and its name, as soon as it is known."""
    share = ["--shard", "0/20"] if small else []
    yield "contract", contract(2_000 if small else 20_000)
    yield "lying", contract(1, "--lie")
    yield "coverage", coverage()
    yield "uncovered", uncovered()
    broken = [
        mutants(package, files, TESTS[package], *share) for package, files in BROKEN.items()
    ]
    yield "caught", sum(it["caught"] for it in broken)
    yield "missed", [name for it in broken for name in it["missed"]]
    # No test at all, which no mistake can escape but by being found.
    policy = BROKEN["flyte-webhook-core"][:1]
    yield "untested", mutants("flyte-webhook-core", policy, ["no such test"], *share)


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--small", action="store_true")
    measured = {}
    for name, value in proofs(arguments.parse_args().small):
        # It all takes an hour or more, and may break off.
        print(name, json.dumps(value), file=sys.stderr, flush=True)
        measured[name] = value
    print(json.dumps(measured))


if __name__ == "__main__":
    sys.exit(main())
