"""The kinds of entries of a seed, and the fields of each.

Rule: an entry has the fields of its endpoint, so that a seed can say all that the API can.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.json_schema import SkipJsonSchema

from tickiti_server.api.seeds.requests import handlers_by_name


class Kind(NamedTuple):
    endpoint: str
    identity: str
    """The field by which an entry is known, so that a seed can be applied again."""

    defaults: Mapping[str, Any] = {}
    own: frozenset[str] = frozenset()
    """Fields that the endpoint does not have."""

    unnamed: tuple[str, ...] = ()
    """The fields by which an entry without its identity is known."""


SECRET = frozenset({"secret_file", "discard_secret"})
"""Where the secret that an entry makes goes."""

SIMPLE: Mapping[str, Kind] = {
    "user": Kind(
        "administration.users.create",
        "email",
        {"is_staff": True, "is_admin": False, "tonic_notifications": False},
    ),
    "team": Kind("administration.teams.create", "name", own=frozenset({"members"})),
    "queue": Kind("workflow.queues.create", "name"),
    "resolution": Kind("workflow.resolutions.create", "name", {"colour": "#2e7d32"}),
    "escalation": Kind("workflow.escalations.create", "name", own=frozenset({"name"})),
    "mailbox": Kind("mail.mailboxes.create", "name"),
    "template": Kind("templates.create", "identifier", {"type": "email"}, unnamed=("subject",)),
    "stock_response": Kind("settings.stock_responses.create", "identifier"),
    "skill": Kind("axial.skills.create", "key"),
    "intervention": Kind("workflow.interventions.create", "name", own=frozenset({"token"})),
    "perspective": Kind("settings.perspectives.create", "name", {"shared": True}),
    "watchlist": Kind("settings.watchlists.create", "name", {"shared": True, "icon": "star"}),
    "token": Kind("tokens.mint", "name", own=SECRET | {"rotation"}),
    "mail": Kind("mail.send", "name", own=frozenset({"name"}), unnamed=("to_address", "subject")),
}
"""The kinds whose entries have the fields of one endpoint."""

TICKET = "ticket"
KINDS = (*(kind for kind in SIMPLE if kind != "mail"), TICKET, "mail")
"""The kinds in the order in which they are applied: what an entry names comes before the entry."""

WHEN = frozenset({"ago", "at"})
"""Fields of every entry: when it was made."""

TICKET_FIELDS = frozenset({
    "name", "from", "subject", "body", "template", "intervention", "uid", "data", "queue",
    "assigned", "priority", "status", "on_hold_until", "internal", "hashtags", "watchlists",
    "attachments", "response", "change", "decision", *WHEN,
})  # fmt: skip
PARTS: Mapping[str, frozenset[str]] = {
    "response": frozenset({
        "from", "body", "internal", "status", "on_hold_until", "priority", "assigned",
        "attachments", *WHEN,
    }),
    "change": frozenset({
        "assigned", "priority", "hashtags", "remove_hashtags", "watchlists", "close", "reopen",
        *WHEN,
    }),
    "decision": frozenset({"data", "body", *WHEN}),
    "rotation": frozenset({"overlap_seconds", "expires_at", "abilities", *SECRET, *WHEN}),
    "token": frozenset({"remote_name", *SECRET, *WHEN}),
}  # fmt: skip
"""The tables inside an entry, and their fields."""

NAMES = frozenset({"members", "hashtags", "watchlists"})
LISTS, TABLES = frozenset({"response", "change"}), frozenset({"decision", "rotation", "token"})
FLAGS, TEXTS = frozenset({"internal", "discard_secret"}), frozenset({"secret_file"})
"""The fields that a seed reads itself, by the type of their value."""

SENT_AS: Mapping[str, str] = {
    "from": "from_email",
    "body": "content",
    "internal": "is_internal",
    "assigned": "assigned_to_email",
    "queue": "queue_name",
}
"""The fields of tickets and responses that have another name in the API."""


_SKIPPED: Any = SkipJsonSchema
"""The mark of a shape that no request can have. For a type checker it is no class."""


def identity_fields(kind: str) -> tuple[str, tuple[str, ...]]:
    """The field that names an entry, and those by which one without a name is known."""
    if kind == TICKET:
        return "name", ("from", "subject")
    return SIMPLE[kind].identity, SIMPLE[kind].unnamed


@cache
def names_of(kind: str) -> frozenset[str]:
    """The fields that an entry may have."""
    if kind == TICKET:
        return TICKET_FIELDS
    # A JSON schema has them too, and takes milliseconds for each kind.
    function = handlers_by_name()[SIMPLE[kind].endpoint].function
    body = get_type_hints(function, include_extras=True)["body"]
    return frozenset(_members(body)) | SIMPLE[kind].own | WHEN


def _members(body: Any) -> Iterator[str]:
    """The members of a body: of every shape that it may have."""
    if isinstance(body, type) and issubclass(body, BaseModel):
        yield from (field.alias or name for name, field in body.model_fields.items())
        return
    inner = get_args(body)
    if get_origin(body) is Annotated:
        if any(isinstance(note, _SKIPPED) for note in inner[1:]):
            return
        inner = inner[:1]
    for one in inner:
        yield from _members(one)
