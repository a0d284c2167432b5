"""Watchlists in the vendor's second generation of the API: lists of tickets to keep an eye on.

The rule of this file: what a person does not see is, for that person, not there.
"""

from collections.abc import Iterable

from tickiti_cli.contract import settings as contract
from tickiti_cli.contract.errors import ValidationFailed
from tickiti_server.call import Call
from tickiti_server.families.template_bodies import Done
from tickiti_server.families.watchlist_bodies import (
    COLOURS,
    CreateWatchlist,
    FindWatchlist,
    UpdateWatchlist,
    WatchlistCreated,
    Watchlists,
    WatchlistTickets,
)
from tickiti_server.handlers import handles
from tickiti_server.store import tickets
from tickiti_server.store import watchlists as stored
from tickiti_server.store.database import Row

OK: Done = {"ok": True}


def found(call: Call, watchlist_id: int, *, field: str) -> Row:
    """Raises ValidationFailed."""
    row = stored.find(call.tx, watchlist_id, call.caller.person_id)
    if row is None:
        raise _invalid(field, f"There is no watchlist {watchlist_id}.")
    return row


@handles(contract.watchlists_index)
def index(call: Call) -> Watchlists:
    """List the watchlists: the shared ones and your own."""
    person_id = call.caller.person_id
    ticket_ids: dict[int, list[str]] = {}
    for row in stored.members(call.tx, person_id):
        ticket_ids.setdefault(row["watchlist_id"], []).append(str(row["ticket_id"]))
    return {
        "watchlists": [
            {
                "id": str(row["id"]),
                "name": row["name"],
                "icon": row["icon"],
                "shared": bool(row["shared"]),
                "ticket_ids": ticket_ids.get(row["id"], []),
            }
            for row in stored.visible(call.tx, person_id)
        ],
        "colours": [*COLOURS],
    }


@handles(contract.watchlists_create)
def create(call: Call, body: CreateWatchlist) -> WatchlistCreated:
    """Make a watchlist."""
    _refuse_taken(call, body.name)
    watchlist_id = stored.insert(call.tx, **body.model_dump(), owner_id=call.caller.person_id)
    return {"ok": True, "watchlist_id": str(watchlist_id)}


@handles(contract.watchlists_update)
def update(call: Call, body: UpdateWatchlist) -> Done:
    """Change a watchlist's name or icon, or who sees it."""
    row = found(call, body.watchlist_id, field="watchlist_id")
    changes = body.model_dump(exclude_none=True, exclude={"watchlist_id"})
    now = {name: row[name] for name in ("name", "icon", "shared")}
    _refuse_taken(call, changes.get("name", row["name"]), but=row["id"])
    stored.update(call.tx, row["id"], **{**now, **changes})
    return OK


@handles(contract.watchlists_delete)
def delete(call: Call, body: FindWatchlist) -> Done:
    """Delete a watchlist; its tickets stay. Deleting what does not exist succeeds."""
    row = stored.find(call.tx, body.watchlist_id, call.caller.person_id)
    if row is not None:
        stored.delete(call.tx, row["id"])
    return OK


@handles(contract.watchlists_add_tickets)
def add_tickets(call: Call, body: WatchlistTickets) -> Done:
    """Put tickets at the end of a watchlist; one that is on it keeps its place."""
    row = found(call, body.watchlist_id, field="watchlist_id")
    _refuse_unknown(body.ticket_ids, tickets.existing(call.tx, body.ticket_ids), "There is no")
    for ticket_id in body.ticket_ids:
        stored.add(call.tx, row["id"], ticket_id)
    return OK


@handles(contract.watchlists_remove_tickets)
def remove_tickets(call: Call, body: WatchlistTickets) -> Done:
    """Take tickets off a watchlist. What is not on it is off it."""
    row = found(call, body.watchlist_id, field="watchlist_id")
    for ticket_id in body.ticket_ids:
        stored.remove(call.tx, row["id"], ticket_id)
    return OK


@handles(contract.watchlists_reorder)
def reorder(call: Call, body: WatchlistTickets) -> Done:
    """Put tickets of a watchlist first, in this order; the others follow as they were."""
    row = found(call, body.watchlist_id, field="watchlist_id")
    there = stored.tickets(call.tx, row["id"])
    _refuse_unknown(body.ticket_ids, there, "The watchlist has no")
    first = dict.fromkeys(body.ticket_ids)
    others = [ticket_id for ticket_id in there if ticket_id not in first]
    for position, ticket_id in enumerate([*first, *others], start=1):
        stored.place(call.tx, row["id"], ticket_id, position=position)
    return OK


def _refuse_unknown(wanted: Iterable[int], known: Iterable[int], problem: str) -> None:
    there = {*known}
    errors = {
        f"ticket_ids.{place}": [f"{problem} ticket with the id {ticket_id}."]
        for place, ticket_id in enumerate(wanted)
        if ticket_id not in there
    }
    if errors:
        raise ValidationFailed(next(iter(errors.values()))[0], errors=errors)


def _refuse_taken(call: Call, name: str, *, but: int | None = None) -> None:
    rows = stored.visible(call.tx, call.caller.person_id)
    if any(row["name"] == name and row["id"] != but for row in rows):
        raise _invalid("name", f"There is a watchlist '{name}' already.")


def _invalid(field: str, sentence: str) -> ValidationFailed:
    return ValidationFailed(sentence, errors={field: [sentence]})
