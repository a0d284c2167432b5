"""What staff have arranged on a server, by the names people use: queues, perspectives, watchlists,
mailboxes.

The rule of this file: a name comes before an id, for a name may be made of digits.
"""

from collections.abc import Sequence
from typing import Any

from tickiti_cli.contract import mail, settings, workflow
from tickiti_cli.errors import NothingFound
from tickiti_cli.runtime import Runtime

Rows = list[dict[str, Any]]


def queues(runtime: Runtime) -> Rows:
    found: Rows = runtime.client.call(workflow.queues_index, {}).data["queues"]
    return found


def queue(runtime: Runtime, wanted: str) -> dict[str, Any]:
    return _one(queues(runtime), wanted, kind="queue", hint="See: tickiti queue list")


def perspectives(runtime: Runtime) -> Rows:
    found: Rows = runtime.client.call(settings.perspectives_index, {}).data["perspectives"]
    return found


def perspective(runtime: Runtime, wanted: str) -> dict[str, Any]:
    """One's own before a shared one of that name, as the server has it."""
    rows = sorted(perspectives(runtime), key=lambda row: bool(row.get("shared")))
    return _one(rows, wanted, kind="perspective", hint="See: tickiti perspective list")


def watchlist(runtime: Runtime, wanted: str) -> dict[str, Any]:
    rows = runtime.client.call(settings.watchlists_index, {}).data["watchlists"]
    hint = "See: tickiti api settings.watchlists.index"
    return _one(rows, wanted, kind="watchlist", hint=hint)


def mailbox(runtime: Runtime, wanted: str) -> dict[str, Any]:
    rows = runtime.client.call(mail.mailboxes_index, {}).data["mailboxes"]
    return _one(rows, wanted, kind="mailbox", hint="See: tickiti mailbox list")


def _one(rows: Sequence[dict[str, Any]], wanted: str, *, kind: str, hint: str) -> dict[str, Any]:
    """Raises NothingFound."""
    for member in ("name", "id"):
        for row in rows:
            if str(row[member]) == wanted:
                return row
    for row in rows:  # a server takes a name in any case, too
        if str(row["name"]).casefold() == wanted.casefold():
            return row
    raise NothingFound(f"There is no {kind} '{wanted}'.", hint=hint)
