"""The tickets of seeds: with their threads, changes and decisions."""

from collections.abc import Mapping
from typing import Any

from tickiti_cli.contract.vocabulary import PRIORITIES
from tickiti_server.api.seeds.entries import Entry, parts_of
from tickiti_server.api.seeds.files import stored_files
from tickiti_server.api.seeds.kinds import SENT_AS, WHEN
from tickiti_server.api.seeds.moments import day_after
from tickiti_server.api.seeds.refused import SeedRefused
from tickiti_server.api.seeds.sender import SeedSender
from tickiti_server.store.access.settings import find_setting

_ATTRIBUTES = ("assigned", "priority", "status", "on_hold_until")
_ACTS = {"assigned": "assign"}
"""The fields of a change that have another name in the API."""


def make_ticket(sender: SeedSender, entry: Entry) -> int:
    """Make a ticket, its thread, the changes to it and its decision; return its number.

    Raises SeedRefused.
    """
    reply = sender.send("tickets.create", _body(sender, entry), entry)
    number = int(reply["ticket_number"])
    _act(sender, number, entry, _only(entry.fields, "hashtags", "watchlists"))
    for response in parts_of(entry, "response"):
        _respond(sender, number, response)
    for change in parts_of(entry, "change"):
        _act(sender, number, change, _without(change.fields, WHEN))
    for decision in parts_of(entry, "decision"):
        body = _renamed(_without(decision.fields, WHEN))
        sender.send("interventions.decide", {"ticket_number": number, **body}, decision)
    return number


def _body(sender: SeedSender, entry: Entry) -> dict[str, Any]:
    fields = entry.fields
    attributes = _renamed(_only(fields, *_ATTRIBUTES))
    attributes |= _converted(attributes, sender.now)
    return {
        "originator_email_address": fields.get("from"),
        "use_passed_originator_as_responder": True,
        "is_public": not fields.get("internal", False),
        "attachments": stored_files(sender, entry),
        **_renamed(_only(fields, "queue")),
        **_shape(entry, attributes),
    }


def _shape(entry: Entry, attributes: dict[str, Any]) -> dict[str, Any]:
    """The text of a ticket: its own, or that of a template or of an intervention."""
    fields, source = entry.fields, next(iter(_only(entry.fields, "template", "intervention")), "")
    if source:
        for name in ("subject", "body"):
            if name in fields:
                raise SeedRefused(f"{entry.where}: {name}: does not go with {source}")
        if not isinstance(fields.get("data", {}), dict):
            raise SeedRefused(f"{entry.where}: data: must be a table")
    if "decision" in fields and source != "intervention":
        raise SeedRefused(f"{entry.where}: decision: requires intervention")
    if source == "template":
        data = {**fields.get("data", {}), **attributes}
        return {"template_identifier": fields["template"], "data": data}
    if source:
        data = {"data": fields.get("data", {}), **attributes}
        return {**_only(fields, "intervention", "uid"), "data": data}
    for name in ("uid", "data"):
        if name in fields:
            raise SeedRefused(f"{entry.where}: {name}: requires template or intervention")
    data = {"subject": fields.get("subject"), "content": fields.get("body"), **attributes}
    return {"data": data}


def _respond(sender: SeedSender, number: int, response: Entry) -> None:
    body = _renamed(_without(response.fields, WHEN))
    body |= _converted(body, sender.now)
    body |= {"ticket_number": number, "attachments": stored_files(sender, response)}
    sender.send("tickets.respond", body, response)


def _act(sender: SeedSender, number: int, entry: Entry, fields: Mapping[str, Any]) -> None:
    """Change a ticket as staff do. Each watchlist takes a request of its own."""
    acts = [{"watchlist": _watchlist(sender, entry, one)} for one in fields.get("watchlists", [])]
    others = {_ACTS.get(name, name): fields[name] for name in fields if name != "watchlists"}
    if others:
        acts = [{**others, **acts[0]}, *acts[1:]] if acts else [others]
    for act in acts:
        sender.send("staff.act", {"ticket_number": number, **act}, entry)


def _watchlist(sender: SeedSender, entry: Entry, name: str) -> int:
    found = find_setting(sender.tx, f"seed watchlist {name}")
    if found is None:
        raise SeedRefused(f"{entry.where}: watchlists: No seed has a watchlist '{name}'.")
    return int(found.partition(" ")[2])


def _converted(fields: Mapping[str, Any], now: int) -> dict[str, Any]:
    """Priorities are words in a seed, and the end of a hold may be a number of days."""
    found = _only(fields, "priority", "on_hold_until")
    if "priority" in found:
        found["priority"] = PRIORITIES.get(str(found["priority"]), found["priority"])
    if "on_hold_until" in found:
        found["on_hold_until"] = day_after(found["on_hold_until"], now)
    return found


def _renamed(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {SENT_AS.get(name, name): value for name, value in fields.items()}


def _only(fields: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: fields[name] for name in names if name in fields}


def _without(fields: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}
