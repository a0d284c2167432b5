"""Finds the migrations that a database needs: numbered files, applied in order.

Each migration runs in one transaction, so that an interrupted one leaves nothing and runs again. A
database with a newer schema is refused, because an old program must not write unknown tables.
"""

from collections.abc import Collection
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from tickiti_server.store.interface import DatabaseUnusable

REWRITES = "-- Rewrites tables.\n"
"""The first line of every migration that rewrites tables."""

UNREFERRED = "-- Without foreign keys.\n"
"""The second line of every migration that drops a table whose rows others refer to, and puts a new
one with the same ids in its place: foreign keys would take the other rows along."""


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    sql: str

    @property
    def rewrites(self) -> bool:
        """Whether the migration changes existing rows or columns, so that a copy is made first."""
        return self.sql.startswith(REWRITES)

    @property
    def has_foreign_keys(self) -> bool:
        """Whether foreign keys are checked and followed meanwhile."""
        return UNREFERRED not in self.sql


def known_migrations(dialect: str) -> list[Migration]:
    """Read the files of `<dialect>/migrations/`, in order: `0001_initial.sql`, ..."""
    folder = files(f"tickiti_server.store.{dialect}") / "migrations"
    found = [
        Migration(number=int(file.name[:4]), name=file.name, sql=file.read_text("utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".sql")
    ]
    return sorted(found, key=lambda migration: migration.number)


def missing_migrations(
    dialect: str, applied: Collection[int], location: Path | str
) -> list[Migration]:
    """Return the migrations that the database there needs after the numbers in `applied`.

    Raises DatabaseUnusable if the database is ahead of this version.
    """
    known = known_migrations(dialect)
    newest = max(applied, default=0)
    if newest > known[-1].number:
        raise DatabaseUnusable(
            f"The database {location} has schema {newest} and this version knows"
            f" {known[-1].number}: a newer tickiti used it. Upgrade tickiti, or restore an older"
            " backup."
        )
    return [migration for migration in known if migration.number not in applied]
