"""Models that are fetched from Hugging Face."""

from control_plane import ControlPlane, spec
from interaction import TWIN, fails, get, post
from values import chosen, integer, kind, nothing, several, text, variant

FETCH = "/prefetch/hf-model"
REPO = f"{FETCH}?repo=org/model"
DETAILS = "RunService/GetRunDetails"
# The task that the reference sends along, and the one that is registered for this server.
STORE = spec("prefetch-hf-model.store_hf_model_task", {"info": kind("str")}, {"o0": kind("dir")})


def plant(control_plane: ControlPlane) -> None:
    inputs = {"repo": kind("str"), "artifact_name": kind("maybe_text"), "modality": kind("texts")}
    defaults = {"artifact_name": chosen(nothing(), variant("maybe_text", 1)), "modality": several(text("text"))}
    place = {"project": "system", "domain": "production"}
    control_plane.task(spec("prefetch.hf_model", inputs, defaults=defaults, **place))
    data = {"inputs": {"info": text("{}")}}
    control_plane.run("fetched", STORE, **data)
    control_plane.run("fetching", STORE, "running", **data)
    control_plane.run("unfetched", STORE, "failed", error="it broke", **data)
    control_plane.run("no-fetch", spec("other", outputs={"o0": kind("int")}), outputs={"o0": integer(1)})
    for side in ("reference", "here"):
        control_plane.run(f"fetching-{side}", STORE, "running", **data)
        control_plane.run(f"no-fetch-{side}", spec("other"), "running")


REFUSED = [
    post("no repository", FETCH, 422),
    post("a number that is none", f"{REPO}&force=1.5", 422),
    post("modalities that are an object", REPO, 422, json={"modality": ["text"]}),
    post("modalities that are numbers", REPO, 422, json=["text", 1]),
    post("modalities without a type", REPO, 422, body=b'["text"]'),
    post("no repository and no modalities", f"{FETCH}?force=x", 422, json="text"),
    post("modalities that break off", REPO, 422, body=b"[", headers=[("content-type", "application/json")]),
    post("an artifact's name of two words", f"{REPO}&artifact_name=a.b", (500, 422), "prefetch-parameters"),
]  # fmt: skip

RUNS = [
    get("a model that is fetched", f"{FETCH}/fetched", 200, "run-location"),
    get("a model that is being fetched", f"{FETCH}/fetching", 200, "run-location"),
    get("a model that cannot be fetched", f"{FETCH}/unfetched", 200, "run-location"),
    get("a model's inputs", f"{FETCH}/fetched/io", 200, "output-none run-location"),
    get("a model's inputs while it is fetched", f"{FETCH}/fetching/io", 200, "run-location"),
    get("why a model cannot be fetched", f"{FETCH}/unfetched/io", 200, "output-failed run-location"),
    post("fetching is aborted", f"{FETCH}/fetching-{TWIN}/abort?reason=enough", 200, "run-location"),
    get("a fetch that is not", f"{FETCH}/missing", 404, "upstream-words"),
    get("what a fetch that is not made", f"{FETCH}/missing/io", 404, "upstream-words"),
    post("a fetch that is not is aborted", f"{FETCH}/missing/abort", (500, 404), "abort-not-found upstream-words"),
    get("a run that fetches nothing", f"{FETCH}/no-fetch", (200, 404), "prefetch-runs"),
    get("what a run that fetches nothing made", f"{FETCH}/no-fetch/io", (200, 404), "prefetch-runs"),
    post("a run that fetches nothing is aborted", f"{FETCH}/no-fetch-{TWIN}/abort", (200, 404), "prefetch-runs"),
    get("a fetch under an allowlist", f"{FETCH}/fetched", 200, "run-location", configuration="allowlists"),
    *[
        get(f"a fetch is looked up and fails as {code}", f"{FETCH}/fetched", (404, status), "upstream-status upstream-words", faults=[fails(DETAILS, code)])
        for code, status in (("unauthenticated", 401), ("permission_denied", 403))
    ],
]  # fmt: skip

STARTED = [
    post("a model is fetched", REPO, 200, "own-task prefetch-overrides run-location", json=["text"], configuration="fetching"),
    post("null for modalities", REPO, 200, "own-task prefetch-overrides run-location", body=b"null", headers=[("content-type", "application/json")], configuration="fetching"),
    post("no modalities", REPO, 200, "own-task prefetch-overrides run-location", json=[], configuration="fetching"),
    post("a model is fetched under a name", f"{REPO}&artifact_name=mine", 200, "own-task prefetch-overrides run-location", configuration="fetching"),
    post("a parameter that the task does not take", f"{REPO}&architecture=x", (200, 422), "prefetch-parameters", configuration="fetching"),
    post("a repository of no grammar", f"{FETCH}?repo=../etc", (200, 422), "prefetch-parameters", configuration="fetching"),
    post("a quantity that is none", f"{REPO}&cpu=abc", (200, 422), "prefetch-parameters", configuration="fetching"),
    post("fetching fails as it starts", REPO, (500, 401), "upstream-status upstream-words own-task", faults=[fails("RunService/CreateRun", "unauthenticated")], configuration="fetching"),
]  # fmt: skip

INTERACTIONS = STARTED + REFUSED + RUNS
