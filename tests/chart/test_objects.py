"""Every object that the chart makes is one that Kubernetes takes, and is guarded."""

import json
import pathlib
import re
import subprocess

import kubernetes_validate
import pytest
import yaml

from chart import CHART, lint, objects, one, pods
from combinations import COMBINATIONS

HERE = pathlib.Path(__file__).parent
# Those that have a schema of their own project.
CUSTOM = ("HTTPRoute", "ServiceMonitor", "serving.knative.dev/v1")
EVERY = pytest.mark.parametrize("values", COMBINATIONS.values(), ids=COMBINATIONS)


def is_custom(it: dict) -> bool:
    return it["kind"] in CUSTOM or it["apiVersion"] in CUSTOM


def newest_minors(count: int) -> list[str]:
    schemas = pathlib.Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"
    versions = {it.name.split("-")[0][1:] for it in schemas.iterdir() if it.name.startswith("v")}
    newest = sorted(versions, key=lambda it: [int(part) for part in it.split(".")])
    return [version.rpartition(".")[0] for version in newest[-count:]]


def custom_complaints(resources: list[dict]) -> list[str]:
    judge = ["node", str(HERE / "custom.js")]
    text = json.dumps(resources)
    judged = subprocess.run(judge, input=text, capture_output=True, text=True, check=True)
    return json.loads(judged.stdout)


def test_there_are_enough_combinations():
    assert len(COMBINATIONS) >= 30


@EVERY
def test_helm_finds_nothing(values):
    assert lint(values) == []


@pytest.mark.parametrize("version", newest_minors(5))
def test_kubernetes_takes_every_object(version):
    # Many are alike; a schema takes its time.
    distinct = {json.dumps(it) for values in COMBINATIONS.values() for it in objects(values)}
    plain = [it for it in map(json.loads, distinct) if not is_custom(it)]
    assert len(plain) > 80
    for it in plain:
        kubernetes_validate.validate(it, version, strict=True)


def test_the_validation_is_strict():
    broken = one(COMBINATIONS["nothing said"], "Deployment")
    broken["spec"]["template"]["spec"]["containers"][0]["resource"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, newest_minors(1)[0], strict=True)


def test_custom_resources_are_what_their_projects_say():
    made = [it for values in COMBINATIONS.values() for it in objects(values) if is_custom(it)]
    assert {it["kind"] for it in made} == {"HTTPRoute", "ServiceMonitor", "Service"}
    assert custom_complaints(made) == []


@pytest.mark.parametrize(
    ("name", "kind", "break_it"),
    [
        ("a gateway", "HTTPRoute", lambda it: it["spec"].update(parentRef=[])),
        ("a gateway", "HTTPRoute", lambda it: it["spec"].update(hostnames=["no host"])),
        ("Knative", "Service", lambda it: it["spec"]["template"]["spec"].update(timeout=3)),
        ("Knative", "Service", lambda it: it["spec"]["template"]["spec"].update(containers=3)),
        ("metrics for the operator", "ServiceMonitor", lambda it: it["spec"].pop("selector")),
        ("metrics for the operator", "ServiceMonitor", lambda it: it["spec"].update(endpoint=[])),
    ],
)
def test_a_wrong_custom_resource_is_noticed(name, kind, break_it):
    broken = json.loads(json.dumps(one(COMBINATIONS[name], kind)))
    break_it(broken)
    assert custom_complaints([broken]) != []


@EVERY
def test_names_are_short_enough_and_each_is_one(values):
    names = [(it["kind"], it["apiVersion"], it["metadata"]["name"]) for it in objects(values)]
    assert len(names) == len(set(names))
    # A StatefulSet's pods have more behind it, and a label's value holds 63.
    assert all(len(name) <= 57 for _, _, name in names)


@EVERY
def test_every_object_has_the_labels_that_kubernetes_recommends(values):
    for it in objects(values):
        labels = it["metadata"]["labels"]
        for label in ("name", "instance", "version", "component", "part-of", "managed-by"):
            assert labels[f"app.kubernetes.io/{label}"], it["metadata"]["name"]
        assert labels["helm.sh/chart"]


@EVERY
def test_every_pod_is_restricted(values):
    made = pods(values)
    assert made
    for pod in made:
        assert pod["automountServiceAccountToken"] is False
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
        allowed = {"configMap", "secret", "emptyDir", "persistentVolumeClaim"}
        for volume in pod.get("volumes", []):
            assert set(volume) - {"name"} <= allowed, volume
        for container in pod["containers"]:
            security = container["securityContext"]
            assert security == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "runAsNonRoot": True,
                "runAsUser": 65532,
                "runAsGroup": 65532,
                "capabilities": {"drop": ["ALL"]},
                "seccompProfile": {"type": "RuntimeDefault"},
            }
            assert container["resources"]["limits"]["memory"]
            assert not container["image"].endswith(":latest")
            assert ":" in container["image"]


@EVERY
def test_only_volumes_that_are_there_are_mounted(values):
    claims = {"data"} if values.get("inbox", {}).get("store") == "sqlite" else set()
    for pod in pods(values):
        there = {it["name"] for it in pod.get("volumes", [])} | claims
        for container in pod["containers"]:
            mounts = container.get("volumeMounts", [])
            assert {it["name"] for it in mounts} <= there
            paths = [it["mountPath"] for it in mounts]
            assert len(paths) == len(set(paths))
            writable = [it["name"] for it in mounts if not it.get("readOnly")]
            assert set(writable) <= claims


@EVERY
def test_services_find_the_pods_that_are_meant(values):
    made = objects(values)
    services = [it for it in made if it["kind"] == "Service" and it["apiVersion"] == "v1"]
    workloads = [it for it in made if it["kind"] in ("Deployment", "StatefulSet")]
    for service in services:
        selector = service["spec"]["selector"].items()
        found = [it for it in workloads if selector <= labels(it).items()]
        assert len(found) == 1, service
        ports = found[0]["spec"]["template"]["spec"]["containers"][0]["ports"]
        for port in service["spec"]["ports"]:
            assert port["targetPort"] in [it["name"] for it in ports]
    for it in workloads:
        assert it["spec"]["selector"]["matchLabels"].items() <= labels(it).items()


def labels(workload: dict) -> dict:
    return workload["spec"]["template"]["metadata"]["labels"]


# What Knative takes of a pod without switches of its own, by its documentation.
KNATIVE_TAKES = {
    "automountServiceAccountToken", "containerConcurrency", "containers", "enableServiceLinks",
    "imagePullSecrets", "serviceAccountName", "timeoutSeconds", "volumes",
}  # fmt: skip


@EVERY
def test_knative_gets_only_what_it_takes(values):
    for it in objects(values):
        if it["apiVersion"] == "serving.knative.dev/v1":
            spec = it["spec"]["template"]["spec"]
            assert set(spec) <= KNATIVE_TAKES
            (container,) = spec["containers"]
            assert len(container["ports"]) == 1
            assert "startupProbe" not in container


def test_the_chart_says_which_server_it_is_for():
    version = (CHART / "Chart.yaml").read_text().split("appVersion: ")[1].split()[0]
    cargo = (CHART.parents[1] / "Cargo.toml").read_text()
    assert f'version = "{version}"' in cargo.split("[workspace.dependencies]")[0]


def test_kubernetes_takes_the_pod_that_recovers_an_inbox():
    text = (CHART.parents[1] / "docs/OPERATIONS.md").read_text()
    (manifest,) = re.findall(r"<<'END'\n(.*?)END\n", text, re.DOTALL)
    pod = yaml.safe_load(manifest)
    kubernetes_validate.validate(pod, newest_minors(1)[0], strict=True)
    replica = one(COMBINATIONS["an inbox on a volume"], "StatefulSet")
    (claim,) = replica["spec"]["volumeClaimTemplates"]
    volumes = {it["name"]: it for it in pod["spec"]["volumes"]}
    name = replica["metadata"]["name"]
    assert volumes["data"]["persistentVolumeClaim"] == {
        "claimName": f"{claim['metadata']['name']}-{name}-0"
    }
    assert volumes["config"]["configMap"] == {"name": name}


def probes(values: dict, component: str = "") -> dict[str, dict]:
    """What Kubernetes asks of the container of a Deployment, without how often."""
    (container,) = one(values, "Deployment", component)["spec"]["template"]["spec"]["containers"]
    asked = ("httpGet", "grpc", "tcpSocket")
    return {
        name: {key: it for key, it in probe.items() if key in asked}
        for name, probe in container.items()
        if name.endswith("Probe")
    }


def over_http(path: str, port: str, scheme: str = "HTTP") -> dict:
    return {"httpGet": {"path": path, "port": port, "scheme": scheme}}


@pytest.mark.parametrize(
    ("name", "component", "live", "ready"),
    [
        ("nothing said", "", over_http("/livez", "http"), over_http("/readyz", "http")),
        # Whom clients cannot shut out.
        ("an administrator", "", over_http("/livez", "admin"), over_http("/readyz", "http")),
        # What all replicas have lost together is no reason to send requests to none.
        ("an inbox on PostgreSQL", "", over_http("/livez", "http"), over_http("/livez", "http")),
        (
            "TLS everywhere",
            "",
            over_http("/livez", "admin", "HTTPS"),
            over_http("/readyz", "http", "HTTPS"),
        ),
        (
            "TLS everywhere",
            "-connector",
            over_http("/livez", "admin", "HTTPS"),
            over_http("/readyz", "admin", "HTTPS"),
        ),
        ("a connector", "-connector", {"grpc": {"port": 8000}}, {"grpc": {"port": 8000}}),
        (
            "TLS for a connector without administrators",
            "-connector",
            {"tcpSocket": {"port": "grpc"}},
            {"tcpSocket": {"port": "grpc"}},
        ),
    ],
)
def test_probes_ask_where_an_answer_is(name, component, live, ready):
    expected = {"startupProbe": live, "livenessProbe": live, "readinessProbe": ready}
    assert probes(COMBINATIONS[name], component) == expected


def test_services_say_what_is_spoken():
    for name, spoken in {"an administrator": "http", "TLS everywhere": "https"}.items():
        made = [it for it in objects(COMBINATIONS[name]) if it["kind"] == "Service"]
        said = {port["appProtocol"] for it in made for port in it["spec"]["ports"]}
        assert said == {spoken}, name


def test_the_test_asks_by_a_name_that_knative_routes():
    asked = {
        "Knative": "http://hooks-flyte-webhook.production.svc/readyz",
        "another port": "http://hooks-flyte-webhook.production.svc:8080/readyz",
        "TLS everywhere": "https://hooks-flyte-webhook.production.svc:80/readyz",
    }
    for name, url in asked.items():
        (container,) = one(COMBINATIONS[name], "Pod", "-test")["spec"]["containers"]
        assert container["args"] == ["health", "--insecure", "--url", url]


def test_the_engine_asks_each_replica_of_the_connector():
    assert one(COMBINATIONS["a connector"], "Service", "-connector")["spec"]["clusterIP"] == "None"


def test_the_alerts_find_what_the_operator_reads():
    values = {**COMBINATIONS["metrics for the operator"], "nameOverride": "receiver"}
    (monitor,) = [it for it in objects(values) if it["kind"] == "ServiceMonitor"]
    (service,) = [it for it in objects(values) if it["metadata"]["name"].endswith("-admin")]
    job = service["metadata"]["labels"][monitor["spec"]["jobLabel"]]
    assert f'up{{job="{job}"}}' in (CHART.parents[1] / "deploy/observability/alerts.yaml").read_text()


def test_a_closed_network_lets_in_the_test_and_out_to_names():
    policy = one(COMBINATIONS["a closed network"], "NetworkPolicy")["spec"]
    pod = one(COMBINATIONS["a closed network"], "Pod", "-test")["metadata"]["labels"]
    admitted = policy["ingress"][0]["from"][-1]["podSelector"]["matchLabels"]
    assert admitted.items() <= pod.items()
    assert {"port": 53, "protocol": "UDP"} in policy["egress"][0]["ports"]


@EVERY
def test_secrets_can_be_read_by_the_one_user_of_the_container(values):
    for pod in pods(values):
        for volume in pod.get("volumes", []):
            # Of others: without a group of the pod's, as with Knative, nobody else reads it.
            assert volume.get("secret", {}).get("defaultMode", 0o444) & 0o004
