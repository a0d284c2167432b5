"""Checks the shape of replies: the members that commands work with.

Rule: every member that a command works with is listed here with its type. A member that is only
shown may have any type and may be missing, because a vendor's install promises no more.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tickiti_cli.errors import ForeignReply

Shape = Any
"""A type or several; a mapping of the members of an object, with a `?` behind an optional member; a
list with the shape of its items; None for any value."""

NAME = (str, int)
"""An id is a number in one API generation and its digits in the other."""

TEXT = (str, type(None))
ROWS: Shape = [{}]
TEMPLATE: Shape = {
    "identifier?": str, "type?": str, "category?": TEXT, "subcategory?": TEXT, "subject?": TEXT,
    "content?": TEXT,
}  # fmt: skip

BARE_LISTS = (
    "tickets.link", "tickets.links", "tickets.queues", "tickets.resolutions", "tickets.staff",
    "tickets.teams", "tickets.unlink",
)  # fmt: skip
"""Endpoints of which no document says whether `data` is the list itself."""

SHAPES: Mapping[str, Shape] = {
    "callbacks.show": {},
    "idempotency_key": {"idempotency_key": str},
    "idempotency_key.create": {"idempotency_key": str},
    "outbox.index": {"outbox": ROWS},
    "outbox.show": {"html?": TEXT, "subject?": TEXT},
    "templates.search": ROWS,
    "templates.show": {"template?": TEMPLATE, **TEMPLATE},
    "tickets.attachment": {"sha256": None},
    "tickets.response_show": {"response?": {}},
    "tickets.responses": {"responses": ROWS},
    "tickets.show": {"ticket": {}, "responses": ROWS},
    "tokens.index": {"tokens": [{"id": int}]},
    "tokens.self": {"id?": int, "abilities?": [str]},
}
"""The shape of a reply by the name of its endpoint."""

ROW_SHAPES: Mapping[str, Shape] = {
    "templates.faqs": {"id": NAME, "identifier?": TEXT},
    "templates.index": {"id": NAME, "identifier": str},
    "tokens.index": {"id": int},
}
"""The shape of a row of a list by the name of its endpoint."""

IDS = ("id", "ticket_number", "response_id", "email_id")
MADE: Mapping[str, Sequence[str]] = {
    "administration.api_tokens.create": ("token", "plain_text_token", "plainTextToken"),
    "administration.users.create": ("user", "users", "user_id"),
    "settings.perspectives.create": ("perspective_id",),
    "settings.stock_responses.create": ("template",),
    "settings.stock_responses.image_upload": ("cid", "img"),
    "templates.create": ("template",),
    "templates.image_upload": ("cid", "img"),
    "workflow.interventions.generate_token": ("token",),
}
"""Members by which a reply without `ok` says that a write was carried out: those of any endpoint,
and further ones by the endpoint."""

_KINDS = {str: "text", int: "a number", type(None): "null"}


def check(endpoint: str, data: Any) -> None:
    """Raises ForeignReply unless the data of a reply has the shape of its endpoint."""
    _check(data, SHAPES.get(endpoint), "data")


def says_done(endpoint: str, body: Mapping[str, Any]) -> bool:
    """Returns whether the reply of a write says by its members that it was carried out."""
    data = body.get("data", body)
    members = data if isinstance(data, dict) else {}
    return not members.keys().isdisjoint((*IDS, *MADE.get(endpoint, ())))


def rows_in(endpoint: str, body: Any, member: str) -> list[Any]:
    """Returns the rows of a list, which an install sends bare, under `member` or under `data`.

    Raises ForeignReply.
    """
    found = body
    for name in ("data", member):
        found = found.get(name, found) if isinstance(found, dict) else found
    if isinstance(found, dict):
        raise ForeignReply(f"The server's reply lacks '{member}'.", status=200)
    _check(found, [ROW_SHAPES.get(endpoint, {})], member)
    return list(found)


def _check(found: Any, shape: Shape, name: str) -> None:
    if shape is None:
        return
    if isinstance(shape, dict):
        if not isinstance(found, dict):
            raise _foreign(name, "an object")
        for wanted, inner in shape.items():
            member = wanted.removesuffix("?")
            if member in found:
                _check(found[member], inner, member)
            elif member == wanted:
                raise ForeignReply(f"The server's reply lacks '{member}'.", status=200)
    elif isinstance(shape, list):
        if not isinstance(found, list):
            raise _foreign(name, "a list")
        for item in found:
            _check(item, shape[0], name)
    elif isinstance(found, bool) or not isinstance(found, shape):
        kinds = shape if isinstance(shape, tuple) else (shape,)
        raise _foreign(name, " or ".join(_KINDS[kind] for kind in kinds))


def _foreign(name: str, kind: str) -> ForeignReply:
    return ForeignReply(f"The server's '{name}' is not {kind}.", status=200)
