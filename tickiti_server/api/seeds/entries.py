"""The entries of a seed file, each with the name by which it is known."""

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from tickiti_server.api.seeds.kinds import (
    FLAGS,
    KINDS,
    LISTS,
    NAMES,
    PARTS,
    SECRET,
    SIMPLE,
    TABLES,
    TEXTS,
    TICKET,
    WHEN,
    identity_fields,
    names_of,
)
from tickiti_server.api.seeds.refused import SeedRefused


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

    file: str
    """The seed."""

    @property
    def record(self) -> str:
        """The name of the setting that records the entry."""
        return f"seed {self.kind} {self.identity}"

    @property
    def kind_and_identity(self) -> tuple[str, str]:
        return self.kind, self.identity

    @property
    def sent_fields(self) -> dict[str, Any]:
        """The fields that its endpoint has."""
        own = WHEN | SECRET | SIMPLE[self.kind].own
        return {name: value for name, value in self.fields.items() if name not in own}

    @property
    def digest(self) -> str:
        text = json.dumps(self.fields, sort_keys=True, default=str)
        return sha256(text.encode()).hexdigest()


def entries_of(seed: Seed) -> list[Entry]:
    """The entries of a file. Raises SeedRefused for a value that is not an entry."""
    found: dict[tuple[str, str], Entry] = {}
    for kind, rows in seed.entries.items():
        if kind not in KINDS:
            raise SeedRefused(
                f"{seed.file}: '{kind}' is not a kind of entry; there are {', '.join(KINDS)}"
            )
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise SeedRefused(f"{seed.file}: {kind}: must be a list of tables, [[{kind}]]")
        for position, fields in enumerate(rows, start=1):
            entry = _entry(seed.file, kind, position, fields)
            if entry.kind_and_identity in found:
                raise SeedRefused(f"{entry.where}: the file has this entry twice{_way_out(kind)}")
            found[entry.kind_and_identity] = entry
    return [*found.values()]


def parts_of(entry: Entry, name: str) -> list[Entry]:
    """The tables of that name inside an entry. Raises SeedRefused for a wrong field."""
    found = entry.fields.get(name, [])
    if not isinstance(found, list):
        return [_part(entry, name, found, f"{entry.where}: {name}")]
    places = enumerate(found, start=1)
    return [_part(entry, name, one, f"{entry.where}: {name} {at}") for at, one in places]


def _part(entry: Entry, name: str, fields: Mapping[str, Any], where: str) -> Entry:
    _check_fields(fields, PARTS[name], where)
    return entry._replace(fields=fields, where=where)


def _entry(file: str, kind: str, position: int, fields: Mapping[str, Any]) -> Entry:
    where = f"{file}: {kind} {position}"
    _check_fields(fields, names_of(kind), where)
    identity = _identity(kind, fields, where)
    where = f"{where} ('{identity}')" if identity else where
    return Entry(kind, identity, fields, where, file)


def _check_fields(fields: Mapping[str, Any], names: frozenset[str], where: str) -> None:
    if unknown := sorted(fields.keys() - names):
        raise SeedRefused(
            f"{where}: {unknown[0]}: not a field; there are {', '.join(sorted(names))}"
        )
    _check_shapes(fields, where)
    if "secret_file" in fields and fields.get("discard_secret"):
        raise SeedRefused(f"{where}: discard_secret: does not go with secret_file")


def _check_shapes(fields: Mapping[str, Any], where: str) -> None:
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
    **dict.fromkeys(LISTS, (lambda value: _are(dict, value), "a list of tables")),
    **dict.fromkeys(TABLES, (lambda value: isinstance(value, dict), "a table")),
    **dict.fromkeys(FLAGS, (lambda value: isinstance(value, bool), "true or false")),
    **dict.fromkeys(TEXTS, (lambda value: isinstance(value, str), "a string")),
}
"""What the value of a field must be: the check, and the words for it."""


def _identity(kind: str, fields: Mapping[str, Any], where: str) -> str:
    """The name of an entry. A ticket without one is known by its requester and its subject, a mail
    by its recipient and subject, a text of the FAQ by its subject."""
    field, others = identity_fields(kind)
    found = fields.get(field) or ""
    if not isinstance(found, str):
        raise SeedRefused(f"{where}: {field}: must be a string")
    found = found or ": ".join(str(fields[one]) for one in others if one in fields)
    if found or kind == TICKET:
        return found
    raise SeedRefused(f"{where}: {field}: required")


def _way_out(kind: str) -> str:
    """What tells two entries apart where a name is no part of the data."""
    field, others = identity_fields(kind)
    return f"; give each a {field}" if others else ""
