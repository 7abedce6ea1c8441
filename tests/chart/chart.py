"""The chart as Helm itself reads it."""

import functools
import json
import pathlib

import helm_python as helm
import yaml

ROOT = pathlib.Path(__file__).parents[2]
CHART = ROOT / "charts" / "flyte-webhook"
RELEASE = "hooks"
NAMESPACE = "production"
CONFIG = {
    "control_plane": {
        "endpoint": "https://flyte.example.com",
        "project": "site",
        "domain": "production",
    },
}


def lint(values: dict) -> list[dict]:
    """What Helm finds, but for what it only recommends."""
    report = helm.lint(CHART, values, strict=True)
    assert not report["errors"], report
    return [message for message in report["messages"] if message["severity"] > 1]


@functools.cache
def rendered(values: str) -> dict[str, str]:
    with helm.Chart.load(CHART) as chart:
        chart.validate_schema(json.loads(values))
        return chart.render(json.loads(values), name=RELEASE, namespace=NAMESPACE)


def texts(values: dict) -> dict[str, str]:
    """What the chart makes of the values, by template."""
    return rendered(json.dumps(values))


def objects(values: dict) -> list[dict]:
    """The objects that the chart makes of the values."""
    manifests = [text for name, text in texts(values).items() if name.endswith(".yaml")]
    return [it for text in manifests for it in yaml.safe_load_all(text) if it]


def kinds(values: dict) -> list[str]:
    return sorted(it["kind"] for it in objects(values))


def one(values: dict, kind: str, ending: str = "") -> dict:
    """The object of this kind whose name ends so."""
    name = f"{RELEASE}-flyte-webhook{ending}"
    (found,) = [
        it for it in objects(values) if it["kind"] == kind and it["metadata"]["name"] == name
    ]
    return found


def pods(values: dict) -> list[dict]:
    """The specifications of all pods, Knative's too."""
    made = [it for it in objects(values) if "template" in it.get("spec", {})]
    bare = [it["spec"] for it in objects(values) if it["kind"] == "Pod"]
    return [it["spec"]["template"]["spec"] for it in made] + bare


def longest_end() -> int:
    """How many seconds the server may take to end, with the configuration's defaults."""
    server = yaml.safe_load((ROOT / "config/default.yaml").read_text())["server"]
    # Requests end first, then what the inbox launches; after it come two seconds to return
    # leases, five to send what is left of traces and five to write the audit log.
    steps = ("drain_delay", "shutdown_grace", "shutdown_grace")
    return sum(int(server[step].removesuffix("s")) for step in steps) + 2 + 5 + 5
