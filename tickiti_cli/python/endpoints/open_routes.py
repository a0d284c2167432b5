"""v1 routes without a family: they need no ability of their own, or no token.

Generated: `python -m tickiti_server.documentation.python_client`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from tickiti_cli.python.group import Group

if TYPE_CHECKING:
    from tickiti_cli.python import types


class IdempotencyKeys(Group):
    """`client.idempotency_keys`."""

    def create(self, **body: Unpack[types.MintKey]) -> types.MintedKey:
        """Create an idempotency key on the server, under v1.

        Example::

            client.idempotency_keys.create(action="create_ticket")
        """
        return self._call("idempotency_key.create", body)


class Interventions(Group):
    """`client.interventions`."""

    def accept(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.Accept]
    ) -> types.Decided:
        """Accept the request of an intervention's ticket, as it is or with edited values.

        The decision is sent to the intervention's epilog URL and is final: the same decision
        again gets the same reply, a different one is refused. The token's owner must be staff.

        Example::

            client.interventions.accept(
                data={"price": 99}, content="You get the discount.", ticket_number=220009
            )
        """
        return self._call("interventions.accept", body, key=idempotency_key)

    def decide(self, **body: Unpack[types.Decide]) -> types.Decided:
        """Decide on the ticket of an intervention, optionally with edited values.

        The decision is sent to the intervention's epilog URL and is final: the same decision
        again gets the same reply, a different one is refused.

        Example::

            client.interventions.decide(
                ticket_number=220009, data={"price": 99}, content="You get the discount."
            )
        """
        return self._call("interventions.decide", body)


class Token(Group):
    """`client.token`."""

    def show(self) -> types.OwnRights:
        """Show what the token in use may do. Every live token may ask.

        Example::

            client.token.show()
        """
        return self._call("token.show", {})
