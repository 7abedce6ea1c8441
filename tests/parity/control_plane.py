"""What the embedded control plane holds: tasks, runs, apps and triggers."""

import base64
import json
import pathlib
import sqlite3
import time

import httpx
import msgpack
from dev import poll
from flyteidl2.app import app_definition_pb2, app_payload_pb2
from flyteidl2.common import identifier_pb2
from flyteidl2.core import (
    execution_pb2,
    identifier_pb2 as core_identifier_pb2,
    interface_pb2,
    literals_pb2,
    tasks_pb2,
    types_pb2,
)
from flyteidl2.dataproxy import dataproxy_service_pb2
from flyteidl2.task import common_pb2, run_pb2, task_definition_pb2, task_service_pb2
from flyteidl2.trigger import trigger_definition_pb2, trigger_service_pb2
from google.protobuf.json_format import MessageToDict

PROJECT = "flytesnacks"
DOMAIN = "development"
OWNER = {"authorization": "Bearer owner", "content-type": "application/proto"}

# Of an app's deployment: stopped, failed, active.
STOPPED, FAILED, ACTIVE = AT_REST = 4, 6, 7

# `ActionPhase`, by the names that answers have.
PHASES = (
    "unspecified", "queued", "waiting_for_resources", "initializing", "running", "succeeded",
    "failed", "aborted", "timed_out", "paused", "recovered",
)  # fmt: skip


class ControlPlane:
    """Puts things into a control plane."""

    def __init__(self, port: int, data: pathlib.Path):
        self.url = f"http://127.0.0.1:{port}"
        self.data = data
        self.http = httpx.Client(base_url=self.url, timeout=30)

    def call(self, method: str, request, response):
        answer = self.http.post(
            f"/flyteidl2.{method}", content=request.SerializeToString(), headers=OWNER
        )
        assert answer.status_code == 200, f"{method}: {answer.text}"
        return response.FromString(answer.content)

    def faults(self, rules: list[dict]) -> None:
        answer = self.http.put("/_dev/faults", json={"rules": rules})
        assert answer.status_code == 200, answer.text

    def calls(self, caller: str) -> list[str]:
        """The methods that a caller has called, in order, repetitions by retries left out."""
        calls = self.http.get("/_dev/requests").json()["requests"]
        methods = [call["method"] for call in calls if call["caller"] == caller]
        return [now for now, before in zip(methods, [None, *methods]) if now != before]

    def task(self, spec: task_definition_pb2.TaskSpec) -> None:
        id = spec.task_template.id
        identifier = task_definition_pb2.TaskIdentifier(
            org=id.org, project=id.project, domain=id.domain, name=id.name, version=id.version
        )
        request = task_service_pb2.DeployTaskRequest(task_id=identifier, spec=spec)
        self.call("task.TaskService/DeployTask", request, task_service_pb2.DeployTaskResponse)

    def app(self, name: str, image: str = "demo", words=("demo.echo",), stopped=False) -> None:
        state = "DESIRED_STATE_STOPPED" if stopped else "DESIRED_STATE_ACTIVE"
        app = app_definition_pb2.App(
            metadata=app_definition_pb2.Meta(
                id=app_definition_pb2.Identifier(project=PROJECT, domain=DOMAIN, name=name)
            ),
            spec=app_definition_pb2.Spec(
                container=tasks_pb2.Container(image=image, command=list(words)),
                desired_state=app_definition_pb2.Spec.DesiredState.Value(state),
            ),
        )
        request = app_payload_pb2.CreateRequest(app=app)
        self.call("app.AppService/Create", request, app_payload_pb2.CreateResponse)

    def app_status(self, name: str) -> int:
        """The last condition's deployment status."""
        id = app_definition_pb2.Identifier(project=PROJECT, domain=DOMAIN, name=name)
        request = app_payload_pb2.GetRequest(app_id=id)
        app = self.call("app.AppService/Get", request, app_payload_pb2.GetResponse).app
        return app.status.conditions[-1].deployment_status

    def settle(self, app: str) -> None:
        """Waits until an app neither starts nor stops."""
        poll(f"{app} is at rest", lambda: self.app_status(app) in AT_REST, 30)

    def trigger(self, task: str, name: str) -> None:
        id = identifier_pb2.TriggerName(
            project=PROJECT, domain=DOMAIN, task_name=task, name=name
        )
        schedule = common_pb2.Schedule(cron_expression="0 6 * * *")
        automation = common_pb2.TriggerAutomationSpec(
            type=common_pb2.TriggerAutomationSpecType.TYPE_SCHEDULE, schedule=schedule
        )
        spec = trigger_definition_pb2.TriggerSpec(task_version="v1")
        request = trigger_service_pb2.DeployTriggerRequest(
            name=id, spec=spec, automation_spec=automation
        )
        self.call(
            "trigger.TriggerService/DeployTrigger",
            request,
            trigger_service_pb2.DeployTriggerResponse,
        )

    def inputs_of(self, run: str) -> list:
        """The inputs of a run, as it was started with."""
        id = identifier_pb2.RunIdentifier(project=PROJECT, domain=DOMAIN, name=run)
        action = identifier_pb2.ActionIdentifier(run=id, name="a0")
        request = dataproxy_service_pb2.GetActionDataRequest(action_id=action)
        response = dataproxy_service_pb2.GetActionDataResponse
        data = self.call("dataproxy.DataProxyService/GetActionData", request, response)
        return unpacked(MessageToDict(data.inputs).get("literals", []))

    def run(
        self,
        name: str,
        spec: task_definition_pb2.TaskSpec,
        phase: str = "succeeded",
        inputs: dict[str, literals_pb2.Literal] | None = None,
        outputs: dict[str, literals_pb2.Literal] | None = None,
        error: str | None = None,
        project: str = PROJECT,
    ) -> None:
        """Stores a run as if it had come as far as that.

        Written into the database, since no task of a process brings a run into most of these
        states, and hundreds of processes would take minutes.
        """
        base = self.data / "runs" / project / DOMAIN / name
        outside = base / "a0" / "1"
        outside.mkdir(parents=True)
        (base / "inputs.pb").write_bytes(named(common_pb2.Inputs, inputs))
        (outside / "outputs.pb").write_bytes(named(common_pb2.Outputs, outputs))
        failure = execution_pb2.ExecutionError(
            code="ValueError", message=error, kind=execution_pb2.ExecutionError.USER
        )
        now = time.time_ns() // 1000
        id = spec.task_template.id
        row = {
            "project": project,
            "domain": DOMAIN,
            "run": name,
            "name": "a0",
            "org": "",
            "parent": "",
            "action_group": "",
            "depth": 0,
            "kind": 1,
            # Stored, which nobody ever starts; or done.
            "state": 3 if phase in ("succeeded", "failed", "aborted", "timed_out", "recovered") else 0,
            "phase": PHASES.index(phase),
            "attempts": 1,
            "task_project": id.project,
            "task_domain": id.domain,
            "task_name": id.name,
            "task_version": id.version,
            "trigger_name": "",
            "spec": spec.SerializeToString(),
            "run_spec": run_pb2.RunSpec().SerializeToString(),
            "labels": json.dumps({}),
            "input_uri": f"file://{base}/inputs.pb",
            "run_base": f"file://{base}",
            "output_uri": f"file://{outside}",
            "created_by": "owner",
            "source": 0,
            "created_at": now,
            "updated_at": now,
            "ended_at": now,
            "error": failure.SerializeToString() if error is not None else None,
        }
        self.insert("actions", row)

    def image(self, name: str) -> None:
        """Stores an image as if a builder had made it."""
        row = {
            "project": PROJECT,
            "domain": DOMAIN,
            "name": name,
            "address": f"registry.invalid/{name}",
            "run": "",
            "created_at": 0,
        }
        self.insert("images", row)

    def insert(self, table: str, row: dict) -> None:
        columns = ", ".join(row)
        marks = ", ".join("?" * len(row))
        with sqlite3.connect(self.data / "control-plane.sqlite", timeout=30) as database:
            database.execute(
                f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(row.values())
            )
        database.close()


def unpacked(literal):
    """The same with msgpack decoded: the reference writes members in an order of chance."""
    match literal:
        case {"tag": "msgpack", "value": value}:
            return {"msgpack": marked(msgpack.unpackb(base64.b64decode(value), strict_map_key=False))}
        case dict():
            return {name: unpacked(value) for name, value in literal.items()}
        case list():
            return [unpacked(value) for value in literal]
    return literal


def marked(value):
    """A value with keys that tell 1 from "1"."""
    match value:
        case dict():
            return {repr(key): marked(member) for key, member in value.items()}
        case list():
            return [marked(member) for member in value]
    return value


def named(kind, literals: dict[str, literals_pb2.Literal] | None) -> bytes:
    """The bytes of inputs or outputs."""
    pairs = (literals or {}).items()
    return kind(
        literals=[common_pb2.NamedLiteral(name=name, value=value) for name, value in pairs]
    ).SerializeToString()


def spec(
    name: str,
    inputs: dict[str, types_pb2.LiteralType] | None = None,
    outputs: dict[str, types_pb2.LiteralType] | None = None,
    defaults: dict[str, literals_pb2.Literal | None] | None = None,
    version: str = "v1",
    project: str = PROJECT,
    domain: str = DOMAIN,
    **template,
) -> task_definition_pb2.TaskSpec:
    """A task that does nothing, and quickly."""
    template.setdefault("metadata", tasks_pb2.TaskMetadata())
    return task_definition_pb2.TaskSpec(
        task_template=tasks_pb2.TaskTemplate(
            id=core_identifier_pb2.Identifier(
                resource_type=core_identifier_pb2.ResourceType.TASK,
                project=project,
                domain=domain,
                name=name,
                version=version,
            ),
            type="python",
            interface=interface_pb2.TypedInterface(
                inputs=variables(inputs), outputs=variables(outputs)
            ),
            container=tasks_pb2.Container(image="none", command=["true"]),
            **template,
        ),
        default_inputs=[
            common_pb2.NamedParameter(name=name, parameter=parameter((inputs or {})[name], default))
            for name, default in (defaults or {}).items()
        ],
        short_name=name,
    )


def variables(types: dict[str, types_pb2.LiteralType] | None) -> interface_pb2.VariableMap:
    entries = [
        interface_pb2.VariableEntry(key=name, value=interface_pb2.Variable(type=kind))
        for name, kind in (types or {}).items()
    ]
    return interface_pb2.VariableMap(variables=entries)


def parameter(kind, default: literals_pb2.Literal | None) -> interface_pb2.Parameter:
    found = interface_pb2.Parameter(var=interface_pb2.Variable(type=kind))
    if default is not None:
        found.default.CopyFrom(default)
    return found
