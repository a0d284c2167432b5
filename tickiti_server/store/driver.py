"""What a driver is to `store.open`: a module with these functions."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from tickiti_server.store.interface import Database, DatabaseSummary
from tickiti_server.store.moving.sides import Source, Target
from tickiti_server.store.states import States


class Driver(Protocol):
    """The functions of a driver that `store.open` calls. A location is a URL without its scheme.

    Every function raises DatabaseUnusable; those for copies of files raise OSError too. A driver
    whose database is not a file refuses these with DatabaseUnusable.
    """

    def open_database(self, location: str, /, *, name: str) -> Database: ...

    def is_served_as(self, location: str, name: str, /) -> bool: ...

    def is_for_tests(self, location: str, /) -> bool: ...

    def states_of(self, location: str, /) -> States: ...

    def prepare_database(
        self, location: str, /, *, backup: bool, on_copy: Callable[[Path], object]
    ) -> list[str]: ...

    def unsafe_settings(self, location: str, /) -> list[str]: ...

    def check_database(self, location: str, /) -> DatabaseSummary: ...

    def back_up_database(self, location: str, target: Path, /) -> DatabaseSummary: ...

    def restore_database(
        self, location: str, backup: Path, /
    ) -> tuple[DatabaseSummary, Path | None]: ...

    def open_source(self, location: str, /) -> AbstractContextManager[Source]: ...

    def open_target(self, location: str, /) -> AbstractContextManager[Target]: ...
