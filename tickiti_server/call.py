"""What every handler is given: the world of one call, and nothing of HTTP."""

import secrets
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from tickiti_cli.contract.endpoint import Ability, Role
from tickiti_server.store.database import Transaction

if TYPE_CHECKING:
    from tickiti_server.minted_keys import Mint
    from tickiti_server.request_log import RequestLog

Microseconds = int
"""A point in time: whole microseconds since 1970 in UTC, as the database stores it."""

SECOND: Microseconds = 1_000_000
DAY: Microseconds = 86_400 * SECOND


def wall_clock() -> Microseconds:
    return time.time_ns() // 1000


def random_id() -> str:
    """32 URL-safe characters, 192 bits: nobody guesses one, no two are equal."""
    return secrets.token_urlsafe(24)


_process = secrets.token_hex(4)
_requests = count(1)


def new_request_id() -> str:
    """Names one request in replies and logs; unique, but no secret: `5f0c21aa-1c3`."""
    return f"{_process}-{next(_requests):x}"


def rfc3339(moment: Microseconds) -> str:
    """`2026-05-01T09:14:02+00:00`: the contract's form of a time."""
    return _rfc3339(moment // SECOND)


@lru_cache(maxsize=4096)
def _rfc3339(second: int) -> str:
    """Replies of one moment, and rows of one list, share their seconds."""
    return datetime.fromtimestamp(second, UTC).isoformat()


def rfc3339_exact(moment: Microseconds) -> str:
    """The same to the microsecond, where a place in a list is meant."""
    seconds, fraction = divmod(moment, SECOND)
    return (
        datetime.fromtimestamp(seconds, UTC)
        .replace(microsecond=fraction)
        .isoformat(timespec="microseconds")
    )


def day_of(moment: Microseconds) -> date:
    return datetime.fromtimestamp(moment // SECOND, UTC).date()


class Caller(NamedTuple):
    """Whose token a request carries."""

    token_id: int
    family_id: int
    abilities: frozenset[Ability]
    person_id: int
    """The user that the token acts for."""

    role: Role = Role.ANY
    is_sysadmin: bool = False


NOBODY = Caller(token_id=0, family_id=0, abilities=frozenset(), person_id=0)
"""The caller of a public route."""


class Call(NamedTuple):
    """One call of one handler, inside its transaction."""

    tx: Transaction
    caller: Caller
    now: Microseconds
    mint: "Mint"
    requests: "RequestLog"
    request_id: str
    idem_id: int | None = None
    """The stored reply this call will fill, if it has a key: its effects refer to it."""

    new_id: Callable[[], str] = random_id
