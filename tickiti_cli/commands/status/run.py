"""`tickiti status`: the server, the token, and what needs attention, on one screen."""

from collections.abc import Mapping
from typing import Any

import typer

from tickiti_cli.api.retry import Policy
from tickiti_cli.commands.status.counts import Count, counts
from tickiti_cli.config.settings import BUILT_IN, Format
from tickiti_cli.contract.errors import Unauthenticated
from tickiti_cli.contract.token_format import split_token
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens.current import token_in_use
from tickiti_cli.tokens.login import verification

app = verb()

SHOWN = columns(
    "profile",
    "base_url",
    "token_id",
    "token_name",
    "owner",
    "expires_at",
    "tickets_open",
    "tickets_on_hold",
    "tickets_unassigned",
    "mail_stuck",
    "webhooks_dead",
    "operations_pending",
)
WAYS_ON = {
    "mail_stuck": "tickiti outbox list --state failed (or retry, uncertain)",
    "webhooks_dead": "tickiti callback list --state dead (or failed)",
    "operations_pending": "tickiti op list --pending",
}


@app.command(cls=Command, epilog=examples("tickiti status", "tickiti status --json"))
def status(ctx: typer.Context) -> None:
    """Show the server, token and open problems.

    Counts open tickets, unassigned open tickets, tickets on hold, undelivered mail, webhooks that
    are no longer retried, and pending operations of this machine. What the server does not offer or
    the token may not see is left out.
    """
    runtime: Runtime = ctx.obj
    client = runtime.senders.client_of(runtime.config, **_without_retries(runtime))
    shown = _connection(runtime) | _token(runtime, client.sender)
    found = dict(counts(client))
    found["operations_pending"] = Count(_pending(runtime))
    shown |= {name: count.number for name, count in found.items()}
    missing = {name: count.missing for name, count in found.items() if count.missing}
    shown["left_out"] = missing
    shown["at_least"] = [name for name, count in found.items() if not count.is_exact]
    if runtime.output.format is not Format.TABLE:
        runtime.output.show(shown, SHOWN)
        return
    runtime.output.show(_for_person(shown), [col for col in SHOWN if col.key not in missing])
    for line in _remarks(found):
        runtime.output.remark(line)


def _without_retries(runtime: Runtime) -> dict[str, Any]:
    """Return the policy of one attempt, because a person waits, unless retries were asked for."""
    retries, max_time = runtime.config.setting("retries"), runtime.config.setting("max_time")
    return {} if retries.origin != BUILT_IN else {"policy": Policy(0, max_time.value)}


def _connection(runtime: Runtime) -> dict[str, Any]:
    connection, token = runtime.config.connection, runtime.config.found_token
    found = split_token(token.value)
    return {
        "profile": connection.profile,
        "base_url": connection.base_url,
        "token_id": found[0] if found else None,
    }


def _token(runtime: Runtime, sender: Any) -> dict[str, Any]:
    """Return what the server tells of the token. Raises NotVerified for a token that the server
    does not accept."""
    try:
        row = token_in_use(sender)
    except Unauthenticated as error:
        raise verification.rejected_in_use(runtime, error) from None
    owner = row.get("owner")
    return {
        "token_name": row["name"],
        "owner": owner.get("email") if isinstance(owner, Mapping) else None,
        "expires_at": row["expires_at"],
        "expiry_is_known": row["abilities"] is not None,
    }


def _pending(runtime: Runtime) -> int:
    """Return the number of pending operations for the server in use, without those that it has
    lost by a reset."""
    base_url = runtime.config.connection.base_url
    found = [entry for entry in runtime.journal.pending() if entry.base_url in ("", base_url)]
    return len(runtime.resets.without_reset(found))


def _for_person(shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values in words: `never` for a token without an end, `1000+` for a count that the
    server does not end."""
    words = {name: f"{shown[name]}+" for name in shown["at_least"]}
    if shown["expires_at"] is None:
        words["expires_at"] = "never" if shown["expiry_is_known"] else "not reported by this server"
    return {**shown, **words}


def _remarks(found: Mapping[str, Count]) -> list[str]:
    ways = [
        f"See: {WAYS_ON[name]}" for name, count in found.items() if count.number and name in WAYS_ON
    ]
    reasons: dict[str, list[str]] = {}
    for name, count in found.items():
        if count.missing:
            reasons.setdefault(count.missing, []).append(name.replace("_", " "))
    return [*ways, *(f"Left out: {', '.join(names)}: {why}." for why, names in reasons.items())]
