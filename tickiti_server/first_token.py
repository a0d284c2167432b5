"""The token that a server is started with: one that is good, the one of a file, or a new one.

The rule of this file: however often a server is started, one token of its name is live that a start
has made. What somebody has minted or rotated themselves is never touched.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tickiti_cli.contract.endpoint import Ability
from tickiti_cli.contract.errors import Unauthenticated
from tickiti_cli.contract.tokens import split_token
from tickiti_server import auth, tokens
from tickiti_server.audit import SERVER_START, Action, note
from tickiti_server.call import Microseconds, wall_clock
from tickiti_server.store import token_audit
from tickiti_server.store import tokens as stored
from tickiti_server.store.database import Row, Transaction

DEFAULT_NAME = "local"


class FirstTokenRefused(Exception):
    """The token of the file cannot be this database's; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`known` are tokens that the caller has, the best one first; `given` is that of a file, which
    is the first of its database."""

    known: Sequence[str] = ()
    given: str | None = None
    name: str = DEFAULT_NAME


@dataclass(frozen=True, slots=True)
class FirstToken:
    """`token` is what to use from now on, None where the one that was given works no more; `ended`
    are those whose place it took."""

    token: str | None
    token_id: int
    is_new: bool = False
    ended: list[int] = field(default_factory=list)
    kept: str | None = None
    """The copy of the database as it was before this start upgraded it, where one was made."""


def see_to(tx: Transaction, wanted: Wanted) -> FirstToken:
    """Find one that is good, or make one. Raises FirstTokenRefused."""
    now = wall_clock()
    if wanted.given is not None:
        _adopt(tx, wanted.given, wanted.name, now)
    for token in (wanted.given, *wanted.known):
        if token is not None and (token_id := _id_of_good(tx, token, now)):
            return FirstToken(token, token_id)
    if wanted.given is not None:
        return FirstToken(None, 0)
    return _minted(tx, wanted.name, now)


def _adopt(tx: Transaction, token: str, name: str, now: Microseconds) -> None:
    """Put it into a database that has never had one. Raises FirstTokenRefused."""
    found = split_token(token)
    if found is None:
        raise FirstTokenRefused("It is no token.")
    token_id, secret = found
    row = stored.find(tx, token_id)
    if row is None and not token_audit.is_empty(tx):
        if token_audit.creator(tx, token_id) is None:
            raise FirstTokenRefused(
                f"The database has tokens already, and none has ever had the id {token_id}."
            )
        return  # it was pruned
    if row is None:
        tokens.adopt(tx, SERVER_START, token_id, secret, name=name, abilities=[*Ability], now=now)
    elif row["secret_sha256"] != tokens.digest(secret):
        raise FirstTokenRefused(f"The database has another token with the id {token_id}.")


def _minted(tx: Transaction, name: str, now: Microseconds) -> FirstToken:
    """In the family of the one that it replaces, so that the keys used with it are known."""
    former = [row for row in stored.every(tx) if _is_former(tx, row, name, now)]
    family = former[-1]["family_id"] if former else None
    for row in former:
        stored.revoke(tx, row["id"], at=now)
        note(tx, SERVER_START, Action.REVOKE, token=row, at=now)
    row, token = tokens.mint(
        tx, SERVER_START, name=name, abilities=[*Ability], now=now, family_id=family
    )
    return FirstToken(token, row["id"], is_new=True, ended=[old["id"] for old in former])


def _is_former(tx: Transaction, row: Row, name: str, now: Microseconds) -> bool:
    is_ours = token_audit.creator(tx, row["id"]) == SERVER_START.name
    return bool(row["name"] == name and is_ours and tokens.is_live(row, now))


def _id_of_good(tx: Transaction, token: str, now: Microseconds) -> int | None:
    found = split_token(token)
    if found is None:
        return None
    try:
        auth.identify(tx, token_id=found[0], secret=found[1], now=now)
    except Unauthenticated:
        return None
    return found[0]
