"""This server as an app of Flyte itself.

    flyte deploy --project site --domain production deploy/flyte_app.py env

The platform's variables tell the server where the control plane is, which project and
domain it belongs to and where to listen; ENVIRONMENT says the rest, a key of the
configuration each. The image has to be in a registry that the cluster reaches:
FLYTE_WEBHOOK_IMAGE names it.

An app has no volume, so hooks answer when their run exists (`ack: launched`); with
`inbox.postgres_url` an accepted delivery is kept elsewhere.
"""

import os

import flyte
import flyte.app

IMAGE = os.environ.get("FLYTE_WEBHOOK_IMAGE", "flyte-webhook:0.1.0")

# What differs from config/default.yaml. A list or a mapping is YAML.
ENVIRONMENT = {
    "FLYTE_WEBHOOK__ENDPOINT_GROUPS": "[core, task, run, app]",
    # Apps in the cluster, which `call_app` may reach.
    "FLYTE_WEBHOOK__EGRESS__ALLOW": "[.svc.cluster.local]",
}

# Secrets of the platform, for ${NAME} in the configuration:
# [flyte.Secret(key="github-webhook", as_env_var="GITHUB_WEBHOOK_SECRET")].
SECRETS: list[flyte.Secret] = []

env = flyte.app.AppEnvironment(
    name=os.environ.get("FLYTE_WEBHOOK_APP", "webhook"),
    image=flyte.Image.from_base(IMAGE),
    command=["flyte-webhook", "serve"],
    port=8080,
    # The callers' own tokens and the signatures of deliveries are looked at by the
    # server; GitHub and others could not sign in to the platform.
    requires_auth=False,
    env_vars=ENVIRONMENT,
    secrets=SECRETS or None,
    resources=flyte.Resources(cpu=("100m", "1"), memory=("64Mi", "512Mi")),
    # One is always there: a provider does not wait for a pod to start. It waits for
    # little else, so one replica takes many requests at once.
    scaling=flyte.app.Scaling(
        replicas=(1, 3),
        metric=flyte.app.Scaling.Concurrency(200),
        scaledown_after=300,
    ),
    # Longer than limits.max_wait, which is 240 s.
    timeouts=flyte.app.Timeouts(request=300),
    links=[
        flyte.app.Link(path="/docs", title="API", is_relative=True),
        flyte.app.Link(path="/redoc", title="API, to read", is_relative=True),
    ],
)
