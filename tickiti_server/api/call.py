"""The call of a handler: its transaction, caller, time and services, without HTTP."""

from collections.abc import Callable, Collection
from types import MappingProxyType
from typing import NamedTuple, NoReturn, cast

from tickiti_cli.contract.endpoint import Plan
from tickiti_server.auth.audit import Actor
from tickiti_server.auth.caller import Caller
from tickiti_server.auth.page_sessions import PageSessions
from tickiti_server.clock import Microseconds
from tickiti_server.idempotency.minted_keys import KeyMinter
from tickiti_server.identifiers import random_id
from tickiti_server.logs.recent import RequestLog
from tickiti_server.logs.task_runs import TaskRuns
from tickiti_server.store.access import tokens
from tickiti_server.store.interface import Transaction


class Call(NamedTuple):
    """One call of one handler, inside its transaction."""

    tx: Transaction
    caller: Caller
    now: Microseconds
    key_minter: KeyMinter
    request_log: RequestLog
    request_id: str
    operation_id: int | None = None
    """Id of the stored reply of this call, if it has a key. Its effects refer to this id."""

    new_id: Callable[[], str] = random_id
    without_plans: Collection[Plan] = ()
    """The features that the server's plan does not include."""

    task_runs: TaskRuns = MappingProxyType({})
    """When each periodic task of the server ran last."""

    page_sessions: PageSessions | None = None
    """None if the server has no page."""


class _NoTransaction:
    def __getattr__(self, name: str) -> NoReturn:
        raise RuntimeError(f"a quick preparation reads nothing, yet asked for {name}")


NO_TRANSACTION = cast(Transaction, _NoTransaction())
"""Stands in the call of a preparation that reads nothing from the database."""


def actor_of(call: Call) -> Actor:
    """The token of the call as the actor in the audit log."""
    row = tokens.find_token(call.tx, call.caller.token_id)
    assert row is not None
    return Actor(row["name"], row["id"], call.request_id)
