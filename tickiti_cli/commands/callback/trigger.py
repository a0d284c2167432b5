"""`tickiti callback trigger`: sends a callback without a ticket."""

from typing import Annotated, Any

import typer

from tickiti_cli.api import wait as waiting
from tickiti_cli.api.journal.outcome import carried_out
from tickiti_cli.commands.callback.view import SHOWN, flat
from tickiti_cli.contract.bundled import callbacks as contract
from tickiti_cli.errors import ConditionNotMet
from tickiti_cli.input.template_data import DataJson, data_of
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti callback trigger discount_request --no-wait",
        "tickiti callback trigger discount_request --set price=89.90 --no-wait",
    ),
)
def trigger(
    ctx: typer.Context,
    *,
    intervention: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="Name of the intervention",
            autocompletion=offering("<intervention>"),
        ),
    ],
    edited: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="K=V", help="Value of a form field; the others get sample values"
        ),
    ] = None,
    data_json: DataJson = None,
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Send to URL (default: that of the intervention)"),
    ] = None,
    uid: Annotated[str | None, typer.Option(metavar="UID", help="UID in the callback")] = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Do not wait for the answer")] = False,
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="S", help="Maximum time to wait in seconds")
    ] = 15.0,
) -> None:
    """Send a callback without a ticket

    To try a receiver: the callback is signed and retried as others are, with null as the ticket.
    Waits for the first attempt, shows the answer, and exits with 13 if it was not 2xx. An address
    on this machine needs `tickiti server start --allow-callback HOST:PORT`.
    """
    runtime: Runtime = ctx.obj
    asked: dict[str, Any] = {
        "intervention": intervention,
        "data": data_of(edited, data_json, flag="--set"),
    }
    asked |= {name: text for name, text in (("url", url), ("uid", uid)) if text is not None}
    sent = runtime.client.call(contract.trigger, asked).accepted
    callback = str(sent.id("id"))
    if no_wait:
        said = f"Queued callback {callback} to {sent['url']}."
        runtime.output.done(sent, said=said, plain=callback)
        return
    with carried_out(is_told=True):
        found = _first_attempt(runtime, callback, timeout)
    runtime.output.show(found if runtime.output.is_json else flat(found), SHOWN)
    if found["state"] != "sent":
        with carried_out(is_told=True):
            raise ConditionNotMet(f"The callback was not accepted: {found['last_error']}")


def _first_attempt(runtime: Runtime, callback: str, timeout: float) -> dict[str, Any]:
    """Wait for the first attempt. Raises ConditionNotMet."""

    def look(left: float) -> dict[str, Any] | None:
        reply = runtime.client.call(contract.show, {"id": callback}, within=left)
        found: dict[str, Any] = reply.data
        return found if found["attempts"] or found["state"] in ("failed", "dead") else None

    def late() -> str:
        return f"The callback {callback} was not attempted within {timeout:g} s."

    return waiting.until(
        look, seconds=timeout, late=late, output=runtime.output, pause=runtime.streams.pause
    )
