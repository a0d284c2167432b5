"""`tickiti auth`: log in to a server, and out."""

from collections.abc import Mapping
from difflib import get_close_matches
from getpass import getpass
from pathlib import Path
from typing import Annotated, Any

import typer

from tickiti_cli import logins, token_sources, unfinished, verifying
from tickiti_cli.addresses import checked_url
from tickiti_cli.checking import lacking, token_in_use
from tickiti_cli.command import Command, ConfirmedCommand, examples, offering
from tickiti_cli.contract.endpoint import Ability
from tickiti_cli.contract.tokens import split_token
from tickiti_cli.credentials import read_secret_file, read_secret_of_stdin
from tickiti_cli.errors import ConfigProblem, Lacking, UsageProblem
from tickiti_cli.groups import noun
from tickiti_cli.output import columns
from tickiti_cli.runtime import Runtime
from tickiti_cli.stores import Store

app = noun("Log in to a server, and out.")

DEFAULT_NAME = "default"


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti auth login --base-url https://support.sole-trader.example -p prod",
        "tickiti auth login --base-url https://support.sole-trader.example --token-stdin"
        " < portal.token",
        "tickiti auth login -p prod --token-command 'pass show tickiti/prod'",
    ),
)
def login(
    ctx: typer.Context,
    *,
    token_stdin: Annotated[
        bool, typer.Option("--token-stdin", help="Read the token from standard input.")
    ] = False,
    from_file: Annotated[
        str | None, typer.Option("--from-file", metavar="FILE", help="Read the token from a file.")
    ] = None,
    token_command: Annotated[
        str | None,
        typer.Option(metavar="CMD", help="Store no token: run this each time it is needed."),
    ] = None,
    store: Annotated[
        Store | None, typer.Option(help="Where the token is kept (where it is, or a file).")
    ] = None,
    no_verify: Annotated[
        bool, typer.Option("--no-verify", help="Store it without asking the server.")
    ] = False,
) -> None:
    """Store a server's address and token as a profile, once the server has accepted the token.

    The keyring needs the extra of that name: pip install 'tickiti[keyring]'.
    """
    runtime: Runtime = ctx.obj
    name = runtime.globals.profile or DEFAULT_NAME
    base_url = _address(runtime, name)
    if (store is Store.COMMAND or token_command) and not (
        token_command and store in (None, Store.COMMAND)
    ):
        raise UsageProblem("--store command and --token-command CMD belong together.")
    unfinished.tell(runtime, name)
    if token_command:
        _refuse_second_source(token_stdin or from_file)
        if not no_verify:
            verifying.confirm(runtime, name, base_url, token_sources.of_command(token_command))
        logins.store_command(runtime.config, name, base_url, token_command)
        token_id = None
    else:
        token = _token(runtime, token_stdin=token_stdin, from_file=from_file)
        token_id = _token_id(token)
        secret: dict[str, Any] = {"token": token, "token_id": token_id}
        if not no_verify:
            row = verifying.confirm(runtime, name, base_url, token)
            secret |= {"expires_at": row["expires_at"]} if row.get("expires_at") else {}
        logins.store_token(runtime.config, name, base_url, secret, store)
    result = {"profile": name, "base_url": base_url, "token_id": token_id}
    runtime.output.done(result, said=f"Stored profile '{name}' for {base_url}.", plain=name)


@app.command(
    cls=Command, epilog=examples("tickiti auth status", "tickiti auth status --check --json")
)
def status(
    ctx: typer.Context,
    *,
    check: Annotated[bool, typer.Option("--check", help="Ask the server about the token.")] = False,
) -> None:
    """Show which server and token are used; --check asks the server.

    What it says is noted: the end of the token, for the reminder in its last week. After a
    rotation the token before it is forgotten, once the server has accepted the new one.
    """
    runtime: Runtime = ctx.obj
    connection, token = runtime.config.connection, runtime.config.found_token
    found = split_token(token.value)
    shown: dict[str, object] = {
        "profile": connection.profile,
        "base_url": connection.base_url,
        "token_id": found[0] if found else None,
        "token_from": token.origin,
    }
    if check:
        row = token_in_use(runtime.client)
        shown |= {name: row[name] for name in ("name", "status", "expires_at", "abilities")}
        _note(runtime, row)
    runtime.output.show(shown, columns(*shown))


@app.command(
    cls=Command,
    epilog=examples("tickiti auth can create-ticket ticket-respond", "tickiti auth can mail:read"),
)
def can(
    ctx: typer.Context,
    *,
    abilities: Annotated[
        list[str],
        typer.Argument(
            metavar="ABILITY...",
            help="See: tickiti token abilities",
            autocompletion=offering(*Ability),
        ),
    ],
) -> None:
    """Say whether the token in use may do something; exit 5 if not.

    A vendor's install is asked with empty requests, which have no effect: it refuses them in one
    way if the token may, and in another if it may not.
    """
    runtime: Runtime = ctx.obj
    wanted = [_ability(name) for name in abilities]
    client = runtime.client_of(runtime.config, journal=None)
    missing = lacking(client, wanted)
    if missing:
        raise Lacking(f"The token in use lacks {', '.join(missing)}.")
    names = ", ".join(wanted)
    runtime.output.done({"abilities": wanted}, said=f"The token in use has {names}.", plain=names)


@app.command(cls=ConfirmedCommand, epilog=examples("tickiti auth logout -p prod --yes"))
def logout(ctx: typer.Context) -> None:
    """Forget a profile's token. The token itself stays valid."""
    runtime: Runtime = ctx.obj
    name = runtime.globals.profile or runtime.config.connection.profile
    if name is None:
        raise UsageProblem("Say which profile to log out of: -p NAME.")
    unfinished.tell(runtime, name)
    runtime.confirm(f"Forget the token of profile '{name}'?")
    if not runtime.config.token_store(name).forget():
        raise ConfigProblem(f"Profile '{name}' has no stored token.")
    runtime.output.done({"profile": name}, said=f"Forgot the token of '{name}'.", plain=name)


def _ability(name: str) -> Ability:
    """Raises UsageProblem, with the nearest right name where there is one."""
    try:
        return Ability(name)
    except ValueError:
        near = get_close_matches(name, list(Ability), n=1)
        meant = f" Did you mean '{near[0]}'?" if near else ""
        raise UsageProblem(
            f"There is no ability '{name}'.{meant}", hint="See: tickiti token abilities"
        ) from None


def _note(runtime: Runtime, row: Mapping[str, Any]) -> None:
    """The server has taken the token in use: the one before it is needed no more, and where the
    server knows the end of this one, so do we."""
    store = runtime.config.store_in_use
    if store is None:
        return
    if row["abilities"] is not None:
        store.note_end(row["expires_at"])
    if store.previous:
        store.forget_previous(runtime.config.token)
        told = "The token before the last rotation is forgotten; end it, if it still works."
        runtime.output.remark(told)


def _address(runtime: Runtime, name: str) -> str:
    """The server to log in to: named now, or known from before. Raises UsageProblem."""
    if given := runtime.globals.base_url:
        return checked_url(given, "--base-url")
    known = runtime.config.profiles.get(name, {}).get("base_url")
    if not known:
        raise UsageProblem("Say which server: --base-url https://support.example.")
    return str(known)


def _token_id(token: str) -> int:
    found = split_token(token)
    if found is None:
        raise UsageProblem("That is no token: one looks like 14|tkt_... and has no spaces.")
    return found[0]


def _refuse_second_source(other: object) -> None:
    if other:
        raise UsageProblem("Give one of --token-stdin, --from-file and --token-command.")


def _token(runtime: Runtime, *, token_stdin: bool, from_file: str | None) -> str:
    """From where the flags say, else from a person. Raises UsageProblem."""
    _refuse_second_source(token_stdin and from_file)
    if from_file:
        return read_secret_file(Path(from_file))
    if token_stdin:
        return read_secret_of_stdin()
    if not runtime.may_ask:
        raise UsageProblem("Nobody can be asked for the token here: use --token-stdin.")
    return getpass("Token: ").strip()
