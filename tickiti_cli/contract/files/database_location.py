"""Where a database is: a file of SQLite, or a URL of PostgreSQL.

Rule: a URL has no password, because every user of the machine can read command lines. libpq takes
the password from PGPASSFILE, from a service file or from PGPASSWORD.

A URL is the database's own address. Its parameter `pooler=HOST:PORT`, which is ours and not of
libpq, names the PgBouncer through which a server sends its requests.
"""

import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from tickiti_cli.contract.files import lockfile

SCHEMES = ("postgresql://", "postgres://")

SECRETS = ("password", "sslpassword")
"""Parameters of libpq that nobody else may read."""

_KEYWORDS = re.compile(r"\s*(?:host|hostaddr|port|dbname|user|password|service)\s*=", re.IGNORECASE)
"""How libpq's other form begins: `host=db dbname=tickets user=shop`."""

POOLER = "pooler"
"""The parameter of a URL that names a PgBouncer."""


class Pooler(NamedTuple):
    """Where a PgBouncer listens: a host, or the folder of its socket, and a port."""

    host: str
    port: int


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
        pooler_of(text)
        return DatabaseUrl(text)
    if "://" in text or text.startswith(("postgres:", "postgresql:")):
        raise LocationRefused("must be a file, or a URL that begins with postgresql://.")
    if _KEYWORDS.match(text):
        # As the name of a file it would be a helpdesk that nobody has asked for, with a password in
        # every message.
        raise LocationRefused(
            "must be a URL such as postgresql://USER@HOST/NAME, or a file; write ./ before a file"
            " of such a name."
        )
    return lockfile.real_path(Path(text))


def recorded(text: str) -> Location:
    """The database that a lock file names."""
    return DatabaseUrl(text) if text.startswith(SCHEMES) else Path(text)


def direct(url: str) -> str:
    """The URL as PostgreSQL's own programs take it: without the parameter `pooler`."""
    address, sign, query = url.partition("?")
    kept = [part for part in query.split("&") if not _is_pooler(part)] if sign else []
    return f"{address}?{'&'.join(kept)}" if kept else address


def pooler_of(url: str) -> Pooler | None:
    """The PgBouncer that the URL names. Raises LocationRefused."""
    named = [part for part in url.partition("?")[2].split("&") if _is_pooler(part)]
    if not named:
        return None
    host, _, port = unquote(named[-1].partition("=")[2]).rpartition(":")
    if not host or not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise LocationRefused(
            f"{POOLER} must be the address of a PgBouncer, such as {POOLER}=127.0.0.1:6432."
        )
    return Pooler(host, int(port))


def hosts_of(url: str) -> list[str]:
    """Every host that a server of this URL connects to, as names, addresses or folders of sockets:
    libpq takes several, and takes them as parameters too. The name of a service stands for the
    hosts in its file. Raises LocationRefused."""
    parts = urlsplit(direct(url))
    named = parts.netloc.rpartition("@")[2].split(",") if parts.netloc else []
    bare = [re.sub(r":[0-9]*$", "", unquote(host)).strip("[]") for host in named]
    query = parse_qs(parts.query)
    given = [text for name in ("host", "hostaddr", "service") for text in query.get(name, ())]
    more = [host for text in given for host in text.split(",")]
    pooler = pooler_of(url)
    return bare + more + ([pooler.host] if pooler else [])


def _is_pooler(part: str) -> bool:
    return part.partition("=")[0] == POOLER


def _refuse_password(url: str) -> None:
    """Read the URL as libpq does. It knows no fragment, and its user and password end at the first
    @ or /, so that they may have a # or a ?, which urlsplit takes for the end of the host."""
    rest = url.partition("://")[2]
    before, sign, behind = rest.partition("@")
    has_user = bool(sign) and "/" not in before
    address, _, query = (behind if has_user else rest).partition("?")
    # libpq knows small letters only, but its refusal comes after messages with the URL.
    names = {unquote(part.partition("=")[0]).lower() for part in query.split("&")}
    if (has_user and ":" in before) or names & set(SECRETS):
        raise LocationRefused(
            "other users of this machine can read a password in a URL: put it into the file that"
            " PGPASSFILE names (~/.pgpass), or into PGPASSWORD."
        )
    if (
        "@" in address.partition("/")[2]
    ):  # a password with a slash, whose rest libpq takes for the name of the database
        raise LocationRefused("write an @ in the name of the database as %40, and no password.")
    try:
        urlsplit(url)
    except ValueError:
        raise LocationRefused("is not a URL.") from None
