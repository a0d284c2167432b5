"""The helpdesk of a test: what arrived at it, and what makes it fail, wait or begin again.

def test_an_order_is_filed(tickiti):
    file_order(tickiti.url, tickiti.token("create-ticket"))
    assert [ticket["subject"] for ticket in tickiti.tickets] == ["Order 4711"]
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from typing_extensions import TypedDict

from tickiti_cli.bundled_server import seed_files
from tickiti_cli.contract.endpoint import Ability
from tickiti_cli.python.client import Client
from tickiti_cli.python.own_server import OwnServer

if TYPE_CHECKING:
    from tickiti_cli.python import types


class FaultFlags(TypedDict, total=False):
    """The flags of `tickiti server fault add`, without their dashes. `body`: a text."""

    status: int
    delay: float
    drop_before: bool
    commit_then_drop: bool
    truncate: int
    bad_json: bool
    slow: int
    rate_limit: int
    smtp_code: int
    callback_status: int
    body: str
    route: str
    times: int
    after: int
    probability: float
    seed: int
    key: str
    token: int


class Clock:
    """The clock of the server, which everything on it reads: holds, expiry, retries, keys."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def now(self) -> datetime:
        return self._time(self._client.call("test.clock.show", {}))

    def freeze(self, moment: datetime | None = None) -> datetime:
        """Stop the clock, at a moment with a time zone if one is given. Return the time. Raises
        TypeError and ValueError."""
        body = {} if moment is None else {"moment": _text(moment)}
        return self._time(self._client.call("test.clock.freeze", body))

    def advance(self, span: timedelta) -> datetime:
        """Set the clock forwards. All that falls due by the move has happened when this returns."""
        if not isinstance(span, timedelta):
            raise TypeError(f"advance() takes a timedelta, not {span!r}.")
        seconds = round(span.total_seconds())
        return self._time(self._client.call("test.clock.advance", {"seconds": seconds}))

    def reset(self) -> datetime:
        """Set the clock to the machine's, and let it run."""
        return self._time(self._client.call("test.clock.reset", {}))

    def _time(self, reading: Mapping[str, Any]) -> datetime:
        return datetime.fromisoformat(reading["now"])


class Fault:
    """A fault of the server. `fired`: how often it has fired."""

    def __init__(self, client: Client, shown: Mapping[str, Any]) -> None:
        self._client = client
        self.id: int = shown["id"]

    @property
    def fired(self) -> int:
        rows = self._client.call("test.faults.index", {})["faults"]
        return next((int(row["fired"]) for row in rows if row["id"] == self.id), 0)


class Helpdesk:
    """The server of the tests, as one test sees it."""

    def __init__(self, server: OwnServer) -> None:
        self._server = server
        self.url = server.url
        """The address that a program under test takes."""

        self.client: Client = server.client()
        """A client that may do everything."""

        self.clock = Clock(self.client)
        self._opened = [self.client]

    def close(self) -> None:
        """Close the connections of all clients."""
        for client in self._opened:
            client.close()

    def token(self, *abilities: str, name: str = "test") -> str:
        """Make a token with these abilities; without any, it has all but `manage-tokens`."""
        wanted = abilities or [one for one in Ability if one is not Ability.MANAGE_TOKENS]
        request = {"name": name, "abilities": [*wanted]}
        return str(self.client.call("tokens.mint", request)["token"])

    def client_of(self, *abilities: str) -> Client:
        """Return a client whose token has these abilities; the end of the test closes it."""
        self._opened.append(self._server.client(self.token(*abilities)))
        return self._opened[-1]

    @property
    def tickets(self) -> "list[types.TicketRowV1]":
        """All tickets by number."""
        return [*self.client.tickets.query_all(order="number")]

    def responses(self, number: int) -> "list[Any]":
        """The thread of a ticket: its responses and notes."""
        return [*self.client.tickets.responses(ticket_number=number)["responses"]]

    @property
    def outbox(self) -> "list[types.DeliveryShown]":
        """All mails that the server sends or has sent, the oldest first."""
        rows = [*self.client.outbox.index_all()]
        return [self.client.outbox.show(id=row["id"]) for row in reversed(rows)]

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The requests of the programs under test, the oldest first; none of the first token."""
        first = int(self._server.token.partition("|")[0])
        rows = [row for row in self.client.requests.index_all() if row["token_id"] != first]
        return [dict(row) for row in reversed(rows)]

    @property
    def callbacks(self) -> list[dict[str, Any]]:
        """All webhooks with their attempts, the oldest first."""
        rows = [*self.client.callbacks.index_all()]
        return [dict(self.client.callbacks.show(id=row["id"])) for row in reversed(rows)]

    def seed(self, *seeds: Mapping[str, Any] | Path) -> dict[str, str]:
        """Add what the seeds list: TOML or JSON files, or the same as a dictionary, such as
        `{"queue": [{"name": "Returns"}]}`.

        Return the new tokens by name, the new one of a rotation, and the secrets of interventions.
        Entries that were seeded before stay as they are; if an entry is wrong, nothing is changed.
        Raises ApiError, UsageProblem.
        """
        wanted = [_entries(seed) for seed in seeds]
        found = self.client.call("test.seed", {"seeds": wanted})
        of_files = [one for one, seed in zip(wanted, seeds, strict=True) if isinstance(seed, Path)]
        seed_files.write_secrets(of_files, found["tokens"])
        return {one["name"]: one["token"] for one in found["tokens"]}

    @contextmanager
    def fault(self, **flags: Unpack[FaultFlags]) -> Iterator[Fault]:
        """Make the server fail: `with tickiti.fault(commit_then_drop=True, times=1) as fault:`.

        The arguments are the flags of `tickiti server fault add`. The fault ends with the block.
        Raises ApiError for a wrong value, and TypeError for an unknown argument or ValueError for
        an empty one, which would otherwise make a fault of every request.
        """
        if unknown := sorted(flags.keys() - FaultFlags.__annotations__.keys()):
            names = ", ".join(FaultFlags.__annotations__)
            raise TypeError(f"fault() has no argument '{unknown[0]}'; there are {names}.")
        if empty := [name for name in ("key", "route") if flags.get(name) == ""]:
            raise ValueError(f"fault(): {empty[0]} is empty, and would choose every request.")
        wanted = {"token_id" if name == "token" else name: value for name, value in flags.items()}
        fault = Fault(self.client, self.client.call("test.faults.add", wanted))
        try:
            yield fault
        finally:
            self.client.call("test.faults.clear", {"ids": [fault.id]})

    def save(self, name: str) -> None:
        """Save a snapshot of the whole helpdesk."""
        self.client.call("test.snapshots.save", {"name": name})

    def load(self, name: str) -> None:
        """Return to a snapshot."""
        self.client.call("test.snapshots.load", {"name": name})

    def reset(self) -> None:
        """Return to the state of the server's start: no tickets, no faults, the machine's time, and
        no requests in the log."""
        for name in ("test.faults.clear", "test.clock.reset", "test.reset", "test.requests.clear"):
            self.client.call(name, {})


def _text(moment: datetime) -> str:
    if not isinstance(moment, datetime):
        raise TypeError(f"freeze() takes datetime(..., tzinfo=UTC), not {moment!r}.")
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone: use datetime(..., tzinfo=UTC).")
    return moment.isoformat()


def _entries(seed: Mapping[str, Any] | Path) -> dict[str, Any]:
    if isinstance(seed, Path):
        return seed_files.read_seeds([seed])[0]
    if not isinstance(seed, Mapping):
        raise TypeError(f"seed() takes a Path or a dictionary, not {seed!r}.")
    return {"file": "the seed", "entries": dict(seed)}
