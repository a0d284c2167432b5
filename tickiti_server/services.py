"""What the parts of one server share: made once at its start."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from tickiti_server.call import Microseconds, wall_clock
from tickiti_server.callers import Callers
from tickiti_server.idempotency import Turns
from tickiti_server.limits import Rate, Room, Workshop
from tickiti_server.minted_keys import Mint
from tickiti_server.request_log import RequestLog
from tickiti_server.running_time import RunningTime
from tickiti_server.settings import Settings
from tickiti_server.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the handlers of one server share."""

    settings: Settings
    database: Database
    mint: Mint
    callers: Callers
    turns: Turns
    token_rate: Rate
    address_rate: Rate
    room: Room
    workshop: Workshop
    requests: RequestLog
    running: RunningTime
    """By which keys age."""

    clock: Callable[[], Microseconds] = wall_clock
    touched: dict[int, Microseconds] = field(default_factory=dict)
    """Tokens whose use is being noted, so that a burst of requests notes it once."""

    background: set[asyncio.Task[None]] = field(default_factory=set)
