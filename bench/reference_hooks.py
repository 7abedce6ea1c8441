"""The Python server of webhooks, with one provider and a handler that does nothing: `PORT`."""

import json
import os
import sys

import uvicorn
from flyte.extras.webhooks import WebhookAppEnvironment
from flyte.extras.webhooks._event import WebhookEvent
from flyte.extras.webhooks._provider import Provider, constant_time_equals, hex_hmac_sha256

SECRET = "BENCH_SECRET"


def verify(body, headers, secret) -> bool:
    given = {name.lower(): value for name, value in headers.items()}
    signature = given.get("x-hub-signature-256", "").removeprefix("sha256=")
    return constant_time_equals(signature, hex_hmac_sha256(secret, body))


def parse(headers, body) -> WebhookEvent:
    given = {name.lower(): value for name, value in headers.items()}
    payload = json.loads(body)
    return WebhookEvent(
        provider="github",
        event_type=given.get("x-github-event", ""),
        delivery_id=given.get("x-github-delivery", ""),
        scope=payload["repository"]["full_name"],
        payload=payload,
    )


environment = WebhookAppEnvironment(
    name="hooks",
    providers=[Provider(name="github", secret_env=SECRET, verify=verify, parse=parse)],
)


@environment.on_event("push")
async def nothing(event: WebhookEvent) -> None:
    pass


if __name__ == "__main__":
    assert os.environ[SECRET]
    # As it comes, with its log of requests.
    uvicorn.run(environment.app, host="127.0.0.1", port=int(sys.argv[1]))
