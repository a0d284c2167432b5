"""`tickiti auth status`: which server and token are in use."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from tickiti_cli.contract.errors import Unauthenticated
from tickiti_cli.contract.token_format import split_token
from tickiti_cli.errors import ConfigProblem, LockedOut
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens.current import token_in_use
from tickiti_cli.tokens.login import verification

app = verb()


@app.command(
    cls=Command, epilog=examples("tickiti auth status", "tickiti auth status --check --json")
)
def status(
    ctx: typer.Context,
    *,
    check: Annotated[bool, typer.Option("--check", help="Ask the server about the token")] = False,
) -> None:
    """Show the server and the token in use.

    With --check, the server is asked about the token. Its expiry is stored for the reminder in the
    last week; after a rotation, the previous token is deleted here once the server accepts the new
    one.
    """
    runtime: Runtime = ctx.obj
    connection, token = runtime.config.connection, runtime.config.found_token
    runtime.senders.tell_of_unused_token(runtime.config)
    found = split_token(token.value)
    shown: dict[str, object] = {
        "profile": connection.profile,
        "base_url": connection.base_url,
        "token_id": found[0] if found else None,
        "token_from": token.origin,
    }
    if check:
        row = _checked(runtime)
        shown |= {name: row[name] for name in ("name", "status", "expires_at", "abilities")}
        shown |= _owner_and_plan(row)
        _record_accepted(runtime, row)
    runtime.output.show(shown, columns(*shown))


def _checked(runtime: Runtime) -> Mapping[str, Any]:
    """Return the token's row. Raises NotVerified, with the reason, for a token that the server does
    not accept."""
    try:
        return token_in_use(runtime.client.sender)
    except Unauthenticated as error:
        raise verification.rejected_in_use(runtime, error) from None


def _owner_and_plan(row: Mapping[str, Any]) -> dict[str, object]:
    """Return the user that the token acts for, the user's roles, and the features of the server's
    plan, as far as the server tells them."""
    shown: dict[str, object] = {}
    if owner := row.get("owner"):
        shown["owner"] = owner.get("email")
        shown["roles"] = [name.removeprefix("is_") for name, has in owner.items() if has is True]
    if plan := row.get("plan"):
        shown["plan"] = [name for name, has in plan.items() if has is True]
    return shown


def _record_accepted(runtime: Runtime, row: Mapping[str, Any]) -> None:
    """Store the expiry of the accepted token and forget the token before it. The expiry is stored
    only where the server knows it.

    A folder that cannot be written is told, and is no error: the token was accepted.
    """
    store = runtime.config.store_in_use
    if store is None:
        return
    if row["abilities"] is not None:
        store.note_end(row["expires_at"])
    if not store.previous:
        return
    try:
        store.forget_previous(runtime.config.token)
    except (ConfigProblem, LockedOut) as problem:
        told = f"The token from before the last rotation is not deleted: {problem.message}"
    else:
        told = "Deleted the token from before the last rotation; revoke it if it is still valid."
    runtime.output.remark(told)
