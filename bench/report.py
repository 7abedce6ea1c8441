"""What was measured, as docs/BENCHMARKS.md and its plots."""

import datetime
import json
import math
import pathlib

from plot import bars
from sides import ENDPOINTS

TITLE = "# Benchmarks"
# As many connections as the acceptance has, and how many rounds of both sides are measured with
# them. What other machines had may have been measured otherwise.
USUAL = 16
ROUNDS = 32
MEASURED = f"the middle of {ROUNDS} pairs of rounds of half a second"


def write(measured: dict, output: pathlib.Path) -> list[str]:
    """Writes the document; gives the lines that say what was reached."""
    plots = output / "benchmarks"
    plots.mkdir(exist_ok=True)
    judged = verdicts(measured)
    names = [endpoint.name for endpoint in ENDPOINTS]
    canned = measured["canned"]
    throughput = {side: [rate(canned[side][name], USUAL) for name in names] for side in canned}
    cost = {side: [usual(canned[side][name])["cpu_ms"] * 1000 for name in names] for side in canned}
    (plots / "throughput.svg").write_text(bars("requests a second", names, throughput))
    (plots / "cpu.svg").write_text(bars("µs of CPU a request", names, cost))
    kept = machines(measured, judged, plots / "machines.json")
    parts = [introduction(measured), targets(kept), costs(measured), latency(measured)]
    parts += [scaling(measured), embedded(measured), processes(measured)]
    parts += [connectors(found)] if (found := measured.get("connector")) else []
    (output / "BENCHMARKS.md").write_text("\n\n".join(parts) + "\n")
    return [f"{name} {value} {target} {'PASS' if ok else 'FAIL'}" for name, value, target, ok in judged]


def usual(found: dict) -> dict:
    """What was measured with as many connections as usual; JSON's keys are texts."""
    return found["full"].get(USUAL) or found["full"][str(USUAL)]


def rate(found: dict, connections: int) -> float:
    full = found["full"]
    return (full.get(connections) or full[str(connections)])["rate"]


def verdicts(measured: dict) -> list[tuple[str, str, str, bool]]:
    canned, process = measured["canned"], measured["process"]["here"]
    judged = []
    for endpoint in ENDPOINTS:
        here, reference = (usual(canned[side][endpoint.name]) for side in ("here", "reference"))
        if endpoint.share:
            times = reference["cpu_ms"] / max(here["cpu_ms"], 1e-6)
            wanted = round(1 / endpoint.share)
            judged.append((f"cpu {endpoint.name}", f"1/{times:.1f}", f"<=1/{wanted}", times >= wanted))
        if errors := here["errors"] + canned["here"][endpoint.name]["half"]["errors"]:
            judged.append((f"errors {endpoint.name}", str(errors), "0", False))
        more = here["rate"] / max(reference["rate"], 1e-6)
        judged.append((f"throughput {endpoint.name}", f"{more:.1f}x", ">=10x", more >= 10))
        if endpoint.direct:
            found = added(measured, "here", endpoint.name, "p99")
            judged.append((f"p99 added {endpoint.name}", f"{found:.2f}ms", "<1ms", found < 1))
    rest, opened, start = (process[it] for it in ("rest_mib", "open_mib", "start_ms"))
    judged.append(("memory at rest", f"{rest:.0f}MiB", "<=25MiB", rest <= 25))
    judged.append((f"memory {process['open']} open", f"{opened:.0f}MiB", "<=250MiB", opened <= 250))
    judged.append(("start", f"{start:.0f}ms", "<=50ms", start <= 50))
    return judged


def added(measured: dict, side: str, name: str, quantile: str) -> float:
    """Milliseconds at half load over the call at the control plane alone; none where nothing
    was answered."""
    took = measured["canned"][side][name]["half"][quantile]
    if took is None:
        return math.nan
    return (took - measured["direct"][name]["half"][quantile]) / 1000


def table(*rows: list) -> str:
    head, *rest = rows
    lines = [head, ["---"] * len(head), *rest]
    return "\n".join("| " + " | ".join(str(it) for it in line) + " |" for line in lines)


def introduction(measured: dict) -> str:
    on, versions = measured["machine"], measured["versions"]
    return f"""{TITLE}

Written by `make bench`, which measures anew. This server (`here`, {versions['here']}) stands
beside the Python `FlyteWebhookAppEnvironment` under uvicorn (`reference`,
{versions['reference']}), by turns in one run, in front of the same control plane: one that
answers at once, for its app, too, with what an embedded one had answered before, and the
embedded one itself. Each server has one core; who asks, and the control plane, have the
other. So throughput is bounded by whichever core is full first: the CPU time of a request,
which the server's own process used, says what it costs. Who asks is the control plane that answers
at once, too, and never sleeps, so that no server is charged for waking it; nor for the disk:
the lines that both log of each request, as they do where they are deployed, go to memory.
With 16 connections the figures are those of {MEASURED},
one of each server, by what the one costs beside the other: a machine that others use, too, is
slower for seconds, for both. At half load, which is half of the throughput that is
shown, they are those of the least disturbed of ten rounds of a second. Time for which the core of
who asks stood still, as a virtual machine's does for milliseconds, is not counted.

{on['processor']}, {on['cores']} cores, {on['memory_gib']} GiB; {on['system']}; Python {on['python']}."""


def machines(measured: dict, judged: list, file: pathlib.Path) -> dict:
    """What was reached, by the machine: this one's beside what others had before."""
    kept = json.loads(file.read_text()) if file.exists() else {}
    kept[measured["machine"]["processor"]] = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "rounds": MEASURED,
        "reference_us": usual(measured["canned"]["reference"]["health"])["cpu_ms"] * 1000,
        "rows": judged,
    }
    file.write_text(json.dumps(kept, indent=1) + "\n")
    return kept


def targets(kept: dict) -> str:
    """Each machine's figures; blank where it has none of a row."""
    wanted = {name: target for it in kept.values() for name, _, target, _ in it["rows"]}
    found = [{name: (value, ok) for name, value, _, ok in it["rows"]} for it in kept.values()]
    rows = [[name, target, *(figure(*it.get(name, ("", True))) for it in found)] for name, target in wanted.items()]
    head = ["", "target", *(machine_told(processor, it) for processor, it in kept.items())]
    return f"""## What was to be reached

By the machine, each as it was measured last; what was not reached is **bold**. Machines of one
name differ, which the time that the reference takes for `health` shows.

{table(head, *rows)}"""


def machine_told(processor: str, kept: dict) -> str:
    took = f"{kept['reference_us']:.0f} µs of the reference" if "reference_us" in kept else ""
    return ", ".join(filter(None, [processor, took, kept["date"], kept["rounds"]]))


def figure(value: str, ok: bool) -> str:
    return value if ok else f"**{value}**"


def costs(measured: dict) -> str:
    canned = measured["canned"]
    rows = []
    for endpoint in ENDPOINTS:
        here, reference = (usual(canned[side][endpoint.name]) for side in ("here", "reference"))
        rows.append(
            [f"`{endpoint.name}`"]
            + [f"{it['cpu_ms'] * 1000:.0f}" for it in (here, reference)]
            + [f"{it['rate']:.0f}" for it in (here, reference)]
            + [f"{here['rate'] / max(reference['rate'], 1e-6):.1f}"]
            + [direct_rate(measured, endpoint.name)]
        )
    bare = usual(measured["bare"])
    rows.append(["a bare route of axum", f"{bare['cpu_ms'] * 1000:.0f}", "", f"{bare['rate']:.0f}", "", "", ""])
    head = ["", "µs here", "µs reference", "req/s here", "req/s reference", "times", "direct req/s"]
    plots = "![Throughput](benchmarks/throughput.svg)\n\n![CPU](benchmarks/cpu.svg)"
    return f"## What a request costs\n\n{USUAL} connections.\n\n{table(head, *rows)}\n\n{plots}"


def direct_rate(measured: dict, name: str) -> str:
    found = measured["direct"].get(name)
    return f"{found['rate']:.0f}" if found else ""


def latency(measured: dict) -> str:
    rows = []
    for endpoint in ENDPOINTS:
        if not endpoint.direct:
            continue
        row = [f"`{endpoint.name}`"]
        for quantile in ("p50", "p99", "p999"):
            for side in ("here", "reference"):
                row.append(f"{added(measured, side, endpoint.name, quantile):.2f}")
        rows.append(row)
    head = [""] + [f"{it} {side}" for it in ("p50", "p99", "p99.9") for side in ("here", "reference")]
    bare = measured["bare"]["half"]
    p50, p99, p999 = (f"{bare[it] / 1000:.2f}" for it in ("p50", "p99", "p999"))
    about = f"""Milliseconds more than the call at the control plane alone takes, each at half of its own
throughput. A bare route of axum, which calls nobody, takes {p50}, {p99} and {p999} ms: so much of it
is the machine's."""
    return f"## Latency added\n\n{about}\n\n{table(head, *rows)}"


def scaling(measured: dict) -> str:
    canned = measured["canned"]
    counts = sorted(int(it) for it in canned["here"][ENDPOINTS[0].name]["full"])
    rows = [
        [f"`{endpoint.name}`"]
        + [f"{rate(canned[side][endpoint.name], it):.0f}" for it in counts for side in canned]
        for endpoint in ENDPOINTS
    ]
    head = [""] + [f"{it} {side}" for it in counts for side in canned]
    return f"## Connections\n\nRequests a second, by the number of connections.\n\n{table(head, *rows)}"


def embedded(measured: dict) -> str:
    found = measured["embedded"]
    rows = [
        [f"`{endpoint.name}`"] + [f"{usual(found[side][endpoint.name])['rate']:.0f}" for side in found]
        for endpoint in ENDPOINTS
    ]
    about = "Requests a second in front of the embedded control plane, which then is what takes time."
    return f"## With a control plane that works\n\n{about}\n\n{table(['', *found], *rows)}"


def processes(measured: dict) -> str:
    found, versions = measured["process"], measured["versions"]
    row = lambda name, key, unit: [name] + [f"{it[key]:.0f} {unit}" for it in found.values()]  # noqa: E731
    size = lambda side: f"{versions[f'{side}_bytes'] / 1e6:.0f} MB"  # noqa: E731
    many = found["here"]["open"]
    rows = [
        row("memory at rest", "rest_mib", "MiB"),
        row(f"most memory with {many} open connections", "open_mib", "MiB"),
        row("of which were not answered", "open_errors", ""),
        row("start to the first answer", "start_ms", "ms"),
        ["binary, or all of site-packages", size("here"), size("reference")],
    ]
    return "## The process\n\n" + table(["", *found], *rows)


def connectors(found: dict) -> str:
    row = lambda name, key, digits=0: [name] + [f"{it[key]:.{digits}f}" for it in found.values()]  # noqa: E731
    rows = [
        row("tasks a second", "rate"),
        row("ms of CPU a task", "cpu_ms", 2),
        row("most memory in MiB", "mib", 1),
    ]
    about = "The connector beside flytekit's (`reference`), 64 tasks of Flyte 1 in flight, each of which calls\na URL that answers at once."
    return f"## Webhook tasks\n\n{about}\n\n{table(['', *found], *rows)}"
