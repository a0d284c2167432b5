"""The kinds of entries of a seed that one request makes: users, queues, templates and so on.

Rule: an entry has the fields of its endpoint, so that a seed can say all that the API can.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Kind(NamedTuple):
    endpoint: str
    identity: str
    """The field by which an entry is known, so that a seed can be applied again."""

    defaults: Mapping[str, Any] = {}
    own: frozenset[str] = frozenset()
    """Fields that the endpoint does not have."""


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
    "template": Kind("templates.create", "identifier", {"type": "email"}),
    "stock_response": Kind("settings.stock_responses.create", "identifier"),
    "skill": Kind("axial.skills.create", "key"),
    "intervention": Kind("workflow.interventions.create", "name"),
    "perspective": Kind("settings.perspectives.create", "name", {"shared": True}),
    "watchlist": Kind("settings.watchlists.create", "name", {"shared": True, "icon": "star"}),
    "token": Kind("tokens.mint", "name", own=frozenset({"secret_file"})),
}
"""The kinds in the order in which they are applied: what an entry names comes before the entry."""

TICKET = "ticket"
KINDS = (*SIMPLE, TICKET)

WHEN = frozenset({"ago", "at"})
"""Fields of every entry: when it was made."""

TICKET_FIELDS = frozenset({
    "name", "from", "subject", "body", "queue", "assigned", "priority", "status", "on_hold_until",
    "internal", "hashtags", "watchlists", "attachments", "response", *WHEN,
})  # fmt: skip
RESPONSE_FIELDS = frozenset({
    "from", "body", "internal", "status", "on_hold_until", "priority", "assigned", "attachments",
    *WHEN,
})  # fmt: skip

NAMES, TABLES = frozenset({"members", "hashtags", "watchlists"}), frozenset({"response"})
FLAGS, TEXTS = frozenset({"internal"}), frozenset({"secret_file"})
"""The fields that a seed reads itself, by the type of their value."""

SENT_AS: Mapping[str, str] = {
    "from": "from_email",
    "body": "content",
    "internal": "is_internal",
    "assigned": "assigned_to_email",
    "queue": "queue_name",
}
"""The fields of tickets and responses that have another name in the API."""
