"""The call of a server in test mode, and the error where a server is not in test mode."""

from collections.abc import Mapping
from typing import Any

from tickiti_cli.api.reply import Reply
from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.contract.errors import NotFound
from tickiti_cli.errors import NotOffered
from tickiti_cli.runtime import Runtime


def call(runtime: Runtime, row: Endpoint, body: Mapping[str, Any]) -> Reply:
    """Call an endpoint of test mode. Raises NotOffered where the server is not in test mode."""
    try:
        return runtime.client.call(row, body)
    except NotFound as error:
        if error.code != NotFound.code:
            raise
        raise _not_in_test_mode() from None
    except NotOffered:
        raise _not_in_test_mode() from None


def _not_in_test_mode() -> NotOffered:
    return NotOffered(
        "This server is not in test mode.",
        hint="Start one: tickiti server start --name test --test --memory --port 0 --detach",
    )
