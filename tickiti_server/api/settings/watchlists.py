"""Watchlists of the v1 API: lists of tickets to watch.

Rule: a watchlist that the caller may not see counts as missing.
"""

from tickiti_cli.contract.errors import RoleRequired, TicketNotFound, ValidationFailed
from tickiti_cli.contract.v1 import settings as contract
from tickiti_server.api import rights
from tickiti_server.api.call import Call
from tickiti_server.api.done import DONE, Done
from tickiti_server.api.handler import handles
from tickiti_server.api.search.perspectives import refuse_shared
from tickiti_server.api.settings.bodies.watchlists import (
    COLOURS,
    CreateWatchlist,
    FindWatchlist,
    UpdateWatchlist,
    WatchlistCreated,
    Watchlists,
    WatchlistTickets,
)
from tickiti_server.api.tickets.rules.reference import TicketRef, find_ticket
from tickiti_server.rendering.case_folding import case_key
from tickiti_server.store.helpdesk import watchlists as stored
from tickiti_server.store.interface import Row
from tickiti_server.store.search.conditions import Conditions

_COLUMNS = ("name", "icon", "description", "display_mode", "shared")


def found(call: Call, watchlist_id: int, *, field: str) -> Row:
    """The row of a watchlist that the caller sees. Raises ValidationFailed."""
    row = stored.find_watchlist(call.tx, watchlist_id, call.caller.person_id)
    if row is None:
        raise ValidationFailed.of(field, f"There is no watchlist {watchlist_id}.")
    return row


@handles(contract.watchlists_index)
def index(call: Call) -> Watchlists:
    """List the shared watchlists and your own, with the tickets that you may view."""
    person_id = call.caller.person_id
    ticket_ids: dict[int, list[str]] = {}
    seen = Conditions(person_id)
    rights.narrow(call, seen)
    for row in stored.list_members(call.tx, seen):
        ticket_ids.setdefault(row["watchlist_id"], []).append(str(row["ticket_id"]))
    return {
        "watchlists": [
            {
                "id": str(row["id"]),
                "name": row["name"],
                "icon": row["icon"],
                "description": row["description"],
                "display_mode": row["display_mode"],
                "shared": bool(row["shared"]),
                "owner": row["owner"],
                "ticket_ids": ticket_ids.get(row["id"], []),
            }
            for row in stored.list_watchlists(call.tx, person_id)
        ],
        "colours": [*COLOURS],
    }


@handles(contract.watchlists_create, refuses=(RoleRequired,))
def create(call: Call, body: CreateWatchlist) -> WatchlistCreated:
    """Create a watchlist; only an admin may create a shared one."""
    refuse_shared(call, body.shared)
    _refuse_taken(call, body.name)
    watchlist_id = stored.insert_watchlist(
        call.tx, **body.model_dump(), owner_id=call.caller.person_id
    )
    return {"ok": True, "watchlist_id": str(watchlist_id)}


@handles(contract.watchlists_update, refuses=(RoleRequired,))
def update(call: Call, body: UpdateWatchlist) -> Done:
    """Update a watchlist or its visibility; only an admin may change a shared one."""
    row = found(call, body.watchlist_id, field="watchlist_id")
    refuse_shared(call, row["shared"], body.shared)
    changes = body.model_dump(exclude_none=True, exclude={"watchlist_id"})
    now = {name: row[name] for name in _COLUMNS}
    _refuse_taken(call, changes.get("name", row["name"]), but=row["id"])
    stored.update_watchlist(call.tx, row["id"], **{**now, **changes})
    return DONE


@handles(contract.watchlists_delete, refuses=(RoleRequired,))
def delete(call: Call, body: FindWatchlist) -> Done:
    """Delete a watchlist; its tickets stay. Deleting what does not exist succeeds.

    Only an admin may delete a shared one.
    """
    row = stored.find_watchlist(call.tx, body.watchlist_id, call.caller.person_id)
    if row is not None:
        refuse_shared(call, row["shared"])
        stored.delete_watchlist(call.tx, row["id"])
    return DONE


@handles(contract.watchlists_add_tickets, refuses=(TicketNotFound,))
def add_tickets(call: Call, body: WatchlistTickets) -> Done:
    """Add tickets to the end of a watchlist; tickets on it keep their position."""
    row = found(call, body.watchlist_id, field="watchlist_id")
    _refuse_unseen(call, body.ticket_ids)
    for ticket_id in body.ticket_ids:
        stored.add_ticket(call.tx, row["id"], ticket_id)
    return DONE


@handles(contract.watchlists_remove_tickets, refuses=(TicketNotFound,))
def remove_tickets(call: Call, body: WatchlistTickets) -> Done:
    """Remove tickets from a watchlist. Tickets that are not on it are ignored."""
    row = found(call, body.watchlist_id, field="watchlist_id")
    _refuse_unseen(call, body.ticket_ids)
    for ticket_id in body.ticket_ids:
        stored.remove_ticket(call.tx, row["id"], ticket_id)
    return DONE


@handles(contract.watchlists_reorder, refuses=(TicketNotFound,))
def reorder(call: Call, body: WatchlistTickets) -> Done:
    """Move tickets to the start of a watchlist, in this order."""
    row = found(call, body.watchlist_id, field="watchlist_id")
    _refuse_unseen(call, body.ticket_ids)
    there = stored.list_ticket_ids(call.tx, row["id"])
    _refuse_missing(body.ticket_ids, there)
    first = dict.fromkeys(body.ticket_ids)
    others = [ticket_id for ticket_id in there if ticket_id not in first]
    for position, ticket_id in enumerate([*first, *others], start=1):
        stored.set_position(call.tx, row["id"], ticket_id, position=position)
    return DONE


def _refuse_unseen(call: Call, ticket_ids: list[int]) -> None:
    """Raise TicketNotFound for the first ticket that the caller does not see."""
    for ticket_id in ticket_ids:
        find_ticket(call, TicketRef(ticket_id=ticket_id))


def _refuse_missing(wanted: list[int], known: list[int]) -> None:
    """Raise ValidationFailed that names every ticket that is not on the watchlist."""
    there = {*known}
    errors = {
        f"ticket_ids.{place}": [f"The watchlist has no ticket with the id {ticket_id}."]
        for place, ticket_id in enumerate(wanted)
        if ticket_id not in there
    }
    if errors:
        raise ValidationFailed.of_fields(errors)


def _refuse_taken(call: Call, name: str, *, but: int | None = None) -> None:
    rows = stored.list_watchlists(call.tx, call.caller.person_id)
    key = case_key(name)
    if any(case_key(row["name"]) == key and row["id"] != but for row in rows):
        raise ValidationFailed.of("name", f"Watchlist '{name}' already exists.")
