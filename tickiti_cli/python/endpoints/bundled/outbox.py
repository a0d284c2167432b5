"""The outbox under `/_tickiti/`: outgoing mail and its state; only on the bundled server.

Generated: `python -m tickiti_server.documentation.python_client`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Unpack

from tickiti_cli.python.group import Group

if TYPE_CHECKING:
    from tickiti_cli.python import types


class Outbox(Group):
    """`client.outbox`."""

    def index(self, **body: Unpack[types.ListDeliveries]) -> types.Deliveries:
        """List outgoing mail, newest first, with the state of each delivery.

        Example::

            client.outbox.index(limit=20, to="marcus@trailblazers-club.example")
        """
        return self._call("outbox.index", body)

    def index_all(self, **body: Unpack[types.ListDeliveries]) -> Iterator[types.Delivery]:
        """Yield every row of `index`, page by page.

        Example::

            for row in client.outbox.index_all(to="marcus@trailblazers-club.example"):
                print(row)
        """
        return self._rows("outbox.index", body, member="outbox", size="limit")

    def show(self, **body: Unpack[types.FindDelivery]) -> types.DeliveryShown:
        """Show a delivery with its content.

        Example::

            client.outbox.show(id="mail_Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A")
        """
        return self._call("outbox.show", body)

    def release(self, **body: Unpack[types.FindDelivery]) -> types.Delivery:
        """Retry an uncertain or failed mail, or send a waiting one now.

        Example::

            client.outbox.release(id="mail_Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A")
        """
        return self._call("outbox.release", body)

    def cancel(self, **body: Unpack[types.FindDelivery]) -> types.Delivery:
        """Cancel a waiting mail. It stays listed as failed, and can be released.

        Cancelling twice succeeds. A mail that its server may have accepted is not cancelled.

        Example::

            client.outbox.cancel(id="mail_Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A")
        """
        return self._call("outbox.cancel", body)
