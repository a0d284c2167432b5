"""Which migrations a database still needs: numbered files, applied in order, one transaction each.

A migration that is interrupted leaves nothing behind and runs again. A database that is newer than
this version is refused: an old program must not write into tables it does not know.
"""

from collections.abc import Collection
from dataclasses import dataclass
from importlib.resources import files

from tickiti_server.store.database import DatabaseUnusable

REWRITES = "-- Rewrites tables.\n"
"""The first line of a migration that does."""


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    sql: str

    @property
    def rewrites(self) -> bool:
        """Whether it changes rows or columns that are there, so that a copy is kept before it."""
        return self.sql.startswith(REWRITES)


def known_migrations(dialect: str) -> list[Migration]:
    """The files of `migrations/<dialect>/`, in order: `0001_initial.sql`, ..."""
    folder = files("tickiti_server.store") / "migrations" / dialect
    found = [
        Migration(number=int(file.name[:4]), name=file.name, sql=file.read_text("utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".sql")
    ]
    return sorted(found, key=lambda migration: migration.number)


def missing_migrations(dialect: str, applied: Collection[int]) -> list[Migration]:
    """What has to run on a database where the numbers `applied` have run.

    Raises DatabaseUnusable where the database is ahead of this version.
    """
    known = known_migrations(dialect)
    newest = max(applied, default=0)
    if newest > known[-1].number:
        raise DatabaseUnusable(
            f"The database has schema {newest} and this version knows {known[-1].number}: "
            "a newer tickiti used it. Upgrade tickiti, or restore an older backup."
        )
    return [migration for migration in known if migration.number not in applied]
