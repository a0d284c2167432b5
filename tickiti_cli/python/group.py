"""The base classes of the generated methods: they call an endpoint, and yield the rows of a paged
list.

Rule: a method refuses an argument that its endpoint does not have, because a server ignores it.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from tickiti_cli.api.request import Upload
from tickiti_cli.python.endpoints.arguments import ARGUMENTS
from tickiti_cli.suggest import nearest

FileOrPath: TypeAlias = Path | Upload
"""A file to upload: a path, or `Upload(name, content)` for bytes in memory."""


class Calls(Protocol):
    """Calls an endpoint of one server."""

    def call(
        self,
        name: str,
        body: Mapping[str, Any],
        *,
        key: str | None = None,
        place: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the data of the reply. `key`: the idempotency key. `place`: what the path names.
        Raises ApiError, TickitiError."""
        ...

    def rows(self, name: str, body: Mapping[str, Any], *, member: str, size: str) -> Iterator[Any]:
        """Yield the rows of all pages. `member`: the field with the rows; `size`: the field of the
        request with the size of a page. Raises ApiError, TickitiError."""
        ...


class Group:
    """Some endpoints of one server, by the family that their names begin with."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def _call(
        self,
        name: str,
        body: Mapping[str, Any],
        *,
        key: str | None = None,
        place: Mapping[str, Any] | None = None,
    ) -> Any:
        """As `Calls.call`. Raises TypeError for an unknown argument."""
        _refuse_unknown(f"{type(self).__name__}.{name.rpartition('.')[2]}", name, body)
        return self._calls.call(name, body, key=key, place=place)

    def _rows(self, name: str, body: Mapping[str, Any], *, member: str, size: str) -> Iterator[Any]:
        """As `Calls.rows`. Raises TypeError for an unknown argument."""
        _refuse_unknown(f"{type(self).__name__}.{name.rpartition('.')[2]}_all", name, body)
        return self._calls.rows(name, body, member=member, size=size)


def _refuse_unknown(method: str, name: str, body: Mapping[str, Any]) -> None:
    """Raise TypeError in Python's own words, and with the nearest argument, else with all."""
    known = ARGUMENTS.get(name, "").split()
    unknown = next((one for one in body if one not in known), None)
    if unknown is not None:
        all_of_them = f" It takes {', '.join(known)}."
        raise TypeError(
            f"{method}() got an unexpected keyword argument '{unknown}'."
            f"{nearest(unknown, known) or all_of_them}"
        )
