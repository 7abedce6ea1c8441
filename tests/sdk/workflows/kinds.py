"""One task for every kind of value that a task can take and return."""

import pathlib
import tempfile
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Optional, Union

import flyte
from flyte.io import Dir, File
from pydantic import BaseModel

env = flyte.TaskEnvironment(
    name="kinds",
    image=flyte.Image.from_base("python:3.11-slim"),
)


class Color(Enum):
    RED = "red"
    GREEN = "green"


@dataclass
class Point:
    x: int
    y: float = 0.5
    tags: list[str] = field(default_factory=list)


@dataclass
class Parcel:
    content: File
    color: Color
    sent: datetime
    lasts: timedelta = timedelta(hours=1)
    origin: Optional[Point] = None


class Address(BaseModel):
    city: str
    zip: Optional[str] = None


class Person(BaseModel):
    name: str
    age: int = 30
    address: Optional[Address] = None


@env.task
async def integer(x: int) -> int:
    return x + 1


@env.task
async def floating(x: float) -> float:
    return x / 2


@env.task
async def text(x: str) -> str:
    return x.upper()


@env.task
async def flag(x: bool) -> bool:
    return not x


@env.task
async def moment(x: datetime) -> datetime:
    return x + timedelta(days=1)


@env.task
async def span(x: timedelta) -> timedelta:
    return x * 2


@env.task
async def numbers(x: list[int]) -> list[int]:
    return x[::-1]


@env.task
async def table(x: dict[str, int]) -> dict[str, int]:
    return {key: value * 10 for key, value in x.items()}


@env.task
async def nested(x: dict[str, list[int]]) -> list[dict[str, int]]:
    # A map of literals has no order.
    return [{key: sum(value)} for key, value in sorted(x.items())]


@env.task
async def maybe(x: Optional[str] = None) -> Optional[int]:
    return None if x is None else len(x)


@env.task
async def color(x: Color) -> Color:
    return Color.GREEN if x is Color.RED else Color.RED


@env.task
async def point(x: Point) -> Point:
    return Point(x=x.x + 1, y=x.y, tags=[*x.tags, "moved"])


@env.task
async def person(x: Person) -> Person:
    return x.model_copy(update={"age": x.age + 1})


@env.task
async def read_file(x: File) -> str:
    async with x.open("rb") as content:
        return bytes(await content.read()).decode()


@env.task
async def write_file(x: str) -> File:
    path = pathlib.Path(tempfile.mkdtemp()) / "written.txt"
    path.write_text(x)
    return await File.from_local(str(path))


@env.task
async def read_dir(x: Dir) -> list[str]:
    return sorted([file.name async for file in x.walk()])


@env.task
async def write_dir(x: list[str]) -> Dir:
    directory = pathlib.Path(tempfile.mkdtemp()) / "written"
    directory.mkdir()
    for name in x:
        (directory / name).write_text(name)
    return await Dir.from_local(str(directory))


@env.task
async def pair(x: int, y: str = "two") -> tuple[int, str]:
    return x, y


@env.task
async def nothing(x: int) -> None:
    return None


@env.task
async def day(x: date) -> date:
    return x + timedelta(days=1)


@env.task
async def loose(x: dict) -> dict:
    return {"given": x}


@env.task
async def by_number(x: dict[int, str]) -> dict[int, str]:
    return {key + 1: value for key, value in x.items()}


@env.task
async def people(x: list[Person]) -> dict[str, Person]:
    return {person.name: person for person in x}


@env.task
async def either(x: Union[int, str, list[int]]) -> str:
    return type(x).__name__


@env.task
async def couple(x: tuple[int, str]) -> tuple[int, str]:
    return x


@env.task
async def parcel(x: Parcel) -> Parcel:
    return x


@env.task
async def edges(x: float) -> list[float]:
    return [x, float("nan"), float("inf"), -0.0, 1e300]


@env.task
async def anything(x: Any) -> int:
    return 1


@env.task
async def bag(x: int) -> Any:
    return set(range(x))


@env.task
async def octets(x: int) -> bytes:
    return bytes(range(x))
