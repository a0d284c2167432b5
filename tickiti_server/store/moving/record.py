"""The record of a move that is complete: one row of table `setting` of its target, as JSON."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from tickiti_server.store.moving.sides import Origin


class MovedTable(NamedTuple):
    table: str
    rows: int
    digest: str


def text_of(tables: Sequence[MovedTable], origin: Origin) -> str:
    return json.dumps({"of": [origin.identity, origin.state], "tables": tables})


def tables_of(text: str, origin: Origin) -> Sequence[MovedTable] | None:
    """What was moved from this source; None if it was another one, or has been written to since."""
    found = json.loads(text)
    if found["of"] != [origin.identity, origin.state]:
        return None
    return [MovedTable(*table) for table in found["tables"]]
