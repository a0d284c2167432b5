"""The objects that all requests of one server share, made at its start."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from tickiti_server.api.call import Call
from tickiti_server.auth.page_sessions import PageSessions
from tickiti_server.auth.token_cache import TokenCache
from tickiti_server.clock import Clock, Microseconds, MovableClock, steady_clock, wall_clock
from tickiti_server.http.bodies.memory import BodyMemory, WorkMemory
from tickiti_server.http.rate_limit import RateLimiter
from tickiti_server.http.request import RequestContext
from tickiti_server.idempotency.key_locks import KeyLocks
from tickiti_server.idempotency.known_keys import KnownKeys
from tickiti_server.idempotency.minted_keys import KeyMinter
from tickiti_server.idempotency.running_time import RunningTime
from tickiti_server.logs.recent import RequestLog
from tickiti_server.logs.task_runs import TaskRun
from tickiti_server.periodic.database_clock import DatabaseClock
from tickiti_server.periodic.durability import Durability
from tickiti_server.settings import Settings
from tickiti_server.store.interface import Database, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Shared state of one server."""

    settings: Settings
    database: Database
    key_minter: KeyMinter
    token_cache: TokenCache
    key_locks: KeyLocks
    token_limiter: RateLimiter
    address_limiter: RateLimiter
    body_memory: BodyMemory
    work_memory: WorkMemory
    request_log: RequestLog
    known_keys: KnownKeys | None
    """None where others store keys too: test mode, or another server of the database."""

    running_time: RunningTime
    """The clock by which idempotency keys age."""

    clock: Clock = wall_clock
    """The time of day, of everything that depends on it."""

    movable_clock: MovableClock | None = None
    """The same clock in test mode, which may move it; None if it cannot be moved."""

    durability: Durability | None = None
    """What looks at the settings of a database that others set; None: nobody does."""

    database_clock: DatabaseClock | None = None
    """What keeps the time of day at that of the database; None: the machine's counts."""

    steady: Clock = steady_clock
    """The elapsed time, by which a periodic task knows that the clock was set."""

    touched: dict[int, Microseconds] = field(default_factory=dict)
    """When the last use of each token was queued, so that a burst of requests writes it once."""

    task_runs: dict[str, TaskRun] = field(default_factory=dict)
    """When each periodic task ran last."""

    alarms: list[Callable[[], object]] = field(default_factory=list)
    """Called after the clock was moved, so that whatever waits for a time looks again."""
    before_reset: list[Callable[[], object]] = field(default_factory=list)
    """Called by test mode just before another state is put in place of the present one."""

    after_reset: list[Callable[[], object]] = field(default_factory=list)
    """Called once the other state and its clock are in place."""

    page_sessions: PageSessions | None = None
    """None if the server has no page."""

    background: set[asyncio.Task[None]] = field(default_factory=set)

    def call(
        self, tx: Transaction, context: RequestContext, operation_id: int | None = None
    ) -> Call:
        """What a handler needs to answer this request in this transaction."""
        return Call(
            tx=tx,
            caller=context.caller,
            now=self.clock(),
            key_minter=self.key_minter,
            request_log=self.request_log,
            request_id=context.request_id,
            operation_id=operation_id,
            without_plans=self.settings.without_plans,
            task_runs=self.task_runs,
            page_sessions=self.page_sessions,
        )
