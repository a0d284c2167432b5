"""The link that opens the server's page in a browser; only on the bundled server.

Generated: `python -m tickiti_server.documentation.python_client`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from tickiti_cli.python.group import Group

if TYPE_CHECKING:
    from tickiti_cli.python import types


class Page(Group):
    """`client.page`."""

    def link(self, **body: Unpack[types.MakeLink]) -> types.Link:
        """Create a one-time link that opens the server's page in a browser.

        The page shows what the token may see, until the token ends. A server that other
        machines reach has the page only if it was started with --page; otherwise the link does
        not exist.

        Example::

            client.page.link(view="outbox")
        """
        return self._call("page.link", body)
