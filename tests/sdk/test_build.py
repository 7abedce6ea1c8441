"""Images that the SDK builds are found by the webhook, and the other way round."""

import json
import subprocess

from dev import DOMAIN, PLACE, PROJECT, VENV, WORKFLOWS, environment

PARAMETERS = {"name": "site", "python_version": "3.11", "flyte_version": "2.12.1", "pre": True}
PACKAGES = {"pip_packages": ["httpx"], "apt_packages": ["git"]}
# What stands in for the builder builds nothing, and says so.
HOST = "not-built.invalid"


def build(dev):
    answer = dev.client.post("/build-image", params=PARAMETERS, json=PACKAGES)
    assert answer.status_code == 200, answer.text
    return answer.json()


def built_by_sdk(dev) -> str:
    command = [VENV / "python", WORKFLOWS / "images.py", dev.control_plane, PROJECT, DOMAIN]
    finished = subprocess.run(
        command,
        env=environment(home=str(dev.home)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout.split()[-1]


def test_what_the_sdk_has_built_is_not_built_again(own_dev):
    image = built_by_sdk(own_dev)
    found = build(own_dev)
    assert image == f"{HOST}/{found['target_image']}"
    assert (found["image"], found["image_build_run_url"], found["run_name"]) == (image, None, None)


def test_what_the_webhook_has_built_is_found_by_the_sdk(own_dev):
    started = build(own_dev)
    name = started["run_name"]
    assert own_dev.finished(name) == "succeeded"
    assert started == {
        "image_build_run_url": own_dev.url(name),
        "image_name": "site",
        "base_image": "flyte-debian-base",
        **PACKAGES,
        "image": None,
        "target_image": started["target_image"],
        "run_name": name,
        **PLACE,
    }
    assert built_by_sdk(own_dev) == f"{HOST}/{started['target_image']}"
    place = ["--project", PROJECT, "--domain", DOMAIN]
    runs = json.loads(own_dev.flyte("--output-format", "json-raw", "get", "run", *place))
    assert [run["action"]["id"]["run"]["name"] for run in runs] == [name]
