"""The token that a server starts with: a live one that the CLI has, a given one, or a new one.

Rule: however often a server starts, one token of its name is live that a start has minted, besides
those that the caller uses elsewhere. Tokens that people have minted, rotated or edited are never
changed.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from tickiti_cli.contract.endpoint import Ability, AnyAbility, ControlAbility
from tickiti_cli.contract.errors import Unauthenticated
from tickiti_cli.contract.token_format import split_token
from tickiti_server.auth import authenticate
from tickiti_server.auth.audit import SERVER_START, Action, note
from tickiti_server.auth.token import abilities_of, adopt, edit, is_live, mint, secret_digest
from tickiti_server.clock import Microseconds
from tickiti_server.store.access import token_audit, tokens
from tickiti_server.store.interface import Row, Transaction

DEFAULT_NAME = "local"

FORMER_ABILITIES = frozenset(Ability) - {Ability.SKILLS_READ, Ability.SKILLS_WRITE}
"""Every ability of version 0.1.0, which its first tokens had."""

TEST_ABILITIES: Sequence[AnyAbility] = (*Ability, *ControlAbility)
"""The abilities of a first token in test mode."""


class FirstTokenRefused(Exception):
    """The given token cannot belong to this database. The message says why."""


@dataclass(frozen=True, slots=True)
class FirstTokenRequest:
    """`known` are tokens that the caller has, the best first.

    `given` is the token of a file, which becomes the first token of a new database. `elsewhere` are
    tokens that the caller uses for something else, such as a renamed profile: none is revoked.
    """

    known: Sequence[str] = ()
    elsewhere: Sequence[str] = ()
    given: str | None = None
    name: str = DEFAULT_NAME


@dataclass(frozen=True, slots=True)
class FirstToken:
    """`token` is the one to use, or None if the given one is no longer valid.

    `ended` are the ids of the tokens that the new one replaces.
    """

    token: str | None
    token_id: int
    is_new: bool = False
    ended: list[int] = field(default_factory=list)
    seeded: list[dict[str, str | None]] = field(default_factory=list)
    """The tokens that seeds have made: name, token and secret_file."""

    kept: str | None = None
    """Path of the copy of the database before its upgrade; None without a copy."""


def ensure(
    tx: Transaction,
    request: FirstTokenRequest,
    *,
    now: Microseconds,
    test: bool = False,
    before_revoking: Callable[[], None] = lambda: None,
) -> FirstToken:
    """Find a live token or mint one. In test mode the token can control the server.

    `before_revoking` may raise where a server of the name still gives its token to its programs.
    Raises FirstTokenRefused.
    """
    abilities = TEST_ABILITIES if test else tuple(Ability)
    needed = frozenset(ControlAbility) if test else frozenset()
    _extend(tx, now)
    if request.given is not None:
        _adopt(tx, request.given, request.name, abilities, now)
    for token in (request.given, *request.known):
        if token is not None and (token_id := _id_of_good(tx, token, needed, now)):
            return FirstToken(token, token_id)
    if request.given is not None:
        return FirstToken(None, 0)
    return _minted(tx, request, abilities, now, before_revoking=before_revoking)


def find_controlling(tx: Transaction) -> int:
    """The id of the newest token that controls the server in test mode."""
    rows = tokens.list_tokens(tx)
    return max(int(row["id"]) for row in rows if frozenset(ControlAbility) <= abilities_of(row))


def _extend(tx: Transaction, now: Microseconds) -> None:
    """Give the first tokens of 0.1.0, and what rotations made of them, the abilities that are new.

    A token that a token has edited, or whose predecessor one has, stays as it is.
    """
    for row in tokens.list_tokens(tx):
        is_full = FORMER_ABILITIES <= abilities_of(row) < frozenset(Ability)
        if is_full and is_live(row, now) and _descends_from_first(tx, row):
            edit(tx, SERVER_START, row, {"abilities": [*Ability]}, now=now)


def _descends_from_first(tx: Transaction, row: Row) -> bool:
    """Whether the server made the token's family at its start, and nobody has edited one of it."""
    family = row["family_id"]  # the id of the family's first token, which may be pruned
    if token_audit.find_creator(tx, family) != SERVER_START.name:
        return False
    return not token_audit.was_edited(tx, [family, *tokens.list_family_ids(tx, family)])


def _adopt(
    tx: Transaction, token: str, name: str, abilities: Sequence[AnyAbility], now: Microseconds
) -> None:
    """Insert the given token if the database has never had any. Raises FirstTokenRefused."""
    found = split_token(token)
    if found is None:
        raise FirstTokenRefused("It is not a token.")
    token_id, secret = found
    row = tokens.find_token(tx, token_id)
    if row is None and not token_audit.has_no_entries(tx):
        if token_audit.find_creator(tx, token_id) is None:
            raise FirstTokenRefused(
                f"The database has tokens already, and none has ever had the id {token_id}."
            )
        return  # the token existed and was pruned
    if row is None:
        adopt(tx, SERVER_START, token_id, secret, name=name, abilities=abilities, now=now)
    elif row["secret_sha256"] != secret_digest(secret):
        raise FirstTokenRefused(f"The database has another token with the id {token_id}.")


def _minted(
    tx: Transaction,
    request: FirstTokenRequest,
    abilities: Sequence[AnyAbility],
    now: Microseconds,
    *,
    before_revoking: Callable[[], None],
) -> FirstToken:
    """Mint a token in the family of the one it replaces, so that its keys still replay."""
    name, used = request.name, [*map(split_token, request.elsewhere)]
    former = [row for row in tokens.list_tokens(tx) if _is_former(tx, row, name, now)]
    family = former[-1]["family_id"] if former else None
    lost = [row for row in former if not any(_is_of_row(token, row) for token in used)]
    if lost:
        before_revoking()
    for row in lost:
        tokens.revoke_token(tx, row["id"], at=now)
        note(tx, SERVER_START, Action.REVOKE, token=row, at=now)
    row, token = mint(tx, SERVER_START, name=name, abilities=abilities, now=now, family_id=family)
    return FirstToken(token, row["id"], is_new=True, ended=[old["id"] for old in lost])


def _is_of_row(token: tuple[int, str] | None, row: Row) -> bool:
    return token is not None and (row["id"], row["secret_sha256"]) == (
        token[0],
        secret_digest(token[1]),
    )


def _is_former(tx: Transaction, row: Row, name: str, now: Microseconds) -> bool:
    is_ours = token_audit.find_creator(tx, row["id"]) == SERVER_START.name
    return bool(row["name"] == name and is_ours and is_live(row, now))


def _id_of_good(
    tx: Transaction, token: str, needed: Collection[AnyAbility], now: Microseconds
) -> int | None:
    """The id of a live token with the needed abilities, or None."""
    found = split_token(token)
    if found is None:
        return None
    try:
        good = authenticate.identify(tx, token_id=found[0], secret=found[1], now=now)
    except Unauthenticated:
        return None
    return found[0] if good.caller.abilities.issuperset(needed) else None
