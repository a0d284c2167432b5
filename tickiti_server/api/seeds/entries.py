"""The entries of a seed file, each with the name by which it is known."""

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from tickiti_server.api.seeds.kinds import (
    FLAGS,
    KINDS,
    NAMES,
    SIMPLE,
    TABLES,
    TEXTS,
    TICKET,
    TICKET_FIELDS,
    WHEN,
)
from tickiti_server.api.seeds.refused import SeedRefused
from tickiti_server.api.seeds.seed import handlers_by_name


class Seed(NamedTuple):
    """A seed file: its name in errors, and its entries by kind."""

    file: str
    entries: Mapping[str, Any]


class Entry(NamedTuple):
    kind: str
    identity: str
    fields: Mapping[str, Any]
    where: str
    """File, kind, position and identity, which begin an error."""

    @property
    def record(self) -> str:
        """The name of the setting that records the entry."""
        return f"seed {self.kind} {self.identity}"

    @property
    def digest(self) -> str:
        text = json.dumps(self.fields, sort_keys=True, default=str)
        return sha256(text.encode()).hexdigest()


def entries_of(seed: Seed) -> list[Entry]:
    """The entries of a file. Raises SeedRefused for a value that is not an entry."""
    found: list[Entry] = []
    for kind, rows in seed.entries.items():
        if kind not in KINDS:
            raise SeedRefused(
                f"{seed.file}: '{kind}' is not a kind of entry; there are {', '.join(KINDS)}"
            )
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise SeedRefused(f"{seed.file}: {kind}: must be a list of tables, [[{kind}]]")
        for position, fields in enumerate(rows, start=1):
            found.append(_entry(seed.file, kind, position, fields))
            if (*found[-1][:2],) in {(*entry[:2],) for entry in found[:-1]}:
                raise SeedRefused(f"{found[-1].where}: the file has this entry twice")
    return found


def _entry(file: str, kind: str, position: int, fields: Mapping[str, Any]) -> Entry:
    where = f"{file}: {kind} {position}"
    names = _names_of(kind)
    if unknown := sorted(fields.keys() - names):
        raise SeedRefused(
            f"{where}: {unknown[0]}: not a field; there are {', '.join(sorted(names))}"
        )
    check_shapes(fields, where)
    identity = _identity(kind, fields, where)
    return Entry(kind, identity, fields, f"{where} ('{identity}')" if identity else where)


def check_shapes(fields: Mapping[str, Any], where: str) -> None:
    """Raise SeedRefused for a value of another type than its field has.

    Only for the fields that a seed reads itself. The endpoint checks the others.
    """
    for name in sorted(fields.keys() & _SHAPES.keys()):
        is_right, shape = _SHAPES[name]
        if not is_right(fields[name]):
            raise SeedRefused(f"{where}: {name}: must be {shape}")


def _are(kind: type, rows: object) -> bool:
    return isinstance(rows, list) and all(isinstance(row, kind) for row in rows)


_SHAPES: Mapping[str, tuple[Callable[[object], bool], str]] = {
    **dict.fromkeys(NAMES, (lambda value: _are(str, value), "a list of strings")),
    **dict.fromkeys(TABLES, (lambda value: _are(dict, value), "a list of tables")),
    **dict.fromkeys(FLAGS, (lambda value: isinstance(value, bool), "true or false")),
    **dict.fromkeys(TEXTS, (lambda value: isinstance(value, str), "a string")),
}
"""What the value of a field must be: the check, and the words for it."""


def _identity(kind: str, fields: Mapping[str, Any], where: str) -> str:
    """The name of an entry. A ticket without one is known by its requester and its subject."""
    field = "name" if kind == TICKET else SIMPLE[kind].identity
    found = fields.get(field) or ""
    if not isinstance(found, str):
        raise SeedRefused(f"{where}: {field}: must be a string")
    if found or kind == TICKET:
        return found or ": ".join(str(fields[one]) for one in ("from", "subject") if one in fields)
    raise SeedRefused(f"{where}: {field}: required")


def _names_of(kind: str) -> frozenset[str]:
    """The fields that an entry may have."""
    if kind == TICKET:
        return TICKET_FIELDS
    body = handlers_by_name()[SIMPLE[kind].endpoint].body
    assert body is not None
    return frozenset(body.json_schema()["properties"]) | SIMPLE[kind].own | WHEN
