"""Every value does what its comment says, and a wrong one is refused."""

import json

import helm_python as helm
import pytest
import yaml

from chart import CHART, CONFIG, NAMESPACE, RELEASE, kinds, longest_end, objects, one, pods, texts
from combinations import ADMIN, COMBINATIONS, DIGEST, KNATIVE

SCHEMA = json.loads((CHART / "values.schema.json").read_text())
DEFAULTS = (CHART / "values.yaml").read_text()


def changed(**values) -> dict:
    return {"config": CONFIG, **values}


def comments() -> dict[str, str]:
    """The comment above each value, by the value's path."""
    found, path, comment = {}, [], []
    for line in DEFAULTS.splitlines():
        text = line.strip()
        if text.startswith("#"):
            comment.append(text[1:].strip())
            continue
        if text:
            depth = (len(line) - len(line.lstrip())) // 2
            path = [*path[:depth], text.split(":")[0]]
            # What Kubernetes explains: its quantities have names, not comments.
            if "resources" not in path[:-1]:
                found[".".join(path)] = " ".join(comment)
        comment = []
    return found


def described(node: dict, path: str = "") -> dict[str, str]:
    """The description of each value in the schema, by the value's path."""
    found = {}
    for key, value in node.get("properties", {}).items():
        here = f"{path}.{key}" if path else key
        found[here] = value.get("description", "")
        found |= described(value, here)
    return found


def test_every_value_has_a_comment_which_the_schema_repeats():
    written, schema = comments(), described(SCHEMA)
    # Helm gives it to every chart; and the configuration's keys are the server's.
    ours = {
        key: it
        for key, it in schema.items()
        if not key.startswith(("global", "config.")) and ".resources." not in f".{key}"
    }
    # What only holds others says enough by its name.
    holders = {key for key in written if any(it.startswith(f"{key}.") for it in written)}
    assert ours.keys() == written.keys()
    for key, comment in written.items():
        assert comment or key in holders, key
        assert ours[key] == comment, key


def test_nothing_unknown_is_taken_at_any_depth():
    def check(node, path):
        for key, value in node.get("properties", {}).items():
            if value.get("type") == "object" and "properties" in value and key != "config":
                assert value["additionalProperties"] is False, f"{path}{key}"
                check(value, f"{path}{key}.")

    assert SCHEMA["additionalProperties"] is False
    check(SCHEMA, "")


WRONG = {
    "an unknown value": ({"replicas": 2}, "replicas"),
    "an unknown value within": ({"image": {"repo": "x"}}, "repo"),
    "a text for a number": ({"replicaCount": "2"}, "replicaCount"),
    "a number for a text": ({"image": {"tag": 1.2}}, "tag"),
    "a text for a boolean": ({"ingress": {"enabled": "yes"}}, "enabled"),
    "fewer than none": ({"replicaCount": -1}, "replicaCount"),
    "no workload": ({"workload": "DaemonSet"}, "workload"),
    "the tag latest": ({"image": {"tag": "latest"}}, "tag"),
    "a digest cut short": ({"image": {"digest": "sha256:0123"}}, "digest"),
    "a tag with a space": ({"image": {"tag": "1 2"}}, "tag"),
    "a port that is none": ({"containerPort": 70000}, "containerPort"),
    "a port in the configuration": ({"config": {"server": {"port": 1}}}, "server"),
    "a name with a capital": ({"secretFiles": {"existingSecret": "Hook"}}, "existingSecret"),
    "a path that is relative": ({"secretFiles": {"mountPath": "secrets"}}, "mountPath"),
    "an inbox without a volume": ({"inbox": {"store": "sqlite"}}, "workload"),
    "an inbox without a database": ({"inbox": {"store": "postgresql"}}, "existingSecret"),
    "an inbox in the configuration": ({"config": {"inbox": {"path": "/tmp/inbox.db"}}}, "inbox"),
    "a connector beside the server": ({"config": {"connector": {"enabled": True}}}, "connector"),
    "metrics that nobody is let in to read": (
        {**ADMIN, "serviceMonitor": {"enabled": True}, "networkPolicy": {"enabled": True}},
        "adminFrom",
    ),
    "a name with a dot": ({"fullnameOverride": "a.b"}, "fullnameOverride"),
    "no such inbox": ({"inbox": {"store": "redis"}}, "store"),
    "a volume for many nodes": (
        {"inbox": {"persistence": {"accessModes": ["ReadWriteMany"]}}},
        "accessModes",
    ),
    "a size that is none": ({"inbox": {"persistence": {"size": "much"}}}, "size"),
    "growth of a StatefulSet": (
        {"workload": "StatefulSet", "autoscaling": {"enabled": True}},
        "workload",
    ),
    "growth with Knative": ({**KNATIVE, "autoscaling": {"enabled": True}}, "workload"),
    "an ingress with Knative": (
        {**KNATIVE, "ingress": {"enabled": True, "hosts": ["a.example.com"]}},
        "ingress",
    ),
    "a closed network with Knative": (
        {**KNATIVE, "networkPolicy": {"enabled": True}},
        "networkPolicy",
    ),
    "an administration for nobody": ({"admin": {"enabled": True}}, "existingSecret"),
    "an administration with Knative": ({**KNATIVE, **ADMIN}, "workload"),
    "metrics that nobody may read": ({"serviceMonitor": {"enabled": True}}, "existingSecret"),
    "metrics without a port": (
        {"admin": {"existingSecret": "a"}, "serviceMonitor": {"enabled": True}},
        "enabled",
    ),
    "an ingress without a host": ({"ingress": {"enabled": True}}, "hosts"),
    "a host that is a URL": (
        {"ingress": {"enabled": True, "hosts": ["https://a.example.com"]}},
        "hosts",
    ),
    "a route without a gateway": ({"httpRoute": {"enabled": True}}, "parentRefs"),
    "a timeout that is none": ({"httpRoute": {"requestTimeout": "soon"}}, "requestTimeout"),
    "a port of the nodes without a type": ({"service": {"nodePort": 30000}}, "type"),
    "a variable that is none": ({"env": [{"name": "A-B", "value": "c"}]}, "env"),
    "a variable that is a number": ({"env": [{"name": "A", "value": 1}]}, "value"),
    "a secret without a name": ({"envFrom": [{"secretRef": {}}]}, "secretRef"),
    "a budget of none": ({"podDisruptionBudget": {"maxUnavailable": 0}}, "maxUnavailable"),
    "an annotation that is a number": ({"podAnnotations": {"a": 1}}, "podAnnotations"),
    "memory that is none": ({"resources": {"limits": {"memory": "lots"}}}, "memory"),
    "a name that is too long": ({"fullnameOverride": "x" * 44}, "fullnameOverride"),
}


@pytest.mark.parametrize(("values", "named"), WRONG.values(), ids=WRONG)
def test_a_wrong_value_is_refused_by_its_name(values, named):
    with helm.Chart.load(CHART) as chart, pytest.raises(helm.HelmError) as refused:
        chart.validate_schema({"config": CONFIG, **values})
    assert named in str(refused.value)


@pytest.mark.parametrize("missing", ["endpoint", "project", "domain"])
def test_a_server_that_could_not_start_is_not_rendered(missing):
    plane = {key: it for key, it in CONFIG["control_plane"].items() if key != missing}
    with pytest.raises(helm.HelmError, match=rf"config\.control_plane\.{missing}"):
        texts({"config": {"control_plane": plane}})


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({**ADMIN, "containerPort": 9090}, r"admin\.port"),
        ({**ADMIN, "connector": {"enabled": True, "port": 9090}}, r"admin\.port"),
        ({"service": {"appProtocol": "h2c"}}, r"service\.appProtocol"),
        (
            {
                "service": {"appProtocol": "h2c"},
                "config": {**CONFIG, "server": {"h2c": True, "tls": {"cert_file": "/a.pem"}}},
            },
            r"service\.appProtocol",
        ),
        (
            {**ADMIN, "config": {**CONFIG, "admin": {"tokens": [{"id": "admin", "hash": "a"}]}}},
            r"config\.admin\.tokens",
        ),
        (
            {**KNATIVE, "config": {**CONFIG, "server": {"tls": {"cert_file": "/a.pem"}}}},
            r"config\.server\.tls",
        ),
        ({"nameOverride": "1"}, "fullnameOverride"),
    ],
)
def test_what_contradicts_itself_is_not_rendered(values, named):
    with (
        helm.Chart.load(CHART) as chart,
        pytest.raises(helm.HelmError, match=named),
    ):
        chart.render({"config": CONFIG, **values}, name="1", namespace=NAMESPACE)


def test_the_configuration_is_what_was_given_and_what_the_chart_decides():
    given = {**CONFIG, "limits": {"max_body_bytes": 26214400}, "server": {"h2c": True}}
    values = changed(config=given, containerPort=9000, **ADMIN)
    written = yaml.safe_load(one(values, "ConfigMap")["data"]["config.yaml"])
    assert written == {
        **given,
        "server": {"h2c": True, "host": "0.0.0.0", "port": 9000},
        "admin": {
            "host": "0.0.0.0",
            "port": 9090,
            "tokens": [{"id": "admin", "hash_file": "/etc/flyte-webhook/admin/hash"}],
        },
    }


def test_the_connector_has_administrators_where_the_server_has_them():
    values = changed(connector={"enabled": True}, **ADMIN)
    written = [
        yaml.safe_load(it["data"]["config.yaml"])["admin"]
        for it in objects(values)
        if it["kind"] == "ConfigMap"
    ]
    assert len(written) == 2
    assert written[0] == written[1]


def test_administrators_of_the_configuration_stay_beside_the_one_of_the_secret():
    tokens = [{"id": "ci", "hash": "ab" * 32}]
    values = changed(config={**CONFIG, "admin": {"tokens": tokens}}, admin=ADMIN["admin"])
    written = yaml.safe_load(one(values, "ConfigMap")["data"]["config.yaml"])["admin"]["tokens"]
    own = {"id": "admin", "hash_file": "/etc/flyte-webhook/admin/hash"}
    assert written == [*tokens, own]


def test_what_the_connector_alone_knows_is_not_told_to_the_server():
    connector = {"resource_key": "${RESOURCE_KEY}"}
    values = changed(config={**CONFIG, "connector": connector}, connector={"enabled": True})
    server = yaml.safe_load(one(values, "ConfigMap")["data"]["config.yaml"])
    own = yaml.safe_load(one(values, "ConfigMap", "-connector")["data"]["config.yaml"])
    assert "connector" not in server
    assert own["connector"] == {**connector, "host": "0.0.0.0", "port": 8000}


def test_a_private_authority_is_believed_at_the_control_plane():
    values = changed(caBundle={"existingConfigMap": "ca", "key": "our.pem"})
    written = yaml.safe_load(one(values, "ConfigMap")["data"]["config.yaml"])
    file = "/etc/flyte-webhook/ca/our.pem"
    assert written == {
        "control_plane": {**CONFIG["control_plane"], "ca_file": file},
        "server": {"host": "0.0.0.0", "port": 8080},
    }


def test_another_authority_of_the_configuration_stays():
    plane = {**CONFIG["control_plane"], "ca_file": "/etc/flyte-webhook/ca/other.pem"}
    values = {"config": {"control_plane": plane}, "caBundle": {"existingConfigMap": "ca"}}
    written = yaml.safe_load(one(values, "ConfigMap")["data"]["config.yaml"])
    assert written["control_plane"] == plane


def test_the_connector_writes_no_file():
    audit = {"file": "/var/lib/flyte-webhook/audit.log", "on_failure": "continue"}
    values = changed(config={**CONFIG, "audit": audit}, connector={"enabled": True})
    server = yaml.safe_load(one(values, "ConfigMap")["data"]["config.yaml"])
    connector = yaml.safe_load(one(values, "ConfigMap", "-connector")["data"]["config.yaml"])
    assert server["audit"] == audit
    assert connector["audit"] == {**audit, "file": "stdout"}


def test_large_numbers_stay_numbers():
    config = {**CONFIG, "limits": {"max_body_bytes_in_flight": 1099511627776}}
    assert "max_body_bytes_in_flight: 1099511627776\n" in texts(changed(config=config))[
        "flyte-webhook/templates/configmap.yaml"
    ]


def test_another_configuration_makes_other_pods():
    def checksum(config):
        made = one(changed(config=config), "Deployment")
        return made["spec"]["template"]["metadata"]["annotations"]["checksum/config"]

    assert checksum(CONFIG) == checksum(dict(CONFIG))
    assert checksum(CONFIG) != checksum({**CONFIG, "name": "hook"})


def test_a_digest_counts_instead_of_a_tag():
    image = {"repository": "r.example.com/hook", "tag": "1", "digest": DIGEST}
    made = pods(changed(image=image))
    assert {it["containers"][0]["image"] for it in made} == {f"r.example.com/hook@{DIGEST}"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "nothing said",
            ["ConfigMap", "Deployment", "Pod", "PodDisruptionBudget"]
            + ["Service", "ServiceAccount"],
        ),
        ("Knative", ["ConfigMap", "Pod", "Service", "ServiceAccount"]),
        (
            "an inbox on a volume",
            ["ConfigMap", "Pod", "PodDisruptionBudget", "Service", "Service"]
            + ["ServiceAccount", "StatefulSet"],
        ),
    ],
)
def test_no_more_is_made_than_is_asked_for(name, expected):
    assert kinds(COMBINATIONS[name]) == expected


def test_secrets_are_never_in_what_is_rendered():
    for values in COMBINATIONS.values():
        assert "Secret" not in [it["kind"] for it in objects(values)]


def test_a_volume_outlives_its_replica():
    made = one(COMBINATIONS["an inbox on a volume"], "StatefulSet")["spec"]
    policy = made["persistentVolumeClaimRetentionPolicy"]
    assert policy == {"whenDeleted": "Retain", "whenScaled": "Retain"}
    (claim,) = made["volumeClaimTemplates"]
    assert claim["spec"]["resources"]["requests"]["storage"] == "8Gi"


def test_the_pod_outlives_the_drain():
    assert yaml.safe_load(DEFAULTS)["terminationGracePeriodSeconds"] > longest_end()


def test_the_notes_name_what_was_made():
    for name, values in COMBINATIONS.items():
        notes = texts(values)["flyte-webhook/templates/NOTES.txt"]
        usual = f"{RELEASE}-{values.get('nameOverride', 'flyte-webhook')}"
        full = values.get("fullnameOverride", usual)
        assert notes.startswith(f"{full} runs as a "), name
        assert "<no value>" not in notes
