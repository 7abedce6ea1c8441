"""The configurations that both servers run in."""

from dataclasses import dataclass, field

# The servers' own app.
NAME = "hook"


@dataclass(frozen=True)
class Configuration:
    """What both are told, and what this server alone knows."""

    shared: dict = field(default_factory=dict)
    here: dict = field(default_factory=dict)
    # Which of the reference's processes serves it: one that waits for itself serves nobody,
    # and what one request loads is there for the next.
    process: str = "main"


CONFIGURATIONS = {
    "all": Configuration(),
    "groups": Configuration({"endpoint_groups": ["core", "run"]}),
    "endpoints": Configuration({"endpoints": ["me", "get_task"]}),
    "every group": Configuration({"endpoint_groups": ["all", "core"]}),
    "no group": Configuration({"endpoint_groups": []}),
    "allowlists": Configuration(
        {
            "task_allowlist": [
                "plain",
                "flytesnacks/of-project",
                "development/flytesnacks/of-domain",
                "env.dotted",
            ],
            "app_allowlist": ["demo-echo", "on-reference", "on-here"],
            "trigger_allowlist": ["hourly", "plain/daily"],
        },
    ),
    "nothing allowed": Configuration(
        {"task_allowlist": [], "app_allowlist": [], "trigger_allowlist": []}
    ),
    "titled": Configuration({"title": "A title", "description": "Some words"}),
    "fresh": Configuration(process="fresh"),
    "fetching": Configuration(process="fetching"),
    "looping": Configuration(process="looping"),
    "calling itself": Configuration(process="calling itself"),
    "beyond": Configuration(
        here={
            "endpoints": ["me", "run_task", "get_run", "activate_trigger", "run_trigger"],
            "compat": {"guide_routes": True},
        }
    ),
    "verified": Configuration(
        here={
            "auth": {
                "jwt": {
                    "issuer": "https://issuer.test/",
                    "audiences": ["flyte"],
                    # Nobody listens there: no key is ever known.
                    "jwks_url": "http://127.0.0.1:9/jwks.json",
                }
            }
        }
    ),
    "some tasks": Configuration({"task_allowlist": ["partly"]}),
    "bounded": Configuration(
        here={
            "limits": {"max_wait": "1s", "max_body_bytes": 10_000},
            "call_app": {
                "max_response_bytes": 1_000,
                "apps": [{"app": "demo-echo", "forward_credentials": True}],
            },
        }
    ),
}
