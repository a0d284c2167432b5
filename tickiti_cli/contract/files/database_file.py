"""The header by which a SQLite file is known as a database of tickiti."""

from contextlib import suppress
from pathlib import Path

APPLICATION = b"TIKT"
"""The id of the application, which tells a tickiti database from other SQLite files."""

_FORMAT = b"SQLite format 3\0"
_APPLICATION_AT = 68
_HEADER_BYTES = 100


def is_database(path: Path) -> bool:
    """Whether a file is a database, in use or not, or a backup of one.

    Not for a process that has the database open: closing the file drops SQLite's locks.
    """
    with suppress(OSError), path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
        return header.startswith(_FORMAT) and header[_APPLICATION_AT:].startswith(APPLICATION)
    return False
