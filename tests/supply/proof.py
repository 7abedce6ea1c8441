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


def run(*command: str, **more: str) -> subprocess.CompletedProcess:
    """Runs a command; what it says on standard error is seen."""
    environment = {**os.environ, **more}
    return subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False
    )


def contract(requests: int, *more: str) -> dict:
    """What Schemathesis found, in so many requests."""
    python = ROOT / "target/contract-venv/bin/python"
    script = [python, "tests/contract/contract.py", "--examples", "200"]
    finished = run(*map(str, script), "--requests", str(requests), *more)
    answered = re.search(r"^(\d+) requests answered", finished.stdout, re.MULTILINE)
    return {"found": finished.returncode, "requests": int(answered[1]) if answered else 0}


def coverage(packages: list[str], *tests: str) -> float:
    """Percent of the packages' lines that their tests run."""
    # The report is of the server alone where it is not told.
    chosen = [word for package in packages for word in ("--package", package)]
    run("cargo", "llvm-cov", "clean", "--workspace")
    # What fails would run fewer lines, or more.
    run("cargo", "llvm-cov", "--no-report", *chosen, *tests).check_returncode()
    # A program that is started without any variable does not know where its own belong, and
    # one that is killed leaves half of them.
    for left in ROOT.glob("default_*.profraw"):
        left.rename(ROOT / f"target/llvm-cov-target/{ROOT.name}-{left.name}")
    shown = ["--failure-mode", "all", "--json", "--summary-only"]
    ignored = ["--ignore-filename-regex", "flyte-idl|/tests?/|tests.rs"]
    finished = run("cargo", "llvm-cov", "report", *chosen, *shown, *ignored)
    return json.loads(finished.stdout)["data"][0]["totals"]["lines"]["percent"]


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


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--small", action="store_true")
    small = arguments.parse_args().small
    share = ["--shard", "0/20"] if small else []
    broken = [
        mutants(package, files, TESTS[package], *share) for package, files in BROKEN.items()
    ]
    caught, missed = sum(it["caught"] for it in broken), [it for b in broken for it in b["missed"]]
    # No test at all, which no mistake can escape but by being found.
    untested = mutants("flyte-webhook-core", [BROKEN["flyte-webhook-core"][0]], ["no such test"])
    measured = {
        "contract": contract(2_000 if small else 20_000),
        "lying": contract(1, "--lie"),
        "coverage": coverage(list(BROKEN)),
        "uncovered": coverage(["flyte-webhook-core"], "--test", "deliveries"),
        "caught": caught,
        "missed": missed,
        "untested": untested["caught"],
    }
    print(json.dumps(measured))


if __name__ == "__main__":
    sys.exit(main())
