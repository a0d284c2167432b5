"""v1 tickets: tickets, their responses and files, in the vendor's second generation of the API.

Generated: `python -m tickiti_server.documentation.python_client`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Unpack, overload

from tickiti_cli.python.group import Group

if TYPE_CHECKING:
    from tickiti_cli.python import types


class Tickets(Group):
    """`client.tickets`."""

    def attachment(self, **body: Unpack[types.FindAttachment]) -> types.AttachmentShown:
        """Download an attachment, whole or in parts.

        Files of a type that is not always allowed need a review: repeat the request with intent
        `review_ok`.

        Example::

            client.tickets.attachment(
                ticket_number=220009, response_attachment_id=1, intent="review_ok"
            )
        """
        return self._call("tickets.attachment", body)

    def attachment_delete(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.DeleteAttachment]
    ) -> types.AttachmentDeleted:
        """Delete an attachment permanently.

        The response records its name, its SHA-256, who deleted it and why. The content is kept
        while another response has it.

        Example::

            client.tickets.attachment_delete(
                ticket_number=220009, response_attachment_id=1, reason="sent to us by mistake"
            )
        """
        return self._call("tickets.attachment_delete", body, key=idempotency_key)

    def attachment_upload(self, **body: Unpack[types.UploadFile]) -> types.FileUploaded:
        """Upload a file for the attachments of a ticket or response.

        Uploading the same content again changes nothing. A file without references is deleted
        after 24 hours.

        Example::

            client.tickets.attachment_upload(file=Path("file.png"))
        """
        return self._call("tickets.attachment_upload", body)

    def close(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.CloseTicket]
    ) -> types.TicketRespondedV1:
        """Close a ticket, optionally with a last response. A closed ticket stays closed.

        Example::

            client.tickets.close(ticket_number=220009, attachments=[])
        """
        return self._call("tickets.close", body, key=idempotency_key)

    @overload
    def create(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.CreateWithContentV1]
    ) -> types.TicketCreatedV1: ...
    @overload
    def create(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.CreateFromTemplateV1]
    ) -> types.TicketCreatedV1: ...
    @overload
    def create(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.CreateFromInterventionV1]
    ) -> types.TicketCreatedV1: ...
    def create(self, *, idempotency_key: str | None = None, **body: Any) -> types.TicketCreatedV1:
        """Create a ticket, optionally with assignee, status, participants and files.

        In the text, `@name` adds that staff user as participant, and `#word` an existing
        hashtag.

        Example::

            client.tickets.create(
                originator_email_address="marcus@trailblazers-club.example",
                data={
                    "subject": "Carbon plate cracked on first marathon",
                    "content": "The Vapor Pro 3 plate snapped at mile 14 of Berlin Marathon.",
                    "queue_name": "Sales",
                },
                attachments=[],
            )
        """
        return self._call("tickets.create", body, key=idempotency_key)

    def delete(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.DeleteTickets]
    ) -> types.TicketsDeleted:
        """Delete tickets: those of these numbers, or those of an originator.

        A deleted ticket is gone from every read; it can be restored. Tickets that are deleted
        already are skipped. If one is unknown, none is deleted.

        Example::

            client.tickets.delete(ticket_numbers=[220011])
        """
        return self._call("tickets.delete", body, key=idempotency_key)

    def link(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.LinkTickets]
    ) -> types.Links:
        """Link a ticket to others. If one of them is unknown, none is linked.

        Example::

            client.tickets.link(ticket_number=220009, linked_ticket_numbers=[220010])
        """
        return self._call("tickets.link", body, key=idempotency_key)

    def links(self, **body: Unpack[types.FindLinks]) -> types.Links:
        """List the linked tickets that you may view.

        Example::

            client.tickets.links(ticket_number=220009)
        """
        return self._call("tickets.links", body)

    def merge(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.MergeTickets]
    ) -> types.TicketsMerged:
        """Merge two tickets: the older one survives, the newer one is deleted and refers to it.

        The survivor gets the other's participants, hashtags, links and copies of its responses.
        It reopens if it is on hold. A newer ticket that awaits the decision of an intervention
        is not merged until it is decided or closed.

        Example::

            client.tickets.merge(ticket_number=220009, other_ticket_number=220010)
        """
        return self._call("tickets.merge", body, key=idempotency_key)

    def originator_update(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.UpdateOriginator]
    ) -> types.OriginatorUpdated:
        """Change the requester of a ticket. The previous one stays a participant.

        Example::

            client.tickets.originator_update(
                ticket_number=220009, originator_email="club@trailblazers-club.example"
            )
        """
        return self._call("tickets.originator_update", body, key=idempotency_key)

    def participants_add(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.ChangeParticipants]
    ) -> types.ParticipantsChanged:
        """Add participants to a ticket. Unknown addresses become customers.

        Example::

            client.tickets.participants_add(
                ticket_number=220009, participants=["coach@trailblazers-club.example"]
            )
        """
        return self._call("tickets.participants_add", body, key=idempotency_key)

    def participants_remove(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.ChangeParticipants]
    ) -> types.ParticipantsChanged:
        """Remove participants from a ticket. The requester always stays.

        Example::

            client.tickets.participants_remove(
                ticket_number=220009, participants=["coach@trailblazers-club.example"]
            )
        """
        return self._call("tickets.participants_remove", body, key=idempotency_key)

    def query(self, **body: Unpack[types.QueryTickets]) -> types.TicketRows:
        """List tickets under v1: the rows are the data, and ids are strings.

        Example::

            client.tickets.query(
                search_object={
                    "search_perspective": "All",
                    "criteria": [{"mode": "queue", "tokens": ["Sales", "Support"]}],
                },
                row_limit=20,
            )
        """
        return self._call("tickets.query", body)

    def query_all(self, **body: Unpack[types.QueryTickets]) -> Iterator[types.TicketRowV1]:
        """Yield every row of `query`, page by page.

        Example::

            for row in client.tickets.query_all(
                search_object={
                    "search_perspective": "All",
                    "criteria": [{"mode": "queue", "tokens": ["Sales", "Support"]}],
                }
            ):
                print(row)
        """
        return self._rows("tickets.query", body, member="data", size="row_limit")

    def queues(self) -> types.QueueChoices:
        """List the queues that you may view, with your rights in each.

        Example::

            client.tickets.queues()
        """
        return self._call("tickets.queues", {})

    def resolutions(self) -> types.ResolutionChoices:
        """List the resolutions for closing a ticket; none without the plan feature.

        Example::

            client.tickets.resolutions()
        """
        return self._call("tickets.resolutions", {})

    def respond(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.RespondV1]
    ) -> types.TicketRespondedV1:
        """Respond to a ticket, change its attributes and participants, or both at once.

        Changes are recorded in the response, or without one in a response of their own.

        Example::

            client.tickets.respond(
                ticket_number=220009,
                from_email="anna@sole-trader.example",
                content="A new pair is on its way.",
                attachments=[],
            )
        """
        return self._call("tickets.respond", body, key=idempotency_key)

    def response_copy(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.TransferResponses]
    ) -> types.Transferred:
        """Copy responses to the end of another ticket.

        Example::

            client.tickets.response_copy(response_ids=[3], target_ticket_number=220010)
        """
        return self._call("tickets.response_copy", body, key=idempotency_key)

    def response_delete(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.DeleteResponse]
    ) -> types.ResponseDeleted:
        """Delete a response. Only queries that ask for deleted responses still find it.

        Example::

            client.tickets.response_delete(response_id=4)
        """
        return self._call("tickets.response_delete", body, key=idempotency_key)

    def response_move(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.TransferResponses]
    ) -> types.Transferred:
        """Move responses to the end of another ticket, where they get new ids.

        Example::

            client.tickets.response_move(response_ids=[3], target_ticket_number=220010)
        """
        return self._call("tickets.response_move", body, key=idempotency_key)

    def response_show(self, **body: Unpack[types.ShowResponse]) -> types.ResponseShown:
        """Show one response and its ticket.

        Example::

            client.tickets.response_show(response_id=1)
        """
        return self._call("tickets.response_show", body)

    def response_update(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.UpdateResponse]
    ) -> types.ResponseUpdated:
        """Change a response's body or its visibility.

        A body is replaced whole, or piece by piece in the stored HTML. No mail is sent, unless
        notify is true and an internal note is published.

        Example::

            client.tickets.response_update(response_id=1, content="A new pair comes on Friday.")
        """
        return self._call("tickets.response_update", body, key=idempotency_key)

    def responses(self, **body: Unpack[types.Show]) -> types.Responses:
        """List the responses of a ticket, without the ticket.

        Example::

            client.tickets.responses(ticket_number=220009)
        """
        return self._call("tickets.responses", body)

    def responses_query(
        self, **body: Unpack[types.QueryResponses]
    ) -> types.ResponsePage | types.ResponseCount | types.ResponseGroups:
        """Query the responses of all tickets, oldest first, for complete exports.

        Example::

            client.tickets.responses_query(
                created_from="2026-01-01", ticket_number=[220009], limit=200
            )
        """
        return self._call("tickets.responses_query", body)

    def responses_query_all(
        self, **body: Unpack[types.QueryResponses]
    ) -> Iterator[types.ResponseRow]:
        """Yield every row of `responses_query`, page by page.

        Example::

            for row in client.tickets.responses_query_all(
                created_from="2026-01-01", ticket_number=[220009]
            ):
                print(row)
        """
        return self._rows("tickets.responses_query", body, member="responses", size="limit")

    def restore(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.RestoreTicket]
    ) -> types.TicketRestored:
        """Restore a deleted ticket with the responses that were deleted with it.

        A ticket that was deleted by a merge is restored whole, and the other ticket keeps its
        copies.

        Example::

            client.tickets.restore(ticket_number=220009)
        """
        return self._call("tickets.restore", body, key=idempotency_key)

    def search_modes(self) -> types.SearchModes:
        """List the search modes, and how criteria are combined.

        Example::

            client.tickets.search_modes()
        """
        return self._call("tickets.search_modes", {})

    def show(self, **body: Unpack[types.Show]) -> types.TicketShown:
        """Show a ticket with its participants, links and all responses.

        Example::

            client.tickets.show(ticket_number=220009)
        """
        return self._call("tickets.show", body)

    def split(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.SplitTicket]
    ) -> types.TicketSplit:
        """Split responses of a ticket into a new ticket.

        The new ticket has the same requester, participants, priority and assignee, and is open.
        The two tickets stay linked.

        Example::

            client.tickets.split(response_ids=[3], subject="The other shoe")
        """
        return self._call("tickets.split", body, key=idempotency_key)

    def staff(self, **body: Unpack[types.ListStaff]) -> types.StaffChoices:
        """List the staff that a ticket can be assigned to, with the teams of each.

        Example::

            client.tickets.staff(search="anna")
        """
        return self._call("tickets.staff", body)

    def teams(self) -> types.TeamChoices:
        """List the teams that a ticket can be assigned to, with their members.

        Example::

            client.tickets.teams()
        """
        return self._call("tickets.teams", {})

    def unlink(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.UnlinkTicket]
    ) -> types.Links:
        """Remove the link between two tickets. A link that a split made stays.

        Example::

            client.tickets.unlink(ticket_number=220009, linked_ticket_number=220010)
        """
        return self._call("tickets.unlink", body, key=idempotency_key)
