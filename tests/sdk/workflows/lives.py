"""Tasks that fail, take long, or need a second attempt."""

import asyncio
import os
import pathlib
import subprocess
import sys

import flyte
import flyte.errors

env = flyte.TaskEnvironment(
    name="lives",
    image=flyte.Image.from_base("python:3.11-slim"),
)


def sign(path: str) -> None:
    """Appends this process and a child of its own to a file, in one write."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with pathlib.Path(path).open("a") as file:
        file.write(f"{os.getpid()} {child.pid}\n")


@env.task
async def boom(x: int) -> int:
    raise ValueError(f"no {x} today")


@env.task
async def endless(path: str) -> int:
    sign(path)
    await asyncio.sleep(600)
    return 1


@env.task(retries=1)
async def second_attempt(path: str) -> int:
    """Fails when it runs for the first time."""
    attempt = flyte.ctx().attempt_number
    if attempt == 0:
        raise RuntimeError("not yet")
    return attempt


@env.task(retries=1)
async def survivor(path: str) -> int:
    """Waits for ever when it runs for the first time."""
    if flyte.ctx().attempt_number == 0:
        sign(path)
        await asyncio.sleep(600)
    return flyte.ctx().attempt_number


@env.task
async def mother(path: str) -> int:
    """Fails with its children."""
    return sum(await asyncio.gather(endless(path), endless(path)))


@env.task(retries=1)
async def father(path: str) -> int:
    """Goes on where its child can."""
    return await survivor(path)


@env.task
async def hopeful(n: int) -> str:
    """Survives the failure of its child."""
    try:
        return str(await boom(n))
    except flyte.errors.RuntimeUserError as error:
        return f"{error.code}: {error}"


@env.task
async def talkative(lines: int) -> None:
    for line in range(lines):
        print(f"line {line} of {lines}")


@env.task
async def child(x: int) -> int:
    return x * x


@env.task
async def parent(n: int) -> int:
    return sum(await asyncio.gather(*[child(x) for x in range(n)]))
