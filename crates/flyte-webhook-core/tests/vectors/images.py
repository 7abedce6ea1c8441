"""Writes what the Python SDK makes of many arguments of build_image.

Usage: python images.py images.json   (with flyte==2.12.1)
"""

import itertools
import json
import pathlib
import sys

import flyte
from flyte._internal.imagebuild.remote_builder import _get_layers_proto

PYTHON = [None, "3.10", "3.11", "3.14.2", "2.7"]
FLYTE = [None, "2.12.1", "v2.11.0", "2.0.0b52"]
NAMES = [None, "", "site", "a-b_c.d"]
BASES = ["ubuntu:22.04", "registry.example.com:5000/team/base@sha256:" + "0" * 64]
PACKAGES = [
    (None, None, False),
    ([], [], True),
    (["git"], None, True),
    (None, ["httpx"], False),
    (None, ["httpx"], True),
    (["git", "libpq-dev"], ["pandas[parquet]>=2,<3", "numpy==2.1.0"], False),
    (["gitlibpq-dev"], ["numpy==2.1.0", "pandas[parquet]>=2,<3"], True),
    (None, ["a b", "naïve @ git+https://example.com/ñ.git"], False),
]
# What a server without an interpreter of its own takes for the interpreter's version.
DEFAULT_PYTHON = (3, 12)


def image(base, python, version, name, apt, pip, pre):
    """As the reference's handler, but for a base image, which it fails to take."""
    parts = python.split(".") if python else []
    python = tuple(map(int, parts[:2])) if len(parts) >= 2 else DEFAULT_PYTHON
    if base:
        made = flyte.Image.from_base(base)
        if name or apt or pip:
            made = made.clone(name=name or "flyte", python_version=python, extendable=True)
    else:
        made = flyte.Image.from_debian_base(python_version=python, flyte_version=version, name=name)
    if apt:
        made = made.with_apt_packages(*apt)
    if pip:
        made = made.with_pip_packages(*pip, pre=pre)
    return made


def cases():
    debian = itertools.product([None], PYTHON, FLYTE, NAMES[:1], PACKAGES[3:4])
    named = itertools.product([None], PYTHON[1:2], FLYTE[:1], NAMES, PACKAGES)
    based = itertools.product(BASES, PYTHON[:2], FLYTE[1:2], NAMES, PACKAGES)
    for base, python, version, name, (apt, pip, pre) in itertools.chain(debian, named, based):
        made = image(base, python, version, name, apt, pip, pre)
        built = made._is_cloned
        yield {
            "base_image": base,
            "python_version": python,
            "flyte_version": version,
            "name": name,
            "apt_packages": apt,
            "pip_packages": pip,
            "pre": pre,
            "image": f"{made.name}:{made._final_tag}" if built else None,
            "spec": _get_layers_proto(made, pathlib.Path()).SerializeToString().hex() if built else None,
        }


def main(path):
    lines = ",\n  ".join(json.dumps(case, ensure_ascii=False) for case in cases())
    pathlib.Path(path).write_text(f"[\n  {lines}\n]\n")


main(*sys.argv[1:])
