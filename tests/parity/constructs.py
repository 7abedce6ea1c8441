"""What the reference makes of configurations: `constructs.py CONFIGURATIONS`, a JSON array.

Prints a JSON array: the operations of each, or what it was refused with.
"""

import json
import sys

from flyte.app.extras import FlyteWebhookAppEnvironment


def construct(arguments: dict) -> dict:
    try:
        app = FlyteWebhookAppEnvironment(**arguments).app
    except Exception as error:
        return {"refused": f"{type(error).__name__}: {error}"}
    return {"serves": operations(app.openapi())}


def operations(document: dict) -> list[str]:
    return sorted(
        f"{method} {path}" for path, methods in document["paths"].items() for method in methods
    )


if __name__ == "__main__":
    print(json.dumps([construct(arguments) for arguments in json.loads(sys.argv[1])]))
