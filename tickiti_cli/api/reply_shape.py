"""What this program relies on in the replies to its questions: the one place where it is checked.

The rule of this file: a member that a command works with is named here with its kind; one that is
only shown may be anything, and may be missing. A vendor's install owes us no more than that.
"""

from collections.abc import Mapping
from typing import Any

from tickiti_cli.errors import ForeignReply

Shape = Any
"""A type or several; a mapping of the members that an object has, one with a `?` if it has it at
all; a list with the shape of each of its items; None for anything."""

NAME = (str, int)
"""Ids are numbers or their digits, depending on the generation."""

TEXT = (str, type(None))
ROWS: Shape = [{}]
TEMPLATE: Shape = {
    "identifier?": str, "type?": str, "category?": TEXT, "subcategory?": TEXT, "subject?": TEXT,
    "content?": TEXT,
}  # fmt: skip

SHAPES: Mapping[str, Shape] = {
    "callbacks.show": {},
    "idempotency_key": {"idempotency_key": str},
    "idempotency_key.create": {"idempotency_key": str},
    "mail.mailboxes.index": {"mailboxes": ROWS},
    "outbox.index": {"outbox": ROWS},
    "outbox.show": {"html?": TEXT, "subject?": TEXT},
    "settings.perspectives.index": {"perspectives": ROWS},
    "settings.watchlists.index": {"watchlists": ROWS},
    "templates.faqs": [{"id": NAME, "identifier": str}],
    "templates.index": [{"id": NAME, "identifier": str}],
    "templates.search": ROWS,
    "templates.show": TEMPLATE,
    "tickets.attachment": {"sha256": None},
    "tickets.responses": {"responses": ROWS},
    "tickets.show": {"ticket": {}, "responses": ROWS},
    "tokens.index": {"tokens": [{"id": int}]},
    "tokens.self": {"id?": int, "abilities?": [str]},
    "workflow.interventions.index": {"interventions": ROWS},
    "workflow.queues.index": {"queues": ROWS},
}
"""By the name of the endpoint."""

_KINDS = {str: "text", int: "a number", type(None): "null"}


def check(endpoint: str, data: Any) -> None:
    """Raise ForeignReply unless the data of a reply has the shape that is relied on."""
    _check(data, SHAPES.get(endpoint), "data")


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
