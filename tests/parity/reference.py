"""The reference server, in several configurations in one process.

`reference.py CONFIGURATIONS`: a JSON object of name to port, arguments of
`FlyteWebhookAppEnvironment` and, where it is not to be quiet, of `uvicorn.Config`. Where the
control plane is say the platform's variables.
"""

import asyncio
import json
import sys

import flyte
import uvicorn
from flyte.app.extras import FlyteWebhookAppEnvironment

# What the reference's middleware and this suite's normalisation do not need.
QUIET = {"log_level": "warning", "access_log": False}


async def main(configurations: dict) -> None:
    await flyte.init_in_cluster.aio()
    servers = []
    for configuration in configurations.values():
        environment = FlyteWebhookAppEnvironment(**configuration["arguments"])
        told = {"host": "127.0.0.1", "port": configuration["port"]}
        config = uvicorn.Config(environment.app, **told, **configuration.get("uvicorn", QUIET))
        servers.append(uvicorn.Server(config).serve())
    await asyncio.gather(*servers)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
