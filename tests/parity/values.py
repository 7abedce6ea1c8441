"""Types and literals of Flyte, as the SDK writes them and as it never would."""

import asyncio
import datetime
import enum
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Optional, Union

import msgpack
from flyte.io import DataFrame, Dir, File
from flyte.types import TypeEngine
from flyteidl2.core import literals_pb2, types_pb2
from google.protobuf import struct_pb2
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from pydantic import BaseModel, Field


class Color(enum.Enum):
    RED = "RED"
    GREEN = "GREEN"


@dataclass
class Point:
    x: int
    y: float = 0.5
    tags: list[str] = field(default_factory=list)
    near: Optional[int] = None


@dataclass
class Box:
    corner: Point
    points: list[Point]


class Person(BaseModel):
    name: str
    age: int = 30
    born: Optional[str] = None


class Household(BaseModel):
    head: Person = Person(name="nobody")
    others: list[Person] = []


class Factory(BaseModel):
    head: Person = Field(default_factory=lambda: Person(name="nobody"))


@dataclass
class Timed:
    at: datetime.datetime
    lasts: datetime.timedelta


@dataclass
class Ledger:
    entries: dict[int, str]


@dataclass
class Byte:
    raw: bytes


@dataclass
class Special:
    color: Color
    file: File


class Pair(NamedTuple):
    a: int
    b: str


class Custom:
    pass


TYPES = {
    "int": int,
    "float": float,
    "str": str,
    "bool": bool,
    "none": type(None),
    "datetime": datetime.datetime,
    "duration": datetime.timedelta,
    "enum": Color,
    "ints": list[int],
    "lists": list[list[int]],
    "floats": list[float],
    "points": list[Point],
    "table": dict[str, int],
    "tables": dict[str, list[int]],
    "numbered": dict[int, str],
    "dict": dict,
    "maybe": Optional[int],
    "maybe_text": Optional[str],
    "texts": list[str],
    "either": Union[int, str, list[int]],
    "file": File,
    "files": list[File],
    "dir": Dir,
    "dataframe": DataFrame,
    "point": Point,
    "box": Box,
    "person": Person,
    "household": Household,
    "factory": Factory,
    "timed": Timed,
    "ledger": Ledger,
    "byte": Byte,
    "special": Special,
    "tuple": tuple[int, str],
    "pair": Pair,
    "any": Any,
    "bytes": bytes,
    "set": set,
    "custom": Custom,
}

Kind = types_pb2.LiteralType
Literal = literals_pb2.Literal

ERROR = Kind(simple=types_pb2.SimpleType.ERROR)
SCHEMA = Kind(schema=types_pb2.SchemaType())
UNTITLED = Kind(simple=types_pb2.SimpleType.STRUCT)
UNTITLED.metadata.update({"description": "no title"})


def kind(name: str) -> Kind:
    """The literal type of one of `TYPES`."""
    return TypeEngine.to_literal_type(TYPES[name])


def variant(name: str, index: int) -> Kind:
    """One of the types of a union, with the tag by which the SDK finds it again."""
    return kind(name).union_type.variants[index]


def made(value, name: str) -> Literal:
    """A value as the SDK writes it."""
    return asyncio.run(TypeEngine.to_literal(value, TYPES[name], kind(name)))


def primitive(**value) -> Literal:
    scalar = literals_pb2.Scalar(primitive=literals_pb2.Primitive(**value))
    return Literal(scalar=scalar)


def integer(value: int) -> Literal:
    return primitive(integer=value)


def number(value: float) -> Literal:
    return primitive(float_value=value)


def text(value: str) -> Literal:
    return primitive(string_value=value)


def boolean(value: bool) -> Literal:
    return primitive(boolean=value)


def moment(seconds: int, nanos: int = 0) -> Literal:
    return primitive(datetime=Timestamp(seconds=seconds, nanos=nanos))


def span(seconds: int, nanos: int = 0) -> Literal:
    return primitive(duration=Duration(seconds=seconds, nanos=nanos))


def nothing() -> Literal:
    return Literal(scalar=literals_pb2.Scalar(none_type=literals_pb2.Void()))


def several(*values: Literal) -> Literal:
    return Literal(collection=literals_pb2.LiteralCollection(literals=values))


def mapped(**values: Literal) -> Literal:
    return Literal(map=literals_pb2.LiteralMap(literals=values))


def binary(value: bytes, tag: str = "") -> Literal:
    return Literal(scalar=literals_pb2.Scalar(binary=literals_pb2.Binary(value=value, tag=tag)))


def packed(value) -> Literal:
    return binary(msgpack.packb(value), "msgpack")


def struct(value: dict) -> Literal:
    generic = struct_pb2.Struct()
    generic.update(value)
    return Literal(scalar=literals_pb2.Scalar(generic=generic))


def blob(uri: str, of: Kind, format: str = "") -> Literal:
    metadata = literals_pb2.BlobMetadata(
        type=types_pb2.BlobType(format=format, dimensionality=of.blob.dimensionality)
    )
    return Literal(
        scalar=literals_pb2.Scalar(blob=literals_pb2.Blob(uri=uri, metadata=metadata))
    )


def frame(uri: str) -> Literal:
    of = types_pb2.StructuredDatasetType(format="parquet")
    dataset = literals_pb2.StructuredDataset(
        uri=uri, metadata=literals_pb2.StructuredDatasetMetadata(structured_dataset_type=of)
    )
    return Literal(scalar=literals_pb2.Scalar(structured_dataset=dataset))


def chosen(value: Literal, of: Kind) -> Literal:
    """A value of a union, and which of its types it has."""
    return Literal(scalar=literals_pb2.Scalar(union=literals_pb2.Union(value=value, type=of)))


def failure(node: str, message: str) -> Literal:
    return Literal(
        scalar=literals_pb2.Scalar(
            error=types_pb2.Error(failed_node_id=node, message=message)
        )
    )


def schema(uri: str) -> Literal:
    return Literal(scalar=literals_pb2.Scalar(schema=literals_pb2.Schema(uri=uri)))


def offloaded(uri: str) -> Literal:
    return Literal(
        offloaded_metadata=literals_pb2.LiteralOffloadedMetadata(uri=uri, size_bytes=3)
    )
