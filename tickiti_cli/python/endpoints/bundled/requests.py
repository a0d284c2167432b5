"""The request log under `/_tickiti/`; only on the bundled server.

Generated: `python -m tickiti_server.documentation.python_client`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Unpack

from tickiti_cli.python.group import Group

if TYPE_CHECKING:
    from tickiti_cli.python import types


class Requests(Group):
    """`client.requests`."""

    def index(self, **body: Unpack[types.RequestIndex]) -> types.Requests:
        """List recent requests, newest first.

        A restart of the server starts a new log; all of its requests count as newer than
        `since`. Headers and bodies are recorded if the server was started with --record-bodies
        or --test.

        Example::

            client.requests.index(limit=20, status="4xx")
        """
        return self._call("requests.index", body)

    def index_all(self, **body: Unpack[types.RequestIndex]) -> Iterator[types.ListedRequest]:
        """Yield every row of `index`, page by page.

        Example::

            for row in client.requests.index_all(status="4xx"):
                print(row)
        """
        return self._rows("requests.index", body, member="requests", size="limit")

    def show(self, **body: Unpack[types.FindRequest]) -> types.ListedRequest:
        """Show a recent request, with headers and bodies if they were recorded.

        Example::

            client.requests.show(request_id="5f0c21aa-1c3")
        """
        return self._call("requests.show", body)
