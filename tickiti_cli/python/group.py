"""The base classes of the generated methods: they call an endpoint, and yield the rows of a paged
list."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from tickiti_cli.api.request import Upload

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
