"""Words and free objects that several members share, each as one component of the document.

Rule: generators of clients make a class of every enumeration and object that stands in a member, so
that none may stand in two members.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, get_args

from tickiti_cli.contract.vocabulary import (
    PRIORITY_WORDS,
    CallbackState,
    DeliveryState,
    Priority,
    TicketStatus,
)
from tickiti_server.api.axial.bodies.skills import CompositionWord
from tickiti_server.api.mail.bodies import mailboxes
from tickiti_server.api.search.bodies.search import Order
from tickiti_server.api.search.perspective_fields import DisplayMode, Operator
from tickiti_server.api.settings.bodies.stock_responses import Relevance
from tickiti_server.api.supervisor.bodies import health
from tickiti_server.api.templates.bodies.templates import FOUND_TYPES
from tickiti_server.api.tokens.bodies.keys import Action
from tickiti_server.documentation.openapi.models import REFERENCE
from tickiti_server.validation.json_schema import Schema

_WORDS: Mapping[str, tuple[Any, ...]] = {
    "CallbackState": get_args(CallbackState),
    "Composition": get_args(CompositionWord),
    "DeliveryState": get_args(DeliveryState),
    "DisplayMode": get_args(DisplayMode),
    "FoundType": FOUND_TYPES,
    "HealthStatus": get_args(health.Status),
    "KeyAction": get_args(Action),
    "MailboxType": get_args(mailboxes.Kind),
    "Operator": get_args(Operator),
    "PopEncryption": get_args(mailboxes.Encryption),
    "Priority": get_args(Priority),
    "PriorityDigits": tuple(PRIORITY_WORDS),
    "Relevance": get_args(Relevance),
    "SmtpSecurity": get_args(mailboxes.Security),
    "TicketOrder": get_args(Order),
    "TicketStatus": get_args(TicketStatus),
}
"""Enumerations of several members, by the name of their component."""

_OBJECTS: Mapping[str, Schema] = {
    "Features": {"type": "object", "additionalProperties": {"type": "boolean"}},
    "Values": {"type": "object", "additionalProperties": True},
}
"""Objects whose members have any names."""


class _Body(NamedTuple):
    """A component in place of several that differ in their names and descriptions alone."""

    places: tuple[str, ...]
    member: str
    description: str


_BODIES: Mapping[str, _Body] = {
    "EditToken": _Body(
        ("Edit", "UpdateApiToken"), "id", "A token's id: the number before the bar."
    ),
    "FindById": _Body(
        (
            "DeleteFilter",
            "FindApiToken",
            "FindDisk",
            "FindEscalation",
            "FindException",
            "FindResolution",
        ),
        "id",
        "The id that the list shows.",
    ),
    "FindDelivery": _Body(
        ("FindCallback", "FindDelivery", "ShowMail"),
        "id",
        "The id of the delivery: a mail's email_id or number, a callback's webhook-id.",
    ),
    "FindTemplate": _Body(("FindStockResponse", "FindTemplate"), "template_id", "The text's id."),
}

_ABOUT = ("description", "examples", "x-default")


def share(components: dict[str, Schema]) -> None:
    """Move the shared schemas of the components' members to components of their own."""
    named = {_key(schema): name for name, schema in components.items() if "enum" in schema}
    new: dict[str, Schema] = {name: _enum(words) for name, words in _WORDS.items()}
    new |= _OBJECTS
    named |= {_key(schema): name for name, schema in new.items()}
    for component in components.values():
        for word in ("properties", "anyOf", "items"):
            if word in component:
                component[word] = _shared(component[word], named)
    text = json.dumps(components)
    components |= {name: schema for name, schema in new.items() if f'"{REFERENCE}{name}"' in text}


def merge(schemas: dict[Any, Schema], components: dict[str, Schema]) -> None:
    """Let bodies of the same members be one component. Raises LookupError where they differ."""
    for name, body in _BODIES.items():
        found = [components.pop(place) for place in body.places]
        if len({_key(_bare(schema)) for schema in found}) > 1:
            raise LookupError(f"{', '.join(body.places)} differ in their members")
        components[name] = found[0]
        components[name]["properties"][body.member]["description"] = body.description
        named = {f"{REFERENCE}{place}" for place in body.places}
        moved = [key for key, schema in schemas.items() if schema.get("$ref") in named]
        schemas |= {key: {"$ref": f"{REFERENCE}{name}"} for key in moved}


def _bare(part: Any) -> Any:
    """A schema without the words about it and its members."""
    if isinstance(part, list):
        return [_bare(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {word: _bare(said) for word, said in part.items() if word not in _ABOUT}


def _shared(part: Any, named: Mapping[str, str]) -> Any:
    if isinstance(part, list):
        return [_shared(item, named) for item in part]
    if not isinstance(part, dict):
        return part
    bare = {word: said for word, said in part.items() if word not in _ABOUT}
    name = named.get(_key(bare))
    if name is not None:
        about = {word: part[word] for word in _ABOUT if word in part}
        return {"$ref": f"{REFERENCE}{name}", **about}
    return {word: said if word in _ABOUT else _shared(said, named) for word, said in part.items()}


def _enum(words: tuple[Any, ...]) -> Schema:
    return {"type": "integer" if isinstance(words[0], int) else "string", "enum": [*words]}


def _key(schema: Schema) -> str:
    """The schema without the words about it, as a text that can be compared."""
    bare = {word: said for word, said in schema.items() if word not in _ABOUT}
    return json.dumps(bare, sort_keys=True)
