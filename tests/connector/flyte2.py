"""Tasks of Flyte 2, sent as its engine sends them."""

import itertools

import grpc
import msgpack
from flyteidl2.connector import connector_pb2, service_pb2_grpc
from flyteidl2.core import execution_pb2
from google.protobuf import json_format

NUMBERS = itertools.count()
CATEGORY = {"name": "webhook", "version": 0}


class Engine:
    """Creates, asks for and deletes tasks."""

    def __init__(self, server):
        self.tasks = service_pb2_grpc.AsyncConnectorServiceStub(server.channel)
        self.metadata = service_pb2_grpc.ConnectorMetadataServiceStub(server.channel)

    def create(self, custom, inputs=None, secrets=None, name=None, attempt=0, **more):
        request = connector_pb2.CreateTaskRequest()
        literals = [
            {"name": name, "value": {"scalar": {"primitive": primitive(value)}}}
            for name, value in (inputs or {}).items()
        ]
        # One execution has one request, however often it is asked for.
        run = {"project": "p", "domain": "d", "name": name or f"run-{next(NUMBERS)}"}
        execution = {
            "taskId": {"name": "t"},
            "nodeExecutionId": {"nodeId": "a0", "executionId": run},
            "retryAttempt": attempt,
        }
        json_format.ParseDict(
            {
                "inputs": {"literals": literals},
                "template": {"type": "webhook", "custom": custom} | more,
                "outputPrefix": "s3://bucket/out",
                "taskExecutionMetadata": {"taskExecutionId": execution},
                "connection": {"secrets": secrets or {}},
            },
            request,
        )
        return self.tasks.CreateTask(request, timeout=10).resource_meta

    def get(self, meta):
        request = connector_pb2.GetTaskRequest(resource_meta=meta, task_category=CATEGORY)
        return shown(self.tasks.GetTask(request, timeout=10).resource)

    def delete(self, meta):
        request = connector_pb2.DeleteTaskRequest(resource_meta=meta, task_category=CATEGORY)
        self.tasks.DeleteTask(request, timeout=10)


def primitive(value):
    match value:
        case bool():
            return {"boolean": value}
        case int():
            return {"integer": value}
        case float():
            return {"floatValue": value}
    return {"stringValue": value}


def shown(resource):
    outputs = {}
    for named in resource.outputs.literals:
        binary = named.value.scalar.binary
        assert binary.tag == "msgpack"
        outputs[named.name] = msgpack.unpackb(binary.value)
    phase = execution_pb2.TaskExecution.Phase.Name(resource.phase)
    return {"phase": phase, "message": resource.message, "outputs": outputs}


def refusal(call, *arguments):
    """The code and the words with which a call is refused."""
    try:
        call(*arguments)
    except grpc.RpcError as error:
        return error.code().name, error.details()
    raise AssertionError("nothing was refused")
