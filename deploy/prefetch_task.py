"""The task behind `POST /prefetch/hf-model`: fetches a model from Hugging Face.

The Flyte SDK has such a task of its own, which takes `repo`, `artifact_name` and
`short_description`. This one takes every parameter of the endpoint. Deploy it where
`prefetch` in the webhook's configuration looks for it:

    flyte deploy --project system --domain production deploy/prefetch_task.py env

Set FLYTE_PREFETCH_IMAGE to an image that has the packages below, to build none, and
FLYTE_PREFETCH_HF_TOKEN_KEY to the secret with the token that every run shall have.
Without a token only public models are fetched; a caller names another secret with
`hf_token_key`.
"""

import os

import flyte
from flyte.io import Dir
from flyte.prefetch._hf_model import HF_DOWNLOAD_IMAGE_PACKAGES, HuggingFaceModelInfo, store_hf_model_task

IMAGE = os.environ.get("FLYTE_PREFETCH_IMAGE")
TOKEN_KEY = os.environ.get("FLYTE_PREFETCH_HF_TOKEN_KEY")

env = flyte.TaskEnvironment(
    name="prefetch",
    image=IMAGE
    or flyte.Image.from_debian_base(name="prefetch-hf-model-image").with_pip_packages(*HF_DOWNLOAD_IMAGE_PACKAGES),
    resources=flyte.Resources(cpu="2", memory="8Gi", disk="50Gi"),
    # A secret that does not exist keeps a run from starting, so there is none by default.
    secrets=[flyte.Secret(key=TOKEN_KEY, as_env_var="HF_TOKEN")] if TOKEN_KEY else None,
)


@env.task(report=True, produces_artifacts=True, cache="auto")
def hf_model(
    repo: str,
    artifact_name: str | None = None,
    architecture: str | None = None,
    task: str = "auto",
    modality: list[str] = ["text"],  # noqa: B006 - a default that the control plane stores
    serial_format: str | None = None,
    model_type: str | None = None,
    short_description: str | None = None,
    raw_data_path: str | None = None,
    force: int = 0,
) -> Dir:
    """Fetches a model and publishes it as an artifact.

    Results are kept: the same arguments give the same model again, but for another `force`.
    """
    info = HuggingFaceModelInfo(
        repo=repo,
        artifact_name=artifact_name,
        architecture=architecture,
        task=task,
        modality=tuple(modality),
        serial_format=serial_format,
        model_type=model_type,
        short_description=short_description,
    )
    return store_hf_model_task(info.model_dump_json(), raw_data_path)
