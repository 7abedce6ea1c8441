"""The chart is installed as the README says."""

import pathlib
import re
import shlex

import helm_python as helm

ROOT = pathlib.Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def test_the_chart_renders_with_what_the_readme_sets():
    (block,) = re.findall(r"^```sh\n(helm .*?)^```$", README, re.DOTALL | re.MULTILINE)
    words = shlex.split(block.replace("\\\n", ""))
    assert words[:3] == ["helm", "install", "hooks"]
    sets = [words[at + 1] for at, word in enumerate(words) if word == "--set"]
    values = helm.parse_set_string(",".join(sets))
    with helm.Chart.load(ROOT / words[3]) as chart:
        chart.validate_schema(values)
        made = chart.render(values, name=words[2], namespace="default")
    assert "acme.hosted.unionai.cloud" in made["flyte-webhook/templates/configmap.yaml"]
