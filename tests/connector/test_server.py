"""What every gRPC server has, and what this one keeps to itself."""

import base64

import grpc
import pytest
from flyteidl.admin import agent_pb2
from flyteidl.service import agent_pb2_grpc
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from cases import CASES
from flyte1 import shown
from flyte2 import Engine, refusal

SERVICES = [
    "flyteidl.service.SyncAgentService",
    "flyteidl.service.AsyncAgentService",
    "flyteidl.service.AgentMetadataService",
    "flyteidl2.connector.AsyncConnectorService",
    "flyteidl2.connector.ConnectorMetadataService",
]
SECRET = "canary/secret+0123456789"


def test_its_health_is_that_of_every_service(connector):
    server = connector()
    stub = health_pb2_grpc.HealthStub(server.channel)
    for name in ["", "grpc.health.v1.Health", *SERVICES]:
        answer = stub.Check(health_pb2.HealthCheckRequest(service=name))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING, name
    unknown = health_pb2.HealthCheckRequest(service="other")
    assert refusal(stub.Check, unknown)[0] == "NOT_FOUND"


def test_its_health_ends_before_it_does(connector, target):
    server = connector("  inline: 100ms\n")
    Engine(server).create({"url": f"{target.url}/slow/1", "timeout_sec": 5})
    stub = health_pb2_grpc.HealthStub(server.channel)
    watch = stub.Watch(health_pb2.HealthCheckRequest(service=""))
    statuses = [next(watch).status]
    server.process.terminate()
    statuses += [answer.status for answer in quiet(watch)]
    serving, stopping = (health_pb2.HealthCheckResponse.ServingStatus.Value(name) for name in ("SERVING", "NOT_SERVING"))
    assert statuses[0] == serving and set(statuses[1:]) <= {serving, stopping}
    assert server.process.wait(timeout=30) == 0


def quiet(stream):
    try:
        yield from stream
    except grpc.RpcError:
        return


def test_reflection_describes_what_is_served(connector):
    database = ProtoReflectionDescriptorDatabase(connector().channel)
    names = set(database.get_services())
    common = {"grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"}
    assert names == {*SERVICES, *common}
    pool = DescriptorPool(database)
    for name in SERVICES:
        service = pool.FindServiceByName(name)
        assert service.methods, name
    sync = pool.FindServiceByName(SERVICES[0]).methods_by_name["ExecuteTaskSync"]
    assert sync.input_type.full_name == "flyteidl.admin.ExecuteTaskSyncRequest"
    assert pool.FindServiceByName("grpc.health.v1.Health").methods_by_name["Check"]


def test_flyte_1s_asynchronous_service_performs_tasks_too(both, target):
    reference, here = both
    case = CASES[0]
    create = agent_pb2.CreateTaskRequest(template=case.template(target.url), inputs=case.literals(), output_prefix="s3://x")
    assert refusal(agent_pb2_grpc.AsyncAgentServiceStub(reference.channel).CreateTask, create)[0] == "INTERNAL"
    stub = agent_pb2_grpc.AsyncAgentServiceStub(here.channel)
    meta = stub.CreateTask(create).resource_meta
    category = {"name": "webhook", "version": 0}
    for get in (
        agent_pb2.GetTaskRequest(resource_meta=meta, task_category=category),
        agent_pb2.GetTaskRequest(resource_meta=meta, task_type="webhook"),
    ):
        resource = shown(stub.GetTask(get).resource)
        assert (resource["phase"], resource["outputs"]["info"]["status_code"]) == ("SUCCEEDED", 200)
    stub.DeleteTask(agent_pb2.DeleteTaskRequest(resource_meta=meta, task_category=category))


@pytest.mark.parametrize("level", ["trace", "info"])
def test_secrets_are_in_no_output_and_no_log(connector, target, level):
    server = connector(
        "  secrets:\n  - {name: key, value: '${CANARY}', hosts: [127.0.0.1]}\n"
        f"telemetry: {{log_level: {level}}}\n",
        CANARY=SECRET,
    )
    engine = Engine(server)
    target.take()
    said = []
    for path, more in [
        ("echo/{secrets.key}", {"method": "GET", "data": {"k": "{secrets.key}"}}),
        ("echo", {"data": {"k": ["{secrets.key}", "x{secrets.key}y"]}}),
        ("status/500/{secrets.key}", {}),
        ("reset/{secrets.key}", {}),
        ("garbage", {"headers": {"X": "{secrets.key}"}}),
        ("ok", {"headers": {"Authorization": "Bearer {secrets.key}"}}),
        ("ok", {"headers": {"X {secrets.key}": "a"}}),
        ("ok", {"method": "{secrets.key}"}),
        ("ok", {"timeout_sec": "{secrets.key}"}),
    ]:
        custom = {"url": f"{target.url}/{path}", "show_data": True, "show_url": True} | more
        meta = engine.create(custom)
        said += [engine.get(meta), meta.decode("latin-1")]
    said.append(engine.get(engine.create({"url": "http://{secrets.key}.invalid/"})))
    assert len(target.take()) >= 6, "the secret was sent"
    server.stop()
    said.append(server.log.read_text())
    text = repr(said)
    encoded = base64.b64encode(SECRET.encode()).decode().rstrip("=")
    for form in (SECRET, SECRET.replace("/", "%2F").replace("+", "%2B"), SECRET.replace("+", "%2B"), encoded, SECRET.encode().hex(), SECRET[7:20]):
        assert form not in text, form


def test_no_proxy_of_the_environment_is_used(connector, target):
    names = ["http_proxy", "https_proxy", "all_proxy"]
    proxies = dict.fromkeys([*names, *map(str.upper, names)], f"{target.url}/proxy")
    engine = Engine(connector(**proxies))
    target.take()
    meta = engine.create({"url": "http://nowhere.invalid/"})
    assert engine.get(meta)["phase"] == "FAILED"
    assert target.take() == []
