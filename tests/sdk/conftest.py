"""Fixtures: one server for the session, and one for those who kill theirs."""

import pytest

from dev import Dev


@pytest.fixture(scope="session")
def dev(tmp_path_factory):
    """A server with both workflow files deployed."""
    server = Dev(tmp_path_factory.mktemp("dev")).start()
    try:
        server.deploy("kinds", "v1")
        server.deploy("lives", "v1")
        yield server
    finally:
        assert server.stop() == 0, server.log.read_text()


@pytest.fixture
def own_dev(tmp_path):
    """A server of the test's own."""
    server = Dev(tmp_path).start()
    try:
        yield server
    finally:
        server.stop()
