"""Writes flyteidl.binpb, the descriptors of the Flyte messages and services, and
health.binpb, those of the health service that every gRPC server has.

The descriptors are those inside three packages on PyPI, pinned below; neither
protoc nor any .proto file is needed. Run from anywhere:

    python3 -m venv .venv
    .venv/bin/pip install flyteidl2==2.0.51 flyteidl==1.16.8 \
        grpcio-health-checking==1.85.1
    .venv/bin/python crates/flyte-idl/make_descriptors.py
"""

import importlib
import importlib.metadata
import pathlib
import sys

from google.protobuf.descriptor_pb2 import FileDescriptorSet

PINNED = {
    "flyteidl2": "2.0.51",
    "flyteidl": "1.16.8",
    "grpcio-health-checking": "1.85.1",
}

ROOTS = [
    # The control plane that the webhook calls.
    "flyteidl2.app.app_service_pb2",
    "flyteidl2.auth.auth_service_pb2",
    "flyteidl2.auth.identity_pb2",
    "flyteidl2.cluster.service_pb2",
    "flyteidl2.dataproxy.dataproxy_service_pb2",
    "flyteidl2.imagebuilder.service_pb2",
    "flyteidl2.task.task_service_pb2",
    "flyteidl2.trigger.trigger_service_pb2",
    "flyteidl2.workflow.run_service_pb2",
    # What the embedded control plane serves beyond that.
    "flyteidl2.actions.actions_service_pb2",
    "flyteidl2.app.app_logs_service_pb2",
    "flyteidl2.project.project_service_pb2",
    "flyteidl2.secret.secret_pb2",
    "flyteidl2.settings.settings_service_pb2",
    "flyteidl2.workflow.internal_run_service_pb2",
    "flyteidl2.workflow.queue_service_pb2",
    "flyteidl2.workflow.run_logs_service_pb2",
    "flyteidl2.workflow.state_service_pb2",
    # Connectors, Flyte 2 and Flyte 1.
    "flyteidl2.connector.service_pb2",
    "flyteidl.service.agent_pb2",
]


def collect(file, seen):
    """Adds file and all it imports to seen, imports first."""
    if file.name in seen:
        return
    for dependency in file.dependencies:
        collect(dependency, seen)
    seen[file.name] = file


def main():
    for package, version in PINNED.items():
        found = importlib.metadata.version(package)
        if found != version:
            sys.exit(f"{package} is {found}; install {package}=={version}")
    write("flyteidl.binpb", ROOTS)
    write("health.binpb", ["grpc_health.v1.health_pb2"])


def write(name, roots):
    seen = {}
    for root in roots:
        collect(importlib.import_module(root).DESCRIPTOR, seen)
    descriptors = FileDescriptorSet()
    for file in seen.values():
        file.CopyToProto(descriptors.file.add())
    target = pathlib.Path(__file__).with_name(name)
    target.write_bytes(descriptors.SerializeToString(deterministic=True))
    print(f"{target.name}: {len(seen)} files, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
