"""What has one order here, and in the reference another in each process."""

import httpx

from entries import shows


def url(servers) -> str:
    return f"http://127.0.0.1:{servers.ports['here']['all']}"


@shows("input-struct-order")
def test_fields_of_a_struct_have_one_order(servers):
    path = "/run-task/development/flytesnacks/takes.point"
    headers = {"authorization": "Bearer x"}
    answer = httpx.post(url(servers) + path, json={"x": {"x": 1}}, headers=headers)
    assert answer.status_code == 200, answer.text
    [given] = servers.control_plane.inputs_of(answer.json()["name"])
    fields = given["value"]["scalar"]["binary"]["msgpack"]
    assert list(fields) == ["'x'", "'near'", "'tags'", "'y'"]


@shows("output-map-order")
def test_keys_of_a_map_have_one_order(servers):
    answer = httpx.get(url(servers) + "/run/io-unsorted/io", headers={"authorization": "Bearer x"})
    assert list(answer.json()["outputs"]["o0"]) == ["a", "b", "c", "d"]
