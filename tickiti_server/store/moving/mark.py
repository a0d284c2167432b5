"""The mark of a target that is not complete: one row of table `setting`, as JSON."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from tickiti_server.store.moving.sides import MoveRefused, Origin


@dataclass(frozen=True, slots=True)
class Mark:
    origin: Origin
    later: Sequence[str]
    """The statements that complete the target: what its batches do without."""

    def text(self) -> str:
        return json.dumps({"origin": self.origin._asdict(), "later": list(self.later)})

    @classmethod
    def of(cls, text: str) -> "Mark":
        found = json.loads(text)
        return cls(Origin(**found["origin"]), found["later"])


def unfinished(text: str, target: str) -> str:
    """Why a database with this mark cannot be used, and what to do."""
    source = Mark.of(text).origin.location
    return (
        f"{target} holds an unfinished move of {source}. Run the same command again to finish it:"
        f" tickiti server migrate --from {source} --to {target}"
    )


def refuse_another_source(mark: Mark, origin: Origin, target: str) -> None:
    """Raise MoveRefused unless the unfinished move is one of this source."""
    if mark.origin.identity != origin.identity:
        raise MoveRefused(
            f"{target} holds an unfinished move of another database, {mark.origin.location}:"
            " finish that one, or name another target."
        )


def not_empty(target: str, what: str) -> MoveRefused:
    return MoveRefused(
        f"{target} is not empty: it has {what}. Name a file that does not exist yet, or an empty"
        " database."
    )
