"""The checks that need the server: its address, TLS, clocks, the token."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from tickiti_cli import paths
from tickiti_cli.api.retry import Policy
from tickiti_cli.api.sender import Sender
from tickiti_cli.commands.doctor.check import Check, fail, ok, warn
from tickiti_cli.config import token_expiry
from tickiti_cli.config.addresses import is_loopback
from tickiti_cli.config.resolution import Config
from tickiti_cli.contract import classic
from tickiti_cli.contract.endpoint import (
    DATABASE_CHECK,
    INDEXED_PERCENT,
    RUNNING,
    UNSAFE_SETTINGS,
)
from tickiti_cli.contract.errors import ApiError, Unauthenticated
from tickiti_cli.errors import ForeignReply, TickitiError
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens.current import token_in_use

INDEX_SECONDS = 5.0
"""How long the server may take to report the state of its index."""

MOST_SKEW_SECONDS = 30
"""A Date header has whole seconds and a reply takes a few; a larger difference is the clock's."""


def examine(runtime: Runtime) -> Iterator[Check]:
    try:
        connection = runtime.config.connection
        # One attempt, because the user wants the diagnosis and not the retries.
        alone = Policy(0, runtime.config.setting("max_time").value)
        client = runtime.senders.sender_of(
            runtime.config, policy=alone, journal=None, is_probe=True, is_preview=False
        )
    except TickitiError as problem:
        yield fail("server", problem.message, problem.hint)
        return
    yield ok("server", f"{connection.base_url}, from {connection.origin}")
    yield from _unused_token(runtime)
    yield from _protection(runtime)
    reached, head = _connection(client, connection.base_url)
    yield reached
    if head is None:
        return
    yield _clock(head)
    yield from _work_in_progress(client)
    try:
        yield from _token(client, runtime.config)
    except TickitiError as problem:  # a malformed reply
        yield fail("token", problem.message, problem.hint)


def _unused_token(runtime: Runtime) -> Iterator[Check]:
    """Warn of a token in the environment that is sent to no server."""
    profile, name = runtime.config.connection.profile, paths.API_TOKEN
    if profile is not None and runtime.environ.get(name):
        detail = f"{name} is set but not used: the server comes from profile '{profile}'."
        yield warn("environment", detail, f"Set {paths.API_BASE} as well, or unset it.")


def _protection(runtime: Runtime) -> Iterator[Check]:
    """Warn of TLS checks that are switched off."""
    members, flags = runtime.config.connection.members, runtime.globals
    if flags.insecure or members.get("insecure"):
        yield warn("tls", "The server's certificate is not verified.",
                   "Remove insecure; trust its authority with --ca-bundle FILE.")  # fmt: skip
    if flags.allow_http or members.get("allow_http"):
        yield warn("tls", "The token may be sent unencrypted to another host.", "Use https://")


def _connection(client: Sender, base_url: str) -> tuple[Check, str | None]:
    """Check that the server answers as a Tickiti, with a request that needs no token and changes
    nothing. Returns the headers of the reply as well."""
    try:
        return ok("connection", "The server is reachable."), client.call(
            classic.idempotency_key, {}
        ).head
    except ApiError as error:
        if error.status >= 500:
            return fail("connection", f"The server answers with {error.status}: {error}",
                        "Try again later, or see the server's log."), None  # fmt: skip
        if error.is_foreign:
            told = f"The server answers with {error.status}, but not as a Tickiti server."
            return fail("connection", told, ForeignReply.hint), None
        return ok("connection", "The server is reachable."), ""
    except ForeignReply as problem:
        return fail("connection", problem.message, problem.hint), None
    except TickitiError as problem:
        return fail("connection", problem.message, problem.hint or _advice(base_url)), None


def _advice(base_url: str) -> str:
    """Return the advice for a server that did not reply and whose error has no advice."""
    if is_loopback(base_url):
        return "tickiti server start"
    return "Check the address, the network and the proxy."


def _clock(head: str) -> Check:
    named = [line.partition(": ")[2] for line in head.splitlines() if line[:5].lower() == "date:"]
    try:
        skew = (datetime.now(UTC) - parsedate_to_datetime(named[0])).total_seconds()
    except (IndexError, ValueError, TypeError):
        return ok("clock", "The server does not send its time.")
    if abs(skew) <= MOST_SKEW_SECONDS:
        return ok("clock", "The clocks of this machine and the server agree.")
    direction = "ahead of" if skew > 0 else "behind"
    return warn(
        "clock",
        f"This machine's clock is {abs(skew):.0f} s {direction} the server's.",
        "Set the clock: token expiry and the journal depend on it.",
    )


def _work_in_progress(client: Sender) -> Iterator[Check]:
    """Warn of searches that the server refuses while it indexes the texts of its tickets, and of a
    database that is still being checked."""
    headers: Mapping[str, str] = {}
    with suppress(TickitiError):  # other installs have no such page
        headers = client.seen_at("readyz", INDEX_SECONDS).headers
    if headers.get(DATABASE_CHECK.lower()) == RUNNING:
        yield warn("database", "The server was killed, and is checking its database meanwhile.",
                   "If it finds damage, it ends with exit 16, and its log says what to do."
                   )  # fmt: skip
    if unsafe := headers.get(UNSAFE_SETTINGS.lower()):
        yield fail("durability", f"A power cut loses tickets: the database has {unsafe}.",
                   "Switch it on in PostgreSQL: no server has to be restarted.")  # fmt: skip
    told = headers.get(INDEXED_PERCENT.lower(), "")
    percent = int(told) if told.isascii() and told.isdigit() else 100
    if percent < 100:
        yield warn("search", f"The server has indexed {percent} % of the texts of its tickets.",
                   "Searches for texts may fail until all are indexed.")  # fmt: skip


def _token(client: Sender, config: Config) -> Iterator[Check]:
    try:
        origin = config.found_token.origin
        row = token_in_use(client)
    except Unauthenticated:
        advice = _renewal(config, origin)
        yield fail("token", f"The server rejects the token from {origin}.", advice)
        return
    except (ApiError, TickitiError) as problem:
        yield fail("token", str(problem), getattr(problem, "hint", ""))
        return
    who = f"'{row['name']}'" if row["name"] else "The token"
    yield ok("token", f"{who} from {origin} is {row['status']}.")
    yield _abilities(row)
    yield _expiry(row, config)


def _renewal(config: Config, origin: str) -> str:
    """Return the advice for a token that the server rejects; a login replaces only a stored
    token."""
    store = config.store_in_use
    return f"tickiti auth login -p {store.profile}" if store else f"Change the token of {origin}."


def _abilities(row: Mapping[str, Any]) -> Check:
    abilities = row["abilities"]
    if abilities is None:
        return ok("abilities", "This server does not report a token's abilities.")
    if not abilities:
        return warn("abilities", "The token has no abilities.",
                    "Create another: tickiti token mint --preset filer --name NAME")  # fmt: skip
    return ok("abilities", ", ".join(abilities))


def _expiry(row: Mapping[str, Any], config: Config) -> Check:
    end = row["expires_at"] or config.stored_expiry
    if not end:
        is_known = row["abilities"] is not None
        told = "The token never expires." if is_known else "The token's expiry is not known here."
        return ok("expiry", told)
    if told := token_expiry.ends_soon(end):
        profile = config.connection.profile
        place = f" --install profile:{profile}" if profile else ""
        return warn("expiry", f"The token {told}.",
                    f"tickiti token rotate --self --expires 90d{place}")  # fmt: skip
    return ok("expiry", f"The token expires at {end}.")
