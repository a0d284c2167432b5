"""What can be wrong between here and a server: the way to it, clocks, the token."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from tickiti_cli import expiry, locations
from tickiti_cli.addresses import is_loopback
from tickiti_cli.checking import token_in_use
from tickiti_cli.client import Client
from tickiti_cli.config import Config
from tickiti_cli.contract import classic
from tickiti_cli.contract.errors import ApiError, Unauthenticated
from tickiti_cli.doctor.check import Check, fail, ok, warn
from tickiti_cli.errors import ForeignReply, TickitiError, Unreachable
from tickiti_cli.retrying import Policy
from tickiti_cli.runtime import Runtime

MOST_SKEW_SECONDS = 30
"""A Date header has whole seconds, and a reply may take some; what is beyond is the clock."""


def examine(runtime: Runtime) -> Iterator[Check]:
    try:
        connection = runtime.config.connection
        # Once: whoever asks what is wrong does not want to wait until it is right.
        alone = Policy(0, runtime.config.setting("max_time").value)
        client = runtime.client_of(runtime.config, policy=alone, journal=None, is_preview=False)
    except TickitiError as problem:
        yield fail("server", problem.message, problem.hint)
        return
    yield ok("server", f"{connection.base_url}, chosen by {connection.origin}")
    yield from _unused(runtime)
    yield from _protection(runtime)
    reached, head = _connection(client, connection.base_url)
    yield reached
    if head is None:
        return
    yield _clock(head)
    try:
        yield from _token(client, runtime.config)
    except TickitiError as problem:  # a reply that is not as it should be
        yield fail("token", problem.message, problem.hint)


def _unused(runtime: Runtime) -> Iterator[Check]:
    """A token that somebody has set and that goes nowhere."""
    profile, name = runtime.config.connection.profile, locations.API_TOKEN
    if profile is not None and runtime.environ.get(name):
        detail = f"{name} is set and not used: the server is that of profile '{profile}'."
        yield warn("environment", detail, f"Set {locations.API_BASE} as well, or unset it.")


def _protection(runtime: Runtime) -> Iterator[Check]:
    """What was switched off, perhaps for a day, and forgotten."""
    members, flags = runtime.config.connection.members, runtime.globals
    if flags.insecure or members.get("insecure"):
        yield warn("tls", "The server's certificate is not checked.",
                   "Take insecure out; trust its authority with --ca-bundle FILE.")  # fmt: skip
    if flags.allow_http or members.get("allow_http"):
        yield warn("tls", "The token may go unencrypted to another host.", "Use https://")


def _connection(client: Client, base_url: str) -> tuple[Check, str | None]:
    """Whether it answers as a Tickiti does, and the headers of its answer: a question that needs no
    token and changes nothing."""
    try:
        return ok("connection", "It answers."), client.call(classic.idempotency_key, {}).head
    except ApiError as error:
        if error.status >= 500:
            return fail("connection", f"It answers with {error.status}: {error}",
                        "Try again later, or see the server's log."), None  # fmt: skip
        if error.is_foreign:
            told = f"It answers with {error.status}, and not as a Tickiti does."
            return fail("connection", told, ForeignReply.hint), None
        return ok("connection", "It answers."), ""
    except ForeignReply as problem:
        return fail("connection", problem.message, problem.hint), None
    except TickitiError as problem:
        return fail("connection", problem.message, problem.hint or _way(problem, base_url)), None


def _way(problem: TickitiError, base_url: str) -> str:
    """What may lead to a server that could not be reached."""
    if isinstance(problem, Unreachable) and not problem.retryable:  # it will not get better: TLS
        return "Trust its authority with --ca-bundle FILE, or check the address."
    if is_loopback(base_url):
        return "tickiti server start"
    return "Check the address, the network and the proxy."


def _clock(head: str) -> Check:
    named = [line.partition(": ")[2] for line in head.splitlines() if line[:5].lower() == "date:"]
    try:
        skew = (datetime.now(UTC) - parsedate_to_datetime(named[0])).total_seconds()
    except (IndexError, ValueError, TypeError):
        return ok("clock", "The server names no time to compare with.")
    if abs(skew) <= MOST_SKEW_SECONDS:
        return ok("clock", "This machine and the server agree.")
    direction = "ahead of" if skew > 0 else "behind"
    return warn(
        "clock",
        f"This machine is {abs(skew):.0f} s {direction} the server.",
        "Set the clock; expiries and the journal's ages are counted by it.",
    )


def _token(client: Client, config: Config) -> Iterator[Check]:
    try:
        origin = config.found_token.origin
        row = token_in_use(client)
    except Unauthenticated:
        yield fail("token", f"The server does not accept the token of {origin}.", _renewal(config))
        return
    except (ApiError, TickitiError) as problem:
        yield fail("token", str(problem), getattr(problem, "hint", "") or _renewal(config))
        return
    who = f"'{row['name']}'" if row["name"] else "The token"
    yield ok("token", f"{who} of {origin} is {row['status']}.")
    yield _abilities(row)
    yield _expiry(row, config)


def _renewal(config: Config) -> str:
    profile = config.connection.profile
    return f"tickiti auth login -p {profile}" if profile else "Give it another one."


def _abilities(row: Mapping[str, Any]) -> Check:
    abilities = row["abilities"]
    if abilities is None:
        return ok("abilities", "This server does not tell what a token may do.")
    if not abilities:
        return warn("abilities", "The token may do nothing.",
                    "Mint another: tickiti token mint --preset filer --name NAME")  # fmt: skip
    return ok("abilities", ", ".join(abilities))


def _expiry(row: Mapping[str, Any], config: Config) -> Check:
    end = row["expires_at"] or config.stored_expiry
    if not end:
        known = "no end" if row["abilities"] is not None else "no end that is known here"
        return ok("expiry", f"The token has {known}.")
    if told := expiry.ends_soon(end):
        profile = config.connection.profile
        place = f" --install profile:{profile}" if profile else ""
        return warn("expiry", f"The token {told}.",
                    f"tickiti token rotate --self --expires 90d{place}")  # fmt: skip
    return ok("expiry", f"The token ends at {end}.")
