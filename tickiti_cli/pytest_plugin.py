"""The fixtures of `pip install 'tickiti[pytest]'`: a helpdesk that is real and empty in each test.

Rule: every run of pytest imports this module, so that it imports nothing but pytest. A fixture
imports the rest.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tickiti_cli.python.helpdesk import Helpdesk
    from tickiti_cli.python.own_server import OwnServer


@pytest.fixture(scope="session")
def tickiti_server(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[OwnServer]":
    """A bundled server of this session, in test mode on a free port. With pytest-xdist each worker
    has its own."""
    from tickiti_cli.python.own_server import OwnServer  # noqa: PLC0415 - see the rule above

    with OwnServer(tmp_path_factory.mktemp("tickiti")) as server:
        yield server


@pytest.fixture
def tickiti(tickiti_server: "OwnServer") -> "Iterator[Helpdesk]":
    """The helpdesk of this test: empty, with the machine's time and without faults."""
    from tickiti_cli.python.helpdesk import Helpdesk  # noqa: PLC0415 - see the rule above

    helpdesk = Helpdesk(tickiti_server)
    try:
        helpdesk.reset()
        yield helpdesk
    finally:
        helpdesk.close()
