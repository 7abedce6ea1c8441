"""A real Prometheus scrapes the server, and finds nothing to complain of."""

import concurrent.futures
import contextlib
import json
import os
import re
import subprocess
import time

import httpx
import pytest
import yaml

from conftest import ADMIN_TOKEN, OBSERVABILITY, ROOT, program, rules
from dev import free_ports

REQUESTS = 2_000


@pytest.fixture(scope="session")
def prometheus(server, tmp_path_factory):
    """A Prometheus with the shipped alerts, which scrapes the server twice a second."""
    directory = tmp_path_factory.mktemp("prometheus")
    token = directory / "token"
    token.write_text(ADMIN_TOKEN)
    shipped = yaml.safe_load((OBSERVABILITY / "prometheus.yaml").read_text())
    (job,) = shipped["scrape_configs"]
    job["authorization"]["credentials_file"] = str(token)
    job["static_configs"] = [{"targets": [f"127.0.0.1:{server.port}"]}]
    shipped["rule_files"] = [str(OBSERVABILITY / "alerts.yaml")]
    shipped["global"] = {"scrape_interval": "500ms", "evaluation_interval": "500ms"}
    configuration = directory / "prometheus.yaml"
    configuration.write_text(yaml.safe_dump(shipped))
    (port,) = free_ports(1)
    command = [
        program("prometheus"),
        f"--config.file={configuration}",
        f"--storage.tsdb.path={directory / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    log = (directory / "log").open("w")
    process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=os.environ)
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", trust_env=False)
    try:
        wait_for(lambda: query(client, "up == 1"), "a scrape")
        yield client
    finally:
        process.terminate()
        process.wait(timeout=20)


def query(client: httpx.Client, expression: str) -> list[dict]:
    with contextlib.suppress(httpx.TransportError):
        answer = client.get("/query", params={"query": expression})
        if answer.status_code != 503:
            assert answer.status_code == 200, f"{expression}: {answer.text}"
            return answer.json()["data"]["result"]
    return []


def wait_for(condition, what: str):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError(f"no {what} in 30 s")


def families(text: str) -> dict[str, str]:
    """Names and types of all metrics."""
    return dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))


def exported(text: str) -> set[str]:
    """The names that series have."""
    suffixes = {"histogram": ("_bucket", "_sum", "_count")}
    return {
        name + suffix
        for name, kind in families(text).items()
        for suffix in suffixes.get(kind, ("",))
    }


def dashboard() -> dict:
    return json.loads((OBSERVABILITY / "grafana-dashboard.json").read_text())


def dashboard_expressions() -> list[str]:
    """What the dashboard asks, as Grafana would ask it."""
    panels = dashboard()["panels"]
    written = [target["expr"] for panel in panels for target in panel.get("targets", [])]
    values = {"$__rate_interval": "1m", "$job": "flyte-webhook", "$instance": ".*"}
    return [
        re.sub(r"\$\w+", lambda variable: values[variable[0]], expression) for expression in written
    ]


def expressions() -> list[str]:
    return [rule["expr"] for rule in rules()] + dashboard_expressions()


def test_promtool_has_nothing_to_say_of_the_metrics(server):
    checked = subprocess.run(
        [program("promtool"), "check", "metrics"],
        input=server.scrape(),
        capture_output=True,
        text=True,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_promtool_would_say_what_is_wrong(server):
    """So that silence means something."""
    wrong = server.scrape() + "# TYPE flyte_webhook_wrong counter\nflyte_webhook_wrong 1\n"
    checked = subprocess.run(
        [program("promtool"), "check", "metrics"], input=wrong, capture_output=True, text=True
    )
    assert checked.returncode == 3
    assert "flyte_webhook_wrong" in checked.stderr


def test_a_scrape_under_load_counts_every_request(server, prometheus):
    counted = (
        'sum(flyte_webhook_http_server_request_duration_seconds_count{http_route="/me",'
        'http_request_method="GET",http_response_status_code="200"})'
    )
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        asked = threads.map(lambda _: server.client.get("/me").status_code, range(REQUESTS))
        assert set(asked) == {200}
    wait_for(lambda: query(prometheus, f"{counted} >= {REQUESTS}"), "count of all requests")
    assert query(prometheus, "min_over_time(up[1m])")[0]["value"][1] == "1"
    assert query(prometheus, "scrape_samples_scraped > 100")


@pytest.mark.parametrize("expression", expressions())
def test_an_expression_is_understood_and_asks_for_what_there_is(server, prometheus, expression):
    query(prometheus, expression)
    bare = re.sub(r'"[^"]*"', '""', expression)
    asked = set(re.findall(r"\b(?:flyte_webhook|process)_\w+", bare))
    other = set(re.findall(r"\bup\b", bare))
    assert asked or other, "it asks for no metric"
    assert asked <= exported(server.scrape())


@pytest.mark.parametrize("expression", expressions())
def test_an_expression_chooses_by_labels_that_there_are(server, expression):
    text = server.scrape()
    known = set(re.findall(r'[{,](\w+)="', text)) | {"job", "instance"}
    bare = re.sub(r'"[^"]*"', '""', expression)
    chosen = set(re.findall(r'(\w+)(?:=~|!~|!=|=)"', bare))
    grouped = re.findall(r"\b(?:by|without) \(([^)]*)\)", bare)
    chosen |= {label.strip() for group in grouped for label in group.split(",")}
    assert chosen <= known


def test_the_alerts_are_loaded_and_none_fires_while_all_is_well(prometheus):
    def evaluated():
        groups = prometheus.get("/rules").json()["data"]["groups"]
        found = [rule for group in groups for rule in group["rules"]]
        return found if found and all(rule["health"] == "ok" for rule in found) else None

    found = wait_for(evaluated, "evaluation of all alerts")
    assert {rule["name"] for rule in found} == {rule["alert"] for rule in rules()}
    assert not query(prometheus, 'ALERTS{alertstate="firing"}')


def test_the_dashboard_shows_every_metric_of_this_server(server):
    own = {name for name in families(server.scrape()) if name.startswith("flyte_webhook_")}
    shown = " ".join(dashboard_expressions())
    assert [name for name in sorted(own) if name not in shown] == []


def test_the_panels_of_the_dashboard_do_not_overlap():
    places = [panel["gridPos"] for panel in dashboard()["panels"]]
    cells = [
        (place["x"] + x, place["y"] + y)
        for place in places
        for x in range(place["w"])
        for y in range(place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_the_documentation_names_every_metric_and_no_other(server):
    page = (ROOT / "docs/OBSERVABILITY.md").read_text()
    rows = re.findall(r"^\| `(flyte_webhook_\w+)` \| (.*?) \|", page, re.MULTILINE)
    own = {name for name in families(server.scrape()) if name.startswith("flyte_webhook_")}
    assert {name for name, _ in rows} == own
