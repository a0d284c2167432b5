"""`tickiti callback`: what the bundled server tells other systems of decisions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from tickiti_cli.choices import Words
from tickiti_cli.command import Command, ListCommand, examples
from tickiti_cli.contract import callbacks as contract
from tickiti_cli.contract import webhooks
from tickiti_cli.credentials import read_secret_file
from tickiti_cli.errors import ConditionNotMet, ConfigProblem, UsageProblem
from tickiti_cli.groups import noun
from tickiti_cli.inputs import read_text
from tickiti_cli.listening import GENUINE, UNCHECKED, Answering, Listener
from tickiti_cli.options import ticket_number
from tickiti_cli.output import columns
from tickiti_cli.pages import tell_of_more
from tickiti_cli.runtime import Runtime
from tickiti_cli.settings import Format

app = noun("What other systems are told of decisions: list, show, resend, receive.")

STATES = ("queued", "claimed", "retry", "sent", "failed", "dead")
DEFAULT_PORT = 8650

LISTED = columns(
    "id", "intervention", "uid", "ticket_number", "url", "state", "attempts", "next_at",
    "last_code", "last_error", "created_at",
)  # fmt: skip
SHOWN = (*LISTED, *columns("delivered_at", "body"))
HEARD = columns("received_at", "id", "signature", "status", "body")

Id = Annotated[str, typer.Argument(metavar="ID", help="The callback's id: its webhook-id.")]


@app.command(
    "list",
    cls=ListCommand,
    epilog=examples("tickiti callback list", "tickiti callback list --state dead --json"),
)
def list_callbacks(
    ctx: typer.Context,
    *,
    state: Annotated[
        str | None,
        typer.Option(
            metavar="STATE",
            help="queued, claimed, retry, sent, failed or dead.",
            click_type=Words(STATES),
        ),
    ] = None,
    intervention: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only those of this intervention.")
    ] = None,
    ticket: Annotated[
        int | None,
        typer.Option(metavar="NUMBER", parser=ticket_number, help="Only that of this ticket."),
    ] = None,
) -> None:
    """List callbacks, newest first.

    `retry` is tried again at next_at, for about three days; then it is `dead`. `failed`: the other
    side has said that it is gone, or it is at an address that callbacks may not go to.
    """
    runtime: Runtime = ctx.obj
    given = {"state": state, "intervention": intervention, "ticket_number": ticket}
    pages = runtime.client.pages(
        contract.index,
        {name: value for name, value in given.items() if value is not None},
        member="callbacks",
        limit=runtime.globals.limit,
        everything=runtime.globals.all,
    )
    runtime.output.rows(pages, LISTED, empty="No callbacks.")
    tell_of_more(pages.more, runtime, "There are more callbacks; --all lists every one.")


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti callback view msg_ID", "tickiti callback view msg_ID --json --fields body"
    ),
)
def view(ctx: typer.Context, *, callback: Id) -> None:
    """Show a callback, and the very bytes that are signed."""
    runtime: Runtime = ctx.obj
    runtime.output.show(runtime.client.call(contract.show, {"id": callback}).data, SHOWN)


@app.command(
    cls=Command,
    epilog=examples("tickiti callback resend msg_ID"),
)
def resend(ctx: typer.Context, *, callback: Id) -> None:
    """Send a callback once more, under the same id, to where its intervention points now.

    A receiver that has seen the id takes it for what it is: the same call again.
    """
    runtime: Runtime = ctx.obj
    sent = runtime.client.call(contract.resend, {"id": callback}).accepted
    runtime.output.done(sent, said=f"Callback {callback} will be sent again.", plain=callback)


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti callback listen --secret-file discount.secret -o ndjson",
        "tickiti callback listen --port 8651 --status 500 --count 3",
    ),
)
def listen(
    ctx: typer.Context,
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port; 0 is any free one.")
    ] = DEFAULT_PORT,
    secret_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Verify with the token in a file of yours alone."),
    ] = None,
    secret_stdin: Annotated[
        bool, typer.Option("--secret-stdin", help="Verify with the token on standard input.")
    ] = False,
    status: Annotated[
        int, typer.Option(min=200, max=599, metavar="CODE", help="Answer with this status.")
    ] = 200,
    count: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="End after N calls.")
    ] = None,
) -> None:
    """Receive callbacks on 127.0.0.1 and show each: for whoever writes a receiver.

    A call whose signature is not by the token is shown and answered with 401; then --count ends
    with exit 13. The server must be allowed to come here:
    tickiti server start --allow-callback 127.0.0.1:8650
    """
    runtime: Runtime = ctx.obj
    if count is None and runtime.output.format is Format.JSON:
        raise UsageProblem("Without --count it never ends, so it is no JSON document: -o ndjson.")
    secret = _secret(secret_file, from_stdin=secret_stdin)
    refused: list[str] = []
    with Listener(port, Answering(secret=secret, status=status)) as listener:
        runtime.output.remark(f"Listening on {listener.url}")
        calls = listener.listen(count, runtime.streams)
        runtime.output.rows(_noting(calls, refused), HEARD, as_lines=True)
    if refused:
        raise ConditionNotMet(f"{len(refused)} of {count} calls had no signature by the token.")


def _secret(file: Path | None, *, from_stdin: bool) -> str | None:
    """Raises UsageProblem and ConfigProblem for what is none."""
    if file is not None and from_stdin:
        raise UsageProblem("Give --secret-file or --secret-stdin, not both.")
    if file is not None:
        secret, where = read_secret_file(file), str(file)
    elif from_stdin:
        secret, where = read_text("-", flag="--secret-stdin").strip(), "--secret-stdin"
    else:
        return None
    try:
        webhooks.key_of(secret)
    except ValueError as error:
        raise ConfigProblem(f"{where} holds no token of an intervention: {error}.") from None
    return secret


def _noting(calls: Iterator[dict[str, Any]], refused: list[str]) -> Iterator[dict[str, Any]]:
    """The calls; the ids of those that were not believed are noted."""
    for call in calls:
        if call["signature"] not in (GENUINE, UNCHECKED):
            refused.append(str(call["id"]))
        yield call
