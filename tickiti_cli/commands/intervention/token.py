"""`tickiti intervention token`: creates the secret that signs callbacks."""

from pathlib import Path
from typing import Annotated

import typer

from tickiti_cli.api import lookup
from tickiti_cli.api.journal.outcome import carried_out
from tickiti_cli.api.reply import Accepted
from tickiti_cli.commands.intervention.options import Name
from tickiti_cli.contract.v1 import workflow
from tickiti_cli.errors import ConfigProblem, ForeignReply
from tickiti_cli.files.atomic_write import is_stdout
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens.destinations import file_at

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti intervention token discount_request --out discount.secret",
        "tickiti intervention token discount_request --remote-name shop",
    ),
)
def token(
    ctx: typer.Context,
    *,
    name: Name,
    remote_name: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", help="Name of the receiver (default: the intervention's name)"
        ),
    ] = None,
    out: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write the secret to FILE")
    ] = None,
) -> None:
    """Create a new signing secret for callbacks

    The secret is shown only once. Receivers verify callbacks with it as Standard Webhooks
    specifies. The previous secret also signs for 24 hours.
    """
    runtime: Runtime = ctx.obj
    to_stdout = out is None or is_stdout(out)
    place = None if to_stdout else file_at(Path(str(out)), where=f"--out {out}")
    row = lookup.row_of(runtime.client, lookup.INTERVENTION, name)
    name = str(row["name"])
    request = {"intervention_id": row["id"], "remote_name": remote_name or name}
    made = runtime.client.call(workflow.interventions_generate_token, request).accepted
    with carried_out():
        _refuse_without_token(made)
    if place is None:
        runtime.output.remark("Shown only once:")
        runtime.output.value("token", made["token"])
        return
    try:
        place.install(made)
    except ConfigProblem as error:
        error.message += " The new secret is lost: create another one."
        error.outcome = "applied"
        raise
    shown = {"name": name, "remote_name": request["remote_name"]}
    said = f"Saved the signing secret of intervention '{name}' to {out}."
    runtime.output.done(shown, said=said, plain=name)


def _refuse_without_token(made: Accepted) -> None:
    """Raise ForeignReply where the reply holds no token."""
    if not isinstance(made.get("token"), str):
        raise ForeignReply(
            "The server created a secret but did not return it. Create another one.", status=200
        )
