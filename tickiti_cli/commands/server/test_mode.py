"""The call of a server in test mode, and the error where a server is not in test mode."""

from collections.abc import Mapping
from typing import Any

from tickiti_cli.api.reply import Reply, not_in_test_mode
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
        raise not_in_test_mode() from None
    except NotOffered:
        raise not_in_test_mode() from None
