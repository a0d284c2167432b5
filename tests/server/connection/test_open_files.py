"""The server raises its limit of open files, on systems that answer in different ways."""

import resource
from collections.abc import Callable

import pytest

from tickiti_server import serve
from tickiti_server.settings import MOST_CONNECTIONS

INFINITY = resource.RLIM_INFINITY
Limit = tuple[int, int]


class Kernel:
    """getrlimit and setrlimit of one system."""

    def __init__(self, limit: Limit, *, refuses: Callable[[int], bool]) -> None:
        self.limit = limit
        self.refuses = refuses

    def getrlimit(self, _which: int) -> Limit:
        return self.limit

    def setrlimit(self, _which: int, limit: Limit) -> None:
        if self.refuses(limit[0]):
            raise ValueError("current limit exceeds maximum limit")
        self.limit = limit


def macos(soft: int) -> Kernel:
    """setrlimit(2): it "no longer accepts rlim_cur = RLIM_INFINITY"; no more than OPEN_MAX."""
    return Kernel((soft, INFINITY), refuses=lambda most: most in (INFINITY, -1) or most > 10_240)


SYSTEMS = {
    "macOS": (macos(256), 10_240, MOST_CONNECTIONS),
    "macOS with more": (macos(4096), 10_240, MOST_CONNECTIONS),
    "Linux": (Kernel((1024, 4096), refuses=lambda most: most > 4096), 4096, None),
    "Linux without limit": (
        Kernel((1024, INFINITY), refuses=lambda most: most == INFINITY), 10_240, MOST_CONNECTIONS,
    ),
    "a container that refuses": (Kernel((256, INFINITY), refuses=lambda _: True), 256, None),
    "hardly any": (Kernel((64, 64), refuses=lambda _: False), 64, None),
    "a large one that is capped": (
        Kernel((256, 1_048_576), refuses=lambda most: most > 20_000), 10_240, MOST_CONNECTIONS,
    ),
}  # fmt: skip


@pytest.mark.parametrize("system", SYSTEMS)
def test_connections_are_limited_by_the_open_files_of_the_system(
    monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    kernel, soft, connections = SYSTEMS[system]
    monkeypatch.setattr(serve.resource, "getrlimit", kernel.getrlimit)
    monkeypatch.setattr(serve.resource, "setrlimit", kernel.setrlimit)
    found = serve.most_connections()
    assert kernel.limit[0] == soft
    assert 1 <= found <= MOST_CONNECTIONS
    assert connections is None or found == connections
