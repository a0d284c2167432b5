"""Webhooks and decisions of interventions under `/_tickiti/`; only on the bundled server.

Generated: `python -m tickiti_server.documentation.python_client`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Unpack

from tickiti_cli.python.group import Group

if TYPE_CHECKING:
    from tickiti_cli.python import types


class Callbacks(Group):
    """`client.callbacks`."""

    def index(self, **body: Unpack[types.ListCallbacks]) -> types.Callbacks:
        """List webhooks, newest first, with the state of each delivery.

        Example::

            client.callbacks.index(limit=20)
        """
        return self._call("callbacks.index", body)

    def index_all(self, **body: Unpack[types.ListCallbacks]) -> Iterator[types.Callback]:
        """Yield every row of `index`, page by page.

        Example::

            for row in client.callbacks.index_all():
                print(row)
        """
        return self._rows("callbacks.index", body, member="callbacks", size="limit")

    def show(self, **body: Unpack[types.FindDelivery]) -> types.CallbackShown:
        """Show a webhook with its content, its attempts and their replies.

        Example::

            client.callbacks.show(id="msg_Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A")
        """
        return self._call("callbacks.show", body)

    def resend(self, **body: Unpack[types.FindDelivery]) -> types.Callback:
        """Resend a webhook under the same id, even if it was delivered.

        It goes to the intervention's current URL, and its retries start over. One that was
        triggered without a ticket goes to the same URL again.

        Example::

            client.callbacks.resend(id="msg_Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A")
        """
        return self._call("callbacks.resend", body)

    def trigger(self, **body: Unpack[types.TriggerCallback]) -> types.Callback:
        """Send a webhook without a ticket, to try its receiver.

        It is signed and retried as others are, and sent at once even to a host that is left
        alone for a minute after several failures. Its ticket_id, ticket_number and response_id
        are null. Nothing else happens when it is delivered.

        Example::

            client.callbacks.trigger(
                intervention="discount_request",
                data={"price": 89.9},
                url="https://shop.trailblazers-club.example/decided",
            )
        """
        return self._call("callbacks.trigger", body)
