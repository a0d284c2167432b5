"""Actions of staff on tickets under `/_tickiti/`; only on the bundled server.

Generated: `python -m tickiti_server.documentation.python_client`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from tickiti_cli.python.group import Group

if TYPE_CHECKING:
    from tickiti_cli.python import types


class Staff(Group):
    """`client.staff`."""

    def act(self, **body: Unpack[types.Act]) -> types.Acted:
        """Perform staff actions on a ticket.

        Closes or reopens it, assigns it, sets its priority, hashtags and watchlist. Changes of
        status, assignee and priority are recorded on the ticket.

        Example::

            client.staff.act(ticket_number=220009, priority="high", hashtags=["vip"])
        """
        return self._call("staff.act", body)
