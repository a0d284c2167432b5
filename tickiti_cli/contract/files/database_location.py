"""Where a database is: a file of SQLite, or a URL of PostgreSQL.

Rule: a URL has no password, because every user of the machine can read command lines. libpq takes
the password from PGPASSFILE, from a service file or from PGPASSWORD.
"""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tickiti_cli.contract.files import lockfile

SCHEMES = ("postgresql://", "postgres://")

SECRETS = ("password", "sslpassword")
"""Parameters of libpq that nobody else may read."""


class DatabaseUrl(str):
    """A URL of PostgreSQL without a password."""

    __slots__ = ()


Location = Path | DatabaseUrl


class LocationRefused(ValueError):
    """The text names no database. The message says why, without the text."""


def location_of(text: str) -> Location:
    """The database of a command line's argument. Raises LocationRefused."""
    if text.startswith(SCHEMES):
        _refuse_password(text)
        return DatabaseUrl(text)
    if "://" in text or text.startswith(("postgres:", "postgresql:")):
        raise LocationRefused("must be a file, or a URL that begins with postgresql://.")
    return lockfile.real_path(Path(text))


def recorded(text: str) -> Location:
    """The database that a lock file names."""
    return DatabaseUrl(text) if text.startswith(SCHEMES) else Path(text)


def _refuse_password(url: str) -> None:
    try:
        parts = urlsplit(url)
        has_one = parts.password is not None or any(
            name in SECRETS for name in parse_qs(parts.query, keep_blank_values=True)
        )
    except ValueError:
        raise LocationRefused("is not a URL.") from None
    if has_one:
        raise LocationRefused(
            "other users of this machine can read a password in a URL: put it into the file that"
            " PGPASSFILE names (~/.pgpass), or into PGPASSWORD."
        )
