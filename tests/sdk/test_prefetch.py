"""deploy/prefetch_task.py, started over HTTP, fetches a model from a hub of the test's own."""

import pytest

import hub
from dev import PLACE, ROOT, Dev

TASK = "deploy/prefetch_task.py"
DEPLOYED_TO = ["--project", "system", "--domain", "production"]
GIVEN = {
    "repo": hub.REPO,
    "artifact_name": "tiny",
    "architecture": "llama",
    "task": "generate",
    "serial_format": "safetensors",
    "model_type": "transformer",
    "short_description": "The least",
    "force": 2,
}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A server whose runs find their hub here, with the task deployed."""
    with hub.Hub() as running:
        configuration = f"run_environment: {{HF_ENDPOINT: '{running.url}'}}\n"
        server = Dev(tmp_path_factory.mktemp("models"), configuration=configuration).start()
        try:
            # Tasks of `dev` run in no image.
            image = "python:3.12"
            deploy = ["deploy", *DEPLOYED_TO, "--version", "v1", TASK, "env"]
            server.flyte(*deploy, directory=ROOT, FLYTE_PREFETCH_IMAGE=image)
            yield server
        finally:
            server.stop()


def start(dev, **parameters):
    answer = dev.client.post("/prefetch/hf-model", params=parameters, json=["text", "image"])
    assert answer.status_code == 200, answer.text
    name = answer.json()["name"]
    started = {"name": name, "url": dev.url(name), "phase": "queued", "done": False, **PLACE}
    assert answer.json() == started
    return name


def io(dev, name):
    answer = dev.client.get(f"/prefetch/hf-model/{name}/io")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_model_is_fetched_with_every_parameter(models, tmp_path):
    stored = tmp_path / "stored"
    name = start(models, raw_data_path=str(stored), **GIVEN)
    assert models.finished(name) == "succeeded", io(models, name)
    shown = io(models, name)
    given = {**GIVEN, "raw_data_path": str(stored), "modality": ["text", "image"]}
    assert (shown["phase"], shown["inputs"]) == ("succeeded", given)
    assert shown["outputs"]["o0"]["path"] == str(stored)
    fetched = {path.name: path.read_bytes() for path in stored.iterdir()}
    assert fetched == hub.FILES
    state = models.client.get(f"/prefetch/hf-model/{name}").json()
    assert (state["phase"], state["done"]) == ("succeeded", True)


def test_a_model_that_is_not_there_fails_the_run_and_says_so(models):
    name = start(models, repo="nobody/nothing")
    assert models.finished(name) == "failed"
    shown = io(models, name)
    assert shown["inputs"]["artifact_name"] is None
    assert shown["outputs"] is None
    error = shown["error"]
    assert error["message"] == "Repository nobody/nothing does not exist in HuggingFace."


def test_other_resources_and_another_secret_change_nothing_else(models):
    name = start(models, repo="nobody/nothing", cpu="1", memory="1Gi", disk="1Gi", hf_token_key="MINE")
    assert models.finished(name) == "failed"
    assert "does not exist" in io(models, name)["error"]["message"]
