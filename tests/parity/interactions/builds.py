"""Images that are built."""

import flyte

from control_plane import ControlPlane
from interaction import fails, post

from .tasks import CODES

BUILD = "/build-image"
IMAGE = "ImageService/GetImage"
LOCATION = "DataProxyService/CreateUploadLocation"
CREATE = "RunService/CreateRun"


def plant(control_plane: ControlPlane) -> None:
    image = flyte.Image.from_debian_base(
        name="there", python_version=(3, 12), flyte_version="2.12.1"
    ).with_pip_packages("httpx")
    control_plane.image(image.uri.rpartition("/")[2])


# What was built before is none of these requests' business.
ABSENT = [fails(IMAGE, "not_found")]

# Nothing to build: the answer needs no control plane but for who asks.
STOCK = [
    post("no image", BUILD, 200, "build-members build-caller", upstream=True),
    post("no packages", BUILD, 200, "build-members", json={"pip_packages": [], "apt_packages": None}),
    post("a platform alone", BUILD, 200, "build-members", json={"platform": ["linux/arm64", "amiga"]}),
    post("members of an image nobody knows", BUILD, 200, "build-members", json={"packages": ["a"]}),
    post("packages in the query", f"{BUILD}?pip_packages=a", 200, "build-members"),
    post("packages without a type", BUILD, 200, "build-members", body=b'{"pip_packages": ["a"]}'),
]  # fmt: skip

REFUSED = [
    post("null for three members", BUILD, 422, body=b"null", headers=[("content-type", "application/json")]),
    post("an array for three members", BUILD, 422, json=[1]),
    post("packages that are a text", BUILD, 422, json={"pip_packages": "a"}),
    post("packages that are numbers", BUILD, 422, json={"pip_packages": ["a", 1]}),
    post("everything of another type", f"{BUILD}?pre=maybe", 422, json={"pip_packages": 1, "apt_packages": {}, "platform": "a"}),
    post("an image that breaks off", BUILD, 422, body=b'{"pip_packages": [', headers=[("content-type", "application/json")]),
    post("a version that is none", f"{BUILD}?python_version=3.x", (500, 422), "build-values"),
    post("a package of two lines", BUILD, (500, 422), "build-values", json={"pip_packages": ["a\nRUN b"]}),
    post("a name of two lines", f"{BUILD}?name=a%0Ab", (500, 422), "build-values", json={"apt_packages": ["git"]}),
]  # fmt: skip

BUILT = [
    post("an image that is there", f"{BUILD}?name=there&python_version=3.12&flyte_version=2.12.1", 200, "build-members", json={"pip_packages": ["httpx"]}),
    post("a build", BUILD, (500, 200), "build-answer build-defaults build-members", json={"pip_packages": ["httpx"]}, faults=ABSENT),
    post("a build with all that there is", f"{BUILD}?name=site&python_version=3.12&flyte_version=2.12.1&pre=true", (500, 200), "build-answer build-members", json={"pip_packages": ["a", "b"], "apt_packages": ["git"], "platform": ["linux/amd64"]}, faults=ABSENT),
    post("a name alone", f"{BUILD}?name=named&python_version=3.12", (500, 200), "build-answer build-members", faults=ABSENT),
    post("a version without a dot", f"{BUILD}?python_version=3&name=undotted", (500, 200), "build-answer build-defaults build-members", faults=ABSENT),
    post("a version of three parts", f"{BUILD}?python_version=3.12.1&name=three", (500, 200), "build-answer build-members", faults=ABSENT),
    post("an old version", f"{BUILD}?python_version=2.7&name=old", (500, 200), "build-answer build-members", faults=ABSENT),
    post("a base", f"{BUILD}?base_image=ubuntu:22.04", (500, 200), "build-base build-members", faults=ABSENT),
    post("a base and packages", f"{BUILD}?base_image=ubuntu:22.04&name=based", (500, 200), "build-base build-members", json={"apt_packages": ["git"]}, faults=ABSENT),
    post("the same image again", f"{BUILD}?name=twice&python_version=3.12", (500, 200), "build-answer build-cache build-members", upstream=True, before=[("POST", f"{BUILD}?name=twice&python_version=3.12", b"{}")], faults=ABSENT),
]  # fmt: skip

FAILS = [
    post(
        f"looking an image up fails as {code}",
        f"{BUILD}?name=lookup-{code}&python_version=3.12",
        (500, 200 if code in ("not_found", "unimplemented") else status),
        "build-answer build-members"
        if code in ("not_found", "unimplemented")
        else "build-lookup build-answer",
        faults=[fails(IMAGE, code)],
    )
    for code, status in CODES.items()
] + [
    post(
        f"{step} fails as {code} when an image is built",
        f"{BUILD}?name=step-{code.replace('_', '-')}-{number}&python_version=3.12",
        (500, status),
        "upstream-status upstream-words",
        faults=[fails(method, code)],
    )
    for number, (step, method) in enumerate((("the upload", LOCATION), ("the start", CREATE)))
    for code, status in CODES.items()
    if code in ("unauthenticated", "permission_denied", "invalid_argument")
]

INTERACTIONS = STOCK + REFUSED + BUILT + FAILS
