"""Finds the row of a queue, a template, a token and the like by the name that people use.

Rule: a name comes before an id, because a name may consist of digits. Tokens have the opposite
rule and a module of their own: tokens/selection.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from tickiti_cli.api.client import Client
from tickiti_cli.api.connection.json_body import Members
from tickiti_cli.api.reply import Accepted
from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.contract.placeholders import names_in
from tickiti_cli.contract.v1 import administration, mail, settings, templates, workflow
from tickiti_cli.errors import NothingFound, TickitiError

Row = dict[str, Any]


def _by_name(rows: list[Row], wanted: str) -> Row | None:
    return next((row for row in rows if row["name"] == wanted), None)


def _by_name_or_id(rows: list[Row], wanted: str) -> Row | None:
    """Compares the case of a name last, because a server takes a name in any case."""
    for member in ("name", "id"):
        for row in rows:
            if str(row[member]) == wanted:
                return row
    folded = wanted.casefold()
    return next((row for row in rows if str(row["name"]).casefold() == folded), None)


def _by_identifier_or_id(rows: list[Row], wanted: str) -> Row | None:
    """Compares the case last, as `_by_name_or_id` does."""
    rows, folded = sorted(rows, key=_identifier), wanted.casefold()
    found = [row for row in rows if row["identifier"] == wanted]
    found = found or [row for row in rows if str(row["id"]) == wanted]
    found = found or [row for row in rows if _identifier(row).casefold() == folded]
    return found[0] if found else None


def _identifier(row: Row) -> str:
    return str(row["identifier"])


def _own_before_shared(rows: list[Row], wanted: str) -> Row | None:
    """Prefers the caller's own row to a shared one of the same name, as the server does."""
    return _by_name_or_id(sorted(rows, key=lambda row: bool(row.get("shared"))), wanted)


def _by_address_or_id(rows: list[Row], wanted: str) -> Row | None:
    folded = wanted.casefold()
    for row in rows:
        if str(row.get("email", "")).casefold() == folded or str(row["id"]) == wanted:
            return row
    return None


class Kind(NamedTuple):
    """A kind of rows: the endpoints that list the rows, and how a row is found."""

    noun: str
    listings: tuple[Endpoint, ...]
    member: str
    """The member of the reply that holds the rows; an install may send the bare list."""

    find: Callable[[list[Row], str], Row | None] = _by_name_or_id
    request: Row = {}  # noqa: RUF012 - read only
    """The body of the listing."""

    label: str = "name"
    """The member that people call a row by."""

    @property
    def where_to_see(self) -> str:
        return f"See: tickiti {self.noun} list"


QUEUE = Kind("queue", (workflow.queues_index,), "queues")
PERSPECTIVE = Kind(
    "perspective",
    (settings.perspectives_index,),
    "perspectives",
    _own_before_shared,
    request={"scope": "all"},
)
WATCHLIST = Kind("watchlist", (settings.watchlists_index,), "watchlists", _own_before_shared)
MAILBOX = Kind("mailbox", (mail.mailboxes_index,), "mailboxes")
NAMED_MAILBOX = MAILBOX._replace(find=_by_name)
"""The lookup for a mailbox that was just created: only the exact name is accepted."""

USER = Kind("user", (administration.users_index,), "users", _by_address_or_id, label="email")
TEAM = Kind("team", (administration.teams_index,), "teams")
TEMPLATE = Kind(
    "template",
    (templates.index, templates.faqs),
    "templates",
    _by_identifier_or_id,
    label="identifier",
)
INTERVENTION = Kind("intervention", (workflow.interventions_index,), "interventions")


def rows_of(client: Client, kind: Kind) -> list[Row]:
    """Returns every row of a kind, in the order of the server. Stores the names for shell
    completion."""
    replies = [client.call(listing, kind.request) for listing in kind.listings]
    rows = [row for reply in replies for row in reply.rows(kind.member)]
    if kind is TEMPLATE:
        rows = [template_row(row) for row in rows]
    client.names.keep(kind.noun, (row.get(kind.label) for row in rows))
    return rows


def template_row(row: Row) -> Row:
    """Returns the row of a template as the API of October 2026 has it.

    An older install answers `enabled` for `is_enabled`; an FAQ of a vendor's install may have no
    identifier.
    """
    own = {"identifier": row.get("identifier") or f"faq-{row['id']}"} if "id" in row else {}
    if "enabled" in row and "is_enabled" not in row:
        own["is_enabled"] = row["enabled"]
    return {**row, **own}


def row_of(client: Client, kind: Kind, wanted: str) -> Row:
    """Returns one row by its name or its id. Raises NothingFound."""
    found = kind.find(rows_of(client, kind), wanted)
    if found is None:
        words = kind.noun.replace("-", " ")
        raise NothingFound(f"There is no {words} '{wanted}'.", hint=kind.where_to_see)
    return found


def written_row(client: Client, kind: Kind, wanted: str, sent: Row) -> Accepted:
    """Returns the row that a write has made or changed; what was sent, where it cannot be read.

    The write is done then, so that the reply to a second request cannot make it a failure.
    """
    try:
        return Accepted(row_of(client, kind, wanted))
    except (ApiError, TickitiError):
        return Accepted({**sent, "name": wanted})


def row_now(client: Client, kind: Kind, row_id: Any, known: Row) -> Row:
    """Returns the row of an id after a write, which may change more than was sent; `known`, where
    the row cannot be read."""
    try:
        rows = rows_of(client, kind)
    except (ApiError, TickitiError):
        rows = []
    return next((row for row in rows if str(row.get("id")) == str(row_id)), known)


def made_row(client: Client, kind: Kind, made: Accepted, row_id: str | int, sent: Row) -> Accepted:
    """Returns the row that a write has made, with the members of its reply, which may be the id
    alone; what was sent, where the row cannot be read."""
    known = {**sent, "id": row_id}
    row = known if made.lacking else row_now(client, kind, row_id, known)
    found = Accepted({**row, **{name: value for name, value in made.items() if name != "ok"}})
    found.lacking = made.lacking
    return found


def list_templates(client: Client) -> list[Row]:
    """Returns the rows of all templates by identifier, FAQs included, without their contents."""
    return sorted(rows_of(client, TEMPLATE), key=_identifier)


def template_of(client: Client, wanted: str) -> Row:
    """Returns a template with its content and `placeholders`, by identifier, else by id.

    Raises NothingFound.
    """
    return show_template(client, row_of(client, TEMPLATE, wanted)["id"])


def unwrapped(data: Row) -> Row:
    """Returns the template of a reply, which an install from before October 2026 does not wrap."""
    inner = data.get("template")
    return inner if isinstance(inner, dict) else data


def identifier_in(reply: Row) -> str | None:
    """Returns the identifier that a reply gives to a template: the server names an FAQ itself."""
    found = unwrapped(reply).get("identifier")
    return found if isinstance(found, str) else None


def written_template(client: Client, sent: Row) -> Row:
    """Returns the template that a write has changed; what was sent, where it cannot be read."""
    try:
        return show_template(client, sent["id"])
    except (ApiError, TickitiError):
        return Accepted(sent)


def show_template(client: Client, template_id: str) -> Row:
    data: Row = client.call(templates.show, {"template_id": template_id}).data
    found = {"id": template_id, **template_row(unwrapped(data))}
    names = names_in(found.get("subject") or "", found.get("content") or "")
    return Members({**found, "placeholders": names})
