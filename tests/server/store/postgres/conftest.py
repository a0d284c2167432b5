"""A database of the tests' own cluster for each test."""

from pathlib import Path

import pytest

from tests.support import postgres
from tests.support.cluster import Cluster, cluster, is_installed


@pytest.fixture(scope="session")
def server() -> Cluster:
    if not is_installed():
        pytest.skip("postgresql is not installed")
    return cluster()


@pytest.fixture
def empty(server: Cluster, tmp_path: Path) -> str:
    """The URL of a database without tables."""
    return postgres.url_of(tmp_path / "empty.db")


@pytest.fixture
def url(server: Cluster, tmp_path: Path) -> str:
    """The URL of a migrated database."""
    assert server
    return postgres.migrated(tmp_path / "whole.db")
