"""deploy/flyte_app.py, deployed by the SDK and used as an app."""

import re

import httpx
import pytest

from dev import DOMAIN, PATH, PROJECT, ROOT, Dev, binary

PLACE = ["--project", PROJECT, "--domain", DOMAIN]
TOKEN = {"Authorization": "Bearer somebody"}


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The server's URL as an app, behind a server that started it."""
    # The image would have it there.
    path = f"{binary().parent}:{PATH}"
    dev = Dev(tmp_path_factory.mktemp("app"), path=path).start()
    try:
        dev.flyte("deploy", *PLACE, "flyte_app.py", "env", directory=ROOT / "deploy")
        answer = dev.client.post("/app/webhook/activate?wait=true", timeout=60)
        assert answer.status_code == 200, answer.text
        assert answer.json()["is_active"]
        yield dev, answer.json()["endpoint"]
    finally:
        dev.stop()


def test_it_serves_its_documentation_at_its_public_url(app):
    _, url = app
    page = httpx.get(f"{url}/docs")
    assert page.status_code == 200
    assert "text/html" in page.headers["content-type"]
    assert httpx.get(f"{url}/health").json() == {"status": "healthy"}


def test_it_serves_what_its_environment_says_and_nothing_else(app):
    _, url = app
    paths = httpx.get(f"{url}/openapi.json").json()["paths"]
    groups = {path.split("/")[1] for path in paths}
    assert {"run-task", "run", "task", "app", "me", "health"} <= groups
    assert not {"build-image", "prefetch", "trigger"} & groups


def test_it_starts_a_run_at_the_control_plane_that_runs_it(app):
    dev, url = app
    path = f"/run-task/{DOMAIN}/{PROJECT}/demo.hello?wait=30"
    answer = httpx.post(f"{url}{path}", json={"name": "Ada"}, headers=TOKEN, timeout=60)
    assert answer.status_code == 200, answer.text
    assert answer.json()["outputs"] == {"o0": "Hello, Ada!"}
    assert dev.io(answer.json()["name"])["outputs"] == {"o0": "Hello, Ada!"}


def test_it_lets_nobody_in_without_credentials(app):
    _, url = app
    assert httpx.get(f"{url}/me").status_code == 401


def test_it_knows_itself_and_does_not_act_on_itself(app):
    _, url = app
    answer = httpx.post(f"{url}/app/webhook/deactivate", headers=TOKEN)
    assert answer.status_code == 400, answer.text


def test_it_is_called_through_another(app):
    dev, _ = app
    answer = dev.client.post("/app/webhook/call?path=/health&method=GET")
    assert (answer.status_code, answer.json()) == (200, {"status": "healthy"})


def test_it_is_described_as_the_sdk_shows_apps(app):
    dev, _ = app
    shown = dev.flyte("get", "app", *PLACE, "webhook")
    assert "flyte-webhook:0.1.0" in shown
    assert re.search(r"/docs", shown), shown


def test_the_image_is_that_of_the_version():
    version = re.search(r'^version = "(.*)"$', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]
    assert f'"flyte-webhook:{version}"' in (ROOT / "deploy/flyte_app.py").read_text()
