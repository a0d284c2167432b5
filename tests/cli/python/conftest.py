"""The client for Python against the running server, with a home of its own."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.cli import Admin, Cli
from tickiti_cli.python import Client


@pytest.fixture
def client(admin: Admin, run: Cli) -> Iterator[Client]:
    with Client(admin.base_url, admin.token, environ=run.environ({})) as found:
        yield found


Connected = Callable[..., Client]


@pytest.fixture
def connect(run: Cli) -> Iterator[Connected]:
    """Makes a client of the given arguments, which sees the test's home alone."""
    made: list[Client] = []

    def connected(*arguments: str, **named: object) -> Client:
        made.append(Client(*arguments, environ=run.environ({}), **named))  # type: ignore[arg-type]
        return made[-1]

    yield connected
    for one in made:
        one.close()
