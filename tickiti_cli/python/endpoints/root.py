"""The client's own methods, and the families of its other methods.

Generated: `python -m tickiti_server.documentation.python_client`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack, overload

from tickiti_cli.python.group import Group

if TYPE_CHECKING:
    from tickiti_cli.python import types
from tickiti_cli.python.endpoints.administration import Administration
from tickiti_cli.python.endpoints.axial import Axial
from tickiti_cli.python.endpoints.bundled.callbacks import Callbacks
from tickiti_cli.python.endpoints.bundled.outbox import Outbox
from tickiti_cli.python.endpoints.bundled.page import Page
from tickiti_cli.python.endpoints.bundled.requests import Requests
from tickiti_cli.python.endpoints.bundled.staff import Staff
from tickiti_cli.python.endpoints.bundled.tokens import Tokens
from tickiti_cli.python.endpoints.mail import Mail
from tickiti_cli.python.endpoints.open_routes import IdempotencyKeys, Interventions, Token
from tickiti_cli.python.endpoints.reports import Reports
from tickiti_cli.python.endpoints.settings import Settings
from tickiti_cli.python.endpoints.supervisor import Supervisor
from tickiti_cli.python.endpoints.templates import Templates
from tickiti_cli.python.endpoints.tickets import Tickets
from tickiti_cli.python.endpoints.workflow import Workflow


class Root(Group):
    """`client`."""

    @cached_property
    def tickets(self) -> Tickets:
        return Tickets(self._calls)

    @cached_property
    def settings(self) -> Settings:
        return Settings(self._calls)

    @cached_property
    def mail(self) -> Mail:
        return Mail(self._calls)

    @cached_property
    def templates(self) -> Templates:
        return Templates(self._calls)

    @cached_property
    def workflow(self) -> Workflow:
        return Workflow(self._calls)

    @cached_property
    def reports(self) -> Reports:
        return Reports(self._calls)

    @cached_property
    def supervisor(self) -> Supervisor:
        return Supervisor(self._calls)

    @cached_property
    def administration(self) -> Administration:
        return Administration(self._calls)

    @cached_property
    def axial(self) -> Axial:
        return Axial(self._calls)

    @cached_property
    def idempotency_keys(self) -> IdempotencyKeys:
        return IdempotencyKeys(self._calls)

    @cached_property
    def interventions(self) -> Interventions:
        return Interventions(self._calls)

    @cached_property
    def token(self) -> Token:
        return Token(self._calls)

    @cached_property
    def tokens(self) -> Tokens:
        return Tokens(self._calls)

    @cached_property
    def requests(self) -> Requests:
        return Requests(self._calls)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self._calls)

    @cached_property
    def staff(self) -> Staff:
        return Staff(self._calls)

    @cached_property
    def callbacks(self) -> Callbacks:
        return Callbacks(self._calls)

    @cached_property
    def page(self) -> Page:
        return Page(self._calls)

    @overload
    def create_ticket(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.CreateWithContent]
    ) -> types.TicketCreated: ...
    @overload
    def create_ticket(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.CreateFromTemplate]
    ) -> types.TicketCreated: ...
    @overload
    def create_ticket(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.CreateFromIntervention]
    ) -> types.TicketCreated: ...
    def create_ticket(
        self, *, idempotency_key: str | None = None, **body: Any
    ) -> types.TicketCreated:
        """Create a ticket from a subject and content.

        A template with its data, or an intervention with its uid and data, may be given
        instead.

        Example::

            client.create_ticket(
                originator_email_address="marcus@trailblazers-club.example",
                data={
                    "subject": "Carbon plate cracked on first marathon",
                    "content": "The Vapor Pro 3 plate snapped at mile 14 of Berlin Marathon.",
                    "queue_name": "Sales",
                },
            )
        """
        return self._call("create_ticket", body, key=idempotency_key)

    def ticket_respond(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.Respond]
    ) -> types.TicketResponded:
        """Respond to a ticket, put it on hold, or reopen it.

        A public response reopens a ticket that is not open and ends its hold, unless the new
        status is on-hold. An internal note changes neither.

        Example::

            client.ticket_respond(
                ticket_number=220009,
                from_email="anna@sole-trader.example",
                content="A new pair is on its way.",
            )
        """
        return self._call("ticket_respond", body, key=idempotency_key)

    @overload
    def send_email(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.SendContent]
    ) -> types.EmailAccepted: ...
    @overload
    def send_email(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.SendTemplate]
    ) -> types.EmailAccepted: ...
    def send_email(self, *, idempotency_key: str | None = None, **body: Any) -> types.EmailAccepted:
        """Send an e-mail without creating a ticket.

        The reply is sent once the mail is in the outbox. Mail of the built-in mailbox `local`
        stays there.

        Example::

            client.send_email(
                to_address="marcus@trailblazers-club.example",
                subject="Your order has shipped",
                content="<p>Order SP-2412-0489 is on its way.</p>",
            )
        """
        return self._call("send_email", body, key=idempotency_key)

    def render_template(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.RenderTemplate]
    ) -> types.RenderedTemplate:
        """Render a template with data. Nothing is sent.

        Example::

            client.render_template(
                template_identifier="warranty.received",
                data={"lines": [{"sku": "VP-3"}], "name": "Marcus", "order": {"id": 4711}},
            )
        """
        return self._call("render_template", body, key=idempotency_key)

    def idempotency_key(self, **body: Unpack[types.MintKey]) -> types.MintedKey:
        """Create an idempotency key on the server; a key of your own is as good.

        The first use of a created key may be up to a day later.

        Example::

            client.idempotency_key(action="create_ticket")
        """
        return self._call("idempotency_key", body)

    def tickiti_api_index(self, **body: Unpack[types.ListTickets]) -> types.TicketPage:
        """List tickets of a perspective, tickets that match criteria, or both.

        Example::

            client.tickiti_api_index(
                search_object={
                    "search_perspective": "All",
                    "criteria": [{"mode": "queue", "tokens": ["Sales", "Support"]}],
                },
                limit=20,
            )
        """
        return self._call("tickiti_api_index", body)

    def tickiti_api_index_all(self, **body: Unpack[types.ListTickets]) -> Iterator[types.TicketRow]:
        """Yield every row of `tickiti_api_index`, page by page.

        Example::

            for row in client.tickiti_api_index_all(
                search_object={
                    "search_perspective": "All",
                    "criteria": [{"mode": "queue", "tokens": ["Sales", "Support"]}],
                }
            ):
                print(row)
        """
        return self._rows("tickiti_api_index", body, member="tickets", size="limit")

    def flat_create(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.FlatCreate]
    ) -> types.TicketCreated:
        """Create a ticket, flat form: without a template and without a required key.

        Example::

            client.flat_create(
                originator_email_address="marcus@trailblazers-club.example",
                subject="Carbon plate cracked on first marathon",
                content="The Vapor Pro 3 plate snapped at mile 14 of Berlin Marathon.",
                queue_name="Sales",
            )
        """
        return self._call("flat_create", body, key=idempotency_key)

    def flat_respond(
        self, *, number: int, idempotency_key: str | None = None, **body: Unpack[types.FlatRespond]
    ) -> types.TicketResponded:
        """Respond to a ticket, flat form. A public response reopens a ticket that is not open.

        Example::

            client.flat_respond(
                number=1, from_email="anna@sole-trader.example", content="A new pair is on its way."
            )
        """
        return self._call("flat_respond", body, key=idempotency_key, place={"number": number})

    def faqs(self) -> types.Faqs:
        """List the enabled FAQs by ordinal, with their contents. No token is needed.

        Example::

            client.faqs()
        """
        return self._call("faqs", {})
