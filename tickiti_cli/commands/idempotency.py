"""`tickiti idempotency`: keys that make a write happen once."""

from typing import Annotated

import typer

from tickiti_cli.bulk.derived_keys import derived_key
from tickiti_cli.contract import classic
from tickiti_cli.encoding import not_utf8
from tickiti_cli.errors import UsageProblem
from tickiti_cli.output.format import columns
from tickiti_cli.parser.choices import Choice
from tickiti_cli.parser.command import Command, examples
from tickiti_cli.parser.groups import noun
from tickiti_cli.runtime import Runtime

ACTIONS = dict.fromkeys(row.action for row in classic.ROWS if row.action)

app = noun()


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
            help="Restrict the key to one action",
            click_type=Choice([*ACTIONS]),
        ),
    ] = None,
) -> None:
    """Create an idempotency key on the server.

    Needs no token.
    """
    runtime: Runtime = ctx.obj
    minted = runtime.client.call(classic.idempotency_key, {"action": action} if action else {}).data
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
        list[str], typer.Argument(metavar="FIELD=VALUE...", help="Fields to derive the key from")
    ],
) -> None:
    """Derive an idempotency key from fields.

    The same fields give the same key on any machine, as `--key-from` does for a row with these
    columns.
    """
    runtime: Runtime = ctx.obj
    fields: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not name or not equals or name in fields:
            raise UsageProblem(f"'{pair}' is not FIELD=VALUE, or repeats a field.")
        fields[name] = value
        if problem := not_utf8(pair):
            raise problem
    runtime.output.value("idempotency_key", derived_key(fields))
