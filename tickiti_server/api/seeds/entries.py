"""The entries of a seed file, each with the name by which it is known."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from tickiti_server.api.seeds.kinds import KINDS, SIMPLE, TICKET, TICKET_FIELDS, WHEN
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
    if kind == TICKET:
        identity = fields.get("name") or f"{fields.get('from')}: {fields.get('subject')}"
    else:
        identity = fields.get(SIMPLE[kind].identity)
    if not isinstance(identity, str) or not identity:
        raise SeedRefused(f"{where}: {SIMPLE[kind].identity}: required")
    return Entry(kind, identity, fields, f"{where} ('{identity}')")


def _names_of(kind: str) -> frozenset[str]:
    """The fields that an entry may have."""
    if kind == TICKET:
        return TICKET_FIELDS
    body = handlers_by_name()[SIMPLE[kind].endpoint].body
    assert body is not None
    return frozenset(body.json_schema()["properties"]) | SIMPLE[kind].own | WHEN
