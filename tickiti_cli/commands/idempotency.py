"""`tickiti idempotency`: keys that make a write happen once."""

from typing import Annotated

import typer

from tickiti_cli.choices import Words
from tickiti_cli.command import Command, examples
from tickiti_cli.contract import classic
from tickiti_cli.derived_keys import derived_key
from tickiti_cli.encoding import not_utf8
from tickiti_cli.errors import UsageProblem
from tickiti_cli.groups import noun
from tickiti_cli.output import columns
from tickiti_cli.runtime import Runtime

ACTIONS = dict.fromkeys(row.action for row in classic.ROWS if row.action)

app = noun("Keys that make a write happen once.")


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti idempotency mint", "tickiti idempotency mint --action create_ticket --json"
    ),
)
def mint(
    ctx: typer.Context,
    *,
    action: Annotated[
        str | None,
        typer.Option(
            metavar="ACTION",
            help="Bind it to create_ticket, ticket_respond, ...",
            click_type=Words([*ACTIONS]),
        ),
    ] = None,
) -> None:
    """Ask the server for a key. Needs no token."""
    runtime: Runtime = ctx.obj
    minted = runtime.call(classic.idempotency_key, {"action": action} if action else {}).data
    if runtime.output.is_json:
        runtime.output.show(minted, columns(*minted))
    else:
        runtime.output.text(minted["idempotency_key"])


@app.command(
    cls=Command,
    epilog=examples("tickiti idempotency derive order=SP-2412-0489 kind=warranty"),
)
def derive(
    ctx: typer.Context,
    *,
    pairs: Annotated[
        list[str], typer.Argument(metavar="FIELD=VALUE...", help="What the key stands for.")
    ],
) -> None:
    """Derive a key from fields: the same ones give the same key, on any machine.

    It is what `--key-from` gives a line with these columns.
    """
    runtime: Runtime = ctx.obj
    fields: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not name or not equals or name in fields:
            raise UsageProblem(f"'{pair}' is not FIELD=VALUE, or names a field again.")
        fields[name] = value
        if problem := not_utf8(pair):
            raise problem
    runtime.output.value("idempotency_key", derived_key(fields))
