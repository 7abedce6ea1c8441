"""Tasks of Flyte 1, built by flytekit and sent as its engine sends them."""

from collections import OrderedDict
from dataclasses import dataclass, field

import grpc
import msgpack
from flyteidl.admin import agent_pb2
from flyteidl.core import literals_pb2
from flyteidl.core.execution_pb2 import TaskExecution
from flyteidl.service import agent_pb2_grpc
from flytekit import FlyteContextManager
from flytekit.configuration import ImageConfig, SerializationSettings
from flytekit.core.type_engine import TypeEngine
from flytekit.extras.webhook import WebhookTask
from flytekit.tools.translator import get_serializable
from google.protobuf.json_format import MessageToDict

SETTINGS = SerializationSettings(ImageConfig(), project="p", domain="d", version="v")


@dataclass
class Case:
    """A task, its inputs, and the rows of PARITY.md by which the two may differ."""

    name: str
    task: dict
    inputs: dict = field(default_factory=dict)
    types: dict = field(default_factory=dict)
    custom: dict = field(default_factory=dict)
    entries: frozenset = frozenset()

    def template(self, target):
        """The task as flytekit registers it; `custom` replaces what it cannot say."""
        types = {name: type(value) for name, value in self.inputs.items()} | self.types
        task = dict(self.task)
        if isinstance(task["url"], str):
            task["url"] = task["url"].replace("TARGET", target)
        task = WebhookTask(name=self.name, dynamic_inputs=types, **task)
        template = get_serializable(OrderedDict(), SETTINGS, task).template.to_flyte_idl()
        for key, value in self.custom.items():
            if value is None:
                del template.custom[key]
            else:
                template.custom[key] = value
        return template

    def literals(self):
        types = {name: type(value) for name, value in self.inputs.items()} | self.types
        inputs = {name: self.inputs[name] for name in self.inputs}
        if isinstance(inputs.get("literal"), literals_pb2.Literal):
            return literals_pb2.LiteralMap(literals=inputs)
        context = FlyteContextManager.current_context()
        types = {name: types[name] for name in inputs}
        return TypeEngine.dict_to_literal_map(context, inputs, types).to_flyte_idl()


def execute(channel, template, literals):
    """The resource, or the error, that a task comes to."""
    stub = agent_pb2_grpc.SyncAgentServiceStub(channel)
    header = agent_pb2.CreateRequestHeader(template=template, output_prefix="s3://out")
    requests = [
        agent_pb2.ExecuteTaskSyncRequest(header=header),
        agent_pb2.ExecuteTaskSyncRequest(inputs=literals),
    ]
    try:
        responses = list(stub.ExecuteTaskSync(iter(requests), timeout=30))
    except grpc.RpcError as error:
        return {"code": error.code().name, "details": error.details()}
    (response,) = responses
    return shown(response.header.resource)


def shown(resource):
    """A resource with its outputs unpacked."""
    outputs = {
        name: unpacked(literal) for name, literal in resource.outputs.literals.items()
    }
    rest = agent_pb2.Resource()
    rest.CopyFrom(resource)
    rest.ClearField("outputs")
    rest.ClearField("phase")
    rest.ClearField("message")
    return {
        "phase": TaskExecution.Phase.Name(resource.phase),
        "message": resource.message,
        "outputs": outputs,
        "rest": MessageToDict(rest),
    }


def unpacked(literal):
    assert literal.scalar.binary.tag == "msgpack"
    return msgpack.unpackb(literal.scalar.binary.value)
