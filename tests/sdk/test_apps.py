"""An app that the SDK deployed, through the webhook."""

from dev import DOMAIN, PROJECT, WORKFLOWS

PLACE = ["--project", PROJECT, "--domain", DOMAIN]


def post(dev, path, body=None):
    answer = dev.client.post(path, json=body or {}, timeout=120)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_deployed_app_is_started_called_and_stopped(own_dev):
    dev = own_dev
    dev.flyte("deploy", *PLACE, "--version", "v1", "greeter.py", "env")
    assert post(dev, "/app/greeter/activate?wait=true")["is_active"]
    body = {"query_params": {"name": "Ada"}}
    answer = post(dev, "/app/greeter/call?path=/hello", body)
    assert answer == {"path": "/hello?name=Ada", "project": PROJECT}
    stopped = post(dev, "/app/greeter/deactivate?wait=true")
    assert (stopped["is_active"], stopped["is_deactivated"]) == (False, True)
    assert dev.client.post("/app/greeter/call?path=/hello").status_code == 409


def test_the_sdk_activates_what_the_webhook_stopped(own_dev):
    import flyte
    import flyte.remote

    dev = own_dev
    flyte.init(
        endpoint=dev.control_plane,
        insecure=True,
        project=PROJECT,
        domain=DOMAIN,
        root_dir=WORKFLOWS,
    )
    assert post(dev, "/app/demo-echo/deactivate?wait=true")["is_deactivated"]
    app = flyte.remote.App.get(name="demo-echo")
    assert app.is_deactivated()
    # What the SDK returns is the state before it waited.
    app.activate(wait=True)
    assert dev.client.get("/app/demo-echo").json()["is_active"]
    flyte.remote.App.get(name="demo-echo").deactivate(wait=True)
    assert dev.client.get("/app/demo-echo").json()["is_deactivated"]
