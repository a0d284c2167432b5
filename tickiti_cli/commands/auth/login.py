"""`tickiti auth login`: stores the address and the token of a server as a profile."""

from pathlib import Path
from typing import Annotated

import typer

from tickiti_cli.config.addresses import checked_url
from tickiti_cli.config.changes import refuse_bad_name
from tickiti_cli.credentials.token_store import Store
from tickiti_cli.errors import UsageProblem
from tickiti_cli.files.private_file import read_secret_file, read_secret_of_stdin
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens import open_work
from tickiti_cli.tokens.login import questions, verification
from tickiti_cli.tokens.login.login import DEFAULT_NAME, Login, said

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti auth login",
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
        bool, typer.Option("--token-stdin", help="Read the token from stdin")
    ] = False,
    from_file: Annotated[
        str | None, typer.Option("--from-file", metavar="FILE", help="Read the token from FILE")
    ] = None,
    token_command: Annotated[
        str | None,
        typer.Option(metavar="CMD", help="Run CMD for the token each time instead of storing it"),
    ] = None,
    store: Annotated[
        Store | None,
        typer.Option(help="Where to store the token: file, keyring or command (default: file)"),
    ] = None,
    no_verify: Annotated[
        bool, typer.Option("--no-verify", help="Store without verifying with the server")
    ] = False,
) -> None:
    """Log in to a server.

    Stores the server's address and token as a profile. On a terminal, missing values are asked for.
    The token is verified before it is stored. The keyring needs an extra: pip install
    'tickiti[keyring]'.
    """
    runtime: Runtime = ctx.obj
    given = runtime.globals.profile
    name = DEFAULT_NAME if given is None else given
    refuse_bad_name(runtime.config, name)
    _refuse_store_without_command(store, token_command, runtime)
    _refuse_second_source(token_stdin, from_file, token_command)
    runtime.next_step = verification.NOTHING_STORED
    base_url = _address(runtime, name, verifies=not no_verify)
    open_work.show(runtime, name)
    login = Login(runtime, name, base_url, verifies=not no_verify)
    if token_command:
        result = login.with_command(token_command)
    elif token_stdin or from_file is not None:
        result = login.with_token(_given_token(from_file), store)
    else:
        result = questions.log_in(login, store)
    runtime.next_step = ""
    runtime.output.done(result, said=said(result), plain=name)


def _address(runtime: Runtime, name: str, *, verifies: bool) -> str:
    """Return the server's address: from --base-url, the stored profile, or a person. Raises
    UsageProblem."""
    if given := runtime.globals.base_url:
        return checked_url(given, "--base-url")
    if known := runtime.config.profiles.get(name, {}).get("base_url"):
        if runtime.may_ask:
            runtime.output.remark(f"Server: {known} (profile '{name}'; for another: -p NAME)")
        return str(known)
    if not runtime.may_ask:
        raise UsageProblem("Missing server: add --base-url https://support.example.")
    return questions.address(runtime, name, verifies=verifies)


def _given_token(from_file: str | None) -> str:
    if from_file is None:
        return read_secret_of_stdin("--token-stdin")
    hint = "Give --from-file a file that contains one token, or use --token-stdin."
    return read_secret_file(Path(from_file), hint=hint)


def _refuse_store_without_command(
    store: Store | None, command: str | None, runtime: Runtime
) -> None:
    """Raise UsageProblem for a command with another store, and for --store command without a
    command, which a person can be asked for."""
    is_alone = store is Store.COMMAND and not command and not runtime.may_ask
    if is_alone or (command and store not in (None, Store.COMMAND)):
        raise UsageProblem("--store command requires --token-command CMD, and the reverse.")


def _refuse_second_source(*sources: object) -> None:
    if sum(map(bool, sources)) > 1:
        raise UsageProblem("Give one of --token-stdin, --from-file and --token-command.")
