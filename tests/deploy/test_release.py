"""What a release consists of, and who may publish it."""

import pathlib
import subprocess
import sys
import tarfile

import helm_python as helm
import yaml

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/chart"))

from chart import CHART, CONFIG  # noqa: E402

RELEASE = ROOT / "deploy/release"
JOBS = yaml.safe_load((RELEASE / "release.yaml").read_text())["jobs"]


def archive(directory: pathlib.Path, file: pathlib.Path) -> bytes:
    subprocess.run([RELEASE / "archive.sh", directory, file], check=True)
    return file.read_bytes()


def test_helm_takes_the_chart_of_a_release(tmp_path):
    file = tmp_path / "chart.tgz"
    archive(CHART, file)
    with tarfile.open(file) as packed:
        assert {name.split("/")[0] for name in packed.getnames()} == {CHART.name}
    with helm.Chart.load(file) as chart:
        made = chart.render({"config": CONFIG}, name="hooks", namespace="production")
    assert "kind: Deployment" in made["flyte-webhook/templates/workload.yaml"]


def test_the_same_files_are_packed_into_the_same_bytes(tmp_path):
    first, second = (tmp_path / name / "files" for name in ("a", "b"))
    for directory in (first, second):
        directory.mkdir(parents=True)
        for name in ("one", "two") if directory is first else ("two", "one"):
            (directory / name).write_text(name)
            (directory / name).chmod(0o640 if directory is first else 0o644)
    assert archive(first, tmp_path / "a.tgz") == archive(second, tmp_path / "b.tgz")


def test_what_tests_install_may_publish_nothing():
    assert "permissions" not in JOBS["test"]
    assert "bash .ci/run" in [step["run"] for step in JOBS["test"]["steps"]]
    assert JOBS["release"]["needs"] == "test"
    assert not any(".ci/run" in step["run"] for step in JOBS["release"]["steps"])


def test_registries_are_told_no_capitals():
    runs = "\n".join(step["run"] for step in JOBS["release"]["steps"])
    assert "ghcr.io/${GITHUB_REPOSITORY,,}" in runs
    assert "ghcr.io/${GITHUB_REPOSITORY_OWNER,,}/charts" in runs
