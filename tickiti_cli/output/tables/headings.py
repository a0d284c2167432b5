"""The heading of each field's column, and whether the column may be cut.

Rule: the functions have an answer for any name, because no list of all fields exists.
"""

import re
from collections.abc import Iterable
from enum import Enum
from typing import Any

_HEADINGS = {
    "action_count": "actions",
    "actor_name": "by",
    "actor_token_id": "by token",
    "answered_at": "time",
    "assigned_to_email": "assignee",
    "created_by_email": "author",
    "file_size": "bytes",
    "first_response_minutes_mean": "mean minutes",
    "first_response_minutes_median": "median minutes",
    "from_name": "sender name",
    "is_api_user": "API",
    "is_inline": "shown inline",
    "is_internal": "internal note",
    "key_hint": "key",
    "mime_type": "type",
    "milliseconds": "ms",
    "next_at": "next try",
    "occurred_at": "time",
    "originator_email": "requester",
    "paused_reason": "paused because",
    "plain_text": "text",
    "remote_disabled_reason": "disabled because",
    "remote_enabled": "enabled",
    "remote_epilog_url": "epilog URL",
    "smtp_enable": "SMTP",
    "smtp_security": "security",
    "smtp_user": "SMTP user",
    "ticket_count": "tickets",
    "ticket_number": "ticket",
    "token_id": "token",
    "token_name": "token name",
}
"""Headings that cannot be derived from the name of the field."""

_LABELS = {"token_id": "token ID"}
"""Labels on a card that differ from the heading, because the name of a token may stand below its
id."""

_PREFIXES = ("is_", "has_")
_SUFFIXES = ("_at", "_name", "_email")
_ABBREVIATIONS = re.compile(r"\b(api|id|ids|html|ip|pid|sha256|smtp|uid|url)\b")

_TIMES = ("_at", "overlap_until")
_DATES = ("_until", "period", "day")

_WHOLE = {
    "ability", "code", "column", "id", "key", "identifier", "line", "method", "number", "pid",
    "priority", "sha256", "state", "status", "tag", "token", "version",
}  # fmt: skip
_WHOLE_ENDS = ("_code", "_hint", "_id", "_key", "_number")
_ADDRESSES = {"address", "base_url", "email", "endpoint", "owner", "path", "to", "url"}
_ADDRESS_ENDS = ("_address", "_email", "_url")
_NAMES = {"category", "mailbox", "name", "queue", "subcategory", "uid"}
_TEXTS = {
    "abilities", "advice", "body", "content", "detail", "endpoints", "html", "keywords",
    "last_error", "matches", "members", "message", "plain_text", "sorted_by", "subject", "title",
    "value",
}  # fmt: skip


class Kind(Enum):
    """How a column gives way in a narrow table: texts are cut first, then addresses, then names."""

    WHOLE = "whole"
    """An id, a number, a date or a state, which is never cut."""

    TEXT = "text"
    ADDRESS = "address"
    NAME = "name"


def heading(key: str) -> str:
    """The words for a field: `last_used_at` is "last used", `queue_name` is "queue"."""
    if key in _HEADINGS:
        return _HEADINGS[key]
    words = key
    for prefix in _PREFIXES:
        words = words.removeprefix(prefix)
    for suffix in _SUFFIXES:
        words = words.removesuffix(suffix)
    return _ABBREVIATIONS.sub(lambda found: found[0].upper(), (words or key).replace("_", " "))


def label(key: str) -> str:
    """The heading with a capital, as a card of one record has it."""
    words = _LABELS.get(key) or heading(key)
    return words[:1].upper() + words[1:]


def is_time(key: str) -> bool:
    return key.endswith(_TIMES)


def kind_of(key: str, values: Iterable[Any]) -> Kind:
    """How a column with these values may be cut."""
    if key in _WHOLE or key.endswith((*_WHOLE_ENDS, *_TIMES, *_DATES)):
        return Kind.WHOLE
    if key in _ADDRESSES or key.endswith(_ADDRESS_ENDS):
        return Kind.ADDRESS
    if key in _TEXTS:
        return Kind.TEXT
    is_name = key in _NAMES or key.endswith("_name")
    return Kind.NAME if is_name or not are_numbers(values) else Kind.WHOLE


def is_whole(key: str, values: Iterable[Any]) -> bool:
    return kind_of(key, values) is Kind.WHOLE


def are_numbers(values: Iterable[Any]) -> bool:
    """Whether all values are numbers, or the digits of one, and at least one value is there."""
    present = [value for value in values if value is not None]
    return bool(present) and all(map(_is_number, present))


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return value.isascii() and value.isdecimal()
    return isinstance(value, (int, float)) and not isinstance(value, bool)
